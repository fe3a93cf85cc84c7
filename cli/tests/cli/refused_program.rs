//! E0599, the one diagnostic that no policy gives: for its page, a Program is broken on purpose.

use assize_compiler::compile::{compile, refused_by_verifier};
use assize_compiler::package::PackageSources;
use assize_lang::{RenderStyle, SourceFiles, render};
use assize_runtime::program::Program;
use assize_runtime::types::ActionId;

const POLICIES: &str = r#"entity User
entity Doc
action read on Doc by User

@id("everybody")
allow User u to read on Doc
"#;

/// What is said when the compiler makes a policy that is about an action that does not exist.
pub fn rendered() -> String {
    let compilation = compile(PackageSources::from_texts([("example.assize", POLICIES)]));
    let sound = compilation.program.unwrap();
    let mut program: Program = (*sound).clone();
    program.policies[0].actions.push(ActionId(7));
    let refusal = assize_runtime::verify(program).unwrap_err();
    let mut files = SourceFiles::new();
    let file = files.add("example.assize", POLICIES);
    render(&files, file, &refused_by_verifier(&refusal), RenderStyle::default())
}
