//! Each operation, in the smallest policy that shows it.

use std::sync::Arc;

use super::Both;
use crate::builtins::{self, BuiltinId};
use crate::outcome::Outcome;
use crate::program::*;
use crate::testing::*;
use crate::types::*;
use crate::value::{Decimal, EvalError, Value};

/// The outcome of an allow with this condition, for Ann who reads d1.
fn allow(build: impl FnOnce(&mut Expression) -> NodeId) -> Outcome {
    let mut condition = body(0, build);
    let binds = |node: &&Node| matches!(node.op, Op::Let { .. } | Op::Quantifier { .. });
    condition.locals = condition.nodes.iter().filter(binds).count() as u32;
    let both = Both::new(verified(vec![policy("p", Effect::Allow, Some(condition))]), data());
    both.outcome(&query())
}

fn holds(build: impl FnOnce(&mut Expression) -> NodeId) -> bool {
    let outcome = allow(build);
    assert_eq!(outcome.errors, []);
    outcome.allowed
}

fn error(build: impl FnOnce(&mut Expression) -> NodeId) -> EvalError {
    let outcome = allow(build);
    assert!(!outcome.allowed);
    assert_eq!(outcome.errors.len(), 1);
    outcome.errors[0].1
}

fn constant(e: &mut Expression, ty: Type, value: Value) -> NodeId {
    e.add(Op::Const(value), ty)
}

fn user() -> Type {
    Type::entity(USER)
}

fn principal(e: &mut Expression) -> NodeId {
    let types = EntityTypes::new([USER, TOKEN]).unwrap();
    let principal = e.add(Op::Principal, Type::Entity(types));
    e.add(Op::Narrow(principal), user())
}

fn resource(e: &mut Expression) -> NodeId {
    let types = EntityTypes::new([DOCUMENT, STAGE]).unwrap();
    let resource = e.add(Op::Resource, Type::Entity(types));
    e.add(Op::Narrow(resource), Type::entity(DOCUMENT))
}

fn context(e: &mut Expression) -> NodeId {
    let ty = schema().actions[0].applies.as_ref().unwrap().context.clone();
    e.add(Op::Context, Type::Record(ty))
}

fn ints(e: &mut Expression, values: &[i64]) -> NodeId {
    let set = values.iter().map(|value| Value::Int(*value)).collect();
    constant(e, Type::set(Type::Int), Value::Set(Arc::new(set)))
}

#[test]
fn literals_and_logic() {
    assert!(holds(|e| e.truth(true)));
    assert!(!holds(|e| e.truth(false)));
    for (a, b) in [(false, false), (false, true), (true, false), (true, true)] {
        let both = |e: &mut Expression| vec![e.truth(a), e.truth(b)];
        let and = |e: &mut Expression| {
            let operands = both(e);
            e.bool(Op::And(operands))
        };
        let or = |e: &mut Expression| {
            let operands = both(e);
            e.bool(Op::Or(operands))
        };
        let not = |e: &mut Expression| {
            let a = e.truth(a);
            e.bool(Op::Not(a))
        };
        assert_eq!(holds(and), a && b);
        assert_eq!(holds(or), a || b);
        assert_eq!(holds(not), !a);
    }
}

#[test]
fn what_short_circuits_has_no_error() {
    assert!(!holds(|e| {
        let operands = vec![e.truth(false), e.overflow()];
        e.bool(Op::And(operands))
    }));
    assert!(holds(|e| {
        let operands = vec![e.truth(true), e.overflow()];
        e.bool(Op::Or(operands))
    }));
    assert_eq!(
        error(|e| {
            let operands = vec![e.overflow(), e.truth(false)];
            e.bool(Op::And(operands))
        }),
        EvalError::Overflow
    );
}

#[test]
fn arithmetic_leaves_no_range_unnoticed() {
    let sum = |operation, a: i64, b: i64| {
        move |e: &mut Expression| {
            let (a, b) = (e.int(a), e.int(b));
            let sum = e.add(Op::Arithmetic(operation, a, b), Type::Int);
            let seven = e.int(7);
            e.bool(Op::Eq(sum, seven))
        }
    };
    assert!(holds(sum(Arithmetic::Add, 3, 4)));
    assert!(holds(sum(Arithmetic::Sub, 3, -4)));
    assert!(holds(sum(Arithmetic::Mul, -7, -1)));
    assert_eq!(error(sum(Arithmetic::Add, i64::MAX, 1)), EvalError::Overflow);
    assert_eq!(error(sum(Arithmetic::Sub, i64::MIN, 1)), EvalError::Overflow);
    assert_eq!(error(sum(Arithmetic::Mul, i64::MIN, -1)), EvalError::Overflow);
    let negated = |value: i64| {
        move |e: &mut Expression| {
            let value = e.int(value);
            let negated = e.add(Op::Neg(value), Type::Int);
            let five = e.int(5);
            e.bool(Op::Eq(negated, five))
        }
    };
    assert!(holds(negated(-5)));
    assert_eq!(error(negated(i64::MIN)), EvalError::Overflow);
    assert!(holds(|e| {
        let price = constant(e, Type::Decimal, Value::Decimal(Decimal(15_000)));
        let two = e.int(2);
        let product = e.add(Op::Arithmetic(Arithmetic::Mul, price, two), Type::Decimal);
        let three = constant(e, Type::Decimal, Value::Decimal(Decimal(30_000)));
        e.bool(Op::Compare(Ordering::GreaterEqual, product, three))
    }));
}

#[test]
fn comparisons_are_signed() {
    for (ordering, expected) in [
        (Ordering::Less, true),
        (Ordering::LessEqual, true),
        (Ordering::Greater, false),
        (Ordering::GreaterEqual, false),
    ] {
        let outcome = holds(|e| {
            let (a, b) = (e.int(-1), e.int(1));
            e.bool(Op::Compare(ordering, a, b))
        });
        assert_eq!(outcome, expected);
    }
}

#[test]
fn attributes_are_read_from_rows() {
    assert!(holds(|e| {
        let user = principal(e);
        let age = e.add(Op::Attribute(user, "age".into()), Type::Int);
        let forty = e.int(40);
        e.bool(Op::Eq(age, forty))
    }));
    assert!(holds(|e| {
        let (document, user) = (resource(e), principal(e));
        let owner = e.add(Op::Attribute(document, "owner".into()), self::user());
        e.bool(Op::Eq(owner, user))
    }));
    assert!(!holds(|e| {
        let user = principal(e);
        e.bool(Op::HasAttribute(user, "manager".into()))
    }));
    assert!(!holds(|e| {
        let user = principal(e);
        let manager = e.add(Op::Attribute(user, "manager".into()), Type::optional(self::user()));
        e.bool(Op::IsSome(manager))
    }));
    assert_eq!(
        error(|e| {
            let ghost = constant(e, self::user(), entity_value(USER, "ghost"));
            let age = e.add(Op::Attribute(ghost, "age".into()), Type::Int);
            let one = e.int(1);
            e.bool(Op::Eq(age, one))
        }),
        EvalError::MissingEntity
    );
}

#[test]
fn optionals_are_unwrapped_or_replaced() {
    let manager = |e: &mut Expression| {
        let user = principal(e);
        e.add(Op::Attribute(user, "manager".into()), Type::optional(self::user()))
    };
    assert_eq!(
        error(|e| {
            let manager = manager(e);
            let manager = e.add(Op::Unwrap(manager), user());
            let user = principal(e);
            e.bool(Op::Eq(manager, user))
        }),
        EvalError::AbsentValue
    );
    assert!(holds(|e| {
        let manager = manager(e);
        let user = principal(e);
        let someone = e.add(Op::Coalesce(manager, user), self::user());
        let user = principal(e);
        e.bool(Op::Eq(someone, user))
    }));
}

#[test]
fn the_hierarchy_is_reflexive_and_transitive() {
    for (group, expected) in [("eng", true), ("all", true), ("sales", false)] {
        let named = holds(|e| {
            let user = principal(e);
            let group = constant(e, Type::entity(GROUP), entity_value(GROUP, group));
            e.bool(Op::In(user, group))
        });
        assert_eq!(named, expected);
        // Through a local, so that the group is not known when the code is made.
        let unnamed = holds(|e| {
            let group = constant(e, Type::entity(GROUP), entity_value(GROUP, group));
            let user = principal(e);
            let local = e.add(Op::Local(0), Type::entity(GROUP));
            let inside = e.bool(Op::In(user, local));
            e.bool(Op::Let { local: 0, value: group, body: inside })
        });
        assert_eq!(unnamed, expected);
        let any = holds(|e| {
            let user = principal(e);
            let groups = [entity_value(GROUP, group), entity_value(GROUP, "nobody")];
            let groups = Value::Set(Arc::new(groups.into()));
            let groups = constant(e, Type::set(Type::entity(GROUP)), groups);
            e.bool(Op::InAny(user, groups))
        });
        assert_eq!(any, expected);
    }
    assert!(holds(|e| {
        let ghost = constant(e, user(), entity_value(USER, "ghost"));
        let also = constant(e, user(), entity_value(USER, "ghost"));
        e.bool(Op::In(ghost, also))
    }));
    assert!(holds(|e| {
        let user = principal(e);
        let ancestors = e.add(Op::Ancestors(user), Type::set(Type::entity(GROUP)));
        let all = constant(e, Type::entity(GROUP), entity_value(GROUP, "all"));
        e.bool(Op::Contains(ancestors, all))
    }));
}

#[test]
fn quantifiers_take_the_least_error_when_nothing_settles_them() {
    // 9223372036854775806 + x > 0: overflows for 2 and 3 only.
    let condition = |all: bool, values: &'static [i64], limit: i64| {
        move |e: &mut Expression| {
            let set = ints(e, values);
            let (near, x) = (e.int(i64::MAX - 1), e.add(Op::Local(0), Type::Int));
            let sum = e.add(Op::Arithmetic(Arithmetic::Add, near, x), Type::Int);
            let limit = e.int(limit);
            let body = e.bool(Op::Compare(Ordering::Greater, sum, limit));
            e.bool(Op::Quantifier { all, local: 0, filter: None, set, body })
        }
    };
    assert!(holds(condition(false, &[0, 1, 2, 3], 0)));
    assert_eq!(error(condition(false, &[-1, 2, 3], i64::MAX - 1)), EvalError::Overflow);
    assert!(!holds(condition(false, &[], 0)));
    assert!(holds(condition(true, &[], 0)));
    assert!(!holds(condition(true, &[2, -5], i64::MAX - 2)));
    assert_eq!(error(condition(true, &[0, 2], 0)), EvalError::Overflow);
}

#[test]
fn sets_records_and_maps_are_made_and_asked() {
    assert!(holds(|e| {
        let elements = vec![e.int(3), e.int(1), e.int(3)];
        let made = e.add(Op::SetOf(elements), Type::set(Type::Int));
        let known = ints(e, &[1, 3]);
        e.bool(Op::Eq(made, known))
    }));
    let record = RecordType::new(vec![field("a", Type::Int), optional("b", Type::Bool)]);
    assert!(holds(|e| {
        let one = e.int(1);
        let truth = e.truth(true);
        let some = e.add(Op::Convert(truth), Type::optional(Type::Bool));
        let made = e.add(Op::RecordOf(vec![one, some]), Type::Record(record.clone()));
        let value = crate::testing::record([("a", Value::Int(1)), ("b", Value::Bool(true))]);
        let known = constant(e, Type::Record(record.clone()), value);
        e.bool(Op::Eq(made, known))
    }));
    assert!(holds(|e| {
        let one = e.int(1);
        let truth = e.truth(true);
        let some = e.add(Op::Convert(truth), Type::optional(Type::Bool));
        let made = e.add(Op::RecordOf(vec![one, some]), Type::Record(record.clone()));
        let narrow = RecordType::new(vec![field("a", Type::Int)]);
        let less = e.add(Op::Convert(made), Type::Record(narrow.clone()));
        let known = constant(e, Type::Record(narrow), crate::testing::record([("a", Value::Int(1))]));
        e.bool(Op::Eq(less, known))
    }));
    let map = Type::Map(Arc::new(Type::Int));
    for (key, expected) in [("x", true), ("y", false), ("z", false)] {
        assert_eq!(
            holds(|e| {
                let (one, two) = (e.int(1), e.int(2));
                let made = e.add(Op::MapOf(vec![("y".into(), two), ("x".into(), one)]), map.clone());
                let key = constant(e, Type::String, Value::String(key.into()));
                let found = e.add(Op::Index(made, key), Type::optional(Type::Int));
                let zero = e.int(0);
                let found = e.add(Op::Coalesce(found, zero), Type::Int);
                let one = e.int(1);
                e.bool(Op::Eq(found, one))
            }),
            expected
        );
    }
}

#[test]
fn the_context_is_a_record() {
    assert!(holds(|e| {
        let context = context(e);
        e.bool(Op::Field(context, "mfa".into()))
    }));
    assert!(!holds(|e| {
        let context = context(e);
        e.bool(Op::HasField(context, "ip".into()))
    }));
}

#[test]
fn actions_are_in_those_that_include_them() {
    for (group, expected) in [(READ, true), (EDIT, true), (WRITE, false)] {
        assert_eq!(
            holds(|e| {
                let action = e.add(Op::Action, Type::Action);
                let group = constant(e, Type::Action, Value::Action(group));
                e.bool(Op::ActionIn(action, group))
            }),
            expected
        );
        assert_eq!(
            holds(|e| {
                let action = e.add(Op::Action, Type::Action);
                let groups = Value::Set(Arc::new([Value::Action(group)].into()));
                let groups = constant(e, Type::set(Type::Action), groups);
                e.bool(Op::ActionInAny(action, groups))
            }),
            expected
        );
    }
}

#[test]
fn built_ins_run_the_functions_of_the_interpreter() {
    let lower =
        builtins::all().iter().position(|builtin| builtin.name == "lower").map(|at| BuiltinId(at as u16));
    let lower = lower.expect("the table has `lower`");
    assert!(holds(|e| {
        let text = constant(e, Type::String, Value::String("Unknown To The Snapshot".into()));
        let made = e.add(Op::Builtin(lower, vec![text]), Type::String);
        let known = constant(e, Type::String, Value::String("unknown to the snapshot".into()));
        e.bool(Op::Eq(made, known))
    }));
}

#[test]
fn functions_are_called_with_the_budget_of_the_caller() {
    let function = |nodes: usize| Function {
        name: "m::is_positive".into(),
        params: vec![Type::Int],
        body: body(1, |e| {
            let x = e.add(Op::Local(0), Type::Int);
            let zero = e.int(0);
            let mut positive = e.bool(Op::Compare(Ordering::Greater, x, zero));
            for _ in 0..nodes {
                positive = e.bool(Op::Not(positive));
            }
            positive
        }),
        origin: Origin::default(),
    };
    // Small ones are inlined, large ones called.
    for nodes in [0, 100] {
        for (argument, expected) in [(5, true), (-5, false)] {
            let condition = body(0, |e| {
                let argument = e.int(argument);
                e.bool(Op::Call { function: 0, args: vec![argument] })
            });
            let mut program = program(vec![policy("p", Effect::Allow, Some(condition))]);
            program.functions.push(function(nodes));
            let both = Both::new(crate::verify(program).unwrap(), data());
            assert_eq!(both.outcome(&query()).allowed, expected);
        }
    }
}

#[test]
fn a_grant_row_counts_while_it_is_live() {
    let condition = || {
        body(0, |e| {
            let (user, document) = (principal(e), resource(e));
            e.bool(Op::GrantFact(VIEWER, vec![user, document]))
        })
    };
    let mut data = data();
    let row = [entity_value(GROUP, "all"), entity_value(DOCUMENT, "d1")];
    data.grant(&schema(), VIEWER, row, Some(100), 0).unwrap();
    let both = Both::new(verified(vec![policy("p", Effect::Allow, Some(condition()))]), data);
    for (now, expected) in [(0, true), (99, true), (100, false)] {
        let query = crate::Query { now, ..query() };
        assert_eq!(both.outcome(&query).allowed, expected);
    }
}

#[test]
fn a_policy_of_a_grant_names_the_rows_that_matter() {
    let mut granted = policy("granted", Effect::Allow, None);
    granted.grant = Some(VIEWER);
    granted.principal.within = Within::InGrantParam(0);
    granted.resource.within = Within::InGrantParam(1);
    let mut data = data();
    for group in ["all", "sales", "eng"] {
        let row = [entity_value(GROUP, group), entity_value(DOCUMENT, "d1")];
        data.grant(&schema(), VIEWER, row, None, 0).unwrap();
    }
    let plain = Both::new(verified(vec![granted.clone()]), data.clone());
    let outcome = plain.outcome(&query());
    assert!(outcome.allowed);
    assert_eq!(outcome.grants.len(), 2);

    // The same with a condition over the row.
    granted.variants[0].condition = Some(body(2, |e| {
        let people = EntityTypes::new([USER, GROUP]).unwrap();
        let who = e.add(Op::Local(0), Type::Entity(people.clone()));
        let all = constant(e, Type::Entity(people), entity_value(GROUP, "all"));
        e.bool(Op::Eq(who, all))
    }));
    let both = Both::new(verified(vec![granted]), data);
    assert_eq!(both.outcome(&query()).grants.len(), 1);
}

#[test]
fn an_erring_deny_denies_and_an_erring_allow_does_not_allow() {
    let erring = || Some(body(0, Expression::overflow));
    let cases = [
        (vec![policy("a", Effect::Allow, None), policy("d", Effect::Deny, erring())], false),
        (vec![policy("a", Effect::Allow, erring())], false),
        (vec![policy("a", Effect::Allow, None), policy("b", Effect::Allow, erring())], true),
        (
            vec![
                policy("a", Effect::Allow, None),
                Policy { on_error_skip: true, ..policy("d", Effect::Deny, erring()) },
            ],
            true,
        ),
        (
            vec![policy("a", Effect::Allow, None), Policy { trial: true, ..policy("d", Effect::Deny, None) }],
            true,
        ),
    ];
    for (policies, allowed) in cases {
        assert_eq!(Both::new(verified(policies), data()).outcome(&query()).allowed, allowed);
    }
}

#[test]
fn an_obligation_is_never_lost() {
    let depth = |value| body(0, |e| e.int(value));
    let policies = vec![
        policy("plain", Effect::Allow, None),
        obliging(obliging(policy("obliging", Effect::Allow, None), depth(3)), depth(4)),
    ];
    let outcome = Both::new(verified(policies), data()).outcome(&query());
    assert_eq!(outcome.obligations.len(), 2);

    // An error in an argument: the allow does not apply.
    let overflow = body(0, |e| {
        let (max, one) = (e.int(i64::MAX), e.int(1));
        e.add(Op::Arithmetic(Arithmetic::Add, max, one), Type::Int)
    });
    for effect in [Effect::Allow, Effect::Deny] {
        let policies = vec![obliging(obliging(policy("p", effect, None), overflow.clone()), depth(1))];
        let outcome = Both::new(verified(policies), data()).outcome(&query());
        assert!(!outcome.allowed);
        assert_eq!(outcome.errors, [(0, EvalError::Overflow)]);
    }
}
