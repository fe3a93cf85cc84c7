//! Pages put together are the whole, and data that changes between two pages repeats nothing.

use super::brute_force::engines;
use super::conditions::program;
use super::world::{self, GROUP, USER};
use crate::data::{Data, Entity};
use crate::differential::Dice;
use crate::engine::{Engine, InContext, Page};
use crate::json::RequestErrorKind;
use crate::program::{Effect, Op, Ordering, Pattern, Policy, Variant, Within};
use crate::testing::{entity, record, uid};
use crate::types::{ActionId, EntityTypes, Type};
use crate::value::{EntityUid, Value};
use crate::verify::Verified;

fn given() -> InContext {
    InContext::value(record([("mfa", Value::Bool(true))])).at(0)
}

fn who(engine: &Engine) -> crate::engine::EntitiesInContext {
    engine.who_can("read", ("Document", "a"), &given()).unwrap()
}

#[test]
fn pages_put_together_are_the_whole() {
    for seed in 0..15 {
        let mut dice = Dice(seed);
        let (program, data) = (program(&mut dice), world::data(&mut dice));
        for engine in engines(&program, &data) {
            let whole: Vec<_> = who(&engine).collect();
            for size in 1..5 {
                let (mut joined, mut after) = (Vec::new(), None::<String>);
                loop {
                    let mut answers = who(&engine);
                    if let Some(after) = &after {
                        answers = answers.after(after).unwrap();
                    }
                    let page = answers.page(size);
                    assert!(page.items.len() == size || page.next.is_none());
                    joined.extend(page.items);
                    after = page.next;
                    if after.is_none() {
                        break;
                    }
                }
                assert_eq!(joined, whole, "seed {seed}, {size} a page");
            }
            let mut by_one = who(&engine);
            let mut joined = Vec::new();
            loop {
                let Page { items, next } = by_one.page(2);
                joined.extend(items);
                if next.is_none() {
                    break;
                }
            }
            assert_eq!(joined, whole, "one question, page by page");
        }
    }
}

#[test]
fn very_many_candidates_come_in_the_same_order_however_they_are_decided() {
    let schema = world::schema();
    let mut young = members_of_a().policies[0].clone();
    young.principal = Pattern { types: Some(EntityTypes::one(USER)), within: Within::Anywhere };
    for variant in &mut young.variants {
        variant.principals = EntityTypes::one(USER);
        variant.condition = Some(crate::testing::body(0, |e| {
            let user = e.add(Op::Principal, Type::entity(USER));
            let age = e.add(Op::Attribute(user, "age".into()), Type::Int);
            let bound = e.int(2);
            e.bool(Op::Compare(Ordering::Less, age, bound))
        }));
    }
    let program =
        crate::program::Program { schema: schema.clone(), policies: vec![young], ..Default::default() };
    let program = crate::verify(program).unwrap();
    let mut data = Data::new(&schema);
    for number in 0..10_000 {
        // Not in the order of their names.
        let id = format!("u{}", number * 7_919 % 10_007);
        data.upsert(&schema, uid(USER, &id), entity([], [("age", Value::Int(number % 3))])).unwrap();
    }
    let [interpreter, native] = &engines(&program, &data)[..] else { return };
    let whole: Vec<_> = who(interpreter).collect();
    assert!(whole.len() > 6_000);
    let mut answers = who(native);
    assert_eq!(answers.by_ref().collect::<Vec<_>>(), whole);
    assert_eq!((answers.decided(), answers.left()), (10_000, 0));
    let (mut joined, mut after) = (Vec::new(), None::<String>);
    loop {
        let mut answers = who(native);
        if let Some(after) = &after {
            answers = answers.after(after).unwrap();
        }
        // One question, two pages of it: the second may be beyond what is decided by name.
        let first = answers.page(1_500);
        joined.extend(first.items);
        after = first.next;
        if after.is_none() {
            break;
        }
        let second = answers.page(700);
        joined.extend(second.items);
        after = second.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(joined, whole);
}

#[test]
fn very_many_below_one_group_are_each_found_once() {
    let (program, data) = (members_of_a(), numbered(6_000));
    let [interpreter, native] = &engines(&program, &data)[..] else { return };
    let whole: Vec<_> = who(interpreter).collect();
    assert_eq!(whole.len(), 6_001);
    assert_eq!(who(native).collect::<Vec<_>>(), whole);
}

/// Everybody who is in group `a` may do everything, and so may group `a`.
fn members_of_a() -> Verified {
    let mut all = Policy {
        actions: vec![ActionId(0), ActionId(1)],
        ..crate::testing::policy("a", Effect::Allow, None)
    };
    all.principal.within = Within::In(uid(GROUP, "a"));
    let mut variant = all.variants.remove(0);
    variant.principals = EntityTypes::new([USER, GROUP]).unwrap();
    variant.resources = EntityTypes::new([world::DOCUMENT, world::FOLDER, world::STAGE]).unwrap();
    for action in all.actions.clone() {
        all.variants.push(Variant { actions: vec![action], ..variant.clone() });
    }
    let program =
        crate::program::Program { schema: world::schema(), policies: vec![all], ..Default::default() };
    crate::verify(program).unwrap()
}

fn member() -> Entity {
    entity([uid(GROUP, "a")], [("age", Value::Int(1))])
}

fn numbered(count: usize) -> Data {
    let schema = world::schema();
    let mut data = Data::new(&schema);
    // Not in the order of their names.
    for number in (0..count).rev() {
        data.upsert(&schema, uid(USER, &format!("u{number:05}")), member()).unwrap();
    }
    data.upsert(&schema, uid(GROUP, "a"), entity([], [])).unwrap();
    data
}

#[test]
fn answers_come_in_the_order_of_names_however_many_there_are() {
    for engine in engines(&members_of_a(), &numbered(5_000)) {
        let subjects: Vec<_> = who(&engine).map(|found| found.subject).collect();
        assert_eq!(subjects[0], uid(GROUP, "a"), "m::Group comes before m::User");
        assert_eq!(subjects.len(), 5_001);
        assert!(subjects[1..].is_sorted_by(|a, b| a.id < b.id));
        let mut answers = who(&engine).after("User::\"u00299\"").unwrap();
        assert_eq!(answers.next().unwrap().subject, uid(USER, "u00300"));
        assert!(answers.decided() < 1_000, "a page does not decide about everybody");
    }
}

#[test]
fn pages_over_changing_data_neither_repeat_nor_leave_out_what_stays() {
    for engine in engines(&members_of_a(), &numbered(400)) {
        let mut seen: Vec<EntityUid> = Vec::new();
        let mut after = None::<String>;
        for round in 0.. {
            let mut answers = who(&engine).of_type("User").unwrap();
            if let Some(after) = &after {
                answers = answers.after(after).unwrap();
            }
            let page = answers.page(30);
            seen.extend(page.items.into_iter().map(|item| item.subject));
            after = page.next;
            if after.is_none() {
                break;
            }
            // The last one seen goes away, and newcomers come before and behind it.
            let last = seen.last().unwrap().clone();
            let update: Result<(), crate::data::DataError> = engine.update(|edit| {
                edit.remove(&last);
                edit.upsert(uid(USER, &format!("a{round}")), member())?;
                edit.upsert(uid(USER, &format!("z{round}")), member())
            });
            update.unwrap();
        }
        assert!(seen.is_sorted_by(|a, b| a.id < b.id), "nothing comes twice");
        let stayed = (0..400).filter(|number| !seen.contains(&uid(USER, &format!("u{number:05}"))));
        assert_eq!(stayed.count(), 0);
        assert!(seen.contains(&uid(USER, "z0")) && !seen.contains(&uid(USER, "a0")));
    }
}

#[test]
fn a_question_keeps_its_snapshot() {
    for engine in engines(&members_of_a(), &numbered(1_000)) {
        let mut answers = who(&engine).of_type("User").unwrap();
        let first = answers.next().unwrap();
        assert_eq!(first.subject, uid(USER, "u00000"));
        engine.replace_data(Data::new(&world::schema())).unwrap();
        assert!(answers.report(&first.subject).allowed());
        assert_eq!(answers.count(), 999);
        assert_eq!(who(&engine).count(), 0);
    }
}

#[test]
fn reasons_are_told_on_demand() {
    for engine in engines(&members_of_a(), &numbered(1)) {
        let mut answers = who(&engine);
        let first = answers.next().unwrap();
        let report = answers.report(&first.subject);
        assert_eq!(report.policies().collect::<Vec<_>>(), ["a"]);
        assert_eq!((answers.now(), answers.context()), (0, &report.query().context));
        let mut actions = engine.permitted_actions(("User", "u00000"), ("Stage", "dev"), &given()).unwrap();
        let first = actions.next().unwrap();
        assert_eq!(first.subject, ActionId(1), "m::read comes before m::write");
        assert_eq!(actions.report(first.subject).unwrap().policies().collect::<Vec<_>>(), ["a"]);
    }
}

#[test]
fn actions_come_in_pages_too() {
    for engine in engines(&members_of_a(), &numbered(1)) {
        let ask = || engine.permitted_actions(("User", "u00000"), ("Folder", "x"), &given()).unwrap();
        let page = ask().page(1);
        assert_eq!((page.items.len(), page.next.as_deref()), (1, Some("m::read")));
        let page = ask().after("m::read").page(1);
        assert_eq!((page.items[0].subject, page.next), (ActionId(0), None));
        assert_eq!(ask().after("read").count(), 1, "a bare name is as good");
        assert_eq!(ask().after("m::zzz").count(), 0);
    }
}

#[test]
fn an_action_gets_the_fields_that_it_declares() {
    let mut changed = (*members_of_a()).clone();
    let write = changed.schema.actions[0].applies.as_mut().unwrap();
    write.context =
        crate::types::RecordType::new(vec![crate::testing::field("size", crate::types::Type::Int)]);
    let program = crate::verify(changed).unwrap();
    for engine in engines(&program, &numbered(1)) {
        let ask = |context: &str| {
            let given = InContext::json(context).at(0);
            let answers = engine.permitted_actions(("User", "u00000"), ("Folder", "x"), &given)?;
            let not_asked = answers.not_asked().to_vec();
            Ok::<_, crate::json::RequestError>((answers.count(), not_asked))
        };
        assert_eq!(ask(r#"{"mfa": true, "size": 3}"#).unwrap(), (2, vec![]));
        let (found, not_asked) = ask(r#"{"mfa": true}"#).unwrap();
        assert_eq!((found, not_asked[0].action), (1, ActionId(0)));
        assert!(not_asked[0].why.to_string().contains("`size` is missing"), "{:?}", not_asked);
        let error = ask(r#"{"mfa": true, "siez": 3}"#).unwrap_err();
        assert!(error.to_string().contains("did you mean `size`"), "{error}");
        for wrong in ["[]", "{", r#"{"mfa": true, "mfa": false}"#] {
            assert_eq!(ask(wrong).unwrap_err().kind, RequestErrorKind::BadContext, "{wrong}");
        }
    }
}

#[test]
fn questions_that_make_no_sense_are_errors() {
    for engine in engines(&members_of_a(), &numbered(1)) {
        let kind = |result: Result<crate::engine::EntitiesInContext, crate::json::RequestError>| {
            result.map(drop).unwrap_err().kind
        };
        let document = ("Document", "a");
        assert_eq!(kind(engine.who_can("raed", document, &given())), RequestErrorKind::UnknownAction);
        assert_eq!(kind(engine.who_can("read", ("Docment", "a"), &given())), RequestErrorKind::BadEntity);
        assert_eq!(kind(engine.who_can("read", ("User", "a"), &given())), RequestErrorKind::NotApplicable);
        assert_eq!(kind(engine.who_can("read", ("Stage", "no"), &given())), RequestErrorKind::BadEntity);
        assert_eq!(kind(engine.what_can(document, "read", &given())), RequestErrorKind::NotApplicable);
        assert_eq!(kind(engine.who_can("read", document, &InContext::empty())), RequestErrorKind::BadContext);
        assert_eq!(kind(who(&engine).of_type("Usr")), RequestErrorKind::BadEntity);
        assert_eq!(kind(who(&engine).of_type("Document")), RequestErrorKind::NotApplicable);
        assert_eq!(kind(who(&engine).after("u00000")), RequestErrorKind::BadEntity);
        let between = engine.permitted_actions(document, ("User", "a"), &given());
        assert_eq!(between.map(drop).unwrap_err().kind, RequestErrorKind::NotApplicable);
        assert!(!engine.who_can("read", ("Document", "no"), &given()).unwrap().is_known());
    }
}
