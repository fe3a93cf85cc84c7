//! The rules of DESIGN 2.3 that deciding owns, by number. Every decision in here is made by both engines.

use std::sync::Arc;

use crate::data::Data;
use crate::outcome::{Decision, GrantReason, Obligation};
use crate::params::Params;
use crate::program::*;
use crate::testing::*;
use crate::types::{EntityTypes, EnumId, Type};
use crate::value::{EntityUid, EvalError, Value};

/// `all` or `any` over the Ints, of what `build` says about the element in local 0.
fn quantified(all: bool, elements: &[i64], build: impl Fn(&mut Expression, NodeId) -> NodeId) -> Body {
    body(1, |e| {
        let elements = elements.iter().map(|element| Value::Int(*element)).collect();
        let set = e.add(Op::Const(Value::Set(Arc::new(elements))), Type::set(Type::Int));
        let element = e.add(Op::Local(0), Type::Int);
        let body = build(e, element);
        e.bool(Op::Quantifier { all, local: 0, filter: None, set, body })
    })
}

/// Overflows for the element 2, and compares every other with 1.
fn two_errs(e: &mut Expression, element: NodeId) -> NodeId {
    let (max, one) = (e.int(i64::MAX - 2), e.int(1));
    let sum = e.add(Op::Arithmetic(Arithmetic::Add, element, max), Type::Int);
    let sum = e.add(Op::Arithmetic(Arithmetic::Add, sum, one), Type::Int);
    let expected = e.int(i64::MAX);
    e.bool(Op::Eq(sum, expected))
}

fn overflowing() -> Option<Body> {
    Some(body(0, Expression::overflow))
}

/// `principal` as a user: only in variants for users.
fn for_users(mut policy: Policy, condition: impl FnOnce(&mut Expression, NodeId) -> NodeId) -> Policy {
    policy.principal.types = Some(EntityTypes::one(USER));
    policy.variants[0].principals = EntityTypes::one(USER);
    policy.variants[0].condition = Some(body(0, |e| {
        let principal = e.add(Op::Principal, Type::entity(USER));
        condition(e, principal)
    }));
    policy
}

fn constant(e: &mut Expression, uid: EntityUid) -> NodeId {
    let ty = Type::entity(uid.ty);
    e.add(Op::Const(Value::Entity(uid)), ty)
}

#[test]
fn rule_1_deny_wins_and_nothing_is_allowed_by_default() {
    let (allow, deny) = (policy("a", Effect::Allow, None), policy("d", Effect::Deny, None));
    assert!(!decide(vec![]).allowed);
    assert!(decide(vec![allow.clone()]).allowed);
    let both = decide(vec![allow.clone(), deny.clone(), allow_named("b")]);
    assert_eq!((both.allowed, both.policies), (false, vec![1]));
    let all = decide(vec![allow, allow_named("b")]);
    assert_eq!(all.policies, [0, 1], "every allow is a reason, not the first alone");
}

fn allow_named(id: &str) -> Policy {
    policy(id, Effect::Allow, None)
}

#[test]
fn rule_1_conditions_run_left_to_right_and_stop_early() {
    let pair = |first: bool, and: bool| {
        body(0, |e| {
            let operands = vec![e.truth(first), e.overflow()];
            e.bool(if and { Op::And(operands) } else { Op::Or(operands) })
        })
    };
    assert_eq!(holds(pair(false, true)), Ok(false));
    assert_eq!(holds(pair(true, false)), Ok(true));
    assert_eq!(holds(pair(true, true)), Err(EvalError::Overflow));
    assert_eq!(holds(pair(false, false)), Err(EvalError::Overflow));
    let error_first = body(0, |e| {
        let operands = vec![e.overflow(), e.truth(false)];
        e.bool(Op::And(operands))
    });
    assert_eq!(holds(error_first), Err(EvalError::Overflow));
}

#[test]
fn rule_1_patterns_come_first() {
    let mut erring = policy("elsewhere", Effect::Deny, overflowing());
    erring.principal.within = Within::Is(uid(USER, "bob"));
    let outcome = decide(vec![erring, allow_named("a")]);
    assert!(outcome.allowed);
    assert_eq!(outcome.errors, [], "a policy whose patterns do not match is not evaluated");
}

#[test]
fn rule_2_an_error_never_grants() {
    let allow = decide(vec![policy("a", Effect::Allow, overflowing())]);
    assert_eq!((allow.allowed, &allow.policies[..]), (false, &[][..]));
    assert_eq!(allow.errors, [(0, EvalError::Overflow)]);
    let deny = decide(vec![allow_named("a"), policy("d", Effect::Deny, overflowing())]);
    assert_eq!((deny.allowed, deny.policies), (false, vec![1]));
    assert_eq!(deny.errors, [(1, EvalError::Overflow)]);
}

#[test]
fn rule_2_errors_of_policies_that_do_not_decide_are_told_too() {
    let outcome = decide(vec![policy("a", Effect::Allow, overflowing()), policy("d", Effect::Deny, None)]);
    assert_eq!((outcome.policies, outcome.errors), (vec![1], vec![(0, EvalError::Overflow)]));
}

#[test]
fn rule_2_an_error_in_what_an_allow_obliges_means_that_it_does_not_apply() {
    let erring = || {
        body(0, |e| {
            let (max, one) = (e.int(i64::MAX), e.int(1));
            e.add(Op::Arithmetic(Arithmetic::Add, max, one), Type::Int)
        })
    };
    let fine = || body(0, |e| e.int(1));
    let allow = decide(vec![obliging(obliging(allow_named("a"), fine()), erring())]);
    assert_eq!((allow.allowed, allow.errors), (false, vec![(0, EvalError::Overflow)]));
    let deny = decide(vec![obliging(obliging(policy("d", Effect::Deny, None), erring()), fine())]);
    assert_eq!((deny.policies, deny.errors), (vec![0], vec![(0, EvalError::Overflow)]));
    assert_eq!(deny.obligations, [Obligation { obligation: MASK, args: vec![Value::Int(1)] }]);
    let erring_condition = decide(vec![obliging(policy("d", Effect::Deny, overflowing()), fine())]);
    assert_eq!(erring_condition.policies, [0]);
    assert_eq!(erring_condition.obligations, [], "what it obliges may rely on what the condition proves");
}

#[test]
fn rule_2_on_error_skip_means_that_the_policy_does_not_apply() {
    let mut deny = policy("d", Effect::Deny, overflowing());
    deny.on_error_skip = true;
    let outcome = decide(vec![deny, allow_named("a")]);
    assert_eq!((outcome.allowed, outcome.policies), (true, vec![1]));
    assert_eq!(outcome.errors, [(0, EvalError::Overflow)]);
}

#[test]
fn rule_2_naming_an_absent_entity_is_no_error_but_reading_it_is() {
    let about = |build: fn(&mut Expression, NodeId) -> NodeId| {
        holds(body(0, |e| {
            let ghost = constant(e, uid(USER, "ghost"));
            build(e, ghost)
        }))
    };
    let itself = about(|e, ghost| {
        let same = constant(e, uid(USER, "ghost"));
        e.bool(Op::In(ghost, same))
    });
    assert_eq!(itself, Ok(true));
    let elsewhere = about(|e, ghost| {
        let group = constant(e, uid(GROUP, "eng"));
        e.bool(Op::In(ghost, group))
    });
    assert_eq!(elsewhere, Ok(false));
    assert_eq!(about(|e, ghost| e.bool(Op::HasAttribute(ghost, "age".into()))), Ok(false));
    let ancestors = about(|e, ghost| {
        let ancestors = e.add(Op::Ancestors(ghost), Type::set(Type::entity(GROUP)));
        let none = e.add(Op::Const(Value::Set(Arc::default())), Type::set(Type::entity(GROUP)));
        e.bool(Op::Eq(ancestors, none))
    });
    assert_eq!(ancestors, Ok(true));
    let read = about(|e, ghost| {
        let (age, zero) = (e.add(Op::Attribute(ghost, "age".into()), Type::Int), e.int(0));
        e.bool(Op::Eq(age, zero))
    });
    assert_eq!(read, Err(EvalError::MissingEntity));
    let optional = about(|e, ghost| {
        let manager = e.add(Op::Attribute(ghost, "manager".into()), Type::optional(Type::entity(USER)));
        e.bool(Op::IsSome(manager))
    });
    assert_eq!(optional, Err(EvalError::MissingEntity), "an optional attribute too");
}

#[test]
fn rule_2_an_entity_of_a_closed_type_is_always_known() {
    let about = |build: fn(&mut Expression, NodeId) -> NodeId| {
        holds(body(0, |e| {
            let prod = constant(e, uid(STAGE, "prod"));
            build(e, prod)
        }))
    };
    let optional = about(|e, prod| {
        let note = e.add(Op::Attribute(prod, "note".into()), Type::optional(Type::String));
        e.bool(Op::IsSome(note))
    });
    assert_eq!(optional, Ok(false));
    let required = about(|e, prod| {
        let (rank, zero) = (e.add(Op::Attribute(prod, "rank".into()), Type::Int), e.int(0));
        e.bool(Op::Eq(rank, zero))
    });
    assert_eq!(required, Err(EvalError::MissingEntity));
}

#[test]
fn rule_3_any_is_true_before_an_error_and_an_error_before_false() {
    let one = |e: &mut Expression, element: NodeId| two_errs(e, element);
    assert_eq!(holds(quantified(false, &[], one)), Ok(false));
    assert_eq!(holds(quantified(false, &[0], one)), Ok(false));
    assert_eq!(holds(quantified(false, &[0, 2], one)), Err(EvalError::Overflow));
    assert_eq!(holds(quantified(false, &[1, 2], one)), Ok(true));
    assert_eq!(holds(quantified(false, &[2, 3, 1], one)), Ok(true));
    assert_eq!(holds(quantified(true, &[], one)), Ok(true));
    assert_eq!(holds(quantified(true, &[1], one)), Ok(true));
    assert_eq!(holds(quantified(true, &[1, 2], one)), Err(EvalError::Overflow));
    assert_eq!(holds(quantified(true, &[0, 2], one)), Ok(false));
    assert_eq!(holds(quantified(true, &[2, -1], one)), Ok(false));
}

#[test]
fn rule_3_of_several_errors_the_least_is_told_whatever_the_order() {
    for ghost in ["a-ghost", "z-ghost"] {
        let condition = body(1, |e| {
            let users = [entity_value(USER, "ann"), entity_value(USER, ghost)];
            let set = e.add(Op::Const(Value::Set(Arc::new(users.into()))), Type::set(Type::entity(USER)));
            let user = e.add(Op::Local(0), Type::entity(USER));
            let age = e.add(Op::Attribute(user, "age".into()), Type::Int);
            let max = e.int(i64::MAX);
            let sum = e.add(Op::Arithmetic(Arithmetic::Add, age, max), Type::Int);
            let zero = e.int(0);
            let body = e.bool(Op::Eq(sum, zero));
            e.bool(Op::Quantifier { all: false, local: 0, filter: None, set, body })
        });
        assert_eq!(holds(condition), Err(EvalError::Overflow));
    }
}

#[test]
fn rule_3_a_type_in_a_quantifier_filters() {
    let both = Type::Entity(EntityTypes::new([USER, GROUP]).unwrap());
    let condition = body(1, |e| {
        let members = [entity_value(USER, "ann"), entity_value(GROUP, "eng")];
        let set = e.add(Op::Const(Value::Set(Arc::new(members.into()))), Type::set(both));
        let user = e.add(Op::Local(0), Type::entity(USER));
        let (age, forty) = (e.add(Op::Attribute(user, "age".into()), Type::Int), e.int(40));
        let body = e.bool(Op::Eq(age, forty));
        e.bool(Op::Quantifier { all: true, local: 0, filter: Some(EntityTypes::one(USER)), set, body })
    });
    assert_eq!(holds(condition), Ok(true));
}

#[test]
fn nested_quantifiers_share_a_budget_that_no_order_changes() {
    let numbers = |n: i64| Value::Set(Arc::new((0..n).map(Value::Int).collect()));
    let nested = |outer: i64, inner: i64| {
        body(2, |e| {
            let set = e.add(Op::Const(numbers(outer)), Type::set(Type::Int));
            let inside = e.add(Op::Const(numbers(inner)), Type::set(Type::Int));
            let body = e.truth(false);
            let body = e.bool(Op::Quantifier { all: false, local: 1, filter: None, set: inside, body });
            e.bool(Op::Quantifier { all: false, local: 0, filter: None, set, body })
        })
    };
    let budget = i64::try_from(QUANTIFIER_BUDGET).unwrap();
    assert_eq!(holds(nested(1_000, budget / 1_000)), Ok(false));
    assert_eq!(holds(nested(1_000, budget / 1_000 + 1)), Err(EvalError::LimitExceeded));
    assert_eq!(holds(nested(0, 2_000)), Ok(false), "what is not reached is not counted");
}

#[test]
fn rule_4_now_is_one_time_and_a_row_counts_until_its_end() {
    let mut viewer = policy("viewer", Effect::Allow, None);
    viewer.grant = Some(VIEWER);
    viewer.principal = Pattern { types: None, within: Within::InGrantParam(0) };
    viewer.resource = Pattern { types: Some(EntityTypes::one(DOCUMENT)), within: Within::InGrantParam(1) };
    viewer.variants[0].resources = EntityTypes::one(DOCUMENT);
    let program = verified(vec![viewer]);
    let args: Arc<[Value]> = Arc::new([entity_value(GROUP, "all"), entity_value(DOCUMENT, "d1")]);
    let mut data = data();
    data.grant(&schema(), VIEWER, Arc::clone(&args), Some(100), 0).unwrap();
    let at = |now: i64| outcome(&program, &data, &crate::Query { now, ..query() });
    assert!(at(99).allowed && !at(100).allowed);
    assert_eq!(at(99).grants, [GrantReason { grant: VIEWER, args, until: Some(100) }]);
}

#[test]
fn rule_4_a_trace_says_whether_the_time_mattered() {
    let reads = |policies: Vec<Policy>, data: &Data| {
        let program = verified(policies);
        let params = Params::bind(&program, []).unwrap();
        crate::interpret_traced(&program, &params, data, &query()).reads_time
    };
    assert!(!reads(vec![allow_named("a")], &data()));
    let now = body(0, |e| {
        let (now, then) =
            (e.add(Op::Now, Type::Datetime), e.add(Op::Const(Value::Datetime(0)), Type::Datetime));
        e.bool(Op::Eq(now, then))
    });
    assert!(reads(vec![policy("a", Effect::Allow, Some(now))], &data()));
    let fact = || {
        body(0, |e| {
            let who = constant(e, uid(USER, "ann"));
            let what = constant(e, uid(DOCUMENT, "d1"));
            e.bool(Op::GrantFact(VIEWER, vec![who, what]))
        })
    };
    let with = |who: &str, until| {
        let mut data = data();
        let args = vec![entity_value(USER, who), entity_value(DOCUMENT, "d1")];
        data.grant(&schema(), VIEWER, args, until, 0).unwrap();
        data
    };
    let policies = || vec![policy("a", Effect::Allow, Some(fact()))];
    assert!(!reads(policies(), &with("ann", None)));
    assert!(reads(policies(), &with("ann", Some(5))));
    assert!(!reads(policies(), &with("bob", Some(5))), "a row about somebody else");
}

#[test]
fn rule_5_reasons_are_all_of_the_deciding_effect() {
    let mask = |depth: i64| body(0, move |e| e.int(depth));
    let policies = vec![
        obliging(allow_named("a"), mask(2)),
        obliging(obliging(allow_named("b"), mask(1)), mask(2)),
        obliging(policy("never", Effect::Allow, Some(body(0, |e| e.truth(false)))), mask(9)),
    ];
    let outcome = decide(policies.clone());
    let depths: Vec<_> = outcome.obligations.iter().map(|obligation| obligation.args[0].clone()).collect();
    assert_eq!(depths, [Value::Int(2), Value::Int(1)], "without repeats, in source order");
    assert!(matches!(outcome.into_decision(), Decision::AllowWith(_)), "never a plain allow");
    let denied = decide(policies.into_iter().chain([policy("d", Effect::Deny, None)]).collect());
    assert_eq!(denied.obligations, [], "those of allows that did not decide are none");
}

#[test]
fn a_trial_policy_is_told_and_has_no_effect() {
    let mut deny = obliging(policy("d", Effect::Deny, None), body(0, |e| e.int(1)));
    deny.trial = true;
    let mut allow = policy("e", Effect::Allow, overflowing());
    allow.trial = true;
    let outcome = decide(vec![deny, allow, allow_named("a")]);
    assert_eq!((outcome.allowed, outcome.policies, outcome.would_have), (true, vec![2], vec![0]));
    assert_eq!((outcome.obligations, outcome.errors), (vec![], vec![(1, EvalError::Overflow)]));
}

#[test]
fn a_grant_is_a_fact_for_everyone_inside_its_arguments() {
    let fact = |who: EntityUid| {
        body(0, |e| {
            let who = constant(e, who);
            let what = constant(e, uid(DOCUMENT, "d1"));
            e.bool(Op::GrantFact(VIEWER, vec![who, what]))
        })
    };
    let mut data = data();
    data.grant(&schema(), VIEWER, vec![entity_value(GROUP, "all"), entity_value(DOCUMENT, "d1")], None, 0)
        .unwrap();
    let holds = |who| {
        let program = verified(vec![policy("a", Effect::Allow, Some(fact(who)))]);
        let outcome = outcome(&program, &data, &query());
        assert_eq!(outcome.grants, [], "rows are reasons of the grant's own policies");
        outcome.allowed
    };
    assert!(holds(uid(USER, "ann")) && holds(uid(GROUP, "eng")) && holds(uid(GROUP, "all")));
    assert!(!holds(uid(USER, "ghost")) && !holds(uid(GROUP, "other")));
}

#[test]
fn a_parent_that_the_data_lacks_is_an_ancestor_all_the_same() {
    let policies = vec![for_users(allow_named("a"), |e, principal| {
        let all = constant(e, uid(GROUP, "all"));
        e.bool(Op::In(principal, all))
    })];
    assert!(decide(policies).allowed, "group all is no entity of the data, but eng is in it");
}

#[test]
fn converting_a_record_hides_the_fields_that_its_new_type_lacks() {
    use crate::types::RecordType;
    let wide = Type::Record(RecordType::new(vec![field("a", Type::Int), field("b", Type::Int)]));
    let narrow = Type::Record(RecordType::new(vec![field("a", Type::Int)]));
    let condition = body(0, |e| {
        let ab = e.add(Op::Const(record([("a", Value::Int(1)), ("b", Value::Int(2))])), wide);
        let converted = e.add(Op::Convert(ab), narrow.clone());
        let a = e.add(Op::Const(record([("a", Value::Int(1))])), narrow);
        e.bool(Op::Eq(converted, a))
    });
    assert_eq!(holds(condition), Ok(true));
}

#[test]
fn ordered_enums_compare_by_position_and_actions_by_what_they_include() {
    let level = |at: u32| Op::Const(Value::Enum(EnumId(0), at));
    let ordered = body(0, |e| {
        let ty = Type::Enum(EnumId(0));
        let (public, secret) = (e.add(level(0), ty.clone()), e.add(level(1), ty));
        e.bool(Op::Compare(Ordering::Less, public, secret))
    });
    assert_eq!(holds(ordered), Ok(true));
    let included = |group| {
        body(0, |e| {
            let action = e.add(Op::Action, Type::Action);
            let group = e.add(Op::Const(Value::Action(group)), Type::Action);
            e.bool(Op::ActionIn(action, group))
        })
    };
    assert_eq!(holds(included(EDIT)), Ok(true));
    assert_eq!(holds(included(WRITE)), Ok(false));
}

#[test]
fn like_needs_its_parts_in_order_without_overlap() {
    let pattern = |parts: &[&str]| LikePattern { parts: parts.iter().map(|part| (*part).into()).collect() };
    for (parts, text, matches) in [
        (&["a", "b"][..], "ab", true),
        (&["a", "b"], "axxb", true),
        (&["a", "a"], "a", false),
        (&["", ""], "", true),
        (&["abc"], "abc", true),
        (&["abc"], "abcd", false),
        (&["", "x", ""], "axb", true),
        (&["", "aa", "aa", ""], "aaa", false),
        (&["", "ab", "b"], "abb", true),
        (&["", "ab", "b"], "ab", false),
    ] {
        assert_eq!(pattern(parts).matches(text), matches, "{parts:?} {text}");
    }
}

#[test]
fn a_pattern_matches_whole_texts_whatever_it_contains() {
    let matches = |source: &str, text: &str| compile_regex(source).map(|regex| regex.is_match(text));
    assert_eq!(matches("a|ab", "ab"), Ok(true));
    assert_eq!(matches("a", "ab"), Ok(false));
    assert_eq!(matches("(?m)^a$", "b\na"), Ok(false));
    for refused in ["a)|(b", "(?x)a # ", "(", "(a{1000}){1000}"] {
        assert!(compile_regex(refused).is_err(), "{refused}");
    }
}

#[test]
fn a_body_of_nothing_in_particular_is_an_error_not_a_panic() {
    let schema = schema();
    let library =
        crate::Library { schema: &schema, params: &[], functions: &[], like_patterns: &[], regexes: &[] };
    let evaluate = |nodes: Vec<Op>| {
        let nodes = nodes.into_iter().map(|op| Node { op, ty: Type::Bool, span: Span::default() }).collect();
        crate::evaluate(library, &Body { nodes, locals: u32::MAX }, None)
    };
    let id = NodeId;
    for nodes in [
        vec![],
        vec![Op::Not(id(0))],
        vec![Op::Not(id(7))],
        vec![Op::Principal],
        vec![Op::Now],
        vec![Op::Param(3)],
        vec![Op::Local(u32::MAX)],
        vec![Op::Const(Value::Int(1)), Op::Let { local: u32::MAX, value: id(0), body: id(0) }],
        vec![Op::Call { function: 9, args: vec![] }],
        vec![Op::Const(Value::Int(1)), Op::Not(id(0))],
        vec![Op::Builtin(crate::builtins::BuiltinId(u16::MAX), vec![])],
        vec![Op::RecordOf(vec![])],
        vec![Op::Const(Value::String("a".into())), Op::Matches { value: id(0), regex: 0 }],
    ] {
        assert!(evaluate(nodes.clone()).is_err(), "{nodes:?}");
    }
}

/// A tree of this height that has one kind of operation at every level.
fn tower(height: u32, level: impl Fn(&mut Expression, NodeId, u32) -> NodeId, per_level: u32) -> Body {
    body(height, |e| {
        let mut node = e.truth(true);
        for at in 0..(height - 1) / per_level {
            node = level(e, node, at);
        }
        node
    })
}

#[test]
fn the_highest_admitted_tree_of_any_shape_fits_the_stack_of_a_thread() {
    let highest = crate::verify::MAX_HEIGHT - 1;
    type Level = fn(&mut Expression, NodeId, u32) -> NodeId;
    let shapes: [(&str, u32, Level); 7] = [
        ("not", 1, |e, node, _| e.bool(Op::Not(node))),
        ("and", 1, |e, node, _| {
            let operands = vec![e.truth(true), node];
            e.bool(Op::And(operands))
        }),
        ("if", 1, |e, node, _| {
            let (condition, otherwise) = (e.truth(true), e.truth(false));
            e.bool(Op::If { condition, then: node, otherwise })
        }),
        ("let", 1, |e, node, at| {
            let value = e.truth(true);
            e.bool(Op::Let { local: at, value, body: node })
        }),
        ("eq", 1, |e, node, _| {
            let other = e.truth(true);
            e.bool(Op::Eq(other, node))
        }),
        ("any", 1, |e, node, at| {
            let set = e.add(Op::Const(Value::Set(Arc::new([Value::Int(1)].into()))), Type::set(Type::Int));
            e.bool(Op::Quantifier { all: false, local: at, filter: None, set, body: node })
        }),
        ("contains", 2, |e, node, _| {
            let set = e.add(Op::SetOf(vec![node]), Type::set(Type::Bool));
            let element = e.truth(true);
            e.bool(Op::Contains(set, element))
        }),
    ];
    for (name, per_level, level) in shapes {
        let outcome = decide(vec![policy(name, Effect::Allow, Some(tower(highest, level, per_level)))]);
        assert_eq!(outcome.errors, [], "{name}");
    }
    let higher = tower(highest + 1, shapes[0].2, 1);
    assert!(crate::verify(program(vec![policy("higher", Effect::Allow, Some(higher))])).is_err());
}

#[test]
fn the_longest_admitted_chain_of_calls_fits_the_stack_of_a_thread() {
    let mut program = program(vec![]);
    let call = |function: Option<u32>| {
        body(0, |e| match function {
            None => e.truth(true),
            Some(function) => e.bool(Op::Call { function, args: vec![] }),
        })
    };
    let length = crate::verify::MAX_HEIGHT - 2;
    program.functions = (0..length)
        .map(|at| Function {
            name: smol_str::format_smolstr!("f{at}"),
            params: vec![],
            body: call(at.checked_sub(1)),
            origin: Origin::default(),
        })
        .collect();
    program.policies = vec![policy("p", Effect::Allow, Some(call(Some(length - 1))))];
    let program = crate::verify(program).unwrap();
    assert!(outcome(&program, &data(), &query()).allowed);
}
