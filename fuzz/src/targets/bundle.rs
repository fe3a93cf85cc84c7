//! Any bytes are a bundle that nobody vouches for, or refused. What is read is what it was when it is signed and read again, and its Program
//! is decided alike by everything that decides.

use assize_runtime::bundle::{self, SigningKey, Trust};

use crate::engines;
use crate::tape::Tape;

pub fn run(bytes: &[u8]) {
    let claims = bundle::inspect(bytes);
    let Ok(read) = bundle::read(bytes, &Trust::anybody()) else { return };
    assert!(claims.is_ok(), "it can be read, and not looked at");
    let key = SigningKey::from_seed([7; 32]);
    let stranger = SigningKey::from_seed([8; 32]);
    let signed = bundle::sign(bytes, &key).expect("it was read");
    let again = bundle::read(&signed, &Trust::keys([key.verifying_key()])).expect("it was signed");
    assert!(*again.program == *read.program, "signing it changes its Program");
    assert!(
        bundle::read(&signed, &Trust::keys([stranger.verifying_key()])).is_err(),
        "a stranger's key will do"
    );
    engines::agree(&read.program, &mut Tape::new(bytes));
}
