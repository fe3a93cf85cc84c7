//! The one true format: from the text of a file to the same declarations, laid out as everybody's are.
//!
//! ```text
//! file ──split──> one text for each item, and the gaps between them
//!
//! item text ──lexer──> tokens and comments                          source
//!           ──parse_chunk──> tree ──items, policies, cases, types, expressions──> Layout, a stream of commands
//!           ──Layout::print──> text ──parse_chunk──> the same tree, or the item stays as it was            same
//!
//! gaps ──gaps──> comments between the items, and at most one blank line
//! ```
//!
//! The printers walk the tree to know where lines may end, and copy every token from the source through
//! [`writer::Writer`], so that nothing can be lost or reordered that the tree does not hold. Comments hang on the tokens
//! and come out where they stood between them.
//!
//! A broken item is left as it is, byte for byte.

mod cases;
mod expressions;
mod gaps;
mod items;
mod layout;
mod lists;
mod policies;
mod same;
mod source;
mod spacing;
mod types;
mod writer;

use crate::{Diagnostic, Severity, Span, SplitFile, ast, parse_chunk, split};

use gaps::Side;
use source::Source;

/// A file in the one true format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Formatted {
    /// The text; that of the input where nothing could be done.
    pub text: String,
    /// The syntax errors for which declarations were left as they are. Spans count from the start of the *input*.
    pub errors: Vec<Diagnostic>,
    /// Sound declarations that are left as they are because they would be read differently; each is a harmless fault of
    /// the formatter. Spans count from the start of the *input*.
    pub refused: Vec<Span>,
}

/// Formats a file. Meaning, comments and documentation stay: an item of which the result would be read differently
/// stays as it was.
pub fn format(text: &str) -> Formatted {
    let SplitFile { chunks, diagnostics } = split(text);
    let is_error = |finding: &Diagnostic| finding.severity == Severity::Error;
    let mut errors: Vec<Diagnostic> = diagnostics.into_iter().filter(is_error).collect();
    if chunks.is_empty() && !errors.is_empty() {
        return Formatted { text: text.to_owned(), errors, refused: Vec::new() };
    }
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    let mut places = Vec::with_capacity(chunks.len());
    let mut end = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut refused = Vec::new();
    let mut before = Side::Edge;
    for chunk in &chunks {
        let own = chunk.text(text);
        let laid = format_item(own, &mut errors, chunk.start);
        let after = match &laid {
            Laid::Formatted { text, body } => {
                Side::Item { tall: text.get(*body..).is_some_and(|body| body.contains('\n')) }
            }
            Laid::Broken | Laid::Refused => Side::Left,
        };
        gaps::write(&mut out, &text[end..chunk.start as usize], before, after);
        let start = out.len();
        out.push_str(match &laid {
            Laid::Formatted { text, .. } => text,
            Laid::Broken | Laid::Refused => own,
        });
        if matches!(laid, Laid::Refused) {
            refused.push(Span::new(chunk.start, chunk.end));
        }
        places.push((start, out.len()));
        before = after;
        end = chunk.end as usize;
    }
    gaps::write(&mut out, &text[end..], before, Side::Edge);
    // Each item means what it did; now they must also be the same items.
    let same_items = |out: &str| {
        let again = split(out).chunks;
        again.len() == places.len()
            && again
                .iter()
                .zip(&places)
                .all(|(chunk, place)| (chunk.start as usize, chunk.end as usize) == *place)
    };
    if out != text && !same_items(&out) {
        out = text.to_owned();
        refused = vec![Span::new(0, text.len() as u32)];
    }
    Formatted { text: out, errors, refused }
}

/// What became of an item.
enum Laid {
    /// Its text, and where in it the declaration starts, behind documentation and annotations.
    Formatted { text: String, body: usize },
    /// It stays as it is for its syntax errors.
    Broken,
    /// It stays as it is because it would be read differently.
    Refused,
}

fn format_item(text: &str, errors: &mut Vec<Diagnostic>, start: u32) -> Laid {
    let (item, findings) = parse_chunk(text);
    let before = errors.len();
    errors.extend(
        findings
            .into_iter()
            .filter(|finding| finding.severity == Severity::Error)
            .map(|finding| finding.offset_by(start)),
    );
    if errors.len() > before {
        return Laid::Broken;
    }
    let source = Source::new(text);
    let result = items::item(&source, &item);
    if result == text {
        return Laid::Formatted { body: body_of(&result, &item), text: result };
    }
    let (again, findings) = parse_chunk(&result);
    let sound = findings.iter().all(|finding| finding.severity != Severity::Error);
    if !sound || source.comments() != Source::new(&result).comments() {
        return Laid::Refused;
    }
    let body = body_of(&result, &again);
    if !same::same(item, again) {
        return Laid::Refused;
    }
    Laid::Formatted { text: result, body }
}

/// Where the declaration of an item starts, behind its annotations.
fn body_of(text: &str, item: &ast::Item) -> usize {
    let start = item.annotations.last().map_or(item.span.start, |last| last.span.end) as usize;
    let blanks = text.get(start..).map_or(0, |rest| rest.len() - rest.trim_start().len());
    start + blanks
}
