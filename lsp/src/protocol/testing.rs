//! Running tests: the answer of the command, and findings at expectations that were not met.

use std::collections::BTreeMap;

use assize_compiler::cases::run::{Interpreter, TestResult, run};
use assize_compiler::compile::compiled;
use assize_runtime::Params;
use serde_json::{Value, json};
use tower_lsp::lsp_types::{Diagnostic, DiagnosticSeverity, NumberOrString, Url};

use super::at::At;
use super::convert::Measured;
use super::diagnostics::SOURCE;
use crate::server::View;

/// What findings of tests are called.
const CODE: &str = "test";

/// How tests went.
pub struct Tested {
    /// For the client: `passed`, `failed`, and `tests` with their places and messages.
    pub answer: Value,
    /// Findings by file, of all files that have tests which were run.
    pub findings: BTreeMap<Url, Vec<Diagnostic>>,
}

/// Runs the tests of a file, or the one of that name; the error says why none can be run.
pub fn run_tests(at: &At, name: Option<&str>) -> Result<Tested, String> {
    let view = &at.view;
    let compilation = compiled(&view.analysis.database, view.analysis.package, &view.sources);
    let Some(program) = &compilation.program else {
        let (errors, _) = compilation.counts();
        return Err(format!("tests run when the package has no errors; it has {errors}"));
    };
    let bound = compilation.bound_params(None).map_err(|error| error.to_string())?;
    let params = Params::bind(program, bound).map_err(|error| error.to_string())?;
    let chosen = compilation
        .tests
        .iter()
        .filter(|case| case.file == at.index && name.is_none_or(|name| case.name == name));
    let mut tested = Tested { answer: Value::Null, findings: BTreeMap::new() };
    let (mut passed, mut failed, mut tests) = (0, 0, Vec::new());
    for case in chosen {
        let engine = Interpreter { program, params: &params };
        let result = run(program, &params, case, &engine);
        match result.passed() {
            true => passed += 1,
            false => failed += 1,
        }
        tests.push(told(view, &result, &mut tested.findings));
    }
    if passed + failed == 0 {
        return Err("there is no such test".to_owned());
    }
    tested.answer = json!({ "passed": passed, "failed": failed, "tests": tests });
    Ok(tested)
}

fn told(view: &View, result: &TestResult, findings: &mut BTreeMap<Url, Vec<Diagnostic>>) -> Value {
    let uri = view.uri(result.file);
    let text =
        view.analysis.file(result.file).map(|file| view.analysis.text(file).clone()).unwrap_or_default();
    let measured = Measured::new(&text, view.encoding);
    let mut failures = Vec::new();
    let found = uri.clone().map(|uri| findings.entry(uri).or_default());
    let mut diagnostics = Vec::new();
    for expectation in &result.expectations {
        let Some(message) = expectation.message() else { continue };
        let range = measured.range(expectation.span);
        let errors: Vec<String> =
            expectation.errors.iter().map(|(id, error)| format!("`{id}` erred: {error}")).collect();
        let whole = [vec![message.clone()], errors].concat().join("\n");
        let policies: Vec<&str> = expectation.policies.iter().map(|id| id.as_str()).collect();
        failures.push(json!({ "range": range, "message": whole, "policies": policies }));
        diagnostics.push(Diagnostic {
            range,
            severity: Some(DiagnosticSeverity::ERROR),
            code: Some(NumberOrString::String(CODE.to_owned())),
            source: Some(SOURCE.to_owned()),
            message: whole,
            ..Diagnostic::default()
        });
    }
    if let Some(found) = found {
        found.extend(diagnostics);
    }
    let range = measured.range(result.span);
    json!({ "name": result.name.as_str(), "uri": uri, "range": range, "passed": failures.is_empty(), "failures": failures })
}
