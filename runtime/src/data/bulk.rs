//! Very many entities and rows at once, in time linear in what they refer to: cycles are looked for once, at the end.

use std::sync::Arc;

use super::check::spell;
use super::edit::refuse_external;
use super::{Data, DataError, Entity, check_entity, check_grant_row};
use crate::types::{EntityTypeId, GrantId, Schema};
use crate::value::{EntityUid, Value};

/// A [`Data`] under construction.
pub struct Bulk<'a> {
    schema: &'a Schema,
    data: Data,
}

impl<'a> Bulk<'a> {
    /// Nothing yet, for this schema.
    pub fn new(schema: &'a Schema) -> Bulk<'a> {
        Bulk { schema, data: Data::new(schema) }
    }

    /// Adds an entity; answers whether there was one of that name, which it replaces.
    pub fn upsert(&mut self, uid: EntityUid, mut entity: Entity) -> Result<bool, DataError> {
        entity.parents.sort_unstable();
        entity.parents.dedup();
        check_entity(self.schema, &uid, &entity)?;
        refuse_external(self.schema, &uid)?;
        let replaced = match self.data.entities.get_mut(uid.ty.index()) {
            Some(entities) => entities.insert(uid.id, Arc::new(entity)).1.is_some(),
            None => false,
        };
        Ok(replaced)
    }

    /// Adds a grant row; a row with the same arguments is replaced.
    pub fn grant(
        &mut self,
        grant: GrantId,
        args: Arc<[Value]>,
        until: Option<i64>,
        now: i64,
    ) -> Result<(), DataError> {
        check_grant_row(self.schema, grant, &args, until, now)?;
        if let Some(rows) = self.data.grants.get_mut(grant.index()) {
            rows.insert(args, until);
        }
        Ok(())
    }

    /// Adds an entity that was checked before; the position of the one of that name, if there is one already.
    pub(crate) fn insert_new(&mut self, uid: EntityUid, entity: Entity) -> Result<(), usize> {
        let Some(entities) = self.data.entities.get_mut(uid.ty.index()) else { return Ok(()) };
        match entities.position(&uid.id) {
            Some(first) => Err(first),
            None => {
                entities.insert(uid.id, Arc::new(entity));
                Ok(())
            }
        }
    }

    /// Adds a grant row that was checked before.
    pub(crate) fn insert_row(&mut self, grant: GrantId, args: Arc<[Value]>, until: Option<i64>) {
        if let Some(rows) = self.data.grants.get_mut(grant.index()) {
            rows.insert(args, until);
        }
    }

    /// All of it; the caller looks for cycles.
    pub(crate) fn into_data(self) -> Data {
        self.data
    }

    /// The data, unless its hierarchy has a cycle.
    pub fn finish(self) -> Result<Data, DataError> {
        match find_cycle(&self.data) {
            Some(cycle) => Err(DataError::Cycle(cycle.iter().map(|uid| spell(self.schema, uid)).collect())),
            None => Ok(self.data),
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Mark {
    New,
    /// On the path that is being walked.
    Open,
    Done,
}

/// Some cycle: each is in the next, the last in the first. Depth first, on a stack of its own.
pub(crate) fn find_cycle(data: &Data) -> Option<Vec<EntityUid>> {
    let mut marks: Vec<Vec<Mark>> =
        data.entities.iter().map(|entities| vec![Mark::New; entities.positions()]).collect();
    let locate =
        |uid: &EntityUid| Some((uid.ty.index(), data.entities.get(uid.ty.index())?.position(&uid.id)?));
    let name = |(ty, at): (usize, usize)| {
        let id = data.entities.get(ty)?.at(at)?.0.clone();
        Some(EntityUid { ty: EntityTypeId(ty as u32), id })
    };
    for ty in 0..data.entities.len() {
        for at in 0..data.entities[ty].positions() {
            if marks[ty][at] != Mark::New {
                continue;
            }
            marks[ty][at] = Mark::Open;
            let mut path = vec![((ty, at), 0)];
            while let Some((place, next)) = path.last_mut() {
                let parent =
                    data.entities[place.0].at(place.1).and_then(|(_, entity)| entity.parents.get(*next));
                *next += 1;
                match parent.map(&locate) {
                    None => {
                        marks[place.0][place.1] = Mark::Done;
                        path.pop();
                    }
                    Some(None) => {}
                    Some(Some(parent)) => match marks[parent.0][parent.1] {
                        Mark::New => {
                            marks[parent.0][parent.1] = Mark::Open;
                            path.push((parent, 0));
                        }
                        Mark::Open => {
                            let onward =
                                path.iter().map(|(place, _)| *place).skip_while(|place| *place != parent);
                            return Some(onward.filter_map(name).collect());
                        }
                        Mark::Done => {}
                    },
                }
            }
        }
    }
    None
}
