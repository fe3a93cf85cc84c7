//! Compiling behind: what decisions miss is made by a thread of its own, in the order in which they missed it. Until then the
//! interpreter stands in, so that no decision waits for the code generator.
//!
//! A decision leaves what it misses in a queue, if nobody else is at the queue just then; if somebody is, the next decision that
//! misses it will. Finished functions are published where they always are, in `OnceLock`s. The thread is there while the queue
//! holds something, and keeps the Code no longer than it takes to make what it has begun.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError, Weak};
use std::thread;

use rustc_hash::FxHashSet;

use super::code::Code;
use crate::types::{ActionId, Environment};

/// So many functions are made together, and then published. Few, since somebody may be waiting for the first; many, since each
/// module has its own pages.
const TOGETHER: usize = 32;

/// More wishes are forgotten, until they are met again.
const MOST: usize = 1 << 16;

/// A code generator that follows expressions downwards needs as much as the threads of its callers have.
const STACK: usize = 8 << 20;

/// What a decision misses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Wanted {
    /// The function of an environment.
    Function(Environment),
    /// The one for entities that the data does not hold.
    Absent(Environment),
    /// The policies of an environment one by one.
    Policies(Environment),
    /// What tells the class of an action's contexts.
    Class(ActionId),
    /// The function of a shape, by its number.
    Shape(Environment, u32),
}

/// See the module.
pub(super) struct Behind {
    code: Weak<Code>,
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Wanted>,
    /// Those that wait, and those that are being made.
    known: FxHashSet<Wanted>,
    is_running: bool,
    /// This process may not have another thread.
    has_failed: bool,
}

impl Behind {
    pub(super) fn new(code: Weak<Code>) -> Behind {
        Behind { code, queue: Mutex::default() }
    }

    /// Has it made, soon. `false` if it never will be: the caller has to do it.
    #[cold]
    pub(super) fn ask(&self, wanted: Wanted) -> bool {
        let mut queue = match self.queue.try_lock() {
            Ok(queue) => queue,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return true,
        };
        if queue.has_failed {
            return false;
        }
        if queue.waiting.len() < MOST && queue.known.insert(wanted) {
            queue.waiting.push_back(wanted);
        }
        if !queue.is_running && !queue.waiting.is_empty() {
            queue.is_running = true;
            let code = self.code.clone();
            let thread = thread::Builder::new().name("assize-compile".to_owned()).stack_size(STACK);
            if thread.spawn(move || work(&code)).is_err() {
                queue.is_running = false;
                queue.has_failed = true;
                queue.waiting.clear();
                return false;
            }
        }
        true
    }

    /// Whether something is still to be made.
    pub(super) fn is_busy(&self) -> bool {
        self.lock().is_running
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes what is made together next, in place of what has been made; leaves nothing if nothing waits.
    fn next(&self, batch: &mut Vec<Wanted>) {
        let mut queue = self.lock();
        for made in batch.drain(..) {
            queue.known.remove(&made);
        }
        while let Some(wanted) = queue.waiting.front().copied() {
            let goes_along = match (batch.first(), wanted) {
                (None, _) => true,
                (Some(Wanted::Shape(first, _)), Wanted::Shape(environment, _)) => {
                    *first == environment && batch.len() < TOGETHER
                }
                _ => false,
            };
            if !goes_along {
                break;
            }
            batch.push(wanted);
            queue.waiting.pop_front();
        }
        queue.is_running = !batch.is_empty();
    }
}

fn work(code: &Weak<Code>) {
    let mut batch = Vec::new();
    loop {
        let Some(code): Option<Arc<Code>> = code.upgrade() else { return };
        let Some(behind) = code.behind() else { return };
        behind.next(&mut batch);
        if batch.is_empty() {
            return;
        }
        code.make_wanted(&batch);
    }
}
