//! The data snapshot as its users know it: entities with attributes and parents, and rows of grants.
//!
//! Everything in a [`Data`] fits the schema that it was loaded for, and the hierarchy has no cycle; the only way to change one is
//! through checked edits: one at a time ([`Data::upsert`] and its like) or very many at once ([`Bulk`]). A clone shares memory with what
//! it was made from, and an edit copies only the way to what it changes: see [`crate::persistent`].

mod bulk;
mod changes;
mod check;
mod edit;
mod refit;
mod size;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use smol_str::SmolStr;

use crate::persistent::Map;
use crate::types::{EntityTypeId, GrantId, Schema};
use crate::value::{EntityUid, Value};

pub use bulk::Bulk;
pub(crate) use bulk::find_cycle;
pub use changes::Changes;
pub(crate) use check::spell_cycle;
pub use check::{DataError, check_entity, check_grant_row};
pub use refit::Translation;
pub use size::DataSize;

/// What the data holds about an entity.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entity {
    /// Direct parents, sorted; they may be missing from the data.
    pub parents: Vec<EntityUid>,
    /// Absent optional attributes have no entry.
    pub attributes: BTreeMap<SmolStr, Value>,
}

/// The rows of one grant: arguments in order of the parameters, and until when (exclusive, milliseconds) a row counts.
pub type GrantRows = Map<Arc<[Value]>, Option<i64>>;

/// The entities of one type; in the order in which they were first added, unless some were removed.
pub type Entities = Map<SmolStr, Arc<Entity>>;

/// A data snapshot. A clone shares memory with it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Data {
    pub(crate) entities: Vec<Entities>,
    pub(crate) grants: Vec<GrantRows>,
}

impl Data {
    /// Nothing yet, for this schema.
    pub fn new(schema: &Schema) -> Data {
        Data {
            entities: vec![Entities::default(); schema.entity_types.len()],
            grants: vec![GrantRows::default(); schema.grants.len()],
        }
    }

    /// The entity, if the data holds it.
    pub fn entity(&self, uid: &EntityUid) -> Option<&Arc<Entity>> {
        self.entities.get(uid.ty.index())?.get(&uid.id)
    }

    /// All entities of a type.
    pub fn entities(&self, ty: EntityTypeId) -> impl ExactSizeIterator<Item = (&SmolStr, &Arc<Entity>)> {
        static NONE: std::sync::LazyLock<Entities> = std::sync::LazyLock::new(Entities::default);
        self.entities.get(ty.index()).unwrap_or(&NONE).iter()
    }

    /// All rows of a grant, the expired ones too.
    pub fn grant_rows(&self, grant: GrantId) -> Option<&GrantRows> {
        self.grants.get(grant.index())
    }

    /// How many references name an entity that is not here: as a parent, in an attribute or in a grant row. Entities of closed
    /// and external types need not be here.
    pub fn dangling(&self, schema: &Schema) -> usize {
        let missing = |uid: &EntityUid| {
            let elsewhere =
                schema.entity_types.get(uid.ty.index()).is_some_and(|ty| ty.closed.is_some() || ty.external);
            usize::from(!elsewhere && self.entity(uid).is_none())
        };
        let entities = self.entities.iter().flat_map(|entities| entities.values()).map(|entity| {
            let attributes = entity.attributes.values().map(|value| references(value, &missing));
            entity.parents.iter().map(missing).sum::<usize>() + attributes.sum::<usize>()
        });
        let rows = self.grants.iter().flat_map(|rows| rows.keys()).flat_map(|args| args.iter());
        entities.sum::<usize>() + rows.map(|value| references(value, &missing)).sum::<usize>()
    }
}

/// The sum of `each` over all entities in a value.
fn references(value: &Value, each: &impl Fn(&EntityUid) -> usize) -> usize {
    match value {
        Value::Entity(uid) => each(uid),
        Value::Set(set) => set.iter().map(|value| references(value, each)).sum(),
        Value::Map(map) | Value::Record(map) => map.values().map(|value| references(value, each)).sum(),
        _ => 0,
    }
}
