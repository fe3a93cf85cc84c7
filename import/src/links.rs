//! Links of templates: read from Cedar's JSON, written as rows of grants.

use std::str::FromStr;

use cedar_policy_core::ast;
use cedar_policy_core::pst::EntityUID;
use serde_json::{Value, json};

use crate::policies::{Link, Set};
use crate::schema::with_causes;
use crate::{Refusal, Text};

/// A row of a grant and the links that it stands for.
#[derive(Clone, Debug)]
pub struct Row {
    /// The id of the template.
    pub template: String,
    /// The grant that it has become.
    pub grant: String,
    /// Its arguments as data spells them, in order.
    pub args: Vec<(String, Value)>,
    /// The ids of the links, in the order of the file.
    pub links: Vec<String>,
}

/// Reads links, in the form of Cedar's policy sets in JSON or in that of its command line.
pub fn read(file: Text<'_>, set: &mut Set) -> Result<(), Refusal> {
    let refuse = |message: String| Refusal::one(file.name, message);
    let json: Value = serde_json::from_str(file.text).map_err(|error| refuse(error.to_string()))?;
    let links = json.as_array().ok_or_else(|| refuse("links are an array of objects".to_owned()))?;
    for link in links {
        let word = |names: [&str; 2]| names.iter().find_map(|name| link.get(*name)).and_then(Value::as_str);
        let template = word(["templateId", "template_id"])
            .ok_or_else(|| refuse(format!("a link has no `templateId`: {link}")))?;
        let id =
            word(["newId", "link_id"]).ok_or_else(|| refuse(format!("a link has no `newId`: {link}")))?;
        let Some(template) = set.template(template) else {
            return Err(refuse(format!(
                "the link `{id}` is of the template `{template}`, which is not there"
            )));
        };
        if set.links.iter().any(|link| link.id == id) || set.policies.iter().any(|policy| policy.id == id) {
            return Err(refuse(format!("two policies or links have the id `{id}`")));
        }
        let values = link.get("values").or_else(|| link.get("args"));
        let value = |slot: &str| -> Result<Option<EntityUID>, Refusal> {
            values.and_then(|values| values.get(slot)).map(|value| entity(value).map_err(&refuse)).transpose()
        };
        let (principal, resource) = (value("?principal")?, value("?resource")?);
        set.links.push(Link { id: id.to_owned(), template, principal, resource });
    }
    Ok(())
}

/// `"User::\"ann\""`, `{"type", "id"}` or the latter in `{"__entity"}`.
pub fn entity(value: &Value) -> Result<EntityUID, String> {
    if let Some(text) = value.as_str() {
        let uid = ast::EntityUID::from_str(text).map_err(|error| with_causes(&error))?;
        return Ok(uid.into());
    }
    let object = value.get("__entity").unwrap_or(value);
    let word = |name: &str| object.get(name).and_then(Value::as_str);
    match (word("type"), word("id")) {
        (Some(ty), Some(id)) => {
            let ty = ast::EntityType::from_str(ty).map_err(|error| with_causes(&error))?;
            Ok(ast::EntityUID::from_components(ty, ast::Eid::new(id), None).into())
        }
        _ => Err(format!("{value} is no entity: write {{\"type\": .., \"id\": ..}}")),
    }
}

/// Rows as lines of data.
pub fn write(rows: &[Row]) -> String {
    let mut text = String::new();
    for row in rows {
        let args: serde_json::Map<String, Value> = row.args.iter().cloned().collect();
        text.push_str(&json!({"grant": row.grant, "args": args}).to_string());
        text.push('\n');
    }
    text
}
