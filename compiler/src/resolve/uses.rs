//! The names that `use` brings into a module.

use assize_lang::ast::{ItemKind, Name, Path};
use assize_lang::{Diagnostic, codes};
use assize_runtime::types::ActionId;

use super::{ItemKey, Resolver};
use crate::declarations::{Declarations, Def, Finding};
use crate::library::{self, is_below};
use crate::names::{did_you_mean, is_private, lookup, lookup_action, path_text, suggest};

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
        let ItemKind::Use { path, alias } = &item.kind else { continue };
        let module = resolver.file_modules.get(key.file as usize).copied().unwrap_or(0);
        let name = alias.as_ref().unwrap_or(path.last());
        match bring(&resolver.declarations, module, path) {
            Ok(brought) => found.push((key, module, name, brought)),
            Err(findings) => {
                resolver.report_all(key, findings);
                resolver.declarations.broken.insert(name.text.clone());
            }
        }
    }
    for (key, module, name, brought) in found {
        if let Some(def) = brought.def {
            bind(resolver, key, module, name, def);
        }
        if let Some(action) = brought.action {
            bind_action(resolver, key, module, name, action);
        }
    }
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
        return Err(vec![diagnostic.into()]);
    }
    let def = lookup(declarations, module, path);
    let action = lookup_action(declarations, module, path);
    match (def, action) {
        (Err(findings), Err(_)) => Err(findings),
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
        None => drop(names.insert(name.text.clone(), def)),
        Some(same) if *same == def => {}
        Some(first) => {
            let first = first.clone();
            clash(resolver, key, name, first);
        }
    }
}

fn bind_action(resolver: &mut Resolver<'_>, key: ItemKey, module: u32, name: &Name, action: ActionId) {
    let actions = &mut resolver.declarations.modules[module as usize].actions;
    match actions.get(&name.text) {
        None => drop(actions.insert(name.text.clone(), action)),
        Some(same) if *same == action => {}
        Some(first) => {
            let first = Def::Action(*first);
            clash(resolver, key, name, first);
        }
    }
}

fn clash(resolver: &mut Resolver<'_>, key: ItemKey, name: &Name, first: Def) {
    let message = format!("`{}` already means something else in this module", name.text);
    let other = if is_private(&name.text) { "another" } else { "Other" };
    let diagnostic = Diagnostic::new(codes::DUPLICATE_NAME, name.span, message)
        .help(format!("give it another name here: `use .. as {other}`"));
    resolver.report_with(key, diagnostic, first, "this is what it means already");
}
