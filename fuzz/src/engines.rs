//! One Program in all ways in which it is decided. The interpreter judges.

use std::collections::BTreeSet;

use assize_runtime::data::Data;
use assize_runtime::engine::{Compiling, Decisions, IdRequest, InContext};
use assize_runtime::types::Environment;
use assize_runtime::{Engine, EngineKind, EngineOptions, EntityUid, Query, Value, Verified, verify, wire};

use crate::tape::Tape;
use crate::world::{NOW, World};

/// Requests for a snapshot.
const REQUESTS: usize = 6;

/// Decides requests that follow from the tape, before and after changes of the data.
///
/// # Panics
/// If two ways of deciding differ.
pub fn agree(program: &Verified, tape: &mut Tape<'_>) {
    let environments: Vec<Environment> = program.schema.environments().take(1_000).collect();
    if environments.is_empty() {
        return;
    }
    let world = World::new(program);
    let mut params = Vec::new();
    for param in &program.params {
        if param.default.is_none() || tape.once_in(4) {
            let Some(value) = world.value(tape, &param.ty, 0) else { return };
            params.push((param.name.clone(), value));
        }
    }
    let again =
        verify(wire::decode(&wire::encode(program)).expect("its own bytes")).expect("it was verified before");
    assert!(*again == **program, "the bytes of a Program are another Program");
    let data = world.data(tape);
    let engine = |program: &Verified, engine, compiling, data: &Data| {
        let data = Some(data.clone());
        Engine::new(program.clone(), EngineOptions { engine, compiling, params: params.clone(), data })
    };
    let Ok(reference) = engine(program, EngineKind::Interpreter, Compiling::InTurn, &data) else { return };
    let compiling = if tape.once_in(4) { Compiling::Ahead } else { Compiling::InTurn };
    let native = engine(&again, EngineKind::Jit, compiling, &data).expect("the interpreter took it");
    let queries: Vec<Query> = (0..REQUESTS).filter_map(|_| world.query(tape, &environments)).collect();
    compare(&reference, &native, &queries);
    for query in queries.iter().take(2) {
        reverse(&native, &reference, query);
    }
    change(&native, &world, tape);
    let rebuilt = engine(program, EngineKind::Interpreter, Compiling::InTurn, &native.data())
        .expect("it was taken before");
    compare(&rebuilt, &native, &queries);
}

fn compare(reference: &Engine, native: &Engine, queries: &[Query]) {
    let program = reference.program();
    let mut contexts = Vec::new();
    for query in queries {
        let expected = reference.outcome(query);
        assert_eq!(native.outcome(query), expected, "{query:?}");
        let Ok(expected) = expected else { continue };
        let ty = |uid: &EntityUid| program.schema.entity_types[uid.ty.index()].name.clone();
        let action = program.schema.actions[query.action.index()].name.clone();
        let (Ok(principal), Ok(resource), Ok(action)) = (
            native.entity(&ty(&query.principal), &query.principal.id),
            native.entity(&ty(&query.resource), &query.resource.id),
            native.action(&action),
        ) else {
            continue;
        };
        if !query.external.is_empty() {
            continue;
        }
        let context = native.context(action, query.context.clone()).expect("a context of its type");
        let decision = expected.into_decision();
        let by_ids = native.decide_ids_at(principal, action, resource, &context, query.now);
        assert_eq!(by_ids.as_ref(), Ok(&decision), "by ids: {query:?}");
        contexts.push((principal, action, resource, context, query, decision));
    }
    for now in [NOW - 1, NOW, NOW + 1] {
        let batch: Vec<_> = contexts.iter().filter(|(.., query, _)| query.now == now).collect();
        let requests: Vec<IdRequest<'_>> = batch
            .iter()
            .map(|(principal, action, resource, context, ..)| IdRequest {
                principal: *principal,
                action: *action,
                resource: *resource,
                context,
            })
            .collect();
        let mut decisions = Decisions::default();
        native.decide_batch_at(&requests, &mut decisions, now);
        assert_eq!(decisions.len(), requests.len());
        for (decided, (.., query, expected)) in decisions.iter().zip(batch) {
            assert_eq!(decided.as_ref(), Ok(expected), "in a batch: {query:?}");
        }
    }
}

/// Everybody who can do what a request asks for.
fn reverse(native: &Engine, reference: &Engine, query: &Query) {
    if !query.external.is_empty() {
        return;
    }
    let program = reference.program();
    let schema = &program.schema;
    let Some(action) = schema.actions.get(query.action.index()) else { return };
    let Some(applies) = &action.applies else { return };
    let ty = schema.entity_types[query.resource.ty.index()].name.clone();
    let given = InContext::value(query.context.clone()).at(query.now);
    let Ok(found) = native.who_can(&action.name, (&ty, &query.resource.id), &given) else { return };
    let found: BTreeSet<EntityUid> = found.map(|item| item.subject).collect();
    let data = reference.data();
    let mut expected = BTreeSet::new();
    for ty in applies.principals.iter() {
        let declared = &schema.entity_types[ty.index()];
        if declared.external {
            continue;
        }
        let ids = match &declared.closed {
            Some(ids) => ids.clone(),
            None => data.entities(ty).map(|(id, _)| id.clone()).collect(),
        };
        for id in ids {
            let candidate = Query { principal: EntityUid { ty, id }, ..query.clone() };
            if reference.outcome(&candidate).is_ok_and(|outcome| outcome.allowed) {
                expected.insert(candidate.principal);
            }
        }
    }
    assert_eq!(found, expected, "who can: {query:?}");
}

/// Some changes of the data, which are refused or made.
fn change(engine: &Engine, world: &World<'_>, tape: &mut Tape<'_>) {
    let program = engine.program();
    let other = world.data(tape);
    let mut replaced = Vec::new();
    for at in 0..program.schema.entity_types.len().min(32) {
        let ty = assize_runtime::types::EntityTypeId(at as u32);
        for (id, entity) in other.entities(ty) {
            replaced.push((EntityUid { ty, id: id.clone() }, entity.as_ref().clone(), tape.below(3)));
        }
    }
    let mut rows: Vec<(String, Vec<Value>, Option<i64>, bool)> = Vec::new();
    for (at, grant) in program.schema.grants.iter().enumerate().take(16) {
        let id = assize_runtime::types::GrantId(at as u32);
        for data in [&other, &engine.data()] {
            for (args, until) in data.grant_rows(id).into_iter().flat_map(|rows| rows.iter()).take(2) {
                rows.push((grant.name.to_string(), args.to_vec(), *until, tape.once_in(2)));
            }
        }
    }
    let changed: Result<(), ()> = engine.update_at(
        |edit| {
            for (uid, entity, choice) in replaced {
                match choice {
                    0 => {}
                    1 => drop(edit.upsert(uid, entity)),
                    _ => drop(edit.remove(&uid)),
                }
            }
            for (grant, args, until, revoke) in rows {
                if revoke {
                    let _ = edit.revoke(&grant, &args);
                } else {
                    let _ = edit.grant(&grant, args, until);
                }
            }
            Ok(())
        },
        NOW,
    );
    assert_eq!(changed, Ok(()));
}
