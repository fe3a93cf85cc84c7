//! What tables must not settle: what a context names, what errs about a principal, and what others make at the same time.

use crate::engine::{ContextHandle, Engine, EngineOptions, IdRequest, Snapshot};
use crate::interpret::interpret;
use crate::outcome::{Decision, Query};
use crate::params::Params;
use crate::program::*;
use crate::testing::*;
use crate::types::*;
use crate::value::Value;
use crate::verify::verify;

/// The usual schema, with contexts that name a team.
fn engine(policies: Vec<Policy>) -> Engine {
    let mut program = program(policies);
    for applies in program.schema.actions.iter_mut().filter_map(|action| action.applies.as_mut()) {
        applies.context = context();
    }
    let options = EngineOptions { data: Some(data()), ..EngineOptions::default() };
    Engine::new(verify(program).unwrap(), options).unwrap()
}

fn context() -> RecordType {
    RecordType::new(vec![field("mfa", Type::Bool), field("team", Type::entity(GROUP))])
}

fn of_team(team: &str) -> Value {
    record([("mfa", Value::Bool(true)), ("team", entity_value(GROUP, team))])
}

/// What tables and the interpreter say of ann, who reads d1.
fn decide(snapshot: &Snapshot, context: &ContextHandle) -> Decision {
    let (ann, read) = (snapshot.entity("User", "ann").unwrap(), snapshot.action("read").unwrap());
    let d1 = snapshot.entity("Document", "d1").unwrap();
    let query = Query { context: context.value.clone(), ..query() };
    let params = Params::bind(snapshot.program(), []).unwrap();
    let expected = interpret(snapshot.program(), &params, snapshot.data(), &query).into_decision();
    snapshot.prepare_at(0);
    assert_eq!(snapshot.decide_ids_at(ann, read, d1, context, 0), Ok(expected.clone()));
    expected
}

fn team(e: &mut Expression) -> NodeId {
    let context = e.add(Op::Context, Type::Record(context()));
    e.add(Op::Field(context, "team".into()), Type::entity(GROUP))
}

/// `context.team in Group::"all"`
fn team_is_in_all(e: &mut Expression) -> NodeId {
    let team = team(e);
    let all = e.add(Op::Const(entity_value(GROUP, "all")), Type::entity(GROUP));
    e.bool(Op::In(team, all))
}

/// `viewer(context.team, Document::"d1")`
fn team_views(e: &mut Expression) -> NodeId {
    let team = team(e);
    let document = e.add(Op::Const(entity_value(DOCUMENT, "d1")), Type::entity(DOCUMENT));
    e.bool(Op::GrantFact(VIEWER, vec![team, document]))
}

#[test]
fn what_a_context_names_is_looked_up_in_the_data_of_the_moment() {
    for condition in [team_is_in_all, team_views] {
        let deny = policy("deny", Effect::Deny, Some(body(0, condition)));
        let allow = policy("allow", Effect::Allow, Some(body(0, condition)));
        let denying = engine(vec![policy("all", Effect::Allow, None), deny]);
        let allowing = engine(vec![allow]);
        for (engine, when_true) in [(denying, Decision::Deny), (allowing, Decision::Allow)] {
            let contexts = ["eng", "other"].map(|team| {
                let read = engine.action("read").unwrap();
                engine.context(read, of_team(team)).unwrap()
            });
            engine
                .update(|edit| {
                    edit.grant("viewer", vec![entity_value(GROUP, "eng"), entity_value(DOCUMENT, "d1")], None)
                })
                .unwrap();
            assert_eq!(decide(&engine.snapshot(), &contexts[0]), when_true);
            assert_ne!(decide(&engine.snapshot(), &contexts[1]), when_true);
            // The same contexts over other data.
            engine
                .update(|edit| {
                    edit.revoke("viewer", &[entity_value(GROUP, "eng"), entity_value(DOCUMENT, "d1")])?;
                    edit.upsert(uid(GROUP, "eng"), entity([], []))
                })
                .unwrap();
            assert_ne!(decide(&engine.snapshot(), &contexts[0]), when_true);
        }
    }
}

/// `u.age + 9223372036854775807 > 0 or r.owner == u`
fn overflows_or_owns(e: &mut Expression) -> NodeId {
    let user = e.add(Op::Principal, Type::entity(USER));
    let age = e.add(Op::Attribute(user, "age".into()), Type::Int);
    let (most, zero) = (e.int(i64::MAX), e.int(0));
    let sum = e.add(Op::Arithmetic(Arithmetic::Add, age, most), Type::Int);
    let overflows = e.bool(Op::Compare(Ordering::Greater, sum, zero));
    let resource = e.add(Op::Resource, Type::entity(DOCUMENT));
    let owner = e.add(Op::Attribute(resource, "owner".into()), Type::entity(USER));
    let user = e.add(Op::Principal, Type::entity(USER));
    let owns = e.bool(Op::Eq(owner, user));
    e.bool(Op::Or(vec![overflows, owns]))
}

#[test]
fn an_error_about_the_principal_comes_before_what_would_deny() {
    for on_error_skip in [false, true] {
        let mut deny = policy("deny", Effect::Deny, Some(body(0, overflows_or_owns)));
        deny.on_error_skip = on_error_skip;
        let (users, documents) = (EntityTypes::one(USER), EntityTypes::one(DOCUMENT));
        (deny.principal.types, deny.resource.types) = (Some(users.clone()), Some(documents.clone()));
        (deny.variants[0].principals, deny.variants[0].resources) = (users, documents);
        let engine = engine(vec![policy("all", Effect::Allow, None), deny]);
        let context = engine.context(engine.action("read").unwrap(), of_team("eng")).unwrap();
        let expected = if on_error_skip { Decision::Allow } else { Decision::Deny };
        assert_eq!(decide(&engine.snapshot(), &context), expected);
    }
}

#[test]
fn conditions_of_any_height_are_decided_on_a_small_stack() {
    let high = |e: &mut Expression, innermost: fn(&mut Expression) -> NodeId| {
        let mut top = innermost(e);
        for _ in 0..crate::verify::MAX_HEIGHT - 8 {
            top = e.bool(Op::Not(top));
        }
        top
    };
    for innermost in [overflows_or_owns, mfa] {
        let mut allow = policy("allow", Effect::Allow, Some(body(0, |e| high(e, innermost))));
        let (users, documents) = (EntityTypes::one(USER), EntityTypes::one(DOCUMENT));
        (allow.principal.types, allow.resource.types) = (Some(users.clone()), Some(documents.clone()));
        (allow.variants[0].principals, allow.variants[0].resources) = (users, documents);
        let engine = engine(vec![allow]);
        let context = engine.context(engine.action("read").unwrap(), of_team("eng")).unwrap();
        decide(&engine.snapshot(), &context);
    }
}

fn mfa(e: &mut Expression) -> NodeId {
    let context = e.add(Op::Context, Type::Record(context()));
    e.add(Op::Field(context, "mfa".into()), Type::Bool)
}

/// Rows that end at 10, 20 and 30 for users and groups, over twelve documents.
fn ending_rows(engine: &Engine) {
    let edited = engine.update_at(
        |edit| {
            for number in 0..12 {
                let document = [("level", Value::Enum(EnumId(0), 0)), ("owner", entity_value(USER, "u3"))];
                edit.upsert(uid(DOCUMENT, &format!("d{number}")), entity([], document))?;
                let group = uid(GROUP, if number % 2 == 0 { "eng" } else { "all" });
                let user = entity([group], [("age", Value::Int(number))]);
                edit.upsert(uid(USER, &format!("u{number}")), user)?;
            }
            for number in 0..12 {
                let who = if number % 3 == 0 { entity_value(GROUP, "eng") } else { entity_value(USER, "u5") };
                let until = [None, Some(10), Some(20), Some(30)][number % 4];
                edit.grant("viewer", vec![who, entity_value(DOCUMENT, &format!("d{number}"))], until)?;
            }
            Ok::<_, crate::data::DataError>(())
        },
        0,
    );
    edited.unwrap();
}

#[test]
fn threads_that_make_tables_together_decide_as_the_interpreter_at_each_end_of_a_row() {
    let mut granted = policy("granted", Effect::Allow, None);
    granted.grant = Some(VIEWER);
    granted.principal.within = Within::InGrantParam(0);
    granted.resource.within = Within::InGrantParam(1);
    let engine = engine(vec![granted]);
    ending_rows(&engine);
    let snapshot = engine.snapshot();
    let params = Params::bind(snapshot.program(), []).unwrap();
    let read = snapshot.action("read").unwrap();
    let context = snapshot.context(read, of_team("eng")).unwrap();
    let mut expected = Vec::new();
    for at in 0..12 * 12 {
        let (user, document) = (format!("u{}", at % 12), format!("d{}", at / 12));
        let handles =
            (snapshot.entity("User", &user).unwrap(), snapshot.entity("Document", &document).unwrap());
        for now in [i64::MIN, -1, 9, 10, 11, 19, 20, 29, 30, i64::MAX] {
            let (principal, resource) = (uid(USER, &user), uid(DOCUMENT, &document));
            let query = Query { principal, resource, context: of_team("eng"), now, ..query() };
            let decision = interpret(snapshot.program(), &params, snapshot.data(), &query).into_decision();
            expected.push((handles, now, decision));
        }
    }
    let decide = |first: usize| {
        for step in 0..20_000 {
            // At one time for a while, so that tables for it are made.
            let at = (first + step * 7 + step / 4_000) % expected.len() / 10 * 10 + step / 2_000 % 10;
            let ((user, document), now, decision) = &expected[at];
            let decided = snapshot.decide_ids_at(*user, read, *document, &context, *now);
            assert_eq!(decided.as_ref(), Ok(decision), "at {now}");
        }
    };
    std::thread::scope(|scope| {
        let decide = &decide;
        for first in [0, 3, 5] {
            scope.spawn(move || decide(first));
        }
    });
    let is_settled = |((user, document), now, _): &((_, _), i64, Decision)| {
        let request = IdRequest { principal: *user, action: read, resource: *document, context: &context };
        snapshot.is_settled(&request, *now)
    };
    assert!(expected.iter().any(is_settled), "nobody has made tables");
}
