//! Formatting twice is formatting once, and what is formatted means what it meant: it compiles to the same Program, but for places.

use assize_lang::format;
use assize_runtime::program::{Body, Origin, Program, Span};

use super::compiled;

pub fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let once = format(text).text;
    let twice = format(&once).text;
    assert_eq!(once, twice, "formatting again changes it");
    if once == text {
        return;
    }
    let Some(before) = compiled(text).program else { return };
    let after = compiled(&once);
    let Some(after_program) = after.program else {
        panic!("it compiled before: {:?}\n{once}", after.diagnostics)
    };
    assert!(placeless(&before) == placeless(&after_program), "it means something else:\n{once}");
}

fn placeless(program: &Program) -> Program {
    let mut program = program.clone();
    for function in &mut program.functions {
        function.origin = Origin::default();
        body(&mut function.body);
    }
    for policy in &mut program.policies {
        (policy.origin, policy.span) = (Origin::default(), Span::default());
        for variant in &mut policy.variants {
            variant.condition.iter_mut().for_each(body);
            variant.obligations.iter_mut().flat_map(|call| &mut call.args).for_each(body);
        }
    }
    program
}

fn body(body: &mut Body) {
    body.nodes.iter_mut().for_each(|node| node.span = Span::default());
}
