//! What compiles is admitted by the verifier, and decided alike by everything that decides, over data and requests that the rest of the
//! bytes chooses.

use super::{compiled, text_and_rest};
use crate::engines;
use crate::tape::Tape;

pub fn run(bytes: &[u8]) {
    let Some((text, rest)) = text_and_rest(bytes) else { return };
    let Some(program) = compiled(text).program else { return };
    engines::agree(&program, &mut Tape::new(rest));
}
