//! Deciding queries and by handles over the snapshot of the moment. Every way to decide takes one snapshot and one time for the whole
//! decision.

use super::handle::{ActionHandle, ContextHandle, EntityHandle, IdRequest};
use super::report::Report;
use super::{Decisions, Engine, clock};
use crate::json::RequestError;
use crate::outcome::{Decision, Outcome, Query};
use crate::value::Value;

impl Engine {
    /// Decides a query in the terms of the current Program ([`Engine::program`]) and says why.
    pub fn outcome(&self, query: &Query) -> Result<Outcome, RequestError> {
        self.current.load().outcome(query)
    }

    /// A handle of an entity that the data holds, or of a closed type.
    pub fn entity(&self, ty: &str, id: &str) -> Result<EntityHandle, RequestError> {
        self.current.load().entity(ty, id)
    }

    /// A handle of an action.
    pub fn action(&self, name: &str) -> Result<ActionHandle, RequestError> {
        self.current.load().action(name)
    }

    /// A context, a [`Value::Record`], for requests with this action.
    pub fn context(&self, action: ActionHandle, context: Value) -> Result<ContextHandle, RequestError> {
        self.current.load().context(action, context)
    }

    /// Decides by handles: see [`super::Snapshot::decide_ids`]. In a loop a [`super::Reader`] is quicker.
    #[inline]
    pub fn decide_ids(
        &self,
        principal: EntityHandle,
        action: ActionHandle,
        resource: EntityHandle,
        context: &ContextHandle,
    ) -> Result<Decision, RequestError> {
        self.decide_ids_at(principal, action, resource, context, clock::now())
    }

    /// The same at a time that the caller names.
    #[inline]
    pub fn decide_ids_at(
        &self,
        principal: EntityHandle,
        action: ActionHandle,
        resource: EntityHandle,
        context: &ContextHandle,
        now: i64,
    ) -> Result<Decision, RequestError> {
        self.current.load().decide_request(&IdRequest { principal, action, resource, context }, now)
    }

    /// Decides by handles and says why.
    pub fn report_ids(
        &self,
        principal: EntityHandle,
        action: ActionHandle,
        resource: EntityHandle,
        context: &ContextHandle,
    ) -> Result<Report, RequestError> {
        self.report_ids_at(principal, action, resource, context, clock::now())
    }

    /// The same at a time that the caller names.
    pub fn report_ids_at(
        &self,
        principal: EntityHandle,
        action: ActionHandle,
        resource: EntityHandle,
        context: &ContextHandle,
        now: i64,
    ) -> Result<Report, RequestError> {
        self.current.load().report_ids_at(principal, action, resource, context, now)
    }

    /// Decides many requests over one snapshot at one time.
    pub fn decide_batch(&self, requests: &[IdRequest<'_>], decisions: &mut Decisions) {
        self.decide_batch_at(requests, decisions, clock::now());
    }

    /// The same at a time that the caller names.
    pub fn decide_batch_at(&self, requests: &[IdRequest<'_>], decisions: &mut Decisions, now: i64) {
        self.current.load().decide_batch_at(requests, decisions, now);
    }
}
