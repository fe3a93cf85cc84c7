//! Names that only one decision, or one prepared context, knows.
//!
//! Most requests bring none and few bring more than a handful, so the first are kept in place and compared one by one: no memory is
//! asked for and nothing is hashed. Those after them go into a table, because nobody limits how many a request may bring.

use std::hash::Hash;

use indexmap::{Equivalent, IndexSet};
use smallvec::SmallVec;
use smol_str::SmolStr;

use crate::secret::Keyed;
use crate::types::EntityTypeId;
use crate::value::EntityUid;

/// So many have a place without a table.
const FEW: usize = 4;

/// Names that the snapshot does not know, numbered as they come.
#[derive(Default)]
pub(super) struct Locals {
    strings: Numbered<SmolStr>,
    entities: Numbered<EntityUid>,
}

/// Distinct things by the order in which they came.
struct Numbered<T> {
    /// Never more than fit in place.
    few: SmallVec<[T; FEW]>,
    more: Option<Box<IndexSet<T, Keyed>>>,
}

impl<T> Default for Numbered<T> {
    fn default() -> Self {
        Numbered { few: SmallVec::new(), more: None }
    }
}

impl<T: Hash + Eq> Numbered<T> {
    fn len(&self) -> usize {
        self.few.len() + self.more.as_ref().map_or(0, |more| more.len())
    }

    fn find<Q: Hash + Equivalent<T> + ?Sized>(&self, sought: &Q) -> Option<usize> {
        if let Some(at) = self.few.iter().position(|one| sought.equivalent(one)) {
            return Some(at);
        }
        Some(self.few.len() + self.more.as_ref()?.get_index_of(sought)?)
    }

    /// Adds something that is not among them.
    fn push(&mut self, new: T) -> usize {
        let at = self.len();
        if self.few.len() < FEW {
            self.few.push(new);
        } else {
            self.more.get_or_insert_default().insert(new);
        }
        at
    }

    fn get(&self, at: usize) -> Option<&T> {
        match at.checked_sub(self.few.len()) {
            None => self.few.get(at),
            Some(at) => self.more.as_ref()?.get_index(at),
        }
    }
}

/// An entity by parts of its name; its hash is that of the whole.
#[derive(Hash)]
struct Parts<'a> {
    ty: EntityTypeId,
    id: &'a str,
}

impl Equivalent<EntityUid> for Parts<'_> {
    fn equivalent(&self, uid: &EntityUid) -> bool {
        self.ty == uid.ty && self.id == uid.id
    }
}

impl Locals {
    pub(super) fn is_empty(&self) -> bool {
        self.strings() == 0 && self.entities() == 0
    }

    pub(super) fn strings(&self) -> usize {
        self.strings.len()
    }

    pub(super) fn entities(&self) -> usize {
        self.entities.len()
    }

    pub(super) fn find_string(&self, text: &str) -> Option<usize> {
        self.strings.find(text)
    }

    pub(super) fn find_entity(&self, ty: EntityTypeId, id: &str) -> Option<usize> {
        self.entities.find(&Parts { ty, id })
    }

    /// The number of a string, which `owned` makes if it is new.
    pub(super) fn string(&mut self, text: &str, owned: impl FnOnce() -> SmolStr) -> usize {
        match self.find_string(text) {
            Some(at) => at,
            None => self.strings.push(owned()),
        }
    }

    /// The number of an entity, whose id `owned` makes if it is new.
    pub(super) fn entity(&mut self, ty: EntityTypeId, id: &str, owned: impl FnOnce() -> SmolStr) -> usize {
        match self.find_entity(ty, id) {
            Some(at) => at,
            None => self.entities.push(EntityUid { ty, id: owned() }),
        }
    }

    pub(super) fn text(&self, at: usize) -> Option<&SmolStr> {
        self.strings.get(at)
    }

    pub(super) fn uid(&self, at: usize) -> Option<EntityUid> {
        self.entities.get(at).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_given_in_order_and_found_again_in_place_and_in_the_table() {
        let mut locals = Locals::default();
        for round in 0..2 {
            for number in 0..50 {
                let (ty, name) = (EntityTypeId(number as u32 % 3), format!("name {number}"));
                let owned = || {
                    assert_eq!(round, 0, "it is known by now");
                    SmolStr::new(&name)
                };
                assert_eq!(locals.string(&name, owned), number);
                assert_eq!(locals.text(number).map(SmolStr::as_str), Some(name.as_str()));
                assert_eq!(locals.entity(ty, &name, owned), number);
                assert_eq!(locals.uid(number), Some(EntityUid { ty, id: (&name).into() }));
                assert_eq!(locals.find_entity(EntityTypeId(3), &name), None);
            }
        }
        assert_eq!((locals.strings(), locals.entities()), (50, 50));
        assert_eq!((locals.find_string("name"), locals.text(50)), (None, None));
    }
}
