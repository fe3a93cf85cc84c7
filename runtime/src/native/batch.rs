//! Many decisions by numbers over one snapshot at one time.
//!
//! ```text
//! lane      action, context and types of principal and resource: their function, and a frame on which all but the two entities stands
//! request ─> the lane of its action, made anew if it is for another context or other types ─> two words ─> verdict
//! ```

use super::code::Decide;
use super::decide::{PreparedContext, settle};
use super::frame::{Frame, Words};
use super::image::Image;
use super::names::{Unfit, entity_number, entity_type};
use super::status::verdict;
use crate::outcome::Decision;
use crate::types::{ActionId, Environment};

/// Actions whose lanes are kept at the same time.
const LANES: usize = 8;

/// See the module. `'p` is the life of the contexts.
pub struct Batch<'i: 'p, 'p> {
    image: &'i Image,
    now: i64,
    lanes: [Option<Lane<'i, 'p>>; LANES],
}

struct Lane<'i: 'p, 'p> {
    context: &'p PreparedContext,
    environment: Environment,
    /// How many principals and resources the snapshot knows.
    principals: usize,
    resources: usize,
    function: Decide,
    frame: Frame<'i, 'p>,
}

impl std::fmt::Debug for Batch<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Batch").field("now", &self.now).finish_non_exhaustive()
    }
}

extern "C" fn cold(_: &Frame<'_, '_>) -> u64 {
    verdict::COLD
}

impl<'i: 'p, 'p> Batch<'i, 'p> {
    /// Over this snapshot at this time.
    pub fn new(image: &'i Image, now: i64) -> Batch<'i, 'p> {
        Batch { image, now, lanes: std::array::from_fn(|_| None) }
    }

    /// Whether a request is allowed, by numbers of its principal and resource; else, as when it comes with obligations, what is decided.
    #[inline(always)]
    pub fn decide(
        &mut self,
        principal: u64,
        action: ActionId,
        resource: u64,
        context: &'p PreparedContext,
    ) -> Result<bool, Result<Decision, Unfit>> {
        let environment =
            Environment { principal: entity_type(principal), action, resource: entity_type(resource) };
        let place = &mut self.lanes[action.index() % LANES];
        let fits = place
            .as_ref()
            .is_some_and(|lane| std::ptr::eq(lane.context, context) & (lane.environment == environment));
        if !fits {
            *place = Lane::new(self.image, environment, context, self.now);
        }
        let Some(lane) = place else { return Err(Err(Unfit)) };
        if (entity_number(principal) >= lane.principals) | (entity_number(resource) >= lane.resources) {
            return Err(Err(Unfit));
        }
        lane.frame.ask_next(principal, resource);
        match (lane.function)(&lane.frame) {
            said if said <= verdict::ALLOW => Ok(said == verdict::ALLOW),
            other => Err(lane.settle(other)),
        }
    }
}

impl<'i: 'p, 'p> Lane<'i, 'p> {
    /// `None` if the context is not for this action and snapshot.
    #[inline(never)]
    fn new(
        image: &'i Image,
        environment: Environment,
        context: &'p PreparedContext,
        now: i64,
    ) -> Option<Lane<'i, 'p>> {
        if !context.is_for(image, environment.action) {
            return None;
        }
        let action = u64::from(environment.action.0);
        let words = Words { principal: 0, resource: 0, action, context: context.word(), now };
        Some(Lane {
            context,
            environment,
            principals: image.entities.names.count(environment.principal.index()),
            resources: image.entities.names.count(environment.resource.index()),
            function: image.code.function(environment).unwrap_or(cold),
            frame: Frame::new(image, context.names(), words),
        })
    }

    #[inline(never)]
    fn settle(&mut self, verdict: u64) -> Result<Decision, Unfit> {
        let decided = settle(verdict, self.environment, &mut self.frame);
        if verdict == verdict::COLD
            && let Some(made) = self.frame.image.code.function(self.environment)
        {
            self.function = made;
        }
        decided
    }
}
