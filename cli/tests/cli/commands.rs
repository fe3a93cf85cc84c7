//! Each command as a user meets it.

use std::fs;
use std::process::{Command, Stdio};

use crate::common::{DATA, Folder, POLICIES, assize, assize_with_input, documents, may_read, repository};
use serde_json::json;

#[test]
fn a_new_package_checks_tests_and_decides() {
    let folder = Folder::new();
    let package = folder.arg("notes");
    let run = assize(["init", &package]).exits(0);
    assert!(run.out.contains("assize check"), "it says what to do next: {}", run.out);

    let run = assize(["check", &package, "--deny-warnings"]).exits(0);
    assert_eq!(run.err, "");
    assize(["test", &package]).exits(0);
    let requests = folder.arg("notes/requests.ndjson");
    let run = assize(["decide", &package, "--requests", &requests, "--format", "json"]).exits(0);
    let decisions: Vec<_> = run.lines().into_iter().map(|line| line["decision"].clone()).collect();
    assert_eq!(decisions, [json!("allow"), json!("allow"), json!("deny")]);
}

#[test]
fn init_overwrites_nothing() {
    let folder = Folder::new().file("policies.assize", "// mine\n");
    assize(["init", &folder.here(), "--name", "x"]).exits(2).says(&["policies.assize"]);
    assert_eq!(fs::read_to_string(folder.path("policies.assize")).unwrap(), "// mine\n");
    assert!(!folder.path("assize.toml").exists(), "it wrote none of its files");

    let run = assize(["init", &folder.arg("new"), "--name", "a name", "--format", "json"]).exits(2);
    run.says(&["a name", "--name"]);
}

#[test]
fn a_denied_request_is_a_success() {
    let folder = documents();
    let run = assize(may_read(&folder, "User::\"eve\"")).exits(0);
    for part in ["deny", "suspended", "this account is suspended"] {
        assert!(run.out.contains(part), "`{part}` is not in:\n{}", run.out);
    }
    let run = assize(may_read(&folder, "User::\"ann\"")).exits(0);
    for part in ["allow", "own", "Owners read what they own."] {
        assert!(run.out.contains(part), "`{part}` is not in:\n{}", run.out);
    }
}

#[test]
fn what_decisions_take_is_told_beside_them() {
    let folder = documents();
    let decide = |more: &[&str]| {
        let now = ["--now", "2026-01-01T00:00:00Z"].into_iter();
        let more = now.chain(more.iter().copied()).map(str::to_owned);
        assize(may_read(&folder, "User::\"ann\"").into_iter().chain(more)).exits(0)
    };
    let (plain, told) = (decide(&[]), decide(&["--stats"]));
    assert_eq!(told.out, plain.out);
    told.says(&["entities ", "grant rows ", "policies ", "native code ", "tables "]);
}

#[test]
fn a_decision_in_json_has_all_its_reasons() {
    let folder = documents();
    let mut args = may_read(&folder, "User::\"eve\"");
    args.extend(["--format", "json", "--now", "2026-06-01T00:00:00Z"].map(String::from));
    let run = assize(args).exits(0);
    assert_eq!(
        run.json(),
        json!({
            "decision": "deny",
            "policies": ["suspended"],
            "grants": [],
            "because": ["this account is suspended"],
            "obligations": [],
            "errors": [],
            "now": "2026-06-01T00:00:00Z"
        })
    );
}

#[test]
fn an_absent_entity_never_gets_access() {
    let run = assize(may_read(&documents(), "User::\"nobody\"").into_iter().chain(["--format=json".into()]))
        .exits(0);
    let decision = run.json();
    assert_eq!(decision["decision"], "deny");
    assert_eq!(decision["policies"], json!(["suspended"]));
    assert_eq!(decision["errors"].as_array().unwrap().len(), 1);
}

#[test]
fn external_entities_come_with_the_request() {
    let folder = documents();
    let decide = |entities: &str| {
        let here = folder.here();
        let request = ["--principal", "Token::\"t\"", "--action", "call", "--resource", "Doc::\"d\""];
        let args = ["decide", &here, "--format", "json", "--entities", entities];
        assize(args.into_iter().chain(request))
    };
    let token = |scope: &str| format!(r#"[{{"uid": "Token::\"t\"", "attrs": {{"scope": "{scope}"}}}}]"#);
    assert_eq!(decide(&token("all")).exits(0).json()["decision"], "allow");
    assert_eq!(decide(&token("some")).exits(0).json()["decision"], "deny");
    decide(r#"[{"uid": "Doc::\"d\"", "attrs": {"owner": "User::\"eve\""}}]"#).exits(2).says(&["Doc"]);
}

#[test]
fn one_line_out_for_each_line_in() {
    let folder = documents();
    let requests = r#"{"principal": "User::\"ann\"", "action": "read", "resource": "Doc::\"d\"", "context": {"mfa": true}}
{"principal": "User::\"ann\"", "action": "raed", "resource": "Doc::\"d\"", "context": {"mfa": true}}

no json
{"principal": "User::\"eve\"", "action": "read", "resource": "Doc::\"d\"", "context": {"mfa": true}}"#;
    for engine in ["jit", "interpreter"] {
        let here = folder.here();
        let args = ["decide", &here, "--requests", "-", "--format", "json", "--engine", engine];
        let lines = assize_with_input(args, requests).exits(2).lines();
        assert_eq!(lines.len(), 4);
        assert_eq!(lines[0]["decision"], "allow");
        assert_eq!(lines[1]["error"]["kind"], "unknown_action");
        assert_eq!(lines[2]["error"]["kind"], "bad_json");
        assert_eq!(lines[3]["decision"], "deny");
    }
}

#[test]
fn context_and_data_may_come_from_files() {
    let folder = Folder::new()
        .file("policies.assize", POLICIES)
        .file("people.ndjson", DATA)
        .file("context.json", r#"{"mfa": true}"#);
    let run = assize([
        "decide",
        &folder.arg("policies.assize"),
        "--data",
        &folder.arg("people.ndjson"),
        "--principal",
        "User::\"ann\"",
        "--action",
        "read",
        "--resource",
        "Doc::\"d\"",
        "--context",
        &format!("@{}", folder.arg("context.json")),
    ])
    .exits(0);
    assert!(run.out.starts_with("allow"), "{}", run.out);
}

#[test]
fn package_data_can_be_left_out() {
    let folder = documents();
    let mut args = may_read(&folder, "User::\"ann\"");
    args.extend(["--no-package-data".into(), "--format=json".into()]);
    assert_eq!(assize(args).exits(0).json()["decision"], "deny");
}

#[test]
fn a_profile_binds_params() {
    let policies = r#"
param OFFICE: Set<String> = ["berlin"]
entity User
entity Door
action open on Door by User with { city: String }

@id("office")
allow User to open on Door
  when context.city in OFFICE
"#;
    let folder = Folder::new()
        .file("assize.toml", "[package]\nname = \"doors\"\n\n[params.paris]\nOFFICE = [\"paris\"]\n")
        .file("doors.assize", policies);
    let decide = |extra: &[&str]| {
        let here = folder.here();
        let args =
            ["decide", &here, "--principal", "User::\"u\"", "--action", "open", "--resource", "Door::\"d\""];
        assize(args.iter().chain(&["--context", r#"{"city": "paris"}"#, "--format", "json"]).chain(extra))
    };
    assert_eq!(decide(&[]).exits(0).json()["decision"], "deny");
    assert_eq!(decide(&["--profile", "paris"]).exits(0).json()["decision"], "allow");
    decide(&["--profile", "london"]).exits(2).says(&["london"]).without_result();

    let folder = folder.file("assize.toml", "[package]\nname = \"doors\"\n\n[params.bad]\nOFFICE = 3\n");
    assize(["check", &folder.here()]).exits(1).says(&["OFFICE", "assize.toml:5"]);
}

#[test]
fn a_failed_expectation_is_shown_where_it_stands() {
    let test = r#"
test "wrong on purpose" {
  data {
    User::"ann" { suspended: false }
    Doc::"d" { owner: User::"ann" }
  }
  expect deny User::"ann" to read on Doc::"d" with { mfa: true }
}

test "right" {
  expect deny User::"ann" to read on Doc::"d" with { mfa: true }
}
"#;
    let folder = documents().file("tests.assize", test);
    let run = assize(["test", &folder.here()]).exits(1);
    let all = format!("{}{}", run.out, run.err);
    for part in ["wrong on purpose", "tests.assize:7", "allow", "own", "1 passed", "1 failed"] {
        assert!(all.contains(part), "`{part}` is not in:\n{all}");
    }

    let run = assize(["test", &folder.here(), "--format", "json"]).exits(1);
    let report = run.json();
    assert_eq!((&report["passed"], &report["failed"]), (&json!(1), &json!(1)));
    let failure = &report["tests"][0]["failures"][0];
    assert_eq!(failure["line"], 7);
    assert_eq!(failure["actual"]["decision"], "allow");
    assert_eq!(failure["actual"]["policies"], json!(["own"]));

    assize(["test", &folder.here(), "--filter", "no such test"]).exits(2);
    assize(["test", &folder.here(), "--filter", "right"]).exits(0);
    for engine in ["jit", "interpreter"] {
        assize(["test", &folder.here(), "--filter", "wrong", "--engine", engine]).exits(1);
    }
}

#[test]
fn check_counts_and_can_refuse_warnings() {
    let folder =
        documents().file("more.assize", "deny User u to read on any\n  when u.suspended and false\n");
    let run = assize(["check", &folder.here()]).exits(0).says(&["W0101"]);
    assert!(run.out.contains("warning"), "{}", run.out);
    assize(["check", &folder.here(), "-D"]).exits(1);
    let run = assize(["check", &documents().here(), "--format", "json"]).exits(0);
    assert_eq!(run.json(), json!([]));
}

#[test]
fn nobody_is_shouted_at_for_closing_the_pipe() {
    let folder = documents();
    let line = "{\"principal\": \"User::\\\"ann\\\"\", \"action\": \"read\", \"resource\": \"Doc::\\\"d\\\"\", \"context\": {\"mfa\": true}}\n";
    let folder = folder.file("requests.ndjson", line.repeat(20_000));
    let mut child = Command::new(env!("CARGO_BIN_EXE_assize"))
        .args(["decide", &folder.here(), "--requests", &folder.arg("requests.ndjson")])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn explain_prints_the_page_of_a_code() {
    let run = assize(["explain", "e0102"]).exits(0);
    assert!(run.out.starts_with("# E0102: "), "{}", run.out);
    assert!(run.out.contains("```assize"), "{}", run.out);
    assize(["explain", "E9999"]).exits(2).says(&["E9999", "assize explain"]);
    let run = assize(["explain", "--format", "json"]).exits(0);
    assert!(run.lines().iter().all(|line| line["title"].is_string()));
}

#[test]
fn explain_says_why_a_request_is_denied() {
    let drive = repository("examples/drive");
    let request = ["--principal", "User::\"bob\"", "--action", "read", "--resource", "Document::\"launch\""];
    let context = ["--context", r#"{"mfa": true, "ip": "203.0.113.7", "device": {"managed": true}}"#];
    let now = ["--now", "2026-06-01T00:00:00Z"];
    let ask = |more: &[&str]| {
        let args = [["explain", drive.as_str()].as_slice(), &request, &context, &now, more].concat();
        assize(args)
    };
    let shown = ask(&[]).exits(0).out;
    for part in [
        "# deny",
        "Denied by `secret-stays-inside`",
        "drive.assize:",
        "`from_office(context)`: **false**",
        "`context.device.managed`: *not looked at*",
        "## `owner` (allow) applies",
        "## `suspended` (deny) does not apply",
    ] {
        assert!(shown.contains(part), "`{part}` is not in:\n{shown}");
    }
    let json = ask(&["--format", "json"]).exits(0).json();
    assert_eq!(
        (json["decision"].as_str(), json["policies"][0].as_str()),
        (Some("deny"), Some("secret-stays-inside"))
    );
    assert_eq!(json["text"], shown);
    // Without the package's data there is no such document, and its owner cannot be read.
    let without = ask(&["--no-package-data"]).exits(0).out;
    assert!(without.contains("missing_entity") || without.contains("does not hold"), "{without}");
    assize(["explain", drive.as_str()]).exits(2).says(&["--principal"]).without_result();
    assize(["explain", drive.as_str(), "--principal", "User::\"bob\""]).exits(2).says(&["--action"]);
}
