//! The server as a client meets it: messages in, messages out.

mod client;

use client::{Client, shown, uri_of};
use serde_json::{Value, json};

const SCHEMA: &str = "\
entity User { name: String }
entity Folder { owner: User }
action read on Folder by User
";

const POLICY: &str = "\
@id(\"owner\")
allow User u to read on Folder f
  when f.owner == u
";

fn package() -> Client {
    Client::new(&[("assize.toml", "name = \"p\"\n"), ("schema.assize", SCHEMA), ("policy.assize", POLICY)])
}

#[test]
fn findings_are_told_as_the_text_changes() {
    let mut client = package();
    client.open("policy.assize", POLICY);
    assert_eq!(client.findings("policy.assize", Some(1)), [""; 0]);
    client.edit("policy.assize", 2, [(2, 9), (2, 14)], "ownr");
    assert_eq!(
        client.findings("policy.assize", Some(2)),
        ["E0102 3:10 `Folder` has no attribute `ownr`: unknown attribute"]
    );
    client.edit("policy.assize", 3, [(2, 9), (2, 13)], "owner");
    assert_eq!(client.findings("policy.assize", Some(3)), [""; 0]);
}

#[test]
fn an_edit_in_one_file_tells_of_others() {
    let mut client = package();
    client.open("schema.assize", SCHEMA);
    client.edit("schema.assize", 2, [(1, 16), (1, 21)], "keeper");
    assert_eq!(
        client.findings("policy.assize", None),
        ["E0102 3:10 `Folder` has no attribute `owner`: unknown attribute"]
    );
}

#[test]
fn edits_after_everything_was_looked_at_tell_of_other_files_again_and_again() {
    let mut client = package();
    client.open("schema.assize", SCHEMA);
    client.open("policy.assize", POLICY);
    assert_eq!(client.findings("policy.assize", Some(1)), [""; 0]);
    let (mut names, mut version) = (["owner", "keeper"], 1);
    for _ in 0..4 {
        std::thread::sleep(std::time::Duration::from_millis(600));
        version += 1;
        let width = names[0].len() as u32;
        client.edit("schema.assize", version, [(1, 16), (1, 16 + width)], names[1]);
        let found = client.findings("policy.assize", None);
        assert_eq!(found.len(), usize::from(names[1] != "owner"), "{found:?}");
        names.swap(0, 1);
    }
}

#[test]
fn a_finding_says_where_else_to_look_and_how_to_show_it() {
    let twice = format!("{POLICY}\n@id(\"owner\") deny User to read on Folder\nfn unused() -> Bool = true\n");
    let mut client = package();
    client.open("policy.assize", &twice);
    let message = client.wait(|message| {
        // What nothing uses is known in the second step.
        message["method"] == "textDocument/publishDiagnostics"
            && message["params"]["version"] == json!(1)
            && message["params"]["diagnostics"].to_string().contains("W0102")
    });
    let found = message["params"]["diagnostics"].as_array().unwrap().clone();
    let repeated = found.iter().find(|it| it["code"] == "E0306").unwrap_or_else(|| panic!("{found:?}"));
    assert_eq!(repeated["relatedInformation"][0]["message"], "the first one");
    assert_eq!(
        repeated["relatedInformation"][0]["location"]["range"]["start"],
        json!({ "line": 0, "character": 4 })
    );
    let unused = found.iter().find(|it| it["code"] == "W0102").unwrap_or_else(|| panic!("{found:?}"));
    assert_eq!(unused["tags"], json!([1]));
    assert_eq!((&unused["source"], &unused["severity"]), (&json!("assize"), &json!(2)));
}

#[test]
fn columns_count_code_units_of_utf_16_unless_bytes_are_agreed_on() {
    let text =
        "// \u{1F512} \u{f1}\r\nallow User u to read on Folder f\r\n  when \"\u{1F512}\" == f.ownr.name\r\n";
    for (encoding, column) in [("utf-16", 17), ("utf-8", 19)] {
        let can = json!({ "general": { "positionEncodings": [encoding] } });
        let mut client = Client::with(&[("schema.assize", SCHEMA)], can);
        assert_eq!(client.capabilities["positionEncoding"], encoding);
        client.open("policy.assize", text);
        let found = client.findings("policy.assize", Some(1));
        assert_eq!(
            found[1],
            format!("E0102 3:{} `Folder` has no attribute `ownr`: unknown attribute", column + 1)
        );
        let hover = client.at("textDocument/hover", "policy.assize", 2, column - 2);
        assert_eq!(hover["contents"]["value"], "```assize\nf: Folder\n```", "{encoding}");
        client.edit("policy.assize", 2, [(2, column), (2, column + 4)], "owner");
        assert_eq!(client.findings("policy.assize", Some(2)).len(), 1, "only the missing `@id` is left");
    }
}

#[test]
fn names_lead_to_other_files_and_into_the_library() {
    let mut client = package();
    let text =
        format!("use std::net::PRIVATE\n{POLICY}\ndeny any to read on any when ip\"10.0.0.1\" in PRIVATE\n");
    client.open("policy.assize", &text);
    let links = client.at("textDocument/definition", "policy.assize", 2, 7);
    assert_eq!(links[0]["targetUri"], client.uri("schema.assize"));
    assert_eq!(links[0]["targetSelectionRange"]["start"], json!({ "line": 0, "character": 7 }));
    let links = client.at("textDocument/definition", "policy.assize", 5, 46);
    let uri = links[0]["targetUri"].as_str().unwrap();
    assert!(uri.ends_with("std/net.assize"), "{uri}");
    let found = client.at("textDocument/typeDefinition", "policy.assize", 3, 10);
    assert_eq!(found[0]["targetUri"], client.uri("schema.assize"));
    let found = client.at("textDocument/implementation", "schema.assize", 2, 8);
    assert_eq!(found.as_array().unwrap().len(), 2);
    let found = client.at("textDocument/documentHighlight", "policy.assize", 2, 12);
    assert_eq!(found.as_array().unwrap().len(), 2, "{found}");
    let uri = client.uri("policy.assize");
    let place = json!({ "line": 2, "character": 7 });
    let params = json!({ "textDocument": { "uri": uri }, "position": place, "context": { "includeDeclaration": false } });
    let found = client.request("textDocument/references", params);
    assert_eq!(found.as_array().unwrap().len(), 3, "{found}");
}

/// Thousands of edits and questions in one stream: each question sees the text as it was when it was asked, or says that it changed.
#[test]
fn edits_and_questions_keep_their_order() {
    let mut client = package();
    client.open("policy.assize", POLICY);
    let mut asked = Vec::new();
    for nth in 0..1000_i32 {
        // The name grows and shrinks; hovering over it tells which text the server has.
        let (from, to) = if nth % 2 == 0 { ("u", "user") } else { ("user", "u") };
        let width = from.len() as u32;
        client.edit("policy.assize", 2 + nth, [(1, 11), (1, 11 + width)], to);
        let uri = client.uri("policy.assize");
        let place = json!({ "line": 1, "character": 11 });
        let params = json!({ "textDocument": { "uri": uri }, "position": place });
        asked.push((client.begin("textDocument/hover", params), to));
    }
    let mut answered = 0;
    for (id, name) in asked {
        let answer = client.answer(id);
        if answer["error"]["code"] == json!(-32801) {
            continue;
        }
        answered += 1;
        assert_eq!(answer["contents"]["value"], format!("```assize\n{name}: User\n```"));
    }
    assert!(answered > 0, "the last one at least");
    assert_eq!(client.findings("policy.assize", Some(1001)).len(), 0);
}

#[test]
fn a_client_that_asks_for_findings_is_not_told_them() {
    let can = json!({ "textDocument": { "diagnostic": {} }, "workspace": { "diagnostics": { "refreshSupport": true } } });
    let mut client = Client::with(&[("schema.assize", SCHEMA), ("policy.assize", POLICY)], can);
    assert_eq!(client.capabilities["diagnosticProvider"]["workspaceDiagnostics"], true);
    client.open("policy.assize", &POLICY.replace("f.owner", "f.ownr"));
    let document = json!({ "uri": client.uri("policy.assize") });
    let report = client.request("textDocument/diagnostic", json!({ "textDocument": document }));
    assert_eq!(report["kind"], "full");
    let found: Vec<String> = report["items"].as_array().unwrap().iter().map(shown).collect();
    assert_eq!(found, ["E0102 3:10 `Folder` has no attribute `ownr`: unknown attribute"]);
    let known = report["resultId"].clone();
    let again = client
        .request("textDocument/diagnostic", json!({ "textDocument": document, "previousResultId": known }));
    assert_eq!(again["kind"], "unchanged");
    let all = client.request("workspace/diagnostic", json!({ "previousResultIds": [] }));
    let files = all["items"].as_array().unwrap();
    assert_eq!(files.len(), 2, "{files:?}");
    client.wait(|message| message["method"] == "workspace/diagnostic/refresh");
}

#[test]
fn files_that_come_and_go_on_disk_are_noticed() {
    let mut client = package();
    let path = client.path("policy.assize");
    std::fs::write(&path, POLICY.replace("f.owner", "f.ownr")).unwrap();
    let changed = |client: &mut Client, kind: u32| {
        let uri = uri_of(&client.path("policy.assize"));
        client
            .notify("workspace/didChangeWatchedFiles", json!({ "changes": [{ "uri": uri, "type": kind }] }));
    };
    changed(&mut client, 2);
    assert_eq!(
        client.findings("policy.assize", None),
        ["E0102 3:10 `Folder` has no attribute `ownr`: unknown attribute"]
    );
    std::fs::remove_file(&path).unwrap();
    changed(&mut client, 3);
    assert_eq!(client.findings("policy.assize", None), [""; 0]);
    let hover = client.at("textDocument/hover", "policy.assize", 1, 7);
    assert_eq!(hover, Value::Null, "nobody knows that file");
    let hover = client.at("textDocument/hover", "schema.assize", 0, 8);
    assert!(hover["contents"]["value"].as_str().unwrap().contains("entity User"), "{hover}");
}

#[test]
fn a_manifest_with_a_mistake_is_told_of_and_the_rest_goes_on() {
    let mut client = package();
    std::fs::write(client.path("assize.toml"), "name = 1\n").unwrap();
    let uri = client.uri("assize.toml");
    client.notify("workspace/didChangeWatchedFiles", json!({ "changes": [{ "uri": uri, "type": 2 }] }));
    let found = client.wait(|message| {
        message["method"] == "textDocument/publishDiagnostics"
            && message["params"]["uri"] == json!(uri)
            && message["params"]["diagnostics"] != json!([])
    });
    assert_eq!(found["params"]["diagnostics"][0]["range"]["start"]["line"], 0);
    let hover = client.at("textDocument/hover", "schema.assize", 0, 8);
    assert!(hover["contents"]["value"].as_str().unwrap().contains("entity User"), "{hover}");
}

#[test]
fn a_file_of_fifty_megabytes_is_refused_with_a_finding() {
    let mut client = package();
    let text = "// nothing here but a comment that never ends\n".repeat(50 << 20 >> 5);
    client.open("large.assize", &text);
    let found = client.findings("large.assize", Some(1));
    assert!(found[0].contains("this file is too large"), "{found:?}");
    assert_eq!(client.at("textDocument/hover", "large.assize", 3, 3), Value::Null);
}

#[test]
fn a_file_that_belongs_to_no_folder_is_a_package_of_its_own() {
    let other = tempfile::tempdir().unwrap();
    let mut client = package();
    let uri = uri_of(&other.path().join("alone.assize"));
    let document = json!({ "uri": uri, "languageId": "assize", "version": 1, "text": "entity E\nallow E to fly on E\n" });
    client.notify("textDocument/didOpen", json!({ "textDocument": document }));
    let found = client.wait(|message| message["params"]["uri"] == json!(uri));
    assert_eq!(
        found["params"]["diagnostics"].as_array().unwrap().iter().map(shown).next_back().unwrap(),
        "E0126 2:12 there is no action `fly`"
    );
}

#[test]
fn the_server_ends_when_it_is_asked_to_or_its_client_is_gone() {
    let mut client = package();
    assert_eq!(client.request("shutdown", Value::Null), Value::Null);
    client.notify("exit", Value::Null);
    assert!(client.is_left(), "the server has gone");
    let mut client = package();
    client.open("policy.assize", POLICY);
    drop(client);
}

/// The text after edits that a server proposes for it.
fn applied(text: &str, edits: &Value) -> String {
    let mut edits: Vec<&Value> = edits.as_array().unwrap().iter().collect();
    edits.sort_by_key(|edit| {
        let start = &edit["range"]["start"];
        std::cmp::Reverse((start["line"].as_u64(), start["character"].as_u64()))
    });
    let mut text = text.to_owned();
    for edit in edits {
        let place = |end: &str| {
            let at = &edit["range"][end];
            assize_lsp::text::Place {
                line: at["line"].as_u64().unwrap() as u32,
                column: at["character"].as_u64().unwrap() as u32,
            }
        };
        let new = edit["newText"].as_str().unwrap();
        text = assize_lsp::text::replaced(&text, (place("start"), place("end")), new, Default::default());
    }
    text
}

#[test]
fn a_name_is_changed_in_all_files_or_refused() {
    let mut client = package();
    client.open("policy.assize", POLICY);
    let found = client.at("textDocument/prepareRename", "policy.assize", 2, 10);
    assert_eq!(found["placeholder"], "owner");
    let uri = client.uri("policy.assize");
    let rename = |client: &mut Client, new: &str| {
        let place = json!({ "line": 2, "character": 10 });
        client.request(
            "textDocument/rename",
            json!({ "textDocument": { "uri": uri }, "position": place, "newName": new }),
        )
    };
    let edits = rename(&mut client, "keeper");
    let changes = &edits["changes"];
    assert_eq!(applied(SCHEMA, &changes[client.uri("schema.assize")]), SCHEMA.replace("owner", "keeper"));
    let policy = changes[client.uri("policy.assize")].clone();
    assert_eq!(applied(POLICY, &policy), POLICY.replace("f.owner", "f.keeper"));
    let refused = rename(&mut client, "a`b");
    assert_eq!(refused["error"]["message"], "this is no name");
}

#[test]
fn a_document_is_formatted_as_a_whole_in_part_and_while_typing() {
    let text = "entity  User{name:String}\n\n\n\nentity  Folder {owner : User}\n";
    let mut client = Client::new(&[("assize.toml", "name = \"p\"\n"), ("schema.assize", text)]);
    client.open("schema.assize", text);
    let document = json!({ "uri": client.uri("schema.assize") });
    let options = json!({ "tabSize": 2, "insertSpaces": true });
    let whole =
        client.request("textDocument/formatting", json!({ "textDocument": document, "options": options }));
    let pretty = "entity User { name: String }\n\nentity Folder { owner: User }\n";
    assert_eq!(applied(text, &whole), pretty);
    let range = json!({ "start": { "line": 4, "character": 0 }, "end": { "line": 4, "character": 9 } });
    let params = json!({ "textDocument": document, "range": range, "options": options });
    let part = client.request("textDocument/rangeFormatting", params);
    let expected = "entity  User{name:String}\n\n\n\nentity Folder { owner: User }\n";
    assert_eq!(applied(text, &part), expected);
    let place = json!({ "line": 4, "character": 29 });
    let params = json!({ "textDocument": document, "position": place, "ch": "}", "options": options });
    let typed = client.request("textDocument/onTypeFormatting", params);
    assert_eq!(applied(text, &typed), expected);
}

#[test]
fn the_shape_of_a_file_is_known() {
    let text = format!("// one\n// two\n{POLICY}test \"t\" {{\n  data \"rows.ndjson\"\n}}\n");
    let mut client = package();
    client.open("policy.assize", &text);
    let document = json!({ "textDocument": { "uri": client.uri("policy.assize") } });
    let symbols = client.request("textDocument/documentSymbol", document.clone());
    assert_eq!((&symbols[0]["name"], &symbols[1]["name"]), (&json!("owner"), &json!("t")));
    let folds = client.request("textDocument/foldingRange", document.clone());
    assert_eq!((&folds[0]["kind"], &folds[0]["endLine"]), (&json!("comment"), &json!(1)));
    let links = client.request("textDocument/documentLink", document.clone());
    assert_eq!(links[0]["target"], client.uri("rows.ndjson"));
    let found = client.request("workspace/symbol", json!({ "query": "fldr" }));
    assert_eq!(found[0]["name"], "Folder");
    let uri = client.uri("policy.assize");
    let params = json!({ "textDocument": { "uri": uri }, "positions": [{ "line": 4, "character": 8 }] });
    let chains = client.request("textDocument/selectionRange", params);
    assert_eq!(chains[0]["parent"]["range"]["end"], json!({ "line": 4, "character": 14 }));
}

#[test]
fn colours_come_whole_in_part_and_as_differences() {
    let mut client = package();
    client.open("policy.assize", POLICY);
    let document = json!({ "uri": client.uri("policy.assize") });
    let whole = client.request("textDocument/semanticTokens/full", json!({ "textDocument": document }));
    let count = whole["data"].as_array().unwrap().len() / 5;
    assert_eq!(count, 15, "{whole}");
    let range = json!({ "start": { "line": 2, "character": 0 }, "end": { "line": 3, "character": 0 } });
    let params = json!({ "textDocument": document, "range": range });
    let part = client.request("textDocument/semanticTokens/range", params);
    assert_eq!(part["data"].as_array().unwrap().len() / 5, 5, "{part}");
    client.edit("policy.assize", 2, [(2, 2), (2, 2)], "  ");
    let params = json!({ "textDocument": document, "previousResultId": whole["resultId"] });
    let delta = client.request("textDocument/semanticTokens/full/delta", params);
    assert_eq!(delta["edits"].as_array().unwrap().len(), 1, "{delta}");
    assert_eq!(delta["edits"][0]["data"].as_array().unwrap().len(), 5, "{delta}");
}

#[test]
fn repairs_and_refactorings_are_proposed() {
    let mut client = package();
    let text = POLICY.replace("f.owner", "f.ownr").replace("@id(\"owner\")\n", "");
    client.open("policy.assize", &text);
    let document = json!({ "uri": client.uri("policy.assize") });
    let message = client.wait(|message| message["params"]["version"] == json!(1));
    let known = message["params"]["diagnostics"].clone();
    let range = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 1, "character": 12 } });
    let ask = |client: &mut Client, context: Value| {
        let params = json!({ "textDocument": document, "range": range, "context": context });
        client.request("textDocument/codeAction", params).as_array().unwrap().clone()
    };
    let found = ask(&mut client, json!({ "diagnostics": known }));
    let titles: Vec<&str> = found.iter().map(|it| it["title"].as_str().unwrap()).collect();
    assert_eq!(titles, ["write `@id(\"policy#1\")`", "write `owner`"]);
    assert_eq!(found[1]["diagnostics"][0]["code"], "E0102");
    let uri = client.uri("policy.assize");
    assert_eq!(applied(&text, &found[1]["edit"]["changes"][&uri]), text.replace("ownr", "owner"));
    let found = ask(&mut client, json!({ "diagnostics": [], "only": ["source.fixAll"] }));
    assert_eq!(found.len(), 1);
    assert_eq!(applied(&text, &found[0]["edit"]["changes"][&uri]), format!("@id(\"policy#1\")\n{text}"));
}

#[test]
fn calls_signatures_and_hints_are_shown() {
    let mut client = package();
    let text = "fn mine(f: Folder, u: User) -> Bool = f.owner == u\n@id(\"a\") allow User u to * on Folder f when mine(f, u)\n";
    client.open("policy.assize", text);
    let found = client.at("textDocument/signatureHelp", "policy.assize", 1, 52);
    assert_eq!(found["signatures"][0]["label"], "mine(f: Folder, u: User) -> Bool");
    assert_eq!(
        (&found["activeParameter"], &found["signatures"][0]["parameters"][1]["label"]),
        (&json!(1), &json!([16, 23]))
    );
    let items = client.at("textDocument/prepareCallHierarchy", "policy.assize", 0, 4);
    let item = items[0].clone();
    assert_eq!(item["name"], "mine");
    let callers = client.request("callHierarchy/incomingCalls", json!({ "item": item }));
    assert_eq!(
        (&callers[0]["from"]["name"], &callers[0]["fromRanges"][0]["start"]["line"]),
        (&json!("a"), &json!(1))
    );
    let called = client.request("callHierarchy/outgoingCalls", json!({ "item": callers[0]["from"] }));
    assert_eq!(called[0]["to"]["name"], "mine");
    let document = json!({ "uri": client.uri("policy.assize") });
    let range = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 9, "character": 0 } });
    let hints = client.request("textDocument/inlayHint", json!({ "textDocument": document, "range": range }));
    assert_eq!(
        (&hints[0]["label"], &hints[0]["position"]),
        (&json!(" = read"), &json!({ "line": 1, "character": 26 }))
    );
}

#[test]
fn tests_are_run_from_the_editor_and_failures_stand_where_they_are() {
    let mut client = package();
    let text = format!(
        "{POLICY}\ntest \"a\" {{\n  data {{ Folder::\"f\" {{ owner: User::\"u\" }} User::\"u\" {{ name: \"\" }} }}\n  \
         expect allow User::\"u\" to read on Folder::\"f\"\n}}\n\
         test \"b\" {{\n  expect allow User::\"u\" to read on Folder::\"f\"\n}}\n"
    );
    client.open("policy.assize", &text);
    assert_eq!(client.findings("policy.assize", Some(1)), [""; 0]);
    let document = json!({ "textDocument": { "uri": client.uri("policy.assize") } });
    let lenses = client.request("textDocument/codeLens", document);
    let titles: Vec<&str> =
        lenses.as_array().unwrap().iter().map(|it| it["command"]["title"].as_str().unwrap()).collect();
    let runs = ["run all tests of this file", "run test", "run test"];
    let decisions = ["explain", "who is allowed?"].repeat(2);
    assert_eq!(titles, [&runs[..], &decisions[..]].concat());
    let run = |client: &mut Client, nth: usize| {
        let command = &lenses[nth]["command"];
        let params = json!({ "command": command["command"], "arguments": command["arguments"] });
        client.request("workspace/executeCommand", params)
    };
    let all = run(&mut client, 0);
    assert_eq!((&all["passed"], &all["failed"]), (&json!(1), &json!(1)), "{all}");
    let found = client.findings("policy.assize", Some(1));
    assert_eq!(found, ["test 10:3 this is denied, not allowed: by no policy"]);
    let one = run(&mut client, 1);
    assert_eq!((&one["passed"], &one["failed"]), (&json!(1), &json!(0)), "{one}");
    client.edit("policy.assize", 2, [(0, 0), (0, 0)], "\n");
    assert_eq!(client.findings("policy.assize", Some(2)), [""; 0], "an edit makes the results old");
}

/// A package with a test, and data on disk.
fn with_data() -> Client {
    let data = "{\"uid\": {\"type\": \"User\", \"id\": \"ann\"}, \"attrs\": {\"name\": \"Ann\"}}\n\
                {\"uid\": \"Folder::\\\"plans\\\"\", \"attrs\": {\"owner\": \"User::\\\"ann\\\"\"}}\n";
    Client::new(&[
        ("assize.toml", "[package]\nname = \"p\"\ndata = [\"data.ndjson\"]\n"),
        ("schema.assize", SCHEMA),
        ("policy.assize", POLICY),
        ("data.ndjson", data),
    ])
}

const TEST: &str = "test \"a\" {\n  data { Folder::\"f\" { owner: User::\"u\" } User::\"u\" { name: \"\" } User::\"v\" { name: \"\" } }\n  \
                    expect deny User::\"v\" to read on Folder::\"f\"\n}\n";

#[test]
fn decisions_are_explained_in_place() {
    let mut client = with_data();
    client.open("policy.assize", &format!("{POLICY}{TEST}"));
    let uri = client.uri("policy.assize");
    let run = |client: &mut Client, command: &str, about: Value| {
        let params = json!({ "command": command, "arguments": [uri, about] });
        client.request("workspace/executeCommand", params)
    };
    let at = json!({ "line": 5, "character": 12 });
    let page = run(&mut client, "assize.explain", at.clone());
    assert_eq!((&page["decision"], &page["policies"]), (&json!("deny"), &json!([])), "{page}");
    let markdown = page["markdown"].as_str().unwrap();
    assert!(markdown.contains("- `f.owner == u`: **false**\n"), "{markdown}");
    assert!(markdown.contains("`f.owner`: `User::\"u\"`"), "{markdown}");
    let who = run(&mut client, "assize.whoIsAllowed", at);
    assert_eq!((&who["allowed"], &who["asked"]), (&json!(["User::\"u\""]), &json!(2)), "{who}");
    // A typed request is about the data of the package.
    let request = json!({ "principal": "User::\"ann\"", "action": "read", "resource": "Folder::\"plans\"" });
    let page = run(&mut client, "assize.explain", request.clone());
    assert_eq!((&page["decision"], &page["policies"]), (&json!("allow"), &json!(["owner"])), "{page}");
    let page = run(&mut client, "assize.explain", json!(request.to_string()));
    assert_eq!(page["decision"], "allow", "{page}");
    for nonsense in [json!({ "line": 0, "character": 0 }), json!({ "principal": 3 }), json!("{"), json!(null)]
    {
        let refused = run(&mut client, "assize.explain", nonsense);
        assert_eq!(refused["error"]["code"], json!(-32803), "{refused}");
    }
}

#[test]
fn ids_of_data_files_are_offered() {
    let mut client = with_data();
    client.open("policy.assize", &POLICY.replace("f.owner == u", "u == User::\"\""));
    let list = client.at("textDocument/completion", "policy.assize", 2, 19);
    let labels: Vec<&str> =
        list["items"].as_array().unwrap().iter().map(|it| it["label"].as_str().unwrap()).collect();
    assert!(labels.contains(&"ann"), "{list}");
}

#[test]
fn warnings_have_the_levels_that_a_client_configures() {
    let mut client = package();
    let text = format!("{POLICY}fn unused() -> Bool = true\n");
    client.open("policy.assize", &text);
    let about = |client: &mut Client, is: &dyn Fn(&Value) -> bool| {
        let uri = client.uri("policy.assize");
        client.wait(|message| {
            message["method"] == "textDocument/publishDiagnostics"
                && message["params"]["uri"] == json!(uri)
                && is(&message["params"]["diagnostics"])
        })
    };
    about(&mut client, &|found| found[0]["code"] == "W0102" && found[0]["severity"] == 2);
    let configure = |client: &mut Client, level: &str| {
        let settings = json!({ "settings": { "assize": { "lints": { "W0102": level } } } });
        client.notify("workspace/didChangeConfiguration", settings);
    };
    configure(&mut client, "deny");
    about(&mut client, &|found| found[0]["code"] == "W0102" && found[0]["severity"] == 1);
    configure(&mut client, "allow");
    about(&mut client, &|found| found.as_array().is_some_and(Vec::is_empty));
}

#[test]
fn packages_of_several_folders_are_open_at_once() {
    let mut client = Client::new(&[
        ("one/assize.toml", "name = \"one\"\n"),
        ("one/a.assize", "entity User { name: Strin }\n"),
        ("two/assize.toml", "name = \"two\"\n"),
        ("two/b.assize", "entity User { age: In }\n"),
    ]);
    assert_eq!(client.findings("one/a.assize", None).len(), 1);
    assert_eq!(client.findings("two/b.assize", None).len(), 1);
    let other = tempfile::tempdir().unwrap();
    std::fs::write(other.path().join("c.assize"), "entity User { a: Boo }\n").unwrap();
    let folder = json!([{ "uri": uri_of(other.path()), "name": "other" }]);
    let change = |added: &Value, removed: &Value| json!({ "event": { "added": added, "removed": removed } });
    client.notify("workspace/didChangeWorkspaceFolders", change(&folder, &json!([])));
    let there = uri_of(&other.path().join("c.assize"));
    let told = |client: &mut Client, count: usize| {
        client.wait(|message| {
            message["params"]["uri"] == json!(there)
                && message["params"]["diagnostics"].as_array().is_some_and(|found| found.len() == count)
        })
    };
    told(&mut client, 1);
    client.notify("workspace/didChangeWorkspaceFolders", change(&json!([]), &folder));
    told(&mut client, 0);
    // Each package is asked by itself.
    client.open("two/b.assize", "entity User { age: Int }\naction read on User by User\n");
    assert_eq!(client.findings("two/b.assize", Some(1)), [""; 0]);
}

#[test]
fn what_is_cancelled_is_answered_once_and_holds_nothing_up() {
    let mut client = package();
    client.open("policy.assize", POLICY);
    let uri = client.uri("policy.assize");
    let params = json!({ "textDocument": { "uri": uri }, "position": { "line": 1, "character": 11 } });
    let mut begun = Vec::new();
    for _ in 0..100 {
        let id = client.begin("textDocument/hover", params.clone());
        client.notify("$/cancelRequest", json!({ "id": id }));
        begun.push(id);
    }
    // One that there is not does no harm.
    client.notify("$/cancelRequest", json!({ "id": 100_000 }));
    for id in begun {
        let answer = client.answer(id);
        let cancelled = answer["error"]["code"] == json!(-32800);
        assert!(cancelled || answer["contents"]["value"] == "```assize\nu: User\n```", "{answer}");
    }
    client.edit("policy.assize", 2, [(1, 11), (1, 12)], "someone");
    let hover = client.request("textDocument/hover", params);
    assert_eq!(hover["contents"]["value"], "```assize\nsomeone: User\n```");
}

#[test]
fn answers_come_in_any_order_and_are_about_the_text_that_was_asked_about() {
    let mut client = package();
    client.open("policy.assize", POLICY);
    let uri = client.uri("policy.assize");
    let document = json!({ "textDocument": { "uri": uri } });
    let place = json!({ "textDocument": { "uri": uri }, "position": { "line": 1, "character": 11 } });
    // Slow ones first: the whole file, then a word. Answers are taken from the last to the first.
    let mut asked = Vec::new();
    for nth in 0..50 {
        let name = if nth % 2 == 0 { "u" } else { "user" };
        asked.push((client.begin("textDocument/documentSymbol", document.clone()), None));
        asked.push((client.begin("textDocument/semanticTokens/full", document.clone()), None));
        asked.push((client.begin("textDocument/hover", place.clone()), Some(name)));
        let (from, to) = if nth % 2 == 0 { (1, "user") } else { (4, "u") };
        client.edit("policy.assize", 2 + nth, [(1, 11), (1, 11 + from)], to);
    }
    for (id, name) in asked.into_iter().rev() {
        let answer = client.answer(id);
        if answer["error"]["code"] == json!(-32801) {
            continue;
        }
        match name {
            Some(name) => {
                assert_eq!(answer["contents"]["value"], format!("```assize\n{name}: User\n```"));
            }
            None => assert!(answer.is_array() || answer["data"].is_array(), "{answer}"),
        }
    }
}

#[test]
fn emoji_and_line_ends_of_two_characters_are_counted_in_both_encodings() {
    for (encoding, width) in [("utf-16", 2), ("utf-8", 4)] {
        let can = json!({ "general": { "positionEncodings": [encoding] } });
        let text =
            "// \u{1F600}\r\n@id(\"\u{1F600}\") allow User u to read on Folder f\r\n  when f.ownr == u\r\n";
        let mut client = Client::with(&[("assize.toml", "name = \"p\"\n"), ("schema.assize", SCHEMA)], can);
        client.open("policy.assize", text);
        assert_eq!(
            client.findings("policy.assize", Some(1)),
            ["E0102 3:10 `Folder` has no attribute `ownr`: unknown attribute"],
            "{encoding}"
        );
        // Behind the face stand a quote, a parenthesis and a blank.
        let effect = 5 + width;
        client.edit("policy.assize", 2, [(1, effect), (1, effect + 3)], "\")  ");
        client.edit("policy.assize", 3, [(1, 5), (1, 5 + width)], "\u{1F600}\u{1F601}x");
        client.edit("policy.assize", 4, [(0, 3), (0, 3 + width)], "\u{1F602}\r\n// ");
        client.edit("policy.assize", 5, [(3, 9), (3, 13)], "owner");
        assert_eq!(client.findings("policy.assize", Some(5)), [""; 0], "{encoding}");
        let hover = client.at("textDocument/hover", "policy.assize", 3, 9);
        assert!(
            hover["contents"]["value"].as_str().is_some_and(|text| text.contains("owner: User")),
            "{hover}"
        );
        let document = json!({ "textDocument": { "uri": client.uri("policy.assize") } });
        let symbols = client.request("textDocument/documentSymbol", document);
        assert_eq!(symbols[0]["name"], "\u{1F600}\u{1F601}x", "{encoding}: {symbols}");
    }
}

#[test]
fn what_can_be_typed_is_offered() {
    let can = json!({ "textDocument": { "completion": { "completionItem": { "snippetSupport": true } } } });
    let mut client = Client::with(&[("schema.assize", SCHEMA)], can);
    client.open("policy.assize", &POLICY.replace("owner == u", "o"));
    let list = client.at("textDocument/completion", "policy.assize", 2, 10);
    let item = &list["items"][0];
    assert_eq!((&item["label"], &item["textEdit"]["newText"]), (&json!("owner"), &json!("owner")));
    assert_eq!(item["textEdit"]["range"]["start"], json!({ "line": 2, "character": 9 }));
    let list = client.at("textDocument/completion", "policy.assize", 3, 0);
    let snippet = list["items"].as_array().unwrap().iter().find(|it| it["label"] == "test ..").unwrap();
    assert_eq!(snippet["insertTextFormat"], 2);
}

/// By capability, the messages that it promises answers to.
const PROMISES: [(&str, &[&str]); 22] = [
    (
        "callHierarchyProvider",
        &["textDocument/prepareCallHierarchy", "callHierarchy/incomingCalls", "callHierarchy/outgoingCalls"],
    ),
    ("codeActionProvider", &["textDocument/codeAction"]),
    ("codeLensProvider", &["textDocument/codeLens"]),
    ("completionProvider", &["textDocument/completion"]),
    ("declarationProvider", &["textDocument/declaration"]),
    ("definitionProvider", &["textDocument/definition"]),
    ("diagnosticProvider", &["textDocument/diagnostic", "workspace/diagnostic"]),
    ("documentFormattingProvider", &["textDocument/formatting"]),
    ("documentHighlightProvider", &["textDocument/documentHighlight"]),
    ("documentLinkProvider", &["textDocument/documentLink"]),
    ("documentOnTypeFormattingProvider", &["textDocument/onTypeFormatting"]),
    ("documentRangeFormattingProvider", &["textDocument/rangeFormatting"]),
    ("documentSymbolProvider", &["textDocument/documentSymbol"]),
    ("executeCommandProvider", &["workspace/executeCommand"]),
    ("foldingRangeProvider", &["textDocument/foldingRange"]),
    ("hoverProvider", &["textDocument/hover"]),
    ("implementationProvider", &["textDocument/implementation"]),
    ("inlayHintProvider", &["textDocument/inlayHint"]),
    ("referencesProvider", &["textDocument/references"]),
    ("renameProvider", &["textDocument/rename", "textDocument/prepareRename"]),
    ("selectionRangeProvider", &["textDocument/selectionRange"]),
    (
        "semanticTokensProvider",
        &[
            "textDocument/semanticTokens/full",
            "textDocument/semanticTokens/full/delta",
            "textDocument/semanticTokens/range",
        ],
    ),
];

#[test]
fn whatever_is_promised_is_tried_here() {
    let can = json!({ "textDocument": { "diagnostic": {} } });
    let mut client = Client::with(&[("schema.assize", SCHEMA)], can);
    let source = include_str!("session.rs");
    let promised = client.capabilities.as_object().unwrap().clone();
    let others = ["signatureHelpProvider", "typeDefinitionProvider", "workspaceSymbolProvider"];
    for key in promised.keys().filter(|key| key.ends_with("Provider") && !others.contains(&key.as_str())) {
        let promise = PROMISES.iter().find(|(name, _)| name == key);
        let (_, methods) = promise.unwrap_or_else(|| panic!("`{key}` is promised and not tried"));
        for method in *methods {
            // Once in the table, and once where it is sent.
            let count = source.matches(&format!("\"{method}\"")).count();
            assert!(count >= 2, "`{method}` is promised and not tried");
        }
    }
    for method in ["textDocument/signatureHelp", "textDocument/typeDefinition", "workspace/symbol"] {
        assert!(
            source.matches(&format!("\"{method}\"")).count() >= 2,
            "`{method}` is promised and not tried"
        );
    }
    let links = client.at("textDocument/declaration", "schema.assize", 1, 24);
    assert_eq!(links[0]["range"]["start"]["line"], 0, "{links}");
}
