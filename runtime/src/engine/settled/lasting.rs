//! Data that nobody changes has tables for as long as it stays, though they are for spans of time and few.

use std::sync::Arc;

use crate::engine::{ActionHandle, ContextHandle, Engine, EngineOptions, EntityHandle, IdRequest, Snapshot};
use crate::interpret::interpret;
use crate::outcome::Query;
use crate::params::Params;
use crate::program::{Arithmetic, Effect, Op, Ordering, Policy, Within};
use crate::testing::*;
use crate::types::{EntityTypes, Type};
use crate::value::{EntityUid, Value};

const HOUR: i64 = 60 * 60 * 1000;
const DAY: i64 = 24 * HOUR;
const DOCUMENTS: i64 = 6;

/// Hours of a month, every third.
fn month() -> impl Iterator<Item = i64> {
    (0..31 * 24).step_by(3)
}

/// `allow User u to read on Document d when now - d.created < 20d`, which were made a day apart.
fn young() -> Policy {
    let condition = body(0, |e| {
        let (now, document) = (e.add(Op::Now, Type::Datetime), e.add(Op::Resource, Type::entity(DOCUMENT)));
        let created = e.add(Op::Attribute(document, "created".into()), Type::Datetime);
        let age = e.add(Op::Arithmetic(Arithmetic::Sub, now, created), Type::Duration);
        let most = e.add(Op::Const(Value::Duration(20 * DAY)), Type::Duration);
        e.bool(Op::Compare(Ordering::Less, age, most))
    });
    of_documents(policy("young", Effect::Allow, Some(condition)))
}

fn of_documents(mut policy: Policy) -> Policy {
    let (users, documents) = (EntityTypes::one(USER), EntityTypes::one(DOCUMENT));
    (policy.principal.types, policy.resource.types) = (Some(users.clone()), Some(documents.clone()));
    (policy.variants[0].principals, policy.variants[0].resources) = (users, documents);
    policy
}

/// Whoever is granted to view a document reads it.
fn granted() -> Policy {
    let mut granted = of_documents(policy("granted", Effect::Allow, None));
    granted.grant = Some(VIEWER);
    granted.principal.within = Within::InGrantParam(0);
    granted.resource.within = Within::InGrantParam(1);
    granted
}

/// `deny when viewer(u, d) and not viewer(Group::"eng", d)`
fn viewed_alone() -> Policy {
    let condition = body(0, |e| {
        let (user, document) =
            (e.add(Op::Principal, Type::entity(USER)), e.add(Op::Resource, Type::entity(DOCUMENT)));
        let views = e.bool(Op::GrantFact(VIEWER, vec![user, document]));
        let group = e.add(Op::Const(entity_value(GROUP, "eng")), Type::entity(GROUP));
        let document = e.add(Op::Resource, Type::entity(DOCUMENT));
        let others = e.bool(Op::GrantFact(VIEWER, vec![group, document]));
        let alone = e.bool(Op::Not(others));
        e.bool(Op::And(vec![views, alone]))
    });
    of_documents(policy("alone", Effect::Deny, Some(condition)))
}

/// Documents made a day apart from each other, users who are granted to view them until some hour of the month, and their group.
fn engine(policies: Vec<Policy>, rows: bool) -> Engine {
    let mut program = program(policies);
    let document = &mut program.schema.entity_types[DOCUMENT.index()];
    let mut fields = document.attributes.fields().to_vec();
    fields.push(field("created", Type::Datetime));
    document.attributes = crate::types::RecordType::new(fields);
    let program = crate::verify::verify(program).unwrap();
    let engine = Engine::new(program, EngineOptions::default()).unwrap();
    let edited = engine.update_at(
        |edit| {
            for number in 0..DOCUMENTS {
                let document = [
                    ("level", Value::Enum(crate::types::EnumId(0), 0)),
                    ("owner", entity_value(USER, "u0")),
                    ("created", Value::Datetime(number * DAY)),
                ];
                edit.upsert(uid(DOCUMENT, &format!("d{number}")), entity([], document))?;
                let group = uid(GROUP, if number % 2 == 0 { "eng" } else { "all" });
                let user = entity([group], [("age", Value::Int(number))]);
                edit.upsert(uid(USER, &format!("u{number}")), user)?;
            }
            for number in (0..DOCUMENTS * 8).filter(|_| rows) {
                let who = match number % 8 {
                    6 => entity_value(GROUP, "eng"),
                    7 => entity_value(GROUP, "all"),
                    user => entity_value(USER, &format!("u{user}")),
                };
                let what = entity_value(DOCUMENT, &format!("d{}", number / 8));
                edit.grant("viewer", vec![who, what], Some(number * 15 * HOUR))?;
            }
            Ok::<_, crate::data::DataError>(())
        },
        -1,
    );
    edited.unwrap();
    engine
}

/// All requests that there can be.
struct Asked<'e> {
    engine: &'e Engine,
    params: Params,
    action: ActionHandle,
    context: ContextHandle,
    requests: Vec<([EntityHandle; 2], [EntityUid; 2])>,
}

impl<'e> Asked<'e> {
    fn of(engine: &'e Engine) -> Asked<'e> {
        let handles = |name: &str, ty| {
            let ids = (0..DOCUMENTS).map(|number| format!("{}{number}", name[..1].to_lowercase()));
            let named = ids.map(|id| (engine.entity(name, &id).unwrap(), uid(ty, &id)));
            named.collect::<Vec<_>>()
        };
        let (users, documents) = (handles("User", USER), handles("Document", DOCUMENT));
        let pairs = users.iter().flat_map(|user| documents.iter().map(move |document| (user, document)));
        let requests =
            pairs.map(|((user, who), (document, what))| ([*user, *document], [who.clone(), what.clone()]));
        Asked {
            params: Params::bind(&engine.program(), []).unwrap(),
            action: engine.action("read").unwrap(),
            context: engine.snapshot().checked_context(READ, query().context),
            requests: requests.collect(),
            engine,
        }
    }

    /// Decides everything at a time by a snapshot, and tells how much of that its tables told.
    fn decide(&self, snapshot: &Snapshot, now: i64) -> usize {
        let mut told = 0;
        for ([principal, resource], [user, document]) in &self.requests {
            let query = Query { principal: user.clone(), resource: document.clone(), now, ..query() };
            let expected =
                interpret(snapshot.program(), &self.params, snapshot.data(), &query).into_decision();
            let decided = snapshot.decide_ids_at(*principal, self.action, *resource, &self.context, now);
            assert_eq!(decided, Ok(expected), "at {now}: {query:?}");
            let (principal, resource) = (*principal, *resource);
            let request = IdRequest { principal, action: self.action, resource, context: &self.context };
            told += usize::from(snapshot.is_settled(&request, now));
        }
        told
    }

    /// The same by the newest snapshot, once it has had the time to make tables.
    fn decide_twice(&self, now: i64) -> usize {
        for _ in 0..8 {
            self.decide(&self.engine.snapshot(), now);
        }
        self.decide(&self.engine.snapshot(), now)
    }
}

#[test]
fn a_month_without_an_update_is_decided_from_tables() {
    for (policies, rows) in
        [(vec![young()], false), (vec![granted()], true), (vec![young(), granted(), viewed_alone()], true)]
    {
        let engine = engine(policies, rows);
        let asked = Asked::of(&engine);
        let first = engine.snapshot();
        for hour in month() {
            let now = hour * HOUR + hour % 3 - 1;
            let told = asked.decide_twice(now);
            // Half a day on each side of its end a document is left to native code.
            assert!(told * 10 >= asked.requests.len() * 6, "{told} in hour {hour}");
            if hour % 99 == 0 {
                asked.decide(&first, now);
            }
        }
        let last = engine.snapshot();
        assert!(!Arc::ptr_eq(&first, &last), "there are tables for few spans in each");
        // Whatever was made instead of another is freed with it.
        assert_eq!(Arc::strong_count(&last), 2);
        assert!(engine.writing.lock().unwrap().len() <= 2);
    }
}

#[test]
fn handles_and_readers_know_no_difference() {
    let engine = engine(vec![young(), granted(), viewed_alone()], true);
    let asked = Asked::of(&engine);
    let mut reader = engine.reader();
    let mut refreshed = 0;
    for hour in month() {
        // One time after another, and of a replay, say: each far from the one before.
        for now in [hour * HOUR, hour * 7_919 % (31 * 24) * HOUR] {
            refreshed += usize::from(reader.refresh());
            asked.decide(&reader, now);
        }
    }
    assert!(refreshed > 0, "tables were never full");
    let held = engine.snapshot();
    drop(engine);
    assert!(held.entity("User", "u1").is_ok());
}

#[test]
fn whoever_asks_about_all_times_keeps_nobody_from_having_tables() {
    let engine = engine(vec![granted()], true);
    let asked = Asked::of(&engine);
    let snapshot = engine.snapshot();
    for step in 0..40 {
        let told = asked.decide(&snapshot, 1);
        asked.decide(&snapshot, (1 + step * 3) * HOUR);
        if told == asked.requests.len() {
            return;
        }
    }
    panic!("no tables were made");
}

#[test]
fn an_update_that_fails_leaves_room_for_the_next_to_make_it() {
    let engine = engine(vec![granted()], true);
    let asked = Asked::of(&engine);
    let first = engine.snapshot();
    let failed = engine.update(|_| {
        // Decisions during an update wait for nothing, and nothing can be put in place of what is being updated.
        for hour in month() {
            asked.decide(&first, hour * HOUR);
        }
        Err::<(), ()>(())
    });
    assert_eq!(failed, Err(()));
    assert!(Arc::ptr_eq(&first, &engine.snapshot()));
    assert!(first.settled.is_full());
    asked.decide(&first, -DAY);
    assert!(!Arc::ptr_eq(&first, &engine.snapshot()));
}
