//! A snapshot asked the other way round: who is in an entity, which rows of a grant name one, and whom the data holds.
//!
//! All of it is kept up with each change of the data, so a question costs no index of its own.

use super::grants::entities_of;
use super::image::Image;
use super::layout::{HELD, param_entities};
use super::names::{entity_number, entity_type, entity_word};
use crate::types::{EntityTypeId, GrantId};
use crate::value::Value;

impl Image {
    /// The entities that have this one as a direct parent.
    pub fn children(&self, parent: u64) -> impl Iterator<Item = u64> + '_ {
        self.entities.hierarchy.children(parent)
    }

    /// Whether an entity is of this type.
    pub fn is_of(&self, entity: u64, ty: EntityTypeId) -> bool {
        entity_type(entity) == ty
    }

    /// The type and the number of an entity.
    pub fn place(&self, entity: u64) -> (usize, usize) {
        (entity_type(entity).index(), entity_number(entity))
    }

    /// The entity of a type with a number, which is one of those that the snapshot has.
    pub fn entity(ty: EntityTypeId, number: usize) -> u64 {
        entity_word(ty, number as u32)
    }

    /// Whether the data holds an entity.
    pub fn is_held(&self, entity: u64) -> bool {
        self.knows(entity) && self.row(entity).get(HELD.word).is_some_and(|word| word >> HELD.bit & 1 == 1)
    }

    /// All entities of a type that the data holds, ascending.
    pub fn held(&self, ty: EntityTypeId) -> impl Iterator<Item = u64> + '_ {
        let count = self.entities.names.count(ty.index());
        (0..count).map(move |number| entity_word(ty, number as u32)).filter(|entity| self.is_held(*entity))
    }

    /// Calls `each` with the arguments and the end of every row whose value of a parameter is one of these entities, or a set that has
    /// one, until it answers false. A row may come more than once. False, without having called it, if rows are not found by this parameter.
    pub fn rows_naming(
        &self,
        grant: GrantId,
        param: usize,
        entities: impl Iterator<Item = u64>,
        each: &mut dyn FnMut(&[Value], Option<i64>) -> bool,
    ) -> bool {
        let declared = self.code.program.schema.grants.get(grant.index());
        let declared = declared.and_then(|grant| grant.params.get(param));
        let (Some(declared), Some(table)) = (declared, self.grants.get(grant.index())) else { return false };
        if param_entities(&declared.ty).is_none() || !table.finds_by(param) {
            return false;
        }
        for entity in entities {
            for (position, row) in table.naming(param, entity_type(entity).0, entity_number(entity) as u32) {
                if entities_of(&declared.ty, row, param).contains(&entity)
                    && let Some((args, until)) = table.key(position)
                    && !each(args, until)
                {
                    return true;
                }
            }
        }
        true
    }
}
