//! The data snapshot as its users know it: entities with attributes and parents, and rows of grants.
//!
//! Everything in a [`Data`] fits the schema that it was loaded for, and the hierarchy has no cycle; the only way to change one is
//! through checked edits. Cloning is cheap in memory (entities are shared) and linear in their number.

use std::collections::BTreeMap;
use std::sync::Arc;

use indexmap::IndexMap;
use smol_str::SmolStr;

use crate::types::{EntityTypeId, GrantId};
use crate::value::{EntityUid, Value};

/// What the data holds about an entity.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entity {
    /// Direct parents, sorted; they may be missing from the data.
    pub parents: Vec<EntityUid>,
    /// Absent optional attributes have no entry.
    pub attributes: BTreeMap<SmolStr, Value>,
}

/// The rows of one grant: arguments in order of the parameters, and until when (exclusive, milliseconds) a row counts.
pub type GrantRows = IndexMap<Arc<[Value]>, Option<i64>, rustc_hash::FxBuildHasher>;

/// The entities of one type, in the order in which they were first added.
pub type Entities = IndexMap<SmolStr, Arc<Entity>, rustc_hash::FxBuildHasher>;

/// A data snapshot.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Data {
    pub(crate) entities: Vec<Entities>,
    pub(crate) grants: Vec<GrantRows>,
}

impl Data {
    /// The entity, if the data holds it.
    pub fn entity(&self, uid: &EntityUid) -> Option<&Arc<Entity>> {
        self.entities.get(uid.ty.index())?.get(&uid.id)
    }

    /// All entities of a type.
    pub fn entities(&self, ty: EntityTypeId) -> impl ExactSizeIterator<Item = (&SmolStr, &Arc<Entity>)> {
        self.entities
            .get(ty.index())
            .into_iter()
            .flat_map(|entities| entities.iter())
            .collect::<Vec<_>>()
            .into_iter()
    }

    /// All rows of a grant, the expired ones too.
    pub fn grant_rows(&self, grant: GrantId) -> Option<&GrantRows> {
        self.grants.get(grant.index())
    }
}
