//! Deciding by handles.

use super::clock;
use super::handle::{ActionHandle, ContextHandle, EntityHandle, IdRequest, not_native, stale, too_new};
use super::report::Report;
use super::request::{action, entity};
use super::snapshot::Snapshot;
use crate::json::{RequestError, RequestErrorKind, check_applies, check_context};
use crate::outcome::{Decision, Query};
use crate::types::ActionId;
use crate::value::{EntityUid, Value};

impl Snapshot {
    /// A handle of an entity that the data holds, or of a closed type.
    pub fn entity(&self, ty: &str, id: &str) -> Result<EntityHandle, RequestError> {
        let uid = entity(&self.program, "", (ty, id))?;
        let closed =
            self.program.schema.entity_types.get(uid.ty.index()).is_some_and(|ty| ty.closed.is_some());
        let spelt = || self.program.names().entity(&uid);
        if !closed && self.data.entity(&uid).is_none() {
            let message =
                format!("the data holds no `{}`: only names, not ids, decide about what it lacks", spelt());
            return Err(RequestError::new(RequestErrorKind::BadEntity, "", message));
        }
        let handle = self.native_handle(&uid);
        Ok(handle.unwrap_or_else(|| EntityHandle {
            stamp: not_native(self.generation),
            word: self.numbers.number(uid),
        }))
    }

    /// A handle of an entity that native code has a number for.
    pub(crate) fn native_handle(&self, uid: &EntityUid) -> Option<EntityHandle> {
        Some(EntityHandle { stamp: self.generation, word: self.execution.word(uid)? })
    }

    /// A handle of an action.
    pub fn action(&self, name: &str) -> Result<ActionHandle, RequestError> {
        let action = action(&self.program, name)?;
        Ok(ActionHandle { stamp: self.generation, action })
    }

    /// A context, a [`Value::Record`], for requests with this action.
    pub fn context(&self, action: ActionHandle, context: Value) -> Result<ContextHandle, RequestError> {
        if action.stamp != self.generation {
            return Err(stale("action"));
        }
        let declared = self.program.schema.actions.get(action.action.index());
        let Some(applies) = declared.and_then(|action| action.applies.as_ref()) else {
            let message = "this action only groups others: no request names it";
            return Err(RequestError::new(RequestErrorKind::ActionGroup, "action", message));
        };
        check_context(&self.program, applies, &context)?;
        Ok(self.checked_context(action.action, context))
    }

    /// The same for one that has been checked.
    pub(crate) fn checked_context(&self, action: ActionId, value: Value) -> ContextHandle {
        let prepared = self.execution.prepare(action, &value);
        let stamp = if prepared.is_native() { self.generation } else { not_native(self.generation) };
        let class = self.settled.class(&self.params, action, &value);
        ContextHandle { stamp, action, class, value, prepared }
    }

    /// Decides by handles. With native code this allocates nothing and takes no lock, once code and tables have been made, which the
    /// first decisions over a snapshot do little by little, or [`Snapshot::prepare_at`] at once; only obligations whose arguments depend on the
    /// request are made for it.
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
    #[inline(always)]
    pub fn decide_ids_at(
        &self,
        principal: EntityHandle,
        action: ActionHandle,
        resource: EntityHandle,
        context: &ContextHandle,
        now: i64,
    ) -> Result<Decision, RequestError> {
        self.decide_request(&IdRequest { principal, action, resource, context }, now)
    }

    #[inline(always)]
    pub(super) fn decide_request(&self, request: &IdRequest<'_>, now: i64) -> Result<Decision, RequestError> {
        if self.settled.fits() {
            return match self.settled(request, now) {
                Some(allowed) => Ok(if allowed { Decision::Allow } else { Decision::Deny }),
                None => self.decide_unsettled(*request, now),
            };
        }
        match self.decide_natively(request, now) {
            Some(decision) => Ok(decision),
            None => self.decide_slowly(request, now),
        }
    }

    /// Whether a request is allowed, if tables tell and there are no obligations.
    #[inline(always)]
    pub(super) fn settled(&self, request: &IdRequest<'_>, now: i64) -> Option<bool> {
        if request.is_native(self.generation) { self.settled.allows(request, now) } else { None }
    }

    /// Where tables do not tell, or tell of obligations.
    #[inline(never)]
    pub(super) fn decide_unsettled(
        &self,
        request: IdRequest<'_>,
        now: i64,
    ) -> Result<Decision, RequestError> {
        if request.is_native(self.generation) {
            let IdRequest { principal, action, resource, context } = request;
            let settled =
                self.settled.decide(principal.word, action.action, resource.word, context.class, now);
            if let Some(decision) = settled {
                return Ok(decision);
            }
            self.missed(now);
            if let Some(decision) = self.execution.decide_ids(&request, now) {
                return Ok(decision);
            }
        }
        self.decide_slowly(&request, now)
    }

    /// `None` if native code does not take all of the handles, or leaves the request to the interpreter.
    #[inline]
    pub(super) fn decide_natively(&self, request: &IdRequest<'_>, now: i64) -> Option<Decision> {
        if request.is_native(self.generation) { self.execution.decide_ids(request, now) } else { None }
    }

    /// Whether tables tell the decision.
    #[cfg(test)]
    pub(crate) fn is_settled(&self, request: &IdRequest<'_>, now: i64) -> bool {
        let IdRequest { principal, action, resource, context } = request;
        self.settled.decide(principal.word, action.action, resource.word, context.class, now).is_some()
    }

    #[cold]
    pub(super) fn decide_slowly(&self, request: &IdRequest<'_>, now: i64) -> Result<Decision, RequestError> {
        Ok(self.decision(&self.id_query(request, now)?))
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
        let query = self.id_query(&IdRequest { principal, action, resource, context }, now)?;
        Ok(self.report_query(query))
    }

    /// What a request by handles asks, checked.
    fn id_query(&self, request: &IdRequest<'_>, now: i64) -> Result<Query, RequestError> {
        let IdRequest { principal, action, resource, context } = *request;
        let is_ours = |stamp: u64| stamp == self.generation || stamp == not_native(self.generation);
        for (path, stamp) in [("action", action.stamp), ("context", context.stamp)] {
            if !is_ours(stamp) {
                return Err(stale(path));
            }
        }
        if context.action != action.action {
            let message = "this context was made for another action";
            return Err(RequestError::new(RequestErrorKind::BadContext, "context", message));
        }
        let (principal, resource) = (self.uid("principal", principal)?, self.uid("resource", resource)?);
        check_applies(&self.program, &principal, action.action, &resource)?;
        Ok(Query {
            principal,
            action: action.action,
            resource,
            context: context.value.clone(),
            external: Vec::new(),
            now,
        })
    }

    fn uid(&self, path: &str, handle: EntityHandle) -> Result<EntityUid, RequestError> {
        let uid = if handle.stamp == self.generation {
            self.execution.uid(handle.word)
        } else if handle.stamp == not_native(self.generation) {
            self.numbers.uid(handle.word)
        } else {
            return Err(stale(path));
        };
        uid.ok_or_else(|| too_new(path))
    }
}
