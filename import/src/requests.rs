//! Requests written for Cedar, decided by an imported package, answered with Cedar's ids.

use std::collections::BTreeSet;

use assize_runtime::Verified;
use assize_runtime::data::Data;
use assize_runtime::engine::Report;
use assize_runtime::json::{RequestError, RequestErrorKind};
use assize_runtime::types::{RecordType, Type};
use assize_runtime::value::EntityUid;
use serde_json::{Map, Value, json};
use smol_str::SmolStr;

use crate::correspondence::{Correspondence, Hole};
use crate::links;
use crate::types::type_name;
use crate::values;

/// What a request for Cedar consists of.
const KEYS: [&str; 4] = ["principal", "action", "resource", "context"];

fn wrong(kind: RequestErrorKind, path: &str, message: String) -> RequestError {
    RequestError { kind, message, path: path.to_owned() }
}

/// An imported package, for Cedar's requests.
#[derive(Clone, Copy, Debug)]
pub struct CedarRequests<'a> {
    /// What the import kept of Cedar.
    pub correspondence: &'a Correspondence,
    /// The package.
    pub program: &'a Verified,
    /// The data that is decided over.
    pub data: &'a Data,
}

impl CedarRequests<'_> {
    /// The request as the engine reads it. `{"principal": {"type", "id"}, "action", "resource", "context"}`, values of the context with
    /// or without `__entity` and `__extn`.
    ///
    /// # Errors
    /// What is wrong with it, and where. What only the engine can tell is left to it.
    pub fn request(&self, text: &str) -> Result<String, RequestError> {
        let json: Value = serde_json::from_str(text)
            .map_err(|error| wrong(RequestErrorKind::BadJson, "", format!("this is no JSON: {error}")))?;
        let object = json
            .as_object()
            .ok_or_else(|| wrong(RequestErrorKind::BadJson, "", "a request is an object".to_owned()))?;
        if let Some(key) = object.keys().find(|key| !KEYS.contains(&key.as_str())) {
            let message = format!("a request for Cedar has no key `{key}`: its keys are {}", KEYS.join(", "));
            return Err(wrong(RequestErrorKind::UnknownKey, "", message));
        }
        let part = |name: &str| {
            let missing = || wrong(RequestErrorKind::MissingKey, "", format!("a request needs `{name}`"));
            object.get(name).ok_or_else(missing)
        };
        let (principal, resource) = (part("principal")?, part("resource")?);
        let bad_action = |message| wrong(RequestErrorKind::UnknownAction, "action", message);
        let action = links::entity(part("action")?).map_err(bad_action)?;
        let name = self
            .correspondence
            .action(&type_name(&action), &action.eid)
            .ok_or_else(|| bad_action(format!("the imported schema has no action `{action}`")))?;
        let id = self.program.names().actions.get(name);
        let id = id.map_err(|_| bad_action(format!("the package has no action `{name}` any more")))?;
        let applies = self.program.schema.actions.get(id as usize).and_then(|action| action.applies.as_ref());
        let applies = applies.ok_or_else(|| {
            let message = format!("no request may name `{action}`, which only groups others");
            wrong(RequestErrorKind::ActionGroup, "action", message)
        })?;
        let entity = |path: &str, json: &Value| {
            self.entity(json).map_err(|message| wrong(RequestErrorKind::BadEntity, path, message))
        };
        let (principal, resource) = (entity("principal", principal)?, entity("resource", resource)?);
        let context = match object.get("context") {
            None => json!({}),
            Some(context) => self
                .record(context, &applies.context)
                .map_err(|message| wrong(RequestErrorKind::BadContext, "context", message))?,
        };
        let request =
            json!({"principal": principal, "action": name, "resource": resource, "context": context});
        Ok(request.to_string())
    }

    fn entity(&self, json: &Value) -> Result<Value, String> {
        let uid = links::entity(json)?;
        let ty = type_name(&uid);
        let ty =
            self.correspondence.ty(&ty).ok_or_else(|| format!("the imported schema has no type `{ty}`"))?;
        Ok(json!({"type": ty, "id": uid.eid.as_str()}))
    }

    fn record(&self, json: &Value, ty: &RecordType) -> Result<Value, String> {
        let given = json.as_object().ok_or_else(|| format!("expected an object, found {json}"))?;
        let mut out = Map::new();
        for (name, value) in given {
            let ours = self.correspondence.field(name);
            let field = ty.fields().iter().find(|field| field.name == ours);
            let value = match field {
                Some(field) => {
                    self.value(value, &field.ty).map_err(|message| format!("`{name}`: {message}"))?
                }
                // The engine has the words for a field that nobody declared.
                None => value.clone(),
            };
            out.insert(ours.to_owned(), value);
        }
        Ok(Value::Object(out))
    }

    fn value(&self, json: &Value, ty: &Type) -> Result<Value, String> {
        let extension = |function| values::extension(json, function);
        Ok(match ty {
            Type::Cidr => Value::from(values::cidr(extension("ip")?)?),
            Type::Decimal => Value::from(values::decimal(extension("decimal")?)?),
            Type::Datetime => Value::from(values::datetime_text(values::datetime(extension("datetime")?)?)),
            Type::Duration => Value::from(values::duration_text(values::duration(extension("duration")?)?)),
            Type::Entity(_) => self.entity(json)?,
            Type::Set(element) => {
                let list = json.as_array().ok_or_else(|| format!("expected an array, found {json}"))?;
                let list = list.iter().map(|value| self.value(value, element)).collect::<Result<_, _>>()?;
                values::distinct(list)
            }
            Type::Record(record) => self.record(json, record)?,
            _ => json.clone(),
        })
    }

    /// The decision as JSON, with the ids that Cedar has for policies and links.
    pub fn answer(&self, report: &Report) -> Value {
        let mut json = report.to_json_value();
        let query = report.query();
        let (principal, resource) = (&query.principal, &query.resource);
        let policies: Vec<Value> = texts(&json["policies"])
            .flat_map(|id| self.ids(id, principal, resource))
            .map(Value::from)
            .collect();
        let errors: Vec<Value> = json["errors"]
            .as_array()
            .into_iter()
            .flatten()
            .flat_map(|error| {
                let ids = self.ids(error["policy"].as_str().unwrap_or_default(), principal, resource);
                ids.into_iter().map(|id| {
                    let mut error = error.clone();
                    error["policy"] = Value::from(id);
                    error
                })
            })
            .collect();
        json["policies"] = Value::Array(policies);
        json["errors"] = Value::Array(errors);
        json
    }

    /// The policy, or, of a template, the links whose heads match. Conditions of a template know nothing of its holes, so what one
    /// of these links says they all say.
    fn ids(&self, id: &str, principal: &EntityUid, resource: &EntityUid) -> Vec<String> {
        let Some(holes) = self.correspondence.holes(id) else { return vec![id.to_owned()] };
        let mut found = Vec::new();
        for (args, links) in self.correspondence.links_of(id) {
            let fits = |hole: &Hole| {
                let asked = if hole.is_principal { principal } else { resource };
                let Some(value) = self.uid(&args[&hole.name]) else { return false };
                if hole.is_exact { *asked == value } else { self.is_in(asked, &value) }
            };
            if holes.iter().all(fits) {
                found.extend(texts(links).map(str::to_owned));
            }
        }
        found
    }

    fn uid(&self, json: &Value) -> Option<EntityUid> {
        let ty = self.program.names().entity_types.get(json["type"].as_str()?).ok()?;
        Some(EntityUid {
            ty: assize_runtime::types::EntityTypeId(ty),
            id: SmolStr::from(json["id"].as_str()?),
        })
    }

    fn is_in(&self, member: &EntityUid, group: &EntityUid) -> bool {
        let mut open = vec![member.clone()];
        let mut seen = BTreeSet::new();
        while let Some(next) = open.pop() {
            if next == *group {
                return true;
            }
            if let Some(entity) = self.data.entity(&next) {
                open.extend(entity.parents.iter().filter(|parent| seen.insert((*parent).clone())).cloned());
            }
        }
        false
    }
}

fn texts(json: &Value) -> impl Iterator<Item = &str> {
    json.as_array().into_iter().flatten().filter_map(Value::as_str)
}
