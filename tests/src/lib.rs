//! The specification, executed: Markdown files whose fenced blocks are packages, data and requests with what must come of them.
//!
//! `tests/language/README.md` says how a case is written. Read [`markdown`], then [`case`], [`expect`] and [`notation`] for how it is
//! read, and `run` for how it is run: through the compiler, the verifier and both engines, isolated from all other cases.

pub mod book;
pub mod case;
pub mod corpus;
pub mod expect;
pub mod folder;
pub mod formatting;
pub mod grammar;
pub mod markdown;
pub mod notation;
pub mod package;
pub mod pages;
pub mod random;
pub mod render;
pub mod run;
pub mod session;
pub mod suite;
pub mod tokens;
pub mod uses;
