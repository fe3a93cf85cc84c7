//! Who is below whom: the hierarchy downward, from the parents that each entity names.

use crate::data::Data;
use crate::secret::KeyedMap;
use crate::types::{EntityTypeId, Schema};
use crate::value::EntityUid;

/// Direct children by parent; parents that the data lacks have theirs too.
#[derive(Default)]
pub(super) struct Members(KeyedMap<EntityUid, Vec<EntityUid>>);

impl Members {
    /// Of all that the data holds.
    pub fn of(schema: &Schema, data: &Data) -> Members {
        let mut children: KeyedMap<EntityUid, Vec<EntityUid>> = KeyedMap::default();
        for index in 0..schema.entity_types.len() {
            let ty = EntityTypeId(index as u32);
            for (id, entity) in data.entities(ty) {
                for parent in &entity.parents {
                    let child = EntityUid { ty, id: id.clone() };
                    match children.get_mut(parent) {
                        Some(of) => of.push(child),
                        None => drop(children.insert(parent.clone(), vec![child])),
                    }
                }
            }
        }
        Members(children)
    }

    /// The entities that name this one as a parent.
    pub fn of_parent(&self, parent: &EntityUid) -> &[EntityUid] {
        self.0.get(parent).map_or(&[], Vec::as_slice)
    }
}
