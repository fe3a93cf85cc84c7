//! Names looked up once, to decide by many times: entities, actions and contexts as small values.
//!
//! A handle belongs to one generation, the time between two Programs of one engine; numbers of generations are never used twice in a
//! process. So a handle of another engine or of an earlier Program is an error, never another entity. Within a generation an entity
//! keeps its number, whatever happens to the data.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, RwLock};

use indexmap::IndexSet;

use super::execution::{Prepared, Word};
use crate::json::{RequestError, RequestErrorKind};
use crate::types::ActionId;
use crate::value::{EntityUid, Value};

/// An entity of an engine's current Program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EntityHandle {
    pub(super) generation: u64,
    /// In [`Numbers`].
    pub(super) number: u32,
    pub(super) word: Word,
}

/// An action of an engine's current Program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ActionHandle {
    pub(super) generation: u64,
    pub(super) action: ActionId,
}

/// A context for one action, checked, in the form that the engine takes. Quickest until the next update of the data; good after
/// it too.
#[derive(Clone, Debug)]
pub struct ContextHandle {
    pub(super) generation: u64,
    pub(super) action: ActionId,
    pub(super) value: Value,
    /// In the words of one snapshot.
    pub(super) version: u64,
    #[cfg_attr(not(feature = "jit"), allow(dead_code, reason = "there is nothing in it"))]
    pub(super) prepared: Prepared,
}

/// One request of a batch.
#[derive(Clone, Copy, Debug)]
pub struct IdRequest<'a> {
    /// Who.
    pub principal: EntityHandle,
    /// Does what.
    pub action: ActionHandle,
    /// On what.
    pub resource: EntityHandle,
    /// In which context.
    pub context: &'a ContextHandle,
}

/// Entities that have handles, by number. Only grows.
#[derive(Default)]
pub(super) struct Numbers(RwLock<IndexSet<Arc<EntityUid>, rustc_hash::FxBuildHasher>>);

impl Numbers {
    pub fn number(&self, uid: EntityUid) -> Option<u32> {
        // Whoever panicked while holding the lock left a set that is whole: it has one operation.
        let mut names = self.0.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        u32::try_from(names.insert_full(Arc::new(uid)).0).ok()
    }

    pub fn uid(&self, number: u32) -> Option<Arc<EntityUid>> {
        let names = self.0.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        names.get_index(number as usize).cloned()
    }
}

/// A number that no engine of this process has had.
pub(super) fn next_generation() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// The error for a handle of another generation.
pub(super) fn stale(path: &str) -> RequestError {
    let message = "this handle is of another Program: look its name up again";
    RequestError::new(RequestErrorKind::StaleHandle, path, message)
}
