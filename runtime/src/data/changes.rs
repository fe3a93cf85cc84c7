//! What edits have changed, so that what was made from the data can be brought up to date.

use std::sync::Arc;

use indexmap::IndexSet;

use crate::secret::Keyed;
use crate::types::GrantId;
use crate::value::{EntityUid, Value};

/// The entities and grant rows that were added, replaced or taken out, each once, in the order in which they first were. How they are
/// now, the data says.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    entities: IndexSet<EntityUid, Keyed>,
    rows: IndexSet<(GrantId, Arc<[Value]>), Keyed>,
}

impl Changes {
    /// Notes that an entity is not what it was.
    pub fn entity(&mut self, uid: EntityUid) {
        self.entities.insert(uid);
    }

    /// Notes that a grant row is not what it was.
    pub fn row(&mut self, grant: GrantId, args: Arc<[Value]>) {
        self.rows.insert((grant, args));
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.entities.len() + self.rows.len()
    }

    /// Whether nothing has changed.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The entities.
    pub fn entities(&self) -> impl ExactSizeIterator<Item = &EntityUid> {
        self.entities.iter()
    }

    /// The arguments of grant rows. [`crate::data::Data::grant_rows`] says whether each is there, and until when.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = (GrantId, &Arc<[Value]>)> {
        self.rows.iter().map(|(grant, args)| (*grant, args))
    }
}
