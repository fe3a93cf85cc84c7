//! Entities, wherever they come from, and the hierarchy over them.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::data::{Data, Entity};
use crate::value::EntityUid;

/// The data together with the request's external entities.
#[derive(Clone, Copy)]
pub(super) struct World<'a> {
    pub data: &'a Data,
    /// Sorted by uid.
    pub external: &'a [(EntityUid, Arc<Entity>)],
}

impl<'a> World<'a> {
    /// What is known about an entity. The two sources never overlap: a type is external or stored.
    pub fn entity(self, uid: &EntityUid) -> Option<&'a Entity> {
        if let Some(entity) = self.data.entity(uid) {
            return Some(entity);
        }
        let at = self.external.binary_search_by(|(external, _)| external.cmp(uid)).ok()?;
        Some(&self.external[at].1)
    }

    /// `descendant in ancestor`: reflexive, transitive. An entity that nothing is known about is in itself only (rule 2).
    pub fn is_in(self, descendant: &EntityUid, ancestor: &EntityUid) -> bool {
        descendant == ancestor || self.ancestors(descendant).contains(ancestor)
    }

    /// All ancestors, not itself.
    pub fn ancestors(self, uid: &EntityUid) -> BTreeSet<EntityUid> {
        let mut found = BTreeSet::new();
        let mut open: Vec<&EntityUid> =
            self.entity(uid).into_iter().flat_map(|entity| &entity.parents).collect();
        while let Some(ancestor) = open.pop() {
            if found.insert(ancestor.clone())
                && let Some(entity) = self.entity(ancestor)
            {
                open.extend(&entity.parents);
            }
        }
        // The checks of data and requests leave no cycle; an entity is no ancestor of its own in any case.
        found.remove(uid);
        found
    }
}
