//! How tests went, for people and for programs.

use std::io::{self, Write};

use assize_compiler::package::Located;
use assize_lang::{Diagnostic, RenderStyle, SourceFiles, codes, line_column, render};
use assize_runtime::json::decision_value;
use serde_json::{Value, json};

use super::execute::Tested;
use crate::diagnostics::colors_on_stdout;
use crate::package::Package;
use crate::reasons::write_reasons;

/// A line for each test, each failure at its place, and a summary.
pub fn human(package: &Package, results: &[Tested<'_>], all: usize, out: &mut impl Write) -> io::Result<()> {
    let mut files = SourceFiles::new();
    for file in &package.files {
        files.add(file.path.display().to_string(), &file.text);
    }
    for result in results {
        let verdict = if result.failures.is_empty() { "ok    " } else { "FAILED" };
        writeln!(out, "{verdict} {}", result.case.name)?;
    }
    let style = RenderStyle { colors: colors_on_stdout(), ..RenderStyle::default() };
    for result in results.iter().filter(|result| !result.failures.is_empty()) {
        writeln!(out)?;
        for (failed, located) in result.failures.iter().zip(failures(result)) {
            out.write_all(render(&files, located.file, &located.diagnostic, style).trim_end().as_bytes())?;
            writeln!(out)?;
            if let Some(outcome) = &failed.outcome {
                write_reasons(out, &package.program, outcome, &|policy| package.place_of(policy))?;
            }
            writeln!(out)?;
        }
    }
    let failed = results.iter().filter(|result| !result.failures.is_empty()).count();
    let passed = results.len() - failed;
    let left_out = match all - results.len() {
        0 => String::new(),
        more => format!(", {more} left out"),
    };
    writeln!(out, "{passed} passed, {failed} failed{left_out}")
}

/// The expectations of a test that were not met, as diagnostics.
pub fn failures(result: &Tested<'_>) -> impl Iterator<Item = Located> {
    result.failures.iter().map(|failed| Located {
        file: result.case.file,
        diagnostic: Diagnostic::new(codes::TEST_FAILED, failed.span, &failed.message)
            .label(format!("in the test \"{}\"", result.case.name)),
    })
}

/// One object with every test.
pub fn json(package: &Package, results: &[Tested<'_>], out: &mut impl Write) -> io::Result<()> {
    let tests: Vec<Value> = results.iter().map(|result| test_json(package, result)).collect();
    let failed = results.iter().filter(|result| !result.failures.is_empty()).count();
    let report = json!({ "passed": results.len() - failed, "failed": failed, "tests": tests });
    serde_json::to_writer_pretty(&mut *out, &report)?;
    writeln!(out)
}

fn test_json(package: &Package, result: &Tested<'_>) -> Value {
    let file = package.files.get(result.case.file as usize);
    let text = file.map_or("", |file| &file.text);
    let place = |at: u32| line_column(text, at);
    let failures: Vec<Value> = result
        .failures
        .iter()
        .map(|failed| {
            let (line, column) = place(failed.span.start);
            let actual = failed.outcome.as_ref().map(|outcome| {
                let mut actual = decision_value(&package.program, outcome, failed.at.unwrap_or_default());
                if let (None, Value::Object(fields)) = (failed.at, &mut actual) {
                    fields.shift_remove("now");
                }
                actual
            });
            json!({ "line": line, "column": column, "message": failed.message, "actual": actual })
        })
        .collect();
    let (line, _) = place(result.case.span.start);
    json!({
        "name": result.case.name.as_str(),
        "file": file.map(|file| file.path.display().to_string()),
        "line": line,
        "passed": failures.is_empty(),
        "expectations": result.case.expectations.len(),
        "failures": failures,
    })
}
