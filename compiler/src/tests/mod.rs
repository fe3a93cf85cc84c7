//! What the compiler says about packages, one sentence of the language after the other.

mod ahead;
mod cases;
mod declarations;
mod explain;
mod findings;
mod incremental;
mod library;
mod packages;
mod policies;

use crate::compile::{Compilation, compile};
use crate::package::PackageSources;

/// Compiles one file.
pub(crate) fn compiled(text: &str) -> Compilation {
    compile(PackageSources::from_texts([("p.assize", text)]))
}

/// Compiles several files.
pub(crate) fn compile_texts(texts: &[(&str, &str)]) -> Compilation {
    compile(PackageSources::from_texts(texts.iter().copied()))
}

/// `CODE @ source: message` for each finding.
pub(crate) fn findings(compilation: &Compilation) -> Vec<String> {
    let show = |located: &crate::package::Located| {
        let text = &compilation.files[located.file as usize].text;
        let diagnostic = &located.diagnostic;
        let source = &text[diagnostic.primary.start as usize..diagnostic.primary.end as usize];
        format!("{} @ {source}: {}", diagnostic.code.0, diagnostic.message)
    };
    compilation.diagnostics.iter().map(show).collect()
}

/// Asserts the findings of one file, which compiles exactly if none is an error.
#[track_caller]
pub(crate) fn check(text: &str, expected: &[&str]) {
    let compilation = compiled(text);
    assert_eq!(findings(&compilation), expected);
    assert_eq!(compilation.is_ok(), compilation.counts().0 == 0);
}

/// Asserts the findings of one file that begins with a small schema.
#[track_caller]
pub(crate) fn check_with_schema(text: &str, expected: &[&str]) {
    check(&format!("{SCHEMA}\n{text}"), expected);
}

/// What most tests are about.
pub(crate) const SCHEMA: &str = r#"
entity User in Team { name: String, level: Level, manager?: User }
entity Team in Team
entity Folder in Folder { owner: User }
entity Document in Folder { owner: User, level: Level, readers: Set<User | Team> }
entity Stage = "dev" | "prod"
@allow("W0102") ordered enum Level { low, high }
action read, write on Document | Folder by User with { mfa: Bool }
action deploy on Stage by User
action edit includes read, write
"#;
