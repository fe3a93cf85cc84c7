//! Many decisions by numbers over one snapshot at one time: the frame is made once, and what is next is asked for from memory ahead.

use super::decide::{PreparedContext, settle};
use super::frame::{Frame, Words};
use super::image::Image;
use super::locals::Locals;
use super::names::{Unfit, entity_type};
use super::status::verdict;
use crate::outcome::Decision;
use crate::types::{ActionId, Environment};

/// See the module. `'p` is the life of the contexts.
pub struct Batch<'i: 'p, 'p> {
    frame: Frame<'i, 'p>,
    now: i64,
}

impl std::fmt::Debug for Batch<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Batch").field("now", &self.now).finish_non_exhaustive()
    }
}

impl<'i: 'p, 'p> Batch<'i, 'p> {
    /// Over this snapshot at this time.
    pub fn new(image: &'i Image, now: i64) -> Batch<'i, 'p> {
        static NONE: std::sync::LazyLock<Locals> = std::sync::LazyLock::new(Locals::default);
        let words = Words { principal: 0, resource: 0, action: 0, context: 0, now };
        Batch { frame: Frame::new(image, &NONE, words), now }
    }

    /// What is decided about a request whose principal and resource are numbers of this snapshot.
    #[inline(always)]
    pub fn decide(
        &mut self,
        principal: u64,
        action: ActionId,
        resource: u64,
        context: &'p PreparedContext,
    ) -> Result<Decision, Unfit> {
        let environment =
            Environment { principal: entity_type(principal), action, resource: entity_type(resource) };
        let image = self.frame.image;
        if !context.is_for(image, action) {
            return Err(Unfit);
        }
        let (now, action) = (self.now, u64::from(action.0));
        let words = Words { principal, resource, action, context: context.word(), now };
        self.frame.ask_next(context.names(), words);
        let function = image.code.function(environment);
        match function.map_or(verdict::COLD, |function| function(&self.frame)) {
            verdict::DENY => Ok(Decision::Deny),
            verdict::ALLOW => Ok(Decision::Allow),
            other => settle(other, environment, &mut self.frame),
        }
    }
}
