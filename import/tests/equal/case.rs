//! Cases as people write them: several in a file, each behind `=== its name` and a sentence, made of parts behind `--- name`.
//!
//! `schema`, `policies`, `entities`, `links` and `requests` are what Cedar reads. A part above the first case is shared by all that
//! have none of their own. Entities may be written one a line, `User::"a" in Team::"t" {"n": 1} tags {"k": 2}`. Where no requests
//! are listed, everybody may be asked about: all entities and one that is not there, in each line of `contexts`. What is to be refused says
//! in `refused` why.

use std::collections::BTreeMap;
use std::path::Path;
use std::str::FromStr;

use cedar_policy::{EntityUid, Schema};
use serde_json::{Value, json};

use crate::oracle;
use crate::package::Package;

/// So many requests are made up for a case at most.
const MOST: usize = 200;

/// One case.
#[derive(Debug)]
pub struct Case {
    /// The file and the case.
    pub name: String,
    pub package: Package,
    /// Parts of the message, if the import is refused.
    pub refused: Vec<String>,
}

/// All cases of the files in a folder.
pub fn read_all(folder: &Path) -> Vec<Case> {
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).expect("the cases").map(|entry| entry.expect("a case").path()).collect();
    paths.sort();
    let mut cases = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(&path).expect("a case");
        let file = path.file_stem().expect("a name").to_string_lossy().into_owned();
        cases.extend(read(&file, &text));
    }
    cases
}

fn read(file: &str, text: &str) -> Vec<Case> {
    let mut sections = format!("\n{text}");
    sections.push('\n');
    let mut sections = sections.split("\n=== ");
    let shared = parts(sections.next().unwrap_or_default());
    let sections: Vec<&str> = sections.collect();
    if sections.is_empty() {
        return vec![case(file.to_owned(), &shared)];
    }
    sections
        .into_iter()
        .map(|section| {
            let (name, rest) = section.split_once('\n').expect("a name and parts");
            let rest = format!("\n{rest}");
            let mut all = shared.clone();
            all.extend(parts(&rest));
            case(format!("{file}: {name}"), &all)
        })
        .collect()
}

fn parts(text: &str) -> BTreeMap<&str, &str> {
    text.split("\n--- ").skip(1).map(|part| part.split_once('\n').unwrap_or((part, ""))).collect()
}

fn case(name: String, parts: &BTreeMap<&str, &str>) -> Case {
    for part in parts.keys() {
        let known = ["schema", "policies", "entities", "links", "requests", "contexts", "refused"];
        assert!(known.contains(part), "{name}: no part is called `{part}`");
    }
    let part = |key: &str| parts.get(key).map_or("", |part| part.trim()).to_owned();
    let lines =
        |key: &str| part(key).lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect();
    let entities = part("entities");
    let entities = if entities.is_empty() || entities.starts_with('[') {
        entities
    } else {
        let list: Vec<Value> = entities.lines().filter(|line| !line.trim().is_empty()).map(entity).collect();
        format!("{:#}", Value::Array(list))
    };
    let refused: Vec<String> = lines("refused");
    let mut package = Package {
        schema: part("schema"),
        policies: part("policies"),
        entities,
        links: part("links"),
        requests: lines("requests"),
    };
    if package.requests.is_empty() && refused.is_empty() {
        // What is wrong with a schema is told where it is imported.
        if let Ok(schema) = oracle::schema(&package.schema) {
            package.requests = requests(&schema, &package.entities, &lines("contexts"), MOST);
        }
    }
    Case { name, package, refused }
}

/// An entity and what stands behind it.
fn uid(text: &str) -> (Value, &str) {
    let open = text.find('"').unwrap_or_else(|| panic!("no entity: {text}"));
    let mut escaped = false;
    let close = text[open + 1..].find(|character| {
        let is_end = character == '"' && !escaped;
        escaped = character == '\\' && !escaped;
        is_end
    });
    let end = open + 2 + close.unwrap_or_else(|| panic!("no end: {text}"));
    (reference(&EntityUid::from_str(text[..end].trim()).expect(text)), text[end..].trim_start())
}

fn reference(uid: &EntityUid) -> Value {
    json!({"type": uid.type_name().to_string(), "id": uid.id().unescaped()})
}

fn entity(line: &str) -> Value {
    let (uid_, mut rest) = uid(line);
    let mut parents = Vec::new();
    if let Some(mut list) = rest.strip_prefix("in ") {
        loop {
            let (parent, behind) = uid(list);
            parents.push(parent);
            rest = behind;
            match behind.strip_prefix(',') {
                Some(more) => list = more,
                None => break,
            }
        }
    }
    let (attributes, tags) = rest.split_once("tags ").unwrap_or((rest, "{}"));
    let object = |text: &str| -> Value {
        let text = if text.trim().is_empty() { "{}" } else { text };
        serde_json::from_str(text).unwrap_or_else(|error| panic!("{line}: {error}"))
    };
    json!({"uid": uid_, "parents": parents, "attrs": object(attributes), "tags": object(tags)})
}

/// Who may ask for what, of all that there are; if that is too much, some of it from everywhere.
pub fn requests(schema: &Schema, entities: &str, contexts: &[String], most: usize) -> Vec<String> {
    let entities: Value =
        if entities.is_empty() { json!([]) } else { serde_json::from_str(entities).expect("JSON") };
    let mut of_type: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for entity in entities.as_array().expect("an array") {
        let uid = entity["uid"].get("__entity").unwrap_or(&entity["uid"]).clone();
        of_type.entry(uid["type"].as_str().expect("a type").to_owned()).or_default().push(uid);
    }
    let candidates = |ty: &cedar_policy::EntityTypeName| {
        let mut all = of_type.get(&ty.to_string()).cloned().unwrap_or_default();
        all.push(json!({"type": ty.to_string(), "id": "nobody"}));
        all
    };
    let none = ["{}".to_owned()];
    let contexts = if contexts.is_empty() { &none } else { contexts };
    let mut all = Vec::new();
    let mut environments: Vec<_> = schema.request_envs().collect();
    environments.sort_by_key(|environment| format!("{environment:?}"));
    for environment in environments {
        for principal in candidates(environment.principal()) {
            for resource in candidates(environment.resource()) {
                for context in contexts {
                    let action = reference(environment.action());
                    all.push(format!(
                        r#"{{"principal": {principal}, "action": {action}, "resource": {resource}, "context": {context}}}"#
                    ));
                }
            }
        }
    }
    let step = all.len().div_ceil(most).max(1);
    all.into_iter().step_by(step).collect()
}
