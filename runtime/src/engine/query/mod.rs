//! Reverse questions: who can, what can, which actions.
//!
//! ```text
//! question ─> Asked      one snapshot, one time, one context: what every answer is for
//!                │
//!                ├─ bound       per type: where can an allowed candidate be? From the allows: patterns, rows, conditions
//!                ├─ candidates  those places walked downward, or every entity of the type
//!                └─ entities    each candidate decided: by native code's numbers (numbered), or in the order of names, a chunk at a time
//! ```
//! A bound only leaves out what no allow can apply to; whatever it leaves in is decided like any request. So denies, errors and
//! obligations are exact, and a bound that is too wide costs time and changes nothing.
//!
//! Candidates are the entities that the data holds, those of closed types, and the external ones that a question brings. What the
//! data does not know is no candidate, even where a policy would allow it.

mod actions;
mod asked;
mod bound;
mod candidates;
mod condition;
mod entities;
mod given;
mod members;
#[cfg(feature = "jit")]
mod numbered;
mod page;
mod policies;
mod rows;
#[cfg(test)]
mod tests;
mod touching;

use std::sync::OnceLock;

use members::Members;
use rows::RowIndexes;

pub use actions::{ActionsInContext, NotAsked};
pub use entities::EntitiesInContext;
pub use given::InContext;
pub use page::{Page, PermittedInContext};
pub use touching::Touch;

/// What reverse questions need to know about a snapshot beside itself; made when first needed.
#[derive(Default)]
pub(super) struct Reverse {
    /// For the interpreter, and for candidates that came with the question; native code has its own, which updates keep up.
    members: OnceLock<Members>,
    rows: RowIndexes,
}
