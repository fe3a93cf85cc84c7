//! Rule 9: there is one meaning and two executions. Every request of every example, and thousands of generated ones, through the
//! interpreter, native code and the fast paths.

use std::path::{Path, PathBuf};

use assize_examples::{App, NOW, generate};
use assize_runtime::literal::format_datetime;
use assize_tests::package::{Deployed, Package};
use serde_json::Value;

/// The packages of `examples/`: those that data can be generated for, and others.
fn examples() -> Vec<&'static str> {
    App::ALL.into_iter().map(|app| app.name()).chain(["releases"]).collect()
}

fn example(app: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").join(app)
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn package(app: &str) -> Package {
    let mut files: Vec<(String, String)> = Vec::new();
    let mut open = vec![example(app)];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(
                std::fs::read_dir(&path).expect("readable").map(|entry| entry.expect("readable").path()),
            );
        } else if path.extension().is_some_and(|ext| ext == "assize") {
            files.push((path.to_string_lossy().into_owned(), read(&path)));
        }
    }
    files.sort();
    let texts: Vec<_> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let compiled = Package::compile(&texts);
    compiled.package.unwrap_or_else(|| panic!("{app}: {:#?}", compiled.findings))
}

fn deploy(app: &str, data: &str, now: &str) -> Deployed {
    let deployed = package(app)
        .deploy(&[("data.ndjson", data)], now)
        .unwrap_or_else(|faults| panic!("{app}: {faults:#?}"));
    assert!(deployed.is_native(), "{app} must not fall back to the interpreter");
    deployed
}

/// Decisions of all requests, which the engines agree on.
fn decide_all(app: &str, deployed: &Deployed, requests: &str, now: &str) -> Vec<Vec<String>> {
    let mut decisions = Vec::new();
    for (index, request) in requests.lines().enumerate() {
        let query =
            deployed.query(request, now).unwrap_or_else(|error| panic!("{app} {}: {error}", index + 1));
        let decision = deployed.decide(&query);
        decisions.push(
            decision.unwrap_or_else(|difference| panic!("{app} {}: {request}\n  {difference}", index + 1)),
        );
    }
    decisions
}

#[test]
fn the_engines_agree_on_every_request_of_every_example() {
    for app in examples() {
        let folder = example(app);
        let now = format_datetime(NOW);
        let deployed = deploy(app, &read(&folder.join("data/entities.ndjson")), &now);
        let decisions = decide_all(app, &deployed, &read(&folder.join("requests.ndjson")), &now);
        assert!(decisions.len() >= 20, "{app}");
    }
}

/// `expected.ndjson` was worked out by hand, by somebody who had no engine.
#[test]
fn the_examples_are_decided_as_a_person_would() {
    for app in examples() {
        let folder = example(app);
        let now = format_datetime(NOW);
        let deployed = deploy(app, &read(&folder.join("data/entities.ndjson")), &now);
        let decisions = decide_all(app, &deployed, &read(&folder.join("requests.ndjson")), &now);
        let expected = read(&folder.join("expected.ndjson"));
        assert_eq!(decisions.len(), expected.lines().count(), "{app}");
        for (index, (line, found)) in expected.lines().zip(&decisions).enumerate() {
            let expected: Value = serde_json::from_str(line).expect("JSON");
            let ids = |key: &str| -> Vec<&str> {
                expected[key].as_array().into_iter().flatten().map(|id| id.as_str().expect("an id")).collect()
            };
            let by = if ids("policies").is_empty() {
                String::new()
            } else {
                format!(" by {}", ids("policies").join(", "))
            };
            let head = format!("{}{by}", expected["decision"].as_str().expect("a decision"));
            let mut erring: Vec<&str> = found
                .iter()
                .filter_map(|line| line.strip_prefix("error ")?.rsplit_once(": ").map(|(id, _)| id))
                .collect();
            erring.sort_unstable();
            erring.dedup();
            assert_eq!((&head, &ids("errors")), (&found[0], &erring), "{app} {}: {found:#?}", index + 1);
        }
    }
}

#[test]
fn the_tests_of_the_examples_pass() {
    for app in examples() {
        assert_eq!(package(app).run_tests(), [], "{app}");
    }
}

#[test]
fn what_is_no_request_is_refused() {
    let folder = example("drive");
    let now = format_datetime(NOW);
    let deployed = deploy("drive", &read(&folder.join("data/entities.ndjson")), &now);
    for line in read(&folder.join("refused.ndjson")).lines() {
        assert!(deployed.query(line, &now).is_err(), "decided: {line}");
    }
}

#[test]
fn the_engines_agree_on_generated_data_and_requests() {
    let mut decided = 0;
    let mut allowed = 0;
    for app in App::ALL {
        for (scale, requests, seed) in [(4, 200, 1), (10, 400, 2), (50, 800, 3), (300, 400, 4)] {
            let generated = generate(app, scale, requests, seed);
            let now = format_datetime(NOW);
            let deployed = deploy(app.name(), &generated.data, &now);
            for decision in decide_all(app.name(), &deployed, &generated.requests, &now) {
                decided += 1;
                allowed += usize::from(decision[0].starts_with("allow"));
            }
        }
    }
    assert!(decided >= 7_000, "{decided} requests");
    assert!(
        (decided / 10..decided * 9 / 10).contains(&allowed),
        "{allowed} of {decided} allowed: too one-sided to tell much"
    );
}

/// The same requests at times all around the ends of grants.
#[test]
fn the_engines_agree_at_every_time() {
    for app in App::ALL {
        let generated = generate(app, 20, 100, 5);
        let deployed = deploy(app.name(), &generated.data, &format_datetime(NOW));
        for days in [-20_000, -400, -30, -1, 1, 30, 400, 20_000] {
            let now = format_datetime(NOW + days * 86_400_000);
            decide_all(app.name(), &deployed, &generated.requests, &now);
        }
    }
}
