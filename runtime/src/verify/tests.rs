//! One hostile Program for each check: a good one with one thing changed, and what the verifier says to it.

use std::sync::Arc;

use super::*;
use crate::program::*;
use crate::testing::*;
use crate::types::*;
use crate::value::{EntityUid, Value};

/// What the verifier says to the good Program with this change.
fn refusal(change: impl FnOnce(&mut Program)) -> String {
    let mut program = good();
    change(&mut program);
    match verify(program) {
        Ok(_) => panic!("admitted"),
        Err(error) => error.to_string(),
    }
}

#[track_caller]
fn refuses(problem: &str, change: impl FnOnce(&mut Program)) {
    let refusal = refusal(change);
    assert!(refusal.contains(problem), "`{refusal}` does not say `{problem}`");
}

/// What the verifier says to this condition.
#[track_caller]
fn refuses_body(problem: &str, condition: Body) {
    refuses(problem, |program| program.policies[0].variants[0].condition = Some(condition));
}

fn good() -> Program {
    let mut program = program(vec![
        obliging(policy("a", Effect::Allow, Some(body(0, |e| e.truth(true)))), body(0, |e| e.int(1))),
        policy("d", Effect::Deny, None),
    ]);
    program.functions = vec![Function {
        name: "drive::id".into(),
        params: vec![Type::Int],
        body: body(1, |e| e.add(Op::Local(0), Type::Int)),
        origin: Origin::default(),
    }];
    program.params =
        vec![ParamDecl { name: "drive::LIMIT".into(), ty: Type::Int, default: Some(Value::Int(1)) }];
    program.like_patterns = vec![LikePattern { parts: Arc::new(["a".into(), "b".into()]) }];
    program.regexes = vec!["a+".into()];
    program
}

#[test]
fn the_good_program_is_admitted_and_indexed() {
    let verified = verify(good()).unwrap();
    let environment = Environment { principal: USER, action: READ, resource: DOCUMENT };
    assert_eq!(verified.applicable(environment), [(0, 0), (1, 0)]);
    let none = Environment { principal: GROUP, ..environment };
    assert_eq!(verified.applicable(none), []);
    assert_eq!(verified.ancestor_types(USER).and_then(EntityTypes::single), Some(GROUP));
    assert_eq!(verified.ancestor_types(DOCUMENT), None);
    assert!(verified.regexes()[0].is_match("aa"));
    assert!(verified.same(&verified.clone()));
}

#[test]
fn schemas_name_what_they_have() {
    refuses("its name is empty", |p| p.schema.entity_types[0].name = "drive::Group".into());
    refuses("its name is empty", |p| p.schema.actions[0].name = "".into());
    refuses("no entity type", |p| p.schema.entity_types[0].parents = vec![EntityTypeId(99)]);
    refuses("both closed and external", |p| p.schema.entity_types[TOKEN.index()].closed = Some(vec![]));
    refuses("ids are not distinct", |p| {
        p.schema.entity_types[STAGE.index()].closed = Some(vec!["a".into(), "a".into()]);
    });
    refuses("a type names no enum", |p| {
        p.schema.entity_types[0].attributes = RecordType::new(vec![field("x", Type::Enum(EnumId(9)))]);
    });
    refuses("a type names no entity type", |p| {
        p.schema.entity_types[0].attributes =
            RecordType::new(vec![field("x", Type::entity(EntityTypeId(9)))]);
    });
    refuses("is optional", |p| {
        p.schema.entity_types[0].attributes = RecordType::new(vec![field("x", Type::optional(Type::Int))]);
    });
    refuses("variants are not distinct", |p| p.schema.enums[0].variants.clear());
    refuses("unknown entity type", |p| {
        p.schema.actions[0].applies.as_mut().unwrap().principals = EntityTypes::one(EntityTypeId(9));
    });
    refuses("same name", |p| {
        let param = p.schema.grants[0].params[0].clone();
        p.schema.grants[0].params.push(param);
    });
    refuses("a parameter is optional", |p| p.schema.obligations[0].params[0].optional = true);
    refuses("negative", |p| p.schema.grants[0].at_most = Some(-1));
}

#[test]
fn actions_include_themselves_sorted_and_closed() {
    refuses("lacks itself", |p| p.schema.actions[0].includes.clear());
    refuses("not sorted", |p| p.schema.actions[2].includes = vec![EDIT, READ, WRITE]);
    refuses("unknown action", |p| p.schema.actions[0].includes.push(ActionId(9)));
    refuses("not all that this includes", |p| p.schema.actions[0].includes = vec![READ, EDIT]);
}

#[test]
fn types_are_small_whatever_they_share() {
    refuses("too large", |p| {
        let deep = (0..100).fold(Type::Int, |ty, _| Type::set(ty));
        p.params[0].ty = deep;
    });
    refuses("too large", |p| {
        // A small graph that stands for a tree of 2^30 parts.
        let wide = (0..30).fold(Type::Int, |ty, _| {
            Type::Record(RecordType::new(vec![field("a", ty.clone()), field("b", ty)]))
        });
        p.params[0].ty = wide;
    });
    refuses("an optional type is inside another", |p| {
        p.params[0].ty = Type::set(Type::optional(Type::Int));
    });
}

#[test]
fn params_have_values_of_their_types() {
    refuses("its type is optional", |p| p.params[0].ty = Type::optional(Type::Int));
    refuses("does not have its type", |p| p.params[0].default = Some(Value::Bool(true)));
}

#[test]
fn patterns_of_text_compile() {
    refuses("it has no parts", |p| p.like_patterns[0].parts = Arc::new([]));
    refuses("regex 0", |p| p.regexes[0] = "(".into());
    refuses("regex 0", |p| p.regexes[0] = "a)|(b".into());
    refuses("regex 0", |p| p.regexes[0] = "(a{1000}){1000}".into());
}

#[test]
fn policies_have_ids_and_known_parts() {
    refuses("not the only one", |p| p.policies[1].id = "a".into());
    refuses("its id is empty", |p| p.policies[0].id = "".into());
    refuses("unknown action", |p| p.policies[0].actions.push(ActionId(9)));
    refuses("not sorted", |p| p.policies[0].actions = vec![WRITE, READ]);
    refuses("unknown entity type", |p| {
        p.policies[0].principal.types = Some(EntityTypes::one(EntityTypeId(9)))
    });
    refuses("cannot be", |p| p.policies[0].resource.within = Within::Is(uid(STAGE, "moon")));
    refuses("cannot be", |p| {
        p.policies[0].resource.within = Within::In(EntityUid { ty: EntityTypeId(9), id: "x".into() });
    });
    refuses("no entity parameter", |p| p.policies[0].principal.within = Within::InGrantParam(0));
    refuses("unknown grant", |p| p.policies[0].grant = Some(GrantId(9)));
    refuses("no allow", |p| p.policies[1].grant = Some(VIEWER));
    refuses("no entity parameter", |p| {
        p.policies[0].grant = Some(VIEWER);
        p.policies[0].principal.within = Within::InGrantParam(7);
    });
    refuses("unknown obligation", |p| p.policies[0].variants[0].obligations[0].obligation = ObligationId(9));
    refuses("one argument for each parameter", |p| p.policies[0].variants[0].obligations[0].args.clear());
    refuses("its parameter's type", |p| {
        p.policies[0].variants[0].obligations[0].args = vec![body(0, |e| e.truth(true))];
    });
    refuses("a condition is no Bool", |p| {
        p.policies[0].variants[0].condition = Some(body(0, |e| e.int(1)));
    });
}

#[test]
fn variants_cover_what_patterns_can_match_once() {
    refuses("no variant is for", |p| p.policies[1].variants.clear());
    refuses("no variant is for", |p| p.policies[1].variants[0].actions = vec![READ]);
    refuses("no variant is for", |p| p.policies[1].variants[0].principals = EntityTypes::one(USER));
    refuses("same environment", |p| {
        let variant = p.policies[1].variants[0].clone();
        p.policies[1].variants.push(variant);
    });
    refuses("do not admit", |p| p.policies[1].principal.types = Some(EntityTypes::one(USER)));
    refuses("do not admit", |p| p.policies[1].actions = vec![READ]);
    refuses("no request can name", |p| p.policies[1].variants[0].actions = vec![READ, WRITE, EDIT]);
    refuses("for no action", |p| p.policies[1].variants[0].actions.clear());
    refuses("different context types", |p| {
        p.schema.actions[1].applies.as_mut().unwrap().context = RecordType::new(vec![]);
    });
    refuses("an unknown entity type", |p| {
        let types = [USER, TOKEN, EntityTypeId(9)];
        p.policies[1].variants[0].principals = EntityTypes::new(types).unwrap();
    });
}

#[test]
fn variants_may_leave_out_what_nothing_of_a_type_can_match() {
    let mut program = good();
    let deny = &mut program.policies[1];
    deny.resource.within = Within::Is(uid(STAGE, "prod"));
    deny.variants[0].resources = EntityTypes::one(STAGE);
    verify(program.clone()).unwrap();
    program.policies[1].variants[0].resources = EntityTypes::one(DOCUMENT);
    assert!(verify(program).unwrap_err().problem.contains("no variant is for"));
}

#[test]
fn bodies_are_trees_of_nodes_in_order() {
    let node = |op, ty| Node { op, ty, span: Span::default() };
    let bools =
        |ops: Vec<Op>| Body { nodes: ops.into_iter().map(|op| node(op, Type::Bool)).collect(), locals: 0 };
    let yes = || Op::Const(Value::Bool(true));
    refuses_body("has no nodes", Body::default());
    refuses_body("does not come before", bools(vec![Op::Not(NodeId(0))]));
    refuses_body("does not come before", bools(vec![Op::Not(NodeId(1)), yes()]));
    refuses_body("does not come before", bools(vec![yes(), Op::Not(NodeId(u32::MAX))]));
    refuses_body("is used by none", bools(vec![yes(), yes()]));
    refuses_body(
        "is used twice",
        bools(vec![yes(), Op::Not(NodeId(0)), Op::And(vec![NodeId(1), NodeId(1)])]),
    );
    verify_body(bools(vec![yes(), Op::And(vec![NodeId(0), NodeId(0)])]));
    refuses_body("calls no function before it", bools(vec![Op::Call { function: 7, args: vec![] }]));
    refuses("calls no function before it", |p| {
        p.functions[0].body = body(1, |e| {
            let argument = e.add(Op::Local(0), Type::Int);
            e.add(Op::Call { function: 0, args: vec![argument] }, Type::Int)
        });
    });
    refuses_body(
        "nested too deeply",
        body(0, |e| (0..MAX_HEIGHT).fold(e.truth(true), |node, _| e.bool(Op::Not(node)))),
    );
}

#[track_caller]
fn verify_body(condition: Body) {
    let mut program = good();
    program.policies[0].variants[0].condition = Some(condition);
    verify(program).unwrap();
}

#[test]
fn calls_that_would_double_for_ever_are_too_large() {
    refuses("too large", |p| {
        p.functions = (0..60)
            .map(|at| Function {
                name: smol_str::format_smolstr!("f{at}"),
                params: vec![],
                body: body(0, |e| match at {
                    0 => e.truth(true),
                    _ => {
                        let call = Op::Call { function: at - 1, args: vec![] };
                        let operands = vec![e.bool(call.clone()), e.bool(call)];
                        e.bool(Op::And(operands))
                    }
                }),
                origin: Origin::default(),
            })
            .collect();
    });
}

#[test]
fn locals_are_bound_once_and_used_inside() {
    let let_in = |local: u32, locals: u32, used: u32| {
        body(locals, move |e| {
            let value = e.truth(true);
            let body = e.bool(Op::Local(used));
            e.bool(Op::Let { local, value, body })
        })
    };
    verify_body(let_in(0, 1, 0));
    refuses_body("nothing binds", let_in(0, 2, 1));
    refuses_body("out of range", let_in(5, 1, 0));
    refuses_body("number of locals", let_in(0, u32::MAX, 0));
    refuses_body(
        "bound twice",
        body(1, |e| {
            let value = e.truth(true);
            let inner = e.bool(Op::Local(0));
            let inner = e.bool(Op::Let { local: 0, value, body: inner });
            e.bool(Op::Let { local: 0, value, body: inner })
        }),
    );
    refuses_body(
        "out of its scope",
        body(1, |e| {
            let local = e.bool(Op::Local(0));
            let value = e.truth(true);
            let inside = e.bool(Op::Let { local: 0, value, body: local });
            e.bool(Op::And(vec![inside, local]))
        }),
    );
    refuses_body(
        "out of its scope",
        body(1, |e| {
            let local = e.bool(Op::Local(0));
            let value = e.bool(Op::Not(local));
            e.bool(Op::Let { local: 0, value, body: local })
        }),
    );
    refuses("number of locals", |p| p.functions[0].body.locals = 0);
}

#[test]
fn functions_know_no_request() {
    for (op, ty) in [
        (Op::Principal, Type::entity(USER)),
        (Op::Resource, Type::entity(DOCUMENT)),
        (Op::Context, Type::Record(RecordType::new(vec![]))),
    ] {
        refuses("a function names the", |p| {
            p.functions[0] = Function {
                name: "f".into(),
                params: vec![],
                body: body(0, |e| e.add(op, ty)),
                origin: Origin::default(),
            };
        });
    }
}

/// For each operation some operands and results that it does not have. Locals 0, 1, .. stand for operands of the given types.
#[test]
fn operations_have_the_types_that_they_say() {
    use Type::{Bool, Datetime, Decimal, Duration, Int};
    let user = || Type::entity(USER);
    let set = Type::set;
    let text = || Type::String;
    let opt = Type::optional;
    let map = || Type::Map(Arc::new(Int));
    let shape = || Type::Record(RecordType::new(vec![field("a", Int), optional("b", Int)]));
    let n = NodeId;
    let less = |a, b| Op::Compare(Ordering::Less, a, b);
    let sum = |a, b| Op::Arithmetic(Arithmetic::Add, a, b);
    let difference = |a, b| Op::Arithmetic(Arithmetic::Sub, a, b);
    let product = |a, b| Op::Arithmetic(Arithmetic::Mul, a, b);
    let like = |pattern| Op::Like { value: n(0), pattern };
    let matches = |regex| Op::Matches { value: n(0), regex };
    let call = |args| Op::Call { function: 0, args };
    let starts_with =
        crate::builtins::all().iter().position(|builtin| builtin.name == "starts_with").unwrap();
    let starts_with = |args| Op::Builtin(crate::builtins::BuiltinId(starts_with as u16), args);
    let union = crate::builtins::all().iter().position(|builtin| builtin.name == "union").unwrap();
    let union = |args| Op::Builtin(crate::builtins::BuiltinId(union as u16), args);
    let both = vec![n(0), n(1)];
    // Operand types, the operation, its type, whether it is one.
    let cases: Vec<(Vec<Type>, Op, Type, bool)> = vec![
        (vec![], Op::Const(Value::Int(1)), Int, true),
        (vec![], Op::Const(Value::Int(1)), Bool, false),
        (vec![], Op::Const(Value::Enum(EnumId(0), 7)), Type::Enum(EnumId(0)), false),
        (vec![], Op::Const(entity_value(STAGE, "moon")), Type::entity(STAGE), false),
        (vec![], Op::Const(Value::Absent), opt(Int), true),
        (vec![], Op::Param(0), Int, true),
        (vec![], Op::Param(0), Bool, false),
        (vec![], Op::Param(1), Int, false),
        (vec![], Op::Action, Type::Action, true),
        (vec![], Op::Action, Int, false),
        (vec![], Op::Now, Datetime, true),
        (vec![], Op::Now, Int, false),
        (vec![], Op::Principal, user(), false),
        (vec![], Op::Resource, user(), false),
        (vec![], Op::Context, shape(), false),
        (vec![Int], call(vec![n(0)]), Int, true),
        (vec![Bool], call(vec![n(0)]), Int, false),
        (vec![Int], call(vec![n(0)]), Bool, false),
        (vec![Int, Int], call(both.clone()), Int, false),
        (vec![Bool, Bool], Op::And(both.clone()), Bool, true),
        (vec![Bool], Op::And(vec![n(0)]), Bool, false),
        (vec![Bool, Int], Op::Or(both.clone()), Bool, false),
        (vec![Int], Op::Not(n(0)), Bool, false),
        (vec![Bool, Int, Int], Op::If { condition: n(0), then: n(1), otherwise: n(2) }, Int, true),
        (vec![Int, Int, Int], Op::If { condition: n(0), then: n(1), otherwise: n(2) }, Int, false),
        (vec![Bool, Int, Bool], Op::If { condition: n(0), then: n(1), otherwise: n(2) }, Int, false),
        (vec![Int, Int], Op::Eq(n(0), n(1)), Bool, true),
        (vec![Int, Decimal], Op::Eq(n(0), n(1)), Bool, false),
        (vec![opt(Int), opt(Int)], Op::Eq(n(0), n(1)), Bool, false),
        (vec![user(), Type::entity(GROUP)], Op::Eq(n(0), n(1)), Bool, false),
        (
            vec![user(), Type::Entity(EntityTypes::new([USER, GROUP]).unwrap())],
            Op::Eq(n(0), n(1)),
            Bool,
            true,
        ),
        (vec![Int, Int], less(n(0), n(1)), Bool, true),
        (vec![text(), text()], less(n(0), n(1)), Bool, false),
        (vec![Type::Enum(EnumId(0)), Type::Enum(EnumId(0))], less(n(0), n(1)), Bool, true),
        (vec![Int, Int], sum(n(0), n(1)), Int, true),
        (vec![Int, Int], sum(n(0), n(1)), Decimal, false),
        (vec![Datetime, Duration], sum(n(0), n(1)), Datetime, true),
        (vec![Datetime, Datetime], sum(n(0), n(1)), Datetime, false),
        (vec![Datetime, Datetime], difference(n(0), n(1)), Duration, true),
        (vec![Decimal, Decimal], product(n(0), n(1)), Decimal, false),
        (vec![Duration, Duration], product(n(0), n(1)), Duration, false),
        (vec![Int, Duration], product(n(0), n(1)), Duration, true),
        (vec![Decimal, Int], product(n(0), n(1)), Decimal, true),
        (vec![Datetime], Op::Neg(n(0)), Datetime, false),
        (vec![user(), Type::entity(GROUP)], Op::In(n(0), n(1)), Bool, true),
        (vec![user(), Int], Op::In(n(0), n(1)), Bool, false),
        (vec![user(), set(user())], Op::InAny(n(0), n(1)), Bool, true),
        (vec![user(), set(Int)], Op::InAny(n(0), n(1)), Bool, false),
        (vec![user(), user()], Op::InAny(n(0), n(1)), Bool, false),
        (vec![Type::Action, Int], Op::ActionIn(n(0), n(1)), Bool, false),
        (vec![Type::Action, set(Type::Action)], Op::ActionInAny(n(0), n(1)), Bool, true),
        (vec![Type::Action, Type::Action], Op::ActionInAny(n(0), n(1)), Bool, false),
        (vec![Int], Op::IsType(n(0), EntityTypes::one(USER)), Bool, false),
        (vec![user()], Op::IsType(n(0), EntityTypes::one(EntityTypeId(9))), Bool, false),
        (vec![user()], Op::Narrow(n(0)), Type::entity(GROUP), false),
        (vec![Type::Entity(EntityTypes::new([USER, GROUP]).unwrap())], Op::Narrow(n(0)), user(), true),
        (vec![user()], Op::Attribute(n(0), "age".into()), Int, true),
        (vec![user()], Op::Attribute(n(0), "age".into()), opt(Int), false),
        (vec![user()], Op::Attribute(n(0), "manager".into()), user(), false),
        (vec![user()], Op::Attribute(n(0), "manager".into()), opt(user()), true),
        (vec![user()], Op::Attribute(n(0), "nothing".into()), Int, false),
        (
            vec![Type::Entity(EntityTypes::new([USER, GROUP]).unwrap())],
            Op::Attribute(n(0), "age".into()),
            Int,
            false,
        ),
        (vec![Int], Op::HasAttribute(n(0), "age".into()), Bool, false),
        (vec![shape()], Op::Field(n(0), "a".into()), Int, true),
        (vec![shape()], Op::Field(n(0), "b".into()), Int, false),
        (vec![shape()], Op::Field(n(0), "c".into()), Int, false),
        (vec![shape()], Op::HasField(n(0), "c".into()), Bool, false),
        (vec![Int], Op::Unwrap(n(0)), Int, false),
        (vec![opt(Int)], Op::Unwrap(n(0)), Int, true),
        (vec![Int], Op::IsSome(n(0)), Bool, false),
        (vec![opt(Int), Int], Op::Coalesce(n(0), n(1)), Int, true),
        (vec![opt(Int), opt(Int)], Op::Coalesce(n(0), n(1)), opt(Int), true),
        (vec![opt(Int), Bool], Op::Coalesce(n(0), n(1)), Int, false),
        (vec![Int, Int], Op::Coalesce(n(0), n(1)), Int, false),
        (vec![map(), text()], Op::Index(n(0), n(1)), opt(Int), true),
        (vec![map(), text()], Op::Index(n(0), n(1)), Int, false),
        (vec![map(), Int], Op::Index(n(0), n(1)), opt(Int), false),
        (vec![set(Int), Int], Op::Contains(n(0), n(1)), Bool, true),
        (vec![set(Int), Bool], Op::Contains(n(0), n(1)), Bool, false),
        (vec![Int], Op::SetOf(vec![n(0)]), set(Int), true),
        (vec![Bool], Op::SetOf(vec![n(0)]), set(Int), false),
        (vec![Int, opt(Int)], Op::RecordOf(both.clone()), shape(), true),
        (vec![Int, Int], Op::RecordOf(both.clone()), shape(), false),
        (vec![Int], Op::RecordOf(vec![n(0)]), shape(), false),
        (vec![Int, Int], Op::MapOf(vec![("a".into(), n(0)), ("b".into(), n(1))]), map(), true),
        (vec![Int, Int], Op::MapOf(vec![("a".into(), n(0)), ("a".into(), n(1))]), map(), false),
        (vec![Bool], Op::MapOf(vec![("a".into(), n(0))]), map(), false),
        (vec![Int], Op::Convert(n(0)), opt(Int), true),
        (vec![opt(Int)], Op::Convert(n(0)), Int, false),
        (vec![shape()], Op::Convert(n(0)), Type::Record(RecordType::new(vec![field("a", Int)])), true),
        (vec![shape()], Op::Convert(n(0)), Type::Record(RecordType::new(vec![field("b", Int)])), false),
        (vec![text(), text()], starts_with(both.clone()), Bool, true),
        (vec![text(), text()], starts_with(both.clone()), Int, false),
        (vec![text(), Int], starts_with(both.clone()), Bool, false),
        (vec![text()], starts_with(vec![n(0)]), Bool, false),
        (vec![set(Int), set(Int)], union(both.clone()), set(Int), true),
        (vec![set(Int), set(Bool)], union(both.clone()), set(Int), false),
        (vec![], Op::Builtin(crate::builtins::BuiltinId(u16::MAX), vec![]), Bool, false),
        (vec![text()], like(0), Bool, true),
        (vec![text()], like(1), Bool, false),
        (vec![Int], like(0), Bool, false),
        (vec![text()], matches(0), Bool, true),
        (vec![text()], matches(1), Bool, false),
        (vec![user(), Type::entity(DOCUMENT)], Op::GrantFact(VIEWER, both.clone()), Bool, true),
        (vec![user(), Int], Op::GrantFact(VIEWER, both.clone()), Bool, false),
        (vec![user()], Op::GrantFact(VIEWER, vec![n(0)]), Bool, false),
        (vec![user(), user()], Op::GrantFact(GrantId(9), both.clone()), Bool, false),
        (vec![user()], Op::Ancestors(n(0)), set(Type::entity(GROUP)), true),
        (vec![user()], Op::Ancestors(n(0)), set(user()), false),
        (vec![Type::entity(DOCUMENT)], Op::Ancestors(n(0)), set(Type::Never), true),
    ];
    for (params, op, ty, good_one) in cases {
        let shown = format!("{op:?}: {ty:?} of {params:?}");
        let mut program = good();
        let condition_of = |e: &mut Expression| {
            for (local, param) in params.iter().enumerate() {
                e.add(Op::Local(local as u32), param.clone());
            }
            e.add(op, ty)
        };
        let body = body(params.len() as u32, condition_of);
        program.functions.push(Function {
            name: "f".into(),
            params: params.clone(),
            body,
            origin: Origin::default(),
        });
        let admitted = verify(program);
        assert_eq!(admitted.is_ok(), good_one, "{shown}: {:?}", admitted.err());
    }
}

#[test]
fn quantifiers_run_over_sets_with_bodies_that_hold_or_not() {
    let quantifier = |set_type: Type, filter: Option<EntityTypes>, variable: Type, result: Type| {
        let mut program = good();
        let body = body(2, |e| {
            let set = e.add(Op::Local(0), set_type.clone());
            let variable = e.add(Op::Local(1), variable);
            let body = e.bool(Op::Eq(variable, variable));
            e.add(Op::Quantifier { all: true, local: 1, filter, set, body }, result)
        });
        program.functions.push(Function {
            name: "f".into(),
            params: vec![set_type],
            body,
            origin: Origin::default(),
        });
        verify(program).is_ok()
    };
    let both = || Type::Entity(EntityTypes::new([USER, GROUP]).unwrap());
    assert!(quantifier(Type::set(Type::Int), None, Type::Int, Type::Bool));
    assert!(!quantifier(Type::set(Type::Int), None, Type::Bool, Type::Bool));
    assert!(!quantifier(Type::set(Type::Int), None, Type::Int, Type::Int));
    assert!(!quantifier(Type::Int, None, Type::Int, Type::Bool));
    assert!(quantifier(Type::set(both()), Some(EntityTypes::one(USER)), Type::entity(USER), Type::Bool));
    assert!(!quantifier(Type::set(both()), Some(EntityTypes::one(USER)), both(), Type::Bool));
    assert!(!quantifier(Type::set(both()), Some(EntityTypes::one(EntityTypeId(9))), Type::Never, Type::Bool));
    assert!(!quantifier(Type::set(Type::Int), Some(EntityTypes::one(USER)), Type::Int, Type::Bool));
}

#[test]
fn the_request_has_the_types_of_its_variant() {
    let condition = |op: Op, ty: Type| {
        let mut program = good();
        program.policies[0].variants[0].condition = Some(body(0, |e| {
            let node = e.add(op, ty);
            e.bool(Op::Eq(node, node))
        }));
        verify(program).is_ok()
    };
    let principals = || Type::Entity(EntityTypes::new([USER, TOKEN]).unwrap());
    assert!(condition(Op::Principal, principals()));
    assert!(!condition(Op::Principal, Type::entity(USER)));
    assert!(!condition(Op::Resource, principals()));
    let context = schema().actions[0].applies.clone().unwrap().context;
    assert!(condition(Op::Context, Type::Record(context)));
    assert!(!condition(Op::Context, Type::Record(RecordType::new(vec![]))));
}
