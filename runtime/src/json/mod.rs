//! JSON in and out, typed by the schema: data files, requests, decisions and single values.
//!
//! ```text
//! bytes ── tree (positions kept) ── value (typed, every fault with its path) ─┬─ data     rows of files → Data
//!                                                                           └─ request  → Query
//! Outcome ── decision → text           Value ── write → text
//! ```
//! Reading never guesses: unknown or repeated keys, numbers that would have to be rounded and names that mean two things are faults.

mod context;
mod data;
mod decision;
mod request;
#[cfg(test)]
mod tests;
mod tree;
mod value;
mod write;

pub use data::{DataFault, DataFaults, MAX_FAULTS, load};
pub use decision::{decision_text, decision_value, refusal_text};
pub use request::{Clock, RequestError, RequestErrorKind, read_request};
pub use tree::MAX_JSON_DEPTH;
pub use value::{ValueFault, parse_value};
pub use write::{entity_json, value_json};

pub(crate) use context::{context_fields, read_context};
pub(crate) use request::{check_applies, check_context, check_external, read_string, unknown_field};
pub(crate) use value::unresolved;
