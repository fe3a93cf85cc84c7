//! The Assize compiler: from the text of a package to a [`assize_runtime::program::Program`], incrementally.

pub mod declarations;
pub mod expr;
pub mod names;
