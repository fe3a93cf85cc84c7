//! Which actions: the actions that a principal may do on a resource.

use std::sync::Arc;

use smol_str::SmolStr;

use super::asked::is_known;
use super::given::InContext;
use super::page::{Page, PermittedInContext};
use crate::data::Entity;
use crate::engine::Engine;
use crate::engine::clock;
use crate::engine::report::Report;
use crate::engine::request::entity;
use crate::engine::snapshot::Snapshot;
use crate::json::{RequestError, RequestErrorKind};
use crate::outcome::{Decision, Query};
use crate::types::{ActionId, Applies};
use crate::value::{EntityUid, Value};
use crate::verify::Verified;

/// An action that could not be asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAsked {
    /// Which.
    pub action: ActionId,
    /// What its context lacks.
    pub why: RequestError,
}

/// The actions that are allowed between two entities, in the context and at the time of the question; in the order of their full names.
/// Each action gets those fields of the context that it declares.
pub struct ActionsInContext {
    snapshot: Arc<Snapshot>,
    principal: EntityUid,
    resource: EntityUid,
    external: Vec<(EntityUid, Arc<Entity>)>,
    now: i64,
    /// By full name, each with its context.
    actions: Vec<(SmolStr, ActionId, Value)>,
    /// How many of them have been decided or left out.
    done: usize,
    ready: Option<PermittedInContext<ActionId>>,
    not_asked: Vec<NotAsked>,
}

impl std::fmt::Debug for ActionsInContext {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ActionsInContext").field("actions", &self.actions.len()).finish_non_exhaustive()
    }
}

impl Engine {
    /// What may this principal do on this resource, both pairs of type and id, in this context?
    pub fn permitted_actions(
        &self,
        principal: (&str, &str),
        resource: (&str, &str),
        given: &InContext,
    ) -> Result<ActionsInContext, RequestError> {
        let snapshot = self.current.load_full();
        let program = &snapshot.program;
        let principal = entity(program, "principal", principal)?;
        let resource = entity(program, "resource", resource)?;
        let external = given.external(program)?;
        let mut actions = between(program, &principal, &resource);
        if actions.is_empty() {
            let names = program.names();
            let (by, on) = (names.entity_type(principal.ty), names.entity_type(resource.ty));
            let message = format!("no action is done by `{by}` on `{on}`");
            return Err(RequestError::new(RequestErrorKind::NotApplicable, "", message));
        }
        given.check_fields(actions.iter().map(|(.., applies)| *applies))?;
        actions.sort_by_key(|(name, ..)| *name);
        let (mut left, mut not_asked) = (Vec::new(), Vec::new());
        for (name, action, applies) in actions {
            match given.declared(program, applies) {
                Ok(context) => left.push((name.clone(), action, context)),
                Err(why) => not_asked.push(NotAsked { action, why }),
            }
        }
        let now = given.now.unwrap_or_else(clock::now);
        Ok(ActionsInContext {
            principal,
            resource,
            external,
            now,
            actions: left,
            done: 0,
            ready: None,
            not_asked,
            snapshot,
        })
    }
}

/// The actions that apply to the types of the two.
fn between<'p>(
    program: &'p Verified,
    principal: &EntityUid,
    resource: &EntityUid,
) -> Vec<(&'p SmolStr, ActionId, &'p Applies)> {
    let declared = program.schema.actions.iter().enumerate();
    let applying = declared.filter_map(|(index, action)| {
        let applies = action.applies.as_ref()?;
        let both = applies.principals.contains(principal.ty) && applies.resources.contains(resource.ty);
        both.then_some((&action.name, ActionId(index as u32), applies))
    });
    applying.collect()
}

impl ActionsInContext {
    /// Only what comes after this action: the `next` of a [`Page`]. The action need not exist any more.
    pub fn after(mut self, cursor: &str) -> Self {
        let declared = self.program().names().actions.get(cursor).ok();
        let declared = declared.and_then(|action| self.program().schema.actions.get(action as usize));
        let cursor = declared.map_or_else(|| SmolStr::new(cursor), |action| action.name.clone());
        let before = self.actions.partition_point(|(name, ..)| *name <= cursor);
        if before > self.done {
            self.done = before;
            self.ready = None;
        }
        self
    }

    /// The next `size` answers.
    pub fn page(&mut self, size: usize) -> Page<ActionId> {
        let items: Vec<_> = self.by_ref().take(size).collect();
        self.ready = self.next();
        let last = items.last().filter(|_| self.ready.is_some());
        let next = last
            .and_then(|last| Some(self.program().schema.actions.get(last.subject.index())?.name.to_string()));
        Page { items, next }
    }

    /// Actions that apply to both entities and were not asked about, because the context lacks a field that they need or has another
    /// type for it.
    pub fn not_asked(&self) -> &[NotAsked] {
        &self.not_asked
    }

    /// The decision about an action with all its reasons; `None` for one that was not asked about.
    pub fn report(&self, action: ActionId) -> Option<Report> {
        let (.., context) = self.actions.iter().find(|(_, asked, _)| *asked == action)?;
        Some(self.snapshot.report_query(self.query(action, context.clone())))
    }

    /// Whether the data holds these, they came with the question, or are of a closed type: the principal, and the resource.
    pub fn are_known(&self) -> (bool, bool) {
        let known = |uid| is_known(&self.snapshot, &self.external, uid);
        (known(&self.principal), known(&self.resource))
    }

    /// The Program that decides.
    pub fn program(&self) -> &Verified {
        &self.snapshot.program
    }

    /// The time that the answers are for, in milliseconds since 1970-01-01T00:00:00Z.
    pub fn now(&self) -> i64 {
        self.now
    }

    fn query(&self, action: ActionId, context: Value) -> Query {
        Query {
            principal: self.principal.clone(),
            action,
            resource: self.resource.clone(),
            context,
            external: self.external.clone(),
            now: self.now,
        }
    }
}

impl Iterator for ActionsInContext {
    type Item = PermittedInContext<ActionId>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(ready) = self.ready.take() {
            return Some(ready);
        }
        while let Some((_, subject, context)) = self.actions.get(self.done) {
            let subject = *subject;
            self.done += 1;
            let decision = self.snapshot.decision(&self.query(subject, context.clone()));
            if decision != Decision::Deny {
                return Some(PermittedInContext { subject, decision });
            }
        }
        None
    }
}

impl std::iter::FusedIterator for ActionsInContext {}
