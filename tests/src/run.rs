//! Runs one case: compiles its package, loads its data, decides its requests in every way there is, and compares.

use crate::case::{Case, Failure, Source};
use crate::expect::{Expected, Kind};
use crate::notation::{Answer, Request};
use crate::package::{Deployed, Finding, Package};
use crate::render;

/// When a request is decided that does not say `at`.
pub const DEFAULT_TIME: &str = "2026-01-01T00:00:00Z";

/// What does not hold; empty if all is as the case says.
pub fn run(case: &Case) -> Vec<Failure> {
    let mut failures = Failures { case, found: Vec::new() };
    let mut sources: Vec<&Source> = case.sources.iter().collect();
    sources.sort_by(|a, b| a.name.cmp(&b.name));
    let texts: Vec<_> = sources.iter().map(|source| (source.name.as_str(), source.text.as_str())).collect();
    let compiled = Package::compile(&texts);
    let wants_unused = sources
        .iter()
        .flat_map(|source| &source.expected)
        .any(|expected| matches!(&expected.kind, Kind::Diagnostic(code) if is_about_unused(code)));
    let findings = compiled.findings.iter().filter(|finding| wants_unused || !is_about_unused(&finding.code));
    failures.compare(&sources, findings, |kind| matches!(kind, Kind::Diagnostic(_)));

    let Some(package) = compiled.package else {
        if let Some(request) = case.requests.first() {
            failures.add(request.line, "a request to a package that does not compile");
        }
        return failures.found;
    };
    let failed = package.run_tests();
    failures.compare(&sources, failed.iter(), |kind| *kind == Kind::FailedTest);

    let data: Vec<&Source> = case.data.iter().collect();
    let texts: Vec<_> = data.iter().map(|source| (source.name.as_str(), source.text.as_str())).collect();
    match package.deploy(&texts, DEFAULT_TIME) {
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
        }
    }
    failures.found
}

/// Small examples have policies without ids and declare what only their neighbours use.
fn is_about_unused(code: &str) -> bool {
    code == "W0101" || code == "W0102"
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
