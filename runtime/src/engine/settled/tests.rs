//! What tables tell, and what they leave to native code.

use crate::engine::{Engine, EngineOptions, IdRequest, Snapshot};
use crate::interpret::interpret;
use crate::outcome::{Decision, Query};
use crate::params::Params;
use crate::program::{Arithmetic, Effect, Op, Ordering, Policy, Within};
use crate::testing::*;
use crate::types::Type;
use crate::value::Value;

const DAY: i64 = 24 * 60 * 60 * 1000;

fn engine(policies: Vec<Policy>) -> Engine {
    let options = EngineOptions { data: Some(data()), ..EngineOptions::default() };
    let engine = Engine::new(verified(policies), options).unwrap();
    assert!(engine.is_native());
    engine
}

/// The decision of all ways to make it, and whether tables told it.
fn ask(snapshot: &Snapshot, query: &Query) -> (Decision, bool) {
    let program = snapshot.program();
    snapshot.prepare_at(query.now);
    let handle = |uid| snapshot.native_handle(uid).expect("native code has a number for it");
    let (principal, resource) = (handle(&query.principal), handle(&query.resource));
    let action = snapshot.action(program.names().action(query.action)).unwrap();
    let context = snapshot.checked_context(query.action, query.context.clone());
    let params = Params::bind(program, []).unwrap();
    let expected = interpret(program, &params, snapshot.data(), query).into_decision();
    let decision = snapshot.decide_ids_at(principal, action, resource, &context, query.now);
    assert_eq!(decision, Ok(expected.clone()));
    let request = IdRequest { principal, action, resource, context: &context };
    (expected, snapshot.is_settled(&request, query.now))
}

fn mfa(truth: bool) -> Value {
    record([("mfa", Value::Bool(truth))])
}

/// `when context.mfa`
fn with_mfa() -> crate::program::Body {
    body(0, |e| {
        let context = e.add(Op::Context, Type::Record(schema().actions[0].applies.clone().unwrap().context));
        e.bool(Op::Field(context, "mfa".into()))
    })
}

/// `when now - time"1970-01-01T00:00:00Z" < 90d`
fn young() -> crate::program::Body {
    body(0, |e| {
        let now = e.add(Op::Now, Type::Datetime);
        let then = e.add(Op::Const(Value::Datetime(0)), Type::Datetime);
        let age = e.add(Op::Arithmetic(Arithmetic::Sub, now, then), Type::Duration);
        let most = e.add(Op::Const(Value::Duration(90 * DAY)), Type::Duration);
        e.bool(Op::Compare(Ordering::Less, age, most))
    })
}

/// `deny when u.age > 17`
fn grown_up(effect: Effect) -> Policy {
    let condition = body(0, |e| {
        let principal = e.add(Op::Principal, Type::entity(USER));
        let age = e.add(Op::Attribute(principal, "age".into()), Type::Int);
        let least = e.int(17);
        e.bool(Op::Compare(Ordering::Greater, age, least))
    });
    let mut policy = policy("grown-up", effect, Some(condition));
    policy.principal.types = Some(crate::types::EntityTypes::one(USER));
    policy.variants[0].principals = crate::types::EntityTypes::one(USER);
    policy
}

#[test]
fn classes_of_contexts_are_told_apart() {
    let engine = engine(vec![policy("p", Effect::Allow, Some(with_mfa()))]);
    let snapshot = engine.snapshot();
    for truth in [true, false] {
        let expected = if truth { Decision::Allow } else { Decision::Deny };
        assert_eq!(ask(&snapshot, &Query { context: mfa(truth), ..query() }), (expected, true));
    }
}

#[test]
fn a_time_is_settled_far_from_where_the_answer_changes_and_right_everywhere() {
    let end = 90 * DAY;
    for now in [0, DAY, end - DAY, end - 1, end, end + 1, end + DAY, i64::MAX, i64::MIN] {
        let snapshot = engine(vec![policy("p", Effect::Allow, Some(young()))]).snapshot();
        for now in [now, now.saturating_add(1), now.saturating_sub(1)] {
            let (_, is_settled) = ask(&snapshot, &Query { now, ..query() });
            let is_near = now.abs_diff(end) < DAY as u64 / 2;
            // At the ends of time the comparison overflows.
            assert!(is_settled != is_near || now.unsigned_abs() > 1 << 62, "{now}: {is_settled}");
        }
    }
}

#[test]
fn a_row_counts_until_it_ends() {
    let mut granted = policy("granted", Effect::Allow, None);
    granted.grant = Some(VIEWER);
    granted.principal.within = Within::InGrantParam(0);
    granted.resource.within = Within::InGrantParam(1);
    granted.resource.types = Some(crate::types::EntityTypes::one(DOCUMENT));
    granted.variants[0].resources = crate::types::EntityTypes::one(DOCUMENT);
    let engine = engine(vec![granted]);
    let row = vec![entity_value(GROUP, "all"), entity_value(DOCUMENT, "d1")];
    engine.update(|edit| edit.grant("viewer", row.clone(), Some(100))).unwrap();
    let snapshot = engine.snapshot();
    for (now, expected) in [(0, Decision::Allow), (99, Decision::Allow), (100, Decision::Deny)] {
        assert_eq!(ask(&snapshot, &Query { now, ..query() }), (expected, true), "at {now}");
    }
    // The next snapshot has none of these tables.
    engine.update(|edit| edit.revoke("viewer", &row)).unwrap();
    assert_eq!(ask(&engine.snapshot(), &query()), (Decision::Deny, true));
    assert_eq!(ask(&snapshot, &query()), (Decision::Allow, true));
}

#[test]
fn whoever_the_data_does_not_hold_is_left_to_native_code_where_that_matters() {
    for effect in [Effect::Allow, Effect::Deny] {
        let mut all = policy("all", Effect::Allow, None);
        all.principal.within = Within::Is(uid(USER, "nobody"));
        all.principal.types = Some(crate::types::EntityTypes::one(USER));
        all.variants[0].principals = crate::types::EntityTypes::one(USER);
        let engine = engine(vec![grown_up(effect), all]);
        let snapshot = engine.snapshot();
        let (_, is_settled) = ask(&snapshot, &query());
        assert!(is_settled);
        let (decision, is_settled) = ask(&snapshot, &Query { principal: uid(USER, "nobody"), ..query() });
        assert_eq!(decision, if effect == Effect::Deny { Decision::Deny } else { Decision::Allow });
        assert!(!is_settled);
    }
}

#[test]
fn obligations_that_are_always_the_same_are_settled_and_others_are_not() {
    let constant = obliging(policy("p", Effect::Allow, None), body(0, |e| e.int(3)));
    let other = obliging(policy("q", Effect::Allow, Some(with_mfa())), body(0, |e| e.int(4)));
    let (decision, is_settled) = ask(&engine(vec![constant.clone()]).snapshot(), &query());
    assert!(matches!(&decision, Decision::AllowWith(all) if all[0].args == [Value::Int(3)]));
    assert!(is_settled);
    // Which of several apply is for native code to say.
    let (decision, is_settled) = ask(&engine(vec![constant, other]).snapshot(), &query());
    assert!(matches!(&decision, Decision::AllowWith(all) if all.len() == 2));
    assert!(!is_settled);
}

#[test]
fn tables_are_made_by_decisions_that_go_without() {
    let engine = engine(vec![policy("p", Effect::Allow, Some(with_mfa()))]);
    let snapshot = engine.snapshot();
    let query = query();
    let (principal, resource) =
        (snapshot.native_handle(&query.principal).unwrap(), snapshot.native_handle(&query.resource).unwrap());
    let action = snapshot.action("read").unwrap();
    let context = snapshot.checked_context(query.action, query.context.clone());
    let request = IdRequest { principal, action, resource, context: &context };
    let mut decisions = 0;
    while !snapshot.is_settled(&request, 0) {
        assert_eq!(snapshot.decide_ids_at(principal, action, resource, &context, 0), Ok(Decision::Allow));
        decisions += 1;
        assert!(decisions < 1_000);
    }
    assert!(decisions > super::ONE_IN);
}
