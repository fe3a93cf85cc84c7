//! Who takes part: each engine at each boundary, with what the boundary prepares.

use std::rc::Rc;

use assize_examples::{App, NOW};
use serde_json::from_str;

use crate::app::{ByHand, Drive, Forge, Todo};
use crate::casbin;
use crate::cedar::{Cedar, ToCedar};
use crate::cel;
use crate::engine::{Boundary, Engine, Prepared};
use crate::hand::Subjects;
use crate::ours;
use crate::rego;
use crate::store::Store;
use crate::wire::{self, Named};

/// Evaluates an expression in which a type stands for the application of a store.
macro_rules! with_app {
    ($store:ident, $app:ident => $with:expr) => {{
        macro_rules! with {
            ($ty:ty) => {{
                type $app = $ty;
                $with
            }};
        }
        let groups = if $store.app == App::Drive { "Group" } else { "Team" };
        match ($store.app, Subjects::new($store, groups).words()) {
            (App::Forge, ..=2) => with!(Forge<2>),
            (App::Forge, _) => with!(Forge<4>),
            (App::Drive, ..=2) => with!(Drive<2>),
            (App::Drive, _) => with!(Drive<4>),
            (App::Todo, ..=2) => with!(Todo<2>),
            (App::Todo, _) => with!(Todo<4>),
            (App::Payroll, _) => panic!("payroll has no peers"),
        }
    }};
}

/// Engines that take part.
pub type Engines<'a> = Vec<Box<dyn Engine + 'a>>;

/// How many requests those that are slow decide in a round.
pub mod limits {
    /// For a decision of some microseconds.
    pub const MICROSECONDS: usize = 1 << 14;
    /// Of some tens of them.
    pub const TENS_OF_MICROSECONDS: usize = 1 << 12;
    /// Of some hundreds of them.
    pub const HUNDREDS_OF_MICROSECONDS: usize = 1 << 8;
}

/// All engines that decide the application of `store`; hand-written ones first, ours last.
pub fn engines(store: &Store, boundary: Boundary) -> Engines<'_> {
    with_app!(store, A => all::<A>(store, boundary))
}

/// Those by hand and ours.
pub fn own(store: &Store, boundary: Boundary) -> Engines<'_> {
    with_app!(store, A => {
        let mut engines = by_hand::<A>(store, boundary);
        engines.extend(ours::engines::<A>(store, boundary));
        engines
    })
}

fn all<'a, A: ByHand + 'a>(store: &'a Store, boundary: Boundary) -> Engines<'a> {
    let mut engines = by_hand::<A>(store, boundary);
    engines.push(in_cedar::<A>(store, boundary));
    engines.push(rego::engine::<A>(store, boundary));
    engines.push(cel::engine::<A>(store, boundary));
    engines.push(casbin::engine::<A>(store, boundary));
    engines.extend(ours::engines::<A>(store, boundary));
    engines
}

/// All requests in names.
pub fn named<'a, A: ByHand + 'a>(store: &'a Store) -> Vec<Named<'a, A::Context<'a>>> {
    wire::named(store, |text| from_str(text).expect("generated contexts fit"))
}

/// All requests as JSON.
pub fn texts(store: &Store) -> Vec<&str> {
    store.requests.iter().map(|request| request.json.as_str()).collect()
}

fn by_hand<'a, A: ByHand + 'a>(store: &'a Store, boundary: Boundary) -> Engines<'a> {
    let app = Rc::new(A::new(store, NOW));
    let (one, other) = (app.clone(), app.clone());
    match boundary {
        Boundary::Ids => vec![
            Box::new(Prepared::new("hand-bits", app.requests(store), move |request| {
                one.by_bits(request, NOW)
            })),
            Box::new(Prepared::new("hand-rows", app.requests(store), move |request| {
                other.by_rows(request, NOW)
            })),
        ],
        Boundary::Names => vec![
            Box::new(Prepared::new("hand-bits", named::<A>(store), move |named| {
                one.resolve(named).is_some_and(|request| one.by_bits(&request, NOW))
            })),
            Box::new(Prepared::new("hand-rows", named::<A>(store), move |named| {
                other.resolve(named).is_some_and(|request| other.by_rows(&request, NOW))
            })),
        ],
        Boundary::Json => vec![
            Box::new(Prepared::new("hand-bits", texts(store), move |text: &&'a str| {
                wire::read::<A::Context<'a>>(text, |named| {
                    one.resolve(named).is_some_and(|request| one.by_bits(&request, NOW))
                })
            })),
            Box::new(Prepared::new("hand-rows", texts(store), move |text: &&'a str| {
                wire::read::<A::Context<'a>>(text, |named| {
                    other.resolve(named).is_some_and(|request| other.by_rows(&request, NOW))
                })
            })),
        ],
    }
}

fn in_cedar<'a, A: ByHand + 'a>(store: &'a Store, boundary: Boundary) -> Box<dyn Engine + 'a> {
    let cedar = Cedar::new(store, NOW);
    let most = limits::MICROSECONDS;
    match boundary {
        Boundary::Ids => {
            let prepare =
                |named: &Named<'_, A::Context<'_>>| cedar.request(named, named.context.to_cedar(&cedar));
            let prepared: Option<Vec<_>> = named::<A>(store).iter().map(prepare).collect();
            let prepared = prepared.expect("requests make sense");
            Box::new(Prepared::new("cedar", prepared, move |request| cedar.decide(request)).at_most(most))
        }
        Boundary::Names => {
            let prepared = named::<A>(store).into_iter().map(|named| Named {
                context: named.context.to_cedar(&cedar),
                principal: named.principal,
                action: named.action,
                resource: named.resource,
            });
            let prepared = prepared.collect();
            let decide = move |named: &Named<'_, _>| {
                let request = cedar.request(named, cedar_policy::Context::clone(&named.context));
                request.is_some_and(|request| cedar.decide(&request))
            };
            Box::new(Prepared::new("cedar", prepared, decide).at_most(most))
        }
        Boundary::Json => {
            let decide = move |text: &&'a str| {
                wire::read::<A::Context<'a>>(text, |named| {
                    let request = cedar.request(named, named.context.to_cedar(&cedar));
                    request.is_some_and(|request| cedar.decide(&request))
                })
            };
            Box::new(Prepared::new("cedar", texts(store), decide).at_most(most))
        }
    }
}
