//! What users of generated data rely on.

use std::collections::BTreeMap;

use assize_examples::{App, generate};
use serde_json::Value;

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect()
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
    for app in App::ALL {
        assert_eq!(generate(app, 20, 100, 7), generate(app, 20, 100, 7), "{app}");
        assert_ne!(generate(app, 20, 100, 7), generate(app, 20, 100, 8), "{app}");
    }
}

#[test]
fn data_does_not_depend_on_how_many_requests_are_asked_for() {
    for app in App::ALL {
        assert_eq!(generate(app, 20, 0, 7).data, generate(app, 20, 100, 7).data, "{app}");
    }
}

#[test]
fn there_are_as_many_entities_of_each_type_as_the_scale_says() {
    for (app, types) in [(App::Drive, 4), (App::Forge, 5), (App::Todo, 4), (App::Payroll, 5)] {
        let mut counts = BTreeMap::new();
        for row in lines(&generate(app, 50, 0, 1).data) {
            if let Some(ty) = row["uid"]["type"].as_str() {
                *counts.entry(ty.to_string()).or_insert(0) += 1;
            }
        }
        assert_eq!(counts.len(), types, "{app}: {counts:?}");
        assert!(counts.values().all(|count| *count == 50), "{app}: {counts:?}");
    }
}

#[test]
fn there_are_as_many_requests_as_asked_for() {
    for app in App::ALL {
        assert_eq!(lines(&generate(app, 50, 123, 1).requests).len(), 123, "{app}");
    }
}

#[test]
fn a_tiny_scale_is_raised_to_the_least_that_makes_sense() {
    for app in App::ALL {
        assert_eq!(generate(app, 0, 50, 1), generate(app, 4, 50, 1), "{app}");
    }
}
