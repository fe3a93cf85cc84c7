//! Deciding in a loop: a snapshot that stays until one asks for a newer one.

use std::ops::Deref;
use std::sync::Arc;

use arc_swap::{ArcSwap, Cache};

use super::{Engine, Snapshot};

/// Decides over one [`Snapshot`] until [`Reader::refresh`] takes the newest. Each thread has its own; none waits for another.
///
/// [`Engine`] finds the current snapshot anew for each decision, which takes about as long as a small decision itself. Whoever
/// decides in a loop refreshes once for each turn, or each batch, and what is asked in between is answered from one snapshot.
///
/// ```
/// # use std::error::Error;
/// # use assize_runtime::engine::{Engine, Reader};
/// # fn handles(engine: &Engine, requests: &[(&str, &str)]) -> Result<(), Box<dyn Error>> {
/// let mut reader = engine.reader();
/// let read = reader.action("read")?;
/// let context = reader.context(read, assize_runtime::Value::Record(Default::default()))?;
/// for (user, document) in requests {
///     reader.refresh();
///     let (user, document) = (reader.entity("User", user)?, reader.entity("Document", document)?);
///     let decision = reader.decide_ids(user, read, document, &context)?;
///     println!("{decision:?} by {:?}", reader.report_ids(user, read, document, &context)?.policies().collect::<Vec<_>>());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Reader {
    newest: Cache<Arc<ArcSwap<Snapshot>>, Arc<Snapshot>>,
    snapshot: Arc<Snapshot>,
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").finish_non_exhaustive()
    }
}

impl Reader {
    /// Takes the newest snapshot; whether it is another than before. Costs one comparison if it is not.
    #[inline(always)]
    pub fn refresh(&mut self) -> bool {
        let newest = self.newest.load();
        let is_other = !Arc::ptr_eq(newest, &self.snapshot);
        if is_other {
            self.snapshot = Arc::clone(newest);
        }
        is_other
    }
}

impl Deref for Reader {
    type Target = Snapshot;

    fn deref(&self) -> &Snapshot {
        &self.snapshot
    }
}

impl Engine {
    /// For deciding in a loop: see [`Reader`].
    pub fn reader(&self) -> Reader {
        let mut newest = Cache::new(Arc::clone(&self.current));
        let snapshot = Arc::clone(newest.load());
        Reader { newest, snapshot }
    }

    /// What decisions are made over now, for several questions that must not see a change between them.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.current.load_full()
    }
}
