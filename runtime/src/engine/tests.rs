//! The engine: every way to ask gives the same answer, and changes happen whole or not at all.

use std::sync::Arc;

use super::*;
use crate::json::{RequestError, RequestErrorKind};
use crate::outcome::Decision;
use crate::program::{Effect, Op, Policy, Within};
use crate::testing::*;
use crate::types::{EntityTypes, Type};

/// Ann may read; nobody else.
fn only_eng() -> Policy {
    let mut policy = policy("eng", Effect::Allow, None);
    policy.principal.within = Within::In(uid(GROUP, "eng"));
    policy
}

fn engines(policies: Vec<Policy>) -> Vec<Engine> {
    let kinds = if cfg!(feature = "jit") {
        vec![EngineKind::Interpreter, EngineKind::Jit]
    } else {
        vec![EngineKind::Interpreter]
    };
    let options =
        |engine| EngineOptions { engine, params: Vec::new(), data: Some(data()), ..EngineOptions::default() };
    kinds.into_iter().map(|kind| Engine::new(verified(policies.clone()), options(kind)).unwrap()).collect()
}

fn mfa() -> Value {
    record([("mfa", Value::Bool(true))])
}

fn ids(engine: &Engine, user: &str) -> Result<Decision, RequestError> {
    let action = engine.action("read")?;
    let context = engine.context(action, mfa())?;
    engine.decide_ids_at(engine.entity("User", user)?, action, engine.entity("Document", "d1")?, &context, 0)
}

fn names(engine: &Engine, user: &str) -> Result<Decision, RequestError> {
    engine.decide_at(&Request::new(("User", user), "read", ("Document", "d1")).with(mfa()), 0)
}

fn json(user: &str) -> String {
    format!(
        r#"{{"principal":"User::\"{user}\"","action":"read","resource":"Document::\"d1\"","context":{{"mfa":true}}}}"#
    )
}

#[test]
fn each_boundary_gives_the_same_decision() {
    for engine in engines(vec![obliging(only_eng(), body(0, |e| e.int(3)))]) {
        let Ok(Decision::AllowWith(obligations)) = names(&engine, "ann") else { panic!("{engine:?}") };
        assert_eq!(obligations[0].args, [Value::Int(3)]);
        assert_eq!(ids(&engine, "ann"), names(&engine, "ann"));
        let report = engine.report_json_at(&json("ann"), 0).unwrap();
        assert_eq!(report.decision(), Decision::AllowWith(obligations));
        assert_eq!(report.policies().collect::<Vec<_>>(), ["eng"]);
        assert!(report.to_json().starts_with(r#"{"decision":"allow","policies":["eng"]"#));
        assert_eq!(names(&engine, "bob"), Ok(Decision::Deny));
        assert_eq!(ids(&engine, "bob").unwrap_err().kind, RequestErrorKind::BadEntity);
        let mut query = query();
        query.now = 5;
        assert!(engine.outcome(&query).unwrap().allowed);
    }
}

#[test]
fn the_wire_does_not_set_the_clock() {
    for engine in engines(vec![only_eng()]) {
        let with_now = json("ann").replacen('{', r#"{"now":"2026-01-01","#, 1);
        assert_eq!(engine.report_json(&with_now).unwrap_err().kind, RequestErrorKind::NowRefused);
        let trusted = engine.report_json_trusting_now(&with_now).unwrap();
        assert!(trusted.to_json().ends_with(r#""now":"2026-01-01T00:00:00Z"}"#));
    }
}

#[test]
fn an_update_takes_effect_whole_or_not_at_all() {
    for engine in engines(vec![only_eng()]) {
        let failed = engine.update(|edit| {
            let ann = edit.uid("User", "ann").unwrap();
            assert!(edit.remove(&ann));
            edit.upsert(edit.uid("User", "zoe").unwrap(), entity([], []))
        });
        assert!(matches!(failed, Err(DataError::MissingAttribute { .. })));
        assert_eq!(
            names(&engine, "ann"),
            Ok(Decision::Allow),
            "the removal before the fault did not happen either"
        );
        engine
            .update(|edit| {
                let zoe = entity([uid(GROUP, "eng")], [("age", Value::Int(1))]);
                edit.upsert(edit.uid("User", "zoe").unwrap(), zoe)
            })
            .unwrap();
        assert_eq!(names(&engine, "zoe"), Ok(Decision::Allow));
        assert_eq!(ids(&engine, "zoe"), Ok(Decision::Allow));
    }
}

#[test]
fn a_handle_names_its_entity_through_updates_and_nothing_after_a_reload() {
    for engine in engines(vec![only_eng()]) {
        let (ann, d1) = (engine.entity("User", "ann").unwrap(), engine.entity("Document", "d1").unwrap());
        let read = engine.action("read").unwrap();
        let context = engine.context(read, mfa()).unwrap();
        let decide = || engine.decide_ids_at(ann, read, d1, &context, 0);
        assert_eq!(decide(), Ok(Decision::Allow));
        engine
            .update(|edit| {
                edit.remove(&uid(USER, "ann"));
                edit.upsert(uid(USER, "eve"), entity([uid(GROUP, "eng")], [("age", Value::Int(1))]))
            })
            .unwrap();
        assert_eq!(decide(), Ok(Decision::Deny), "ann is gone, and eve did not take her place");
        engine
            .update(|edit| {
                edit.upsert(uid(USER, "ann"), entity([uid(GROUP, "eng")], [("age", Value::Int(1))]))
            })
            .unwrap();
        assert_eq!(decide(), Ok(Decision::Allow));
        engine.reload(verified(vec![only_eng()])).unwrap();
        assert_eq!(decide().unwrap_err().kind, RequestErrorKind::StaleHandle);
        let write = engine.action("write").unwrap();
        let context = engine.context(write, mfa()).unwrap();
        let (ann, d1) = (engine.entity("User", "ann").unwrap(), engine.entity("Document", "d1").unwrap());
        let read = engine.action("read").unwrap();
        assert_eq!(
            engine.decide_ids_at(ann, read, d1, &context, 0).unwrap_err().kind,
            RequestErrorKind::BadContext
        );
        let swapped = engine.decide_ids_at(d1, write, ann, &context, 0);
        assert_eq!(swapped.unwrap_err().kind, RequestErrorKind::NotApplicable);
    }
}

#[test]
fn a_batch_answers_each_request() {
    for engine in engines(vec![only_eng()]) {
        let read = engine.action("read").unwrap();
        let context = engine.context(read, mfa()).unwrap();
        let ann = engine.entity("User", "ann").unwrap();
        let good = IdRequest {
            principal: ann,
            action: read,
            resource: engine.entity("Document", "d1").unwrap(),
            context: &context,
        };
        let bad = IdRequest { resource: ann, ..good };
        let mut decisions = Decisions::default();
        for _ in 0..2 {
            engine.decide_batch_at(&[good, bad, good], &mut decisions, 0);
            assert_eq!(decisions.len(), 3);
            let each: Vec<_> = decisions.iter().collect();
            assert_eq!((&each[0], &each[2]), (&Ok(Decision::Allow), &Ok(Decision::Allow)));
            assert_eq!(each[1].as_ref().unwrap_err().kind, RequestErrorKind::NotApplicable);
            assert_eq!([0, 1, 2, 3].map(|at| decisions.is_allowed(at)), [true, false, true, false]);
            assert_eq!(decisions.errors().len(), 1);
        }
        engine.decide_batch_at(&[], &mut decisions, 0);
        assert!(decisions.is_empty() && decisions.iter().next().is_none());
    }
}

#[test]
fn a_reload_refits_the_data_or_changes_nothing() {
    for engine in engines(vec![only_eng()]) {
        // The same types in another order: ids move, names stay.
        let mut moved = program(vec![]);
        moved.schema.entity_types.swap(USER.index(), GROUP.index());
        let swap = |ty| match ty {
            USER => GROUP,
            GROUP => USER,
            other => other,
        };
        for ty in &mut moved.schema.entity_types {
            ty.parents = ty.parents.iter().map(|ty| swap(*ty)).collect();
        }
        let people = Type::Entity(EntityTypes::new([USER, GROUP]).unwrap());
        let new_user = Type::entity(GROUP);
        let user = &mut moved.schema.entity_types[GROUP.index()];
        user.attributes = crate::types::RecordType::new(vec![
            field("age", Type::Int),
            optional("manager", new_user.clone()),
        ]);
        let document = &mut moved.schema.entity_types[DOCUMENT.index()];
        document.attributes = crate::types::RecordType::new(vec![
            field("level", Type::Enum(crate::types::EnumId(0))),
            field("owner", new_user),
            optional("viewers", Type::set(people)),
            optional("labels", Type::Map(Arc::new(Type::String))),
        ]);
        for action in moved.schema.actions.iter_mut().filter_map(|action| action.applies.as_mut()) {
            action.principals = EntityTypes::new([GROUP, TOKEN]).unwrap();
        }
        let mut allow = only_eng();
        allow.principal.within = Within::In(uid(USER, "eng"));
        allow.variants[0].principals = EntityTypes::new([GROUP, TOKEN]).unwrap();
        moved.policies = vec![allow];
        let moved = crate::verify(moved).unwrap();
        engine.reload(moved).unwrap();
        assert_eq!(names(&engine, "ann"), Ok(Decision::Allow));

        let mut stricter = program(vec![]);
        stricter.schema.entity_types[USER.index()].attributes =
            crate::types::RecordType::new(vec![field("age", Type::String)]);
        let refused = engine.reload(crate::verify(stricter).unwrap());
        assert!(matches!(refused, Err(EngineError::Data(DataError::AttributeType { .. }))));
        assert_eq!(names(&engine, "ann"), Ok(Decision::Allow));
    }
}

#[test]
fn params_are_bound_by_name_and_type() {
    let mut program = program(vec![]);
    program.params =
        vec![crate::program::ParamDecl { name: "drive::LIMIT".into(), ty: Type::Int, default: None }];
    let condition = body(0, |e| {
        let (limit, seven) = (e.add(Op::Param(0), Type::Int), e.int(7));
        e.bool(Op::Eq(limit, seven))
    });
    program.policies = vec![policy("limit", Effect::Allow, Some(condition))];
    let program = crate::verify(program).unwrap();
    let engine = |params: &[(&str, Value)]| {
        let params = params.iter().map(|(name, value)| (SmolStr::new(name), value.clone())).collect();
        Engine::new(program.clone(), EngineOptions { params, data: Some(data()), ..EngineOptions::default() })
    };
    let limit: SmolStr = "drive::LIMIT".into();
    assert_eq!(engine(&[]).unwrap_err(), EngineError::Param(ParamError::Unbound(limit.clone())));
    assert_eq!(
        engine(&[("LIMIT", Value::Bool(true))]).unwrap_err(),
        EngineError::Param(ParamError::WrongType(limit))
    );
    assert_eq!(
        engine(&[("LIMT", Value::Int(1))]).unwrap_err(),
        EngineError::Param(ParamError::Unknown("LIMT".into()))
    );
    assert_eq!(names(&engine(&[("LIMIT", Value::Int(7))]).unwrap(), "ann"), Ok(Decision::Allow));
    assert_eq!(names(&engine(&[("drive::LIMIT", Value::Int(8))]).unwrap(), "ann"), Ok(Decision::Deny));
}

#[test]
fn an_engine_is_shared_by_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Engine>();
    shared::<Report>();
    shared::<ContextHandle>();
}

#[test]
fn external_entities_decide_and_stay_out_of_the_data() {
    let mut allow = policy("token", Effect::Allow, None);
    allow.principal.within = Within::In(uid(GROUP, "all"));
    for engine in engines(vec![allow]) {
        let request = |groups: &str| {
            let text = format!(
                r#"{{"principal":"Token::\"t\"","action":"read","resource":"Document::\"d1\"","context":{{"mfa":true}},
                    "entities":[{{"uid":"Token::\"t\"","parents":[{groups}]}}]}}"#
            );
            engine.report_json_at(&text, 0).map(|report| report.allowed())
        };
        assert_eq!(request(r#""Group::\"eng\"""#), Ok(true), "eng is in all");
        assert_eq!(request(""), Ok(false));
        let by_name = Request::new(("Token", "t"), "read", ("Document", "d1")).with(mfa());
        let with = by_name.clone().with_entity("Token", "t", entity([uid(GROUP, "eng")], []));
        assert_eq!(engine.decide_at(&with, 0), Ok(Decision::Allow));
        assert_eq!(engine.decide_at(&by_name, 0), Ok(Decision::Deny));
        let stored = by_name.with_entity("User", "ann", entity([], [("age", Value::Int(1))]));
        assert_eq!(engine.decide_at(&stored, 0).unwrap_err().kind, RequestErrorKind::BadEntities);
    }
}

/// A context keeps its meaning while the data changes: what it names and the data learns later, too, and whoever came in between does not
/// stand in for it.
#[test]
fn a_context_outlives_updates() {
    let mut program = program(vec![]);
    for action in program.schema.actions.iter_mut().filter_map(|action| action.applies.as_mut()) {
        action.context = crate::types::RecordType::new(vec![field("friend", Type::entity(USER))]);
    }
    let condition = body(0, |e| {
        let context = crate::types::RecordType::new(vec![field("friend", Type::entity(USER))]);
        let context = e.add(Op::Context, Type::Record(context));
        let friend = e.add(Op::Field(context, "friend".into()), Type::entity(USER));
        let eng = e.add(Op::Const(Value::Entity(uid(GROUP, "eng"))), Type::entity(GROUP));
        e.bool(Op::In(friend, eng))
    });
    program.policies = vec![policy("friend", Effect::Allow, Some(condition))];
    let program = crate::verify(program).unwrap();
    for kind in [EngineKind::Interpreter, EngineKind::default()] {
        let options = EngineOptions {
            engine: kind,
            params: Vec::new(),
            data: Some(data()),
            ..EngineOptions::default()
        };
        let engine = Engine::new(program.clone(), options).unwrap();
        let read = engine.action("read").unwrap();
        let context = |friend: &str| {
            engine.context(read, record([("friend", Value::Entity(uid(USER, friend)))])).unwrap()
        };
        let (ann, zoe) = (context("ann"), context("zoe"));
        let ids = (engine.entity("User", "ann").unwrap(), engine.entity("Document", "d1").unwrap());
        let decide = |reader: &Snapshot, context: &ContextHandle| {
            let decision = reader.decide_ids_at(ids.0, read, ids.1, context, 0).unwrap();
            let report = reader.report_ids_at(ids.0, read, ids.1, context, 0).unwrap();
            assert_eq!(report.decision(), decision);
            decision == Decision::Allow
        };
        let mut reader = engine.reader();
        let old = engine.snapshot();
        let mut add = |name: &str| {
            engine
                .update(|edit| {
                    let user = entity([uid(GROUP, "eng")], [("age", Value::Int(1))]);
                    edit.upsert(uid(USER, name), user)
                })
                .unwrap();
            assert!(reader.refresh() && !reader.refresh());
            // The second time from what the first has kept.
            for _ in 0..2 {
                assert!(decide(&reader, &ann));
                assert_eq!(decide(&reader, &zoe), name == "zoe", "{kind:?} after {name}");
            }
        };
        add("yan");
        add("xia");
        add("zoe");
        assert!(decide(&old, &ann) && !decide(&old, &zoe), "what was before stays as it was");
        assert!(!decide(&old, &context("zoe")), "nor does a newer context change it");
        let newer = engine.entity("User", "zoe").unwrap();
        assert_eq!(
            engine.decide_ids_at(newer, read, ids.1, &ann, 0).map(|decision| decision == Decision::Allow),
            Ok(true)
        );
        let early = old.decide_ids_at(newer, read, ids.1, &ann, 0);
        match kind {
            EngineKind::Interpreter => assert_eq!(early, Ok(Decision::Allow), "only the friend counts"),
            EngineKind::Jit => assert_eq!(early.unwrap_err().kind, RequestErrorKind::StaleHandle),
        }
    }
}
