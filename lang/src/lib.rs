//! Text and trees: tokens, grammar, syntax tree and diagnostics of the Assize policy language.
//!
//! In comes the text of one file; out come its [`ast::Item`]s and its [`Diagnostic`]s, always both: broken input is
//! normal. Nothing here knows what a name means, reads a file or knows of types and values. Start at [`parse`],
//! then [`ast`].
//!
//! ```text
//! text ──lexer──> lexemes ──chunks──> one text for each item            split, for the whole file
//!
//! item text ──lexer──> lexemes ──slips, braces──> sound lexemes ──brackets──> brackets match
//!           ──words──> keywords and names ──nesting──> bounded depth    parse_chunk, for each item
//!           ──grammar + build──> ast::Item, and Diagnostics by syntax_errors, clauses, mixed
//! ```
//!
//! Diagnostics become text for people in [`render()`] and data for programs in [`locate`].
//!
//! [`format()`] lays a file out in the one true format.
//!
//! The two halves are separate because an editor changes one item at a time: [`parse_chunk`] is a pure function of the
//! item's own text.

pub mod ast;
mod braces;
mod brackets;
mod build;
mod build_expr;
mod chunks;
mod clauses;
pub mod codes;
mod consequences;
mod diagnostic;
mod excerpt;
mod expected;
mod format;
mod item;
mod lexer;
pub mod literals;
mod located;
mod lost;
mod mixed;
mod near_words;
mod nesting;
mod render;
mod slips;
mod sources;
mod syntax_errors;
mod terminals;
mod tokens;
mod words;

pub use ast::Span;
pub use chunks::split;
pub use diagnostic::{Code, Diagnostic, Edit, Fix, Label, Severity};
pub use expected::expected_after;
pub use format::{Formatted, format};
pub use item::parse_chunk;
pub use located::{LocatedDiagnostic, LocatedEdit, LocatedFix, LocatedLabel, Place, locate};
pub use lost::lost_names;
pub use render::{RenderStyle, render};
pub use sources::{SourceFile, SourceFiles, line_column};
pub use terminals::{Terminal, TerminalKind, terminals};

/// Height of the tallest expression; what is nested deeper is one diagnostic and an error node.
pub const MAX_DEPTH: u16 = 256;

/// Size in bytes of the largest file.
pub const MAX_FILE_SIZE: usize = 16 << 20;

/// Number of declarations in one file.
pub const MAX_ITEMS: usize = 500_000;

/// Number of errors that are kept for one file.
pub const MAX_DIAGNOSTICS: usize = 100;

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
    /// What belongs to no item: hidden characters, a file too large. Spans count from the start of the file.
    pub diagnostics: Vec<Diagnostic>,
}

/// The text of one item: documentation, annotations and declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Chunk {
    /// First byte in the file.
    pub start: u32,
    /// One past the last byte: the end of the item's last token.
    pub end: u32,
}

impl Chunk {
    /// The chunk's text, given the text of its file.
    pub fn text(self, file: &str) -> &str {
        file.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

/// A file cut into its items.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SplitFile {
    /// In source order; they do not overlap.
    pub chunks: Vec<Chunk>,
    /// What belongs to no item. Spans count from the start of the file.
    pub diagnostics: Vec<Diagnostic>,
}

/// Parses a file: [`split`], and [`parse_chunk`] for each chunk. Beyond [`MAX_DIAGNOSTICS`] errors, further findings are
/// left out and a last error says so.
pub fn parse(text: &str) -> ParsedFile {
    let SplitFile { chunks, mut diagnostics } = split(text);
    let mut left = MAX_DIAGNOSTICS.saturating_sub(diagnostics.len());
    let mut omitted = None;
    let parse_one = |chunk: &Chunk| {
        let (item, mut diagnostics) = parse_chunk(chunk.text(text));
        let errors = diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count();
        if errors > left {
            diagnostics.truncate(left);
            omitted.get_or_insert(chunk.start);
        }
        left = left.saturating_sub(errors);
        ParsedItem { start: chunk.start, item, diagnostics }
    };
    let items = chunks.iter().map(parse_one).collect();
    if let Some(start) = omitted {
        diagnostics.push(too_many_diagnostics(start));
    }
    ParsedFile { items, diagnostics }
}

/// The error that stands for the findings left out, at the first item that lacks some.
pub fn too_many_diagnostics(start: u32) -> Diagnostic {
    let message = format!("this file has more than {MAX_DIAGNOSTICS} errors; further ones are left out");
    Diagnostic::new(codes::TOO_MANY_DIAGNOSTICS, Span::new(start, start), message)
}
