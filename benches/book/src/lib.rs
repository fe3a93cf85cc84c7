//! The book compares Assize with Cedar and Rego. What it shows of them must be sound too: its blocks of `cedar`, `cedarschema` and
//! `rego` are read by `cedar-policy` and `regorus`. This lives here so that nobody who builds Assize builds those.
//!
//! In a section of a page, policies are validated strictly if there is a schema, entities (`json entities.cedar.json`) must fit it,
//! and a request (`json request.cedar.json`) must be one that the schema knows.

#[path = "../../../tests/src/markdown.rs"]
pub mod markdown;

use std::str::FromStr;

use cedar_policy::{Context, Entities, EntityUid, PolicySet, Request, Schema, ValidationMode, Validator};
use markdown::{Block, Section};

/// What is wrong with the blocks of other languages in a section: a line and a message for each.
pub fn faults(section: &Section) -> Vec<(usize, String)> {
    let of = |language: &'static str| blocks(section, move |block| block.language == language);
    let named = |name: &'static str| blocks(section, move |block| block.has(name));
    let mut faults = Vec::new();
    let mut schema = None;
    for block in of("cedarschema") {
        match Schema::from_cedarschema_str(&block.text) {
            Ok((found, warnings)) => {
                faults.extend(warnings.map(|warning| (block.line, warning.to_string())));
                schema = Some(found);
            }
            Err(error) => faults.push((block.line, error.to_string())),
        }
    }
    for block in of("cedar") {
        match PolicySet::from_str(&block.text) {
            Ok(policies) => {
                if let Some(schema) = &schema {
                    let found = Validator::new(schema.clone()).validate(&policies, ValidationMode::Strict);
                    faults.extend(found.validation_errors().map(|error| (block.line, error.to_string())));
                    faults
                        .extend(found.validation_warnings().map(|warning| (block.line, warning.to_string())));
                }
            }
            Err(error) => faults.push((block.line, error.to_string())),
        }
    }
    for block in named("entities.cedar.json") {
        if let Err(error) = Entities::from_json_str(&block.text, schema.as_ref()) {
            faults.push((block.line, error.to_string()));
        }
    }
    for block in named("request.cedar.json") {
        if let Err(error) = request(block, schema.as_ref()) {
            faults.push((block.line, error));
        }
    }
    for block in of("rego") {
        let name = format!("{}.rego", block.line);
        if let Err(error) = regorus::Engine::new().add_policy(name, block.text.clone()) {
            faults.push((block.line, error.to_string()));
        }
    }
    faults
}

fn blocks<'a>(section: &'a Section, is: impl Fn(&Block) -> bool + 'a) -> impl Iterator<Item = &'a Block> {
    section.blocks.iter().filter(move |block| is(block))
}

fn request(block: &Block, schema: Option<&Schema>) -> Result<Request, String> {
    let json = serde_json::Value::from_str(&block.text).map_err(|error| error.to_string())?;
    let uid = |part: &str| {
        let text = json.get(part).and_then(serde_json::Value::as_str).ok_or(format!("no {part}"))?;
        EntityUid::from_str(text).map_err(|error| error.to_string())
    };
    let action = uid("action")?;
    let context = json.get("context").cloned().unwrap_or_default();
    let context = Context::from_json_value(context, schema.map(|schema| (schema, &action)));
    let context = context.map_err(|error| error.to_string())?;
    Request::new(uid("principal")?, action, uid("resource")?, context, schema)
        .map_err(|error| error.to_string())
}
