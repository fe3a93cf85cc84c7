//! The Assize compiler: from the text of a package to a [`assize_runtime::program::Program`], incrementally.

pub mod db;
pub mod declarations;
pub mod expr;
pub mod manifest;
pub mod names;
pub mod package;
pub mod resolve;
pub mod values;
mod walk;
