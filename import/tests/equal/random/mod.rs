//! Random packages: schemas, policies, entities and requests that fit one another, and the search for a simpler one that fails alike.

mod choices;
mod data;
mod expr;
mod schema;
mod shrink;

use serde_json::{Value, json};

pub use choices::Choices;
pub use shrink::{Parts, simplest};

use crate::oracle;
use cedar_policy::{PolicySet, ValidationMode, Validator};
use schema::{Schema, quoted};
use std::str::FromStr;

/// A package that Cedar's strict validation accepts, and so many requests.
pub fn package(choices: &mut Choices, requests: usize) -> Option<Parts> {
    let schema = Schema::random(choices);
    if schema.actions.iter().all(|action| action.principals.is_empty()) {
        return None;
    }
    let text = schema.text();
    let read = oracle::schema(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let validator = Validator::new(read);
    let (mut policies, mut links) = (Vec::new(), Vec::new());
    for nth in 0..2 + choices.below(8) {
        let id = format!("p{nth}");
        let (policy, slots) = policy(choices, &schema, &id);
        let set = PolicySet::from_str(&policy).unwrap_or_else(|error| panic!("{error:?}\n{policy}"));
        // What it refuses has no decisions to compare.
        if validator.validate(&set, ValidationMode::Strict).validation_passed() {
            for (link, values) in slots.iter().enumerate() {
                links.push(json!({"templateId": id, "newId": format!("{id}-{link}"), "values": values}));
            }
            policies.push(policy);
        }
    }
    let entities = data::entities(choices, &schema);
    let requests = data::requests(choices, &schema, requests);
    Some(Parts { schema: text, policies, links, entities, requests })
}

/// A policy, and for a template the values of its links.
fn policy(choices: &mut Choices, schema: &Schema, id: &str) -> (String, Vec<Value>) {
    let (action, actions) = action(choices, schema);
    let applies: Vec<usize> =
        actions.into_iter().filter(|action| !schema.actions[*action].principals.is_empty()).collect();
    let types = |of: fn(&schema::Action) -> &Vec<usize>| {
        let mut all: Vec<usize> =
            applies.iter().flat_map(|action| of(&schema.actions[*action]).clone()).collect();
        all.sort_unstable();
        all.dedup();
        all
    };
    let (principals, resources) = (types(|action| &action.principals), types(|action| &action.resources));
    let is_template = choices.once_in(6);
    let (principal, principal_type, principal_slot) =
        side(choices, schema, "principal", &principals, is_template);
    let (resource, resource_type, resource_slot) = side(choices, schema, "resource", &resources, is_template);
    let effect = *choices.pick(&["permit", "forbid"]);
    let mut text = format!("@id(\"{id}\")\n{effect} ({principal}, {action}, {resource})");
    if !applies.is_empty() {
        let scope = expr::Scope::new(schema, principal_type, resource_type, applies);
        for _ in 0..choices.below(3) {
            let kind = *choices.pick(&["when", "unless"]);
            let depth = 1 + choices.below(4);
            text.push_str(&format!(
                "\n{kind} {{ {} }}",
                expr::expr(choices, &scope, &schema::Ty::Bool, depth)
            ));
        }
    }
    text.push_str(";\n");
    let mut links = Vec::new();
    if principal_slot || resource_slot {
        for _ in 0..choices.below(4) {
            let mut values = serde_json::Map::new();
            for (slot, name, types) in
                [(principal_slot, "?principal", &principals), (resource_slot, "?resource", &resources)]
            {
                if slot {
                    // Mostly one that can be meant.
                    let ty = if types.is_empty() || choices.once_in(4) {
                        choices.below(schema.entities.len())
                    } else {
                        *choices.pick(types)
                    };
                    let id = data::id(choices, schema, ty);
                    values.insert(name.to_owned(), data::uid(schema, ty, &id));
                }
            }
            links.push(Value::Object(values));
        }
    }
    (text, links)
}

/// The action's part of a head, and the actions that it means.
fn action(choices: &mut Choices, schema: &Schema) -> (String, Vec<usize>) {
    let one = choices.below(schema.actions.len());
    match choices.below(5) {
        0 => ("action".to_owned(), (0..schema.actions.len()).collect()),
        1 | 2 => (format!("action == {}", schema.actions[one].uid()), vec![one]),
        3 => (format!("action in {}", schema.actions[one].uid()), schema.actions_in(one)),
        _ => {
            let other = choices.below(schema.actions.len());
            let mut all = schema.actions_in(one);
            all.extend(schema.actions_in(other));
            all.sort_unstable();
            all.dedup();
            (format!("action in [{}, {}]", schema.actions[one].uid(), schema.actions[other].uid()), all)
        }
    }
}

/// A side of a head, the type that it leaves if that is one, and whether it has a hole.
fn side(
    choices: &mut Choices,
    schema: &Schema,
    name: &str,
    types: &[usize],
    is_template: bool,
) -> (String, Option<usize>, bool) {
    let only = |types: &[usize]| if let [only] = types { Some(*only) } else { None };
    if types.is_empty() {
        return (name.to_owned(), None, false);
    }
    let ty = *choices.pick(types);
    let type_name = &schema.entities[ty].name;
    let hole = is_template && choices.once_in(2);
    let mut entity = |ty: usize| {
        if hole {
            return format!("?{name}");
        }
        let id = data::id(choices, schema, ty);
        format!("{}::{}", schema.entities[ty].name, quoted(&id))
    };
    let above =
        |ty: usize| (0..schema.entities.len()).find(|above| schema.is_below(ty, *above)).unwrap_or(ty);
    let exact = entity(ty);
    let within = entity(above(ty));
    match choices.below(if hole { 3 } else { 6 }) {
        0 => (format!("{name} == {exact}"), if hole { only(types) } else { Some(ty) }, hole),
        1 => (format!("{name} in {within}"), only(types), hole),
        2 => (format!("{name} is {type_name} in {within}"), Some(ty), hole),
        3 => (name.to_owned(), only(types), false),
        _ => (format!("{name} is {type_name}"), Some(ty), false),
    }
}
