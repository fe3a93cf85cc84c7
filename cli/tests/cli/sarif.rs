//! `--format sarif` has the structure that SARIF 2.1.0 demands of what it uses. (Its schema is not part of this repository; what it
//! requires of these objects is asserted by hand.)

use serde_json::Value;

use crate::common::{Folder, assize};

const KNOWN_LEVELS: [&str; 2] = ["error", "warning"];

/// An object has exactly these members, of which those with `?` may be missing.
#[track_caller]
fn has(object: &Value, members: &[&str]) {
    let fields = object.as_object().unwrap_or_else(|| panic!("no object: {object}"));
    for member in members.iter().filter(|member| !member.ends_with('?')) {
        assert!(fields.contains_key(*member), "no `{member}` in {object}");
    }
    for key in fields.keys() {
        assert!(members.iter().any(|member| member.trim_end_matches('?') == key), "`{key}` in {object}");
    }
}

fn all<'v>(object: &'v Value, member: &str) -> std::slice::Iter<'v, Value> {
    object.get(member).map_or([].iter(), |array| array.as_array().expect("an array").iter())
}

fn check_region(region: &Value) {
    has(region, &["startLine", "startColumn", "endLine", "endColumn"]);
    let number = |member: &str| region[member].as_u64().filter(|number| *number >= 1).expect("from 1");
    assert!((number("startLine"), number("startColumn")) <= (number("endLine"), number("endColumn")));
}

fn check_artifact(artifact: &Value) {
    has(artifact, &["uri"]);
    let uri = artifact["uri"].as_str().unwrap();
    assert!(!uri.is_empty() && !uri.contains([' ', '\\']) && uri.is_ascii(), "{uri}");
}

fn check_location(location: &Value, related: bool) {
    has(
        location,
        if related { &["id", "physicalLocation", "message?"] } else { &["physicalLocation", "message?"] },
    );
    has(&location["physicalLocation"], &["artifactLocation", "region?"]);
    check_artifact(&location["physicalLocation"]["artifactLocation"]);
    if let Some(region) = location["physicalLocation"].get("region") {
        check_region(region);
    }
    if let Some(message) = location.get("message") {
        assert!(!message["text"].as_str().unwrap().is_empty());
    }
}

/// Asserts the structure of a log and gives its results.
#[track_caller]
fn results(log: &Value) -> Vec<Value> {
    has(log, &["$schema", "version", "runs"]);
    assert_eq!(log["version"], "2.1.0");
    let [run] = log["runs"].as_array().unwrap().as_slice() else { panic!("one run") };
    has(run, &["tool", "columnKind", "results"]);
    assert_eq!(run["columnKind"], "utf16CodeUnits");
    let driver = &run["tool"]["driver"];
    has(driver, &["name", "version", "rules"]);
    let mut ids = Vec::new();
    for rule in all(driver, "rules") {
        let members = [
            "id",
            "shortDescription",
            "fullDescription",
            "help",
            "helpUri",
            "defaultConfiguration",
            "properties",
        ];
        has(rule, &members);
        let id = rule["id"].as_str().unwrap();
        assert!(!ids.contains(&id), "{id} twice");
        ids.push(id);
        assert_eq!(rule["helpUri"], format!("assize:{id}"));
        assert_eq!(rule["properties"]["page"], format!("docs/diagnostics/{id}.md"));
        assert!(rule["fullDescription"]["text"].as_str().unwrap().len() > 30, "{rule}");
        assert!(rule["help"]["markdown"].as_str().unwrap().starts_with(&format!("# {id}: ")));
        assert!(!rule["help"]["text"].as_str().unwrap().is_empty());
        assert!(KNOWN_LEVELS.contains(&rule["defaultConfiguration"]["level"].as_str().unwrap()));
    }
    for result in all(run, "results") {
        let members = ["ruleId", "ruleIndex", "level", "message", "locations", "relatedLocations?", "fixes?"];
        has(result, &members);
        let index = result["ruleIndex"].as_u64().unwrap() as usize;
        assert_eq!(ids[index], result["ruleId"]);
        assert!(KNOWN_LEVELS.contains(&result["level"].as_str().unwrap()));
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
        assert_eq!(result["locations"].as_array().unwrap().len(), 1);
        all(result, "locations").for_each(|location| check_location(location, false));
        all(result, "relatedLocations").for_each(|location| check_location(location, true));
        for fix in all(result, "fixes") {
            has(fix, &["description", "artifactChanges", "properties"]);
            for change in all(fix, "artifactChanges") {
                has(change, &["artifactLocation", "replacements"]);
                check_artifact(&change["artifactLocation"]);
                assert!(!change["replacements"].as_array().unwrap().is_empty());
                for replacement in all(change, "replacements") {
                    has(replacement, &["deletedRegion", "insertedContent"]);
                    check_region(&replacement["deletedRegion"]);
                    assert!(replacement["insertedContent"]["text"].is_string());
                }
            }
        }
    }
    run["results"].as_array().unwrap().clone()
}

const BROKEN: &str = "entity User { mail: String }\nentity Doc { owner: User }\naction read on Doc by User\n\n\
    @id(\"a\")\nallow User u to read on Doc d\n  when u.mail == \"🔒é\" and d.ownr == u\n\n\
    @id(\"b\")\nallow User u to read on Doc d\n  when d.owner = u\n\n\
    allow User u to read on Doc d\n  when d.owner == u\n";

#[test]
fn findings_have_rules_places_and_repairs() {
    let folder = Folder::new().file("policies/a b.assize", BROKEN);
    let run = assize(["check", &folder.here(), "--format", "sarif"]).exits(1);
    assert_eq!(run.err, "", "everything is in the log");
    let found = results(&run.json());
    let by =
        |code: &str| found.iter().find(|result| result["ruleId"] == code).unwrap_or_else(|| panic!("{code}"));

    let unknown = by("E0102");
    let place = &unknown["locations"][0]["physicalLocation"];
    assert!(place["artifactLocation"]["uri"].as_str().unwrap().ends_with("/policies/a%20b.assize"));
    // `🔒` counts twice in UTF-16, `é` once.
    let line = BROKEN.lines().nth(6).unwrap();
    let column = line[..line.find("ownr").unwrap()].encode_utf16().count() + 1;
    assert_eq!(place["region"]["startLine"], 7);
    assert_eq!(place["region"]["startColumn"], column);
    assert_eq!(place["region"]["endColumn"], column + 4);
    let related = &unknown["relatedLocations"][0];
    assert_eq!(related["physicalLocation"]["region"]["startLine"], 2);
    assert_eq!(related["message"]["text"], "`Doc` is declared here");
    assert!(unknown["message"]["text"].as_str().unwrap().contains("help: did you mean `owner`?"));

    let fix = &by("E0012")["fixes"][0];
    assert_eq!(fix["description"]["text"], "write `==`");
    assert_eq!(fix["properties"]["safe"], true);
    let replacement = &fix["artifactChanges"][0]["replacements"][0];
    assert_eq!(replacement["insertedContent"]["text"], "==");
    assert_eq!(replacement["deletedRegion"]["startLine"], 11);
    assert_eq!(by("W0101")["level"], "warning");
}

#[test]
fn a_sound_package_has_a_log_without_results() {
    let folder = Folder::new().file("a.assize", "entity User\n");
    let run = assize(["check", &folder.here(), "--format", "sarif"]).exits(0);
    assert_eq!(results(&run.json()), Vec::<Value>::new());
}

#[test]
fn what_concerns_a_whole_file_has_no_region() {
    let folder = Folder::new().file("assize.toml", "[package]\nname = \"p\"\n");
    let run = assize(["check", &folder.here(), "--format", "sarif"]).exits(2);
    let found = results(&run.json());
    assert_eq!(found[0]["ruleId"], "E0507");
    assert!(found[0]["locations"][0]["physicalLocation"].get("region").is_none());
}

#[test]
fn failed_tests_are_results_too() {
    let policies = "entity User\nentity Doc\naction read on Doc by User\n\n\
        @id(\"all\")\nallow User u to read on Doc d\n\n\
        test \"nobody reads\" {\n  expect deny User::\"ann\" to read on Doc::\"d\"\n}\n";
    let folder = Folder::new().file("a.assize", policies);
    let run = assize(["test", &folder.here(), "--format", "sarif"]).exits(1);
    let found = results(&run.json());
    assert_eq!(found.last().unwrap()["ruleId"], "E0415");
    assert_eq!(found.last().unwrap()["locations"][0]["physicalLocation"]["region"]["startLine"], 9);
    // A package that does not compile has no tests to run, and the log says why.
    let folder = Folder::new().file("a.assize", BROKEN);
    let run = assize(["test", &folder.here(), "--format", "sarif"]).exits(1);
    assert!(results(&run.json()).iter().any(|result| result["ruleId"] == "E0012"));
}
