//! Policies as text: one file, in Cedar's order.

mod clauses;
mod constant;
mod expression;
mod faults;
mod head;
mod literal;

use std::collections::BTreeSet;

use cedar_policy_core::pst::{ActionConstraint, Clause, Effect};

use crate::correspondence::Template;
use crate::links::Row;
use crate::names::{Names, plain_text, quoted_name, text};
use crate::policies::{self, Link, Policy, Set};
use crate::schema::{ActionName, Schema};
use crate::types::as_action;
use crate::{Note, Refusal, values};
use constant::Delays;
pub use expression::visit;
use head::{Head, Hole};

/// Whether an annotation means here what it means to those who wrote it, and says it as it must be said here.
fn is_known(name: &str, value: &str) -> bool {
    match name {
        "owner" | "deprecated" => !value.is_empty(),
        "review_by" => value.len() == "2026-01-01".len() && values::datetime(value).is_ok(),
        _ => false,
    }
}

/// What templates and links have become.
#[derive(Clone, Debug, Default)]
pub struct Grants {
    pub templates: Vec<Template>,
    pub rows: Vec<Row>,
}

/// What all parts of a policy are written with.
#[derive(Clone, Copy)]
struct Words<'a> {
    schema: &'a Schema,
    names: &'a Names,
    delays: &'a Delays,
}

/// Writes the policies; answers the rows that the links have become.
pub fn write(
    set: &Set,
    schema: &Schema,
    names: &Names,
    files: &mut Vec<(String, String)>,
    notes: &mut Vec<Note>,
) -> Result<Grants, Refusal> {
    let delays = Delays::default();
    let words = Words { schema, names, delays: &delays };
    let (mut out, mut grants, mut problems) = (String::new(), Grants::default(), Vec::new());
    for (at, policy) in set.policies.iter().enumerate() {
        let links: Vec<&Link> = set.links.iter().filter(|link| link.template == at).collect();
        match words.policy(policy, &links, &mut grants, notes) {
            Ok(text) => out.push_str(&text),
            Err(message) => problems.push(Note { place: policy.place.clone(), message }),
        }
    }
    if !problems.is_empty() {
        return Err(Refusal { problems });
    }
    let module = if names.home().is_empty() { String::new() } else { format!("module {}\n\n", names.home()) };
    let text = format!("{module}{}{out}", delays.write(names));
    files.push(("policies/policies.assize".to_owned(), text));
    Ok(grants)
}

impl Words<'_> {
    fn policy(
        &self,
        policy: &Policy,
        links: &[&Link],
        grants: &mut Grants,
        notes: &mut Vec<Note>,
    ) -> Result<String, String> {
        let mut out = String::new();
        for line in &policy.comments {
            if line == policies::GAP {
                out.push('\n');
                continue;
            }
            out.push_str(format!("// {}", plain_text(line)).trim_end());
            out.push('\n');
        }
        let template = &policy.template;
        if template.is_static() {
            let head = Head::of(self, template, None)?;
            if head.is_impossible() {
                return Ok(out + &impossible(policy, notes));
            }
            self.one(policy, &policy.id, head, &mut out)?;
            return Ok(out);
        }
        if template.effect == Effect::Forbid {
            // A row of a grant allows: what forbids stands on the page, once for each link.
            let message =
                format!("a template that forbids is written out for each of its {} links", links.len());
            notes.push(Note { place: policy.place.clone(), message });
            for link in links {
                let head = Head::of(self, template, Some(link))?;
                if head.is_impossible() {
                    out.push_str(&impossible(policy, notes));
                } else {
                    self.one(policy, &link.id, head, &mut out)?;
                }
            }
            return Ok(out);
        }
        let head = Head::of(self, template, None)?;
        if head.is_impossible() {
            return Ok(out + &impossible(policy, notes));
        }
        let mut params = Vec::new();
        for hole in head.holes() {
            let types: Vec<String> = hole.types.iter().map(|ty| self.names.ty(ty)).collect();
            params.push(format!("{}: {}", hole.name, types.join(" | ")));
        }
        out.push_str(&format!(
            "grant {}({}) {{\n",
            quoted_name(self.names.grant(&policy.id)),
            params.join(", ")
        ));
        self.one(policy, &policy.id, head.clone(), &mut out)?;
        out.push_str("}\n\n");
        grants.templates.push((policy.id.clone(), head.holes().into_iter().map(Hole::kept).collect()));
        for link in links {
            self.row(policy, link, &head, &mut grants.rows, notes);
        }
        Ok(out)
    }

    fn row(&self, policy: &Policy, link: &Link, head: &Head<'_>, rows: &mut Vec<Row>, notes: &mut Vec<Note>) {
        let mut args = Vec::new();
        for hole in head.holes() {
            let value = if hole.is_principal { &link.principal } else { &link.resource };
            let Some(value) = value else { continue };
            let ty = crate::types::type_name(value);
            if !hole.types.contains(&ty) {
                let message = format!(
                    "the link `{}` can never apply, so it has no row: no request's {} is in a `{ty}`",
                    link.id,
                    if hole.is_principal { "principal" } else { "resource" }
                );
                notes.push(Note { place: policy.place.clone(), message });
                return;
            }
            let entity = serde_json::json!({"type": self.names.wire_type(&ty), "id": value.eid.as_str()});
            args.push((hole.name.to_owned(), entity));
        }
        let same = rows.iter_mut().find(|row| row.template == policy.id && row.args == args);
        match same {
            Some(row) => row.links.push(link.id.clone()),
            None => rows.push(Row {
                template: policy.id.clone(),
                grant: self.names.wire_grant(&policy.id),
                args,
                links: vec![link.id.clone()],
            }),
        }
    }

    fn one(&self, policy: &Policy, id: &str, head: Head<'_>, out: &mut String) -> Result<(), String> {
        for (name, value) in &policy.template.annotations {
            if name == "id" {
                continue;
            }
            if is_known(name, value) {
                out.push_str(&format!("@{name}({})\n", text(value)));
                continue;
            }
            // What people wrote for people is documentation here, and shown with decisions.
            for (nth, line) in value.lines().chain(value.is_empty().then_some("")).enumerate() {
                let line = match (name.as_str(), nth, plain_text(line)) {
                    ("doc" | "description", _, line) => line,
                    (name, 0, line) if line.is_empty() => name.to_owned(),
                    (name, 0, line) => format!("{name}: {line}"),
                    (_, _, line) => line,
                };
                out.push_str(format!("/// {line}").trim_end());
                out.push('\n');
            }
        }
        out.push_str(&format!("@id({})\n", text(id)));
        let clauses = clauses::Clauses::of(self, &head, policy.template.clauses())?;
        let effect = if policy.template.effect == Effect::Permit { "allow" } else { "deny" };
        out.push_str(&format!("{effect} {}\n", head.text(&clauses)));
        clauses.write(policy.template.effect == Effect::Forbid, out);
        out.push('\n');
        Ok(())
    }

    /// The actions that a head is about.
    fn actions_of(&self, constraint: &ActionConstraint) -> Result<Vec<&ActionName>, String> {
        let listed = |uids: &[cedar_policy_core::pst::EntityUID]| -> Result<Vec<ActionName>, String> {
            uids.iter().map(|uid| as_action(uid).ok_or_else(|| format!("`{uid}` is no action"))).collect()
        };
        let all: BTreeSet<&ActionName> = match constraint {
            ActionConstraint::Any => self.schema.actions.keys().collect(),
            ActionConstraint::Eq(uid) => {
                let name = as_action(uid).ok_or_else(|| format!("`{uid}` is no action"))?;
                self.schema.actions.keys().filter(|action| **action == name).collect()
            }
            ActionConstraint::In(uids) => {
                listed(uids)?.iter().flat_map(|group| self.schema.actions_in(group)).collect()
            }
        };
        Ok(self.schema.actions.keys().filter(|action| all.contains(action)).collect())
    }
}

/// In place of a policy that the schema leaves no request for.
fn impossible(policy: &Policy, notes: &mut Vec<Note>) -> String {
    let message = "no request can match its head, so it was left out".to_owned();
    notes.push(Note { place: policy.place.clone(), message });
    format!("// `{}` stood here: by the schema no request can match its head.\n\n", policy.id)
}

/// Whether a clause says anything of these variables.
fn mentions(clauses: &[Clause], variable: &cedar_policy_core::pst::Var) -> bool {
    clauses.iter().any(|clause| match clause {
        Clause::When(expr) | Clause::Unless(expr) => expression::mentions(expr, variable),
    })
}

/// A hole of a template with the types that may fill it, as its head knows it.
type Holes<'a> = Vec<&'a Hole>;
