//! What is known so far, and the schema that it makes.

use std::collections::{BTreeMap, BTreeSet};

use cedar_policy_core::pst::EntityUID;

use crate::names::split;
use crate::schema::{ActionName, Ty};
use crate::types::type_name;
use crate::{Note, Refusal};

/// What an attribute, a field of a context or tags hold.
#[derive(Clone, Debug, Default)]
pub struct Shape {
    /// `None`: not known yet, unless there are fields.
    pub ty: Option<Ty>,
    /// Of a record.
    pub fields: BTreeMap<String, Shape>,
    /// Whether some policy asks if it is there.
    pub is_asked: bool,
    /// In how many values it was seen.
    pub seen: usize,
    /// A policy that reads it.
    pub place: String,
}

/// An entity type.
#[derive(Clone, Debug, Default)]
pub struct TypeFacts {
    pub parents: BTreeSet<String>,
    pub attributes: BTreeMap<String, Shape>,
    pub tags: Option<Shape>,
    /// How many entities there are.
    pub count: usize,
}

/// An action.
#[derive(Clone, Debug, Default)]
pub struct ActionFacts {
    pub groups: BTreeSet<ActionName>,
    pub principals: BTreeSet<String>,
    pub resources: BTreeSet<String>,
    pub context: BTreeMap<String, Shape>,
    /// A policy that names it.
    pub place: String,
}

#[derive(Debug, Default)]
pub struct Facts {
    pub types: BTreeMap<String, TypeFacts>,
    pub actions: BTreeMap<ActionName, ActionFacts>,
}

impl Facts {
    pub fn entity_type(&mut self, name: &str) -> &mut TypeFacts {
        self.types.entry(name.to_owned()).or_default()
    }

    pub fn action(&mut self, name: &ActionName) -> &mut ActionFacts {
        self.actions.entry(name.clone()).or_default()
    }

    /// The actions that requests can name: those that no other is in.
    pub fn plain_actions(&self) -> Vec<ActionName> {
        let is_group = |name: &ActionName| self.actions.values().any(|action| action.groups.contains(name));
        self.actions.keys().filter(|name| !is_group(name)).cloned().collect()
    }

    /// The plain actions that are this one or in it.
    pub fn actions_in(&self, group: &ActionName) -> Vec<ActionName> {
        let is_in = |name: &ActionName| {
            let (mut open, mut seen) = (vec![name], BTreeSet::new());
            while let Some(next) = open.pop() {
                if next == group {
                    return true;
                }
                if seen.insert(next) {
                    open.extend(self.actions.get(next).into_iter().flat_map(|action| &action.groups));
                }
            }
            false
        };
        self.plain_actions().into_iter().filter(|name| is_in(name)).collect()
    }

    /// Types of entities that can be in one of these, by what the data holds.
    pub fn within(&self, uids: &[EntityUID]) -> BTreeSet<String> {
        let mut above: BTreeSet<String> = uids.iter().map(type_name).collect();
        let groups = above.clone();
        loop {
            let below = self.types.iter().filter(|(_, facts)| !facts.parents.is_disjoint(&above));
            let below: BTreeSet<String> = below.map(|(name, _)| name.clone()).collect();
            if below.is_subset(&above) {
                break;
            }
            above.extend(below);
        }
        // A group itself asks for nothing, if others are in it.
        let below: BTreeSet<String> = above.difference(&groups).cloned().collect();
        if below.is_empty() { BTreeSet::new() } else { below }
    }

    /// If there is one type only.
    pub fn only_type(&self) -> BTreeSet<String> {
        if self.types.len() == 1 { self.types.keys().cloned().collect() } else { BTreeSet::new() }
    }

    /// As Cedar spells a schema.
    ///
    /// # Errors
    /// What follows from nothing.
    pub fn text(&self) -> Result<String, Refusal> {
        let mut problems = Vec::new();
        let mut namespaces: BTreeMap<&str, String> = BTreeMap::new();
        for (name, facts) in &self.types {
            let (namespace, last) = split(name);
            let out = namespaces.entry(namespace).or_default();
            out.push_str(&format!("entity {last}"));
            if !facts.parents.is_empty() {
                out.push_str(&format!(" in [{}]", list(&facts.parents)));
            }
            let optional = |shape: &Shape| match facts.count {
                0 => shape.is_asked,
                count => shape.seen < count,
            };
            let what = format!("entities of type `{name}`");
            out.push_str(&format!(" {}", record(&facts.attributes, &what, &optional, &mut problems)));
            if let Some(tags) = &facts.tags {
                out.push_str(&format!(" tags {}", ty_of(tags, &format!("tags of {what}"), &mut problems)));
            }
            out.push_str(";\n");
        }
        let plain = self.plain_actions();
        for (name, facts) in &self.actions {
            let out = namespaces.entry(&name.0).or_default();
            out.push_str(&format!("action {}", quoted(&name.1)));
            if !facts.groups.is_empty() {
                let groups: Vec<String> = facts.groups.iter().map(uid).collect();
                out.push_str(&format!(" in [{}]", groups.join(", ")));
            }
            if plain.contains(name) {
                for (types, question) in
                    [(&facts.principals, "who asks for it"), (&facts.resources, "what it is done on")]
                {
                    if types.is_empty() {
                        let message = format!("of the action {} nothing says {question}", uid(name));
                        problems.push(Note { place: facts.place.clone(), message });
                    }
                }
                let what = format!("the context of {}", uid(name));
                let context = record(&facts.context, &what, &|shape: &Shape| shape.is_asked, &mut problems);
                out.push_str(&format!(
                    " appliesTo {{ principal: [{}], resource: [{}], context: {context} }}",
                    list(&facts.principals),
                    list(&facts.resources)
                ));
            }
            out.push_str(";\n");
        }
        if !problems.is_empty() {
            let help = "declare it in a schema, and name that with `--schema`";
            problems.iter_mut().for_each(|note| note.message.push_str(&format!("; {help}")));
            return Err(Refusal { problems });
        }
        let text = namespaces.into_iter().map(|(namespace, body)| match namespace {
            "" => body,
            _ => format!("namespace {namespace} {{\n{body}}}\n"),
        });
        Ok(text.collect())
    }
}

fn uid((namespace, id): &ActionName) -> String {
    if namespace.is_empty() {
        format!("Action::{}", quoted(id))
    } else {
        format!("{namespace}::Action::{}", quoted(id))
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.escape_debug())
}

fn list(names: &BTreeSet<String>) -> String {
    names.iter().cloned().collect::<Vec<_>>().join(", ")
}

fn record(
    fields: &BTreeMap<String, Shape>,
    what: &str,
    optional: &dyn Fn(&Shape) -> bool,
    problems: &mut Vec<Note>,
) -> String {
    let fields = fields.iter().map(|(name, shape)| {
        let mark = if optional(shape) { "?" } else { "" };
        format!("{}{mark}: {}", quoted(name), ty_of(shape, &format!("`{name}` of {what}"), problems))
    });
    format!("{{ {} }}", fields.collect::<Vec<_>>().join(", "))
}

fn ty_of(shape: &Shape, what: &str, problems: &mut Vec<Note>) -> String {
    match &shape.ty {
        Some(ty) => spelt(ty),
        None if !shape.fields.is_empty() => record(&shape.fields, what, &|shape| shape.is_asked, problems),
        None => {
            let message = format!("nothing says of which type {what} is");
            problems.push(Note { place: shape.place.clone(), message });
            "Bool".to_owned()
        }
    }
}

fn spelt(ty: &Ty) -> String {
    match ty {
        Ty::Bool => "Bool".to_owned(),
        Ty::Long => "Long".to_owned(),
        Ty::String => "String".to_owned(),
        Ty::Ipaddr => "ipaddr".to_owned(),
        Ty::Decimal => "decimal".to_owned(),
        Ty::Datetime => "datetime".to_owned(),
        Ty::Duration => "duration".to_owned(),
        Ty::Set(element) => format!("Set<{}>", spelt(element)),
        Ty::Record(fields) => {
            let field = |field: &crate::schema::Field| {
                format!(
                    "{}{}: {}",
                    quoted(&field.name),
                    if field.required { "" } else { "?" },
                    spelt(&field.ty)
                )
            };
            format!("{{ {} }}", fields.iter().map(field).collect::<Vec<_>>().join(", "))
        }
        Ty::Entity(name) | Ty::Common(name) => name.clone(),
    }
}
