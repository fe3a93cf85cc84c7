//! What principals are told apart by: each such question has a bit, and a principal's marks are the bits of those that hold of it.

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use super::depends::Place;
use super::sets::{BITS, Set};
use crate::program::NodeId;
use crate::types::EntityTypeId;
use crate::value::EntityUid;

/// Something that is true of some principals.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Mark {
    /// It is this entity, or in it.
    In(EntityUid),
    /// It is this entity.
    Is(EntityUid),
    /// A node that depends on the principal alone is true, for a principal of this type.
    Holds(EntityTypeId, Place, NodeId),
}

/// Marks by their bits, the first of them after the reserved ones.
#[derive(Default)]
pub(super) struct Marks(IndexMap<Mark, (), FxBuildHasher>);

impl Marks {
    /// Those of whom something is true; `None` if there is no bit left for it.
    pub fn set(&mut self, mark: Mark) -> Option<Set> {
        if let Some(at) = self.0.get_index_of(&mark) {
            return Some(Set::of(Set::RESERVED + at));
        }
        if Set::RESERVED + self.0.len() >= BITS {
            return None;
        }
        let (at, _) = self.0.insert_full(mark, ());
        Some(Set::of(Set::RESERVED + at))
    }

    /// All with their bits.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &Mark)> {
        self.0.keys().enumerate().map(|(at, mark)| (Set::RESERVED + at, mark))
    }

    /// How many bits are in use.
    pub fn bits(&self) -> usize {
        Set::RESERVED + self.0.len()
    }
}
