//! The server's state, and who may touch it.
//!
//! ```text
//! client ──messages──> protocol (async) ──Event──> owner (one thread) ──Job──> readers (threads)
//!                                                    │  edits, in order           │  questions, on a copy
//!                                                    └────────── Out ─────────────┴──> client
//! ```
//!
//! The owner alone changes databases. Questions are answered by readers, each with a handle of the database as it was when the
//! question came; the next edit takes these handles away (salsa unwinds them), and the question is answered with "content modified".
//! Messages become events before their handlers first wait for anything, so that edits and questions keep the order of the wire
//! whatever the framework does with its tasks.

pub mod data_ids;
pub mod files;
pub mod owner;
pub mod pool;
pub mod unit;
pub mod view;
pub mod workspace;

#[cfg(test)]
mod tests;

pub use owner::{Event, Out, Queue};
pub use view::View;
