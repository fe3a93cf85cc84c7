//! Who takes part: each engine at each boundary, with what the boundary prepares.

use std::rc::Rc;

use assize_examples::{App, NOW};
use serde_json::from_str;

use crate::cedar::Cedar;
use crate::engine::{Boundary, Engine, Prepared};
use crate::hand::{Subjects, drive, forge};
use crate::ours;
use crate::store::Store;
use crate::wire::{self, DriveContext, ForgeContext, Named};

type Engines<'a> = Vec<Box<dyn Engine + 'a>>;

/// All engines that decide the application of `store`.
pub fn engines(store: &Store, boundary: Boundary) -> Engines<'_> {
    let groups = if store.app == App::Forge { "Team" } else { "Group" };
    let mut engines = match (store.app, Subjects::new(store, groups).words()) {
        (App::Forge, ..=2) => forge_engines::<2>(store, boundary),
        (App::Forge, _) => forge_engines::<4>(store, boundary),
        (App::Drive, ..=2) => drive_engines::<2>(store, boundary),
        (App::Drive, _) => drive_engines::<4>(store, boundary),
        (App::Todo | App::Payroll, _) => panic!("{} has no peers", store.app),
    };
    engines.extend(ours::engines(store, boundary));
    engines
}

fn engine<'a, R: 'a>(
    name: &'static str,
    requests: Vec<R>,
    decide: impl Fn(&R) -> bool + 'a,
) -> Box<dyn Engine + 'a> {
    Box::new(Prepared { name, requests, decide })
}

/// The forge, with sets of `W` words in the hand-written engines.
fn forge_engines<const W: usize>(store: &Store, boundary: Boundary) -> Engines<'_> {
    let branches = forge::Branches::new(store);
    let bits = forge::bits::Forge::<W>::new(store, &branches, NOW);
    let names = forge::names::Names::new(store);
    let cedar = Cedar::new(store, NOW);
    let named = || wire::named(store, |text| from_str::<ForgeContext<'_>>(text).expect("a context"));
    match boundary {
        Boundary::Ids => {
            let requests = forge::requests(store, &branches);
            let rows = forge::rows::Forge::<W>::new(store, &branches);
            let prepare = |named: &Named<'_, _>| cedar.request(named, cedar.forge_context(&named.context));
            let prepared: Option<Vec<_>> = named().iter().map(prepare).collect();
            vec![
                engine("hand-bits", requests.clone(), move |request| bits.decide(request, NOW)),
                engine("hand-rows", requests, move |request| rows.decide(request, NOW)),
                engine("cedar", prepared.expect("requests make sense"), move |request| cedar.decide(request)),
            ]
        }
        Boundary::Names => {
            let cedar = Rc::new(cedar);
            let contexts = cedar.clone();
            let prepared = named().into_iter().map(|named| Named {
                context: contexts.forge_context(&named.context),
                principal: named.principal,
                action: named.action,
                resource: named.resource,
            });
            vec![
                engine("hand-bits", named(), move |named| {
                    names.resolve(named).is_some_and(|request| bits.decide(&request, NOW))
                }),
                engine("cedar", prepared.collect(), move |named: &Named<'_, _>| {
                    let request = cedar.request(named, named.context.clone());
                    request.is_some_and(|request| cedar.decide(&request))
                }),
            ]
        }
        Boundary::Json => {
            let texts: Vec<&str> = store.requests.iter().map(|request| request.json.as_str()).collect();
            vec![
                engine("hand-bits", texts.clone(), move |text| {
                    wire::read::<ForgeContext<'_>>(text, |named| {
                        names.resolve(named).is_some_and(|request| bits.decide(&request, NOW))
                    })
                }),
                engine("cedar", texts, move |text| {
                    wire::read::<ForgeContext<'_>>(text, |named| {
                        let request = cedar.request(named, cedar.forge_context(&named.context));
                        request.is_some_and(|request| cedar.decide(&request))
                    })
                }),
            ]
        }
    }
}

/// The drive, with sets of `W` words in the hand-written engines.
fn drive_engines<const W: usize>(store: &Store, boundary: Boundary) -> Engines<'_> {
    let bits = drive::bits::Drive::<W>::new(store, NOW);
    let names = drive::names::Names::new(store);
    let cedar = Cedar::new(store, NOW);
    let named = || wire::named(store, |text| from_str::<DriveContext>(text).expect("a context"));
    match boundary {
        Boundary::Ids => {
            let requests = drive::requests(store);
            let rows = drive::rows::Drive::<W>::new(store);
            let prepare = |named: &Named<'_, _>| cedar.request(named, cedar.drive_context(&named.context));
            let prepared: Option<Vec<_>> = named().iter().map(prepare).collect();
            vec![
                engine("hand-bits", requests.clone(), move |request| bits.decide(request, NOW)),
                engine("hand-rows", requests, move |request| rows.decide(request, NOW)),
                engine("cedar", prepared.expect("requests make sense"), move |request| cedar.decide(request)),
            ]
        }
        Boundary::Names => {
            let cedar = Rc::new(cedar);
            let contexts = cedar.clone();
            let prepared = named().into_iter().map(|named| Named {
                context: contexts.drive_context(&named.context),
                principal: named.principal,
                action: named.action,
                resource: named.resource,
            });
            vec![
                engine("hand-bits", named(), move |named| {
                    names.resolve(named).is_some_and(|request| bits.decide(&request, NOW))
                }),
                engine("cedar", prepared.collect(), move |named: &Named<'_, _>| {
                    let request = cedar.request(named, named.context.clone());
                    request.is_some_and(|request| cedar.decide(&request))
                }),
            ]
        }
        Boundary::Json => {
            let texts: Vec<&str> = store.requests.iter().map(|request| request.json.as_str()).collect();
            vec![
                engine("hand-bits", texts.clone(), move |text| {
                    wire::read::<DriveContext>(text, |named| {
                        names.resolve(named).is_some_and(|request| bits.decide(&request, NOW))
                    })
                }),
                engine("cedar", texts, move |text| {
                    wire::read::<DriveContext>(text, |named| {
                        let request = cedar.request(named, cedar.drive_context(&named.context));
                        request.is_some_and(|request| cedar.decide(&request))
                    })
                }),
            ]
        }
    }
}
