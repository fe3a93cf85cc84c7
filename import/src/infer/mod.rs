//! A schema for policies that come without one, from what policies, links and entities say. Where nothing says it, the refusal names
//! what is missing. What was inferred goes the way of any other schema, strict validation included, so a wrong guess refuses a
//! package and never changes a decision.
//!
//! ```text
//! entities ──> data.rs: types, parents, attributes, tags ─┐
//! heads ─────> who does what on what ─────────────────────┼─> facts.rs ──> Cedar's text of a schema
//! conditions > usage.rs: types of what is only read ──────┘
//! ```

mod data;
mod facts;
mod usage;

use std::collections::BTreeSet;

use cedar_policy_core::pst::{
    ActionConstraint, Clause, EntityOrSlot, EntityUID, PrincipalConstraint, ResourceConstraint, Var,
};

use crate::policies::{Policy, Set};
use crate::schema::ActionName;
use crate::types::{as_action, type_name};
use crate::{Refusal, Text};
use facts::Facts;
use usage::{Reader, asked_types};

/// The types of principals or resources of a policy.
type Side = for<'a, 'p> fn(&'a mut About<'p>) -> &'a mut BTreeSet<String>;

/// What a policy is about, as far as it says so.
struct About<'p> {
    policy: &'p Policy,
    actions: Vec<ActionName>,
    principals: BTreeSet<String>,
    resources: BTreeSet<String>,
}

/// The schema as Cedar's text.
///
/// # Errors
/// All that follows from nothing.
pub fn schema(set: &Set, entities: Option<Text<'_>>) -> Result<String, Refusal> {
    let mut facts = Facts::default();
    if let Some(entities) = entities {
        data::read(entities, &mut facts)?;
    }
    for policy in &set.policies {
        usage::names(policy, &mut facts);
    }
    for link in &set.links {
        for uid in link.principal.iter().chain(&link.resource) {
            facts.entity_type(&type_name(uid));
        }
    }
    let mut all: Vec<About<'_>> =
        set.policies.iter().enumerate().map(|(at, policy)| about(set, at, policy, &facts)).collect();
    complete(&mut all, &facts);
    for about in &all {
        for action in &about.actions {
            let action = facts.action(action);
            action.principals.extend(about.principals.iter().cloned());
            action.resources.extend(about.resources.iter().cloned());
        }
    }
    // What one policy tells, another may need.
    for _ in 0..3 {
        for about in &all {
            let mut reader = Reader {
                facts: &mut facts,
                place: &about.policy.place,
                principals: &about.principals,
                resources: &about.resources,
                actions: &about.actions,
            };
            for clause in about.policy.template.clauses() {
                let (Clause::When(expr) | Clause::Unless(expr)) = clause;
                reader.read(expr, Some(&crate::schema::Ty::Bool));
            }
        }
    }
    facts.text()
}

fn about<'p>(set: &Set, at: usize, policy: &'p Policy, facts: &Facts) -> About<'p> {
    let template = &policy.template;
    let links = || set.links.iter().filter(move |link| link.template == at);
    let principals = match &template.principal {
        PrincipalConstraint::Any => asked_types(template.clauses(), &Var::Principal),
        PrincipalConstraint::Is(ty) | PrincipalConstraint::IsIn(ty, _) => BTreeSet::from([ty.to_string()]),
        PrincipalConstraint::Eq(one) => {
            uids(one, links().filter_map(|link| link.principal.as_ref())).iter().map(type_name).collect()
        }
        PrincipalConstraint::In(one) => {
            facts.within(&uids(one, links().filter_map(|link| link.principal.as_ref())))
        }
    };
    let resources = match &template.resource {
        ResourceConstraint::Any => asked_types(template.clauses(), &Var::Resource),
        ResourceConstraint::Is(ty) | ResourceConstraint::IsIn(ty, _) => BTreeSet::from([ty.to_string()]),
        ResourceConstraint::Eq(one) => {
            uids(one, links().filter_map(|link| link.resource.as_ref())).iter().map(type_name).collect()
        }
        ResourceConstraint::In(one) => {
            facts.within(&uids(one, links().filter_map(|link| link.resource.as_ref())))
        }
    };
    let actions = match &template.action {
        ActionConstraint::Any => facts.plain_actions(),
        ActionConstraint::Eq(uid) => as_action(uid).into_iter().collect(),
        ActionConstraint::In(uids) => {
            uids.iter().filter_map(as_action).flat_map(|group| facts.actions_in(&group)).collect()
        }
    };
    About { policy, actions, principals, resources }
}

fn uids<'l>(one: &EntityOrSlot, links: impl Iterator<Item = &'l EntityUID>) -> Vec<EntityUID> {
    match one {
        EntityOrSlot::Entity(uid) => vec![uid.clone()],
        EntityOrSlot::Slot(_) => links.cloned().collect(),
    }
}

/// A policy that names no type is about those that others name for its actions, or else that others name at all.
fn complete(all: &mut [About<'_>], facts: &Facts) {
    let sides: [Side; 2] = [|about| &mut about.principals, |about| &mut about.resources];
    for side in sides {
        let said: Vec<(Vec<ActionName>, BTreeSet<String>)> =
            all.iter_mut().map(|about| (about.actions.clone(), side(about).clone())).collect();
        let anywhere: BTreeSet<String> = said.iter().flat_map(|(_, types)| types.clone()).collect();
        for about in all.iter_mut() {
            if !side(about).is_empty() {
                continue;
            }
            let own = about.actions.clone();
            let alike = said.iter().filter(|(actions, _)| actions.iter().any(|action| own.contains(action)));
            let alike: BTreeSet<String> = alike.flat_map(|(_, types)| types.clone()).collect();
            let found = if alike.is_empty() { anywhere.clone() } else { alike };
            *side(about) = if found.is_empty() { facts.only_type() } else { found };
        }
    }
}
