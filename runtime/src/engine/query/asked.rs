//! A question in the terms of one snapshot, and the decision about one candidate.

use std::sync::Arc;

use smol_str::SmolStr;

use super::given::InContext;
use super::members::Members;
use crate::data::Entity;
use crate::engine::clock;
use crate::engine::handle::{ActionHandle, ContextHandle, EntityHandle, IdRequest};
use crate::engine::report::Report;
use crate::engine::request::{action, entity};
use crate::engine::snapshot::Snapshot;
use crate::json::{RequestError, check_applies};
#[cfg(feature = "jit")]
use crate::native::Image;
use crate::outcome::{Decision, Query};
use crate::types::{ActionId, Applies, EntityTypeId, EntityTypes};
use crate::value::{EntityUid, Value};

/// So many below an entity are many, whatever their number.
#[cfg(feature = "jit")]
const MANY: usize = 1 << 12;
/// Requests that are made at a time.
#[cfg(feature = "jit")]
const BATCH: usize = 1 << 10;

/// The side of a request that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// Who can?
    Principal,
    /// What can be acted on?
    Resource,
}

/// A question, checked. It keeps its snapshot: whatever happens to the engine, its answers are of one state.
pub(super) struct Asked {
    pub snapshot: Arc<Snapshot>,
    /// What is asked for.
    pub side: Side,
    /// The entity on the other side.
    pub known: EntityUid,
    pub action: ActionId,
    /// Of external types, sorted.
    pub external: Vec<(EntityUid, Arc<Entity>)>,
    pub now: i64,
    context: ContextHandle,
    /// `None` if native code does not know it.
    known_handle: Option<EntityHandle>,
}

impl Asked {
    /// By names; `known` is a type and an id.
    pub fn new(
        snapshot: Arc<Snapshot>,
        side: Side,
        known: (&str, &str),
        name: &str,
        given: &InContext,
    ) -> Result<Asked, RequestError> {
        let program = &snapshot.program;
        let path = match side {
            Side::Principal => "resource",
            Side::Resource => "principal",
        };
        let known = entity(program, path, known)?;
        let action = action(program, name)?;
        let applies = check_known(&snapshot, side, &known, action)?;
        let context = given.context(program, applies)?;
        let external = given.external(program)?;
        let now = given.now.unwrap_or_else(clock::now);
        let context = snapshot.checked_context(action, context);
        let known_handle = snapshot.native_handle(&known);
        Ok(Asked { side, known, action, external, now, context, known_handle, snapshot })
    }

    /// Types of candidates.
    pub fn types(&self) -> Option<&EntityTypes> {
        let applies = self.snapshot.program.schema.actions.get(self.action.index())?.applies.as_ref()?;
        Some(match self.side {
            Side::Principal => &applies.principals,
            Side::Resource => &applies.resources,
        })
    }

    /// What every answer is for.
    pub fn context(&self) -> &Value {
        &self.context.value
    }

    /// How many entities have this one as a direct parent, or that they are many.
    pub fn count_below(&self, uid: &EntityUid) -> usize {
        #[cfg(feature = "jit")]
        if let Some(image) = self.snapshot.execution.image() {
            return image.find(uid).map_or(0, |entity| image.children(entity).take(MANY).count());
        }
        self.members().of_parent(uid).len()
    }

    /// Native code's data, if candidates can be decided by its numbers: none came with the question, and the known entity has one.
    #[cfg(feature = "jit")]
    pub fn image(&self) -> Option<&Image> {
        let known = self.external.is_empty() && self.known_handle.is_some();
        self.snapshot.execution.image().filter(|_| known)
    }

    /// Decides candidates by such numbers, and tells `each` of those that are allowed.
    #[cfg(feature = "jit")]
    pub fn decide_numbered(&self, candidates: &[u64], mut each: impl FnMut(u64, Decision)) {
        let Some(known) = self.known_handle else { return };
        let stamp = self.snapshot.generation;
        let action = ActionHandle { stamp, action: self.action };
        let context = &self.context;
        let mut requests = Vec::with_capacity(BATCH.min(candidates.len()));
        for candidates in candidates.chunks(BATCH) {
            requests.clear();
            requests.extend(candidates.iter().map(|word| {
                let candidate = EntityHandle { stamp, word: *word };
                let (principal, resource) = match self.side {
                    Side::Principal => (candidate, known),
                    Side::Resource => (known, candidate),
                };
                IdRequest { principal, action, resource, context }
            }));
            self.snapshot.execution.decide_batch(stamp, &requests, self.now, |request, decided| {
                let word = match self.side {
                    Side::Principal => request.principal.word,
                    Side::Resource => request.resource.word,
                };
                let slowly = || match self.snapshot.execution.uid(word) {
                    Some(uid) => self.snapshot.decision(&self.query(uid)),
                    None => Decision::Deny,
                };
                match decided {
                    Ok(false) => {}
                    Ok(true) => each(word, Decision::Allow),
                    Err(decision) => match decision.unwrap_or_else(slowly) {
                        Decision::Deny => {}
                        decision => each(word, decision),
                    },
                }
            });
        }
    }

    /// Who is below whom.
    pub fn members(&self) -> &Members {
        let Snapshot { program, data, reverse, .. } = &*self.snapshot;
        reverse.members.get_or_init(|| Members::of(&program.schema, data))
    }

    /// The ids of a closed type, none for any other.
    pub fn closed(&self, ty: EntityTypeId) -> &[SmolStr] {
        let declared = self.snapshot.program.schema.entity_types.get(ty.index());
        declared.and_then(|ty| ty.closed.as_deref()).unwrap_or_default()
    }

    /// At most how many candidates of a type there are.
    pub fn count(&self, ty: EntityTypeId) -> usize {
        let external = self.external.iter().filter(|(uid, _)| uid.ty == ty).count();
        self.snapshot.data.entities(ty).len() + self.closed(ty).len() + external
    }

    /// Whether an entity is known at all.
    pub fn exists(&self, uid: &EntityUid) -> bool {
        is_known(&self.snapshot, &self.external, uid)
    }

    /// The request with this candidate.
    pub fn query(&self, candidate: EntityUid) -> Query {
        let (principal, resource) = match self.side {
            Side::Principal => (candidate, self.known.clone()),
            Side::Resource => (self.known.clone(), candidate),
        };
        Query {
            principal,
            action: self.action,
            resource,
            context: self.context.value.clone(),
            external: self.external.clone(),
            now: self.now,
        }
    }

    /// What is decided about it.
    pub fn decide(&self, candidate: &EntityUid) -> Decision {
        if self.external.is_empty()
            && let (Some(candidate), Some(known)) =
                (self.snapshot.native_handle(candidate), self.known_handle)
        {
            let (principal, resource) = match self.side {
                Side::Principal => (candidate, known),
                Side::Resource => (known, candidate),
            };
            let action = ActionHandle { stamp: self.snapshot.generation, action: self.action };
            let request = IdRequest { principal, action, resource, context: &self.context };
            if let Some(decision) = self.snapshot.decide_natively(&request, self.now) {
                return decision;
            }
        }
        self.snapshot.decision(&self.query(candidate.clone()))
    }

    /// The same with all reasons.
    pub fn report(&self, candidate: &EntityUid) -> Report {
        self.snapshot.report_query(self.query(candidate.clone()))
    }
}

/// Whether the data holds an entity, its type lists it, or it came along.
pub(super) fn is_known(snapshot: &Snapshot, external: &[(EntityUid, Arc<Entity>)], uid: &EntityUid) -> bool {
    let declared = snapshot.program.schema.entity_types.get(uid.ty.index());
    snapshot.data.entity(uid).is_some()
        || declared.and_then(|ty| ty.closed.as_ref()).is_some_and(|ids| ids.contains(&uid.id))
        || external.binary_search_by(|(external, _)| external.cmp(uid)).is_ok()
}

/// What the action applies to, if it applies to the known entity's type.
fn check_known<'s>(
    snapshot: &'s Snapshot,
    side: Side,
    known: &EntityUid,
    action: ActionId,
) -> Result<&'s Applies, RequestError> {
    let program = &snapshot.program;
    let declared = program.schema.actions.get(action.index()).and_then(|action| action.applies.as_ref());
    let types = declared.map(|applies| match side {
        Side::Principal => &applies.principals,
        Side::Resource => &applies.resources,
    });
    // Any type that the action applies to: the message is about the other side.
    let ty = types.and_then(|types| types.iter().next()).unwrap_or(known.ty);
    let any = EntityUid { ty, id: SmolStr::default() };
    match side {
        Side::Principal => check_applies(program, &any, action, known),
        Side::Resource => check_applies(program, known, action, &any),
    }
}
