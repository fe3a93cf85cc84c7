//! What an embedder sees: every way to ask gives the same decision, an allow with obligations is never a plain one, and what changes
//! while the engine runs is as if it had been so from the start.

use std::path::{Path, PathBuf};

use assize::runtime::literal::parse_datetime;
use assize::{
    Compiling, Decision, Decisions, Engine, EngineKind, Entity, EntityUid, IdRequest, Request, Value,
};
use assize_examples::{App, NOW, Rng, generate};

const SOURCES: [(&str, &str); 1] = [(
    "a.assize",
    r#"
entity User in Group { level: Int }
entity Group in Group
entity Doc { owner: User }
action read, write on Doc by User
obligation log(text: String)
grant share(who: User | Group, what: Doc) { @id("share") allow User in who to read on Doc in what }
grant brief(who: User) for at most 1h { @id("brief") allow User in who to write on Doc }
@id("own") allow User u to * on Doc d when d.owner == u
@id("high") allow User u to read on Doc when u.level > 5 oblige log("high")
@id("huge") deny User u to write on Doc when u.level > 100
"#,
)];

const DATA: &str = r#"{"uid": "User::\"ann\"", "parents": ["Group::\"g\""], "attrs": {"level": 1}}
{"uid": "User::\"bob\"", "attrs": {"level": 9}}
{"uid": "Group::\"g\""}
{"uid": "Doc::\"d\"", "attrs": {"owner": "User::\"ann\""}}
"#;

fn engine(kind: EngineKind) -> Engine {
    let builder = Engine::builder()
        .sources(SOURCES)
        .expect("it compiles")
        .data("data", DATA)
        .engine(kind)
        .compiling(Compiling::InTurn);
    builder.build().expect("the data fits")
}

fn example(app: App) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").join(app.name())
}

fn generated(app: App, kind: EngineKind, data: &str) -> Engine {
    let builder = Engine::builder()
        .package(example(app))
        .expect("it compiles")
        .data("generated", data)
        .engine(kind)
        .compiling(Compiling::InTurn);
    builder.build().expect("the data fits")
}

fn read(who: &str) -> Request<'_> {
    Request::new(("User", who), "read", ("Doc", "d"))
}

#[test]
fn an_allow_with_obligations_is_never_a_plain_allow() {
    for kind in [EngineKind::Interpreter, EngineKind::Jit] {
        let engine = engine(kind);
        assert_eq!(engine.decide(&read("ann")).expect("sense"), Decision::Allow);
        let Decision::AllowWith(obligations) = engine.decide(&read("bob")).expect("sense") else {
            panic!("{kind:?}: an allow that obliges must say so");
        };
        assert_eq!(obligations.len(), 1);
        assert_eq!(obligations[0].args, [Value::String("high".into())]);
        assert_eq!(
            engine.decide(&Request::new(("User", "bob"), "write", ("Doc", "d"))).expect("sense"),
            Decision::Deny
        );
    }
}

#[test]
fn every_way_to_ask_gives_the_same_decision() {
    for app in App::ALL {
        let generated_data = generate(app, 12, 150, 11);
        let (jit, reference) = (
            generated(app, EngineKind::Jit, &generated_data.data),
            generated(app, EngineKind::Interpreter, &generated_data.data),
        );
        assert!(jit.is_native() && !reference.is_native(), "{app}");
        for request in generated_data.requests.lines() {
            let report = jit.report_json_at(request, NOW).expect("sense");
            assert_eq!(
                *report.outcome(),
                *reference.report_json_at(request, NOW).expect("sense").outcome(),
                "{app} {request}"
            );
            for engine in [&jit, &reference] {
                assert_eq!(ask_all(engine, report.query(), request), report.decision(), "{app} {request}");
                assert_eq!(
                    engine.decide_json_at(request, NOW).expect("sense"),
                    report.decision(),
                    "{app} {request}"
                );
            }
        }
    }
}

/// The decision by names, by handles and in a batch, which must be the same.
fn ask_all(engine: &Engine, query: &assize::runtime::Query, request: &str) -> Decision {
    let program = engine.program();
    let names = program.names();
    let action = names.action(query.action);
    let (principal, resource) = (&query.principal, &query.resource);
    let (principal_type, resource_type) = (names.entity_type(principal.ty), names.entity_type(resource.ty));
    let by_names = Request::new((principal_type, &principal.id), action, (resource_type, &resource.id))
        .with(query.context.clone());
    let decision = engine.decide_at(&by_names, NOW).expect("sense");
    let report = engine.report_at(&by_names, NOW).expect("sense");
    assert_eq!(report.decision(), decision, "{request}");
    // Handles are of entities that there are.
    if let (Ok(principal), Ok(resource)) =
        (engine.entity(principal_type, &principal.id), engine.entity(resource_type, &resource.id))
    {
        let action = engine.action(action).expect("known");
        let context = engine.context(action, query.context.clone()).expect("it fits");
        let by_ids = engine.decide_ids_at(principal, action, resource, &context, NOW).expect("fresh handles");
        assert_eq!(by_ids, decision, "{request}");
        let mut batch = Decisions::default();
        let request = IdRequest { principal, action, resource, context: &context };
        engine.decide_batch_at(&[request, request], &mut batch, NOW);
        assert_eq!(batch.iter().collect::<Vec<_>>(), [Ok(decision.clone()), Ok(decision.clone())]);
        let reader = engine.reader();
        assert_eq!(reader.decide_ids_at(principal, action, resource, &context, NOW), Ok(decision.clone()));
        let report = reader.report_ids_at(principal, action, resource, &context, NOW).expect("fresh handles");
        assert_eq!(*report.query(), assize::runtime::Query { now: NOW, ..query.clone() });
        assert_eq!(report.decision(), decision);
    }
    decision
}

#[test]
fn a_failing_update_changes_nothing() {
    let engine = engine(EngineKind::Jit);
    let before = engine.data();
    let result: Result<(), String> = engine.update(|edit| {
        let bob = edit.uid("User", "bob").map_err(|error| error.to_string())?;
        assert!(edit.remove(&bob));
        Err("changed my mind".to_owned())
    });
    assert!(result.is_err() && engine.data() == before);
    let cycle = engine.update(|edit| {
        let group = edit.uid("Group", "g").expect("known");
        edit.upsert(group.clone(), Entity { parents: vec![group], ..Entity::default() })
    });
    assert!(cycle.is_err() && engine.data() == before);
    let endless = engine.update(|edit| {
        let bob = Value::Entity(edit.uid("User", "bob").expect("known"));
        edit.grant("brief", vec![bob], None)
    });
    assert!(endless.is_err() && engine.data() == before, "a grant `for at most` needs an end");
}

#[test]
fn updates_are_seen_by_the_next_decision() {
    for kind in [EngineKind::Interpreter, EngineKind::Jit] {
        let engine = engine(kind);
        let eve = Request::new(("User", "eve"), "read", ("Doc", "d"));
        assert_eq!(engine.decide(&eve).expect("sense"), Decision::Deny);
        engine
            .update(|edit| {
                let (eve, doc) =
                    (edit.uid("User", "eve").expect("known"), edit.uid("Doc", "d").expect("known"));
                edit.grant("share", vec![Value::Entity(eve), Value::Entity(doc)], None)
            })
            .expect("it fits");
        assert_eq!(
            engine.decide(&eve).expect("sense"),
            Decision::Allow,
            "{kind:?}: she needs no row of her own for a share"
        );
        engine
            .update(|edit| {
                let (eve, doc) =
                    (edit.uid("User", "eve").expect("known"), edit.uid("Doc", "d").expect("known"));
                edit.revoke("share", &[Value::Entity(eve), Value::Entity(doc)])
            })
            .expect("it is there");
        assert_eq!(engine.decide(&eve).expect("sense"), Decision::Deny, "{kind:?}");
    }
}

/// Random edits of generated data, the same in both engines: after each the decisions are the same, and so are those by handles from
/// before all edits.
#[test]
fn edited_data_is_decided_over_like_fresh_data() {
    for app in App::ALL {
        let generated_data = generate(app, 8, 40, 21);
        let jit = generated(app, EngineKind::Jit, &generated_data.data);
        let reference = generated(app, EngineKind::Interpreter, &generated_data.data);
        let mut rng = Rng::new(5);
        for step in 0..60 {
            edit_both(&mut rng, &jit, &reference);
            assert!(jit.data() == reference.data(), "{app} {step}");
            for request in generated_data.requests.lines() {
                let found = jit.report_json_at(request, NOW).expect("sense");
                let expected = reference.report_json_at(request, NOW).expect("sense");
                assert_eq!(found.outcome(), expected.outcome(), "{app} step {step}: {request}");
                assert_eq!(
                    ask_all(&jit, found.query(), request),
                    expected.decision(),
                    "{app} step {step}: {request}"
                );
            }
        }
        assert!(jit.is_native(), "{app}");
    }
}

/// One random edit: an entity gets the row of another of its type, goes away, or a grant row goes away or gets another end.
fn edit_both(rng: &mut Rng, one: &Engine, other: &Engine) {
    let program = one.program();
    let data = one.data();
    let mut entities: Vec<(EntityUid, Entity)> = Vec::new();
    for (index, _) in program.schema.entity_types.iter().enumerate() {
        let ty = assize::runtime::types::EntityTypeId(index as u32);
        let of_type =
            data.entities(ty).map(|(id, entity)| (EntityUid { ty, id: id.clone() }, (**entity).clone()));
        entities.extend(of_type);
    }
    let mut rows: Vec<(String, Vec<Value>, Option<i64>)> = Vec::new();
    for (index, grant) in program.schema.grants.iter().enumerate() {
        let grant_rows = data.grant_rows(assize::runtime::types::GrantId(index as u32)).expect("declared");
        rows.extend(grant_rows.iter().map(|(args, until)| (grant.name.to_string(), args.to_vec(), *until)));
    }
    let kind = rng.below(5);
    let entity = rng.pick(&entities).expect("some are left").clone();
    let donors: Vec<_> = entities.iter().filter(|(uid, _)| uid.ty == entity.0.ty).cloned().collect();
    let donor = rng.pick(&donors).expect("itself at least").clone();
    let row = rng.pick(&rows).cloned();
    let until = rng.chance(50).then(|| NOW + if rng.chance(50) { -1 } else { 3_600_000 });
    for engine in [one, other] {
        // What does not fit, such as a circle, is refused by both.
        let _refused = engine.update_at(
            |edit| {
                match kind {
                    0 | 1 => edit.upsert(entity.0.clone(), donor.1.clone())?,
                    2 => drop(edit.remove(&entity.0)),
                    3 => {
                        if let Some((grant, args, _)) = &row {
                            edit.revoke(grant, args)?;
                        }
                    }
                    _ => {
                        if let Some((grant, args, _)) = &row {
                            edit.grant(grant, args.clone(), until)?;
                        }
                    }
                }
                Ok::<(), assize::runtime::data::DataError>(())
            },
            NOW,
        );
    }
}

#[test]
fn handles_stay_good_while_data_changes_and_end_with_their_program() {
    let engine = engine(EngineKind::Jit);
    let now = parse_datetime("2026-01-01T00:00:00Z").expect("a time");
    let (bob, doc) = (engine.entity("User", "bob").expect("held"), engine.entity("Doc", "d").expect("held"));
    let read = engine.action("read").expect("declared");
    let none = engine.context(read, Value::Record(Default::default())).expect("it fits");
    let ask = || engine.decide_ids_at(bob, read, doc, &none, now);
    assert!(matches!(ask(), Ok(Decision::AllowWith(_))));
    engine
        .update(|edit| Ok::<_, ()>(edit.uid("User", "bob").map(|bob| edit.remove(&bob))))
        .expect("no error")
        .expect("known");
    assert_eq!(ask(), Ok(Decision::Deny), "the one who is gone has no level");
    let program = Engine::builder().sources(SOURCES).expect("it compiles").program().expect("there is one");
    engine.reload(program).expect("the same schema");
    assert!(ask().is_err(), "a handle of the program before");
}

#[test]
fn a_program_that_the_data_does_not_fit_is_not_taken_over() {
    let engine = engine(EngineKind::Jit);
    let changed =
        SOURCES[0].1.replace("level: Int", "level: String").replace("u.level > 5", "u.level == \"x\"");
    let changed = changed.replace("u.level > 100", "u.level == \"y\"");
    let program = Engine::builder().sources([("a.assize", changed.as_str())]).expect("it compiles").program();
    assert!(engine.reload(program.expect("there is one")).is_err());
    assert_eq!(engine.decide(&read("ann")).expect("sense"), Decision::Allow);
    let stricter = format!("{}\n@id(\"closed\") deny any to * on any because \"closed\"", SOURCES[0].1);
    let program =
        Engine::builder().sources([("a.assize", stricter.as_str())]).expect("it compiles").program();
    engine.reload(program.expect("there is one")).expect("the same schema");
    let report = engine.report(&read("ann")).expect("sense");
    assert_eq!((report.allowed(), report.policies().collect::<Vec<_>>()), (false, vec!["closed"]));
}

/// A decision written as JSON holds everything that the reference says it does.
#[test]
fn a_decision_in_json_has_all_of_its_parts() {
    let engine = engine(EngineKind::Jit);
    let request = r#"{"principal": "User::\"bob\"", "action": "read", "resource": "Doc::\"d\""}"#;
    let now = parse_datetime("2026-01-01T00:00:00Z").expect("a time");
    let report = engine.report_json_at(request, now).expect("sense");
    let json: serde_json::Value = serde_json::from_str(&report.to_json()).expect("JSON");
    assert_eq!(json["decision"], "allow");
    assert_eq!(json["policies"], serde_json::json!(["high"]));
    assert_eq!(json["now"], "2026-01-01T00:00:00Z");
    assert_eq!(json["errors"], serde_json::json!([]));
    assert_eq!(json["grants"], serde_json::json!([]));
    assert_eq!(json["obligations"][0]["obligation"], "log");
    let text = r#"{"principal": "User::\"bob\"", "action": "read", "resource": "Doc::\"d\"", "now": "2026-01-01T00:00:00Z"}"#;
    assert!(engine.report_json(text).is_err(), "nobody trusts a request with the clock");
    assert!(engine.report_json_trusting_now(text).is_ok());
}
