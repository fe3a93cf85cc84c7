//! The combinations of principal type, action and resource type that a policy meets: which are checked together, and which
//! share their code.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash, Hasher};

use assize_runtime::program::Body;
use assize_runtime::program::{ObligationCall, Pattern, Variant};
use assize_runtime::types::{ActionId, EntityTypeId, EntityTypes, Environment, RecordType, Schema};

use rustc_hash::FxHashMap;

use crate::expr::EnvironmentTypes;

/// Environments that are checked at once: for the condition they are the same.
pub type Groups = Vec<EnvironmentTypes>;

/// The environments that a policy meets, in groups. Actions are told apart only if the condition looks at the action.
pub fn groups(
    schema: &Schema,
    principal: &Pattern,
    actions: &[ActionId],
    resource: &Pattern,
    by_action: bool,
) -> Groups {
    let mut groups: indexmap::IndexMap<
        (EntityTypeId, EntityTypeId, &RecordType, Option<ActionId>),
        Vec<ActionId>,
    > = indexmap::IndexMap::new();
    for &action in actions {
        let Some(applies) = schema.actions.get(action.index()).and_then(|it| it.applies.as_ref()) else {
            continue;
        };
        for principal in applies.principals.iter().filter(|ty| matches(principal, *ty)) {
            for resource in applies.resources.iter().filter(|ty| matches(resource, *ty)) {
                let key = (principal, resource, &applies.context, by_action.then_some(action));
                groups.entry(key).or_default().push(action);
            }
        }
    }
    groups
        .into_iter()
        .map(|((principal, resource, context, _), actions)| EnvironmentTypes {
            principal,
            actions,
            resource,
            context: context.clone(),
        })
        .collect()
}

/// Whether a pattern's types admit `ty`.
pub fn matches(pattern: &Pattern, ty: EntityTypeId) -> bool {
    pattern.types.as_ref().is_none_or(|types| types.contains(ty))
}

/// What a policy does in one group of environments.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Code {
    /// `when` and not `unless`.
    pub condition: Option<Body>,
    /// Calls of `oblige`.
    pub obligations: Vec<ObligationCall>,
}

/// Variants that cover each environment of `groups` once, those with the same code together; `groups` are all that the policy
/// meets.
pub fn variants(schema: &Schema, groups: &Groups, codes: Vec<Code>) -> Vec<Variant> {
    // Contexts of one type only: a variant has one.
    let mut classes: Vec<(Code, &RecordType, BTreeSet<Environment>)> = Vec::new();
    // Classes by a hash of their code: there may be as many as environments.
    let mut by_hash: FxHashMap<u64, Vec<usize>> = FxHashMap::default();
    let mut all = BTreeSet::new();
    for (group, code) in groups.iter().zip(codes) {
        let environments = group.actions.iter().map(|action| Environment {
            principal: group.principal,
            action: *action,
            resource: group.resource,
        });
        let environments: Vec<_> = environments.collect();
        all.extend(environments.iter().copied());
        let candidates = by_hash.entry(hash_of(&code)).or_default();
        let known =
            candidates.iter().copied().find(|at| *classes[*at].1 == group.context && classes[*at].0 == code);
        match known {
            Some(at) => classes[at].2.extend(environments),
            None => {
                candidates.push(classes.len());
                classes.push((code, &group.context, environments.into_iter().collect()));
            }
        }
    }
    let mut variants = Vec::new();
    for (code, _, members) in classes {
        for Product { principals, actions, resources } in products(schema, &all, &members) {
            let Some(principals) = EntityTypes::new(principals) else { continue };
            let Some(resources) = EntityTypes::new(resources) else { continue };
            variants.push(Variant {
                principals,
                actions: actions.into_iter().collect(),
                resources,
                condition: code.condition.clone(),
                obligations: code.obligations.clone(),
            });
        }
    }
    variants
}

/// A hash that is the same on every machine, for lookups in memory.
pub fn hash_of(value: &impl Hash) -> u64 {
    let mut hasher = rustc_hash::FxHasher::default();
    value.hash(&mut hasher);
    hasher.finish()
}

#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Product {
    principals: BTreeSet<EntityTypeId>,
    actions: BTreeSet<ActionId>,
    resources: BTreeSet<EntityTypeId>,
}

/// Products of sets that hold each of `members` once, and no other environment that some action applies to. Combinations to
/// which no action applies may be in a product, which keeps their number down.
fn products(schema: &Schema, all: &BTreeSet<Environment>, members: &BTreeSet<Environment>) -> Vec<Product> {
    let mut whole = Product::default();
    for member in members {
        whole.principals.insert(member.principal);
        whole.actions.insert(member.action);
        whole.resources.insert(member.resource);
    }
    if is_exact(schema, &whole, all, members) {
        return vec![whole];
    }
    // For each principal type its resource types with the same actions, then principal types with the same of those.
    let mut by_pair: BTreeMap<(EntityTypeId, EntityTypeId), BTreeSet<ActionId>> = BTreeMap::new();
    for member in members {
        by_pair.entry((member.principal, member.resource)).or_default().insert(member.action);
    }
    let mut by_principal: BTreeMap<EntityTypeId, BTreeMap<BTreeSet<ActionId>, BTreeSet<EntityTypeId>>> =
        BTreeMap::new();
    for ((principal, resource), actions) in by_pair {
        by_principal.entry(principal).or_default().entry(actions).or_default().insert(resource);
    }
    let mut merged: BTreeMap<BTreeMap<BTreeSet<ActionId>, BTreeSet<EntityTypeId>>, BTreeSet<EntityTypeId>> =
        BTreeMap::new();
    for (principal, shape) in by_principal {
        merged.entry(shape).or_default().insert(principal);
    }
    merged
        .into_iter()
        .flat_map(|(shape, principals)| {
            shape.into_iter().map(move |(actions, resources)| Product {
                principals: principals.clone(),
                actions,
                resources,
            })
        })
        .collect()
}

/// Whether every environment of the product that the policy meets is one of `members`, and no other action applies there.
fn is_exact(
    schema: &Schema,
    product: &Product,
    all: &BTreeSet<Environment>,
    members: &BTreeSet<Environment>,
) -> bool {
    product.actions.iter().all(|action| {
        let Some(applies) = schema.actions.get(action.index()).and_then(|it| it.applies.as_ref()) else {
            return true;
        };
        product.principals.iter().filter(|ty| applies.principals.contains(**ty)).all(|principal| {
            product.resources.iter().filter(|ty| applies.resources.contains(**ty)).all(|resource| {
                let environment = Environment { principal: *principal, action: *action, resource: *resource };
                members.contains(&environment) || !all.contains(&environment)
            })
        })
    })
}
