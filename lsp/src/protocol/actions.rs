//! Code actions: repairs that findings carry, and refactorings.

use assize_compiler::package::Located;
use assize_lang::{Edit, Fix, Span};
use tower_lsp::lsp_types::{
    CodeAction, CodeActionContext, CodeActionKind, CodeActionOrCommand, Diagnostic, NumberOrString, Range,
};

use super::at::At;
use super::edits::workspace_edit;
use crate::ide::actions::{self, Action, ActionKind};
use crate::ide::rename::Edits;

/// All safe repairs of a file at once.
pub const FIX_ALL: &str = "source.fixAll.assize";

/// The kinds of action that there are.
pub fn kinds() -> Vec<CodeActionKind> {
    vec![
        CodeActionKind::QUICKFIX,
        CodeActionKind::REFACTOR_EXTRACT,
        CodeActionKind::REFACTOR_INLINE,
        CodeActionKind::REFACTOR_REWRITE,
        CodeActionKind::SOURCE_ORGANIZE_IMPORTS,
        CodeActionKind::new(FIX_ALL),
    ]
}

/// `textDocument/codeAction`
pub fn actions(
    at: &At,
    range: Range,
    context: &CodeActionContext,
    versioned: bool,
) -> Vec<CodeActionOrCommand> {
    let wanted = |kind: &CodeActionKind| match &context.only {
        None => !kind.as_str().starts_with("source"),
        Some(only) => only.iter().any(|one| is_below(kind.as_str(), one.as_str())),
    };
    let selected = at.span(range);
    let mut found = Vec::new();
    let mut add = |action: CodeAction, edits: Vec<Edit>| {
        let changes = Edits::from([(at.index, edits)]);
        let kind = action.kind.clone().unwrap_or(CodeActionKind::EMPTY);
        if wanted(&kind)
            && let Some(edit) = workspace_edit(&at.view, changes, versioned)
        {
            let action = CodeAction { edit: Some(edit), ..action };
            found.push(CodeActionOrCommand::CodeAction(action));
        }
    };
    let diagnostics = at.view.findings(at.index);
    let own: Vec<&Located> = diagnostics.iter().filter(|located| located.file == at.index).collect();
    for located in &own {
        let place = Span::new(located.diagnostic.primary.start, located.diagnostic.primary.end);
        if place.end < selected.start || place.start > selected.end {
            continue;
        }
        let solved = context.diagnostics.iter().find(|known| is_of(at, known, located)).cloned();
        for fix in &located.diagnostic.fixes {
            let action = CodeAction {
                title: fix.title.clone(),
                kind: Some(CodeActionKind::QUICKFIX),
                diagnostics: solved.clone().map(|solved| vec![solved]),
                is_preferred: fix.safe.then_some(true),
                ..CodeAction::default()
            };
            add(action, sorted(fix));
        }
    }
    for Action { title, kind, edits } in actions::actions(&at.view.analysis, at.file, selected) {
        let kind = match kind {
            ActionKind::Extract => CodeActionKind::REFACTOR_EXTRACT,
            ActionKind::Inline => CodeActionKind::REFACTOR_INLINE,
            ActionKind::Rewrite => CodeActionKind::REFACTOR_REWRITE,
            ActionKind::SortUses => CodeActionKind::SOURCE_ORGANIZE_IMPORTS,
        };
        add(CodeAction { title, kind: Some(kind), ..CodeAction::default() }, edits);
    }
    let safe = safe_edits(&own);
    if !safe.is_empty() {
        let kind = Some(CodeActionKind::new(FIX_ALL));
        add(CodeAction { title: "make all safe repairs".to_owned(), kind, ..CodeAction::default() }, safe);
    }
    found
}

/// Whether `quickfix.x` is below `quickfix`.
fn is_below(kind: &str, above: &str) -> bool {
    above.is_empty() || kind.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn is_of(at: &At, known: &Diagnostic, located: &Located) -> bool {
    let own = &located.diagnostic;
    let code = NumberOrString::String(own.code.0.to_owned());
    known.code == Some(code) && at.span(known.range) == Span::new(own.primary.start, own.primary.end)
}

fn sorted(fix: &Fix) -> Vec<Edit> {
    let mut edits = fix.edits.clone();
    edits.sort_by_key(|edit| (edit.start, edit.end));
    edits
}

/// The edits of all safe repairs that do not touch each other.
fn safe_edits(all: &[&Located]) -> Vec<Edit> {
    let mut taken: Vec<Edit> = Vec::new();
    for located in all {
        let Some(fix) = located.diagnostic.fixes.iter().find(|fix| fix.safe) else { continue };
        let free = |edit: &Edit| taken.iter().all(|other| edit.end < other.start || other.end < edit.start);
        if fix.edits.iter().all(free) {
            taken.extend(sorted(fix));
        }
    }
    taken.sort_by_key(|edit| (edit.start, edit.end));
    taken
}
