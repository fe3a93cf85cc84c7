//! `use` that brings what nothing in its module mentions, or what is there already.
//!
//! Like the search for unused declarations this looks at words, not at meaning: a word that stands anywhere in the module counts, so
//! that nothing used is ever reported.

use assize_lang::ast::{Item, ItemKind, Name, UseDecl};
use assize_lang::{Diagnostic, Edit, Span, codes};
use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;

use crate::db::{self, Package, SourceFile, SourceItem};
use crate::library;
use crate::lints::{Placed, words_of};
use crate::names::path_text;
use crate::resolve::{ItemKey, Resolved};

/// A name that some `use` of the package's own files brings.
struct Brought<'db, 'a> {
    file: u32,
    module: u32,
    item: SourceItem<'db>,
    name: &'a Name,
    /// What it is called where it comes from.
    full: SmolStr,
    /// Of what is taken out of the text with it; `None` if other names stand in the same `use`.
    alone: Option<Span>,
}

/// The warnings about `use`, with file and start of the item that their spans count from.
pub fn unused<'db>(db: &'db dyn salsa::Database, package: Package, resolved: &Resolved) -> Vec<Placed<'db>> {
    let wrong: FxHashSet<ItemKey> = resolved.findings.iter().map(|(key, _)| *key).collect();
    let mut all = Vec::new();
    for (at, file) in package.files(db).iter().enumerate() {
        let module = resolved.file_modules.get(at).copied().unwrap_or(0);
        for (nth, item) in db::declaration_items(db, *file).iter().enumerate() {
            let tree = &db::parse(db, *item).item;
            let key = ItemKey { file: at as u32, item: nth as u32 };
            if let ItemKind::Use(decl) = &tree.kind
                && !wrong.contains(&key)
                && !keeps(db, package, decl)
            {
                brought(at as u32, module, *item, tree, decl, &mut all);
            }
        }
    }
    // What is not there has an error.
    all.retain(|it| {
        let there = resolved.declarations.modules.get(it.module as usize);
        there.is_some_and(|there| {
            there.names.contains_key(&it.name.text) || there.actions.contains_key(&it.name.text)
        }) && !resolved.declarations.broken.contains(&it.name.text)
    });
    if all.is_empty() {
        return Vec::new();
    }
    let open = unmentioned(db, package, resolved, &all);
    let mut seen: FxHashSet<(u32, &str, &str)> = FxHashSet::default();
    let mut found = Vec::new();
    for it in &all {
        let again = !seen.insert((it.file, &it.full, &it.name.text));
        let never = open.get(&it.module).is_some_and(|open| open.contains(it.name.text.as_str()));
        let allowed = &db::notes(db, it.item).0.allowed;
        if !(again || never) || allowed.contains(&codes::UNUSED_USE) {
            continue;
        }
        let name = &it.name.text;
        let message = match never {
            true => format!("nothing in this module uses `{name}`"),
            false => format!("`{name}` is brought into this file twice"),
        };
        let mut diagnostic = Diagnostic::new(codes::UNUSED_USE, it.name.span, message)
            .help("remove it, or write `@allow(\"W0109\")` above it");
        if let Some(span) = it.alone {
            let edit = Edit { start: span.start, end: span.end, text: String::new() };
            diagnostic = diagnostic.fix("remove this `use`", vec![edit], true);
        }
        found.push(Placed::new(it.file, it.item, diagnostic));
    }
    found
}

/// Whether a `use` does more than to bring names: it binds parameters, or it makes policies or types of the library part of the package.
fn keeps(db: &dyn salsa::Database, package: Package, decl: &UseDecl) -> bool {
    let library = || {
        let at = library::module_of(&path_text(&decl.path)).filter(|_| library::is_below(&decl.path))?;
        package.library(db).get(at).copied()
    };
    !decl.bindings.is_empty() || library().is_some_and(|file| brings_more_than_names(db, file))
}

fn brings_more_than_names(db: &dyn salsa::Database, file: SourceFile) -> bool {
    let more = |item: &SourceItem<'_>| {
        matches!(
            db::parse(db, *item).item.kind,
            ItemKind::Policy(_) | ItemKind::Grant(_) | ItemKind::Entity(_) | ItemKind::ClosedEntity { .. }
        )
    };
    db::split(db, file).items.iter().any(more)
}

fn brought<'db, 'a>(
    file: u32,
    module: u32,
    item: SourceItem<'db>,
    tree: &'a Item,
    decl: &'a UseDecl,
    all: &mut Vec<Brought<'db, 'a>>,
) {
    let path = path_text(&decl.path);
    let mut add = |name: &'a Name, full: SmolStr, alone: bool| {
        // Only what is a word can be found among words.
        if !name.text.is_empty() && name.text.chars().all(|c| c.is_alphanumeric() || c == '_') {
            let alone = alone.then_some(tree.span);
            all.push(Brought { file, module, item, name, full, alone });
        }
    };
    match &decl.names {
        None => add(decl.alias.as_ref().unwrap_or(decl.path.last()), path, true),
        Some(names) => {
            for one in names {
                let full = crate::names::qualified(&path, &one.name.text);
                add(one.alias.as_ref().unwrap_or(&one.name), full, names.len() == 1);
            }
        }
    }
}

/// Of the names that each module brings in, those that no other item of it mentions.
fn unmentioned<'a>(
    db: &dyn salsa::Database,
    package: Package,
    resolved: &Resolved,
    all: &'a [Brought<'_, '_>],
) -> FxHashMap<u32, FxHashSet<&'a str>> {
    let mut open: FxHashMap<u32, FxHashSet<&str>> = FxHashMap::default();
    for it in all {
        open.entry(it.module).or_default().insert(&it.name.text);
    }
    for (at, file) in package.files(db).iter().enumerate() {
        let module = resolved.file_modules.get(at).copied().unwrap_or(0);
        let Some(names) = open.get_mut(&module) else { continue };
        let actions = resolved.declarations.modules.get(module as usize).map(|module| &module.actions);
        for item in &db::split(db, *file).items {
            if names.is_empty() {
                break;
            }
            match &db::parse(db, *item).item.kind {
                ItemKind::Use(decl) => {
                    let values = decl.bindings.iter().flat_map(|binding| &binding.values);
                    for name in values.flat_map(|value| &value.path.segments) {
                        names.remove(name.text.as_str());
                    }
                }
                _ => {
                    for word in words_of(db, *item) {
                        names.remove(word.as_str());
                    }
                    // `"s3:*"` may mean any action.
                    if item.text(db).split('"').skip(1).step_by(2).any(|quoted| quoted.contains('*')) {
                        names.retain(|name| actions.is_none_or(|actions| !actions.contains_key(*name)));
                    }
                }
            }
        }
    }
    open
}
