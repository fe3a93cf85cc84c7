//! Decisions that are settled before they are asked for are those of the interpreter, snapshot after snapshot.

use std::cell::Cell;

use super::tape::Tape;
use super::{cases, check, keyed, mixed, nested, programs};
use crate::engine::{ContextHandle, Engine, EngineOptions, Fields, IdRequest, Request, Snapshot};
use crate::interpret::interpret;
use crate::outcome::{Decision, Query};
use crate::params::Params;
use crate::testing::is_short;
use crate::value::Value;
use crate::verify::Verified;

/// Decisions asked for, and how many of them tables told.
#[derive(Default)]
struct Count {
    asked: Cell<usize>,
    settled: Cell<usize>,
    /// Of those that tables told: with obligations, allowed, and those with errors.
    obliged: Cell<usize>,
    allowed: Cell<usize>,
    erred: Cell<usize>,
    /// At another time than the one that tables were made for.
    later: Cell<usize>,
    /// Contexts about which something asked is true, or odd.
    classified: Cell<usize>,
}

fn add(to: &Cell<usize>, more: bool) {
    to.set(to.get() + usize::from(more));
}

/// Six hours, for which tables reach where the time matters.
const REACH: i64 = 6 * 60 * 60 * 1000;

/// Asks about everybody and everything that a query could have been about, at its time and at another.
fn ask(
    snapshot: &Snapshot,
    params: &Params,
    query: &Query,
    context: &ContextHandle,
    moved: i64,
    count: &Count,
) {
    let program = snapshot.program();
    snapshot.prepare_at(query.now);
    let Some(applies) = program.schema.actions[query.action.index()].applies.as_ref() else { return };
    let action_name = &program.schema.actions[query.action.index()].name;
    let action = snapshot.action(action_name).unwrap();
    let named = |types: &crate::types::EntityTypes, one: &crate::EntityUid| -> Vec<_> {
        let held =
            types.iter().flat_map(|ty| snapshot.data().entities(ty).map(move |(id, _)| (ty, id.clone())));
        let held = held.map(|(ty, id)| crate::EntityUid { ty, id });
        let all = held.chain([one.clone()]).filter(|uid| types.contains(uid.ty));
        all.filter_map(|uid| Some((snapshot.native_handle(&uid)?, uid))).collect()
    };
    let (principals, resources) =
        (named(&applies.principals, &query.principal), named(&applies.resources, &query.resource));
    for (at, now) in [query.now, query.now.saturating_add(moved)].into_iter().enumerate() {
        for (principal, principal_uid) in &principals {
            for (resource, resource_uid) in &resources {
                let request = IdRequest { principal: *principal, action, resource: *resource, context };
                let (principal_uid, resource_uid) = (principal_uid.clone(), resource_uid.clone());
                let query = Query { principal: principal_uid, resource: resource_uid, now, ..query.clone() };
                let outcome = interpret(program, params, snapshot.data(), &query);
                let has_errors = !outcome.errors.is_empty();
                let expected = outcome.into_decision();
                let is_settled = snapshot.is_settled(&request, now);
                let decision = snapshot.decide_ids_at(*principal, action, *resource, context, now);
                assert_eq!(decision.unwrap(), expected, "settled: {is_settled}, {query:?}");
                let names = program.names();
                let [principal, resource] =
                    [&query.principal, &query.resource].map(|uid| (names.entity_type(uid.ty), &*uid.id));
                let by_names = Request::new(principal, action_name, resource).with(query.context.clone());
                assert_eq!(snapshot.decide_at(&by_names, now).unwrap(), expected, "{query:?}");
                // Fields in an order that is the same most of the time.
                let backwards = count.asked.get() % 5 == 4;
                let fields = |fields: &mut Fields<'_>| give(fields, &query.context, backwards);
                let by_fields = Request::new(principal, action_name, resource).with_fields(&fields);
                assert_eq!(snapshot.decide_at(&by_fields, now).unwrap(), expected, "fields of {query:?}");
                add(&count.asked, true);
                add(&count.settled, is_settled);
                add(&count.obliged, is_settled && matches!(expected, Decision::AllowWith(_)));
                add(&count.allowed, is_settled && expected == Decision::Allow);
                add(&count.erred, is_settled && has_errors);
                add(&count.later, is_settled && at == 1);
            }
        }
    }
}

/// Puts fields in as a service would that has its own types for some of them.
fn give(fields: &mut Fields<'_>, record: &Value, backwards: bool) {
    let Value::Record(values) = record else { panic!("not a record") };
    let mut values: Vec<_> = values.iter().collect();
    if backwards {
        values.reverse();
    }
    for (name, value) in values {
        match value {
            Value::Bool(truth) => fields.put(name, *truth),
            Value::Int(number) => fields.put(name, *number),
            Value::String(text) => fields.put(name, text),
            Value::Record(_) => {
                fields.put_record(name, &|fields: &mut Fields<'_>| give(fields, value, backwards))
            }
            other => fields.put(name, other),
        };
    }
}

fn agree(program: fn(&mut Tape<'_>) -> Verified, numbers: &[u16], requests: &[u16], count: &Count) {
    let program = program(&mut Tape::new(numbers));
    let params = Params::bind(&program, []).unwrap();
    let engine = Engine::new(program, EngineOptions::default()).unwrap();
    // Contexts outlive the data that they were made over.
    let mut contexts: Vec<(ContextHandle, Query)> = Vec::new();
    for requests in requests.chunks(96) {
        engine.replace_data(programs::data(&mut Tape::new(requests))).unwrap();
        let snapshot = engine.snapshot();
        for request in requests.chunks(16).take(4) {
            let mut tape = Tape::new(request);
            let mut query = programs::query(&mut tape);
            query.now = *tape.one_of(&[query.now, query.now, 30_000_000, -30_000_000]);
            let moved = *tape.one_of(&[1, -1, REACH, REACH + 1, -REACH, -REACH - 1, 3]);
            let context = snapshot.checked_context(query.action, query.context.clone());
            // Two ways to the class of a context; the first time native code is made for one of them.
            let _ = snapshot.classes(&context);
            if let Some((by_code, known)) = snapshot.classes(&context) {
                assert_eq!(by_code, known, "the class of {:?}", query.context);
                add(&count.classified, known != 0);
            }
            ask(&snapshot, &params, &query, &context, moved, count);
            if let Some((context, old)) = contexts.pop() {
                let query = Query { action: old.action, context: old.context, ..query.clone() };
                ask(&snapshot, &params, &query, &context, moved, count);
            }
            contexts.insert(0, (context, query));
        }
    }
}

fn run(few: u32, program: fn(&mut Tape<'_>) -> Verified) -> Count {
    let count = Count::default();
    check(cases(few), 0..2_000, 192..400, |numbers, requests| agree(program, numbers, requests, &count));
    let Count { asked, settled, obliged, allowed, erred, later, classified } = &count;
    let said = [asked, settled, obliged, allowed, erred, later, classified].map(Cell::get);
    println!("asked, settled, with obligations, allowed, with errors, at another time, classes: {said:?}");
    count
}

#[test]
fn what_is_settled_is_what_the_interpreter_decides() {
    let count = run(120, programs::program);
    let (asked, settled) = (count.asked.get(), count.settled.get());
    assert!(settled * 4 > asked || is_short(120), "only {settled} of {asked} decisions are settled");
}

#[test]
fn what_is_settled_of_many_policies_is_what_the_interpreter_decides() {
    let count = run(30, keyed::program);
    let (asked, settled) = (count.asked.get(), count.settled.get());
    assert!(settled > 0 && settled < asked || is_short(30), "{settled} of {asked}");
}

#[test]
fn what_is_settled_of_mixed_conditions_is_what_the_interpreter_decides() {
    let count = run(150, mixed::program);
    let told =
        [&count.settled, &count.obliged, &count.allowed, &count.erred, &count.later, &count.classified]
            .map(Cell::get);
    assert!(told.iter().all(|told| *told > 0) || is_short(150), "{told:?} of {}", count.asked.get());
}

#[test]
fn both_engines_agree_on_mixed_conditions() {
    super::run(100, mixed::program);
}

#[test]
fn what_is_settled_of_nested_principals_is_what_the_interpreter_decides() {
    let count = run(80, nested::program);
    let told = [&count.settled, &count.obliged, &count.allowed, &count.erred, &count.later].map(Cell::get);
    assert!(told.iter().all(|told| *told > 0) || is_short(80), "{told:?} of {}", count.asked.get());
}

#[test]
fn both_engines_agree_on_nested_principals() {
    super::run(30, nested::program);
}
