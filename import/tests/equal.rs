//! Imported packages decide as Cedar does: the same decision, the same determining policies, errors of the same policies.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;
use std::path::Path;
use std::str::FromStr;

use assize_compiler::compile::compile;
use assize_compiler::package::load;
use assize_import::{Cedar, CedarRequests, Correspondence, FILE, Text, import};
use assize_runtime::engine::{Engine, EngineKind, EngineOptions};
use assize_runtime::json;
use cedar_policy::{
    Authorizer, Context, Decision, Entities, EntityUid, PolicyId, PolicySet, Request, Schema, SlotId,
};
use serde_json::Value;

/// The files of a case, by the name that stands behind ` --- `.
fn parts(text: &str) -> HashMap<&str, &str> {
    text.split("\n--- ")
        .skip(1)
        .map(|part| part.split_once('\n').expect("a part has a name and a text"))
        .collect()
}

/// What one side says of a request.
#[derive(Debug, PartialEq, Eq)]
struct Said {
    allow: bool,
    policies: BTreeSet<String>,
    errors: BTreeSet<String>,
}

fn text<'a>(name: &'a str, text: &'a str) -> Text<'a> {
    Text { name, text }
}

/// Cedar's own answers.
fn cedar_says(parts: &HashMap<&str, &str>) -> Vec<Said> {
    let schema = parts["schema"];
    let schema = if schema.trim_start().starts_with('{') {
        Schema::from_json_str(schema).expect("a schema")
    } else {
        Schema::from_cedarschema_str(schema).expect("a schema").0
    };
    let policies = parts["policies"];
    let mut set = if policies.trim_start().starts_with('{') {
        PolicySet::from_json_str(policies).expect("policies")
    } else {
        PolicySet::from_str(policies).expect("policies")
    };
    // As Cedar's command line does.
    let mut names: HashMap<String, String> = HashMap::new();
    let annotated = |id: &PolicyId, annotation: Option<&str>| (id.to_string(), annotation.map(str::to_owned));
    let known: Vec<_> = set
        .policies()
        .map(|policy| annotated(policy.id(), policy.annotation("id")))
        .chain(set.templates().map(|template| annotated(template.id(), template.annotation("id"))))
        .collect();
    for (id, name) in known {
        names.insert(id.clone(), name.unwrap_or(id));
    }
    if let Some(links) = parts.get("links") {
        let links: Value = serde_json::from_str(links).expect("links");
        for link in links.as_array().expect("an array") {
            let template = link["templateId"].as_str().expect("a template");
            let template = names.iter().find(|(_, name)| *name == template).expect("the template").0.clone();
            let mut values = HashMap::new();
            for (slot, key) in [(SlotId::principal(), "?principal"), (SlotId::resource(), "?resource")] {
                if let Some(value) = link["values"].get(key) {
                    let uid = EntityUid::from_json(serde_json::json!({"__entity": value})).expect("an entity");
                    values.insert(slot, uid);
                }
            }
            let id = link["newId"].as_str().expect("an id");
            set.link(PolicyId::new(template), PolicyId::new(id), values).expect("a link");
            names.insert(id.to_owned(), id.to_owned());
        }
    }
    let entities = parts.get("entities").copied().unwrap_or("[]");
    let entities = Entities::from_json_str(entities, Some(&schema)).expect("entities");
    let authorizer = Authorizer::new();
    requests(parts)
        .map(|line| {
            let json: Value = serde_json::from_str(line).expect("a request");
            let uid = |key: &str| EntityUid::from_json(serde_json::json!({"__entity": json[key]})).expect("an entity");
            let action = uid("action");
            let context = json.get("context").cloned().unwrap_or_else(|| serde_json::json!({}));
            let context = Context::from_json_value(context, Some((&schema, &action))).expect("a context");
            let request =
                Request::new(uid("principal"), action, uid("resource"), context, Some(&schema)).expect("a request");
            let response = authorizer.is_authorized(&request, &set, &entities);
            let name = |id: &PolicyId| names[&id.to_string()].clone();
            Said {
                allow: response.decision() == Decision::Allow,
                policies: response.diagnostics().reason().map(name).collect(),
                errors: response
                    .diagnostics()
                    .errors()
                    .map(|error| match error {
                        cedar_policy::AuthorizationError::PolicyEvaluationError(error) => name(error.policy_id()),
                        other => panic!("{other}"),
                    })
                    .collect(),
            }
        })
        .collect()
}

fn requests<'a>(parts: &HashMap<&str, &'a str>) -> impl Iterator<Item = &'a str> + use<'a> {
    parts["requests"].lines().filter(|line| !line.trim().is_empty())
}

/// What the imported package says, with either engine, which must not differ.
fn package_says(parts: &HashMap<&str, &str>, shown: &mut String) -> Vec<Said> {
    let cedar = Cedar {
        policies: text("policies.cedar", parts["policies"]),
        schema: text("schema.cedarschema", parts["schema"]),
        entities: parts.get("entities").map(|entities| text("entities.json", entities)),
        links: parts.get("links").map(|links| text("links.json", links)),
        package: "imported",
    };
    let imported = import(&cedar).unwrap_or_else(|refusal| panic!("refused: {:#?}", refusal.problems));
    let folder = tempfile::tempdir().expect("a folder");
    for (path, text) in &imported.files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, text).expect("a file");
        if !text.is_empty() {
            let _ = writeln!(shown, "{text}");
        }
    }
    let file = |path: &Path| std::fs::read(folder.path().join(path)).expect("a file");
    let compilation = compile(load(&[folder.path().to_path_buf()]).expect("a package"));
    let program = compilation.program.unwrap_or_else(|| {
        panic!("what was imported does not compile:\n{shown}\n{:#?}", compilation.diagnostics)
    });
    let data: Vec<(&str, Vec<u8>)> = imported
        .files
        .iter()
        .filter(|(path, _)| path.starts_with("data/"))
        .map(|(path, _)| (path.as_str(), file(Path::new(path))))
        .collect();
    let data = json::load(&program.schema, data.iter().map(|(name, bytes)| (*name, bytes.as_slice())), 0);
    let data = data.unwrap_or_else(|faults| panic!("data: {faults:?}\n{shown}"));
    let correspondence =
        Correspondence::read(std::str::from_utf8(&file(Path::new(FILE))).expect("text")).expect("a correspondence");
    let cedar = CedarRequests { correspondence: &correspondence, program: &program, data: &data };
    let engine = |engine| {
        let options = EngineOptions { engine, params: Vec::new(), data: Some(data.clone()) };
        Engine::new(program.clone(), options).expect("an engine")
    };
    let (reference, native) = (engine(EngineKind::Interpreter), engine(EngineKind::Jit));
    requests(parts)
        .map(|line| {
            let request = cedar.request(line).unwrap_or_else(|error| panic!("{line}: {error}"));
            let said = |engine: &Engine| {
                let report = engine.decide_json(&request).unwrap_or_else(|error| panic!("{request}: {error}"));
                let answer = cedar.answer(&report);
                let ids = |list: &Value, key: Option<&str>| {
                    let id = |one: &Value| key.map_or(one, |key| &one[key]).as_str().expect("an id").to_owned();
                    list.as_array().expect("a list").iter().map(id).collect()
                };
                Said {
                    allow: answer["decision"] == "allow",
                    policies: ids(&answer["policies"], None),
                    errors: ids(&answer["errors"], Some("policy")),
                }
            };
            let interpreted = said(&reference);
            assert_eq!(interpreted, said(&native), "the engines differ on {request}");
            interpreted
        })
        .collect()
}

/// Compares all requests of a case.
fn compare(name: &str, case: &str) -> usize {
    let parts = parts(case);
    let mut shown = String::new();
    let ours = package_says(&parts, &mut shown);
    let theirs = cedar_says(&parts);
    for ((line, ours), theirs) in requests(&parts).zip(&ours).zip(&theirs) {
        assert_eq!(ours, theirs, "{name}: {line}\n{shown}");
    }
    ours.len()
}

#[test]
fn every_case_decides_as_cedar_does() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).expect("the cases").map(|entry| entry.expect("a case").path()).collect();
    paths.sort();
    let mut decisions = 0;
    for path in &paths {
        let text = std::fs::read_to_string(path).expect("a case");
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        decisions += compare(&name, &text);
    }
    assert!(paths.len() >= 2 && decisions >= 20, "{} cases, {decisions} decisions", paths.len());
}
