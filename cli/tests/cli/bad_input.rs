//! Broken input of every kind is a clear error within bounded time and memory, and nothing is decided from it.

use std::time::{Duration, Instant};

use crate::common::{DATA, Folder, POLICIES, assize, assize_with_input, documents, may_read};

/// Both commands that read policies refuse them: `check` with the findings, `decide` without a decision.
#[track_caller]
fn refused(folder: &Folder, code: i32, parts: &[&str]) {
    assize(["check", &folder.here()]).exits(code).says(parts);
    assize(may_read(folder, "User::\"ann\"")).exits(code).says(parts).without_result();
}

#[test]
fn a_file_that_does_not_exist() {
    assize(["check", "no/such/place"]).exits(2).says(&["no/such/place"]);
    assize(["check", "none.assize"]).exits(2).says(&["none.assize"]);
    let folder = documents();
    let mut args = may_read(&folder, "User::\"ann\"");
    args.extend(["--data".into(), "none.ndjson".into()]);
    assize(args).exits(2).says(&["none.ndjson"]).without_result();
}

#[test]
fn a_file_that_is_not_utf8() {
    let folder = documents().file("more.assize", b"entity X // caf\xe9\n");
    refused(&folder, 2, &["more.assize", "UTF-8"]);
    let folder = documents().file("data.ndjson", b"{\"uid\": \"User::\\\"\xe9\\\"\"}\n");
    refused(&folder, 2, &["data.ndjson", "UTF-8"]);
}

#[test]
fn a_folder_without_policies() {
    let folder = Folder::new();
    assize(["check", &folder.here()]).exits(2).says(&["no policy files", "assize init"]);
    assize(may_read(&folder, "User::\"ann\"")).exits(2).without_result();
}

#[test]
fn an_unknown_attribute_and_an_unknown_type() {
    let folder = documents().file(
        "policies.assize",
        format!("{POLICIES}\n@id(\"a\")\ndeny User u to read on any\n  when u.suspendd\n\n@id(\"b\")\ndeny Uzer u to read on any\n"),
    );
    refused(&folder, 1, &["suspendd", "did you mean", "Uzer", "policies.assize:24:10"]);
}

#[test]
fn several_errors_in_several_policies_are_all_reported() {
    let policies = format!(
        "{POLICIES}
@id(\"one\")
deny User u to read on any
  when u.nothing

@id(\"two\")
deny User u to raed on any

@id(\"three\")
deny User u to read on Doc d
  when d.owner == 3 or d.ownr == u
"
    );
    let folder = documents().file("policies.assize", policies);
    let run = assize(["check", &folder.here(), "--format", "json"]).exits(1);
    let all = run.json();
    let lines: Vec<u64> = all.as_array().unwrap().iter().map(|one| one["line"].as_u64().unwrap()).collect();
    for line in [24, 27, 31] {
        assert!(lines.contains(&line), "nothing about line {line}: {lines:?}");
    }
    assert_eq!(lines.iter().filter(|line| **line == 31).count(), 2, "both mistakes of one condition");
    for one in all.as_array().unwrap() {
        assert_eq!(one["severity"], "error");
        assert!(one["file"].as_str().unwrap().ends_with("policies.assize"));
        assert_eq!(one["page"], format!("docs/diagnostics/{}.md", one["code"].as_str().unwrap()));
    }
}

#[test]
fn an_unfinished_policy_is_no_rule_and_hides_no_neighbour() {
    let unfinished = "\n@id(\"unfinished\")\nallow User u to read on Doc d\n  when d.owner ==\n\n@id(\"next\")\ndeny User u to read on any\n  when u.suspendd\n";
    let folder = documents().file("policies.assize", format!("{POLICIES}{unfinished}"));
    refused(&folder, 1, &["E0001", "suspendd"]);
}

#[test]
fn every_fault_of_the_data_is_listed_and_nothing_is_loaded() {
    let data = format!(
        "{DATA}{}\n{}\n{}\n{}\n",
        r#"{"uid": {"type": "User", "id": "bob"}, "attrs": {"suspended": "no"}}"#,
        r#"{"uid": {"type": "Usr", "id": "bob"}, "attrs": {}}"#,
        r#"{"uid": {"type": "Doc", "id": "x"}, "attrs": {"colour": 1}}"#,
        r#"{"uid": }"#,
    );
    let folder = documents().file("data.ndjson", data);
    refused(
        &folder,
        2,
        &[
            "data.ndjson:4",
            "suspended",
            "data.ndjson:5",
            "Usr",
            "data.ndjson:6",
            "colour",
            "owner",
            "data.ndjson:7",
        ],
    );
}

#[test]
fn requests_that_make_no_sense_are_errors_not_denials() {
    let folder = documents();
    let decide = |principal: &str, action: &str, resource: &str, context: &str| {
        let here = folder.here();
        let args = ["decide", &here, "--principal", principal, "--action", action, "--resource", resource];
        assize(args.into_iter().chain(["--context", context]))
    };
    let (ann, d, mfa) = ("User::\"ann\"", "Doc::\"d\"", r#"{"mfa": true}"#);
    decide(ann, "read", d, mfa).exits(0);
    decide(ann, "raed", d, mfa).exits(2).says(&["raed"]).without_result();
    decide("Usr::\"ann\"", "read", d, mfa).exits(2).says(&["Usr"]).without_result();
    decide(d, "read", d, mfa).exits(2).says(&["read"]).without_result();
    decide(ann, "read", d, "{}").exits(2).says(&["mfa"]).without_result();
    decide(ann, "read", d, r#"{"mfa": true, "mood": 1}"#).exits(2).says(&["mood"]).without_result();
    decide(ann, "read", d, r#"{"mfa": "yes"}"#).exits(2).says(&["mfa"]).without_result();
    decide(ann, "read", d, r#"{"mfa": "#).exits(2).without_result();
    decide("ann", "read", d, mfa).exits(2).without_result();
    assize(["decide", &folder.here(), "--principal", ann]).exits(2);
    assize(["decide", &folder.here(), "--no-such-flag"]).exits(2);
}

#[test]
fn now_cannot_come_with_a_request() {
    let folder = documents();
    let request = r#"{"principal": "User::\"ann\"", "action": "read", "resource": "Doc::\"d\"", "context": {"mfa": true}, "now": "2001-01-01T00:00:00Z"}"#;
    let args = |extra: &[&str]| {
        let always = ["decide", &folder.here(), "--requests", "-", "--format", "json"].map(str::to_owned);
        always.into_iter().chain(extra.iter().map(|arg| arg.to_string())).collect::<Vec<_>>()
    };
    let run = assize_with_input(args(&[]), request).exits(2);
    assert!(run.lines()[0]["error"]["kind"] == "now_refused", "{}", run.out);
    let run = assize_with_input(args(&["--trust-now"]), request).exits(0);
    assert_eq!(run.lines()[0]["now"], "2001-01-01T00:00:00Z");
}

#[test]
fn a_hundred_thousand_brackets() {
    for bracket in ["(", "[", "{", "not ", "-", "if ", "any("] {
        let policies =
            format!("{POLICIES}\n@id(\"deep\")\ndeny any to read on any\n  when {}", bracket.repeat(100_000));
        bounded(&documents().file("policies.assize", policies), 1);
    }
    let closed = format!("{}true{}", "(".repeat(100_000), ")".repeat(100_000));
    let policies = format!("{POLICIES}\n@id(\"deep\")\ndeny any to read on any\n  when {closed}\n");
    bounded(&documents().file("policies.assize", policies), 1);
    bounded(&documents().file("data.ndjson", "[".repeat(100_000)), 2);
    bounded(&documents().file("data.ndjson", "{\"a\":".repeat(100_000)), 2);
}

#[test]
fn fifty_megabytes_in_one_line() {
    let size = 50 << 20;
    bounded(&documents().file("policies.assize", "a".repeat(size)), 2);
    bounded(&documents().file("data.ndjson", "a".repeat(size)), 2);
    bounded(&documents().file("data.ndjson", format!("\"{}\"", "a".repeat(size))), 2);

    let folder = documents();
    let good = r#"{"principal": "User::\"ann\"", "action": "read", "resource": "Doc::\"d\"", "context": {"mfa": true}}"#;
    let requests = format!("{}\n{good}\n", "[".repeat(size));
    let run = assize_with_input(["decide", &folder.here(), "--requests", "-", "--format", "json"], &requests)
        .exits(2);
    let lines = run.lines();
    assert_eq!(lines.len(), 2, "one line out for each line in");
    assert!(lines[0]["error"].is_object());
    assert_eq!(lines[1]["decision"], "allow");
}

/// Refused within bounded time, with a message of bounded length.
#[allow(clippy::disallowed_methods, reason = "the bound is the point")]
#[track_caller]
fn bounded(folder: &Folder, code: i32) {
    let start = Instant::now();
    let run = assize(may_read(folder, "User::\"ann\"")).exits(code).without_result();
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
    assert!(run.err.len() < 64 << 10, "{} bytes of messages", run.err.len());
    assert!(!run.err.is_empty());
}
