//! One edit at a time: each leaves the data fitting its schema, or unchanged.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::check::spell;
use super::{Data, DataError, Entity, check_entity, check_grant_row};
use crate::types::{GrantId, Schema};
use crate::value::{EntityUid, Value};

impl Data {
    /// Adds an entity or replaces it whole. Refused if it does not fit its type, is of an external type, or would close a cycle in
    /// the hierarchy. Costs a walk over the ancestors of parents that it did not have.
    pub fn upsert(&mut self, schema: &Schema, uid: EntityUid, mut entity: Entity) -> Result<(), DataError> {
        entity.parents.sort_unstable();
        entity.parents.dedup();
        check_entity(schema, &uid, &entity)?;
        refuse_external(schema, &uid)?;
        let had = self.entity(&uid).map_or(&[][..], |entity| &entity.parents);
        let is_above = |parent: &EntityUid| had.binary_search(parent).is_ok();
        if let Some(cycle) =
            self.cycle_through(&uid, entity.parents.iter().filter(|parent| !is_above(parent)))
        {
            return Err(DataError::Cycle(cycle.iter().map(|uid| spell(schema, uid)).collect()));
        }
        if let Some(entities) = self.entities.get_mut(uid.ty.index()) {
            entities.insert(uid.id, Arc::new(entity));
        }
        Ok(())
    }

    /// Takes an entity out; whether it was there. What refers to it dangles from now on.
    pub fn remove(&mut self, uid: &EntityUid) -> bool {
        self.entities.get_mut(uid.ty.index()).is_some_and(|entities| entities.remove(&uid.id).is_some())
    }

    /// Adds a grant row; a row with the same arguments is replaced. `now` is the clock, for `for at most`.
    pub fn grant(
        &mut self,
        schema: &Schema,
        grant: GrantId,
        args: impl Into<Arc<[Value]>>,
        until: Option<i64>,
        now: i64,
    ) -> Result<(), DataError> {
        let args = args.into();
        check_grant_row(schema, grant, &args, until, now)?;
        if let Some(rows) = self.grants.get_mut(grant.index()) {
            rows.insert(args, until);
        }
        Ok(())
    }

    /// Takes a grant row out; whether it was there.
    pub fn revoke(&mut self, grant: GrantId, args: &[Value]) -> bool {
        self.grants.get_mut(grant.index()).is_some_and(|rows| rows.remove(args).is_some())
    }

    /// The cycle that `uid` would be on if it had these parents too: each is in the next, the last in `uid`.
    fn cycle_through<'a>(
        &'a self,
        uid: &'a EntityUid,
        parents: impl Iterator<Item = &'a EntityUid>,
    ) -> Option<Vec<EntityUid>> {
        // From each ancestor seen, the descendant through which it was seen first.
        let mut below: BTreeMap<&EntityUid, &EntityUid> = BTreeMap::new();
        let mut open: Vec<(&EntityUid, &EntityUid)> = parents.map(|parent| (parent, uid)).collect();
        while let Some((ancestor, child)) = open.pop() {
            if ancestor == uid {
                let mut cycle = vec![];
                let mut at = child;
                while at != uid {
                    cycle.push(at.clone());
                    at = below.get(at)?;
                }
                cycle.push(uid.clone());
                cycle.reverse();
                return Some(cycle);
            }
            if below.contains_key(ancestor) {
                continue;
            }
            below.insert(ancestor, child);
            if let Some(entity) = self.entity(ancestor) {
                open.extend(entity.parents.iter().map(|parent| (parent, ancestor)));
            }
        }
        None
    }
}

pub(super) fn refuse_external(schema: &Schema, uid: &EntityUid) -> Result<(), DataError> {
    match schema.entity_types.get(uid.ty.index()) {
        Some(ty) if ty.external => Err(DataError::External(spell(schema, uid))),
        _ => Ok(()),
    }
}
