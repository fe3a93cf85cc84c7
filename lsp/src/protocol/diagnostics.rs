//! Findings as the protocol has them.

use std::collections::BTreeMap;

use assize_compiler::package::{Located, SourceText};
use assize_lang::{Code, Label, Severity, Span, codes};
use tower_lsp::lsp_types::{
    CodeDescription, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag, Location,
    NumberOrString, Range, Url,
};

use super::convert::Measured;
use crate::server::View;
use crate::server::files::uri_of;

/// What the findings are called in editors.
pub const SOURCE: &str = "assize";

/// Findings of a package by file: of every policy file of its own, and of others that have some. With the version of open files.
pub fn of_package(view: &View) -> BTreeMap<Url, (Option<i32>, Vec<Diagnostic>)> {
    let mut by_uri: BTreeMap<Url, (Option<i32>, Vec<Diagnostic>)> = BTreeMap::new();
    for (at, source) in view.sources.policies.iter().enumerate() {
        if !source.dependency
            && let Some(uri) = view.uri(at as u32)
        {
            let version = view.documents.get(&source.path).map(|document| document.version);
            by_uri.entry(uri).or_insert((version, Vec::new()));
        }
    }
    // What was wrong with a manifest may be mended.
    for manifest in view.sources.manifests.iter().filter(|manifest| !manifest.dependency) {
        if let Some(uri) = uri_of(&manifest.path) {
            by_uri.entry(uri).or_default();
        }
    }
    let found = view.diagnostics();
    place(view, &view.texts(), &found, &mut by_uri);
    if let Some(failure) = &view.failure {
        place(view, &failure.files, &failure.diagnostics, &mut by_uri);
    }
    by_uri
}

/// Findings of one file.
pub fn of_file(view: &View, index: u32) -> Vec<Diagnostic> {
    let texts = view.texts();
    let found = view.diagnostics();
    let own: Vec<Located> = found.iter().filter(|located| located.file == index).cloned().collect();
    let mut by_uri = BTreeMap::new();
    place(view, &texts, &own, &mut by_uri);
    by_uri.into_values().next().map(|(_, found)| found).unwrap_or_default()
}

fn place(
    view: &View,
    texts: &[SourceText],
    found: &[Located],
    by_uri: &mut BTreeMap<Url, (Option<i32>, Vec<Diagnostic>)>,
) {
    let mut places = Places { view, texts, files: BTreeMap::new() };
    for located in found {
        let diagnostic = &located.diagnostic;
        let related: Vec<DiagnosticRelatedInformation> = diagnostic
            .secondary
            .iter()
            .filter_map(|label| {
                let (uri, range) = places.range(label.file.unwrap_or(located.file), label)?;
                let location = Location { uri, range };
                let message = if label.message.is_empty() { "here" } else { &label.message };
                Some(DiagnosticRelatedInformation { location, message: message.to_owned() })
            })
            .collect();
        let Some((uri, range)) = places.range(located.file, &diagnostic.primary) else { continue };
        let version = texts
            .get(located.file as usize)
            .and_then(|source| view.documents.get(&source.path))
            .map(|document| document.version);
        let data = serde_json::json!({ "code": diagnostic.code.0 });
        let lsp = Diagnostic {
            range,
            severity: Some(match diagnostic.severity {
                Severity::Error => DiagnosticSeverity::ERROR,
                Severity::Warning => DiagnosticSeverity::WARNING,
            }),
            code: Some(NumberOrString::String(diagnostic.code.0.to_owned())),
            code_description: description(view, diagnostic.code),
            source: Some(SOURCE.to_owned()),
            message: message(diagnostic),
            related_information: (!related.is_empty()).then_some(related),
            tags: tags(diagnostic.code),
            data: Some(data),
        };
        by_uri.entry(uri).or_insert((version, Vec::new())).1.push(lsp);
    }
}

/// Places in texts, each of which is measured once.
struct Places<'a> {
    view: &'a View,
    texts: &'a [SourceText],
    files: BTreeMap<u32, Option<(Url, Measured<'a>)>>,
}

impl Places<'_> {
    fn range(&mut self, file: u32, label: &Label) -> Option<(Url, Range)> {
        let known = self.files.entry(file).or_insert_with(|| {
            let source = self.texts.get(file as usize)?;
            let uri = match self.view.documents.get(&source.path) {
                Some(document) => document.uri.clone(),
                None if source.path.is_absolute() => uri_of(&source.path)?,
                None => uri_of(&self.view.shelf.put(&source.name, &source.text)?)?,
            };
            Some((uri, Measured::new(&source.text, self.view.encoding)))
        });
        let (uri, measured) = known.as_ref()?;
        Some((uri.clone(), measured.range(Span::new(label.start, label.end))))
    }
}

/// The message, with what the labels and helps add to it.
fn message(diagnostic: &assize_lang::Diagnostic) -> String {
    let mut text = diagnostic.message.clone();
    if !diagnostic.primary.message.is_empty() {
        text.push_str(": ");
        text.push_str(&diagnostic.primary.message);
    }
    for help in &diagnostic.help {
        text.push_str("\nhelp: ");
        text.push_str(help);
    }
    text
}

/// A page about the code that an editor can open.
fn description(view: &View, code: Code) -> Option<CodeDescription> {
    let page = (view.pages)(code.0)?;
    let path = view.shelf.put(&format!("{}.md", code.0), page)?;
    Some(CodeDescription { href: uri_of(&path)? })
}

/// How editors are to show it.
fn tags(code: Code) -> Option<Vec<DiagnosticTag>> {
    const UNNECESSARY: [Code; 6] = [
        codes::UNUSED,
        codes::UNUSED_USE,
        codes::UNUSED_INSIDE,
        codes::DUPLICATE_POLICY,
        codes::SUBSUMED,
        codes::OVERRIDDEN,
    ];
    if code == codes::DEPRECATED {
        Some(vec![DiagnosticTag::DEPRECATED])
    } else if UNNECESSARY.contains(&code) {
        Some(vec![DiagnosticTag::UNNECESSARY])
    } else {
        None
    }
}
