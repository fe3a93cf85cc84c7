//! Code that is made behind decisions: they are the interpreter's from the first to the last, and nothing outlives its use.

use std::sync::Arc;
use std::thread::{scope, yield_now};

use super::short;
use crate::native::{Code, Image, decide, outcome};
use crate::params::Params;
use crate::testing::*;
use crate::verify::Verified;

fn link_behind(program: &Verified) -> Image {
    let code = Arc::new(Code::compile(program).unwrap());
    code.compile_behind();
    let params = Params::bind(program, []).unwrap();
    Image::link(&code, params.values(), &data(), None).unwrap()
}

/// Decides until native code does, and says how often it did not.
fn decide_until_native(program: &Verified, image: &Image) -> usize {
    let (params, data, query) = (Params::bind(program, []).unwrap(), data(), query());
    let expected = short(&crate::interpret(program, &params, &data, &query));
    let mut others = 0;
    loop {
        if let Ok(decision) = decide(image, &query) {
            assert_eq!(decision, expected);
            return others;
        }
        others += 1;
        yield_now();
    }
}

#[test]
fn a_decision_makes_no_code_where_it_is_made_behind() {
    let program = of_many_shapes(3);
    let image = link_behind(&program);
    assert!(!image.code.is_compiling(), "nobody has asked for anything");
    // All policies are in one function, which is made, but not by the first that needs it.
    assert!(decide(&image, &query()).is_err());
    decide_until_native(&program, &image);
    assert_eq!(image.code.size().compiled_environments, 1);
}

#[test]
fn reasons_are_left_to_the_interpreter_until_there_is_code_for_them() {
    let program = of_many_shapes(3);
    let image = link_behind(&program);
    let query = query();
    assert!(outcome(&image, &query).is_err());
    while outcome(&image, &query).is_err() {
        yield_now();
    }
    let params = Params::bind(&program, []).unwrap();
    assert_eq!(outcome(&image, &query).unwrap(), crate::interpret(&program, &params, &data(), &query));
}

#[test]
fn decisions_are_the_same_while_code_for_many_shapes_is_made() {
    let program = of_many_shapes(200);
    let image = link_behind(&program);
    assert_eq!(image.code.size().compiled, 0);
    assert!(decide_until_native(&program, &image) > 0);
    // No allow applies, so all of them were needed.
    assert_eq!(image.code.size().compiled, 200);
}

#[test]
fn several_threads_may_need_the_same_code() {
    let program = of_many_shapes(120);
    let image = link_behind(&program);
    scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| decide_until_native(&program, &image));
        }
    });
}

#[test]
fn the_thread_does_not_keep_code_that_nobody_else_has() {
    let program = of_many_shapes(300);
    let image = link_behind(&program);
    let code = Arc::downgrade(&image.code);
    assert!(decide(&image, &query()).is_err());
    drop(image);
    // It ends with what it has begun.
    while code.upgrade().is_some() {
        yield_now();
    }
}
