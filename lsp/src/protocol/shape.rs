//! Answers about the shape of a file: outlines, folds, selections, links.

use std::path::Path;

use tower_lsp::lsp_types::{
    DocumentLink, DocumentSymbol, FoldingRange, FoldingRangeKind, Position, SelectionRange,
    SymbolInformation, SymbolKind, SymbolTag, Url,
};

use super::at::At;
use super::convert::{Locator, Measured};
use crate::ide::structure::{self, FoldKind};
use crate::ide::symbols::{self, Symbol, SymbolKind as Kind};
use crate::server::View;
use crate::server::files::uri_of;

fn kind(kind: Kind) -> SymbolKind {
    match kind {
        Kind::Module => SymbolKind::MODULE,
        Kind::Entity => SymbolKind::CLASS,
        Kind::Field => SymbolKind::FIELD,
        Kind::Enum => SymbolKind::ENUM,
        Kind::Variant => SymbolKind::ENUM_MEMBER,
        Kind::Type => SymbolKind::STRUCT,
        Kind::Action => SymbolKind::EVENT,
        Kind::Constant => SymbolKind::CONSTANT,
        Kind::Function => SymbolKind::FUNCTION,
        Kind::Policy => SymbolKind::OBJECT,
        Kind::Grant => SymbolKind::INTERFACE,
        Kind::Obligation => SymbolKind::OPERATOR,
        Kind::Test => SymbolKind::METHOD,
    }
}

#[allow(deprecated, reason = "the type has a field that may not be left out")]
fn symbol(measured: &Measured<'_>, of: Symbol) -> DocumentSymbol {
    let children: Vec<DocumentSymbol> =
        of.children.into_iter().map(|child| symbol(measured, child)).collect();
    DocumentSymbol {
        name: of.name.to_string(),
        detail: (!of.detail.is_empty()).then(|| of.detail.to_string()),
        kind: kind(of.kind),
        tags: of.deprecated.then(|| vec![SymbolTag::DEPRECATED]),
        deprecated: None,
        range: measured.range(of.span),
        selection_range: measured.range(of.name_span),
        children: (!children.is_empty()).then_some(children),
    }
}

/// `textDocument/documentSymbol`
pub fn symbols(at: &At) -> Vec<DocumentSymbol> {
    let measured = at.measured();
    symbols::document(&at.view.analysis, at.file).into_iter().map(|it| symbol(&measured, it)).collect()
}

/// `workspace/symbol`
#[allow(deprecated, reason = "the type has a field that may not be left out")]
pub fn search(views: &[View], query: &str) -> Vec<SymbolInformation> {
    let mut found = Vec::new();
    for view in views {
        let mut locator = Locator::new(view);
        for (range, symbol) in symbols::workspace(&view.analysis, query) {
            if let Some(location) = locator.location(range) {
                found.push(SymbolInformation {
                    name: symbol.name.to_string(),
                    kind: kind(symbol.kind),
                    tags: symbol.deprecated.then(|| vec![SymbolTag::DEPRECATED]),
                    deprecated: None,
                    location,
                    container_name: (!symbol.detail.is_empty()).then(|| symbol.detail.to_string()),
                });
            }
        }
    }
    found
}

/// `textDocument/foldingRange`
pub fn folds(at: &At) -> Vec<FoldingRange> {
    let measured = at.measured();
    let fold = |fold: structure::Fold| {
        let range = measured.range(fold.span);
        FoldingRange {
            start_line: range.start.line,
            start_character: None,
            end_line: range.end.line,
            end_character: None,
            kind: Some(match fold.kind {
                FoldKind::Comment => FoldingRangeKind::Comment,
                FoldKind::Uses => FoldingRangeKind::Imports,
                FoldKind::Region => FoldingRangeKind::Region,
            }),
            collapsed_text: None,
        }
    };
    structure::folds(&at.view.analysis, at.file).into_iter().map(fold).collect()
}

/// `textDocument/selectionRange`: one chain for each place.
pub fn selections(at: &At, positions: &[Position]) -> Vec<SelectionRange> {
    let measured = at.measured();
    let chain = |position: &Position| {
        let offset = measured.offset(*position);
        let spans = structure::selections(&at.view.analysis, at.file, offset);
        let outermost_first = spans.into_iter().rev();
        let nest = |parent: Option<Box<SelectionRange>>, span| {
            Some(Box::new(SelectionRange { range: measured.range(span), parent }))
        };
        let whole =
            SelectionRange { range: measured.range(assize_lang::Span::new(offset, offset)), parent: None };
        outermost_first.fold(None, nest).map_or(whole, |it| *it)
    };
    positions.iter().map(chain).collect()
}

/// `textDocument/documentLink`: data files that tests name.
pub fn links(at: &At) -> Vec<DocumentLink> {
    let measured = at.measured();
    let folder = at.view.sources.folder.clone();
    let target = |name: &str| -> Option<Url> {
        let beside = || at.view.paths.path(at.index)?.parent().map(Path::to_owned);
        uri_of(&folder.clone().or_else(beside)?.join(name))
    };
    let link = |(span, name): (assize_lang::Span, String)| DocumentLink {
        range: measured.range(span),
        target: target(&name),
        tooltip: Some("the data of this test".to_owned()),
        data: None,
    };
    structure::data_files(&at.view.analysis, at.file).into_iter().map(link).collect()
}
