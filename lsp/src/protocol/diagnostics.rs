//! Findings as the protocol has them.

use std::collections::BTreeMap;
use std::sync::Arc;

use assize_compiler::package::{Located, SourceText};
use assize_lang::{Code, Label, Severity, codes};
use tower_lsp::lsp_types::{
    CodeDescription, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag, Location,
    NumberOrString, Range, Url,
};

use super::convert::position;
use super::told::Memory;
use crate::server::View;
use crate::server::files::uri_of;
use crate::text::{Encoding, Lines};

/// What the findings are called in editors.
pub const SOURCE: &str = "assize";

/// Findings of a package by file: of every policy file of its own, and of others that have some. With the version of open files.
pub fn of_package(view: &View) -> BTreeMap<Url, (Option<i32>, Vec<Diagnostic>)> {
    let mut told = Vec::new();
    Memory::default().complete(view, &mut told);
    let mut by_uri: BTreeMap<Url, (Option<i32>, Vec<Diagnostic>)> = BTreeMap::new();
    // What was wrong with a manifest may be mended.
    for manifest in view.sources.manifests.iter().filter(|manifest| !manifest.dependency) {
        if let Some(uri) = uri_of(&manifest.path) {
            by_uri.entry(uri).or_default();
        }
    }
    by_uri.extend(told.into_iter().map(|told| (told.uri, (told.version, told.found))));
    by_uri
}

/// Findings of one file.
pub fn of_file(view: &View, index: u32) -> Vec<Diagnostic> {
    place(view, index, &view.findings(index))
}

/// Findings of one policy file, as the protocol has them.
pub fn place(view: &View, index: u32, found: &[Located]) -> Vec<Diagnostic> {
    if found.is_empty() {
        return Vec::new();
    }
    let text = |file: u32| {
        let source = view.analysis.file(file)?;
        Some((view.uri(file)?, view.analysis.text(source).clone()))
    };
    let mut places = Places { encoding: view.encoding, text: &text, files: BTreeMap::new() };
    found
        .iter()
        .filter(|it| it.file == index)
        .filter_map(|it| places.diagnostic(view, it))
        .map(|(_, it)| it)
        .collect()
}

/// A finding in one of these texts, with its file.
pub fn place_in(view: &View, texts: &[SourceText], located: &Located) -> (Option<Url>, Option<Diagnostic>) {
    let text = |file: u32| {
        let source = texts.get(file as usize)?;
        let uri = match view.documents.get(&source.path) {
            Some(document) => document.uri.clone(),
            None if source.path.is_absolute() => uri_of(&source.path)?,
            None => uri_of(&view.shelf.put(&source.name, &source.text)?)?,
        };
        Some((uri, source.text.clone()))
    };
    let mut places = Places { encoding: view.encoding, text: &text, files: BTreeMap::new() };
    places.diagnostic(view, located).unzip()
}

/// A text by its number, with its name.
type TextOf<'a> = &'a dyn Fn(u32) -> Option<(Url, Arc<str>)>;

/// Places in texts, each of which is measured once.
struct Places<'a> {
    encoding: Encoding,
    text: TextOf<'a>,
    files: BTreeMap<u32, Option<(Url, Arc<str>, Lines)>>,
}

impl Places<'_> {
    fn range(&mut self, file: u32, label: &Label) -> Option<(Url, Range)> {
        let known = self.files.entry(file).or_insert_with(|| {
            let (uri, text) = (self.text)(file)?;
            let lines = Lines::new(&text);
            Some((uri, text, lines))
        });
        let (uri, text, lines) = known.as_ref()?;
        let position = |offset| position(lines.place(text, offset, self.encoding));
        let range = Range { start: position(label.start), end: position(label.end.max(label.start)) };
        Some((uri.clone(), range))
    }

    fn diagnostic(&mut self, view: &View, located: &Located) -> Option<(Url, Diagnostic)> {
        let diagnostic = &located.diagnostic;
        let related: Vec<DiagnosticRelatedInformation> = diagnostic
            .secondary
            .iter()
            .filter_map(|label| {
                let (uri, range) = self.range(label.file.unwrap_or(located.file), label)?;
                let location = Location { uri, range };
                let message = if label.message.is_empty() { "here" } else { &label.message };
                Some(DiagnosticRelatedInformation { location, message: message.to_owned() })
            })
            .collect();
        let (uri, range) = self.range(located.file, &diagnostic.primary)?;
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
        Some((uri, lsp))
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
