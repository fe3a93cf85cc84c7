//! The engines: each is made from a case and decides its requests.

use std::cell::RefCell;
use std::rc::Rc;
use std::str::FromStr;
use std::time::Instant;

use assize::runtime::engine::{Engine as Decider, EngineKind, EngineOptions};
use assize::{ContextHandle, Decision, EntityHandle};
use cedar_policy::{Authorizer, Context, Decision as CedarDecision, Entities, EntityUid, PolicySet};
use serde_json::{Map, Value, json};

use crate::case::{Case, Decide, Request, document, user};

/// When decisions are made: nothing in these policies asks for it.
const NOW: i64 = 0;

/// What loading cost.
#[derive(Clone, Copy, Debug, Default)]
pub struct Load {
    /// From source to the verified Program, in milliseconds.
    pub compile_ms: f64,
    /// From the Program and the data to an engine that decides, in milliseconds.
    pub link_ms: f64,
}

/// Ours, ready to decide.
pub struct Assize {
    /// Native code, by ids.
    pub decide: Decide,
    /// What loading cost.
    pub load: Load,
    engine: Rc<Decider>,
}

impl Assize {
    /// Bytes of a policy, machine code and indexes included, as the engine tells.
    pub fn bytes_per_policy(&self) -> f64 {
        self.engine.stats().bytes_per_policy()
    }
}

/// Native code, by ids.
pub fn assize(case: &Case) -> Assize {
    let start = Instant::now();
    let program = assize::Engine::builder()
        .sources([("policies.assize", case.source.as_str())])
        .and_then(|builder| builder.program())
        .unwrap_or_else(|error| panic!("{error}"));
    let compile_ms = start.elapsed().as_secs_f64() * 1e3;
    let mut lines = String::new();
    for entity in &case.entities {
        let parents: Vec<Value> =
            entity.parents.iter().map(|(ty, id)| json!({ "type": ty, "id": id })).collect();
        let line = json!({ "uid": { "type": entity.ty, "id": entity.id }, "attrs": entity.attributes, "parents": parents });
        lines.push_str(&line.to_string());
        lines.push('\n');
    }
    let data = assize::runtime::json::load(&program.schema, [("entities.ndjson", lines.as_bytes())], NOW)
        .unwrap_or_else(|error| panic!("{error}"));
    let start = Instant::now();
    let options = EngineOptions {
        engine: EngineKind::Jit,
        params: vec![],
        data: Some(data),
        ..EngineOptions::default()
    };
    let engine = Decider::new(program, options).unwrap_or_else(|error| panic!("{error}"));
    let link_ms = start.elapsed().as_secs_f64() * 1e3;
    assert!(engine.is_native(), "native code was asked for");
    let read = engine.action("read").expect("it is declared");
    let context: Rc<ContextHandle> = Rc::new(
        engine.context(read, assize::Value::Record(Default::default())).expect("the context is empty"),
    );
    let handles = |ty: &str, name: fn(u32) -> String| -> Vec<EntityHandle> {
        let count = case.entities.iter().filter(|entity| entity.ty == ty).count();
        (0..count as u32).map(|number| engine.entity(ty, &name(number)).expect("it is in the data")).collect()
    };
    let (users, documents) = (handles("User", user), handles("Document", document));
    let engine = Rc::new(engine);
    let reader = RefCell::new(engine.reader());
    let decide = move |(user, document): Request| {
        let mut reader = reader.borrow_mut();
        reader.refresh();
        let decision =
            reader.decide_ids_at(users[user as usize], read, documents[document as usize], &context, NOW);
        decision.expect("the handles are good") == Decision::Allow
    };
    Assize { decide: Box::new(decide), load: Load { compile_ms, link_ms }, engine }
}

/// Cedar, with everything parsed before.
pub fn cedar(case: &Case) -> Decide {
    let policies = PolicySet::from_str(&case.cedar).expect("the policies are in Cedar's language");
    let uid = |ty: &str, id: &str| json!({ "type": ty, "id": id });
    let entities: Vec<Value> = case
        .entities
        .iter()
        .map(|entity| {
            let parents: Vec<Value> = entity.parents.iter().map(|(ty, id)| uid(ty, id)).collect();
            let mut object = Map::new();
            object.insert("uid".to_owned(), uid(entity.ty, &entity.id));
            object.insert("attrs".to_owned(), entity.attributes.clone());
            object.insert("parents".to_owned(), Value::Array(parents));
            Value::Object(object)
        })
        .collect();
    let entities = Entities::from_json_value(Value::Array(entities), None).expect("the entities fit");
    let name = |ty: &str, id: String| EntityUid::from_str(&format!("{ty}::\"{id}\"")).expect("a name");
    let prepared: Vec<(Request, cedar_policy::Request)> = case
        .requests
        .iter()
        .take(CEDAR_REQUESTS)
        .map(|request| {
            let prepared = cedar_policy::Request::new(
                name("User", user(request.0)),
                name("Action", "read".to_owned()),
                name("Document", document(request.1)),
                Context::empty(),
                None,
            );
            (*request, prepared.expect("no schema, no error"))
        })
        .collect();
    let prepared: std::collections::HashMap<Request, cedar_policy::Request> = prepared.into_iter().collect();
    let authorizer = Authorizer::new();
    let decide = move |request: Request| {
        authorizer.is_authorized(&prepared[&request], &policies, &entities).decision() == CedarDecision::Allow
    };
    Box::new(decide)
}

/// Cedar looks at every policy, so it decides so many of the requests only.
pub const CEDAR_REQUESTS: usize = 256;
