//! From a name as written to what it means, with a proposal when it means nothing.
//!
//! Used wherever text refers to a declaration: in declarations themselves, in patterns, conditions and tests.

use std::collections::BTreeSet;

use assize_lang::ast::{ActionRef, Name, Path};
use assize_lang::{Diagnostic, Edit, Span, codes};
use assize_runtime::types::ActionId;
use smol_str::{SmolStr, format_smolstr};

use crate::declarations::{Declarations, Def, Finding};
use crate::library;

/// Names of the language: they mean the same in every module and cannot be declared again.
pub const BUILTIN_TYPES: &[&str] = &[
    "Bool", "Int", "Decimal", "String", "Ip", "Cidr", "Datetime", "Duration", "Zone", "Set", "Map", "Action",
];

/// How many candidates are looked at, and with how many a name is compared letter by letter: thousands of unknown names in a
/// package of thousands must not take minutes.
const MAX_LOOKED_AT: usize = 2_000;
const MAX_COMPARED: usize = 200;

/// The candidate that `name` was probably meant to be.
pub fn suggest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = name.chars().count();
    if length > 64 {
        return None;
    }
    // One slip in a short name, up to three in a long one.
    let allowed = 1 + usize::from(length > 4) + usize::from(length > 9);
    let ends = |text: &str| {
        let lower = |c: Option<char>| c.map(|c| c.to_ascii_lowercase());
        (lower(text.chars().next()), lower(text.chars().next_back()))
    };
    let (first, last) = ends(name);
    candidates
        .into_iter()
        .take(MAX_LOOKED_AT)
        .filter(|candidate| *candidate != name && candidate.len().abs_diff(name.len()) <= 4 * allowed)
        // Few slips change both ends, and comparing everything with everything takes long in a large package.
        .filter(|candidate| {
            let there = ends(candidate);
            there.0 == first || there.1 == last
        })
        .take(MAX_COMPARED)
        .filter_map(|candidate| {
            let same_letters = candidate.eq_ignore_ascii_case(name);
            let distance = if same_letters { 0 } else { strsim::osa_distance(name, candidate) };
            // Letters change places more often than they get lost.
            let resized = candidate.chars().count() != length;
            (distance <= allowed && distance < length).then_some((distance, resized, candidate))
        })
        .min()
        .map(|(_, _, candidate)| candidate)
}

/// Adds the proposal to write `candidate` in place of the text at `span`, if there is one.
pub fn did_you_mean(diagnostic: Diagnostic, span: Span, candidate: Option<&str>) -> Diagnostic {
    let Some(candidate) = candidate else { return diagnostic };
    let edit = Edit { start: span.start, end: span.end, text: written(candidate) };
    diagnostic.help(format!("did you mean `{candidate}`?")).fix(
        format!("write `{candidate}`"),
        vec![edit],
        false,
    )
}

/// `name` as it is written in a policy: in backquotes if it is no plain word.
pub fn written(name: &str) -> String {
    let plain = name.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if plain { name.to_owned() } else { format!("`{name}`") }
}

/// The path as text, `a::b::c`.
pub fn path_text(path: &Path) -> SmolStr {
    join(&path.segments)
}

fn join(segments: &[Name]) -> SmolStr {
    match segments {
        [only] => only.text.clone(),
        _ => segments.iter().map(|name| name.text.as_str()).collect::<Vec<_>>().join("::").into(),
    }
}

/// `name` in the module with this path.
pub fn qualified(module: &str, name: &str) -> SmolStr {
    if module.is_empty() { name.into() } else { format_smolstr!("{module}::{name}") }
}

/// Whether a name is for its own module only.
pub fn is_private(name: &str) -> bool {
    name.starts_with('_')
}

/// What `path` means in `module`. The error is empty when what it names was declared with an error: that was reported.
pub fn lookup(declarations: &Declarations, module: u32, path: &Path) -> Result<Def, Vec<Finding>> {
    let Some(here) = declarations.modules.get(module as usize) else { return Err(Vec::new()) };
    let (prefix, last) = split_last(path);
    if last.text.is_empty() || declarations.broken.contains(&path_text(path)) {
        return Err(Vec::new());
    }
    if prefix.is_empty() {
        return here.names.get(&last.text).cloned().ok_or_else(|| {
            let names = here.names.keys().map(SmolStr::as_str).chain(BUILTIN_TYPES.iter().copied());
            vec![unknown(declarations, last, suggest(&last.text, names), &here.path).into()]
        });
    }
    if let Some(def) = declarations.module(&path_text(path)) {
        return Ok(Def::Module(def));
    }
    let there_id = find_module(declarations, module, prefix)?;
    let there = &declarations.modules[there_id as usize];
    if declarations.broken.contains(&qualified(&there.path, &last.text)) {
        return Err(Vec::new());
    }
    let own = |def: &&Def| declarations.is_declared_in(def, there_id);
    match there.names.get(&last.text).filter(own) {
        Some(_) if there_id != module && is_private(&last.text) => {
            Err(vec![private(last, &there.path).into()])
        }
        Some(def) => Ok(def.clone()),
        None => {
            let names = there.names.iter().filter(|(name, def)| own(def) && !is_private(name));
            let candidate = suggest(&last.text, names.map(|(name, _)| name.as_str()));
            let message = format!("module `{}` has no `{}`", there.path, last.text);
            let diagnostic = Diagnostic::new(codes::UNKNOWN_NAME, last.span, message);
            Err(vec![did_you_mean(diagnostic, last.span, candidate).into()])
        }
    }
}

/// The action that `path` names in `module`; see [`lookup`] for the error.
pub fn lookup_action(
    declarations: &Declarations,
    module: u32,
    path: &Path,
) -> Result<ActionId, Vec<Finding>> {
    let (prefix, last) = split_last(path);
    let there_id = if prefix.is_empty() { module } else { find_module(declarations, module, prefix)? };
    let Some(there) = declarations.modules.get(there_id as usize) else { return Err(Vec::new()) };
    if last.text.is_empty() || declarations.broken.contains(&qualified(&there.path, &last.text)) {
        return Err(Vec::new());
    }
    let own = |def: &ActionId| prefix.is_empty() || declarations.is_declared_in(&Def::Action(*def), there_id);
    match there.actions.get(&last.text).filter(|def| own(def)) {
        Some(_) if there_id != module && is_private(&last.text) => {
            Err(vec![private(last, &there.path).into()])
        }
        Some(def) => Ok(*def),
        None => {
            let names = there.actions.iter().filter(|(_, def)| own(def)).map(|(name, _)| name.as_str());
            let candidate = suggest(&last.text, names);
            let message = match prefix {
                [] => format!("there is no action `{}`", last.text),
                _ => format!("module `{}` has no action `{}`", there.path, last.text),
            };
            let mut diagnostic = Diagnostic::new(codes::UNKNOWN_ACTION, last.span, message);
            if candidate.is_none() {
                diagnostic =
                    diagnostic.help(format!("declare it: `action {} on .. by ..`", written(&last.text)));
            }
            Err(vec![did_you_mean(diagnostic, last.span, candidate).into()])
        }
    }
}

/// The actions that a reference in a list means: one, or with `*` in quotes all that match; never none.
pub fn lookup_actions(
    declarations: &Declarations,
    module: u32,
    reference: &ActionRef,
) -> Result<Vec<ActionId>, Vec<Finding>> {
    let (prefix, last) = split_last(&reference.path);
    if !reference.quoted || !last.text.contains('*') {
        return lookup_action(declarations, module, &reference.path).map(|action| vec![action]);
    }
    let there_id = if prefix.is_empty() { module } else { find_module(declarations, module, prefix)? };
    let Some(there) = declarations.modules.get(there_id as usize) else { return Err(Vec::new()) };
    let own = |def: &ActionId| prefix.is_empty() || declarations.is_declared_in(&Def::Action(*def), there_id);
    let matching: Vec<_> = there
        .actions
        .iter()
        .filter(|(name, def)| own(def) && glob_matches(&last.text, name))
        .map(|(_, def)| *def)
        .collect();
    if matching.is_empty() {
        let message = format!("no action matches `\"{}\"`", last.text);
        return Err(vec![Diagnostic::new(codes::INCLUDES_NOTHING, reference.span, message).into()]);
    }
    Ok(matching)
}

/// Whether `text` is `pattern` with some text in place of each `*`.
pub fn glob_matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut parts: Vec<_> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

fn split_last(path: &Path) -> (&[Name], &Name) {
    let last = path.last();
    (&path.segments[..path.segments.len() - 1], last)
}

/// The module that the first part of a path names: one brought in by `use`, or by its full name.
pub(crate) fn find_module(
    declarations: &Declarations,
    module: u32,
    prefix: &[Name],
) -> Result<u32, Vec<Finding>> {
    let text = join(prefix);
    if let [first, rest @ ..] = prefix
        && let Some(here) = declarations.modules.get(module as usize)
        && let Some(Def::Module(id)) = here.names.get(&first.text)
    {
        let base = &declarations.modules[*id as usize].path;
        let full = if rest.is_empty() { base.clone() } else { qualified(base, &join(rest)) };
        if let Some(id) = declarations.module(&full) {
            return Ok(id);
        }
    }
    if let Some(id) = declarations.module(&text) {
        return Ok(id);
    }
    if declarations.broken.contains(&text) {
        return Err(Vec::new());
    }
    let span = prefix[0].span.to(prefix[prefix.len() - 1].span);
    let diagnostic = Diagnostic::new(codes::UNKNOWN_NAME, span, format!("there is no module `{text}`"));
    if library::MODULES.iter().any(|module| module.path == text) {
        let help =
            format!("it is in the standard library, which comes with `use`: write `use {text}` at the top");
        return Err(vec![diagnostic.help(help).into()]);
    }
    let known = modules_as_written(declarations, module);
    Err(vec![did_you_mean(diagnostic, span, suggest(&text, known.iter().map(String::as_str))).into()])
}

/// What can stand for a module, or above one, in a path written in `module`.
fn modules_as_written(declarations: &Declarations, module: u32) -> BTreeSet<String> {
    let declared = declarations.modules.iter().map(|module| module.path.as_str());
    let mut known = BTreeSet::new();
    for path in declared.clone().chain(library::MODULES.iter().map(|module| module.path)) {
        known.extend(path.match_indices("::").map(|(at, _)| path[..at].to_owned()));
        known.insert(path.to_owned());
    }
    for (name, def) in declarations.modules.get(module as usize).into_iter().flat_map(|here| &here.names) {
        let Def::Module(id) = def else { continue };
        known.insert(name.to_string());
        let base = &declarations.modules[*id as usize].path;
        let below = declared.clone().filter_map(|path| path.strip_prefix(base.as_str())?.strip_prefix("::"));
        known.extend(below.map(|rest| qualified(name, rest).to_string()));
    }
    known
}

fn unknown(declarations: &Declarations, name: &Name, candidate: Option<&str>, here: &str) -> Diagnostic {
    let message = format!("nothing here is called `{}`", name.text);
    let mut diagnostic = Diagnostic::new(codes::UNKNOWN_NAME, name.span, message);
    let elsewhere = declarations.modules.iter().enumerate().find(|(id, module)| {
        module.path != here
            && !is_private(&name.text)
            && module.names.get(&name.text).is_some_and(|def| declarations.is_declared_in(def, *id as u32))
    });
    match elsewhere {
        Some((_, module)) if !module.path.is_empty() => {
            let path = qualified(&module.path, &name.text);
            diagnostic = diagnostic.help(format!("module `{}` has one: write `use {path}`", module.path));
            diagnostic
        }
        _ => did_you_mean(diagnostic, name.span, candidate),
    }
}

fn private(name: &Name, module: &str) -> Diagnostic {
    let message = format!("`{}` is private to module `{module}`", name.text);
    Diagnostic::new(codes::PRIVATE_NAME, name.span, message)
        .help("names that start with `_` are for their own module; rename it there to share it")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised_and_strangers_are_not() {
        let names = ["department", "clearance", "User", "read"];
        assert_eq!(suggest("departmnet", names), Some("department"));
        assert_eq!(suggest("user", names), Some("User"));
        assert_eq!(suggest("raed", names), Some("read"));
        assert_eq!(suggest("write", names), None);
        assert_eq!(suggest("x", ["y"]), None);
        assert_eq!(suggest("reasd", ["read", "reads"]), Some("reads"));
    }

    #[test]
    fn a_star_stands_for_any_text() {
        assert!(glob_matches("s3:Get*", "s3:GetObject"));
        assert!(glob_matches("*Object*", "s3:GetObject"));
        assert!(glob_matches("*", ""));
        assert!(!glob_matches("s3:Get*", "s3:PutObject"));
        assert!(!glob_matches("a*a", "a"));
    }
}
