//! Obligations of allows that apply together: each once, in source order, whether they are known before the decision or not.

use super::Both;
use crate::program::*;
use crate::testing::*;
use crate::types::*;
use crate::value::Value;

/// An allow for those older than `age`, which obliges to `mask(argument)`.
fn older_than(age: i64, argument: Body) -> Policy {
    let condition = body(0, |e| {
        let principal = e.add(Op::Principal, Type::entity(USER));
        let own = e.add(Op::Attribute(principal, "age".into()), Type::Int);
        let limit = e.int(age);
        e.bool(Op::Compare(Ordering::Greater, own, limit))
    });
    let mut policy = policy(&format!("older-than-{age}"), Effect::Allow, Some(condition));
    policy.principal.types = Some(EntityTypes::one(USER));
    policy.variants[0].principals = EntityTypes::one(USER);
    obliging(policy, argument)
}

fn literal(number: i64) -> Body {
    body(0, |e| e.int(number))
}

/// No literal: the age of the principal.
fn age() -> Body {
    body(0, |e| {
        let principal = e.add(Op::Principal, Type::entity(USER));
        e.add(Op::Attribute(principal, "age".into()), Type::Int)
    })
}

/// Every age from 0 to 9, decided by all engines.
fn ages(policies: Vec<Policy>) -> Vec<Vec<Value>> {
    let mut users = data();
    let schema = schema();
    for age in 0..10 {
        users.upsert(&schema, uid(USER, &format!("u{age}")), entity([], [("age", Value::Int(age))])).unwrap();
    }
    let both = Both::new(verified(policies), users);
    (0..10)
        .map(|age| {
            let mut query = query();
            query.principal = uid(USER, &format!("u{age}"));
            let outcome = both.outcome(&query);
            outcome.obligations.into_iter().flat_map(|obligation| obligation.args).collect()
        })
        .collect()
}

fn ints(numbers: impl IntoIterator<Item = i64>) -> Vec<Value> {
    numbers.into_iter().map(Value::Int).collect()
}

#[test]
fn allows_that_apply_together_oblige_together() {
    for count in [1, 3, 6, 8] {
        let policies = (0..count).map(|age| older_than(age, literal(age / 2))).collect();
        for (age, found) in ages(policies).into_iter().enumerate() {
            let applying = (age as i64).min(count);
            assert_eq!(found, ints(0..(applying + 1) / 2), "age {age} of {count}");
        }
    }
}

#[test]
fn arguments_that_depend_on_the_request_are_those_of_the_request() {
    let policies = vec![older_than(2, literal(7)), older_than(4, age()), older_than(6, literal(7))];
    for (age, found) in ages(policies).into_iter().enumerate() {
        let age = age as i64;
        let expected = match age {
            ..=2 => vec![],
            3 | 4 | 7 => vec![7],
            _ => vec![7, age],
        };
        assert_eq!(found, ints(expected), "age {age}");
    }
}

#[test]
fn an_erring_allow_obliges_to_nothing() {
    let erring = policy("erring", Effect::Allow, Some(body(0, |e| e.overflow())));
    let found = ages(vec![obliging(erring, literal(1)), older_than(3, literal(2))]);
    assert_eq!(found[3], ints([]));
    assert_eq!(found[4], ints([2]));
}
