//! Environments of many policies: shared code, the index, and code that is made little by little.

use std::sync::Arc;

use super::short;
use crate::data::{Changes, Data, Entity};
use crate::native::code::Limits;
use crate::native::frame::{Frame, Words};
use crate::native::index::Visit;
use crate::native::locals::Locals;
use crate::native::lookup::Errors;
use crate::native::many::Tier;
use crate::native::status::verdict;
use crate::native::{Code, Image, PreparedContext, Unfit, decide, outcome};
use crate::params::Params;
use crate::program::*;
use crate::testing::*;
use crate::types::*;
use crate::value::Value;
use crate::verify::Verified;

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

/// What the lookup function says of Ann and d1, for the default context.
fn looked_up(image: &Image) -> u64 {
    let environment = Environment { principal: USER, action: READ, resource: DOCUMENT };
    let find = |ty, id| image.find(&uid(ty, id)).unwrap();
    let context = PreparedContext::new(image, READ, &query().context).unwrap();
    let words = Words {
        principal: find(USER, "ann"),
        resource: find(DOCUMENT, "d1"),
        action: 0,
        context: context.word(),
        now: 0,
    };
    let policies = image.code.policies(image.code.unit(environment).unwrap(), environment).unwrap();
    let none = Locals::default();
    policies.lookup(&image.code).unwrap()(&Frame::new(image, &none, words))
}

/// That all ways to decide agree on Ann and d1, and what the lookup function says.
fn agreed(program: &Verified, limits: Limits, data: &Data) -> u64 {
    let image = link(program, limits, data);
    let params = Params::bind(program, []).unwrap();
    let expected = crate::interpret(program, &params, data, &query());
    assert_eq!(outcome(&image, &query()).unwrap(), expected);
    assert_eq!(decide(&image, &query()).unwrap(), short(&expected));
    looked_up(&image)
}

#[test]
fn a_lookup_function_decides_alone_whether_conditions_are_in_line_or_called() {
    for limits in [Limits::default(), Limits::indexed(), Limits::paired(), Limits::called()] {
        let allows = verified((0..100).map(of_group).collect());
        assert_eq!(agreed(&allows, limits, &ann_in_groups()), verdict::DENY);
        let allows = verified((0..1_000).map(of_group).collect());
        assert_eq!(agreed(&allows, limits, &ann_in_groups()), verdict::ALLOW);
        let mut deny = of_group(500);
        (deny.effect, deny.id) = (Effect::Deny, "deny".into());
        let both = verified((0..1_000).map(of_group).chain([deny]).collect());
        assert_eq!(agreed(&both, limits, &ann_in_groups()), verdict::DENY);
        let mut obliged = of_group(500);
        let depth = body(0, |e| e.int(3));
        obliged.id = "obliged".into();
        obliged.variants[0].obligations = vec![ObligationCall { obligation: MASK, args: vec![depth] }];
        let both = verified((0..1_000).map(of_group).chain([obliged]).collect());
        let expected = if limits.most_in_line == 0 { verdict::ONE_BY_ONE } else { verdict::OBLIGED };
        assert_eq!(agreed(&both, limits, &ann_in_groups()), expected);
    }
}

#[test]
fn rows_tell_few_named_groups_and_ancestors_many() {
    let schema = schema();
    let program = verified((0..1_000).map(of_group).collect());
    let params = Params::bind(&program, []).unwrap();
    // Ann is 40: groups up to that one allow nothing.
    for groups in [&[][..], &[7], &[7, 90], &[1, 2, 3, 900], &[1, 2, 3, 4, 5], &[1, 2, 3, 4, 5, 900]] {
        let mut data = data();
        // Half of them at one remove, and some that no policy names.
        let named = |at: &usize| uid(GROUP, &format!("g{at}"));
        let (near, far) = groups.split_at(groups.len() / 2);
        let above = far.iter().map(named).chain([uid(GROUP, "nobody names it")]);
        let between = Entity { parents: above.collect(), ..Entity::default() };
        data.upsert(&schema, uid(GROUP, "between"), between).unwrap();
        let parents = near.iter().map(named).chain([uid(GROUP, "between")]);
        let ann = Entity { parents: parents.collect(), ..entity([], [("age", Value::Int(40))]) };
        data.upsert(&schema, uid(USER, "ann"), ann).unwrap();
        let allowed = groups.iter().any(|at| *at > 40);
        let verdict = if allowed { verdict::ALLOW } else { verdict::DENY };
        for limits in [Limits::default(), Limits::indexed(), Limits::paired(), Limits::called()] {
            assert_eq!(agreed(&program, limits, &data), verdict, "{groups:?}");
            // The same after she has left them all and come back.
            let image = link(&program, limits, &data);
            let mut without = data.clone();
            let mut changes = Changes::default();
            changes.entity(uid(USER, "ann"));
            without.upsert(&schema, uid(USER, "ann"), entity([], [("age", Value::Int(40))])).unwrap();
            let image = image.apply(&changes, &without).unwrap();
            assert_eq!(looked_up(&image), verdict::DENY);
            let image = image.apply(&changes, &data).unwrap();
            assert_eq!(looked_up(&image), verdict);
            assert_eq!(
                outcome(&image, &query()).unwrap(),
                crate::interpret(&program, &params, &data, &query())
            );
        }
    }
}

/// For Ann's group 3: `low <= u.age and u.age < high`
fn of_ages(at: usize, low: i64, high: i64) -> Policy {
    let condition = body(0, |e| {
        let mut compare = |ordering, bound| {
            let user = e.add(Op::Principal, Type::entity(USER));
            let age = e.add(Op::Attribute(user, "age".into()), Type::Int);
            let bound = e.int(bound);
            e.bool(Op::Compare(ordering, age, bound))
        };
        let operands = vec![compare(Ordering::GreaterEqual, low), compare(Ordering::Less, high)];
        e.bool(Op::And(operands))
    });
    let mut policy = for_users(policy(&format!("p{at}"), Effect::Allow, Some(condition)));
    policy.principal.within = Within::In(uid(GROUP, "g3"));
    policy
}

#[test]
fn of_policies_that_differ_in_bounds_a_decision_needs_the_weakest_and_reasons_all() {
    // Ann is 40.
    for (low, width, allowed) in
        [(0, 10, false), (0, 41, true), (35, 6, true), (41, 100, false), (40, 1, true)]
    {
        let program = verified((0..100).map(|at| of_ages(at, low + at as i64 % 9, low + width)).collect());
        let verdict = if allowed { verdict::ALLOW } else { verdict::DENY };
        for limits in [Limits::default(), Limits::one_by_one(), Limits::called()] {
            assert_eq!(agreed(&program, limits, &ann_in_groups()), verdict, "{low} {width}");
        }
    }
    let program = verified((0..100).map(|at| of_ages(at, at as i64 % 50, 50)).collect());
    let image = link(&program, Limits::default(), &ann_in_groups());
    assert_eq!(outcome(&image, &query()).unwrap().policies.len(), 82);
}

#[test]
fn a_lookup_function_leaves_what_it_cannot_know_to_others() {
    // Ann's manager is absent: asked for first, that is an error, and a deny applies.
    let denies = (0..20).map(|at| {
        let condition = body(0, |e| {
            let user = e.add(Op::Principal, Type::entity(USER));
            let manager = Op::Attribute(user, "manager".into());
            let manager = e.add(manager, Type::optional(Type::entity(USER)));
            let manager = e.add(Op::Unwrap(manager), Type::entity(USER));
            let named = e.add(Op::Const(entity_value(USER, &format!("m{at}"))), Type::entity(USER));
            e.bool(Op::Eq(manager, named))
        });
        for_users(policy(&format!("deny-{at}"), Effect::Deny, Some(condition)))
    });
    let program = verified(denies.clone().chain((0..1_000).map(of_group)).collect());
    assert_eq!(agreed(&program, Limits::default(), &ann_in_groups()), verdict::ONE_BY_ONE);
    let skipping = denies.map(|mut policy| {
        policy.on_error_skip = true;
        policy.effect = Effect::Allow;
        policy
    });
    let program = verified(skipping.chain((0..1_000).map(of_group)).collect());
    assert_eq!(agreed(&program, Limits::default(), &ann_in_groups()), verdict::ALLOW);
    // Nobody has written down how old Ann is.
    let schema = schema();
    let mut data = Data::new(&schema);
    data.upsert(&schema, uid(USER, "bob"), entity([], [("age", Value::Int(3))])).unwrap();
    let of_ann = (0..100).map(|at| {
        let mut policy = of_group(at);
        policy.principal.within = Within::Is(uid(USER, if at == 0 { "ann" } else { "bob" }));
        policy.resource.within = Within::Is(uid(DOCUMENT, "d1"));
        policy
    });
    let program = verified(of_ann.collect());
    assert_eq!(agreed(&program, Limits::default(), &data), verdict::NOT_HELD);
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

/// `allow Group in Group::"g<at>" to read on Document d`; each third denies.
fn of_groups(at: usize) -> Policy {
    let effect = if at.is_multiple_of(3) { Effect::Deny } else { Effect::Allow };
    let mut policy = for_users(policy(&format!("p{at}"), effect, None));
    let (groups, documents) = (EntityTypes::one(GROUP), EntityTypes::one(DOCUMENT));
    policy.principal =
        Pattern { types: Some(groups.clone()), within: Within::In(uid(GROUP, &format!("g{at}"))) };
    policy.resource.types = Some(documents.clone());
    (policy.variants[0].principals, policy.variants[0].resources) = (groups, documents);
    policy
}

#[test]
fn a_principal_that_policies_name_is_found_with_all_that_it_is_in() {
    let mut program = program((0..100).map(of_groups).collect());
    let applies = program.schema.actions[READ.index()].applies.as_mut().unwrap();
    applies.principals = EntityTypes::new([USER, GROUP, TOKEN]).unwrap();
    let program = crate::verify::verify(program).unwrap();
    let params = Params::bind(&program, []).unwrap();
    let mut data = data();
    // In so many others: none, as many as a row tells, and more. Every second of these is named by a policy.
    for (at, parents) in [0, 1, 3, 10, 40].into_iter().enumerate() {
        for own in [format!("g{}", 40 + at), format!("unnamed {at}")] {
            let parents = (0..parents).map(|parent| uid(GROUP, &format!("g{}", 1 + parent * 7 % 200 + at)));
            let parents: Vec<_> = parents.filter(|parent| *parent.id != own).collect();
            let group = Entity { parents, ..entity([], []) };
            data.upsert(&program.schema, uid(GROUP, &own), group).unwrap();
        }
    }
    for limits in [Limits::default(), Limits::indexed(), Limits::paired(), Limits::called()] {
        let image = link(&program, limits, &data);
        let ids: Vec<_> = data.entities(GROUP).map(|(id, _)| id.clone()).collect();
        assert!(ids.len() > 10);
        for id in ids {
            let query = crate::Query { principal: uid(GROUP, &id), ..query() };
            let expected = crate::interpret(&program, &params, &data, &query);
            assert_eq!(outcome(&image, &query).unwrap(), expected, "{id}");
            assert_eq!(decide(&image, &query).unwrap(), short(&expected), "{id}");
        }
        let environment = Environment { principal: GROUP, action: READ, resource: DOCUMENT };
        let policies = image.code.policies(image.code.unit(environment).unwrap(), environment).unwrap();
        assert!(policies.lookup(&image.code).is_some(), "it has a lookup function");
    }
}
