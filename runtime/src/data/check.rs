//! What makes an entity or a grant row fit the schema.

use smol_str::SmolStr;

use crate::data::Entity;
use crate::fit::{fits, may_exist};
use crate::names::spell_entity;
use crate::types::{GrantId, Schema};
use crate::value::{EntityUid, Value};

/// Why an edit is refused. Entities are spelt `User::"ann"`, with the full name of their type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DataError {
    /// An index that the schema does not have, or an id that a closed type does not list.
    #[error("there can be no entity `{0}`")]
    NoSuchEntity(String),
    /// An entity of an external type comes with requests.
    #[error("`{0}` is of an external type: it comes with each request and is not stored")]
    External(String),
    /// A parent of a type that the schema does not allow.
    #[error("`{parent}` cannot be a parent of `{entity}`: the schema does not declare it")]
    ParentType {
        /// The entity.
        entity: String,
        /// Its impossible parent.
        parent: String,
    },
    /// An attribute that the type does not declare.
    #[error("`{entity}` has an attribute `{attribute}` that its type does not declare")]
    UnknownAttribute {
        /// The entity.
        entity: String,
        /// The attribute.
        attribute: SmolStr,
    },
    /// An attribute without which the entity is incomplete.
    #[error("`{entity}` lacks the attribute `{attribute}`")]
    MissingAttribute {
        /// The entity.
        entity: String,
        /// The attribute.
        attribute: SmolStr,
    },
    /// A value of another type than the attribute's.
    #[error("attribute `{attribute}` of `{entity}` does not have its declared type")]
    AttributeType {
        /// The entity.
        entity: String,
        /// The attribute.
        attribute: SmolStr,
    },
    /// The hierarchy would run in a circle: each is in the next, the last in the first.
    #[error("the hierarchy would have a cycle: {}", spell_cycle(.0))]
    Cycle(Vec<String>),
    /// Data made for another schema.
    #[error("it was made for another schema")]
    OtherSchema,
    /// An enum has lost a variant that the data has.
    #[error("there is no variant `{0}`")]
    NoSuchVariant(SmolStr),
    /// An action that the data names is gone.
    #[error("there is no action `{0}`")]
    NoSuchAction(SmolStr),
    /// No such grant.
    #[error("there is no such grant")]
    NoSuchGrant,
    /// Too few or too many arguments.
    #[error("grant `{grant}` takes {expected} arguments")]
    GrantArity {
        /// The grant.
        grant: SmolStr,
        /// How many parameters it has.
        expected: usize,
    },
    /// An argument of another type than the parameter's.
    #[error("argument `{param}` of grant `{grant}` does not have its declared type")]
    GrantArgument {
        /// The grant.
        grant: SmolStr,
        /// The parameter.
        param: SmolStr,
    },
    /// A row of a `for at most` grant without end or with too late an end.
    #[error("grant `{grant}` is for at most {}: give an `until` within that time from now", crate::literal::format_duration(*.at_most))]
    GrantTooLong {
        /// The grant.
        grant: SmolStr,
        /// In milliseconds.
        at_most: i64,
    },
}

/// Entities of a cycle that are named before the rest is only counted.
const MAX_SPELT: usize = 8;

/// "`a` in `b` in `a`", in a length that can be read.
pub(crate) fn spell_cycle(cycle: &[String]) -> String {
    let quoted = |name: &String| format!("`{name}`");
    let mut names: Vec<_> = cycle.iter().take(MAX_SPELT).map(quoted).collect();
    if cycle.len() > MAX_SPELT {
        names.push(format!(".. ({} more) ..", cycle.len() - MAX_SPELT));
    }
    names.extend(cycle.first().map(quoted));
    names.join(" in ")
}

/// `User::"ann"` with the full name of the type.
pub(super) fn spell(schema: &Schema, uid: &EntityUid) -> String {
    spell_entity(schema.entity_types.get(uid.ty.index()).map_or("?", |ty| &ty.name), &uid.id)
}

/// Whether `entity` fits its type: attributes, types of parents, a possible id. External types are for the caller to refuse.
pub fn check_entity(schema: &Schema, uid: &EntityUid, entity: &Entity) -> Result<(), DataError> {
    let name = || spell(schema, uid);
    let Some(ty) = schema.entity_types.get(uid.ty.index()).filter(|_| may_exist(schema, uid)) else {
        return Err(DataError::NoSuchEntity(name()));
    };
    for parent in &entity.parents {
        if !ty.parents.contains(&parent.ty) || !may_exist(schema, parent) {
            return Err(DataError::ParentType { entity: name(), parent: spell(schema, parent) });
        }
    }
    for (attribute, value) in &entity.attributes {
        let attribute = attribute.clone();
        match ty.attributes.field(&attribute) {
            None => return Err(DataError::UnknownAttribute { entity: name(), attribute }),
            Some((_, field)) if !fits(schema, value, &field.ty) => {
                return Err(DataError::AttributeType { entity: name(), attribute });
            }
            Some(_) => {}
        }
    }
    for field in ty.attributes.fields() {
        if !field.optional && !entity.attributes.contains_key(&field.name) {
            return Err(DataError::MissingAttribute { entity: name(), attribute: field.name.clone() });
        }
    }
    Ok(())
}

/// Whether a row fits its grant; `now` is the clock of the load or update, for `for at most`.
pub fn check_grant_row(
    schema: &Schema,
    grant: GrantId,
    args: &[Value],
    until: Option<i64>,
    now: i64,
) -> Result<(), DataError> {
    let declared = schema.grants.get(grant.index()).ok_or(DataError::NoSuchGrant)?;
    let grant = || declared.name.clone();
    if args.len() != declared.params.len() {
        return Err(DataError::GrantArity { grant: grant(), expected: declared.params.len() });
    }
    for (param, value) in declared.params.iter().zip(args) {
        if !fits(schema, value, &param.ty) {
            return Err(DataError::GrantArgument { grant: grant(), param: param.name.clone() });
        }
    }
    match declared.at_most {
        Some(at_most) if until.is_none_or(|until| until > now.saturating_add(at_most)) => {
            Err(DataError::GrantTooLong { grant: grant(), at_most })
        }
        _ => Ok(()),
    }
}
