//! Answers that change text: renaming and formatting.

use assize_lang::{Edit, Span};
use tower_lsp::lsp_types::{
    DocumentChanges, OneOf, OptionalVersionedTextDocumentIdentifier, Position, PrepareRenameResponse, Range,
    TextDocumentEdit, TextEdit, Url, WorkspaceEdit,
};

use super::at::At;
use super::convert::Measured;
use crate::ide::{self, rename::Edits};
use crate::server::View;

/// Edits of a text for the client.
pub fn text_edits(measured: &Measured<'_>, edits: Vec<Edit>) -> Vec<TextEdit> {
    let edit =
        |edit: Edit| TextEdit { range: measured.range(Span::new(edit.start, edit.end)), new_text: edit.text };
    edits.into_iter().map(edit).collect()
}

/// Edits of several files for the client; with the versions that they are for if it understands them.
pub fn workspace_edit(view: &View, edits: Edits, versioned: bool) -> Option<WorkspaceEdit> {
    let mut changes: Vec<(Url, Option<i32>, Vec<TextEdit>)> = Vec::new();
    for (file, edits) in edits {
        let text = view.analysis.text(view.analysis.file(file)?).clone();
        let version = view.paths.path(file).and_then(|path| view.documents.get(path)).map(|it| it.version);
        changes.push((view.uri(file)?, version, text_edits(&Measured::new(&text, view.encoding), edits)));
    }
    if !versioned {
        let changes = changes.into_iter().map(|(uri, _, edits)| (uri, edits)).collect();
        return Some(WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() });
    }
    let changes = changes.into_iter().map(|(uri, version, edits)| TextDocumentEdit {
        text_document: OptionalVersionedTextDocumentIdentifier { uri, version },
        edits: edits.into_iter().map(OneOf::Left).collect(),
    });
    let document_changes = Some(DocumentChanges::Edits(changes.collect()));
    Some(WorkspaceEdit { document_changes, ..WorkspaceEdit::default() })
}

/// `textDocument/prepareRename`
pub fn prepare_rename(at: &At, position: Position) -> Result<PrepareRenameResponse, String> {
    let found = ide::rename::prepare(&at.view.analysis, at.file, at.offset(position))?;
    Ok(PrepareRenameResponse::RangeWithPlaceholder {
        range: at.measured().range(found.range.span),
        placeholder: found.name.to_string(),
    })
}

/// `textDocument/rename`
pub fn rename(
    at: &At,
    position: Position,
    new: &str,
    versioned: bool,
) -> Result<Option<WorkspaceEdit>, String> {
    let edits = ide::rename::rename(&at.view.analysis, &at.view.sources, at.file, at.offset(position), new)?;
    Ok(workspace_edit(&at.view, edits, versioned))
}

/// `textDocument/formatting` and `textDocument/rangeFormatting`
pub fn format(at: &At, range: Option<Range>) -> Vec<TextEdit> {
    let measured = at.measured();
    let part = range.map(|range| measured.span(range));
    text_edits(&measured, ide::format::format(&at.text, part))
}

/// `textDocument/onTypeFormatting`
pub fn format_typed(at: &At, position: Position) -> Vec<TextEdit> {
    let measured = at.measured();
    text_edits(&measured, ide::format::on_type(&at.text, measured.offset(position)))
}
