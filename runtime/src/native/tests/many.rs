//! Environments of many policies: shared code, the index, and code that is made little by little.

use std::sync::Arc;

use super::short;
use crate::data::Data;
use crate::native::code::Limits;
use crate::native::frame::Words;
use crate::native::index::Visit;
use crate::native::lookup::Errors;
use crate::native::many::Tier;
use crate::native::{Code, Image, Unfit, decide, outcome};
use crate::params::Params;
use crate::program::*;
use crate::testing::*;
use crate::types::*;
use crate::value::Value;
use crate::verify::Verified;

/// For the principals of one type on documents, and only those.
fn for_users(mut policy: Policy) -> Policy {
    policy.actions = vec![READ];
    policy.principal.types = Some(EntityTypes::one(USER));
    policy.resource.types = Some(EntityTypes::one(DOCUMENT));
    policy.variants[0].principals = EntityTypes::one(USER);
    policy.variants[0].resources = EntityTypes::one(DOCUMENT);
    policy.variants[0].actions = vec![READ];
    policy
}

/// `allow User in Group::"g<at>" to read on Document d when u.age < at`
fn of_group(at: usize) -> Policy {
    let condition = body(0, |e| {
        let user = e.add(Op::Principal, Type::entity(USER));
        let age = e.add(Op::Attribute(user, "age".into()), Type::Int);
        let bound = e.int(at as i64);
        e.bool(Op::Compare(Ordering::Less, age, bound))
    });
    let mut policy = for_users(policy(&format!("p{at}"), Effect::Allow, Some(condition)));
    policy.principal.within = Within::In(uid(GROUP, &format!("g{at}")));
    policy
}

fn link(program: &Verified, limits: Limits, data: &Data) -> Image {
    let params = Params::bind(program, []).unwrap();
    Image::link(&Arc::new(Code::with_limits(program, limits).unwrap()), params.values(), data, None).unwrap()
}

/// Ann is in groups 3, 500 and 70,000, which no policy names.
fn ann_in_groups() -> Data {
    let schema = schema();
    let mut data = data();
    let groups = [3, 500, 70_000].map(|at| uid(GROUP, &format!("g{at}")));
    data.upsert(&schema, uid(USER, "ann"), entity(groups, [("age", Value::Int(40))])).unwrap();
    data
}

/// The policies that are looked at for Ann and d1.
fn looked_at(image: &Image, tier: Tier, errors: Errors) -> Vec<(u32, bool)> {
    let environment = Environment { principal: USER, action: READ, resource: DOCUMENT };
    let find = |ty, id| image.find(&uid(ty, id)).unwrap();
    let words =
        Words { principal: find(USER, "ann"), resource: find(DOCUMENT, "d1"), action: 0, context: 0, now: 0 };
    let mut seen = Vec::new();
    let policies = image.code.policies(image.code.unit(environment).unwrap(), environment).unwrap();
    let visit = &mut |visit: &Visit| {
        seen.push((visit.entry() as u32, !policies.is_whole(visit)));
        Ok(false)
    };
    policies.tier(tier).candidates(image, words, errors, visit).unwrap();
    seen
}

#[test]
fn policies_that_differ_in_constants_share_code_and_only_those_that_can_match_are_looked_at() {
    let program = verified((0..1_000).map(of_group).collect());
    let image = link(&program, Limits::default(), &ann_in_groups());
    let size = image.code.size();
    // One with the test of the group, for principals that the data lacks, and one without.
    assert_eq!((size.policies, size.shapes, size.compiled), (1_000, 2, 1));
    assert_eq!(looked_at(&image, Tier::Allows, Errors::Ignored), [(3, true), (500, true)]);
    let decided = outcome(&image, &query()).unwrap();
    assert_eq!(decided.policies, [500]);
    assert_eq!(image.code.size().compiled, 1);
}

#[test]
fn what_errs_before_a_test_is_looked_at_where_errors_matter() {
    let erring_first = |effect, at: usize| {
        let condition = body(0, |e| {
            let overflow = e.overflow();
            let user = e.add(Op::Principal, Type::entity(USER));
            let group = e.add(Op::Const(entity_value(GROUP, &format!("g{at}"))), Type::entity(GROUP));
            let is_in = e.bool(Op::In(user, group));
            e.bool(Op::And(vec![overflow, is_in]))
        });
        for_users(policy(&format!("{effect:?}-{at}"), effect, Some(condition)))
    };
    let allows = (0..100).map(|at| erring_first(Effect::Allow, at));
    let program = verified(allows.chain([erring_first(Effect::Deny, 7)]).collect());
    let image = link(&program, Limits::default(), &ann_in_groups());
    assert_eq!(looked_at(&image, Tier::Allows, Errors::Ignored), [(3, true)]);
    assert_eq!(looked_at(&image, Tier::Denies, Errors::Apply), [(100, false)]);
    let told = outcome(&image, &query()).unwrap();
    assert_eq!((told.errors.len(), told.policies), (101, vec![100]));
}

#[test]
fn an_entity_in_more_groups_than_policies_name_is_looked_up_from_the_other_side() {
    let program = verified((0..100).map(of_group).collect());
    let schema = schema();
    let mut data = data();
    let mut ann = entity([], [("age", Value::Int(40))]);
    ann.parents = (50..20_000).map(|at| uid(GROUP, &format!("g{at}"))).collect();
    data.upsert(&schema, uid(USER, "ann"), ann).unwrap();
    let image = link(&program, Limits::default(), &data);
    let seen = looked_at(&image, Tier::Allows, Errors::Ignored);
    assert_eq!(seen, (50..100).map(|at| (at, true)).collect::<Vec<_>>());
    let params = Params::bind(&program, []).unwrap();
    assert_eq!(outcome(&image, &query()).unwrap(), crate::interpret(&program, &params, &data, &query()));
}

/// Allows with as many different shapes, none of which has a key: `not (not ... (age < 5))` and so on.
fn of_many_shapes(count: usize) -> Verified {
    let policies = (0..count).map(|at| {
        let condition = body(0, |e| {
            let operands = (0..8)
                .map(|bit| {
                    let user = e.add(Op::Principal, Type::entity(USER));
                    let age = e.add(Op::Attribute(user, "age".into()), Type::Int);
                    let bound = e.int(5);
                    let ordering = if at >> bit & 1 == 0 { Ordering::Less } else { Ordering::LessEqual };
                    e.bool(Op::Compare(ordering, age, bound))
                })
                .collect();
            e.bool(Op::Or(operands))
        });
        for_users(policy(&format!("p{at}"), Effect::Allow, Some(condition)))
    });
    verified(policies.collect())
}

#[test]
fn code_for_many_shapes_is_made_little_by_little() {
    let program = of_many_shapes(200);
    let limits = Limits { most_cold: 400, ..Limits::default() };
    let image = link(&program, limits, &data());
    assert_eq!((image.code.size().shapes, image.code.size().compiled), (200, 0));
    let params = Params::bind(&program, []).unwrap();
    let expected = crate::interpret(&program, &params, &data(), &query());
    let mut refused = 0;
    let decision = loop {
        let before = image.code.size().compiled;
        match decide(&image, &query()) {
            Ok(decision) => break decision,
            Err(Unfit) => refused += 1,
        }
        // 33 nodes and one for the policy: eleven fit, and the twelfth is begun.
        assert_eq!(image.code.size().compiled, before + 12);
    };
    assert_eq!(refused, 200 / 12);
    assert_eq!(decision, short(&expected));
    assert_eq!(outcome(&image, &query()).unwrap(), expected);
}

#[test]
fn threads_that_need_the_same_code_agree_or_leave_it_to_the_interpreter() {
    let program = of_many_shapes(120);
    let image = link(&program, Limits::default(), &data());
    let params = Params::bind(&program, []).unwrap();
    let expected = short(&crate::interpret(&program, &params, &data(), &query()));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                // Each thread that finds code missing makes some of it, so this ends.
                let decision = loop {
                    match decide(&image, &query()) {
                        Ok(decision) => break decision,
                        Err(Unfit) => std::thread::yield_now(),
                    }
                };
                assert_eq!(decision, expected);
            });
        }
    });
}
