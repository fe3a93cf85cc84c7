//! Room for tables of other times, where data stays for long: a snapshot has tables for few spans of time (see `settled`), and once these
//! are over, another takes its place that differs in nothing but that it has none yet.
//!
//! So no table is ever taken from a reader: whoever has the old snapshot keeps it with its tables, and it goes when nobody has it.

use std::sync::{Arc, Mutex, TryLockError, Weak};

use arc_swap::ArcSwap;

use super::{Engine, Snapshot, clock};

/// The engine of a snapshot, as far as that may replace it.
#[derive(Clone)]
pub(super) struct Home {
    current: Weak<ArcSwap<Snapshot>>,
    writing: Weak<Mutex<Vec<Arc<Snapshot>>>>,
}

impl Home {
    pub fn new(current: &Weak<ArcSwap<Snapshot>>, writing: &Arc<Mutex<Vec<Arc<Snapshot>>>>) -> Home {
        Home { current: current.clone(), writing: Arc::downgrade(writing) }
    }
}

impl Engine {
    /// Makes the tables now from which most decisions are read (see [`Snapshot::prepare_at`]), so that no decision after an update has a part in it.
    /// For the thread that updates.
    pub fn prepare(&self) {
        self.prepare_at(clock::now());
    }

    /// The same for the decisions around a time that the caller names.
    pub fn prepare_at(&self, now: i64) {
        let current = self.current.load_full();
        if !current.prepare_at(now) {
            current.renew();
            self.current.load_full().prepare_at(now);
        }
    }
}

impl Snapshot {
    /// Makes the tables that are for the decisions around a time, if its data is small enough for any. Otherwise the first decisions make them, a
    /// little each, and allocate memory for that. `false` if it has tables for so many other times that there is no room for these. Waits for
    /// another thread that is preparing the same; decisions never wait.
    pub fn prepare_at(&self, now: i64) -> bool {
        self.settled.complete(&self.world(), now)
    }

    /// A decision at this time is about to be made without tables.
    #[inline]
    pub(super) fn missed(&self, now: i64) {
        if self.settled.miss(&self.world(), now) {
            self.renew();
        }
    }

    /// Puts one without tables in its place. Whoever has it keeps it. This decision pays for what nobody has any more, once in days.
    #[cold]
    fn renew(&self) {
        let (Some(current), Some(writing)) = (self.home.current.upgrade(), self.home.writing.upgrade())
        else {
            return;
        };
        let mut replaced = match writing.try_lock() {
            Ok(replaced) => replaced,
            Err(TryLockError::Poisoned(replaced)) => replaced.into_inner(),
            // A decision waits for nobody. What is being written has no tables either, if it comes to that.
            Err(TryLockError::WouldBlock) => return self.settled.not_renewed(),
        };
        let this = current.load_full();
        if !std::ptr::eq(&*this, self) {
            return;
        }
        current.store(Arc::new(self.renewed()));
        super::update::keep_while_held(this, &mut replaced);
    }

    fn renewed(&self) -> Snapshot {
        Snapshot {
            program: self.program.clone(),
            bound: self.bound.clone(),
            params: self.params.clone(),
            data: self.data.clone(),
            kind: self.kind,
            compiling: self.compiling,
            execution: self.execution.clone(),
            generation: self.generation,
            numbers: Arc::clone(&self.numbers),
            settled: self.settled.next(&self.world()),
            reverse: Arc::clone(&self.reverse),
            home: self.home.clone(),
        }
    }
}
