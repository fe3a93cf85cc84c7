//! Reverse questions on the command line.

use serde_json::{Value, json};

use crate::common::{Folder, POLICIES, Run, assize, documents, repository};

const MFA: &str = r#"{"mfa": true}"#;

fn query(folder: &Folder, args: &[&str]) -> Run {
    let here = folder.here();
    assize(["query"].iter().chain(args).copied().chain([here.as_str()]))
}

#[test]
fn who_can_what_can_and_which_actions() {
    let folder = documents();
    let run = query(&folder, &["who-can", "read", "Doc::\"d\"", "--context", MFA]).exits(0);
    assert_eq!(run.out, "User::\"ann\"\n");
    let run = query(&folder, &["what-can", "User::\"ann\"", "read", "--context", MFA]).exits(0);
    assert_eq!(run.out, "Doc::\"d\"\n");
    let run = query(&folder, &["what-can", "User::\"eve\"", "read", "--context", MFA]).exits(0);
    assert_eq!(run.out, "none, in this context\n");
    let run = query(&folder, &["actions", "User::\"ann\"", "Doc::\"d\"", "--context", MFA]).exits(0);
    assert_eq!(run.out, "read\n");
    let run = query(&folder, &["actions", "User::\"ann\"", "Doc::\"d\""]).exits(0);
    assert!(run.out.contains("read  not asked: `context`: the field `mfa` is missing"), "{}", run.out);
    for engine in ["jit", "interpreter"] {
        let args =
            ["who-can", "read", "Doc::\"d\"", "--context", MFA, "--engine", engine, "--format", "json"];
        let answers = query(&folder, &args).exits(0).json();
        assert_eq!(
            answers["answers"],
            json!([{
                "entity": {"type": "User", "id": "ann"}, "decision": "allow", "obligations": []
            }])
        );
        assert_eq!(answers["next"], Value::Null);
    }
}

#[test]
fn reasons_are_told_in_every_format() {
    let folder = documents();
    let ask = |format: &str| {
        let args = ["who-can", "read", "Doc::\"d\"", "--context", MFA, "--reasons", "--format", format];
        query(&folder, &args).exits(0)
    };
    let run = ask("human");
    for part in ["User::\"ann\"\n", "  policy      own  (", "Owners read what they own."] {
        assert!(run.out.contains(part), "`{part}` is not in:\n{}", run.out);
    }
    assert_eq!(ask("json").json()["answers"][0]["policies"], json!(["own"]));
    assert_eq!(ask("csv").out, "type,id,decision,obligations,policies,grants\r\nUser,ann,allow,,own,\r\n");
}

#[test]
fn pages_go_on_where_the_last_one_ended() {
    let people: String = (0..10)
        .map(|n| format!("{{\"uid\": \"User::\\\"u{n}\\\"\", \"attrs\": {{\"suspended\": false}}}}\n"))
        .collect();
    let policies = "entity User { suspended: Bool }\nentity Doc\naction read on Doc by User\n\n@id(\"all\")\nallow User u to read on Doc\n  when not u.suspended\n";
    let data = format!("{people}{{\"uid\": \"Doc::\\\"d\\\"\"}}\n");
    let folder = Folder::new().package().file("a.assize", policies).file("data.ndjson", data);
    let (mut found, mut after) = (Vec::new(), None::<String>);
    loop {
        let mut args = vec!["who-can", "read", "Doc::\"d\"", "--limit", "4", "--format", "json"];
        if let Some(after) = &after {
            args.extend(["--after", after]);
        }
        let page = query(&folder, &args).exits(0).json();
        let items = page["answers"].as_array().unwrap();
        assert!(items.len() <= 4);
        found.extend(items.iter().map(|item| item["entity"]["id"].as_str().unwrap().to_owned()));
        match page["next"].as_str() {
            Some(next) => after = Some(next.to_owned()),
            None => break,
        }
    }
    assert_eq!(found, (0..10).map(|n| format!("u{n}")).collect::<Vec<_>>());
    let run = query(&folder, &["who-can", "read", "Doc::\"d\"", "--limit", "1"]).exits(0);
    assert!(run.out.ends_with("and more, after 'User::\"u0\"'\n"), "{}", run.out);
    query(&folder, &["who-can", "read", "Doc::\"d\"", "--limit", "0"]).exits(2).says(&["--limit 0"]);
    query(&folder, &["who-can", "read", "Doc::\"d\"", "--after", "u0"]).exits(2).says(&["`u0` is no entity"]);
}

#[test]
fn questions_that_make_no_sense_say_what_would() {
    let folder = documents();
    let ask = |args: &[&str], parts: &[&str]| {
        query(&folder, args).exits(2).says(parts);
    };
    ask(&["who-can", "raed", "Doc::\"d\"", "--context", MFA], &["no action `raed`", "did you mean `read`"]);
    ask(&["who-can", "read", "Dok::\"d\"", "--context", MFA], &["`Dok`", "did you mean `Doc`"]);
    ask(
        &["who-can", "read", "Doc::\"e\"", "--context", MFA],
        &["holds no `Doc::\"e\"`", "did you mean `Doc::\"d\"`"],
    );
    ask(&["who-can", "read", "Doc::d"], &["`Doc::d` is no entity", "single quotes"]);
    ask(&["who-can", "read", "User::\"ann\"", "--context", MFA], &["is not done on a `User`"]);
    ask(&["who-can", "read", "Doc::\"d\""], &["`mfa` is missing", "answers are for one context"]);
    ask(&["who-can", "read", "Doc::\"d\"", "--context", "{"], &["`--context` is no JSON"]);
    ask(&["who-can", "read", "Doc::\"d\"", "--context", MFA, "--type", "Usr"], &["did you mean `User`"]);
    ask(
        &["who-can", "read", "Doc::\"d\"", "--context", MFA, "--type", "Doc"],
        &["is not done by `Doc`, but by `User`"],
    );
    ask(&["what-can", "Token::\"t\"", "call"], &["of an external type"]);
    ask(&["actions", "User::\"ann\"", "User::\"eve\""], &["no action is done by `User` on `User`"]);
    ask(
        &["actions", "User::\"ann\"", "Doc::\"d\"", "--context", r#"{"mfaa": true}"#],
        &["did you mean `mfa`"],
    );
    ask(&["who-can", "read", "Doc::\"d\"", "--format", "sarif"], &["only `check` and `test` print SARIF"]);
    assize(["check", &folder.here(), "--format", "csv"]).exits(2).says(&["only `query` prints CSV"]);
    assize(["test", &folder.here(), "--format", "csv"]).exits(2).says(&["only `query` prints CSV"]);
    assize(["decide", &folder.here(), "--requests", "-", "--format", "csv"]).exits(2).says(&["only `query`"]);
}

/// What `decide` is recorded to say about the requests of the examples is what the three questions answer.
#[test]
fn the_examples_answer_as_they_decide() {
    for example in ["drive", "forge", "payroll", "releases", "todo"] {
        let lines = |name: &str| -> Vec<Value> {
            let text = std::fs::read_to_string(repository(&format!("examples/{example}/{name}"))).unwrap();
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
        };
        let folder = repository(&format!("examples/{example}"));
        let decided: Vec<_> = lines("requests.ndjson").into_iter().zip(lines("expected.ndjson")).collect();
        let mut compared = 0;
        for (request, expected) in decided.iter().step_by(decided.len() / 4) {
            let text = |key: &str| request[key].as_str().unwrap();
            let (principal, action, resource) = (text("principal"), text("action"), text("resource"));
            let context = request.get("context").cloned().unwrap_or(json!({})).to_string();
            let spelt = |item: &Value, key: &str| match &item[key] {
                Value::String(name) => name.clone(),
                entity => {
                    format!("{}::\"{}\"", entity["type"].as_str().unwrap(), entity["id"].as_str().unwrap())
                }
            };
            for (question, first, second, key, wanted) in [
                ("who-can", action, resource, "entity", principal),
                ("what-can", principal, action, "entity", resource),
                ("actions", principal, resource, "action", action),
            ] {
                let args = ["query", question, first, second, &folder, "--context", &context, "--reasons"];
                let run = assize(args.into_iter().chain(["--format", "json"]));
                if run.code == 2 {
                    // A request may name what the data lacks.
                    assert!(run.err.contains("the data holds no"), "{}", run.err);
                    continue;
                }
                let answers = run.json();
                let answers = answers["answers"].as_array().unwrap();
                let found = answers.iter().find(|item| spelt(item, key) == wanted);
                let place = format!("{example}: {question} {first} {second} about {wanted}");
                assert_eq!(found.is_some(), expected["decision"] == "allow", "{place}");
                if let Some(found) = found {
                    assert_eq!(found["policies"], expected["policies"], "{place}");
                }
                compared += 1;
            }
        }
        assert!(compared >= 6, "{example}: {compared}");
    }
}

#[test]
fn policies_are_found_by_entity_action_and_control() {
    let drive = repository("examples/drive");
    let ids = |args: &[&str]| -> Vec<String> {
        let base = ["query", "policies", &drive, "--format", "json"];
        let found = assize(base.into_iter().chain(args.iter().copied())).exits(0).json();
        found.as_array().unwrap().iter().map(|row| row["policy"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids(&["--control", "SOC2:CC6.1"]), ["secret-stays-inside"]);
    assert_eq!(ids(&["--control", "NIST"]), ["secret-stays-inside"]);
    assert_eq!(ids(&["--control", "SOC2:CC1.1"]), Vec::<String>::new());
    assert!(ids(&["--entity", "Group::\"support\""]).contains(&"support-read".to_owned()));
    let (ann, all) = (ids(&["--entity", "User::\"ann\""]), ids(&["--action", "read"]));
    assert!(ann.contains(&"owner".to_owned()) && !ann.contains(&"support-read".to_owned()), "{ann:?}");
    assert!(all.contains(&"support-read".to_owned()), "{all:?}");
    let both = ids(&["--entity", "User::\"ann\"", "--action", "write"]);
    assert!(!both.contains(&"shared-read".to_owned()) && both.contains(&"owner".to_owned()), "{both:?}");
    assize(["query", "policies", &drive]).exits(2).says(&["--entity", "--control"]);
    assize(["query", "policies", &drive, "--action", "raed"]).exits(2).says(&["did you mean `read`"]);
    let run = assize(["query", "policies", &drive, "--control", "SOC2:CC6.1"]).exits(0);
    assert!(run.out.starts_with("secret-stays-inside  deny  ("), "{}", run.out);
}

#[test]
fn the_matrix_of_controls_names_policies_and_the_tests_that_show_them() {
    let payroll = repository("examples/payroll");
    let matrix = assize(["query", "controls", &payroll, "--format", "json"]).exits(0).json();
    let rows = matrix["controls"].as_array().unwrap();
    let of = |control: &str| rows.iter().filter(|row| row["control"] == control).count();
    assert_eq!((of("NIST:AC-5"), of("SOC2:CC4.1"), of("SOC2:CC6.1")), (2, 2, 1));
    assert!(rows.is_sorted_by_key(|row| row["control"].as_str().unwrap().to_owned()));
    let markdown = assize(["query", "controls", &payroll]).exits(0).out;
    assert!(markdown.contains("| NIST:AC-5 | no-self-service | deny |"), "{markdown}");
    let html = assize(["query", "controls", &payroll, "--html"]).exits(0).out;
    assert!(html.contains("<td>SOC2:CC6.1</td><td>second-factor</td><td>deny</td>"), "{html}");
    let csv = assize(["query", "controls", &payroll, "--format", "csv"]).exits(0).out;
    assert!(csv.starts_with("control,policy,effect,place,tests\r\n"), "{csv}");
    assize(["query", "controls", &payroll, "--html", "--format", "json"]).exits(2).says(&["--html"]);

    let test = "\ntest \"eve is locked out\" {\n  data {\n    User::\"eve\" { suspended: true }\n    Doc::\"d\" { owner: User::\"eve\" }\n  }\n  expect deny User::\"eve\" to read on Doc::\"d\" with { mfa: true }\n}\n";
    let policies = POLICIES.replace("@id(\"suspended\")", "@id(\"suspended\") @control(\"SOC2:CC6.1\")");
    let folder = documents().file("policies.assize", policies).file("tests.assize", test);
    let matrix = assize(["query", "controls", &folder.here(), "--format", "json"]).exits(0).json();
    assert_eq!(matrix["controls"][0]["tests"], json!(["eve is locked out"]));
    assert_eq!(matrix["without_control"], json!(["own", "token"]));
}
