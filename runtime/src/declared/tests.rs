//! Texts tell Programs apart by what they mean, and by nothing else.

use super::{Kind, declarations};
use crate::differential::{Dice, generate};
use crate::program::Origin;
use crate::verify::verify;

#[test]
fn moving_a_declaration_changes_no_text() {
    for seed in 0..40 {
        let program = generate(&mut Dice(seed));
        let mut moved = program.clone();
        moved.policies.reverse();
        for policy in &mut moved.policies {
            policy.origin = Origin { file: 0, start: policy.origin.start + 100 };
        }
        let (program, moved) = (verify(program).unwrap(), verify(moved).unwrap());
        assert_eq!(declarations(&program), declarations(&moved), "seed {seed}");
    }
}

#[test]
fn each_policy_has_a_text_of_its_own_words() {
    for seed in 0..40 {
        let mut program = generate(&mut Dice(seed));
        let before = declarations(&verify(program.clone()).unwrap());
        let Some(policy) = program.policies.first_mut() else { continue };
        policy.because = Some("another reason".into());
        let key = (Kind::Policy, policy.id.to_string());
        let after = declarations(&verify(program).unwrap());
        let changed: Vec<_> = before.iter().filter(|(key, text)| after.get(*key) != Some(*text)).collect();
        assert_eq!(changed.len(), 1, "seed {seed}");
        assert_eq!(*changed[0].0, key);
    }
}

/// Whatever constant of a condition is another one, the text is another one.
#[test]
fn another_condition_is_another_text() {
    use crate::program::Op;
    use crate::value::Value;
    let mut seen = 0;
    for seed in 0..60 {
        let program = generate(&mut Dice(seed));
        let before = declarations(&verify(program.clone()).unwrap());
        let mut changed = program;
        let constant = changed.policies.iter_mut().flat_map(|policy| &mut policy.variants);
        let mut nodes =
            constant.filter_map(|variant| variant.condition.as_mut()).flat_map(|body| &mut body.nodes);
        let found = nodes.find_map(|node| match &mut node.op {
            Op::Const(Value::Int(number)) => Some(number),
            _ => None,
        });
        let Some(number) = found else { continue };
        *number = number.wrapping_add(1);
        assert_ne!(before, declarations(&verify(changed).unwrap()), "seed {seed}");
        seen += 1;
    }
    assert!(seen > 10, "{seen}");
}
