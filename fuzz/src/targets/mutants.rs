//! Valid Programs with parts exchanged, taken away or made wrong: the verifier refuses them, or they are decided alike by everything that
//! decides.

use std::sync::LazyLock;

use assize_runtime::program::Program;
use assize_runtime::verify;

use super::compiled;
use crate::tape::Tape;
use crate::{engines, mutate, seeds};

/// What mutants are made of.
static PROGRAMS: LazyLock<Vec<Program>> = LazyLock::new(|| {
    let texts = seeds::packages();
    let programs: Vec<Program> =
        texts.iter().filter_map(|text| compiled(text).program).map(|program| (*program).clone()).collect();
    assert!(programs.len() > 50, "only {} packages of the reference compile", programs.len());
    programs
});

pub fn run(bytes: &[u8]) {
    let mut tape = Tape::new(bytes);
    let mut program = tape.pick(&PROGRAMS).clone();
    for _ in 0..=tape.below(3) {
        mutate::once(&mut program, &mut tape);
    }
    if let Ok(program) = verify(program) {
        engines::agree(&program, &mut tape);
    }
}
