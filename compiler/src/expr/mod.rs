//! From an expression as written to a typed [`Body`] of the Program: names, types, narrowing and conversions, all in one pass.
//!
//! Each entry point checks one item in one request environment; all collect findings instead of stopping at the first. Indices of
//! functions and params in a body are those of [`Declarations`]; patterns are in a table of their own, so that a body depends on
//! nothing but its item (see [`Patterns::adopt`]).

mod scope;

pub use scope::{
    Binding, CheckedBody, CheckedClauses, ClauseInput, EnvironmentTypes, PatternTable, Patterns, Scope,
};
