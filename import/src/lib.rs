//! Packages of other policy languages, as packages of Assize. Cedar is the one that is known.
//!
//! ```text
//! policies ──> policies.rs: templates in order, with their comments ─┐
//! schema ────> schema.rs: types, entities, actions (or infer/) ──────┼─> declare.rs, write/: text of Assize, formatted
//! links ─────> links.rs ─────────────────────────────────────────────┤
//! entities ──> entities.rs: lines of NDJSON, values by their types ──┘
//! requests ──> requests.rs: what an imported package decides, with Cedar's names and ids
//! ```
//! Cedar's own crates read, link and strictly validate what comes in, so that everything that is written here has a type. What is written
//! means the same on every request; what has no equal is refused with its place ([`Refusal`]), never left out. The names that had to
//! change, and which row of a grant was which link, are kept in a file of the package ([`Correspondence`]).

mod correspondence;
mod declare;
mod entities;
mod infer;
mod links;
mod names;
mod policies;
mod requests;
mod schema;
mod types;
mod values;
mod write;

use std::collections::BTreeSet;

pub use correspondence::{Correspondence, FILE};
pub use requests::CedarRequests;

/// A text and what to call it in messages.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a> {
    /// A path, as a person gave it.
    pub name: &'a str,
    /// What it holds.
    pub text: &'a str,
}

/// What is imported.
#[derive(Clone, Copy, Debug)]
pub struct Cedar<'a> {
    /// Policies and templates: Cedar's text, or a policy set as JSON.
    pub policies: Text<'a>,
    /// The schema, as text or JSON; `None`: it is inferred, or the refusal says what is missing.
    pub schema: Option<Text<'a>>,
    /// Entities as JSON.
    pub entities: Option<Text<'a>>,
    /// Links of templates as JSON: `[{"templateId", "newId", "values"}]`.
    pub links: Option<Text<'a>>,
    /// The name of the package to be.
    pub package: &'a str,
}

/// A package in memory.
#[derive(Clone, Debug)]
pub struct Imported {
    /// Paths below the package's folder, with `/`, and what each file holds.
    pub files: Vec<(String, String)>,
    /// What a person should know; nothing that changes a decision.
    pub notes: Vec<Note>,
}

/// Something to tell about a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// `policies.cedar:12`, or a file or the id of a policy.
    pub place: String,
    /// One sentence or two.
    pub message: String,
}

/// Why nothing was imported: everything that was found, at least one.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// What is wrong, or has no equal.
    pub problems: Vec<Note>,
}

impl Refusal {
    fn one(place: impl Into<String>, message: impl Into<String>) -> Refusal {
        Refusal { problems: vec![Note { place: place.into(), message: message.into() }] }
    }
}

/// Makes a package of Cedar's files.
///
/// # Errors
/// What Cedar itself refuses (syntax, schema, strict validation, entities that do not fit, links of templates that are not there), and
/// what Assize has no word for, with its place.
pub fn import(cedar: &Cedar<'_>) -> Result<Imported, Refusal> {
    let mut set = policies::read(cedar.policies)?;
    if let Some(links) = cedar.links {
        links::read(links, &mut set)?;
    }
    let inferred = match cedar.schema {
        Some(_) => String::new(),
        None => infer::schema(&set, cedar.entities)?,
    };
    let schema_text = cedar.schema.unwrap_or(Text { name: "the inferred schema", text: &inferred });
    let schema = schema::Schema::read(schema_text)?;
    let cedar_schema = policies::validate(&set, cedar.policies, schema_text)?;
    if let Some(entities) = cedar.entities {
        entities::validate(entities, &cedar_schema)?;
    }
    let templates = set.policies.iter().filter(|policy| !policy.template.is_static());
    let names = names::Names::new(&schema, templates.map(|policy| policy.id.as_str()));
    let mut notes = Vec::new();
    if cedar.schema.is_none() {
        let message = "there was no schema: types, actions and contexts are those that policies and entities name, so look at \
                       `policies/schema.assize`; requests that ask for anything else are refused";
        notes.push(Note { place: cedar.policies.name.to_owned(), message: message.to_owned() });
    }
    let mut files = Vec::new();
    declare::write(&schema, &names, &mut files);
    let written = write::write(&set, &schema, &names, &mut files, &mut notes)?;
    if let Some(entities) = cedar.entities {
        files.push(("data/entities.ndjson".to_owned(), entities::write(entities, &schema, &names)?));
    }
    if !written.rows.is_empty() {
        files.push(("data/links.ndjson".to_owned(), links::write(&written.rows)));
    }
    files.insert(0, ("assize.toml".to_owned(), manifest(cedar, !written.rows.is_empty())));
    files.push((
        FILE.to_owned(),
        Correspondence::of(&schema, &names, &written.templates, &written.rows).text(),
    ));
    for (path, text) in &mut files {
        if path.ends_with(".assize") {
            *text = assize_lang::format(text).text;
        }
    }
    notes.sort_by(|a, b| (&a.place, &a.message).cmp(&(&b.place, &b.message)));
    let mut seen = BTreeSet::new();
    notes.retain(|note| seen.insert((note.place.clone(), note.message.clone())));
    Ok(Imported { files, notes })
}

fn manifest(cedar: &Cedar<'_>, has_rows: bool) -> String {
    let mut data = Vec::new();
    if cedar.entities.is_some() {
        data.push("\"data/entities.ndjson\"");
    }
    if has_rows {
        data.push("\"data/links.ndjson\"");
    }
    let name = serde_json::Value::from(cedar.package);
    format!("[package]\nname = {name}\nsources = [\"policies\"]\ndata = [{}]\n", data.join(", "))
}
