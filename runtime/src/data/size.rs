//! How much memory data takes.

use super::Data;
use crate::weight;

/// Counts of a [`Data`], and bytes as if it shared none with others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DataSize {
    /// Entities of all types.
    pub entities: usize,
    /// For their names, attributes and parents, and what finds them.
    pub entity_bytes: usize,
    /// Rows of all grants, expired ones included.
    pub grant_rows: usize,
    /// For these.
    pub grant_bytes: usize,
}

impl Data {
    /// What it takes. Looks at everything in it.
    pub fn size(&self) -> DataSize {
        let mut size = DataSize::default();
        for entities in &self.entities {
            size.entities += entities.len();
            let each = entities.iter().map(|(id, entity)| weight::text(id) + weight::entity(entity));
            size.entity_bytes += entities.bytes() + each.sum::<usize>();
        }
        for rows in &self.grants {
            size.grant_rows += rows.len();
            let each = rows.keys().map(|args| {
                let behind: usize = args.iter().map(weight::value).sum();
                weight::SHARED + size_of_val(&**args) + behind
            });
            size.grant_bytes += rows.bytes() + each.sum::<usize>();
        }
        size
    }
}
