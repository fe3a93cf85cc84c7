//! The names that `use` brings into a module.

use assize_lang::ast::{ItemKind, Name, Path, UseDecl};
use assize_lang::{Diagnostic, codes};
use assize_runtime::types::ActionId;

use super::{ItemKey, Resolver, bindings};
use crate::declarations::{Declarations, Def, Finding};
use crate::library::{self, is_below};
use crate::names::{did_you_mean, find_module, is_private, lookup, lookup_action, path_text, suggest};

/// What a `use` brings: an action may share its name with something else.
#[derive(Default)]
struct Brought {
    def: Option<Def>,
    action: Option<ActionId>,
}

pub(super) fn run(resolver: &mut Resolver<'_>) {
    // All are looked up before any takes effect, so that none depends on their order.
    let mut found = Vec::new();
    for (key, item) in resolver.items.clone() {
        let ItemKind::Use(decl) = &item.kind else { continue };
        let module = resolver.file_modules.get(key.file as usize).copied().unwrap_or(0);
        let there = note_use(resolver, key, decl);
        match &decl.names {
            None => {
                let brought = bring(&resolver.declarations, module, &decl.path);
                let failed = brought.is_err();
                let taken = taken(resolver, key, module, (&decl.path, decl.alias.as_ref()), brought);
                let meant = match &taken {
                    Some((_, _, _, Brought { def: Some(Def::Module(meant)), .. })) if failed => Some(*meant),
                    _ => None,
                };
                found.extend(taken);
                if failed && !decl.bindings.is_empty() {
                    match meant {
                        Some(_) => bindings::read(resolver, key, module, meant, decl),
                        None => bindings::lost(resolver, decl),
                    }
                    continue;
                }
            }
            Some(names) => {
                let mut of = decl.path.clone();
                if there.is_none() {
                    let findings = no_module(&resolver.declarations, &decl.path);
                    let meant = proposed(&decl.path, &findings);
                    let lost = names.iter().map(|one| one.alias.as_ref().unwrap_or(&one.name).text.clone());
                    resolver.report_all(key, findings);
                    resolver.declarations.broken.extend(lost);
                    let meant =
                        meant.filter(|meant| resolver.declarations.module(&path_text(meant)).is_some());
                    let Some(meant) = meant else {
                        bindings::lost(resolver, decl);
                        continue;
                    };
                    of = meant;
                }
                for one in names.iter().filter(|one| !one.name.text.is_empty()) {
                    let mut path = of.clone();
                    path.segments.push(one.name.clone());
                    let brought = bring(&resolver.declarations, module, &path);
                    // That the module is not there has been said: what it lacks is no second mistake.
                    if there.is_some() || brought.is_ok() {
                        found.extend(taken(resolver, key, module, (&path, one.alias.as_ref()), brought));
                    }
                }
                if there.is_none() {
                    let meant = resolver.declarations.module(&path_text(&of));
                    bindings::read(resolver, key, module, meant, decl);
                    continue;
                }
            }
        }
        bindings::read(resolver, key, module, there, decl);
    }
    for (key, module, name, brought) in found {
        if let Some(def) = brought.def {
            bind(resolver, key, module, &name, def);
        }
        if let Some(action) = brought.action {
            bind_action(resolver, key, module, &name, action);
        }
    }
}

/// The module that a `use` is of, or that has what it is of: remembered as used. Only the first counts as an answer.
fn note_use(resolver: &mut Resolver<'_>, key: ItemKey, decl: &UseDecl) -> Option<u32> {
    let there = bindings::module_of_use(resolver, decl);
    let above = || {
        let (_, above) = decl.path.segments.split_last()?;
        resolver.declarations.module(&path_text(&Path { segments: above.to_vec() }))
    };
    if let Some(module) = there.or_else(above) {
        resolver.bindings.first_use.entry(module).or_insert((key, decl.path.span()));
    }
    there
}

/// What is brought in, with the name that it gets; reported if there is nothing.
fn taken(
    resolver: &mut Resolver<'_>,
    key: ItemKey,
    module: u32,
    (path, alias): (&Path, Option<&Name>),
    brought: Result<Brought, Vec<Finding>>,
) -> Option<(ItemKey, u32, Name, Brought)> {
    let name = alias.unwrap_or(path.last()).clone();
    match brought {
        Ok(brought) => Some((key, module, name, brought)),
        Err(findings) => {
            // What was probably meant is brought in, so that its users have nothing to complain of.
            let meant = proposed(path, &findings).and_then(|meant| {
                let brought = bring(&resolver.declarations, module, &meant).ok()?;
                Some((key, module, alias.unwrap_or(meant.last()).clone(), brought))
            });
            // Which module of the library was meant, and that it is not there, is said already.
            if meant.is_none() && is_below(path) {
                for module in library::MODULES {
                    let last = module.path.rsplit("::").next().unwrap_or_default();
                    resolver.declarations.broken.extend([module.path.into(), last.into()]);
                }
            }
            resolver.report_all(key, findings);
            resolver.declarations.broken.insert(name.text);
            meant
        }
    }
}

/// What is wrong with the path of a `use` that should be a module.
fn no_module(declarations: &Declarations, path: &Path) -> Vec<Finding> {
    if is_below(path) {
        return vec![no_such_library_module(path).into()];
    }
    match find_module(declarations, 0, &path.segments) {
        Ok(_) => Vec::new(),
        Err(findings) => findings,
    }
}

/// The path with the last name that a finding proposes.
fn proposed(path: &Path, findings: &[Finding]) -> Option<Path> {
    let fixes = findings.iter().flat_map(|finding| &finding.diagnostic.fixes);
    let last = path.last().span;
    let edit =
        fixes.flat_map(|fix| &fix.edits).find(|edit| (edit.start, edit.end) == (last.start, last.end))?;
    let mut meant = path.clone();
    meant.segments.last_mut()?.text = edit.text.trim_matches('`').into();
    Some(meant)
}

fn bring(declarations: &Declarations, module: u32, path: &Path) -> Result<Brought, Vec<Finding>> {
    if let Some(def) = declarations.module(&path_text(path)) {
        return Ok(Brought { def: Some(Def::Module(def)), action: None });
    }
    if is_below(path) && library::module_of(&path_text(path)).is_none() {
        return Err(vec![no_such_library_module(path).into()]);
    }
    if path.segments.len() == 1 {
        let message = format!("there is no module `{}`", path.last().text);
        let diagnostic = Diagnostic::new(codes::UNKNOWN_NAME, path.span(), message)
            .help("`use` names a module, or a declaration of one: `use a::Name`");
        let modules = declarations.modules.iter().map(|module| module.path.as_str());
        let candidate = suggest(&path.last().text, modules);
        return Err(vec![did_you_mean(diagnostic, path.last().span, candidate).into()]);
    }
    let def = lookup(declarations, module, path);
    let action = lookup_action(declarations, module, path);
    match (def, action) {
        (Err(nothing), Err(no_action)) => {
            let proposes = |findings: &[Finding]| findings.iter().any(|it| !it.diagnostic.fixes.is_empty());
            Err(if !proposes(&nothing) && proposes(&no_action) { no_action } else { nothing })
        }
        (def, action) => Ok(Brought { def: def.ok(), action: action.ok() }),
    }
}

fn no_such_library_module(path: &Path) -> Diagnostic {
    let known = || library::MODULES.iter().map(|module| module.path);
    let list = known().map(|path| format!("`{path}`")).collect::<Vec<_>>().join(", ");
    let help = format!("the standard library has {list}");
    let [first, second, ..] = path.segments.as_slice() else {
        let message = "the standard library is used module by module";
        return Diagnostic::new(codes::UNKNOWN_NAME, path.span(), message).help(help);
    };
    let message = format!("the standard library has no module `{}`", second.text);
    let diagnostic = Diagnostic::new(codes::UNKNOWN_NAME, first.span.to(second.span), message);
    let candidate = suggest(&format!("std::{}", second.text), known());
    if candidate.is_none() {
        return diagnostic.help(help);
    }
    did_you_mean(diagnostic, first.span.to(second.span), candidate)
}

fn bind(resolver: &mut Resolver<'_>, key: ItemKey, module: u32, name: &Name, def: Def) {
    let names = &mut resolver.declarations.modules[module as usize].names;
    match names.get(&name.text) {
        None => {
            names.insert(name.text.clone(), def);
            resolver.brought.entry((module, name.text.clone())).or_insert((key, name.span));
        }
        Some(same) if *same == def => {}
        Some(first) => {
            let first = first.clone();
            clash(resolver, key, module, name, first);
        }
    }
}

fn bind_action(resolver: &mut Resolver<'_>, key: ItemKey, module: u32, name: &Name, action: ActionId) {
    let actions = &mut resolver.declarations.modules[module as usize].actions;
    match actions.get(&name.text) {
        None => {
            actions.insert(name.text.clone(), action);
            resolver.brought.entry((module, name.text.clone())).or_insert((key, name.span));
        }
        Some(same) if *same == action => {}
        Some(first) => {
            let first = Def::Action(*first);
            clash(resolver, key, module, name, first);
        }
    }
}

fn clash(resolver: &mut Resolver<'_>, key: ItemKey, module: u32, name: &Name, first: Def) {
    let message = format!("`{}` already means something else in this module", name.text);
    let other = if is_private(&name.text) { "another" } else { "Other" };
    let diagnostic = Diagnostic::new(codes::DUPLICATE_NAME, name.span, message)
        .help(format!("give it another name here: `use .. as {other}`"));
    match resolver.brought.get(&(module, name.text.clone())).copied() {
        Some((other, span)) => {
            let place = resolver.place_in_use(other, span);
            resolver.report_with(key, diagnostic, place, "brought in here");
        }
        None => resolver.report_with(key, diagnostic, first, "this is what it means already"),
    }
}
