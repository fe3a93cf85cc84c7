//! Programs get an object also when a command could not do its work, and `explain` helps with codes that there are not.

use serde_json::Value;

use crate::common::{Folder, assize, documents, may_read};

#[track_caller]
fn error_of(args: &[&str]) -> Value {
    let run = assize(args).exits(2).without_result();
    let value: Value =
        serde_json::from_str(&run.err).unwrap_or_else(|error| panic!("{error} in {}", run.err));
    assert_eq!(value["error"]["kind"], "usage");
    value["error"].clone()
}

#[test]
fn usage_errors_are_objects_where_json_is_wanted() {
    let folder = Folder::new();
    let error = error_of(&["fmt", &folder.arg("none.assize"), "--format", "json"]);
    assert!(error["message"].as_str().unwrap().contains("none.assize"), "{error}");
    let error = error_of(&["explain", "E999", "--format=json"]);
    assert!(error["help"].as_str().unwrap().contains("assize explain"), "{error}");
    // Arguments that cannot even be read.
    let error = error_of(&["chek", "--format", "json"]);
    assert_eq!(error["message"], "unrecognized subcommand 'chek'");
    assert!(error["help"].as_str().unwrap().contains("check"), "{error}");
    error_of(&["decide", ".", "--no-such-flag", "--format=sarif"]);
    error_of(&["fmt", &folder.here(), "--format", "sarif"]);
    assize(["chek"]).exits(2).says(&["error: unrecognized subcommand 'chek'"]);
    assize(["--help"]).exits(0).says(&[]);
}

#[test]
fn faults_of_data_are_listed_one_by_one() {
    let folder = documents().file(
        "data.ndjson",
        "{\"uid\": {\"type\": \"Usr\", \"id\": \"a\"}}\n{\"uid\": {\"type\": \"Usr\", \"id\": \"b\"}}\n",
    );
    let mut args = may_read(&folder, "User::\"ann\"");
    args.extend(["--format".into(), "json".into()]);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let error = error_of(&args);
    let faults = error["faults"].as_array().unwrap();
    assert_eq!(faults.len(), 2, "{error}");
    assert!(faults[1].as_str().unwrap().contains("data.ndjson:2"), "{error}");
}

#[test]
fn a_code_with_a_slip_finds_its_page() {
    assize(["explain", "W0O1"]).exits(2).says(&["there is no diagnostic `W0O1`"]);
    assize(["explain", "e0102"]).exits(0);
    assize(["explain", "E01O2"]).exits(2).says(&["did you mean E01"]);
    let run = assize(["explain", "E0102", "--format", "json"]).exits(0);
    assert_eq!(run.json()["page"], "docs/diagnostics/E0102.md");
    assert!(run.json()["text"].as_str().unwrap().starts_with("# E0102: "));
}

#[test]
fn a_param_without_a_value_says_where_values_stand() {
    let folder = Folder::new().file("a.assize", "param LIMIT: Int\n");
    assize(["check", &folder.here()]).exits(2).says(&["`LIMIT` has no value", "[params.default]"]);
    let value = "[package]\nname = \"p\"\n[params.default]\nLIMIT = 3\n";
    assize(["check", &folder.file("assize.toml", value).here()]).exits(0);
}
