//! Deciding: one way for each form that a request comes in. Every way takes one snapshot and one time for the whole decision.

use super::handle::{ActionHandle, ContextHandle, EntityHandle, IdRequest, stale};
use super::report::Report;
use super::request::{action, entity};
use super::snapshot::Snapshot;
use super::{Engine, clock};
use crate::data::check_entity;
use crate::json::{RequestError, RequestErrorKind, check_applies, check_context, check_external};
use crate::outcome::{Decision, Outcome, Query};
use crate::value::Value;
use crate::verify::Verified;

impl Engine {
    /// Decides a query in the terms of the current Program ([`Engine::program`]) and says why.
    pub fn outcome(&self, query: &Query) -> Result<Outcome, RequestError> {
        let snapshot = self.current.load();
        let applies = check_applies(&snapshot.program, &query.principal, query.action, &query.resource)?;
        check_context(&snapshot.program, applies, &query.context)?;
        check_query_entities(&snapshot.program, query)?;
        Ok(snapshot.outcome(query))
    }

    /// A handle of an entity that the data holds, or of a closed type.
    pub fn entity(&self, ty: &str, id: &str) -> Result<EntityHandle, RequestError> {
        let snapshot = self.current.load();
        let uid = entity(&snapshot.program, "", (ty, id))?;
        let closed =
            snapshot.program.schema.entity_types.get(uid.ty.index()).is_some_and(|ty| ty.closed.is_some());
        let spelt = || snapshot.program.names().entity(&uid);
        if !closed && snapshot.data.entity(&uid).is_none() {
            let message =
                format!("the data holds no `{}`: only names, not ids, decide about what it lacks", spelt());
            return Err(RequestError::new(RequestErrorKind::BadEntity, "", message));
        }
        let word = snapshot.execution.word(&uid);
        match snapshot.numbers.number(uid.clone()) {
            Some(number) => Ok(EntityHandle { generation: snapshot.generation, number, word }),
            None => Err(RequestError::new(RequestErrorKind::BadEntity, "", "there are too many handles")),
        }
    }

    /// A handle of an action.
    pub fn action(&self, name: &str) -> Result<ActionHandle, RequestError> {
        let snapshot = self.current.load();
        let action = action(&snapshot.program, name)?;
        Ok(ActionHandle { generation: snapshot.generation, action })
    }

    /// A context, a [`Value::Record`], for requests with this action.
    pub fn context(&self, action: ActionHandle, context: Value) -> Result<ContextHandle, RequestError> {
        let snapshot = self.current.load();
        if action.generation != snapshot.generation {
            return Err(stale("action"));
        }
        let declared = snapshot.program.schema.actions.get(action.action.index());
        let Some(applies) = declared.and_then(|action| action.applies.as_ref()) else {
            let message = "this action only groups others: no request names it";
            return Err(RequestError::new(RequestErrorKind::ActionGroup, "action", message));
        };
        check_context(&snapshot.program, applies, &context)?;
        Ok(snapshot.context(action.action, context))
    }

    /// Decides by handles. With native code a deny or a plain allow allocates nothing.
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
    pub fn decide_ids_at(
        &self,
        principal: EntityHandle,
        action: ActionHandle,
        resource: EntityHandle,
        context: &ContextHandle,
        now: i64,
    ) -> Result<Decision, RequestError> {
        self.current.load().decide_ids(IdRequest { principal, action, resource, context }, now)
    }

    /// Decides many requests over one snapshot at one time; `decisions` is cleared first and then has one for each.
    pub fn decide_batch(
        &self,
        requests: &[IdRequest<'_>],
        decisions: &mut Vec<Result<Decision, RequestError>>,
    ) {
        self.decide_batch_at(requests, decisions, clock::now());
    }

    /// The same at a time that the caller names.
    pub fn decide_batch_at(
        &self,
        requests: &[IdRequest<'_>],
        decisions: &mut Vec<Result<Decision, RequestError>>,
        now: i64,
    ) {
        let snapshot = self.current.load();
        decisions.clear();
        decisions.extend(requests.iter().map(|request| snapshot.decide_ids(*request, now)));
    }
}

/// Checks the entities that came with a query as those of a request are.
fn check_query_entities(program: &Verified, query: &Query) -> Result<(), RequestError> {
    let refuse = |message| Err(RequestError::new(RequestErrorKind::BadEntities, "entities", message));
    if !query.external.is_sorted_by(|(a, _), (b, _)| a < b) {
        return refuse("they are not sorted, or one is here twice".to_owned());
    }
    for (uid, entity) in &query.external {
        if let Err(error) = check_entity(&program.schema, uid, entity) {
            return refuse(error.to_string());
        }
    }
    let owned = query.external.iter().map(|(uid, entity)| (uid.clone(), (**entity).clone())).collect();
    check_external(program, owned).map(drop)
}

impl Snapshot {
    pub(super) fn outcome(&self, query: &Query) -> Outcome {
        self.execution.outcome(&self.program, &self.params, &self.data, query)
    }

    pub(super) fn decision(&self, query: &Query) -> Decision {
        self.execution.decide(&self.program, &self.params, &self.data, query)
    }

    pub(super) fn report(&self, query: Query) -> Report {
        let outcome = self.outcome(&query);
        Report { program: self.program.clone(), query, outcome }
    }

    pub(super) fn context(&self, action: crate::types::ActionId, value: Value) -> ContextHandle {
        let prepared = self.execution.prepare(action, &value);
        ContextHandle { generation: self.generation, action, value, version: self.version, prepared }
    }

    fn decide_ids(&self, request: IdRequest<'_>, now: i64) -> Result<Decision, RequestError> {
        let IdRequest { principal, action, resource, context } = request;
        for (path, generation) in [
            ("principal", principal.generation),
            ("action", action.generation),
            ("resource", resource.generation),
            ("context", context.generation),
        ] {
            if generation != self.generation {
                return Err(stale(path));
            }
        }
        if context.action != action.action {
            let message = "this context was made for another action";
            return Err(RequestError::new(RequestErrorKind::BadContext, "context", message));
        }
        if context.version == self.version
            && let Some(decision) = self.execution.decide_ids(&self.program, request, now)
        {
            return Ok(decision);
        }
        let uid = |path, handle: EntityHandle| self.numbers.uid(handle.number).ok_or_else(|| stale(path));
        let (principal, resource) = (uid("principal", principal)?, uid("resource", resource)?);
        check_applies(&self.program, &principal, action.action, &resource)?;
        let query = Query {
            principal: (*principal).clone(),
            action: action.action,
            resource: (*resource).clone(),
            context: context.value.clone(),
            external: Vec::new(),
            now,
        };
        Ok(self.decision(&query))
    }
}
