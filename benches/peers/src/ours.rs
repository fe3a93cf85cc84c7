//! Assize: the packages in `examples/` as a service would embed them, with the same data.

use std::path::Path;
use std::rc::Rc;

use assize::runtime::json::{Clock, read_request};
use assize::{ContextHandle, Decision, EngineKind, Request};
use assize_examples::NOW;

use rustc_hash::FxHashMap;

use crate::engine::{Boundary, Engine, Prepared};
use crate::store::Store;

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
                allows(&decision.expect("the handles are good"))
            };
            Box::new(Prepared { name, requests, decide })
        }
        Boundary::Names => {
            let prepared = store.requests.iter().map(|request| {
                let principal = (request.principal.ty.as_str(), request.principal.id.as_str());
                let resource = (request.resource.ty.as_str(), request.resource.id.as_str());
                Request::new(principal, &request.action, resource).with(context(&request.json))
            });
            let requests = prepared.collect();
            let decide = move |request: &Request| {
                allows(&engine.decide_at(request, NOW).expect("generated requests make sense"))
            };
            Box::new(Prepared { name, requests, decide })
        }
        Boundary::Json => {
            let decide = move |text: &&str| {
                engine.decide_json_at(text, NOW).expect("generated requests make sense").allowed()
            };
            Box::new(Prepared { name, requests: json().collect(), decide })
        }
    }
}

fn allows(decision: &Decision) -> bool {
    !matches!(decision, Decision::Deny)
}
