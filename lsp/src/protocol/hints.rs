//! Answers in the margin of the text: inlay hints, signatures, call hierarchies, code lenses.

use assize_lang::Span;
use assize_lang::ast::{ItemKind, TestItem};
use tower_lsp::lsp_types::{
    CallHierarchyIncomingCall, CallHierarchyItem, CallHierarchyOutgoingCall, CodeLens, Command,
    Documentation, InlayHint, InlayHintKind, InlayHintLabel, MarkupContent, MarkupKind, ParameterInformation,
    ParameterLabel, Position, Range, SignatureHelp, SignatureInformation, SymbolKind,
};

use super::at::At;
use super::convert::Locator;
use super::explaining::{EXPLAIN, WHO};
use crate::ide::calls::{self, Caller};
use crate::ide::hints::HintKind;
use crate::ide::symbols::SymbolKind as Kind;
use crate::ide::{self, FileRange};
use crate::server::View;

/// The command that runs a test, or all of a file.
pub const RUN_TESTS: &str = "assize.runTests";

/// `textDocument/inlayHint`
pub fn hints(at: &At, range: Range) -> Vec<InlayHint> {
    let measured = at.measured();
    let hint = |hint: ide::hints::Hint| InlayHint {
        position: measured.range(Span::new(hint.offset, hint.offset)).start,
        label: InlayHintLabel::String(hint.label),
        kind: (hint.kind == HintKind::Type).then_some(InlayHintKind::TYPE),
        text_edits: None,
        tooltip: None,
        padding_left: None,
        padding_right: None,
        data: None,
    };
    ide::hints::hints(&at.view.analysis, at.file, measured.span(range)).into_iter().map(hint).collect()
}

/// `textDocument/signatureHelp`
pub fn signature(at: &At, position: Position) -> Option<SignatureHelp> {
    let found = ide::signature::signature(&at.view.analysis, at.file, at.offset(position))?;
    // Places in a label count code units of UTF-16, whatever was agreed on for texts.
    let units = |offset: u32| {
        let before = found.label.get(..offset as usize).unwrap_or_default();
        before.encode_utf16().count() as u32
    };
    let params = found.params.iter().map(|span| ParameterInformation {
        label: ParameterLabel::LabelOffsets([units(span.start), units(span.end)]),
        documentation: None,
    });
    let docs = MarkupContent { kind: MarkupKind::Markdown, value: found.docs.clone() };
    let active = Some(found.active as u32);
    let signature = SignatureInformation {
        label: found.label.clone(),
        documentation: (!found.docs.is_empty()).then_some(Documentation::MarkupContent(docs)),
        parameters: Some(params.collect()),
        active_parameter: active,
    };
    Some(SignatureHelp { signatures: vec![signature], active_signature: Some(0), active_parameter: active })
}

fn item(view: &View, locator: &mut Locator<'_>, caller: &Caller) -> Option<CallHierarchyItem> {
    let place = locator.location(caller.range)?;
    let whole = locator.range(FileRange { span: caller.whole, ..caller.range })?;
    let file = view.analysis.file(caller.range.file)?;
    Some(CallHierarchyItem {
        name: caller.name.to_string(),
        kind: match caller.kind {
            Kind::Function => SymbolKind::FUNCTION,
            Kind::Grant => SymbolKind::INTERFACE,
            Kind::Test => SymbolKind::METHOD,
            _ => SymbolKind::OBJECT,
        },
        tags: None,
        detail: Some(file.name(&view.analysis.database).to_string()),
        uri: place.uri,
        range: whole,
        selection_range: place.range,
        data: None,
    })
}

/// `textDocument/prepareCallHierarchy`
pub fn prepare_calls(at: &At, position: Position) -> Option<Vec<CallHierarchyItem>> {
    let found = calls::prepare(&at.view.analysis, at.file, at.offset(position))?;
    Some(vec![item(&at.view, &mut Locator::new(&at.view), &found)?])
}

fn range_of(at: &At, of: &CallHierarchyItem) -> FileRange {
    FileRange { file: at.index, span: at.span(of.selection_range) }
}

/// `callHierarchy/incomingCalls`
pub fn incoming(at: &At, of: &CallHierarchyItem) -> Vec<CallHierarchyIncomingCall> {
    let mut locator = Locator::new(&at.view);
    let mut calls = Vec::new();
    for (caller, spans) in calls::incoming(&at.view.analysis, range_of(at, of)) {
        let Some(from) = item(&at.view, &mut locator, &caller) else { continue };
        let ranges = spans.iter().map(|span| FileRange { span: *span, ..caller.range });
        let from_ranges = ranges.filter_map(|range| locator.range(range)).collect();
        calls.push(CallHierarchyIncomingCall { from, from_ranges });
    }
    calls
}

/// `callHierarchy/outgoingCalls`
pub fn outgoing(at: &At, of: &CallHierarchyItem) -> Vec<CallHierarchyOutgoingCall> {
    let mut locator = Locator::new(&at.view);
    let measured = at.measured();
    let mut calls = Vec::new();
    for (called, spans) in calls::outgoing(&at.view.analysis, range_of(at, of)) {
        let Some(to) = item(&at.view, &mut locator, &called) else { continue };
        let from_ranges = spans.into_iter().map(|span| measured.range(span)).collect();
        calls.push(CallHierarchyOutgoingCall { to, from_ranges });
    }
    calls
}

/// `textDocument/codeLens`: tests can be run, expectations explained.
pub fn lenses(at: &At) -> Vec<CodeLens> {
    let measured = at.measured();
    let uri = at.view.uri(at.index);
    let mut lenses: Vec<CodeLens> = Vec::new();
    let mut add = |range: Range, title: &str, command: &str, arguments: Vec<serde_json::Value>| {
        let command =
            Command { title: title.to_owned(), command: command.to_owned(), arguments: Some(arguments) };
        lenses.push(CodeLens { range, command: Some(command), data: None });
    };
    let mut first = true;
    let mut decisions = Vec::new();
    for item in at.view.analysis.items(at.file) {
        let start = item.start(&at.view.analysis.database);
        let ItemKind::Test(decl) = &at.view.analysis.tree(*item).item.kind else { continue };
        let (from, to) = (decl.name.span.start + start, decl.name.span.end + start);
        let range = measured.range(Span::new(from, to));
        let file = serde_json::json!(uri);
        if std::mem::take(&mut first) {
            add(range, "run all tests of this file", RUN_TESTS, vec![file.clone()]);
        }
        add(range, "run test", RUN_TESTS, vec![file.clone(), serde_json::json!(decl.name.value.as_str())]);
        for item in &decl.items {
            let TestItem::Expect(expect) = item else { continue };
            let range = measured.range(Span::new(expect.span.start + start, expect.span.end + start));
            decisions.push((range, vec![file.clone(), serde_json::json!(range.start)]));
        }
    }
    for (range, arguments) in decisions {
        add(range, "explain", EXPLAIN, arguments.clone());
        add(range, "who is allowed?", WHO, arguments);
    }
    lenses
}
