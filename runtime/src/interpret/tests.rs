//! The rules of DESIGN 2.3 that the interpreter owns.

use crate::program::{Effect, Op};
use crate::testing::*;
use crate::types::Type;

#[test]
fn the_highest_admitted_tree_fits_the_stack_of_a_thread() {
    let deep = |height: u32| {
        body(0, |e| {
            let mut node = e.truth(true);
            for _ in 1..height {
                node = e.add(Op::Not(node), Type::Bool);
            }
            node
        })
    };
    let highest = crate::verify::MAX_HEIGHT - 1;
    let outcome = decide(vec![policy("deep", Effect::Allow, Some(deep(highest)))]);
    assert!(outcome.allowed && outcome.errors.is_empty());
    assert!(crate::verify(program(vec![policy("deeper", Effect::Allow, Some(deep(highest + 1)))])).is_err());
}
