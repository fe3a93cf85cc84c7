//! The Language Server Protocol: messages to events and questions, plain data to answers.
//!
//! [`framework`] is the one file that knows the framework; everything else knows the protocol's types only.

pub mod actions;
pub mod answers;
pub mod at;
pub mod capabilities;
pub mod completion;
pub mod convert;
pub mod diagnostics;
pub mod edits;
pub mod explaining;
pub mod framework;
pub mod hints;
pub mod ordered;
pub mod pull;
pub mod settings;
pub mod shape;
pub mod testing;
pub mod tokens;
pub mod told;
