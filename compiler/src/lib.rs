//! The Assize compiler: from the text of a package to a [`assize_runtime::program::Program`], incrementally.
//!
//! [`package::load`] reads files; [`compile::compile`] makes of them a verified Program, tests and diagnostics. Between the two:
//!
//! ```text
//! package   paths → texts, manifest.rs                 db         salsa: texts → items → trees
//! resolve   declarations → what names mean              expr       expressions → typed bodies
//! policy    patterns, environments, clauses → variants  functions  bodies, order
//! program   all results together → Program              lints      what policies say together
//! reason    which outcomes conditions can have
//! compile   lint levels, verification, the result       cases      test blocks → cases that run
//! ```
//! complete  text and cursor → what can be typed there, for editors          see        types at every place
//! Follow one policy: `db::split`, `db::parse`, `db::rules` → `policy::check`, `program::assembled`, `compile::compile`.

mod ahead;
pub mod annotations;
pub mod cases;
pub mod compile;
pub mod complete;
pub mod controls;
pub mod db;
pub mod declarations;
mod deprecated;
pub mod documentation;
mod environments;
pub mod explain;
pub mod expr;
pub mod findings;
pub mod foreign;
mod functions;
pub mod library;
mod lints;
pub mod manifest;
pub mod named;
pub mod names;
mod once;
pub mod package;
mod patterns;
pub mod policy;
pub mod program;
pub mod reason;
mod remarks;
pub mod repairs;
pub mod resolve;
pub mod see;
mod unused_uses;
pub mod values;
pub mod visible;
pub mod walk;

#[cfg(test)]
mod tests;
