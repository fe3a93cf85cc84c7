//! Engines whose machine code comes in while they decide, while their data and policies change.

use std::thread::{scope, yield_now};

use super::{Compiling, Engine, EngineOptions};
use crate::data::Entity;
use crate::outcome::Query;
use crate::params::Params;
use crate::program::Effect;
use crate::testing::*;
use crate::value::{EntityUid, Value};
use crate::verify::Verified;

/// Queries of every age from 0 to 11, by a user whom the data holds or lacks.
fn queries() -> Vec<Query> {
    let ages = (0..12).map(|age| {
        let mut query = query();
        query.principal = uid(USER, &format!("u{age}"));
        query
    });
    ages.chain([query()]).collect()
}

fn aged(age: i64) -> (EntityUid, Entity) {
    (uid(USER, &format!("u{age}")), entity([], [("age", Value::Int(age))]))
}

/// Each decision by the engine is the interpreter's over the same snapshot, and each report too.
fn assert_interpreted(engine: &Engine) {
    let snapshot = engine.snapshot();
    let params = Params::bind(snapshot.program(), []).unwrap();
    for (at, query) in queries().iter().enumerate() {
        let expected = crate::interpret(snapshot.program(), &params, snapshot.data(), query);
        assert_eq!(snapshot.outcome(query).unwrap(), expected, "reasons of {at}");
        assert_eq!(snapshot.decision(query), expected.into_decision(), "{at}");
    }
}

#[test]
fn decisions_are_the_interpreters_during_updates_and_reloads_while_code_comes_in() {
    // Denies and allows that apply or not according to the age: few in one function, many found by an index.
    let program = |count: usize, every: usize| -> Verified {
        let mut program = (*of_many_shapes(count)).clone();
        for (at, policy) in program.policies.iter_mut().enumerate() {
            if at % every == 1 {
                policy.effect = Effect::Deny;
            }
        }
        crate::verify(program).unwrap()
    };
    let options =
        EngineOptions { compiling: Compiling::Behind, data: Some(data()), ..EngineOptions::default() };
    let engine = Engine::new(program(90, 7), options).unwrap();
    let rounds = crate::testing::cases(4);
    for round in 0..rounds {
        scope(|scope| {
            let others = scope.spawn(|| (0..4).for_each(|_| assert_interpreted(&engine)));
            for age in 0..6 {
                engine
                    .update_at(
                        |edit| {
                            let (uid, entity) = aged((i64::from(round) + age) % 12);
                            if age % 3 == 2 {
                                edit.remove(&uid);
                                return Ok(());
                            }
                            edit.upsert(uid, entity)
                        },
                        0,
                    )
                    .unwrap();
                assert_interpreted(&engine);
            }
            others.join().unwrap();
        });
        let (count, every) = [(90, 7), (5, 2), (130, 100)][round as usize % 3];
        engine.reload_at(program(count, every), 0).unwrap();
    }
    while engine.stats().native.is_some_and(|native| native.is_compiling) {
        yield_now();
    }
    assert_interpreted(&engine);
}

#[test]
fn what_is_compiled_ahead_is_there_before_the_first_decision() {
    let options =
        EngineOptions { compiling: Compiling::Ahead, data: Some(data()), ..EngineOptions::default() };
    let engine = Engine::new(of_many_shapes(100), options).unwrap();
    let native = engine.stats().native.unwrap();
    assert_eq!((native.shapes, native.compiled_shapes), (100, 100));
    assert_eq!(native.compiled_environments, native.environments);
    assert_interpreted(&engine);
}
