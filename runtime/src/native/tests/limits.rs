//! What is too large or too odd for native code is left to the interpreter, never a panic or an overflow of the stack.

use std::sync::Arc;

use super::Both;
use crate::native::{Code, Image, PreparedContext, Unfit, decide_ids, outcome};
use crate::params::Params;
use crate::program::*;
use crate::testing::*;
use crate::types::*;
use crate::value::Value;

/// What native code says, checked against the interpreter if it says anything.
fn native(program: Program) -> Result<bool, Unfit> {
    let program = crate::verify(program).unwrap();
    let params = Params::bind(&program, []).unwrap();
    let code = Arc::new(Code::compile(&program)?);
    let image = Image::link(&code, params.values(), &data(), None)?;
    let native = outcome(&image, &query())?;
    assert_eq!(native, crate::interpret(&program, &params, &data(), &query()));
    Ok(native.allowed)
}

fn nested(height: usize) -> Body {
    body(0, |e| {
        let mut node = e.truth(true);
        for _ in 0..height / 2 {
            let not = e.bool(Op::Not(node));
            let (yes, no) = (e.truth(false), e.truth(true));
            node = e.bool(Op::If { condition: not, then: yes, otherwise: no });
        }
        node
    })
}

#[test]
fn deep_trees_are_compiled_or_refused() {
    for (height, compiled) in [(100, true), (180, true), (400, false), (1_000, false)] {
        let result = native(program(vec![policy("deep", Effect::Allow, Some(nested(height)))]));
        assert_eq!(result.is_ok(), compiled, "height {height}");
    }
}

#[test]
fn a_long_condition_is_compiled_or_refused() {
    for (length, compiled) in [(2_000, true), (9_000, false)] {
        let condition = body(0, |e| {
            let operands = (0..length)
                .map(|number| {
                    let (a, b) = (e.int(number), e.int(number));
                    e.bool(Op::Compare(Ordering::LessEqual, a, b))
                })
                .collect();
            e.bool(Op::And(operands))
        });
        let result = native(program(vec![policy("long", Effect::Allow, Some(condition))]));
        assert_eq!(result, if compiled && length * 3 < 8_000 { Ok(true) } else { Err(Unfit) });
    }
}

#[test]
fn functions_that_call_each_other_deeply_are_refused() {
    let function = |index: u32| Function {
        name: format!("m::f{index}").into(),
        params: vec![],
        body: body(0, |e| {
            // Long enough not to be inlined.
            let mut node = match index {
                0 => e.truth(true),
                _ => e.bool(Op::Call { function: index - 1, args: vec![] }),
            };
            for _ in 0..3 {
                let operands = vec![node].into_iter().chain((0..20).map(|_| e.truth(true))).collect();
                node = e.bool(Op::And(operands));
            }
            node
        }),
        origin: Origin::default(),
    };
    for (functions, compiled) in [(20, true), (200, false)] {
        let mut program = program(vec![policy(
            "calls",
            Effect::Allow,
            Some(body(0, |e| e.bool(Op::Call { function: functions - 1, args: vec![] }))),
        )]);
        program.functions = (0..functions).map(function).collect();
        assert_eq!(native(program).is_ok(), compiled);
    }
}

#[test]
fn rows_of_many_grants_that_name_the_same_entities_are_found() {
    let mut program = program(vec![]);
    let viewer = program.schema.grants[0].clone();
    for at in 1..40 {
        program.schema.grants.push(Grant { name: format!("drive::viewer{at}").into(), ..viewer.clone() });
    }
    let mut data = crate::data::Data::new(&program.schema);
    let fixed = crate::testing::data();
    for ty in [USER, GROUP, DOCUMENT] {
        for (id, entity) in fixed.entities(ty) {
            data.upsert(&program.schema, uid(ty, id), (**entity).clone()).unwrap();
        }
    }
    for grant in [0, 39] {
        let mut granted = policy(&format!("granted-{grant}"), Effect::Allow, None);
        granted.grant = Some(GrantId(grant));
        granted.principal.within = Within::InGrantParam(0);
        granted.resource.within = Within::InGrantParam(1);
        program.policies.push(granted);
        for group in ["eng", "sales"] {
            let row = [entity_value(GROUP, group), entity_value(DOCUMENT, "d1")];
            data.grant(&program.schema, GrantId(grant), row, None, 0).unwrap();
        }
    }
    let outcome = Both::new(crate::verify(program).unwrap(), data).outcome(&query());
    assert_eq!(outcome.policies, [0, 1]);
}

#[test]
fn a_context_is_good_for_one_action_and_later_snapshots() {
    let program = verified(vec![policy("p", Effect::Allow, None)]);
    let code = Arc::new(Code::compile(&program).unwrap());
    let link = |previous| Image::link(&code, &[], &data(), previous).unwrap();
    let first = link(None);
    let second = link(Some(&first));
    let context = PreparedContext::new(&first, READ, &query().context).unwrap();
    let (ann, d1) = (first.find(&uid(USER, "ann")).unwrap(), first.find(&uid(DOCUMENT, "d1")).unwrap());
    assert_eq!(second.find(&uid(USER, "ann")), Some(ann));
    assert!(decide_ids(&first, ann, READ, d1, &context, 0).is_ok());
    assert!(decide_ids(&second, ann, READ, d1, &context, 0).is_ok());
    let apart = link(None);
    let beside = link(Some(&first));
    for other in [&apart, &beside] {
        assert_eq!(decide_ids(other, ann, READ, d1, &context, 0), Err(Unfit));
    }
    assert_eq!(decide_ids(&first, ann, WRITE, d1, &context, 0), Err(Unfit));
    // Numbers that nobody gave out are entities that the data lacks.
    assert!(decide_ids(&first, u64::from(USER.0) << 32 | 0xffff_ffff, READ, d1, &context, 0).is_ok());
    assert_eq!(decide_ids(&first, u64::MAX, READ, d1, &context, 0), Err(Unfit));
    assert!(PreparedContext::new(&first, READ, &Value::Bool(true)).is_err());
}
