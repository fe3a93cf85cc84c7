//! Diagnostics for programs: with file names, lines and columns instead of offsets.

use serde::Serialize;

use crate::sources::SourceFiles;
use crate::{Code, Diagnostic, Edit, Label, Severity};

/// A diagnostic as the command line prints it in JSON. Lines and columns count from 1, columns in characters; ends are
/// exclusive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LocatedDiagnostic {
    /// Its code.
    pub code: Code,
    /// `error` or `warning`.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// Where.
    #[serde(flatten)]
    pub place: Place,
    /// The primary label, if it has text, and the others.
    pub labels: Vec<LocatedLabel>,
    /// Proposals.
    pub help: Vec<String>,
    /// Repairs.
    pub fixes: Vec<LocatedFix>,
    /// The page of its code, see [`Code::page`].
    pub page: String,
}

/// A range of a named file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The file's name.
    pub file: String,
    /// Line of the first character.
    pub line: u32,
    /// Column of the first character.
    pub column: u32,
    /// Line of the end.
    pub end_line: u32,
    /// Column of the end.
    pub end_column: u32,
}

/// A label with its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LocatedLabel {
    /// What it says.
    pub message: String,
    /// Where.
    #[serde(flatten)]
    pub place: Place,
}

/// A repair with the places of its edits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LocatedFix {
    /// What it does.
    pub title: String,
    /// Whether it can be applied unseen.
    pub safe: bool,
    /// Non-overlapping.
    pub edits: Vec<LocatedEdit>,
}

/// An edit with its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LocatedEdit {
    /// What is replaced.
    #[serde(flatten)]
    pub place: Place,
    /// What stands there afterwards.
    pub text: String,
}

/// A diagnostic whose own spans count from the start of file number `file`, with places.
pub fn locate(files: &SourceFiles<'_>, file: u32, diagnostic: &Diagnostic) -> LocatedDiagnostic {
    let place = |file: u32, start: u32, end: u32| {
        let Some(source) = files.get(file) else {
            return Place { file: String::new(), line: 1, column: 1, end_line: 1, end_column: 1 };
        };
        let ((line, column), (end_line, end_column)) = (source.line_column(start), source.line_column(end));
        Place { file: source.name().into(), line, column, end_line, end_column }
    };
    let located = |label: &Label| LocatedLabel {
        message: label.message.clone(),
        place: place(label.file.unwrap_or(file), label.start, label.end),
    };
    let edit =
        |edit: &Edit| LocatedEdit { place: place(file, edit.start, edit.end), text: edit.text.clone() };
    let primary = &diagnostic.primary;
    let labelled = Some(primary).filter(|label| !label.message.is_empty());
    LocatedDiagnostic {
        code: diagnostic.code,
        severity: diagnostic.severity,
        message: diagnostic.message.clone(),
        place: place(primary.file.unwrap_or(file), primary.start, primary.end),
        labels: labelled.into_iter().chain(&diagnostic.secondary).map(located).collect(),
        help: diagnostic.help.clone(),
        fixes: diagnostic
            .fixes
            .iter()
            .map(|fix| LocatedFix {
                title: fix.title.clone(),
                safe: fix.safe,
                edits: fix.edits.iter().map(edit).collect(),
            })
            .collect(),
        page: diagnostic.code.page(),
    }
}
