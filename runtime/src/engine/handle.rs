//! Names looked up once, to decide by many times: entities, actions and contexts as small values.
//!
//! A handle belongs to one generation, the time between two Programs of one engine; numbers of generations are never used twice in a
//! process. So a handle of another engine or of an earlier Program is an error, never another entity. Within a generation an entity
//! keeps its number, whatever happens to the data.
//!
//! Generations are even. A handle has its generation as its stamp if its word is one that native code takes, else the odd number
//! after it. So one comparison tells whether four handles are all of this generation and all for native code.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, RwLock};

use indexmap::IndexSet;

use super::execution::Prepared;
use crate::json::{RequestError, RequestErrorKind};
use crate::secret::Keyed;
use crate::types::ActionId;
use crate::value::{EntityUid, Value};

/// An entity of an engine's current Program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EntityHandle {
    pub(super) stamp: u64,
    /// Native code's number, or one of [`Numbers`].
    pub(super) word: u64,
}

/// An action of an engine's current Program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ActionHandle {
    pub(super) stamp: u64,
    pub(super) action: ActionId,
}

/// A context for one action, checked, in the form that the engine takes. Stays good while the data changes: where it names what the
/// data did not know, it is put into that form again after an update, once.
#[derive(Clone, Debug)]
pub struct ContextHandle {
    pub(super) stamp: u64,
    pub(super) action: ActionId,
    /// What is told apart of contexts; see `settled`.
    pub(super) class: u32,
    pub(super) value: Value,
    #[cfg_attr(not(feature = "jit"), allow(dead_code, reason = "there is nothing in it"))]
    pub(super) prepared: Prepared,
}

/// A request by handles.
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

impl IdRequest<'_> {
    /// Whether all its handles are of this generation and have the words of native code, and the context is for the action.
    #[inline(always)]
    pub(super) fn is_native(&self, generation: u64) -> bool {
        let stamps = (self.principal.stamp ^ generation)
            | (self.action.stamp ^ generation)
            | (self.resource.stamp ^ generation)
            | (self.context.stamp ^ generation);
        stamps | u64::from(self.context.action.0 ^ self.action.action.0) == 0
    }
}

/// The stamp of a handle whose word native code does not take.
pub(super) fn not_native(generation: u64) -> u64 {
    generation | 1
}

/// Entities that have handles where native code has no number for them, by number. Only grows.
#[derive(Default)]
pub(super) struct Numbers(RwLock<IndexSet<Arc<EntityUid>, Keyed>>);

impl Numbers {
    pub fn number(&self, uid: EntityUid) -> u64 {
        // Whoever panicked while holding the lock left a set that is whole: it has one operation.
        let mut names = self.0.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        names.insert_full(Arc::new(uid)).0 as u64
    }

    pub fn uid(&self, number: u64) -> Option<EntityUid> {
        let names = self.0.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        Some((**names.get_index(usize::try_from(number).ok()?)?).clone())
    }
}

/// An even number that no engine of this process has had.
pub(super) fn next_generation() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(2);
    NEXT.fetch_add(2, Ordering::Relaxed)
}

/// The error for a handle of another generation.
pub(super) fn stale(path: &str) -> RequestError {
    let message = "this handle is of another Program: look its name up again";
    RequestError::new(RequestErrorKind::StaleHandle, path, message)
}

/// The error for a handle of an entity that came after this snapshot.
pub(super) fn too_new(path: &str) -> RequestError {
    let message = "this handle is newer than the data that is asked: refresh the reader";
    RequestError::new(RequestErrorKind::StaleHandle, path, message)
}
