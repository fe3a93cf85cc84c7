//! Cedar's own answers.

use std::collections::BTreeMap;
use std::str::FromStr;

use cedar_policy::{
    AuthorizationError, Authorizer, Context, Decision, Entities, EntityUid, PolicyId, PolicySet, Request,
    Schema, SlotId,
};
use serde_json::{Value, json};

use crate::package::{Answer, Package, Said};

/// A package as Cedar reads it.
#[derive(Debug)]
pub struct Oracle {
    schema: Schema,
    policies: PolicySet,
    entities: Entities,
    /// From Cedar's ids of policies to those that its command line prints.
    names: BTreeMap<String, String>,
}

/// The schema, in either form.
pub fn schema(text: &str) -> Result<Schema, String> {
    if text.trim_start().starts_with('{') {
        Schema::from_json_str(text).map_err(|error| format!("schema: {error:?}"))
    } else {
        Schema::from_cedarschema_str(text)
            .map(|(schema, _)| schema)
            .map_err(|error| format!("schema: {error:?}"))
    }
}

/// The policies, in either form.
pub fn policies(text: &str) -> Result<PolicySet, String> {
    if text.trim_start().starts_with('{') {
        PolicySet::from_json_str(text).map_err(|error| format!("policies: {error:?}"))
    } else {
        PolicySet::from_str(text).map_err(|error| format!("policies: {error:?}"))
    }
}

fn uid(json: &Value) -> Result<EntityUid, String> {
    EntityUid::from_json(json!({"__entity": json})).map_err(|error| format!("{json}: {error:?}"))
}

impl Oracle {
    pub fn new(package: &Package) -> Result<Oracle, String> {
        let schema = schema(&package.schema)?;
        let mut policies = policies(&package.policies)?;
        // As Cedar's command line does.
        let is_json = package.policies.trim_start().starts_with('{');
        let mut names = BTreeMap::new();
        for policy in policies.policies() {
            let id = policy.id().to_string();
            let name = policy.annotation("id").filter(|_| !is_json).unwrap_or(&id).to_owned();
            names.insert(id, name);
        }
        for template in policies.templates() {
            let id = template.id().to_string();
            let name = template.annotation("id").filter(|_| !is_json).unwrap_or(&id).to_owned();
            names.insert(id, name);
        }
        if !package.links.is_empty() {
            let links: Value =
                serde_json::from_str(&package.links).map_err(|error| format!("links: {error}"))?;
            for link in links.as_array().ok_or("links are an array")? {
                let template = link["templateId"].as_str().ok_or("a link has a template")?;
                let template =
                    names.iter().find(|(_, name)| *name == template).ok_or("no such template")?.0.clone();
                let id = link["newId"].as_str().ok_or("a link has an id")?;
                let slots = [(SlotId::principal(), "?principal"), (SlotId::resource(), "?resource")];
                let values = slots
                    .into_iter()
                    .filter_map(|(slot, key)| Some((slot, uid(link["values"].get(key)?).expect("an entity"))))
                    .collect();
                policies
                    .link(PolicyId::new(template), PolicyId::new(id), values)
                    .map_err(|error| format!("link `{id}`: {error:?}"))?;
                names.insert(id.to_owned(), id.to_owned());
            }
        }
        let entities = if package.entities.is_empty() { "[]" } else { &package.entities };
        let entities = Entities::from_json_str(entities, Some(&schema))
            .map_err(|error| format!("entities: {error:?}"))?;
        Ok(Oracle { schema, policies, entities, names })
    }

    /// Its answer; why it has none.
    pub fn answer(&self, line: &str) -> Result<Said, String> {
        let json: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
        let action = uid(&json["action"])?;
        let context = json.get("context").cloned().unwrap_or_else(|| json!({}));
        let context = Context::from_json_value(context, Some((&self.schema, &action)))
            .map_err(|error| format!("context: {error:?}"))?;
        let request = Request::new(
            uid(&json["principal"])?,
            action,
            uid(&json["resource"])?,
            context,
            Some(&self.schema),
        )
        .map_err(|error| format!("{error:?}"))?;
        let response = Authorizer::new().is_authorized(&request, &self.policies, &self.entities);
        let name = |id: &PolicyId| self.names.get(&id.to_string()).cloned().unwrap_or_else(|| id.to_string());
        Ok(Said {
            allow: response.decision() == Decision::Allow,
            policies: response.diagnostics().reason().map(name).collect(),
            errors: response
                .diagnostics()
                .errors()
                .map(|AuthorizationError::PolicyEvaluationError(error)| name(error.policy_id()))
                .collect(),
        })
    }

    pub fn answers(&self, package: &Package) -> Vec<Answer> {
        package.requests.iter().map(|line| self.answer(line).ok()).collect()
    }
}
