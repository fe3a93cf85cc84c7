//! What is left of Cedar in an imported package: names that changed, and the ids of links.

use serde_json::{Value, json};

use crate::links::Row;
use crate::names::Names;
use crate::schema::Schema;

/// The file of the package in which it is kept.
pub const FILE: &str = "cedar.json";

/// A hole of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hole {
    /// The parameter of the grant.
    pub(crate) name: String,
    /// Whether it is the principal's.
    pub(crate) is_principal: bool,
    /// Whether it is one entity, and not what is in it too.
    pub(crate) is_exact: bool,
}

/// The id of a template that has become a grant.
pub(crate) type Template = (String, Vec<Hole>);

fn side(is_principal: bool) -> &'static str {
    if is_principal { "principal" } else { "resource" }
}

/// The file's content.
#[derive(Clone, Debug)]
pub struct Correspondence {
    json: Value,
}

impl Correspondence {
    pub(crate) fn of(schema: &Schema, names: &Names, templates: &[Template], rows: &[Row]) -> Correspondence {
        let types: serde_json::Map<String, Value> =
            schema.entities.keys().map(|name| (name.clone(), Value::from(names.wire_type(name)))).collect();
        let actions: Vec<Value> = schema
            .actions
            .keys()
            .map(|name| {
                let ty = if name.0.is_empty() { "Action".to_owned() } else { format!("{}::Action", name.0) };
                json!({"type": ty, "id": name.1, "action": names.wire_action(name)})
            })
            .collect();
        let links: Vec<Value> = rows
            .iter()
            .map(|row| {
                let args: serde_json::Map<String, Value> = row.args.iter().cloned().collect();
                json!({"template": row.template, "args": args, "links": row.links})
            })
            .collect();
        let templates: serde_json::Map<String, Value> = templates
            .iter()
            .map(|(id, holes)| {
                let hole = |hole: &Hole| json!({"param": hole.name, "of": side(hole.is_principal), "exact": hole.is_exact});
                (id.clone(), Value::Array(holes.iter().map(hole).collect()))
            })
            .collect();
        let fields: serde_json::Map<String, Value> =
            names.renamed_fields().map(|(cedar, ours)| (cedar.to_owned(), Value::from(ours))).collect();
        let json = json!({"types": types, "actions": actions, "fields": fields, "templates": templates, "links": links});
        Correspondence { json }
    }

    /// Reads the file's text.
    ///
    /// # Errors
    /// If it is not what [`crate::import`] writes.
    pub fn read(text: &str) -> Result<Correspondence, String> {
        let json: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        for key in ["types", "actions", "fields", "templates", "links"] {
            if json.get(key).is_none() {
                return Err(format!("it has no `{key}`"));
            }
        }
        Ok(Correspondence { json })
    }

    /// The file's text.
    pub fn text(&self) -> String {
        format!("{:#}\n", self.json)
    }

    pub(crate) fn ty(&self, cedar: &str) -> Option<&str> {
        self.json.get("types")?.get(cedar)?.as_str()
    }

    pub(crate) fn action(&self, ty: &str, id: &str) -> Option<&str> {
        let is = |action: &&Value| action["type"] == ty && action["id"] == id;
        self.json.get("actions")?.as_array()?.iter().find(is)?.get("action")?.as_str()
    }

    /// What a field of the context is called here.
    pub(crate) fn field<'a>(&'a self, cedar: &'a str) -> &'a str {
        self.json["fields"].get(cedar).and_then(Value::as_str).unwrap_or(cedar)
    }

    /// The holes of a template that has become a grant.
    pub(crate) fn holes(&self, id: &str) -> Option<Vec<Hole>> {
        let holes = self.json["templates"].get(id)?.as_array()?;
        let hole = |hole: &Value| Hole {
            name: hole["param"].as_str().unwrap_or_default().to_owned(),
            is_principal: hole["of"] == side(true),
            is_exact: hole["exact"] == true,
        };
        Some(holes.iter().map(hole).collect())
    }

    /// Rows of a template: arguments by parameter, and link ids.
    pub(crate) fn links_of<'a>(&'a self, template: &'a str) -> impl Iterator<Item = (&'a Value, &'a Value)> {
        let rows = self.json["links"].as_array().into_iter().flatten();
        rows.filter(move |row| row["template"] == template).map(|row| (&row["args"], &row["links"]))
    }
}
