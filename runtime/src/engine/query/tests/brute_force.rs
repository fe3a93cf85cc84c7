//! Every answer to a reverse question is what the interpreter decides about each entity by itself.

use super::conditions::program;
use super::world;
use crate::data::Data;
use crate::differential::{Dice, generate, generate_data, generate_query};
use crate::engine::{Engine, EngineKind, EngineOptions, InContext};
use crate::outcome::{Decision, Query};
use crate::params::Params;
use crate::program::Effect;
use crate::types::{ActionId, EntityTypeId};
use crate::value::{EntityUid, Value};
use crate::verify::Verified;

/// Programs for each generator, unless `ASSIZE_CASES` says otherwise.
const CASES: u32 = 20;

fn cases() -> u64 {
    u64::from(crate::testing::cases(CASES))
}

/// Whether the generator has not become dull: answers are more than Programs, where these are enough to tell.
fn are_many(answers: usize) -> bool {
    answers as u64 > cases() || crate::testing::is_short(CASES)
}

pub fn engines(program: &Verified, data: &Data) -> Vec<Engine> {
    let kinds: &[EngineKind] = match cfg!(feature = "jit") {
        true => &[EngineKind::Interpreter, EngineKind::Jit],
        false => &[EngineKind::Interpreter],
    };
    let options = |engine| EngineOptions {
        engine,
        params: Vec::new(),
        data: Some(data.clone()),
        ..EngineOptions::default()
    };
    kinds.iter().map(|kind| Engine::new(program.clone(), options(*kind)).unwrap()).collect()
}

/// Every entity of a type that the data holds, that the type lists, or that the question brings.
fn everyone(program: &Verified, data: &Data, query: &Query, ty: EntityTypeId) -> Vec<EntityUid> {
    let mut ids: std::collections::BTreeSet<_> = data.entities(ty).map(|(id, _)| id.clone()).collect();
    ids.extend(program.schema.entity_types[ty.index()].closed.clone().unwrap_or_default());
    ids.extend(query.external.iter().filter(|(uid, _)| uid.ty == ty).map(|(uid, _)| uid.id.clone()));
    ids.into_iter().map(|id| EntityUid { ty, id }).collect()
}

/// What the interpreter allows of these requests, in the order of names.
fn allowed<T>(
    program: &Verified,
    data: &Data,
    queries: impl Iterator<Item = (T, Query)>,
) -> Vec<(T, Decision)> {
    let params = Params::bind(program, []).unwrap();
    let decided =
        queries.map(|(of, query)| (of, crate::interpret(program, &params, data, &query).into_decision()));
    decided.filter(|(_, decision)| *decision != Decision::Deny).collect()
}

fn sorted_types(program: &Verified, types: &crate::types::EntityTypes) -> Vec<EntityTypeId> {
    let mut types: Vec<_> = types.iter().collect();
    types.sort_by_key(|ty| &program.schema.entity_types[ty.index()].name);
    types
}

/// Asks all three questions about a request's parts, and each entity by itself; how many are allowed.
fn check(engines: &[Engine], program: &Verified, data: &Data, query: &Query, place: &str) -> usize {
    let schema = &program.schema;
    let ty = |uid: &EntityUid| schema.entity_types[uid.ty.index()].name.clone();
    let (principal, resource) = (ty(&query.principal), ty(&query.resource));
    let (principal, resource) =
        ((principal.as_str(), query.principal.id.as_str()), (resource.as_str(), query.resource.id.as_str()));
    let mut given = InContext::value(query.context.clone()).at(query.now);
    for (uid, entity) in &query.external {
        given = given.with_entity(&ty(uid), &uid.id, (**entity).clone());
    }
    let action = &schema.actions[query.action.index()];
    let applies = action.applies.as_ref().unwrap();
    let who: Vec<_> = sorted_types(program, &applies.principals)
        .into_iter()
        .flat_map(|ty| everyone(program, data, query, ty))
        .map(|uid| (uid.clone(), Query { principal: uid, ..query.clone() }))
        .collect();
    let who = allowed(program, data, who.into_iter());
    let what: Vec<_> = sorted_types(program, &applies.resources)
        .into_iter()
        .flat_map(|ty| everyone(program, data, query, ty))
        .map(|uid| (uid.clone(), Query { resource: uid, ..query.clone() }))
        .collect();
    let what = allowed(program, data, what.into_iter());
    let mut actions: Vec<ActionId> = (0..schema.actions.len() as u32).map(ActionId).collect();
    actions.sort_by_key(|action| &schema.actions[action.index()].name);
    let actions = actions.into_iter().filter(|action| {
        schema.actions[action.index()].applies.as_ref().is_some_and(|applies| {
            applies.principals.contains(query.principal.ty) && applies.resources.contains(query.resource.ty)
        })
    });
    let actions = allowed(program, data, actions.map(|action| (action, Query { action, ..query.clone() })));

    for engine in engines {
        let place = format!("{place}, {:?}, {query:?}", engine.kind());
        // Twice, since what the first question learns of the data the second one uses.
        for _ in 0..2 {
            let found = engine.who_can(&action.name, resource, &given).unwrap();
            let found: Vec<_> = found.map(|found| (found.subject, found.decision)).collect();
            assert_eq!(found, who, "who: {place}");
            let found = engine.what_can(principal, &action.name, &given).unwrap();
            let found: Vec<_> = found.map(|found| (found.subject, found.decision)).collect();
            assert_eq!(found, what, "what: {place}");
        }
        let mut found = engine.permitted_actions(principal, resource, &given).unwrap();
        assert!(found.not_asked().is_empty());
        let found: Vec<_> = found.by_ref().map(|found| (found.subject, found.decision)).collect();
        assert_eq!(found, actions, "actions: {place}");
    }
    who.len() + what.len() + actions.len()
}

#[test]
fn questions_of_random_programs_are_answered_as_by_brute_force() {
    let mut found = 0;
    for seed in 0..cases() {
        let mut dice = Dice(seed);
        let program = crate::verify(generate(&mut dice)).unwrap();
        for _ in 0..2 {
            let data = generate_data(&mut dice);
            let engines = engines(&program, &data);
            for _ in 0..3 {
                let query = generate_query(&mut dice);
                found += check(&engines, &program, &data, &query, &format!("seed {seed}"));
            }
        }
    }
    assert!(are_many(found), "{found} allowed: the generator has become dull");
}

#[test]
fn questions_of_conditions_that_name_places_are_answered_as_by_brute_force() {
    let (mut found, mut bounded) = (0, 0);
    for seed in 0..cases() * 3 {
        let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let program = program(&mut dice);
        for _ in 0..2 {
            let data = world::data(&mut dice);
            let engines = engines(&program, &data);
            for _ in 0..3 {
                let query = world::query(&mut dice);
                found += check(&engines, &program, &data, &query, &format!("seed {seed}"));
                bounded += usize::from(looks_at_few(&engines[0], &data, &query));
            }
        }
    }
    assert!(are_many(found), "{found} allowed: the generator has become dull");
    assert!(are_many(bounded), "{bounded} questions were bounded: the generator has become dull");
}

/// Whether some allow could apply and yet not every entity is decided.
fn looks_at_few(engine: &Engine, data: &Data, query: &Query) -> bool {
    let program = engine.program();
    let allows = program.policies.iter().any(|policy| policy.effect == Effect::Allow && !policy.trial);
    let resource = program.schema.entity_types[query.resource.ty.index()].name.clone();
    let action = program.schema.actions[query.action.index()].name.clone();
    let given = InContext::value(query.context.clone()).at(query.now);
    let mut found = engine.who_can(&action, (&resource, &query.resource.id), &given).unwrap();
    while found.next().is_some() {}
    let all: usize = [world::USER, world::GROUP].map(|ty| data.entities(ty).len()).iter().sum();
    allows && found.decided() > 0 && found.decided() < all
}

#[test]
fn an_external_entity_is_a_candidate_of_the_question_that_brings_it() {
    let data = crate::testing::data();
    let mut policy = crate::testing::policy("all", Effect::Allow, None);
    policy.principal.within = crate::program::Within::In(crate::testing::uid(crate::testing::GROUP, "all"));
    for engine in engines(&crate::testing::verified(vec![policy]), &data) {
        let given = InContext::value(crate::testing::record([("mfa", Value::Bool(true))])).at(0);
        let who = |given: &InContext| -> Vec<_> {
            let found = engine.who_can("read", ("Document", "d1"), given).unwrap();
            found.map(|found| found.subject).collect()
        };
        let ann = crate::testing::uid(crate::testing::USER, "ann");
        assert_eq!(who(&given), std::slice::from_ref(&ann), "nobody has said which tokens there are");
        let eng = crate::testing::uid(crate::testing::GROUP, "eng");
        let given = given.with_entity("Token", "t", crate::testing::entity([eng], []));
        assert_eq!(who(&given), [crate::testing::uid(crate::testing::TOKEN, "t"), ann]);
    }
}
