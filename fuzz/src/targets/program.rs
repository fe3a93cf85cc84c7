//! Any bytes are a Program that the verifier admits, or refused; what was admitted is decided alike by everything that decides.

use assize_runtime::{verify, wire};

use crate::engines;
use crate::tape::Tape;

pub fn run(bytes: &[u8]) {
    // The last bytes choose data and requests.
    let at = bytes.len().saturating_sub(usize::from(*bytes.last().unwrap_or(&0)));
    for (program, rest) in [bytes.split_at(at), (bytes, bytes)] {
        let Ok(program) = wire::decode(program) else { continue };
        let Ok(program) = verify(program) else { continue };
        engines::agree(&program, &mut Tape::new(rest));
        return;
    }
}
