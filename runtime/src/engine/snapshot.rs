//! Everything that a decision is a function of, beside the request and the time.

use std::sync::Arc;

use smol_str::SmolStr;

use super::execution::Execution;
use super::handle::Numbers;
use super::query::Reverse;
use super::renew::Home;
use super::report::Report;
use super::settled::{Settled, Told, World};
use super::{Compiling, EngineKind};
use crate::data::{Data, check_entity};
use crate::json::{RequestError, RequestErrorKind, check_applies, check_context, check_external};
use crate::outcome::{Decision, Outcome, Query};
use crate::params::Params;
use crate::types::ActionId;
use crate::value::Value;
use crate::verify::Verified;

/// A Program and data that decisions are made over; immutable, and replaced whole.
pub struct Snapshot {
    pub(super) program: Verified,
    /// As the deployment named them, for the next Program.
    pub(super) bound: Vec<(SmolStr, Value)>,
    pub(super) params: Params,
    pub(super) data: Data,
    pub(super) kind: EngineKind,
    pub(super) compiling: Compiling,
    pub(super) execution: Execution,
    /// Handles of another generation are of another Program. Even.
    pub(super) generation: u64,
    /// Of entities that have handles; kept as long as the generation.
    pub(super) numbers: Arc<Numbers>,
    /// What is known about decisions before they are asked for.
    pub(super) settled: Settled,
    /// Who is below whom, made when a reverse question first needs it.
    pub(super) reverse: Arc<Reverse>,
    /// Where it may be replaced by its like.
    pub(super) home: Home,
}

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Snapshot").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl Snapshot {
    /// The Program that decides.
    pub fn program(&self) -> &Verified {
        &self.program
    }

    /// The data that decisions are made over.
    pub fn data(&self) -> &Data {
        &self.data
    }

    /// What tables of it are made from.
    #[inline]
    pub(super) fn world(&self) -> World<'_> {
        World { params: &self.params, data: &self.data, execution: &self.execution }
    }

    /// What tables tell at a time, where the context is not in a handle that knows its class.
    #[inline]
    pub(super) fn told(&self, now: i64) -> impl Told {
        ToldOf { snapshot: self, now }
    }

    /// What native code says about the class of a context, and what is known of it; `None` if it says nothing yet.
    #[cfg(all(test, feature = "jit"))]
    pub(crate) fn classes(&self, context: &super::handle::ContextHandle) -> Option<(u32, u32)> {
        let words = &context.prepared.words.as_ref()?.first;
        let image = self.execution.image().filter(|image| words.is_for(image, context.action))?;
        Some((crate::native::class_of(image, context.action, words)?, context.class))
    }

    /// Decides a query in the terms of the Program and says why.
    pub fn outcome(&self, query: &Query) -> Result<Outcome, RequestError> {
        let applies = check_applies(&self.program, &query.principal, query.action, &query.resource)?;
        check_context(&self.program, applies, &query.context)?;
        check_query_entities(&self.program, query)?;
        Ok(self.reasons(query))
    }

    pub(super) fn reasons(&self, query: &Query) -> Outcome {
        self.execution.outcome(&self.program, &self.params, &self.data, query)
    }

    pub(super) fn decision(&self, query: &Query) -> Decision {
        self.execution.decide(&self.program, &self.params, &self.data, query)
    }

    pub(super) fn report_query(&self, query: Query) -> Report {
        let outcome = self.reasons(&query);
        Report { program: self.program.clone(), query, outcome }
    }
}

/// See [`Snapshot::told`].
#[cfg_attr(not(feature = "jit"), allow(dead_code, reason = "only native code asks"))]
struct ToldOf<'s> {
    snapshot: &'s Snapshot,
    now: i64,
}

impl Told for ToldOf<'_> {
    #[inline]
    fn decision(
        &self,
        principal: u64,
        action: ActionId,
        resource: u64,
        class: impl FnOnce() -> Option<u32>,
    ) -> Option<Decision> {
        let settled = &self.snapshot.settled;
        if !settled.fits() {
            return None;
        }
        let decision = settled.told((principal, action, resource), self.now, class);
        if decision.is_none() {
            self.snapshot.missed(self.now);
        }
        decision
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
