//! Decisions that are settled before they are asked for are those of the interpreter, snapshot after snapshot.

use std::cell::Cell;

use super::tape::Tape;
use super::{cases, check, keyed, programs};
use crate::engine::{Engine, EngineOptions, IdRequest, Request, Snapshot};
use crate::interpret::interpret;
use crate::outcome::Query;
use crate::params::Params;
use crate::verify::Verified;

/// Decisions asked for, and how many of them tables told.
#[derive(Default)]
struct Count {
    asked: Cell<usize>,
    settled: Cell<usize>,
}

/// Asks about everybody and everything that a query could have been about.
fn ask(snapshot: &Snapshot, params: &Params, query: &Query, count: &Count) {
    let program = snapshot.program();
    snapshot.settle(query.now);
    let Some(applies) = program.schema.actions[query.action.index()].applies.as_ref() else { return };
    let action_name = &program.schema.actions[query.action.index()].name;
    let action = snapshot.action(action_name).unwrap();
    let context = snapshot.checked_context(query.action, query.context.clone());
    let named = |types: &crate::types::EntityTypes, one: &crate::EntityUid| -> Vec<_> {
        let held =
            types.iter().flat_map(|ty| snapshot.data().entities(ty).map(move |(id, _)| (ty, id.clone())));
        let held = held.map(|(ty, id)| crate::EntityUid { ty, id });
        held.chain([one.clone()]).filter_map(|uid| Some((snapshot.native_handle(&uid)?, uid))).collect()
    };
    let (principals, resources) =
        (named(&applies.principals, &query.principal), named(&applies.resources, &query.resource));
    for (principal, principal_uid) in &principals {
        for (resource, resource_uid) in &resources {
            let request = IdRequest { principal: *principal, action, resource: *resource, context: &context };
            let query =
                Query { principal: principal_uid.clone(), resource: resource_uid.clone(), ..query.clone() };
            let expected = interpret(program, params, snapshot.data(), &query).into_decision();
            let decision = snapshot.decide_ids_at(*principal, action, *resource, &context, query.now);
            assert_eq!(decision.unwrap(), expected, "{query:?}");
            let names = program.names();
            let [principal, resource] =
                [principal_uid, resource_uid].map(|uid| (names.entity_type(uid.ty), &*uid.id));
            let by_names = Request::new(principal, action_name, resource).with(query.context.clone());
            assert_eq!(snapshot.decide_at(&by_names, query.now).unwrap(), expected, "{query:?}");
            count.asked.set(count.asked.get() + 1);
            count.settled.set(count.settled.get() + usize::from(snapshot.is_settled(&request, query.now)));
        }
    }
}

fn agree(program: fn(&mut Tape<'_>) -> Verified, numbers: &[u16], requests: &[u16], count: &Count) {
    let program = program(&mut Tape::new(numbers));
    let params = Params::bind(&program, []).unwrap();
    let engine = Engine::new(program, EngineOptions::default()).unwrap();
    for requests in requests.chunks(96) {
        engine.replace_data(programs::data(&mut Tape::new(requests))).unwrap();
        let snapshot = engine.snapshot();
        for request in requests.chunks(16).take(5) {
            let query = programs::query(&mut Tape::new(request));
            ask(&snapshot, &params, &query, count);
        }
    }
}

fn run(few: u32, program: fn(&mut Tape<'_>) -> Verified) -> (usize, usize) {
    let count = Count::default();
    check(cases(few), 0..2_000, 192..400, |numbers, requests| agree(program, numbers, requests, &count));
    (count.asked.get(), count.settled.get())
}

#[test]
fn what_is_settled_is_what_the_interpreter_decides() {
    let (asked, settled) = run(200, programs::program);
    assert!(settled * 4 > asked, "only {settled} of {asked} decisions are settled");
}

#[test]
fn what_is_settled_of_many_policies_is_what_the_interpreter_decides() {
    let (asked, settled) = run(30, keyed::program);
    assert!(settled > 0 && settled < asked, "{settled} of {asked}");
}
