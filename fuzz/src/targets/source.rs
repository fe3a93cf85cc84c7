//! Packages made as text, well typed: the compiler takes them, and everything that decides decides alike.

use super::compiled;
use crate::tape::Tape;
use crate::{engines, source};

pub fn run(bytes: &[u8]) {
    let mut tape = Tape::new(bytes);
    let text = source::package(&mut tape);
    let compilation = compiled(&text);
    let Some(program) = compilation.program else {
        // Two findings are not about types: what always overflows, and what is a mistake whatever the request.
        let expected = |code: &str| ["E0202", "E0211", "E0213"].contains(&code);
        let mut errors = compilation.diagnostics.iter().filter(|located| located.is_error());
        if let Some(error) = errors.find(|located| !expected(located.diagnostic.code.0)) {
            panic!("a package that is well typed is refused: {:#?}\n{text}", error.diagnostic);
        }
        return;
    };
    engines::agree(&program, &mut tape);
}
