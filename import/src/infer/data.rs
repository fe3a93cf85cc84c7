//! What entities tell: their types, what they are in, and what their values are.

use serde_json::Value;

use super::facts::{Facts, Shape};
use crate::names::split;
use crate::schema::{Field, Ty};
use crate::{Refusal, Text};

/// Reads Cedar's JSON.
pub fn read(file: Text<'_>, facts: &mut Facts) -> Result<(), Refusal> {
    let json: Value =
        serde_json::from_str(file.text).map_err(|error| Refusal::one(file.name, error.to_string()))?;
    let entities =
        json.as_array().ok_or_else(|| Refusal::one(file.name, "entities are an array of objects"))?;
    for entity in entities {
        let Some((ty, id)) = reference(&entity["uid"]) else { continue };
        let parents: Vec<(String, String)> =
            entity["parents"].as_array().into_iter().flatten().filter_map(reference).collect();
        if let Some(action) = as_action(&ty, &id) {
            let groups = parents.iter().filter_map(|(ty, id)| as_action(ty, id));
            let groups: Vec<_> = groups.collect();
            for group in &groups {
                facts.action(group);
            }
            facts.action(&action).groups.extend(groups);
            continue;
        }
        for (parent, _) in &parents {
            facts.entity_type(parent);
        }
        let of = facts.entity_type(&ty);
        of.count += 1;
        of.parents.extend(parents.into_iter().map(|(parent, _)| parent));
        for (name, value) in entity["attrs"].as_object().into_iter().flatten() {
            let shape = of.attributes.entry(name.clone()).or_default();
            shape.seen += 1;
            file.name.clone_into(&mut shape.place);
            tell(shape, value);
        }
        for value in entity["tags"].as_object().into_iter().flat_map(|tags| tags.values()) {
            tell(of.tags.get_or_insert_default(), value);
        }
        mentioned(&entity["attrs"], facts);
    }
    Ok(())
}

fn as_action(ty: &str, id: &str) -> Option<(String, String)> {
    let (namespace, last) = split(ty);
    (last == "Action").then(|| (namespace.to_owned(), id.to_owned()))
}

/// A reference to an entity, in any of Cedar's forms.
fn reference(value: &Value) -> Option<(String, String)> {
    let object = value.get("__entity").unwrap_or(value);
    Some((object.get("type")?.as_str()?.to_owned(), object.get("id")?.as_str()?.to_owned()))
}

/// Types of entities that values name.
fn mentioned(value: &Value, facts: &mut Facts) {
    if let Some((ty, _)) = reference(value) {
        facts.entity_type(&ty);
    }
    match value {
        Value::Array(elements) => elements.iter().for_each(|element| mentioned(element, facts)),
        Value::Object(fields) => fields.values().for_each(|field| mentioned(field, facts)),
        _ => {}
    }
}

fn tell(shape: &mut Shape, value: &Value) {
    let Some(ty) = ty(value) else { return };
    shape.ty = Some(match shape.ty.take() {
        Some(known) => both(known, ty),
        None => ty,
    });
}

/// What a value is, unless it is an empty set or holds one.
fn ty(value: &Value) -> Option<Ty> {
    if let Some((ty, _)) = reference(value) {
        return Some(Ty::Entity(ty));
    }
    if let Some(function) = value.get("__extn").unwrap_or(value).get("fn").and_then(Value::as_str) {
        return match function {
            "ip" => Some(Ty::Ipaddr),
            "decimal" => Some(Ty::Decimal),
            "datetime" => Some(Ty::Datetime),
            "duration" => Some(Ty::Duration),
            _ => None,
        };
    }
    match value {
        Value::Bool(_) => Some(Ty::Bool),
        Value::Number(_) => Some(Ty::Long),
        Value::String(_) => Some(Ty::String),
        Value::Array(elements) => {
            let element = elements.iter().filter_map(ty).reduce(both)?;
            Some(Ty::Set(Box::new(element)))
        }
        Value::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(name, value)| Some(Field { name: name.clone(), ty: ty(value)?, required: true }));
            Some(Ty::Record(fields.collect::<Option<Vec<_>>>()?))
        }
        Value::Null => None,
    }
}

/// The type of either of two values: a field that one of them lacks may be absent.
fn both(one: Ty, other: Ty) -> Ty {
    match (one, other) {
        (Ty::Set(one), Ty::Set(other)) => Ty::Set(Box::new(both(*one, *other))),
        (Ty::Record(mut fields), Ty::Record(more)) => {
            for field in &mut fields {
                match more.iter().find(|other| other.name == field.name) {
                    Some(other) => {
                        field.required &= other.required;
                        field.ty = both(field.ty.clone(), other.ty.clone());
                    }
                    None => field.required = false,
                }
            }
            for mut field in more {
                if fields.iter().all(|known| known.name != field.name) {
                    field.required = false;
                    fields.push(field);
                }
            }
            Ty::Record(fields)
        }
        // Two types at one place are what validation will refuse, with its place.
        (one, _) => one,
    }
}
