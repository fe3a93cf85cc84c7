//! Policies, templates and links, in the order in which they were written, with their comments.

use std::collections::BTreeSet;
use std::str::FromStr;

use cedar_policy::{EntityUid, PolicyId, PolicySet, Schema, SlotId, ValidationMode, Validator};
use cedar_policy_core::est;
use cedar_policy_core::parser::text_to_cst::parse_policies;
use cedar_policy_core::pst::{EntityUID, Template};
use miette::Diagnostic;

use crate::schema::with_causes;
use crate::{Note, Refusal, Text};

/// A policy or template.
#[derive(Clone, Debug)]
pub struct Policy {
    /// What Cedar's command line calls it.
    pub id: String,
    /// What it is called in the policy set that Cedar makes of the file.
    pub cedar_id: String,
    pub template: Template,
    /// Lines of comments above it and in it, without `//`; [`GAP`] where a blank line parts them.
    pub comments: Vec<String>,
    /// For messages.
    pub place: String,
}

/// In place of a blank line among comments, which none of them can be.
pub const GAP: &str = "\n";

/// A policy made of a template.
#[derive(Clone, Debug)]
pub struct Link {
    pub id: String,
    /// Its place in [`Set::policies`].
    pub template: usize,
    pub principal: Option<EntityUID>,
    pub resource: Option<EntityUID>,
}

/// All policies and links.
#[derive(Clone, Debug, Default)]
pub struct Set {
    pub policies: Vec<Policy>,
    pub links: Vec<Link>,
}

impl Set {
    /// The place of the template of this id.
    pub fn template(&self, id: &str) -> Option<usize> {
        self.policies.iter().position(|policy| policy.id == id && !policy.template.is_static())
    }
}

/// Reads either form.
pub fn read(file: Text<'_>) -> Result<Set, Refusal> {
    let set = if file.text.trim_start().starts_with('{') { read_json(file)? } else { read_text(file)? };
    let mut seen = BTreeSet::new();
    for policy in &set.policies {
        if !seen.insert(policy.id.as_str()) {
            return Err(Refusal::one(&policy.place, format!("two policies have the id `{}`", policy.id)));
        }
    }
    Ok(set)
}

fn read_text(file: Text<'_>) -> Result<Set, Refusal> {
    let text = file.text;
    // Cedar's own reading finds the errors; the tree underneath it keeps order and places.
    cedar_policy_core::parser::parse_policyset(text).map_err(|errors| Refusal {
        problems: errors
            .iter()
            .map(|error| Note { place: place_of(file, error), message: with_causes(error) })
            .collect(),
    })?;
    let unreadable = |error: &dyn std::error::Error| Refusal::one(file.name, with_causes(error));
    let tree = parse_policies(text).map_err(|error| unreadable(&error))?;
    let nodes = tree.with_generated_policyids().map_err(|error| unreadable(&error))?;
    let mut set = Set::default();
    let mut end = 0;
    for (cedar_id, node) in nodes {
        let Some(policy) = node.node.clone() else { continue };
        let policy: est::Policy = policy
            .try_into()
            .map_err(|error: cedar_policy_core::parser::err::ParseErrors| unreadable(&error))?;
        let template = Template::try_from(policy).map_err(|error| unreadable(&error))?;
        let (start, stop) = node.loc.as_ref().map_or((end, end), |loc| (loc.start(), loc.end()));
        let comments = comments(text.get(end..stop).unwrap_or_default());
        end = stop;
        let cedar_id = cedar_id.to_string();
        let id = template.annotations.get("id").map_or(cedar_id.clone(), |id| id.to_string());
        let place = format!("{}:{}", file.name, line(text, start));
        set.policies.push(Policy { id, cedar_id, template, comments, place });
    }
    Ok(set)
}

fn place_of(file: Text<'_>, error: &dyn Diagnostic) -> String {
    let offset = error.labels().and_then(|mut labels| labels.next()).map(|label| label.offset());
    match offset {
        Some(offset) => format!("{}:{}", file.name, line(file.text, offset)),
        None => file.name.to_owned(),
    }
}

fn line(text: &str, offset: usize) -> usize {
    1 + text.get(..offset).unwrap_or(text).matches('\n').count()
}

/// The comments of a piece of Cedar's text, without what only marks them.
fn comments(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['"', '/']) {
        let after = rest.get(at + 1..).unwrap_or_default();
        if rest.get(at..at + 1) == Some("\"") {
            rest = after_string(after);
        } else if let Some(comment) = after.strip_prefix('/') {
            let line = comment.lines().next().unwrap_or_default();
            found.push(line.trim_start_matches('/').trim().to_owned());
            rest = comment.get(line.len()..).unwrap_or_default();
            // A heading stays apart from what it heads.
            if rest.split_once('\n').is_some_and(|(_, below)| is_parted(below)) {
                found.push(GAP.to_owned());
            }
        } else {
            rest = after;
        }
    }
    let says_nothing = |line: &String| line.is_empty() || line == GAP;
    while found.first().is_some_and(says_nothing) {
        found.remove(0);
    }
    while found.last().is_some_and(String::is_empty) {
        found.pop();
    }
    found
}

/// Whether a blank line comes first.
fn is_parted(text: &str) -> bool {
    let space = text.len() - text.trim_start().len();
    text.get(..space).is_some_and(|space| space.contains('\n'))
}

fn after_string(text: &str) -> &str {
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        match character {
            '\\' if !escaped => escaped = true,
            '"' if !escaped => return text.get(at + 1..).unwrap_or_default(),
            _ => escaped = false,
        }
    }
    ""
}

fn read_json(file: Text<'_>) -> Result<Set, Refusal> {
    let set: est::PolicySet =
        serde_json::from_str(file.text).map_err(|error| Refusal::one(file.name, error.to_string()))?;
    let mut found = Set::default();
    for (id, policy) in set.templates.into_iter().chain(set.static_policies) {
        let id = id.to_string();
        let place = format!("{}, policy `{id}`", file.name);
        let template =
            Template::try_from(policy).map_err(|error| Refusal::one(&place, with_causes(&error)))?;
        found.policies.push(Policy { cedar_id: id.clone(), id, template, comments: Vec::new(), place });
    }
    for link in set.template_links {
        let (template, id) = (link.template_id.to_string(), link.new_id.to_string());
        let Some(template) = found.template(&template) else {
            return Err(Refusal::one(
                file.name,
                format!("a link is of the template `{template}`, which is not there"),
            ));
        };
        let mut link_of = Link { id, template, principal: None, resource: None };
        for (slot, value) in link.values {
            let value = EntityUID::from(value);
            if slot.is_principal() {
                link_of.principal = Some(value);
            } else {
                link_of.resource = Some(value);
            }
        }
        found.links.push(link_of);
    }
    Ok(found)
}

/// Asks Cedar whether all of it passes strict validation; answers the schema as Cedar has it.
pub fn validate(set: &Set, file: Text<'_>, schema: Text<'_>) -> Result<Schema, Refusal> {
    let schema = cedar_schema(schema)?;
    let refuse = |error: &dyn std::error::Error| Refusal::one(file.name, with_causes(error));
    let mut policies = if file.text.trim_start().starts_with('{') {
        PolicySet::from_json_str(file.text).map_err(|error| refuse(&error))?
    } else {
        PolicySet::from_str(file.text).map_err(|error| refuse(&error))?
    };
    for link in &set.links {
        let id = PolicyId::new(&link.id);
        if policies.policy(&id).is_some() {
            continue;
        }
        let Some(template) = set.policies.get(link.template) else { continue };
        let slots = [(SlotId::principal(), &link.principal), (SlotId::resource(), &link.resource)];
        let values =
            slots.into_iter().filter_map(|(slot, value)| Some((slot, uid(value.as_ref()?)))).collect();
        policies
            .link(PolicyId::new(&template.cedar_id), id, values)
            .map_err(|error| Refusal::one(format!("link `{}`", link.id), with_causes(&error)))?;
    }
    let result = Validator::new(schema.clone()).validate(&policies, ValidationMode::Strict);
    let problems: Vec<Note> = result
        .validation_errors()
        .map(|error| {
            let id = error.policy_id().to_string();
            let policy = set.policies.iter().find(|policy| policy.cedar_id == id);
            let place = policy.map_or_else(|| format!("link `{id}`"), |policy| policy.place.clone());
            Note { place, message: format!("Cedar's strict validation refuses it: {error}") }
        })
        .collect();
    if problems.is_empty() { Ok(schema) } else { Err(Refusal { problems }) }
}

/// An entity as Cedar's interface has it.
pub fn uid(uid: &EntityUID) -> EntityUid {
    EntityUid::from(cedar_policy_core::ast::EntityUID::from(uid.clone()))
}

/// The schema as Cedar reads it.
pub fn cedar_schema(text: Text<'_>) -> Result<Schema, Refusal> {
    let refuse = |error: &dyn std::error::Error| Refusal::one(text.name, with_causes(error));
    if text.text.trim_start().starts_with('{') {
        Schema::from_json_str(text.text).map_err(|error| refuse(&error))
    } else {
        Schema::from_cedarschema_str(text.text).map(|(schema, _)| schema).map_err(|error| refuse(&error))
    }
}
