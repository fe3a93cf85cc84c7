//! Text and trees: tokens, grammar, syntax tree and diagnostics of the Assize policy language.
//!
//! In comes the text of one file; out come its [`ast::Item`]s and its [`Diagnostic`]s, always both: broken input is
//! normal. Nothing here knows what a name means, reads a file or knows of types and values. Start at [`parse`],
//! then [`ast`].

pub mod ast;
pub mod codes;
mod diagnostic;

pub use ast::Span;
pub use diagnostic::{Code, Diagnostic, Edit, Fix, Label, Severity};

/// Height of the tallest expression; what is nested deeper is one diagnostic and an error node.
pub const MAX_DEPTH: u16 = 256;

/// An item and where it starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParsedItem {
    /// Byte offset in the file from which the item's spans count.
    pub start: u32,
    /// The item.
    pub item: ast::Item,
    /// Spans count from `start`.
    pub diagnostics: Vec<Diagnostic>,
}

/// A file's items in source order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParsedFile {
    /// In source order.
    pub items: Vec<ParsedItem>,
    /// What belongs to no item: bad characters, brackets that do not match, a file too large. Spans count from the start of
    /// the file.
    pub diagnostics: Vec<Diagnostic>,
}
