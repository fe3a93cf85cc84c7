//! Entities as lines of data.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::declare::tags_name;
use crate::links;
use crate::names::Names;
use crate::schema::with_causes;
use crate::schema::{Schema, Ty};
use crate::types::{as_action, type_name};
use crate::values;
use crate::{Note, Refusal, Text};

/// Asks Cedar whether entities fit the schema, and looks for circles, which Cedar permits.
pub fn validate(file: Text<'_>, schema: &cedar_policy::Schema) -> Result<(), Refusal> {
    let entities = cedar_policy::Entities::from_json_str(file.text, Some(schema))
        .map_err(|error| Refusal::one(file.name, with_causes(&error)))?;
    let own = |uid: &cedar_policy::EntityUid| {
        entities.ancestors(uid).is_some_and(|mut above| above.any(|one| one == uid))
    };
    let mut circles: Vec<String> =
        entities.iter().map(|entity| entity.uid()).filter(own).map(|uid| uid.to_string()).collect();
    circles.sort();
    match circles.as_slice() {
        [] => Ok(()),
        [some, ..] => {
            let message = format!(
                "`{some}` is in itself by way of others: a hierarchy here has no circles; of such entities there are {}",
                circles.len()
            );
            Err(Refusal::one(file.name, message))
        }
    }
}

/// Writes the entities of a file; those of actions are in the policies.
pub fn write(file: Text<'_>, schema: &Schema, names: &Names) -> Result<String, Refusal> {
    let json: Value =
        serde_json::from_str(file.text).map_err(|error| Refusal::one(file.name, error.to_string()))?;
    let entities =
        json.as_array().ok_or_else(|| Refusal::one(file.name, "entities are an array of objects"))?;
    let converter = Converter { schema, names };
    let (mut out, mut problems, mut seen) = (String::new(), Vec::new(), BTreeSet::new());
    for (at, entity) in entities.iter().enumerate() {
        match converter.entity(entity) {
            Ok(None) => {}
            Ok(Some((key, line))) => {
                if seen.insert(key.clone()) {
                    out.push_str(&line.to_string());
                    out.push('\n');
                } else {
                    let message = format!("`{key}` stands here twice");
                    problems.push(Note { place: format!("{}[{at}]", file.name), message });
                }
            }
            Err(message) => problems.push(Note { place: format!("{}[{at}]", file.name), message }),
        }
    }
    if problems.is_empty() { Ok(out) } else { Err(Refusal { problems }) }
}

/// From Cedar's JSON to ours, by types.
#[derive(Clone, Copy)]
pub struct Converter<'a> {
    pub schema: &'a Schema,
    pub names: &'a Names,
}

impl Converter<'_> {
    fn entity(&self, json: &Value) -> Result<Option<(String, Value)>, String> {
        let uid = links::entity(json.get("uid").ok_or("an entity has no `uid`")?)?;
        if as_action(&uid).is_some() {
            return Ok(None);
        }
        let ty = type_name(&uid);
        let declared =
            self.schema.entities.get(&ty).ok_or_else(|| format!("the schema declares no `{ty}`"))?;
        if declared.variants.is_some() {
            return Ok(None);
        }
        let key = uid.to_string();
        let mut attributes = Map::new();
        for (name, value) in object(json.get("attrs")) {
            let field = declared.attributes.iter().find(|field| field.name == *name);
            let field = field.ok_or_else(|| format!("`{key}`: the schema declares no attribute `{name}`"))?;
            let value =
                self.value(value, &field.ty).map_err(|message| format!("`{key}`, `{name}`: {message}"))?;
            attributes.insert(self.names.field(name).to_owned(), value);
        }
        for field in declared.attributes.iter().filter(|field| field.required) {
            if !attributes.contains_key(self.names.field(&field.name)) {
                return Err(format!("`{key}` lacks the attribute `{}`", field.name));
            }
        }
        if let Some(ty) = &declared.tags {
            let mut tags = Map::new();
            for (name, value) in object(json.get("tags")) {
                let value =
                    self.value(value, ty).map_err(|message| format!("`{key}`, tag `{name}`: {message}"))?;
                tags.insert(name.clone(), value);
            }
            attributes.insert(tags_name(self.schema), Value::Object(tags));
        }
        let mut parents = Vec::new();
        for parent in json.get("parents").and_then(Value::as_array).into_iter().flatten() {
            let parent = links::entity(parent)?;
            let parent = self.reference(&type_name(&parent), &parent.eid)?;
            if !parents.contains(&parent) {
                parents.push(parent);
            }
        }
        Ok(Some((
            key,
            json!({"uid": self.reference(&ty, &uid.eid)?, "parents": parents, "attrs": attributes}),
        )))
    }

    /// An entity as our JSON has it.
    pub fn reference(&self, ty: &str, id: &str) -> Result<Value, String> {
        if !self.schema.entities.contains_key(ty) {
            return Err(format!("the schema declares no `{ty}`"));
        }
        Ok(json!({"type": self.names.wire_type(ty), "id": id}))
    }

    /// A value of a type.
    pub fn value(&self, value: &Value, ty: &Ty) -> Result<Value, String> {
        Ok(match self.schema.meaning(ty) {
            Ty::Bool | Ty::Long | Ty::String => value.clone(),
            Ty::Ipaddr => Value::from(values::cidr(values::extension(value, "ip")?)?),
            Ty::Decimal => Value::from(values::decimal(values::extension(value, "decimal")?)?),
            Ty::Datetime => {
                let milliseconds = values::datetime(values::extension(value, "datetime")?)?;
                Value::from(values::datetime_text(milliseconds))
            }
            Ty::Duration => {
                Value::from(values::duration_text(values::duration(values::extension(value, "duration")?)?))
            }
            Ty::Set(element) => {
                let list = value.as_array().ok_or_else(|| format!("expected an array, found {value}"))?;
                let list = list.iter().map(|value| self.value(value, element)).collect::<Result<_, _>>()?;
                values::distinct(list)
            }
            Ty::Record(fields) => {
                let mut out = Map::new();
                let given = value.as_object().ok_or_else(|| format!("expected an object, found {value}"))?;
                for (name, value) in given {
                    let field = fields.iter().find(|field| field.name == *name);
                    let field = field.ok_or_else(|| format!("there is no field `{name}`"))?;
                    out.insert(self.names.field(name).to_owned(), self.value(value, &field.ty)?);
                }
                Value::Object(out)
            }
            Ty::Entity(_) => {
                let uid = links::entity(value)?;
                self.reference(&type_name(&uid), &uid.eid)?
            }
            Ty::Common(name) => return Err(format!("`{name}` is not declared")),
        })
    }
}

fn object(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value.and_then(Value::as_object).into_iter().flatten()
}
