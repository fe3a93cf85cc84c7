//! What is settled before it is asked: for each principal and each resource a few bits, from which most decisions by handles follow
//! without evaluating any policy.
//!
//! ```text
//! Plan       once for each Program: environments, what each node depends on, questions about contexts (`plan`, `depends`)
//! Builder    for a snapshot and a span of time, resource by resource: for whom each policy applies (`policy`, `truth`), as sets of
//!            principals (`sets`, `subjects`)
//! Span       tables of these sets by native numbers (`tables`); made little by little by decisions that still go without
//! ```
//! Of a resource, in a class of contexts, four sets of principals are known: those who are denied, those who are allowed, with
//! obligations or without, and those for whom something else has to be asked, an amount to be compared with one in the context, say.
//! For the last, native code decides. So nothing here has to be complete, but what it says has to be right: whatever
//! is not understood makes a decision slower and not another one.
//!
//! A snapshot's tables are made when it has been asked often enough, and only where they are small. An update makes a snapshot
//! without tables.

mod build;
mod depends;
#[cfg(all(test, feature = "jit"))]
mod lasting;
mod plan;
mod policy;
mod rows;
mod sets;
mod subjects;
mod tables;
#[cfg(all(test, feature = "jit"))]
mod tests;
mod truth;
#[cfg(all(test, feature = "jit"))]
mod unsettled;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::execution::Execution;
use super::handle::IdRequest;
use crate::data::Data;
use crate::outcome::Decision;
use crate::params::Params;
use crate::types::{ActionId, EntityTypeId};
use crate::value::{EntityUid, Value};
use crate::verify::Verified;

use build::Builder;
use plan::Plan;
pub(super) use tables::AnyTables;

/// So many spans of time have tables in one snapshot.
const SPANS: usize = 16;
/// So many decisions at other times are made, of those that go on making tables, before they are begun for another time.
const STRAYS: u32 = 64;
/// One in so many decisions without tables goes on making them.
const ONE_IN: usize = 8;
/// Tables have at most so many rows, and are of so many principals.
const MOST_ROWS: usize = 1 << 13;
const MOST_PRINCIPALS: usize = 1 << 13;
const MOST_GRANT_ROWS: usize = 1 << 13;
/// Tables that do not fit a near cache are slower than native code: they are of at most so many pairs of a principal and a row.
const MOST_PAIRS: usize = 1 << 17;

/// What tables tell of a principal, an action and a resource, by native code's numbers, in a context whose class native code finds.
#[cfg_attr(not(feature = "jit"), allow(dead_code, reason = "only native code asks"))]
pub(crate) trait Told {
    fn decision(
        &self,
        principal: u64,
        action: ActionId,
        resource: u64,
        class: impl FnOnce() -> Option<u32>,
    ) -> Option<Decision>;
}

/// Tables of one snapshot; see the module.
pub(super) struct Settled {
    /// `None`: there never are tables.
    plan: Option<Arc<Plan>>,
    /// This snapshot is small enough.
    fits: bool,
    spans: [OnceLock<Span>; SPANS],
    /// The last that was needed.
    latest: AtomicUsize,
    /// Decisions that found no tables.
    asked: AtomicUsize,
    /// A snapshot with room for further spans has been made instead of this one.
    is_renewed: AtomicBool,
    builder: Mutex<Option<Box<Builder>>>,
}

/// Tables and the time for which they are good.
struct Span {
    from: i64,
    last: i64,
    tables: AnyTables,
}

/// What tables are made from.
pub(super) struct World<'a> {
    pub params: &'a Params,
    pub data: &'a Data,
    pub execution: &'a Execution,
}

impl World<'_> {
    /// The entity that has a number.
    fn uid(&self, ty: EntityTypeId, number: usize) -> Option<EntityUid> {
        let number = u32::try_from(number).ok()?;
        self.execution.uid(u64::from(ty.0) << 32 | u64::from(number))
    }
}

impl Settled {
    /// For the first snapshot of a Program.
    pub fn new(program: &Verified, world: &World<'_>) -> Settled {
        let plan =
            if world.execution.is_native() { Plan::new(program, world.params).map(Arc::new) } else { None };
        if let Some(plan) = &plan {
            world.execution.ask_of_contexts(|| plan.questions());
        }
        Settled::of(plan, world)
    }

    /// For another snapshot of it, or the same with room for tables of other times.
    pub fn next(&self, world: &World<'_>) -> Settled {
        Settled::of(self.plan.clone(), world)
    }

    fn of(plan: Option<Arc<Plan>>, world: &World<'_>) -> Settled {
        let fits = world.execution.is_native() && plan.as_ref().is_some_and(|plan| fits(plan, world));
        Settled {
            plan,
            fits,
            spans: Default::default(),
            latest: AtomicUsize::new(0),
            asked: AtomicUsize::new(0),
            is_renewed: AtomicBool::new(false),
            builder: Mutex::default(),
        }
    }

    /// The class of a context, which is checked.
    pub fn class(&self, params: &Params, action: ActionId, context: &Value) -> u32 {
        self.plan.as_ref().map_or(0, |plan| plan.class(params, action, context))
    }

    /// Whether this snapshot has tables, or will have.
    #[inline(always)]
    pub fn fits(&self) -> bool {
        self.fits
    }

    /// The tables for a time, if they are made.
    #[inline]
    pub fn tables(&self, now: i64) -> Option<&AnyTables> {
        Some(&self.span(now)?.tables)
    }

    /// Whether there are tables for a time.
    #[inline]
    fn is_ready(&self, now: i64) -> bool {
        self.span(now).is_some()
    }

    #[inline(always)]
    fn span(&self, now: i64) -> Option<&Span> {
        self.spans.get(self.latest.load(Ordering::Relaxed))?.get().filter(|span| span.contains(now))
    }

    /// Whether a request is allowed whose handles have native code's numbers; `None` if tables do not tell, or there are obligations.
    #[inline(always)]
    pub fn allows(&self, request: &IdRequest<'_>, now: i64) -> Option<bool> {
        self.span(now)?.tables.allows_request(request)
    }

    /// The decision about native code's numbers, in a context of this class; `None` if tables do not tell.
    pub fn decide(
        &self,
        principal: u64,
        action: ActionId,
        resource: u64,
        class: u32,
        now: i64,
    ) -> Option<Decision> {
        self.span(now)?.tables.decide(principal, action, resource, class)
    }

    /// The decision in a context of which native code may tell the class; `None` if tables do not tell.
    #[cfg_attr(not(feature = "jit"), allow(dead_code, reason = "only native code asks"))]
    #[inline]
    pub fn told(
        &self,
        (principal, action, resource): (u64, ActionId, u64),
        now: i64,
        class: impl FnOnce() -> Option<u32>,
    ) -> Option<Decision> {
        let span = self.span(now)?;
        // The class of contexts of which nothing is known is the last.
        let class = match self.plan.as_ref()?.any_class(action) {
            0 => 0,
            any => class().filter(|class| *class < any).unwrap_or(any),
        };
        match span.tables.allows(principal, action, resource, class) {
            Some(allowed) => Some(if allowed { Decision::Allow } else { Decision::Deny }),
            None => span.tables.decide(principal, action, resource, class),
        }
    }

    /// A decision is about to be made without tables: they come a little nearer. Whether there is no room for them, which is told once.
    #[inline]
    pub fn miss(&self, world: &World<'_>, now: i64) -> bool {
        self.fits && self.advance(world, now)
    }

    #[inline(never)]
    fn advance(&self, world: &World<'_>, now: i64) -> bool {
        // Where tables do not tell about a request there is nothing to be made.
        if self.is_ready(now) || self.select(now) {
            return false;
        }
        if self.is_full() {
            return !self.is_renewed.swap(true, Ordering::Relaxed);
        }
        if self.asked.fetch_add(1, Ordering::Relaxed) % ONE_IN == ONE_IN - 1 {
            self.step(world, now);
        }
        false
    }

    /// Uses the tables for a time from now on, if there are any.
    fn select(&self, now: i64) -> bool {
        let is_for = |span: &OnceLock<Span>| span.get().is_some_and(|span| span.contains(now));
        let found = self.spans.iter().position(is_for);
        if let Some(at) = found {
            self.latest.store(at, Ordering::Relaxed);
        }
        found.is_some()
    }

    /// Whether no further span has a place: they are filled in order.
    fn is_full(&self) -> bool {
        self.spans.last().is_some_and(|span| span.get().is_some())
    }

    /// What was to come instead of this snapshot has not come.
    pub fn not_renewed(&self) {
        self.is_renewed.store(false, Ordering::Relaxed);
    }

    /// Goes on making tables for a time.
    fn step(&self, world: &World<'_>, now: i64) {
        let Some(plan) = &self.plan else { return };
        // Whoever is at it goes on.
        let Ok(mut builder) = self.builder.try_lock() else { return };
        // Somebody may have ended a span while this thread came here.
        if self.select(now) {
            return;
        }
        // One who asks about all times must not keep everybody else from having tables for theirs.
        let is_stray =
            builder.as_mut().is_some_and(|builder| !builder.is_for(now) && builder.strays() <= STRAYS);
        if !is_stray {
            self.go_on(plan, world, &mut builder, now);
        }
    }

    /// Begins, or makes a little more; once it is complete, it has a place.
    fn go_on(&self, plan: &Plan, world: &World<'_>, builder: &mut Option<Box<Builder>>, now: i64) {
        let Some(begun) = builder.as_mut().filter(|builder| builder.is_for(now)) else {
            *builder = Some(Box::new(Builder::new(plan, world, now)));
            return;
        };
        let Some(span) = begun.step(plan, world) else { return };
        *builder = None;
        let free = self.spans.iter().enumerate().find(|(_, span)| span.get().is_none());
        if let Some((at, place)) = free {
            // Nobody else makes spans while the builder is ours.
            let _ = place.set(span);
            self.latest.store(at, Ordering::Relaxed);
        }
    }

    /// Makes tables for a time at once, if there are to be any; whether there was room for them. Waits for whoever is making them, and
    /// whoever decides meanwhile neither waits nor makes any.
    pub fn complete(&self, world: &World<'_>, now: i64) -> bool {
        let (Some(plan), true) = (&self.plan, self.fits) else { return true };
        // Whoever panicked while it was making tables has left some that are begun, which others only go on with or leave.
        let mut builder = self.builder.lock().unwrap_or_else(PoisonError::into_inner);
        while !self.select(now) {
            if self.is_full() {
                return false;
            }
            self.go_on(plan, world, &mut builder, now);
        }
        true
    }

    /// How many spans have tables, and bytes of these and of what they are made from.
    pub fn size(&self) -> (usize, usize) {
        let spans = self.spans.iter().filter_map(OnceLock::get);
        let (count, tables) =
            spans.fold((0, 0), |(count, bytes), span| (count + 1, bytes + span.tables.bytes()));
        (count, tables + self.plan.as_ref().map_or(0, |plan| plan.bytes()))
    }
}

impl Span {
    #[inline(always)]
    fn contains(&self, now: i64) -> bool {
        (self.from <= now) & (now <= self.last)
    }
}

/// Whether the tables of a snapshot would be small.
fn fits(plan: &Plan, world: &World<'_>) -> bool {
    let count = |ty: EntityTypeId| world.execution.count(ty);
    let rows = plan.groups.iter().map(|group| count(group.environment.resource) * group.classes.len());
    let pairs = plan.groups.iter().map(|group| {
        let (principals, resources) = (count(group.environment.principal), count(group.environment.resource));
        principals.saturating_mul(resources).saturating_mul(group.classes.len())
    });
    let principals = plan.groups.iter().map(|group| count(group.environment.principal)).max();
    let grants: usize = world.data.grants.iter().map(|rows| rows.len()).sum();
    // Tables that tell nothing are not worth looking at.
    !plan.groups.is_empty()
        && rows.sum::<usize>() <= MOST_ROWS
        && principals.unwrap_or(0) <= MOST_PRINCIPALS
        && pairs.fold(0, usize::saturating_add) <= MOST_PAIRS
        && grants <= MOST_GRANT_ROWS
}
