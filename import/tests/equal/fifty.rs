//! A package of fifty policies, of the kind that people keep: what is made of it is looked at by people, and kept beside it.
//! `ASSIZE_BLESS=1` writes it anew.

use std::path::{Path, PathBuf};

use crate::case::requests;
use crate::compare::{compare, shown};
use crate::oracle;
use crate::ours::{Ours, imported};
use crate::package::Package;

const CONTEXTS: &[&str] = &[
    r#"{"mfa": true, "addr": "10.1.2.3", "now": "2026-06-01T00:30:00Z", "client": "web"}"#,
    r#"{"mfa": false, "addr": "203.0.113.7", "now": "2026-06-01T02:00:00Z", "client": "cli", "token": {"scopes": ["read"], "expires": "2026-06-01"}}"#,
    r#"{"session": {"mfa": true, "addr": "10.1.2.3", "now": "2026-06-01", "client": "bot"}, "force": false, "bytes": 100}"#,
    r#"{"session": {"mfa": true, "addr": "10.1.2.3", "now": "2026-06-01", "client": "web"}, "force": true, "bytes": 9000}"#,
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/equal/fifty")
}

fn package() -> Package {
    let read = |name: &str| std::fs::read_to_string(folder().join(name)).expect(name);
    let (schema, entities) = (read("hosting.cedarschema"), read("entities.json"));
    let contexts: Vec<String> = CONTEXTS.iter().map(|line| (*line).to_owned()).collect();
    let requests = requests(&oracle::schema(&schema).expect("a schema"), &entities, &contexts, 2_000);
    Package { schema, policies: read("hosting.cedar"), entities, links: read("links.json"), requests }
}

#[test]
fn fifty_policies_decide_as_cedar_does() {
    match compare(&package()) {
        Ok(compared) => assert!(compared.requests > 1_000 && compared.telling > 300, "{compared:?}"),
        Err(fault) => panic!("{}", shown(&fault)),
    }
}

#[test]
fn fifty_policies_are_checked_without_a_warning() {
    let ours = Ours::new(&package()).unwrap_or_else(|fault| panic!("{}", shown(&fault)));
    assert_eq!(ours.warnings, Vec::<String>::new());
}

#[test]
#[allow(clippy::disallowed_methods, reason = "the person who runs the tests asks for it")]
fn fifty_policies_are_written_as_they_are_kept() {
    let imported = imported(&package()).unwrap_or_else(|fault| panic!("{}", shown(&fault)));
    let notes: String =
        imported.notes.iter().map(|note| format!("{}: {}\n", note.place, note.message)).collect();
    let files = imported.files.iter().filter(|(path, _)| path.ends_with(".assize"));
    let files = files.cloned().chain([("notes.txt".to_owned(), notes)]);
    for (path, text) in files {
        let path = folder().join("imported").join(path);
        if std::env::var_os("ASSIZE_BLESS").is_some() {
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            std::fs::write(&path, &text).expect("a file");
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            kept == text,
            "{} is written otherwise now; ASSIZE_BLESS=1 keeps it:\n{text}",
            path.display()
        );
    }
}
