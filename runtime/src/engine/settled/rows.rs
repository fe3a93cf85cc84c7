//! Rows of grants that count in a span of time.

use std::sync::Arc;

use crate::data::Data;
use crate::interpret::Parts;
use crate::secret::KeyedMap;
use crate::types::{FieldType, GrantId, Schema, Type};
use crate::value::{EntityUid, Value};

/// By grant.
pub(super) struct LiveRows(Vec<Rows>);

struct Rows {
    rows: Vec<Arc<[Value]>>,
    /// For each parameter that is an entity: the rows that name one there.
    naming: Vec<Option<KeyedMap<EntityUid, Vec<u32>>>>,
}

/// An argument and its type; `None` for one that is asked for.
pub(super) type Argument<'a> = Option<(Value, &'a Type)>;

impl LiveRows {
    /// Those that count at a time.
    pub fn at(schema: &Schema, data: &Data, now: i64) -> LiveRows {
        let grants = schema.grants.iter().enumerate().map(|(at, declared)| {
            let rows = data.grant_rows(GrantId(at as u32)).into_iter().flat_map(|rows| rows.iter());
            let rows: Vec<_> = rows
                .filter(|(_, until)| until.is_none_or(|until| now < until))
                .map(|(row, _)| Arc::clone(row))
                .collect();
            let naming = declared.params.iter().enumerate().map(|(at, param)| {
                matches!(param.ty, Type::Entity(_)).then(|| {
                    let mut naming: KeyedMap<EntityUid, Vec<u32>> = KeyedMap::default();
                    for (number, row) in rows.iter().enumerate() {
                        if let Some(Value::Entity(uid)) = row.get(at) {
                            naming.entry(uid.clone()).or_default().push(number as u32);
                        }
                    }
                    naming
                })
            });
            Rows { naming: naming.collect(), rows }
        });
        LiveRows(grants.collect())
    }

    /// Visits the rows that fit all arguments that are given.
    pub fn fitting(
        &self,
        parts: &Parts<'_>,
        grant: GrantId,
        params: &[FieldType],
        arguments: &[Argument<'_>],
        visit: &mut dyn FnMut(&[Value]),
    ) {
        let Some(rows) = self.0.get(grant.index()) else { return };
        let mut fits = |row: &[Value]| {
            let columns = params.iter().zip(row).zip(arguments);
            let fits = columns.into_iter().all(|((param, value), argument)| match argument {
                Some((argument, ty)) => parts.column_fits(&param.ty, value, argument, ty),
                None => true,
            });
            if fits {
                visit(row);
            }
        };
        let named =
            rows.naming.iter().zip(arguments).find_map(|(naming, argument)| match (naming, argument) {
                (Some(naming), Some((Value::Entity(uid), _))) => Some((naming, uid)),
                _ => None,
            });
        match named {
            None => rows.rows.iter().for_each(|row| fits(row)),
            Some((naming, uid)) => {
                for number in parts.containers(uid).iter().filter_map(|one| naming.get(one)).flatten() {
                    if let Some(row) = rows.rows.get(*number as usize) {
                        fits(row);
                    }
                }
            }
        }
    }
}
