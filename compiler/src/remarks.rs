//! What is said of items that clash with each other. Both who make a Program and who only want findings say it.

use std::collections::BTreeSet;

use assize_lang::{Diagnostic, Edit, Label, Span, codes};
use smol_str::{SmolStr, format_smolstr};

use crate::declarations::{Def, Finding};
use crate::names::suggest;
use crate::policy::Rule;

/// What a policy without `@id` is called: the `count`th of the module with this path.
pub fn derived_id(module: &str, count: u32) -> SmolStr {
    let path = if module.is_empty() { "policy" } else { module };
    format_smolstr!("{path}#{count}")
}

/// A policy without `@id`, in an item with this text.
pub fn missing_id(rule: &Rule, id: &str, text: &str) -> Diagnostic {
    let indent = indentation(text, rule.start);
    let edit = Edit { start: rule.start, end: rule.start, text: format!("@id(\"{id}\")\n{indent}") };
    let message = format!("this policy has no `@id`: decisions call it `{id}`, until its place changes");
    Diagnostic::new(codes::MISSING_ID, rule.effect_span, message)
        .help(format!("write `@id(\"{id}\")` above it, or a name that says what it is for"))
        .fix(format!("write `@id(\"{id}\")`"), vec![edit], true)
}

/// The blanks before what starts at `start`, if nothing else stands before it on its line.
fn indentation(text: &str, start: u32) -> &str {
    let before = text.get(..start as usize).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    if line.trim().is_empty() { line } else { "" }
}

/// Points from a file to the first of two things with one name.
pub fn first_one(file: u32, (first_file, first): (u32, Span)) -> Label {
    Label {
        file: (first_file != file).then_some(first_file),
        start: first.start,
        end: first.end,
        message: "the first one".to_owned(),
    }
}

/// The second policy with an id.
pub fn duplicate_id(id: &str, place: Span, first: Label) -> Diagnostic {
    let mut diagnostic =
        Diagnostic::new(codes::DUPLICATE_ID, place, format!("two policies have the id `{id}`"));
    diagnostic.secondary.push(first);
    diagnostic.help("an id is one policy's name in every decision: choose another")
}

/// The second test with a name.
pub fn duplicate_test(name: &str, place: Span, first: Label) -> Diagnostic {
    let mut diagnostic =
        Diagnostic::new(codes::DUPLICATE_TEST, place, format!("two tests are called \"{name}\""));
    diagnostic.secondary.push(first);
    diagnostic.help("say what makes this one another")
}

/// An expectation names a policy that is not there.
pub fn unknown_policy<'a>(id: &str, span: Span, ids: impl Iterator<Item = &'a str>) -> Diagnostic {
    let diagnostic =
        Diagnostic::new(codes::TEST_UNKNOWN_POLICY, span, format!("no policy has the id `{id}`"));
    // What is proposed must not depend on the order of files.
    let ids: BTreeSet<&str> = ids.collect();
    match suggest(id, ids) {
        Some(candidate) => {
            let edit = Edit { start: span.start, end: span.end, text: format!("{candidate:?}") };
            diagnostic.help(format!("did you mean `{candidate}`?")).fix(
                format!("write `{candidate}`"),
                vec![edit],
                false,
            )
        }
        None => diagnostic.help("an id is what `@id` says, or the name of a grant with one policy"),
    }
}

/// A function that calls itself, through others.
pub fn recursion(name: &str, span: Span, others: &[u32]) -> Finding {
    let bare = name.rsplit("::").next().unwrap_or(name);
    let diagnostic = Diagnostic::new(codes::CYCLE, span, format!("function `{bare}` calls itself"))
        .help("every expression ends: walk a hierarchy with `in`, or a set with `any` and `all`");
    let related = others.iter().map(|at| (Def::Function(*at), "through this function".to_owned())).collect();
    Finding { diagnostic, related }
}

/// What no engine would go through.
pub fn too_deep(span: Span) -> Finding {
    let message = "this is too deep or too large with the functions that it calls put in their place";
    Diagnostic::new(codes::CHAIN_TOO_LONG, span, message)
        .help("split it, or call fewer functions from functions")
        .into()
}
