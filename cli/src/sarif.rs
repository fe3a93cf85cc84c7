//! Diagnostics as SARIF 2.1.0, the format that code scanning services read.
//!
//! One run with one rule for each code that occurs. Regions count lines and columns from 1, columns in UTF-16 code units, ends
//! exclusive; what concerns a whole file has no region. Paths are relative to where the command ran, if they were given so.

use std::io::{self, Write};

use assize_lang::codes::{self, CodeInfo};
use assize_lang::{Code, Diagnostic, Fix, Label, Severity, SourceFiles};
use serde_json::{Value, json};

use crate::diagnostics::Report;
use crate::pages::page;

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The whole log, in one document.
pub fn write(report: &Report<'_>, to: &mut impl Write) -> io::Result<()> {
    let files = report.files();
    let mut used: Vec<Code> = report.diagnostics.iter().map(|located| located.diagnostic.code).collect();
    used.sort_unstable();
    used.dedup();
    let infos = codes::ALL.iter().filter(|info| used.contains(&info.code));
    let rules: Vec<Value> = infos.map(rule).collect();
    let results = report.diagnostics.iter().map(|located| {
        let index = used.binary_search(&located.diagnostic.code).ok();
        result(&files, located.file, &located.diagnostic, index)
    });
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "Assize",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "columnKind": "utf16CodeUnits",
            "results": results.collect::<Vec<_>>(),
        }],
    });
    serde_json::to_writer_pretty(&mut *to, &log)?;
    writeln!(to)
}

/// A code, with its page.
fn rule(info: &CodeInfo) -> Value {
    let code = info.code.0;
    let mut rule = json!({
        "id": code,
        "shortDescription": { "text": info.title },
        // A name rather than a place: the page itself comes along.
        "helpUri": format!("assize:{code}"),
        "defaultConfiguration": { "level": level(info.code.severity()) },
        "properties": { "page": info.code.page() },
    });
    if let (Some(page), Some(fields)) = (page(code), rule.as_object_mut()) {
        fields.insert("fullDescription".into(), json!({ "text": description(page) }));
        fields.insert("help".into(), json!({ "text": page, "markdown": page }));
    }
    rule
}

/// What a page says before its first example, on one line.
fn description(page: &str) -> String {
    let prose = page.lines().skip(1).take_while(|line| !line.starts_with("```"));
    prose.collect::<Vec<_>>().join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

fn result(files: &SourceFiles<'_>, file: u32, diagnostic: &Diagnostic, rule: Option<usize>) -> Value {
    let mut text = diagnostic.message.clone();
    for help in &diagnostic.help {
        text.push_str("\nhelp: ");
        text.push_str(help);
    }
    let mut result = json!({
        "ruleId": diagnostic.code.0,
        "level": level(diagnostic.severity),
        "message": { "text": text },
        "locations": [location(files, file, &diagnostic.primary, None)],
    });
    let Some(fields) = result.as_object_mut() else { return result };
    if let Some(rule) = rule {
        fields.insert("ruleIndex".into(), rule.into());
    }
    if !diagnostic.secondary.is_empty() {
        let related = diagnostic.secondary.iter().zip(1..);
        let related: Vec<Value> = related.map(|(label, id)| location(files, file, label, Some(id))).collect();
        fields.insert("relatedLocations".into(), related.into());
    }
    if !diagnostic.fixes.is_empty() {
        let fixes: Vec<Value> = diagnostic.fixes.iter().map(|one| fix(files, file, one)).collect();
        fields.insert("fixes".into(), fixes.into());
    }
    result
}

fn location(files: &SourceFiles<'_>, file: u32, label: &Label, id: Option<u32>) -> Value {
    let file = label.file.unwrap_or(file);
    let mut physical = json!({ "artifactLocation": artifact(files, file) });
    let about_file = (label.start, label.end) == (0, 0) && label.message.is_empty();
    if let (false, Some(fields)) = (about_file, physical.as_object_mut()) {
        fields.insert("region".into(), region(files, file, label.start, label.end));
    }
    let mut location = json!({ "physicalLocation": physical });
    if let Some(fields) = location.as_object_mut() {
        if let Some(id) = id {
            fields.insert("id".into(), id.into());
        }
        if !label.message.is_empty() {
            fields.insert("message".into(), json!({ "text": label.message }));
        }
    }
    location
}

fn fix(files: &SourceFiles<'_>, file: u32, fix: &Fix) -> Value {
    let replacements: Vec<Value> = fix
        .edits
        .iter()
        .map(|edit| {
            json!({
                "deletedRegion": region(files, file, edit.start, edit.end),
                "insertedContent": { "text": edit.text },
            })
        })
        .collect();
    json!({
        "description": { "text": fix.title },
        "artifactChanges": [{ "artifactLocation": artifact(files, file), "replacements": replacements }],
        "properties": { "safe": fix.safe },
    })
}

fn region(files: &SourceFiles<'_>, file: u32, start: u32, end: u32) -> Value {
    let place = |offset| files.get(file).map_or((1, 1), |source| source.line_column_utf16(offset));
    let ((line, column), (end_line, end_column)) = (place(start), place(end.max(start)));
    json!({ "startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column })
}

fn artifact(files: &SourceFiles<'_>, file: u32) -> Value {
    json!({ "uri": uri(files.get(file).map_or("", |source| source.name())) })
}

/// A path as a URL: relative, or of the scheme `file` if it is absolute.
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len() + 8);
    if path.starts_with('/') {
        uri.push_str("file://");
    }
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(byte.into())
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_urls() {
        assert_eq!(uri("policies/a b.assize"), "policies/a%20b.assize");
        assert_eq!(uri("/tmp/é.assize"), "file:///tmp/%C3%A9.assize");
        assert_eq!(uri("../a:b.assize"), "../a%3Ab.assize");
    }

    #[test]
    fn the_description_of_a_rule_is_the_prose_before_the_example() {
        assert_eq!(description("# E: t\n\nOne\ntwo.\n\n```assize error\nx\n```\n\nThree.\n"), "One two.");
    }
}
