//! Runs one case: compiles its package, loads its data, decides its requests in every way there is, and compares.

use std::path::Path;

use tempfile::TempDir;

use crate::case::{Case, Failure, JsonAnswer, Source};
use crate::expect::{Expected, Kind};
use crate::notation::{Answer, Request};
use crate::package::{Compiled, Deployed, Finding, Package};
use crate::{folder, formatting, render, session};

/// When a request is decided that does not say `at`.
pub const DEFAULT_TIME: &str = "2026-01-01T00:00:00Z";

/// What does not hold; empty if all is as the case says. Command lines are run with what lies in `binaries`.
pub fn run(case: &Case, binaries: &Path) -> Vec<Failure> {
    let mut failures = Failures { case, found: Vec::new() };
    once(case, &mut failures, binaries);
    if !failures.found.is_empty() {
        return failures.found;
    }
    // What holds must hold for the formatted text too. Comments may stand elsewhere then, so findings are compared as a whole.
    match formatting::formatted(case) {
        Err((line, message)) => failures.add(line, &message),
        Ok(sources) => again(case, sources, &mut failures),
    }
    failures.found
}

fn compiled(case: &Case) -> Result<(Option<TempDir>, Compiled), String> {
    let sources = by_name(case);
    let names: Vec<_> = sources.iter().map(|source| source.name.as_str()).collect();
    if case.files.is_empty() || names.is_empty() {
        let texts: Vec<_> =
            names.into_iter().zip(sources.iter().map(|source| source.text.as_str())).collect();
        return Ok((None, Package::compile(&texts)));
    }
    let folder = folder::write(case)?;
    let compiled = Package::compile_folder(folder.path(), &case.package(), &names);
    match compiled.left_out.first() {
        Some(name) => Err(format!("`{name}` belongs to no package here, so nothing checks it")),
        None => Ok((Some(folder), compiled)),
    }
}

fn by_name(case: &Case) -> Vec<&Source> {
    let mut sources: Vec<&Source> = case.sources.iter().collect();
    sources.sort_by(|a, b| a.name.cmp(&b.name));
    sources.extend(case.files.iter().filter(|file| file.name.ends_with(".toml")));
    sources
}

fn once(case: &Case, failures: &mut Failures, binaries: &Path) {
    let sources = by_name(case);
    let (_folder, compiled) = match compiled(case) {
        Ok(compiled) => compiled,
        Err(message) => return failures.add(case.line, &message),
    };
    let wants_unused = sources
        .iter()
        .flat_map(|source| &source.expected)
        .any(|expected| matches!(&expected.kind, Kind::Diagnostic(code) if is_about_unused(code)));
    let wants_superfluous = sources
        .iter()
        .flat_map(|source| &source.expected)
        .any(|expected| matches!(&expected.kind, Kind::Diagnostic(code) if code == SUPERFLUOUS));
    // That an example is always true is no fault of it.
    let is_wrapped = |file: usize| sources.get(file).is_some_and(|source| source.wrapped);
    let findings = compiled.findings.iter().filter(|finding| {
        let unused = is_about_unused(&finding.code) && !wants_unused;
        let wrapped = is_wrapped(finding.file) && finding.code.starts_with('W');
        let superfluous = finding.code == SUPERFLUOUS && !wants_superfluous;
        !(unused || superfluous || wrapped)
    });
    failures.compare(&sources, findings, |kind| matches!(kind, Kind::Diagnostic(_)));
    run_commands(case, failures, binaries);

    let Some(package) = compiled.package else {
        if let Some(request) = case.requests.first() {
            failures.add(request.line, "a request to a package that does not compile");
        }
        if let Some(answer) = case.answers.first() {
            failures.add(answer.line, "a request to a package that does not compile");
        }
        return;
    };
    let failed = package.run_tests();
    failures.compare(&sources, failed.iter(), |kind| *kind == Kind::FailedTest);

    let data: Vec<&Source> = case.data.iter().collect();
    match deploy(case, &package) {
        Err(faults) => {
            failures.compare(&data, faults.iter(), |_| true);
            if let Some(request) = case.requests.first() {
                failures.add(request.line, "a request to data that was refused");
            }
        }
        Ok(deployed) => {
            failures.compare(&data, [].iter(), |_| true);
            for request in &case.requests {
                if let Err(message) = decide(&deployed, request) {
                    failures.add(request.line, &message);
                }
            }
            for answer in &case.answers {
                if let Err(message) = answers(&deployed, answer) {
                    failures.add(answer.line, &message);
                }
            }
        }
    }
}

fn deploy(case: &Case, package: &Package) -> Result<Deployed, Vec<Finding>> {
    let texts: Vec<_> = case.data.iter().map(|source| (source.name.as_str(), source.text.as_str())).collect();
    package.deploy(&texts, DEFAULT_TIME)
}

/// The same case, formatted: the same findings, failed expectations and decisions.
fn again(case: &Case, sources: Vec<Source>, failures: &mut Failures) {
    let mut formatted = case.clone();
    formatted.sources = sources;
    let (_folder, after) = match compiled(&formatted) {
        Ok(compiled) => compiled,
        Err(message) => return failures.add(case.line, &message),
    };
    let (_folder, before) = match compiled(case) {
        Ok(compiled) => compiled,
        Err(message) => return failures.add(case.line, &message),
    };
    if said(&before.findings) != said(&after.findings) {
        let message = format!("other findings when formatted: {:#?}", after.findings);
        return failures.add(case.line, &message);
    }
    let (before, after) = match (before.package, after.package) {
        (Some(before), Some(after)) => (before, after),
        (None, None) => return,
        _ => return failures.add(case.line, "formatting decides whether it compiles"),
    };
    if said(&before.run_tests()) != said(&after.run_tests()) {
        failures.add(case.line, "other results of tests when formatted");
    }
    if let Ok(deployed) = deploy(&formatted, &after) {
        for request in &case.requests {
            if let Err(message) = decide(&deployed, request) {
                failures.add(request.line, &format!("formatted, {message}"));
            }
        }
    }
}

/// Findings without their places.
fn said(findings: &[Finding]) -> Vec<(&str, &str)> {
    let mut said: Vec<_> =
        findings.iter().map(|finding| (finding.code.as_str(), finding.text.as_str())).collect();
    said.sort_unstable();
    said
}

fn run_commands(case: &Case, failures: &mut Failures, binaries: &Path) {
    if case.commands.is_empty() {
        return;
    }
    let folder = match folder::write(case) {
        Ok(folder) => folder,
        Err(message) => return failures.add(case.line, &message),
    };
    for command in &case.commands {
        if let Err(message) = session::run(command, folder.path(), binaries) {
            failures.add(command.line, &message);
        }
    }
}

fn answers(deployed: &Deployed, answer: &JsonAnswer) -> Result<(), String> {
    let expected: serde_json::Value =
        serde_json::from_str(&answer.decision).map_err(|error| format!("no JSON: {error}"))?;
    let at = expected.get("now").and_then(serde_json::Value::as_str).unwrap_or(DEFAULT_TIME);
    let found = deployed.answer(&answer.request, at)?;
    if found == expected { Ok(()) } else { Err(format!("the answer is\n{found}")) }
}

/// Examples show several ways to say things, and do not mind if one makes another superfluous unless they say so.
const SUPERFLUOUS: &str = "W0304";

/// Small examples have policies without ids and declare what only their neighbours use.
fn is_about_unused(code: &str) -> bool {
    ["W0101", "W0102", "W0109"].contains(&code)
}

fn decide(deployed: &Deployed, request: &Request) -> Result<(), String> {
    let at = request.at.as_deref().unwrap_or(DEFAULT_TIME);
    match (deployed.query(&request.json, at), &request.expected) {
        (Err(error), Answer::Refused(parts)) => {
            match parts.iter().find(|part| !error.contains(part.as_str())) {
                Some(part) => Err(format!("refused without saying `{part}`: {error}")),
                None => Ok(()),
            }
        }
        (Err(error), Answer::Decision(_)) => Err(format!("refused: {error}\n  for {}", request.json)),
        (Ok(query), expected) => {
            let found = deployed.decide(&query)?;
            match expected {
                Answer::Refused(_) => Err(format!("decided instead of refused: {}", found.join("; "))),
                Answer::Decision(lines) => difference(&render::in_order(lines.clone()), &found),
            }
        }
    }
}

/// An error with the lines of both, unless they are the same.
fn difference(expected: &[String], found: &[String]) -> Result<(), String> {
    if expected == found {
        return Ok(());
    }
    let missing = expected.iter().filter(|line| !found.contains(line)).map(|line| format!("\n  - {line}"));
    let unexpected = found.iter().filter(|line| !expected.contains(line)).map(|line| format!("\n  + {line}"));
    let lines: String = missing.chain(unexpected).collect();
    let order = format!("\n  - {}\n  + {}", expected.join("; "), found.join("; "));
    Err(format!(
        "not the expected decision (- expected, + found):{}",
        if lines.is_empty() { order } else { lines }
    ))
}

struct Failures<'a> {
    case: &'a Case,
    found: Vec<Failure>,
}

impl Failures<'_> {
    fn add(&mut self, line: usize, message: &str) {
        let message = format!("{}: {message}", self.case.name);
        self.found.push(Failure { file: self.case.file.clone(), line, message });
    }

    /// Matches findings in `sources` with the expectations of the kinds that `concerns` picks, one to one.
    fn compare<'f>(
        &mut self,
        sources: &[&Source],
        findings: impl Iterator<Item = &'f Finding>,
        concerns: impl Fn(&Kind) -> bool,
    ) {
        let mut open: Vec<&Expected> = sources
            .iter()
            .flat_map(|source| &source.expected)
            .filter(|expected| concerns(&expected.kind))
            .collect();
        for finding in findings {
            let line = match sources.get(finding.file) {
                Some(source) => source.line + finding.line,
                None => self.case.line,
            };
            let says = |expected: &&Expected| {
                let same_code = match &expected.kind {
                    Kind::Diagnostic(code) => *code == finding.code,
                    Kind::FailedTest | Kind::DataFault => true,
                };
                expected.line == line && same_code && finding.text.contains(&expected.text)
            };
            match open.iter().position(says) {
                Some(met) => {
                    open.remove(met);
                }
                None => self.add(line, &format!("unexpected {}: {}", finding.code, finding.text)),
            }
        }
        for expected in open {
            let what = match &expected.kind {
                Kind::Diagnostic(code) => code.clone(),
                Kind::FailedTest => "failed expectation".to_owned(),
                Kind::DataFault => "fault".to_owned(),
            };
            self.add(expected.line, &format!("nothing found, expected {what}: {}", expected.text));
        }
    }
}
