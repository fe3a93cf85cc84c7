//! From an expression as written to a typed [`Body`](assize_runtime::program::Body) of the Program: names, types, narrowing and
//! conversions, all in one pass.
//!
//! ```text
//! scope.rs      what goes in and comes out      checker.rs    the state of a check; dispatch by form of expression
//! names.rs      what a name means               facts.rs      flow typing: what tests have shown
//! paths.rs      names as values                 convert.rs    subtyping, joins
//! literals.rs   literals, sets, records         builder.rs    nodes
//! member.rs     `.`, `?.`, `[..]`               has.rs        `has`, `is`, `is some`
//! logic.rs      and, or, not, if                operators.rs  comparison, arithmetic, `??`
//! membership.rs `in`                            quantifier.rs `any`, `all` (inhabited.rs: over what)
//! calls.rs      functions, grants, built-ins    texts.rs      `like`, `matches`
//! lints.rs      warnings about conditions       display.rs    types and expressions in words
//! entry.rs      the entry points                repair.rs     what to type instead
//! room.rs       stack for deep trees          probe.rs      what stands before a cursor
//! ```
//!
//! Each entry point checks one item in one request environment; all collect findings instead of stopping at the first. Indices of
//! functions and params in a body are those of [`Declarations`](crate::declarations::Declarations); patterns are in a table of
//! their own, so that a body depends on nothing but its item (see [`PatternTable::adopt`]).
//!
//! A policy is checked once for each environment that it can meet. Its errors count wherever they occur; its *warnings* say
//! something about all environments, so the caller keeps a warning only if every environment gives it.

mod actions;
mod builder;
mod calls;
mod checker;
mod convert;
mod display;
mod entry;
mod facts;
mod has;
mod inhabited;
mod lints;
mod literals;
mod logic;
mod member;
mod membership;
mod names;
mod operators;
mod paths;
mod probe;
mod quantifier;
mod repair;
mod room;
mod scope;
mod texts;

pub use calls::methods;
pub use display::{entity_name, enum_name, type_text, types_text};
pub use entry::{check_clauses, check_expression, check_open, entity_types, resolve_entity};
pub use probe::{Probed, Seen, probe_clauses, probe_expression, see_clauses, see_expression};
pub use scope::{
    Binding, CheckedBody, CheckedClauses, ClauseInput, EnvironmentTypes, PatternTable, Patterns, Scope,
};

#[cfg(test)]
mod tests;
