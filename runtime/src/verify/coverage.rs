//! Whether the variants of a policy are for exactly the environments that its patterns can match, each once.
//!
//! A gap would make a policy silent where its author sees it speak: a deny would be lost. Variants may also be for environments whose
//! types the patterns admit although nothing of these types can be in the entity that they name.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{MAX_APPLICABLE, Verifier};
use crate::program::{Pattern, Policy, Within};
use crate::types::{ActionId, Applies, EntityTypeId, EntityTypes, Environment, Type};

/// The environments of all policies, as far as they were checked.
#[derive(Default)]
pub(super) struct Coverage {
    /// Policies with their variants, by environment, in source order.
    pub applicable: FxHashMap<Environment, Vec<(u32, u32)>>,
    /// Environments looked at so far.
    work: u64,
}

impl Coverage {
    pub(super) fn add(&mut self, verifier: &Verifier<'_>, index: u32, policy: &Policy) -> Result<(), String> {
        let mut covered = FxHashSet::default();
        for (at, variant) in policy.variants.iter().enumerate() {
            for action in &variant.actions {
                let Some(applies) = applies(verifier, *action) else { continue };
                self.charge(applies)?;
                let principals = variant.principals.intersect(&applies.principals);
                let resources = variant.resources.intersect(&applies.resources);
                for environment in product(*action, principals.as_ref(), resources.as_ref()) {
                    let admitted = policy.actions.binary_search(action).is_ok()
                        && admits(&policy.principal, environment.principal)
                        && admits(&policy.resource, environment.resource);
                    if !admitted {
                        return Err(
                            "a variant is for an environment that its patterns do not admit".to_owned()
                        );
                    }
                    if !covered.insert(environment) {
                        return Err("two variants are for the same environment".to_owned());
                    }
                    self.applicable.entry(environment).or_default().push((index, at as u32));
                }
            }
        }
        for action in &policy.actions {
            let Some(applies) = applies(verifier, *action) else { continue };
            self.charge(applies)?;
            for environment in product(*action, Some(&applies.principals), Some(&applies.resources)) {
                let possible = can_match(verifier, policy, &policy.principal, environment.principal)
                    && can_match(verifier, policy, &policy.resource, environment.resource);
                if possible && !covered.contains(&environment) {
                    return Err("no variant is for an environment that its patterns can match".to_owned());
                }
            }
        }
        Ok(())
    }

    fn charge(&mut self, applies: &Applies) -> Result<(), String> {
        self.work += applies.principals.iter().len() as u64 * applies.resources.iter().len() as u64;
        if self.work > MAX_APPLICABLE {
            return Err("policies and environments are too many together".to_owned());
        }
        Ok(())
    }
}

fn applies<'v>(verifier: &'v Verifier<'_>, action: ActionId) -> Option<&'v Applies> {
    verifier.program.schema.actions.get(action.index())?.applies.as_ref()
}

fn product(
    action: ActionId,
    principals: Option<&EntityTypes>,
    resources: Option<&EntityTypes>,
) -> impl Iterator<Item = Environment> {
    principals.into_iter().flat_map(EntityTypes::iter).flat_map(move |principal| {
        let resources = resources.into_iter().flat_map(EntityTypes::iter);
        resources.map(move |resource| Environment { principal, action, resource })
    })
}

/// Whether the types of a pattern admit this one.
fn admits(pattern: &Pattern, ty: EntityTypeId) -> bool {
    pattern.types.as_ref().is_none_or(|types| types.contains(ty))
}

/// Whether some entity of this type can match the pattern.
fn can_match(verifier: &Verifier<'_>, policy: &Policy, pattern: &Pattern, ty: EntityTypeId) -> bool {
    let can_be_in = |container: EntityTypeId| {
        ty == container
            || matches!(verifier.ancestor_types.get(ty.index()), Some(Some(types)) if types.contains(container))
    };
    let within = match &pattern.within {
        Within::Anywhere => true,
        Within::Is(uid) => uid.ty == ty,
        Within::In(uid) => can_be_in(uid.ty),
        Within::InGrantParam(param) => {
            let grant = policy.grant.and_then(|grant| verifier.program.schema.grants.get(grant.index()));
            match grant.and_then(|grant| grant.params.get(*param)).map(|param| &param.ty) {
                Some(Type::Entity(types)) => types.iter().any(can_be_in),
                Some(Type::Set(element)) => match &**element {
                    Type::Entity(types) => types.iter().any(can_be_in),
                    _ => false,
                },
                _ => false,
            }
        }
    };
    within && admits(pattern, ty)
}
