//! Questions of the protocol, answered from plain data.

use tower_lsp::lsp_types::{
    DocumentHighlight, DocumentHighlightKind, Hover, HoverContents, Location, LocationLink, MarkupContent,
    MarkupKind, Position,
};

use super::at::At;
use super::convert::Locator;
use crate::ide::{self, definition::Targets};

/// `textDocument/hover`
pub fn hover(at: &At, position: Position) -> Option<Hover> {
    let found = ide::hover::hover(&at.view.analysis, at.file, at.offset(position))?;
    let value = MarkupContent { kind: MarkupKind::Markdown, value: found.markdown };
    let range = Some(at.measured().range(found.range.span));
    Some(Hover { contents: HoverContents::Markup(value), range })
}

/// `textDocument/definition` and `textDocument/declaration`, which are the same here.
pub fn definition(at: &At, position: Position) -> Option<Vec<LocationLink>> {
    links(at, ide::definition::definition(&at.view.analysis, at.file, at.offset(position)))
}

/// `textDocument/typeDefinition`
pub fn type_definition(at: &At, position: Position) -> Option<Vec<LocationLink>> {
    links(at, ide::definition::type_definition(&at.view.analysis, at.file, at.offset(position)))
}

/// `textDocument/implementation`
pub fn implementation(at: &At, position: Position) -> Option<Vec<LocationLink>> {
    links(at, ide::definition::implementations(&at.view.analysis, at.file, at.offset(position)))
}

fn links(at: &At, found: Option<Targets>) -> Option<Vec<LocationLink>> {
    Some(Locator::new(&at.view).links(&found?))
}

/// `textDocument/references`
pub fn references(at: &At, position: Position, declarations: bool) -> Option<Vec<Location>> {
    let found = ide::references::references(&at.view.analysis, at.file, at.offset(position))?;
    let mut locator = Locator::new(&at.view);
    let wanted = found.into_iter().filter(|it| declarations || !it.occurrence.declares);
    Some(wanted.filter_map(|it| locator.location(it.range)).collect())
}

/// `textDocument/documentHighlight`
pub fn highlight(at: &At, position: Position) -> Option<Vec<DocumentHighlight>> {
    let found = ide::references::highlights(&at.view.analysis, at.file, at.offset(position))?;
    let measured = at.measured();
    let highlight = |it: ide::places::Found| DocumentHighlight {
        range: measured.range(it.range.span),
        kind: Some(match it.occurrence.declares {
            true => DocumentHighlightKind::WRITE,
            false => DocumentHighlightKind::READ,
        }),
    };
    Some(found.into_iter().map(highlight).collect())
}
