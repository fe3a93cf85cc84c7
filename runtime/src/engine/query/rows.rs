//! Rows of grants by the entities that they name.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;

use crate::data::Data;
use crate::engine::snapshot::Snapshot;
use crate::secret::KeyedMap;
use crate::types::GrantId;
use crate::value::{EntityUid, Value};

/// By the entity that a column names.
type Index = KeyedMap<EntityUid, Vec<(Arc<[Value]>, Option<i64>)>>;

/// By grant and column; without an index until it is asked about again.
type Columns = FxHashMap<(GrantId, usize), Option<Arc<Index>>>;

/// Of one snapshot, by column. A column is looked through row by row when it is asked about for the first time, and indexed when it is
/// asked about again: a single question, such as one on the command line, would not get the cost of an index back.
#[derive(Default)]
pub(super) struct RowIndexes(Mutex<Columns>);

impl RowIndexes {
    /// Calls `each` with the values and the end of every row whose value in this column is one of the entities, or a set with one of
    /// them, until it answers false. A row may come more than once.
    pub fn naming(
        &self,
        data: &Data,
        grant: GrantId,
        column: usize,
        entities: &BTreeSet<EntityUid>,
        each: &mut dyn FnMut(&[Value], Option<i64>) -> bool,
    ) {
        let Some(index) = self.index(data, grant, column) else {
            for (args, until) in data.grant_rows(grant).into_iter().flatten() {
                if args.get(column).is_some_and(|value| names_one(value, entities)) && !each(args, *until) {
                    return;
                }
            }
            return;
        };
        for (args, until) in entities.iter().filter_map(|entity| index.get(entity)).flatten() {
            if !each(args, *until) {
                return;
            }
        }
    }

    /// `None` the first time.
    fn index(&self, data: &Data, grant: GrantId, column: usize) -> Option<Arc<Index>> {
        // Whoever panicked while holding the lock left a map that is whole.
        let mut columns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match columns.get_mut(&(grant, column)) {
            None => {
                columns.insert((grant, column), None);
                None
            }
            Some(Some(index)) => Some(Arc::clone(index)),
            Some(place @ None) => {
                let index = Arc::new(index_of(data, grant, column));
                *place = Some(Arc::clone(&index));
                Some(index)
            }
        }
    }
}

impl Snapshot {
    /// Calls `each` with the values and the end of every row whose value in this column is one of the entities, or a set with one of
    /// them, until it answers false. A row may come more than once.
    pub(super) fn rows_naming(
        &self,
        grant: GrantId,
        column: usize,
        entities: &BTreeSet<EntityUid>,
        each: &mut dyn FnMut(&[Value], Option<i64>) -> bool,
    ) {
        #[cfg(feature = "jit")]
        if let Some(image) = self.execution.image() {
            // Who has no number is in no row.
            let numbers = entities.iter().filter_map(|uid| image.find(uid));
            if image.rows_naming(grant, column, numbers, each) {
                return;
            }
        }
        self.reverse.rows.naming(&self.data, grant, column, entities, each);
    }
}

fn index_of(data: &Data, grant: GrantId, column: usize) -> Index {
    let mut index = Index::default();
    for (args, until) in data.grant_rows(grant).into_iter().flatten() {
        let mut add = |value: &Value| {
            if let Value::Entity(uid) = value {
                index.entry(uid.clone()).or_default().push((Arc::clone(args), *until));
            }
        };
        match args.get(column) {
            Some(Value::Set(elements)) => elements.iter().for_each(add),
            Some(value) => add(value),
            None => {}
        }
    }
    index
}

fn names_one(value: &Value, entities: &BTreeSet<EntityUid>) -> bool {
    match value {
        Value::Entity(uid) => entities.contains(uid),
        Value::Set(elements) => {
            elements.iter().any(|element| matches!(element, Value::Entity(uid) if entities.contains(uid)))
        }
        _ => false,
    }
}
