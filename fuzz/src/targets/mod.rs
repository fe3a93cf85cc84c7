//! What is attacked. Each is a function of bytes that panics if a promise is broken.

mod bundle;
mod check;
mod data;
mod decide;
mod format;
mod import;
mod mutants;
mod parse;
mod program;
mod request;
mod source;

use assize_compiler::compile::{Compilation, compile};
use assize_compiler::package::PackageSources;
use assize_lang::codes;

/// A function of bytes.
pub type Target = fn(&[u8]);

/// By name.
pub const ALL: &[(&str, Target)] = &[
    ("parse", parse::run),
    ("format", format::run),
    ("check", check::run),
    ("decide", decide::run),
    ("data", data::run),
    ("request", request::run),
    ("program", program::run),
    ("bundle", bundle::run),
    ("mutants", mutants::run),
    ("import", import::run),
    ("source", source::run),
];

/// What the compiler makes of a text; its Programs must pass its own verifier.
pub fn compiled(text: &str) -> Compilation {
    let compilation = compile(PackageSources::from_texts([("policies.assize", text)]));
    for located in &compilation.diagnostics {
        let diagnostic = &located.diagnostic;
        assert!(diagnostic.code != codes::REFUSED_BY_VERIFIER, "{}", diagnostic.message);
    }
    assert!(
        compilation.program.is_some() || compilation.counts().0 > 0,
        "no Program, and no error that says why"
    );
    compilation
}

/// Text, and behind the first zero what is chosen by bytes.
pub fn text_and_rest(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let at = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    let (text, rest) = bytes.split_at_checked(at)?;
    Some((std::str::from_utf8(text).ok()?, rest.get(1..).unwrap_or_default()))
}
