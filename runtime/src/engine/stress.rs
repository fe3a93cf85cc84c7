//! Decisions while the data changes: each is over one snapshot, whole.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;
use crate::data::DataError;
use crate::interpret::interpret;
use crate::outcome::{Decision, Query};
use crate::program::{Effect, Op, Policy, Within};
use crate::testing::*;
use crate::types::{EntityTypes, EnumId, Type};

/// Who is in the group may read what has this level.
fn level(group: &str, level: u32) -> Policy {
    let condition = body(0, |e| {
        let resource = e.add(Op::Resource, Type::entity(DOCUMENT));
        let is = e.add(Op::Attribute(resource, "level".into()), Type::Enum(EnumId(0)));
        let wanted = e.add(Op::Const(Value::Enum(EnumId(0), level)), Type::Enum(EnumId(0)));
        e.bool(Op::Eq(is, wanted))
    });
    let mut policy = policy(group, Effect::Allow, Some(condition));
    policy.principal.within = Within::In(uid(GROUP, group));
    policy.resource.types = Some(EntityTypes::one(DOCUMENT));
    policy.variants[0].resources = EntityTypes::one(DOCUMENT);
    policy
}

/// Ann changes her group together with the level of the document: half of a change would shut her out.
fn change(engine: &Engine, round: usize) {
    let (group, level) = if round.is_multiple_of(2) { ("readers", 0) } else { ("agents", 1) };
    let result = engine.update(|edit| {
        let document = [("level", Value::Enum(EnumId(0), level)), ("owner", entity_value(USER, "ann"))];
        edit.upsert(uid(DOCUMENT, "d1"), entity([], document))?;
        // The same by way of a team, for every other user.
        edit.upsert(uid(GROUP, "team"), entity([uid(GROUP, group)], []))?;
        for number in 0..20 {
            let name = format!("u{}", (round * 7 + number) % 600);
            if number.is_multiple_of(5) {
                edit.remove(&uid(USER, &name));
            } else {
                edit.upsert(uid(USER, &name), entity([uid(GROUP, "team")], [("age", Value::Int(1))]))?;
            }
        }
        let row = vec![entity_value(USER, &format!("u{}", round % 50)), entity_value(DOCUMENT, "d1")];
        if round.is_multiple_of(3) {
            edit.revoke("viewer", &row).map(drop)?
        } else {
            edit.grant("viewer", row, None)?
        }
        edit.upsert(uid(USER, "ann"), entity([uid(GROUP, "team")], [("age", Value::Int(1))]))
    });
    assert_eq!(result, Ok(()));
    // What fails on its way changes nothing, whatever it has done before.
    let refused = engine.update(|edit| {
        edit.remove(&uid(USER, "ann"));
        edit.upsert(uid(GROUP, "readers"), entity([uid(GROUP, "team")], []))?;
        edit.upsert(uid(GROUP, "agents"), entity([uid(GROUP, "team")], []))
    });
    assert!(matches!(refused, Err(DataError::Cycle(_))), "{refused:?}");
}

fn granted() -> Policy {
    let mut granted = policy("granted", Effect::Allow, None);
    granted.grant = Some(VIEWER);
    granted.principal.within = Within::InGrantParam(0);
    granted.resource.within = Within::InGrantParam(1);
    granted
}

/// So many updates, while two threads decide.
fn stress(kind: EngineKind, rounds: usize) {
    let program = verified(vec![level("readers", 0), level("agents", 1), granted()]);
    let options = EngineOptions { engine: kind, data: Some(data()), ..EngineOptions::default() };
    let engine = Engine::new(program, options).unwrap();
    change(&engine, 0);
    let over = AtomicBool::new(false);
    let read = |first: usize| {
        let (mut seen, mut allowed) = (0, 0);
        while !over.load(Ordering::Relaxed) || seen < 50 {
            seen += 1;
            let request = Request::new(("User", "ann"), "read", ("Document", "d1"))
                .with(record([("mfa", Value::Bool(true))]));
            assert_eq!(engine.decide_at(&request, 0), Ok(Decision::Allow), "a mix of two snapshots");
            let snapshot: Arc<Snapshot> = engine.current.load_full();
            let user = format!("u{}", (first + seen * 13) % 600);
            let query = Query { principal: uid(USER, &user), ..query() };
            let expected = interpret(&snapshot.program, &snapshot.params, &snapshot.data, &query);
            allowed += usize::from(expected.allowed);
            let made =
                snapshot.execution.outcome(&snapshot.program, &snapshot.params, &snapshot.data, &query);
            assert_eq!(made, expected);
        }
        (seen, allowed)
    };
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..2).map(|at| scope.spawn(move || read(at * 300))).collect();
        (1..rounds).for_each(|round| change(&engine, round));
        over.store(true, Ordering::Relaxed);
        for reader in readers {
            let (seen, allowed) = reader.join().unwrap();
            assert!(seen >= 50 && allowed > 0);
        }
    });
    let kept = engine.writing.lock().unwrap().len();
    assert!(kept <= 2, "{kept} snapshots are kept that nobody has");
}

#[test]
fn readers_see_one_snapshot_or_the_other() {
    let rounds = cases(150) as usize;
    stress(EngineKind::Interpreter, rounds.min(150));
    if cfg!(feature = "jit") {
        stress(EngineKind::Jit, rounds);
    }
}

#[test]
fn updates_in_many_batches_come_to_the_same_as_one() {
    for kind in [EngineKind::Interpreter, EngineKind::default()] {
        let engine = || {
            let options = EngineOptions { engine: kind, data: Some(data()), ..EngineOptions::default() };
            Engine::new(verified(vec![level("readers", 0), level("agents", 1), granted()]), options).unwrap()
        };
        let (many, one, other) = (engine(), engine(), engine());
        (0..40).for_each(|round| change(&many, round));
        other.replace_data(many.data()).unwrap();
        // In one batch of everything.
        let data = many.data();
        let all = one.update(|edit| {
            edit.remove(&uid(USER, "nobody"));
            for ty in [GROUP, USER, DOCUMENT] {
                for (id, entity) in data.entities(ty) {
                    edit.upsert(uid(ty, id), (**entity).clone())?;
                }
            }
            for (args, until) in data.grant_rows(VIEWER).into_iter().flatten() {
                edit.grant("viewer", args.to_vec(), *until)?;
            }
            Ok::<_, DataError>(())
        });
        assert_eq!(all, Ok(()));
        assert!(one.data() == many.data() && other.data() == many.data());
        for user in 0..300 {
            let user = format!("u{user}");
            let request = Request::new(("User", &user), "read", ("Document", "d1"))
                .with(record([("mfa", Value::Bool(true))]));
            let expected = many.decide_at(&request, 0);
            assert_eq!(one.decide_at(&request, 0), expected);
            assert_eq!(other.decide_at(&request, 0), expected);
        }
    }
}
