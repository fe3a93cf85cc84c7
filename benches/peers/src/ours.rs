//! Assize: the packages in `examples/` as a service would embed them, with the same data.

use std::path::Path;
use std::rc::Rc;

use assize::runtime::json::{Clock, read_request};
use assize::{AsRecord, ContextHandle, EngineKind, Fields, Request};
use assize_examples::{App, NOW};

use rustc_hash::FxHashMap;
use serde::Deserialize;
use serde_json::from_str;

use crate::engine::{Boundary, Engine, Prepared};
use crate::store::Store;
use crate::wire::{self, Device, DriveContext, ForgeContext, Named};

/// The machine code and the interpreter.
pub fn engines(store: &Store, boundary: Boundary) -> Vec<Box<dyn Engine + '_>> {
    vec![
        engine(store, boundary, "assize-jit", EngineKind::Jit),
        engine(store, boundary, "assize-interpreter", EngineKind::Interpreter),
    ]
}

fn engine<'a>(
    store: &'a Store,
    boundary: Boundary,
    name: &'static str,
    kind: EngineKind,
) -> Box<dyn Engine + 'a> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(store.app.name());
    let builder = assize::Engine::builder().engine(kind).data("entities.ndjson", store.data.as_bytes());
    let engine = builder.package(package).and_then(|builder| builder.build());
    let engine = Rc::new(engine.unwrap_or_else(|error| panic!("{error}")));
    assert_eq!(engine.is_native(), kind == EngineKind::Jit, "the engine is the one that was asked for");
    let json = || store.requests.iter().map(|request| request.json.as_str());
    let program = engine.program();
    let context = |json: &str| {
        let query = read_request(&program, json, Clock::At(NOW)).expect("generated requests make sense");
        query.context
    };
    match boundary {
        Boundary::Ids => {
            // A handle is made to be used many times: requests with equal contexts share one.
            let mut contexts = FxHashMap::default();
            let prepared = store.requests.iter().zip(&store.context_texts).map(|(request, text)| {
                let action = engine.action(&request.action).expect("the action exists");
                let context = contexts.entry((&request.action, text)).or_insert_with(|| {
                    Rc::new(engine.context(action, context(&request.json)).expect("the context fits"))
                });
                let context = context.clone();
                let principal = engine.entity(&request.principal.ty, &request.principal.id);
                let resource = engine.entity(&request.resource.ty, &request.resource.id);
                (principal.expect("it exists"), action, resource.expect("it exists"), context)
            });
            let requests = prepared.collect();
            let decide = move |(principal, action, resource, context): &(_, _, _, Rc<ContextHandle>)| {
                let decision = engine.decide_ids_at(*principal, *action, *resource, context, NOW);
                decision.expect("the handles are good").allowed()
            };
            Box::new(Prepared { name, requests, decide })
        }
        Boundary::Names => match store.app {
            App::Forge => by_names::<ForgeContext<'_>>(store, name, engine),
            App::Drive => by_names::<DriveContext>(store, name, engine),
            App::Todo | App::Payroll => panic!("{} has no peers", store.app),
        },
        Boundary::Json => {
            let decide = move |text: &&str| {
                engine.decide_json_at(text, NOW).expect("generated requests make sense").allowed()
            };
            Box::new(Prepared { name, requests: json().collect(), decide })
        }
    }
}

/// With the very names and contexts that the service written by hand takes.
fn by_names<'a, C: Deserialize<'a> + AsRecord + Sync + 'a>(
    store: &'a Store,
    name: &'static str,
    engine: Rc<assize::Engine>,
) -> Box<dyn Engine + 'a> {
    let requests = wire::named(store, |text| from_str::<C>(text).expect("a context"));
    let decide = move |named: &Named<'_, C>| {
        let request = Request::new(named.principal, named.action, named.resource).with_fields(&named.context);
        engine.decide_at(&request, NOW).expect("generated requests make sense").allowed()
    };
    Box::new(Prepared { name, requests, decide })
}

impl AsRecord for ForgeContext<'_> {
    fn put_fields(&self, fields: &mut Fields<'_>) {
        fields.put("mfa", self.mfa);
        if let Some(forced) = self.forced {
            fields.put("branch", &self.branch).put("forced", forced);
        }
    }
}

impl AsRecord for DriveContext {
    fn put_fields(&self, fields: &mut Fields<'_>) {
        fields.put("mfa", self.mfa).put("ip", self.ip).put_record("device", &self.device);
    }
}

impl AsRecord for Device {
    fn put_fields(&self, fields: &mut Fields<'_>) {
        fields.put("managed", self.managed);
    }
}
