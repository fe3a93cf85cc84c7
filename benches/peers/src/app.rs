//! An application as the lineup sees it: the hand-written code and the types of its requests.

use assize::AsRecord;
use serde::{Deserialize, Serialize};

use crate::cedar::ToCedar;
use crate::hand::{drive, forge, todo};
use crate::store::Store;
use crate::wire::{DriveContext, ForgeContext, Named, TodoContext};

/// See the module.
pub trait ByHand {
    /// The context of a request in names.
    type Context<'a>: AsRecord + Clone + Deserialize<'a> + Serialize + Sync + ToCedar;
    /// A request in ids.
    type Request: Copy;

    /// Builds it from the data; the bits hold at `now`.
    fn new(store: &Store, now: i64) -> Self;

    /// All requests in ids.
    fn requests(&self, store: &Store) -> Vec<Self::Request>;

    /// A request in ids, if it makes sense.
    fn resolve(&self, named: &Named<'_, Self::Context<'_>>) -> Option<Self::Request>;

    /// Whether the code without branches allows it.
    fn by_bits(&self, request: &Self::Request, now: i64) -> bool;

    /// Whether the code that leaves early allows it.
    fn by_rows(&self, request: &Self::Request, now: i64) -> bool;
}

/// The drive with sets of `W` words.
pub struct Drive<const W: usize> {
    names: drive::names::Names,
    bits: drive::bits::Drive<W>,
    rows: drive::rows::Drive<W>,
}

impl<const W: usize> ByHand for Drive<W> {
    type Context<'a> = DriveContext;
    type Request = drive::Request;

    fn new(store: &Store, now: i64) -> Self {
        Drive {
            names: drive::names::Names::new(store),
            bits: drive::bits::Drive::new(store, now),
            rows: drive::rows::Drive::new(store),
        }
    }

    fn requests(&self, store: &Store) -> Vec<drive::Request> {
        drive::requests(store)
    }

    #[inline]
    fn resolve(&self, named: &Named<'_, DriveContext>) -> Option<drive::Request> {
        self.names.resolve(named)
    }

    #[inline]
    fn by_bits(&self, request: &drive::Request, now: i64) -> bool {
        self.bits.decide(request, now)
    }

    #[inline]
    fn by_rows(&self, request: &drive::Request, now: i64) -> bool {
        self.rows.decide(request, now)
    }
}

/// The forge with sets of `W` words.
pub struct Forge<const W: usize> {
    branches: forge::Branches,
    names: forge::names::Names,
    bits: forge::bits::Forge<W>,
    rows: forge::rows::Forge<W>,
}

impl<const W: usize> ByHand for Forge<W> {
    type Context<'a> = ForgeContext<'a>;
    type Request = forge::Request;

    fn new(store: &Store, now: i64) -> Self {
        let branches = forge::Branches::new(store);
        Forge {
            names: forge::names::Names::new(store),
            bits: forge::bits::Forge::new(store, &branches, now),
            rows: forge::rows::Forge::new(store, &branches),
            branches,
        }
    }

    fn requests(&self, store: &Store) -> Vec<forge::Request> {
        forge::requests(store, &self.branches)
    }

    #[inline]
    fn resolve(&self, named: &Named<'_, ForgeContext<'_>>) -> Option<forge::Request> {
        self.names.resolve(named)
    }

    #[inline]
    fn by_bits(&self, request: &forge::Request, now: i64) -> bool {
        self.bits.decide(request, now)
    }

    #[inline]
    fn by_rows(&self, request: &forge::Request, now: i64) -> bool {
        self.rows.decide(request, now)
    }
}

/// The to-do lists with sets of `W` words.
pub struct Todo<const W: usize> {
    names: todo::names::Names,
    bits: todo::bits::Todo<W>,
    rows: todo::rows::Todo<W>,
}

impl<const W: usize> ByHand for Todo<W> {
    type Context<'a> = TodoContext<'a>;
    type Request = todo::Request;

    fn new(store: &Store, now: i64) -> Self {
        Todo {
            names: todo::names::Names::new(store),
            bits: todo::bits::Todo::new(store, now),
            rows: todo::rows::Todo::new(store),
        }
    }

    fn requests(&self, store: &Store) -> Vec<todo::Request> {
        todo::requests(store)
    }

    #[inline]
    fn resolve(&self, named: &Named<'_, TodoContext<'_>>) -> Option<todo::Request> {
        self.names.resolve(named)
    }

    #[inline]
    fn by_bits(&self, request: &todo::Request, now: i64) -> bool {
        self.bits.decide(request, now)
    }

    #[inline]
    fn by_rows(&self, request: &todo::Request, now: i64) -> bool {
        self.rows.decide(request, now)
    }
}
