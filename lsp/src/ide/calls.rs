//! Who calls a function or asks a grant, and what a function, policy or grant calls.

use assize_compiler::db::SourceFile;
use assize_compiler::declarations::Def;
use assize_lang::Span;
use assize_lang::ast::ItemKind;
use smol_str::SmolStr;

use super::analysis::{Analysis, FileRange};
use super::meaning::Meaning;
use super::names;
use super::places;
use super::symbols::{self, SymbolKind};

/// Something that calls or is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Its name.
    pub name: SmolStr,
    /// What it is.
    pub kind: SymbolKind,
    /// Where its name stands.
    pub range: FileRange,
    /// All of it.
    pub whole: Span,
}

/// What the function, grant or policy at an offset is.
pub fn prepare(analysis: &Analysis, file: SourceFile, offset: u32) -> Option<Caller> {
    if let Some(at) = names::at(analysis, file, offset) {
        for occurrence in &at.meanings {
            if let Meaning::Def(def @ (Def::Function(_) | Def::Grant(_))) = &occurrence.meaning {
                let (range, _) = places::of_def(analysis, def)?;
                return caller(analysis, range);
            }
        }
    }
    let index = analysis.index_of(file)?;
    caller(analysis, FileRange { file: index, span: Span::new(offset, offset) })
        .filter(|it| it.kind == SymbolKind::Policy)
}

/// The declaration around a place.
fn caller(analysis: &Analysis, range: FileRange) -> Option<Caller> {
    let symbols = symbols::document(analysis, analysis.file(range.file)?);
    let around = |span: Span| span.start <= range.span.start && range.span.end <= span.end;
    let symbol = symbols.into_iter().find(|symbol| around(symbol.span))?;
    Some(Caller {
        range: FileRange { file: range.file, span: symbol.name_span },
        name: symbol.name,
        kind: symbol.kind,
        whole: symbol.span,
    })
}

/// Those that call it, with the places where they do.
pub fn incoming(analysis: &Analysis, of: FileRange) -> Vec<(Caller, Vec<Span>)> {
    let Some(file) = analysis.file(of.file) else { return Vec::new() };
    let Some(at) = names::at(analysis, file, of.span.start) else { return Vec::new() };
    let mut found: Vec<(Caller, Vec<Span>)> = Vec::new();
    for place in places::of_meanings(analysis, &at) {
        let in_use = || {
            let item = analysis.item_at(analysis.file(place.range.file)?, place.range.span.start)?;
            Some(matches!(analysis.tree(item.item).item.kind, ItemKind::Use(_)))
        };
        if place.occurrence.declares || in_use() == Some(true) {
            continue;
        }
        let Some(caller) = caller(analysis, place.range) else { continue };
        match found.iter_mut().find(|(known, _)| *known == caller) {
            Some((_, spans)) => spans.push(place.range.span),
            None => found.push((caller, vec![place.range.span])),
        }
    }
    found
}

/// What it calls, with the places where it does.
pub fn outgoing(analysis: &Analysis, of: FileRange) -> Vec<(Caller, Vec<Span>)> {
    let Some(file) = analysis.file(of.file) else { return Vec::new() };
    let Some(at) = analysis.item_at(file, of.span.start) else { return Vec::new() };
    let mut found: Vec<(Caller, Vec<Span>)> = Vec::new();
    for name in names::of_item(analysis, at.item) {
        let Meaning::Def(def @ (Def::Function(_) | Def::Grant(_))) = &name.meaning else { continue };
        if name.declares {
            continue;
        }
        let called = places::of_def(analysis, def).and_then(|(range, _)| caller(analysis, range));
        let Some(called) = called else { continue };
        let span = Span::new(name.span.start + at.start, name.span.end + at.start);
        match found.iter_mut().find(|(known, _)| *known == called) {
            Some((_, spans)) => spans.push(span),
            None => found.push((called, vec![span])),
        }
    }
    found
}
