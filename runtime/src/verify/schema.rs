//! Whether the declarations are consistent.

use std::collections::BTreeSet;

use smol_str::SmolStr;

use super::types::{check_params, check_record};
use super::{MAX_APPLICABLE, MAX_DECLARED, MAX_ENTITY_TYPES, VerifyError};
use crate::fit;
use crate::types::{Action, ActionId, EntityType, EntityTypeId, EntityTypes, Schema};

/// Checks a schema; answers the types that ancestors of each entity type can have.
pub(super) fn check(schema: &Schema) -> Result<Vec<Option<EntityTypes>>, VerifyError> {
    counts(schema)?;
    names("entity type", schema.entity_types.iter().map(|ty| &ty.name))?;
    names("enum", schema.enums.iter().map(|ty| &ty.name))?;
    names("action", schema.actions.iter().map(|action| &action.name))?;
    names("grant", schema.grants.iter().map(|grant| &grant.name))?;
    names("obligation", schema.obligations.iter().map(|obligation| &obligation.name))?;
    for ty in &schema.entity_types {
        entity_type(schema, ty)
            .map_err(|problem| VerifyError::new(format!("entity type `{}`", ty.name), problem))?;
    }
    for ty in &schema.enums {
        if ty.variants.is_empty() || ty.variants.iter().collect::<BTreeSet<_>>().len() != ty.variants.len() {
            return Err(VerifyError::new(
                format!("enum `{}`", ty.name),
                "its variants are not distinct, or none",
            ));
        }
    }
    let mut work = 0;
    for (index, declared) in schema.actions.iter().enumerate() {
        action(schema, ActionId(index as u32), declared, &mut work)
            .map_err(|problem| VerifyError::new(format!("action `{}`", declared.name), problem))?;
    }
    for grant in &schema.grants {
        let place = || format!("grant `{}`", grant.name);
        check_params(schema, &grant.params).map_err(|problem| VerifyError::new(place(), problem))?;
        if grant.at_most.is_some_and(|at_most| at_most < 0) {
            return Err(VerifyError::new(place(), "its longest time is negative"));
        }
    }
    for obligation in &schema.obligations {
        check_params(schema, &obligation.params)
            .map_err(|problem| VerifyError::new(format!("obligation `{}`", obligation.name), problem))?;
    }
    let types = (0..schema.entity_types.len()).map(|ty| EntityTypeId(ty as u32));
    Ok(types.map(|ty| EntityTypes::new(fit::ancestor_types(schema, [ty]))).collect())
}

fn counts(schema: &Schema) -> Result<(), VerifyError> {
    let edges = schema.entity_types.iter().map(|ty| ty.parents.len()).sum();
    let counts = [
        ("entity types", schema.entity_types.len(), MAX_ENTITY_TYPES),
        ("parents of entity types", edges, MAX_DECLARED),
        ("enums", schema.enums.len(), MAX_DECLARED),
        ("actions", schema.actions.len(), MAX_DECLARED),
        ("grants", schema.grants.len(), MAX_DECLARED),
        ("obligations", schema.obligations.len(), MAX_DECLARED),
        (
            "variants of an enum",
            schema.enums.iter().map(|ty| ty.variants.len()).max().unwrap_or(0),
            MAX_DECLARED,
        ),
    ];
    for (what, count, most) in counts {
        if count > most {
            return Err(VerifyError::new(what, format!("there are more than {most}")));
        }
    }
    Ok(())
}

fn names<'a>(kind: &str, names: impl Iterator<Item = &'a SmolStr>) -> Result<(), VerifyError> {
    let mut seen = BTreeSet::new();
    for name in names {
        if name.is_empty() || !seen.insert(name) {
            return Err(VerifyError::new(
                format!("{kind} `{name}`"),
                "its name is empty or not the only one",
            ));
        }
    }
    Ok(())
}

fn entity_type(schema: &Schema, ty: &EntityType) -> Result<(), String> {
    if ty.parents.iter().any(|parent| parent.index() >= schema.entity_types.len()) {
        return Err("one of its parents is no entity type".to_owned());
    }
    if let Some(ids) = &ty.closed {
        if ty.external {
            return Err("it is both closed and external".to_owned());
        }
        if ids.iter().collect::<BTreeSet<_>>().len() != ids.len() {
            return Err("its ids are not distinct".to_owned());
        }
    }
    check_record(schema, &ty.attributes)
}

fn action(schema: &Schema, id: ActionId, action: &Action, work: &mut u64) -> Result<(), String> {
    if let Some(applies) = &action.applies {
        let known = |types: &EntityTypes| types.iter().all(|ty| ty.index() < schema.entity_types.len());
        if !known(&applies.principals) || !known(&applies.resources) {
            return Err("it applies to an unknown entity type".to_owned());
        }
        check_record(schema, &applies.context)?;
    }
    let included = |includes: &[ActionId], action: ActionId| includes.binary_search(&action).is_ok();
    if !action.includes.is_sorted_by(|a, b| a < b) || !included(&action.includes, id) {
        return Err("what it includes is not sorted, or lacks itself".to_owned());
    }
    for inner in &action.includes {
        let Some(inner) = schema.actions.get(inner.index()) else {
            return Err("it includes an unknown action".to_owned());
        };
        *work += inner.includes.len() as u64;
        if *work > MAX_APPLICABLE {
            return Err("actions include too many others".to_owned());
        }
        if !inner.includes.iter().all(|inner| included(&action.includes, *inner)) {
            return Err(format!("it includes `{}` but not all that this includes", inner.name));
        }
    }
    Ok(())
}
