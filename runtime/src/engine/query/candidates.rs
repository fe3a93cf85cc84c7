//! The candidates of one type: those in a bound's places, or all; and a few of them at a time, in the order of their names.

use smol_str::SmolStr;

use super::asked::Asked;
use super::bound::{Bound, Place};
use super::policies::Bounding;
use crate::interpret::Parts;
use crate::secret::KeyedSet;
use crate::types::EntityTypeId;
use crate::value::EntityUid;

/// Entities that a walk may meet beside as many as there are candidates.
pub(super) const FREE_VISITS: usize = 1 << 12;

/// Where the candidates of this type are that an allow can apply to.
pub(super) fn bound(asked: &Asked, ty: EntityTypeId) -> Bound {
    let count = asked.count(ty);
    let any = asked.query(EntityUid { ty, id: SmolStr::default() });
    let snapshot = &asked.snapshot;
    let parts = Parts::new(&snapshot.program, &snapshot.params, &snapshot.data, &any);
    Bounding::new(asked, &parts, ty, count).of_allows()
}

/// The ids of the candidates of this type within a bound, each once.
pub(super) fn candidates(asked: &Asked, ty: EntityTypeId, bound: &Bound) -> Vec<SmolStr> {
    let most = FREE_VISITS.saturating_add(asked.count(ty));
    match bound {
        Bound::Within(places) => walk(asked, ty, places, most).unwrap_or_else(|| all(asked, ty)),
        Bound::All => all(asked, ty),
    }
}

/// Every entity of a type that is known.
fn all(asked: &Asked, ty: EntityTypeId) -> Vec<SmolStr> {
    let mut ids: Vec<SmolStr> = asked.snapshot.data.entities(ty).map(|(id, _)| id.clone()).collect();
    let stored = |id: &SmolStr| asked.snapshot.data.entity(&EntityUid { ty, id: id.clone() }).is_some();
    ids.extend(asked.closed(ty).iter().filter(|id| !stored(id)).cloned());
    ids.extend(asked.external.iter().filter(|(uid, _)| uid.ty == ty).map(|(uid, _)| uid.id.clone()));
    ids
}

/// Of everyone who is known, the first so many in the order of names after a cursor; without those that came with the question.
#[cfg(feature = "jit")]
pub(super) fn first_of_all(
    asked: &Asked,
    ty: EntityTypeId,
    after: Option<&str>,
    count: usize,
) -> Vec<SmolStr> {
    let stored = |id: &SmolStr| asked.snapshot.data.entity(&EntityUid { ty, id: id.clone() }).is_some();
    let closed = asked.closed(ty).iter().filter(|id| !stored(id));
    let mut least: std::collections::BinaryHeap<&SmolStr> = std::collections::BinaryHeap::new();
    for id in asked.snapshot.data.entities(ty).map(|(id, _)| id).chain(closed) {
        if after.is_some_and(|after| id.as_str() <= after) {
            continue;
        }
        if least.len() < count {
            least.push(id);
        } else if let Some(mut last) = least.peek_mut()
            && id < *last
        {
            *last = id;
        }
    }
    least.into_iter().cloned().collect()
}

/// Those in these places; `None` if that is more work than to look at all.
fn walk(asked: &Asked, ty: EntityTypeId, places: &[Place], most: usize) -> Option<Vec<SmolStr>> {
    let mut found: KeyedSet<EntityUid> = KeyedSet::default();
    let mut seen: KeyedSet<EntityUid> = KeyedSet::default();
    let mut open: Vec<EntityUid> = Vec::new();
    for place in places {
        match place {
            Place::At(uid) => drop(found.insert(uid.clone())),
            Place::Below(uid) => open.push(uid.clone()),
        }
    }
    while let Some(uid) = open.pop() {
        if seen.contains(&uid) {
            continue;
        }
        if seen.len() >= most {
            return None;
        }
        open.extend_from_slice(asked.members().of_parent(&uid));
        // What came with the question is above nothing that is stored, unless it is itself a parent.
        let external = asked.external.iter().filter(|(_, entity)| entity.parents.contains(&uid));
        open.extend(external.map(|(child, _)| child.clone()));
        if uid.ty == ty {
            found.insert(uid.clone());
        }
        seen.insert(uid);
    }
    Some(found.into_iter().filter(|uid| uid.ty == ty && asked.exists(uid)).map(|uid| uid.id).collect())
}

/// Candidates of which the first few can be had without sorting them all.
pub(super) struct Pool {
    ids: Vec<SmolStr>,
    taken: usize,
}

impl Pool {
    /// Of these ids, each once.
    pub fn new(ids: Vec<SmolStr>) -> Pool {
        Pool { ids, taken: 0 }
    }

    /// Leaves out those up to this one.
    pub fn skip_to(&mut self, after: &str) {
        self.ids.drain(..self.taken);
        self.taken = 0;
        self.ids.retain(|id| id.as_str() > after);
    }

    /// The next `count` in the order of names, in no order among themselves.
    pub fn take(&mut self, count: usize) -> &[SmolStr] {
        let rest = self.ids.get_mut(self.taken..).unwrap_or_default();
        let count = count.min(rest.len());
        if count > 0 && count < rest.len() {
            rest.select_nth_unstable(count);
        }
        self.taken += count;
        rest.get(..count).unwrap_or_default()
    }

    /// How many have been taken.
    #[cfg(feature = "jit")]
    pub fn taken(&self) -> usize {
        self.taken
    }

    /// The last in the order of names of those taken.
    pub fn last_taken(&self) -> Option<&SmolStr> {
        self.ids.get(..self.taken)?.iter().max()
    }

    pub fn is_empty(&self) -> bool {
        self.taken >= self.ids.len()
    }

    /// How many are left.
    pub fn len(&self) -> usize {
        self.ids.len().saturating_sub(self.taken)
    }
}
