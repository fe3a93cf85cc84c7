//! Who can, and what can: the entities that are allowed, one after the other.

use std::collections::VecDeque;

use smol_str::SmolStr;

use super::asked::{Asked, Side};
#[cfg(feature = "jit")]
use super::bound::Bound;
#[cfg(feature = "jit")]
use super::candidates::first_of_all;
use super::candidates::{Pool, bound, candidates};
use super::given::InContext;
#[cfg(feature = "jit")]
use super::numbered::{Allowed, Numbered};
use super::page::{Page, PermittedInContext};
use crate::engine::Engine;
use crate::engine::report::Report;
use crate::json::{RequestError, RequestErrorKind, unresolved};
use crate::names::{read_entity, spell_entity};
use crate::outcome::Decision;
#[cfg(feature = "jit")]
use crate::secret::KeyedMap;
use crate::types::EntityTypeId;
use crate::value::{EntityUid, Value};
use crate::verify::Verified;

/// Candidates that are decided before the first answer, and how many times as many each time after that.
const FIRST_CHUNK: usize = 256;
const GROWTH: usize = 8;
const LARGEST_CHUNK: usize = 1 << 17;
/// Where any entity may be allowed, so many are decided by name, so that a first page comes soon, and then the others by number.
#[cfg(feature = "jit")]
const MOST_BY_NAME: usize = 1 << 12;

/// The entities for which the question's request is allowed, in its context and at its time; in the order of their types' full names,
/// then of their ids.
pub struct EntitiesInContext {
    asked: Asked,
    /// Types that are still to be looked at, by full name.
    types: VecDeque<(SmolStr, EntityTypeId)>,
    after: Option<(SmolStr, SmolStr)>,
    current: Option<(EntityTypeId, Current)>,
    chunk: usize,
    ready: VecDeque<PermittedInContext<EntityUid>>,
    decided: usize,
}

/// How far the candidates of a type are.
enum Current {
    /// To be decided by name.
    Named(Pool),
    /// The first of very many, to be decided by name, and then the others by number.
    #[cfg(feature = "jit")]
    First(Pool),
    /// To be decided by number, all of them before any is told.
    #[cfg(feature = "jit")]
    Numbered(Numbered),
    /// All that are allowed, and the decisions that come with obligations.
    #[cfg(feature = "jit")]
    Allowed(Pool, KeyedMap<SmolStr, Decision>),
}

impl Current {
    /// `after` is a cursor in this type.
    fn of(asked: &Asked, ty: EntityTypeId, after: Option<&str>) -> Current {
        let _ = after;
        let bound = bound(asked, ty);
        #[cfg(feature = "jit")]
        if bound == Bound::All && asked.image().is_some() {
            let ids = first_of_all(asked, ty, after, MOST_BY_NAME);
            let is_all = ids.len() < MOST_BY_NAME;
            let pool = Pool::new(ids);
            return if is_all { Current::Named(pool) } else { Current::First(pool) };
        }
        #[cfg(feature = "jit")]
        if let Some(numbered) = Numbered::new(asked, ty, &bound) {
            return Current::Numbered(numbered);
        }
        Current::Named(Pool::new(candidates(asked, ty, &bound)))
    }

    fn pool(&mut self) -> Option<&mut Pool> {
        match self {
            Current::Named(pool) => Some(pool),
            #[cfg(feature = "jit")]
            Current::First(pool) => Some(pool),
            #[cfg(feature = "jit")]
            Current::Allowed(pool, _) => Some(pool),
            #[cfg(feature = "jit")]
            Current::Numbered(_) => None,
        }
    }

    fn left(&self) -> usize {
        match self {
            Current::Named(pool) => pool.len(),
            #[cfg(feature = "jit")]
            Current::First(pool) => pool.len(),
            #[cfg(feature = "jit")]
            Current::Numbered(numbered) => numbered.left(),
            #[cfg(feature = "jit")]
            Current::Allowed(..) => 0,
        }
    }
}

impl std::fmt::Debug for EntitiesInContext {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EntitiesInContext").field("decided", &self.decided).finish_non_exhaustive()
    }
}

impl Engine {
    /// Who can do this on that, a pair of type and id, in this context?
    pub fn who_can(
        &self,
        action: &str,
        resource: (&str, &str),
        given: &InContext,
    ) -> Result<EntitiesInContext, RequestError> {
        let asked = Asked::new(self.current.load_full(), Side::Principal, resource, action, given)?;
        Ok(EntitiesInContext::new(asked))
    }

    /// What can this principal, a pair of type and id, do this on, in this context?
    pub fn what_can(
        &self,
        principal: (&str, &str),
        action: &str,
        given: &InContext,
    ) -> Result<EntitiesInContext, RequestError> {
        let asked = Asked::new(self.current.load_full(), Side::Resource, principal, action, given)?;
        Ok(EntitiesInContext::new(asked))
    }
}

impl EntitiesInContext {
    fn new(asked: Asked) -> Self {
        let schema = &asked.snapshot.program.schema;
        let name =
            |ty: EntityTypeId| schema.entity_types.get(ty.index()).map(|declared| declared.name.clone());
        let types = asked.types().into_iter().flat_map(|types| types.iter());
        let mut types: Vec<_> = types.filter_map(|ty| Some((name(ty)?, ty))).collect();
        types.sort();
        EntitiesInContext {
            asked,
            types: types.into(),
            after: None,
            current: None,
            chunk: FIRST_CHUNK,
            ready: VecDeque::new(),
            decided: 0,
        }
    }

    /// Only entities of this type.
    pub fn of_type(mut self, name: &str) -> Result<Self, RequestError> {
        let names = self.program().names();
        let refuse = |message| RequestError::new(RequestErrorKind::NotApplicable, "type", message);
        let ty = names.entity_types.get(name).map(EntityTypeId).map_err(|why| {
            let message = unresolved("entity type", name, why);
            RequestError::new(RequestErrorKind::BadEntity, "type", message)
        })?;
        if self.asked.types().is_none_or(|types| !types.contains(ty)) {
            let of = self.asked.types().into_iter().flat_map(|types| types.iter());
            let of: Vec<_> = of.map(|ty| format!("`{}`", names.entity_type(ty))).collect();
            let (verb, action) = match self.asked.side {
                Side::Principal => ("by", names.action(self.asked.action)),
                Side::Resource => ("on", names.action(self.asked.action)),
            };
            let name = names.entity_type(ty);
            return Err(refuse(format!(
                "action `{action}` is not done {verb} `{name}`, but {verb} {}",
                of.join(" or ")
            )));
        }
        self.types.retain(|(_, other)| *other == ty);
        self.current.take_if(|(current, _)| *current != ty);
        self.ready.retain(|ready| ready.subject.ty == ty);
        Ok(self)
    }

    /// Only what comes after this entity: the `next` of a [`Page`], or as [`EntitiesInContext::cursor`] spells it. The entity need not
    /// exist any more.
    pub fn after(mut self, cursor: &str) -> Result<Self, RequestError> {
        let Some((ty, id)) = read_entity(cursor) else {
            let message = format!("`{cursor}` is no entity: write it like `User::\"ann\"`");
            return Err(RequestError::new(RequestErrorKind::BadEntity, "after", message));
        };
        let program = self.program().clone();
        let schema = &program.schema;
        let declared = program.names().entity_types.get(ty).ok();
        let declared = declared.and_then(|ty| schema.entity_types.get(ty as usize));
        // A type that is gone still has its place among names.
        let ty = declared.map_or_else(|| SmolStr::new(ty), |declared| declared.name.clone());
        let name_of = |of: EntityTypeId| schema.entity_types.get(of.index()).map(|declared| &declared.name);
        self.types.retain(|(name, _)| *name >= ty);
        self.ready.retain(|ready| (name_of(ready.subject.ty), &ready.subject.id) > (Some(&ty), &id));
        // What was told before is not told again, whatever the cursor.
        let mut last = self
            .after
            .take()
            .filter(|(of, _)| *of == ty)
            .map_or(id.clone(), |(_, known)| known.max(id.clone()));
        match &mut self.current {
            Some((of, _)) if name_of(*of) < Some(&ty) => self.current = None,
            Some((of, current)) if name_of(*of) == Some(&ty) => {
                if let Some(pool) = current.pool() {
                    last = pool
                        .last_taken()
                        .map_or_else(|| last.clone(), |taken| last.clone().max(taken.clone()));
                    pool.skip_to(&id);
                }
            }
            _ => {}
        }
        self.after = Some((ty, last));
        Ok(self)
    }

    /// How an entity is spelt for [`EntitiesInContext::after`]: with the full name of its type.
    pub fn cursor(&self, uid: &EntityUid) -> String {
        let declared = self.program().schema.entity_types.get(uid.ty.index());
        spell_entity(declared.map_or("?", |ty| &ty.name), &uid.id)
    }

    /// The next `size` answers.
    pub fn page(&mut self, size: usize) -> Page<EntityUid> {
        let items: Vec<_> = self.by_ref().take(size).collect();
        while self.ready.is_empty() && self.advance() {}
        let more = !self.ready.is_empty();
        let next = items.last().filter(|_| more).map(|last| self.cursor(&last.subject));
        Page { items, next }
    }

    /// The decision about an entity with all its reasons, from the snapshot, context and time of the question.
    pub fn report(&self, uid: &EntityUid) -> Report {
        self.asked.report(uid)
    }

    /// The Program that decides.
    pub fn program(&self) -> &Verified {
        &self.asked.snapshot.program
    }

    /// The context that the answers are for.
    pub fn context(&self) -> &Value {
        self.asked.context()
    }

    /// The time that the answers are for, in milliseconds since 1970-01-01T00:00:00Z.
    pub fn now(&self) -> i64 {
        self.asked.now
    }

    /// How many candidates have been decided so far.
    pub fn decided(&self) -> usize {
        self.decided
    }

    /// How many candidates are left to decide, as far as that is known: those of the type that is being looked at.
    pub fn left(&self) -> usize {
        self.current.as_ref().map_or(0, |(_, current)| current.left())
    }

    /// Whether the known entity of the question is one that the data holds, that came with the question, or of a closed type.
    pub fn is_known(&self) -> bool {
        self.asked.exists(&self.asked.known)
    }

    /// Whether there are answers that [`Iterator::next`] gives without deciding anything.
    pub fn has_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// Takes one step: decides about some more candidates, if no answer is ready. False if there is nothing left to do. For those who want
    /// to show how far it is, since [`Iterator::next`] decides until it has an answer.
    pub fn advance(&mut self) -> bool {
        if !self.ready.is_empty() {
            return true;
        }
        let Some((ty, current)) = self.current.take() else {
            let Some((_, ty)) = self.types.pop_front() else { return false };
            let mut current = Current::of(&self.asked, ty, self.after_in(ty));
            self.skip_told(ty, &mut current);
            self.current = Some((ty, current));
            return true;
        };
        self.current = self.step(ty, current).map(|current| (ty, current));
        true
    }

    /// Leaves out what is not after the cursor.
    fn skip_told(&self, ty: EntityTypeId, current: &mut Current) {
        if let (Some(after), Some(pool)) = (self.after_in(ty), current.pool()) {
            pool.skip_to(after);
        }
    }

    /// The id after which answers of a type begin, if some come before.
    fn after_in(&self, ty: EntityTypeId) -> Option<&str> {
        let declared = self.program().schema.entity_types.get(ty.index())?;
        self.after.as_ref().filter(|(of, _)| *of == declared.name).map(|(_, id)| id.as_str())
    }

    /// Decides the next chunk of a pool by name.
    fn decide_chunk(&mut self, ty: EntityTypeId, pool: &mut Pool) -> Vec<PermittedInContext<EntityUid>> {
        let chunk = pool.take(self.chunk);
        self.decided += chunk.len();
        let subjects = chunk.iter().map(|id| EntityUid { ty, id: id.clone() });
        let decided = subjects.map(|subject| (self.asked.decide(&subject), subject));
        let allowed = decided.filter(|(decision, _)| *decision != Decision::Deny);
        allowed.map(|(decision, subject)| PermittedInContext { subject, decision }).collect()
    }

    /// One step with the candidates of a type; what is left to do with them.
    fn step(&mut self, ty: EntityTypeId, mut current: Current) -> Option<Current> {
        let mut allowed = match &mut current {
            Current::Named(pool) => self.decide_chunk(ty, pool),
            #[cfg(feature = "jit")]
            Current::First(pool) if pool.is_empty() => {
                let numbered = Numbered::new(&self.asked, ty, &Bound::All)?;
                let declared = self.program().schema.entity_types.get(ty.index());
                let name = declared.map(|declared| declared.name.clone());
                if let (Some(name), Some(last)) = (name, pool.last_taken()) {
                    // The first are decided once more, which is less than to find out who they are.
                    self.decided -= pool.taken();
                    self.after = Some((name, last.clone()));
                }
                return Some(Current::Numbered(numbered));
            }
            #[cfg(feature = "jit")]
            Current::First(pool) => self.decide_chunk(ty, pool),
            #[cfg(feature = "jit")]
            Current::Numbered(numbered) => {
                self.decided += numbered.advance(&self.asked, LARGEST_CHUNK);
                if numbered.left() > 0 {
                    return Some(current);
                }
                Vec::new()
            }
            #[cfg(feature = "jit")]
            Current::Allowed(pool, decisions) => {
                let allowed = pool.take(self.chunk).iter().map(|id| PermittedInContext {
                    decision: decisions.remove(id).unwrap_or(Decision::Allow),
                    subject: EntityUid { ty, id: id.clone() },
                });
                allowed.collect()
            }
        };
        #[cfg(feature = "jit")]
        if let Current::Numbered(numbered) = current {
            let Allowed { ids, decisions } = numbered.into_allowed();
            let mut current = Current::Allowed(Pool::new(ids), decisions);
            self.skip_told(ty, &mut current);
            return Some(current);
        }
        allowed.sort_unstable_by(|a, b| a.subject.id.cmp(&b.subject.id));
        self.ready = allowed.into();
        self.chunk = self.chunk.saturating_mul(GROWTH).min(LARGEST_CHUNK);
        #[cfg(feature = "jit")]
        if let Current::First(_) = &current {
            return Some(current);
        }
        let is_empty = current.pool().is_none_or(|pool| pool.is_empty());
        (!is_empty).then_some(current)
    }
}

impl Iterator for EntitiesInContext {
    type Item = PermittedInContext<EntityUid>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.ready.is_empty() {
            if !self.advance() {
                return None;
            }
        }
        self.ready.pop_front()
    }
}

impl std::iter::FusedIterator for EntitiesInContext {}
