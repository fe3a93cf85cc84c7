//! Between the protocol's types and ours.

use assize_lang::Span;
use tower_lsp::lsp_types::{Location, LocationLink, Position, Range, Url};

use crate::ide::FileRange;
use crate::ide::definition::Targets;
use crate::server::View;
use crate::text::{Encoding, Lines, Place};

/// A place from the client.
pub fn place(position: Position) -> Place {
    Place { line: position.line, column: position.character }
}

/// A place for the client.
pub fn position(place: Place) -> Position {
    Position { line: place.line, character: place.column }
}

/// A text with its lines, for places in it.
pub struct Measured<'t> {
    /// The text.
    pub text: &'t str,
    /// Its lines.
    pub lines: Lines,
    /// What columns count.
    pub encoding: Encoding,
}

impl<'t> Measured<'t> {
    /// The lines of `text`.
    pub fn new(text: &'t str, encoding: Encoding) -> Measured<'t> {
        Measured { text, lines: Lines::new(text), encoding }
    }

    /// A range for the client.
    pub fn range(&self, span: Span) -> Range {
        let position = |offset| position(self.lines.place(self.text, offset, self.encoding));
        Range { start: position(span.start), end: position(span.end.max(span.start)) }
    }

    /// An offset from the client.
    pub fn offset(&self, position: Position) -> u32 {
        self.lines.offset(self.text, place(position), self.encoding)
    }

    /// A span from the client.
    pub fn span(&self, range: Range) -> Span {
        let start = self.offset(range.start);
        Span::new(start, self.offset(range.end).max(start))
    }
}

/// Places in several files, each of which is measured once as long as its places come together.
pub struct Locator<'v> {
    view: &'v View,
    last: Option<(u32, Url, std::sync::Arc<str>, Lines)>,
}

impl<'v> Locator<'v> {
    /// For the files of a package.
    pub fn new(view: &'v View) -> Locator<'v> {
        Locator { view, last: None }
    }

    fn load(&mut self, file: u32) -> Option<()> {
        if self.last.as_ref().is_none_or(|(known, ..)| *known != file) {
            let (text, lines) = self.view.lines(file)?;
            self.last = Some((file, self.view.uri(file)?, text, lines));
        }
        Some(())
    }

    /// A place with its file.
    pub fn location(&mut self, range: FileRange) -> Option<Location> {
        self.load(range.file)?;
        let range = self.range(range)?;
        let (_, uri, ..) = self.last.as_ref()?;
        Some(Location { uri: uri.clone(), range })
    }

    /// A place in its file.
    pub fn range(&mut self, range: FileRange) -> Option<Range> {
        self.load(range.file)?;
        let (_, _, text, lines) = self.last.as_ref()?;
        let position = |offset| position(lines.place(text, offset, self.view.encoding));
        Some(Range { start: position(range.span.start), end: position(range.span.end) })
    }

    /// Where a name leads to.
    pub fn links(&mut self, found: &Targets) -> Vec<LocationLink> {
        let origin = self.range(found.origin);
        let mut links = Vec::new();
        for target in &found.targets {
            let whole = FileRange { span: target.whole, ..target.name };
            if let (Some(place), Some(whole)) = (self.location(target.name), self.range(whole)) {
                links.push(LocationLink {
                    origin_selection_range: origin,
                    target_uri: place.uri,
                    target_range: whole,
                    target_selection_range: place.range,
                });
            }
        }
        links
    }
}
