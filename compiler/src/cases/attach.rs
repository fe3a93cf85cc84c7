//! A checked test with its data: its own rows, and those of the files that it names.

use std::path::Path;
use std::sync::Arc;

use assize_lang::{Diagnostic, Span, codes};
use assize_runtime::data::Data;
use assize_runtime::json;
use assize_runtime::types::Schema;

use super::{CheckedTest, Expectation, Row, TestCase, load_time};
use crate::package::read_data;

/// Largest data file of a test, in bytes.
const MAX_DATA: usize = 64 << 20;

/// Adds a row; says why it does not fit.
pub(super) fn add(schema: &Schema, data: &mut Data, row: &Row, now: i64) -> Result<(), String> {
    match row {
        Row::Entity(uid, entity, _) => data.upsert(schema, uid.clone(), entity.clone()),
        Row::Grant(grant, args, until, _) => data.grant(schema, *grant, args.clone(), *until, now),
    }
    .map_err(|error| error.to_string())
}

/// The case that a checked test is, placed in its file: its item starts at `start`. Files are looked for in `folder`. Spans of
/// the diagnostics count from the start of the file.
pub fn attach(
    schema: &Schema,
    test: &CheckedTest,
    file: u32,
    start: u32,
    folder: &Path,
) -> Result<TestCase, Vec<Diagnostic>> {
    let place = |span: Span| Span::new(span.start + start, span.end + start);
    let now = load_time(&test.expectations);
    let mut texts = Vec::new();
    let mut diagnostics = Vec::new();
    for (name, span) in &test.files {
        match read_data(folder, name, MAX_DATA) {
            Ok(text) => texts.push((name.as_str(), text)),
            Err(mut diagnostic) => {
                diagnostic.primary.start = place(*span).start;
                diagnostic.primary.end = place(*span).end;
                diagnostics.push(*diagnostic);
            }
        }
    }
    let files_span = test.files.first().map_or(Span::default(), |(_, span)| *span);
    let loaded = json::load(schema, texts.iter().map(|(name, text)| (*name, text.as_bytes())), now);
    let mut data = match loaded {
        Ok(data) => data,
        Err(faults) => {
            let first = faults.faults.first().map(ToString::to_string).unwrap_or_default();
            let mut diagnostic = Diagnostic::new(
                codes::TEST_DATA_FILE,
                place(files_span),
                format!("this data does not fit: {first}"),
            );
            for fault in faults.faults.iter().skip(1).take(4) {
                diagnostic = diagnostic.help(format!("and {fault}"));
            }
            diagnostics.push(diagnostic);
            Data::new(schema)
        }
    };
    for row in &test.rows {
        if let Err(message) = add(schema, &mut data, row, now) {
            diagnostics.push(Diagnostic::new(codes::TEST_DATA, place(row.span()), message));
        }
    }
    if !diagnostics.is_empty() {
        return Err(diagnostics);
    }
    let expectations = test.expectations.iter().map(|expectation| Expectation {
        span: place(expectation.span),
        by: expectation.by.iter().map(|(id, span)| (id.clone(), place(*span))).collect(),
        ..expectation.clone()
    });
    Ok(TestCase {
        name: test.name.clone(),
        file,
        span: place(test.span),
        data: Arc::new(data),
        expectations: expectations.collect(),
    })
}
