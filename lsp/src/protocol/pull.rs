//! Findings for clients that ask for them.

use std::hash::{Hash, Hasher};

use rustc_hash::FxHasher;
use tower_lsp::lsp_types::{
    Diagnostic, DocumentDiagnosticReport, FullDocumentDiagnosticReport, PreviousResultId,
    RelatedFullDocumentDiagnosticReport, RelatedUnchangedDocumentDiagnosticReport,
    UnchangedDocumentDiagnosticReport, WorkspaceDocumentDiagnosticReport,
    WorkspaceFullDocumentDiagnosticReport, WorkspaceUnchangedDocumentDiagnosticReport,
};

use super::at::At;
use super::diagnostics;
use crate::server::View;

/// A name for these findings: the same for the same, in any run of the server.
fn result_id(found: &[Diagnostic]) -> String {
    let mut hasher = FxHasher::default();
    serde_json::to_string(found).unwrap_or_default().hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// The findings of a file, or that they are what the client knows.
pub fn of_file(at: &At, known: Option<String>) -> DocumentDiagnosticReport {
    report(diagnostics::of_file(&at.view, at.index), known)
}

/// Of a file that no package has.
pub fn nothing() -> DocumentDiagnosticReport {
    report(Vec::new(), None)
}

fn report(items: Vec<Diagnostic>, known: Option<String>) -> DocumentDiagnosticReport {
    let result_id = result_id(&items);
    if known.as_ref() == Some(&result_id) {
        return DocumentDiagnosticReport::Unchanged(RelatedUnchangedDocumentDiagnosticReport {
            related_documents: None,
            unchanged_document_diagnostic_report: UnchangedDocumentDiagnosticReport { result_id },
        });
    }
    DocumentDiagnosticReport::Full(RelatedFullDocumentDiagnosticReport {
        related_documents: None,
        full_document_diagnostic_report: FullDocumentDiagnosticReport { result_id: Some(result_id), items },
    })
}

/// The findings of all packages, by file.
pub fn of_all(views: &[View], known: &[PreviousResultId]) -> Vec<WorkspaceDocumentDiagnosticReport> {
    let mut reports = Vec::new();
    for view in views {
        for (uri, (version, items)) in diagnostics::of_package(view) {
            let version = version.map(i64::from);
            let result_id = result_id(&items);
            let same = known.iter().any(|it| it.uri == uri && it.value == result_id);
            reports.push(if same {
                let unchanged = UnchangedDocumentDiagnosticReport { result_id };
                WorkspaceDocumentDiagnosticReport::Unchanged(WorkspaceUnchangedDocumentDiagnosticReport {
                    uri,
                    version,
                    unchanged_document_diagnostic_report: unchanged,
                })
            } else {
                let full = FullDocumentDiagnosticReport { result_id: Some(result_id), items };
                WorkspaceDocumentDiagnosticReport::Full(WorkspaceFullDocumentDiagnosticReport {
                    uri,
                    version,
                    full_document_diagnostic_report: full,
                })
            });
        }
    }
    reports
}
