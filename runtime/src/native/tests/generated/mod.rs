//! Random Programs over one rich schema, with random data and requests: both engines say the same.
//!
//! Everything is read off a tape of numbers, so a failure shrinks to a short tape, and that to a small Program.

mod expressions;
mod keyed;
mod mixed;
mod nested;
mod programs;
mod settled;
mod tape;
mod updates;
mod values;
mod world;

use std::ops::Range;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::Both;
use crate::testing::cases;
use crate::verify::Verified;
use tape::Tape;

/// Requests for each Program and snapshot.
const REQUESTS: usize = 12;

fn agree(program: fn(&mut Tape<'_>) -> Verified, numbers: &[u16], requests: &[u16]) {
    let program = program(&mut Tape::new(numbers));
    let data = programs::data(&mut Tape::new(requests));
    let both = Both::new(program, data);
    for request in requests.chunks(16).take(REQUESTS) {
        both.outcome(&programs::query(&mut Tape::new(request)));
    }
}

fn run(few: u32, program: fn(&mut Tape<'_>) -> Verified) {
    check(cases(few), 0..2_000, 192..400, |numbers, requests| agree(program, numbers, requests));
}

/// Checks so many pairs of tapes of these lengths.
fn check(cases: u32, first: Range<usize>, second: Range<usize>, holds: impl Fn(&[u16], &[u16])) {
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 4_000, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let tapes = (prop::collection::vec(any::<u16>(), first), prop::collection::vec(any::<u16>(), second));
    let result = runner.run(&tapes, |(numbers, requests)| {
        holds(&numbers, &requests);
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

#[test]
fn both_engines_agree_on_generated_programs() {
    run(300, programs::program);
}

#[test]
fn both_engines_agree_on_many_policies_of_few_shapes() {
    run(60, keyed::program);
}
