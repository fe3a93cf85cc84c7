//! Data of one schema as data of another: what was declared under a name stands for what is declared under it now.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use super::{Bulk, Data, DataError, Entity, check_entity, check_grant_row};
use crate::types::{ActionId, EntityTypeId, EnumId, GrantId, Schema};
use crate::value::{EntityUid, Value};

/// From ids of one schema to those of another, by names.
pub struct Translation<'a> {
    to: &'a Schema,
    from: &'a Schema,
    /// By old id.
    entity_types: Vec<Option<EntityTypeId>>,
    actions: Vec<Option<ActionId>>,
    grants: Vec<Option<GrantId>>,
    /// By old enum and variant.
    variants: Vec<Vec<Option<(EnumId, u32)>>>,
}

impl<'a> Translation<'a> {
    /// From one schema to another.
    pub fn new(from: &'a Schema, to: &'a Schema) -> Self {
        let names = |names: &mut dyn Iterator<Item = &SmolStr>| -> FxHashMap<SmolStr, u32> {
            names.cloned().enumerate().map(|(at, name)| (name, at as u32)).collect()
        };
        let entity_types = names(&mut to.entity_types.iter().map(|ty| &ty.name));
        let actions = names(&mut to.actions.iter().map(|action| &action.name));
        let grants = names(&mut to.grants.iter().map(|grant| &grant.name));
        let enums = names(&mut to.enums.iter().map(|ty| &ty.name));
        let variants = from.enums.iter().map(|old| {
            let new = enums.get(&old.name).map(|at| (EnumId(*at), &to.enums[*at as usize]));
            let variant = |name: &SmolStr| {
                let (id, new) = new?;
                Some((id, new.variants.iter().position(|variant| variant == name)? as u32))
            };
            old.variants.iter().map(variant).collect()
        });
        let variants = variants.collect();
        Translation {
            to,
            from,
            entity_types: from
                .entity_types
                .iter()
                .map(|ty| entity_types.get(&ty.name).copied().map(EntityTypeId))
                .collect(),
            actions: from
                .actions
                .iter()
                .map(|action| actions.get(&action.name).copied().map(ActionId))
                .collect(),
            grants: from.grants.iter().map(|grant| grants.get(&grant.name).copied().map(GrantId)).collect(),
            variants,
        }
    }

    fn uid(&self, uid: &EntityUid) -> Result<EntityUid, DataError> {
        match self.entity_types.get(uid.ty.index()) {
            Some(Some(ty)) => Ok(EntityUid { ty: *ty, id: uid.id.clone() }),
            _ => Err(DataError::NoSuchEntity(super::check::spell(self.from, uid))),
        }
    }

    /// A value in the new schema's ids.
    pub fn value(&self, value: &Value) -> Result<Value, DataError> {
        let fields = |map: &BTreeMap<SmolStr, Value>| -> Result<_, DataError> {
            map.iter().map(|(key, value)| Ok((key.clone(), self.value(value)?))).collect()
        };
        Ok(match value {
            Value::Entity(uid) => Value::Entity(self.uid(uid)?),
            Value::Enum(id, variant) => {
                let new = self.variants.get(id.index()).and_then(|variants| variants.get(*variant as usize));
                let Some(Some((id, variant))) = new else {
                    return Err(DataError::NoSuchVariant(self.spell(*id, *variant)));
                };
                Value::Enum(*id, *variant)
            }
            Value::Action(action) => match self.actions.get(action.index()) {
                Some(Some(action)) => Value::Action(*action),
                _ => {
                    let name = self.from.actions.get(action.index()).map_or("?", |action| &action.name);
                    return Err(DataError::NoSuchAction(name.into()));
                }
            },
            Value::Set(set) => {
                Value::Set(Arc::new(set.iter().map(|value| self.value(value)).collect::<Result<_, _>>()?))
            }
            Value::Map(map) => Value::Map(Arc::new(fields(map)?)),
            Value::Record(map) => Value::Record(Arc::new(fields(map)?)),
            other => other.clone(),
        })
    }

    fn spell(&self, id: EnumId, variant: u32) -> SmolStr {
        match self.from.enums.get(id.index()) {
            Some(ty) => {
                let variant = ty.variants.get(variant as usize).map_or("?", SmolStr::as_str);
                smol_str::format_smolstr!("{}::{variant}", ty.name)
            }
            None => "?".into(),
        }
    }

    /// All of the data in the new schema's ids, if it fits the new schema.
    pub fn data(&self, data: &Data, now: i64) -> Result<Data, DataError> {
        let mut bulk = Bulk::new(self.to);
        for (ty, entities) in data.entities.iter().enumerate() {
            for (id, entity) in entities {
                let uid = self.uid(&EntityUid { ty: EntityTypeId(ty as u32), id: id.clone() })?;
                let parents =
                    entity.parents.iter().map(|parent| self.uid(parent)).collect::<Result<_, _>>()?;
                let attributes = entity.attributes.iter();
                let attributes = attributes
                    .map(|(name, value)| Ok((name.clone(), self.value(value)?)))
                    .collect::<Result<_, DataError>>()?;
                bulk.upsert(uid, Entity { parents, attributes })?;
            }
        }
        for (grant, rows) in data.grants.iter().enumerate() {
            for (args, until) in rows {
                let Some(Some(grant)) = self.grants.get(grant) else { return Err(DataError::NoSuchGrant) };
                let args = args.iter().map(|value| self.value(value)).collect::<Result<Vec<_>, _>>()?;
                bulk.grant(*grant, args.into(), *until, now)?;
            }
        }
        bulk.finish()
    }
}

impl Data {
    /// Whether all of it fits a schema: for data that may have been made for another one. The ends of rows were checked when they
    /// were granted.
    pub fn check(&self, schema: &Schema) -> Result<(), DataError> {
        if self.entities.len() != schema.entity_types.len() || self.grants.len() != schema.grants.len() {
            return Err(DataError::OtherSchema);
        }
        for (ty, entities) in self.entities.iter().enumerate() {
            for (id, entity) in entities {
                let uid = EntityUid { ty: EntityTypeId(ty as u32), id: id.clone() };
                check_entity(schema, &uid, entity)?;
                super::edit::refuse_external(schema, &uid)?;
            }
        }
        for (grant, rows) in self.grants.iter().enumerate() {
            for (args, until) in rows {
                check_grant_row(schema, GrantId(grant as u32), args, *until, i64::MAX)?;
            }
        }
        Ok(())
    }
}
