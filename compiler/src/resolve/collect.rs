//! Which module each file belongs to, and which names each module declares.

use std::collections::{BTreeMap, BTreeSet};

use assize_lang::ast::{Item, ItemKind, Name};
use assize_lang::{Diagnostic, Span, codes};
use assize_runtime::types::{
    Action, ActionId, EntityType, EntityTypeId, EnumId, EnumType, Grant, GrantId, Obligation, ObligationId,
    RecordType, Type,
};
use smol_str::SmolStr;

use super::{Declared, ItemKey, Resolver};
use crate::declarations::{Def, FnSignature, Module, ValueSignature};
use crate::library::is_reserved;
use crate::names::{BUILTIN_TYPES, path_text, qualified};

/// What a request brings into the scope of every policy.
const REQUEST_NAMES: &[&str] = &["principal", "action", "resource", "context", "now"];

pub(super) fn run<'a>(resolver: &mut Resolver<'a>, files: &[Vec<&'a Item>], owners: &[u32]) {
    let paths = headers(resolver, files, owners.len());
    belong_to_one_package(resolver, files, &paths, owners);
    let mut all: Vec<SmolStr> = paths.clone();
    all.sort();
    all.dedup();
    resolver.declarations.modules =
        all.iter().map(|path| Module { path: path.clone(), ..Module::default() }).collect();
    resolver.file_modules =
        paths.iter().map(|path| resolver.declarations.module(path).unwrap_or(0)).collect();

    for (key, item) in resolver.items.clone() {
        let module = resolver.file_modules.get(key.file as usize).copied().unwrap_or(0);
        match &item.kind {
            ItemKind::Action(decl) => {
                if decl.names.is_empty() {
                    resolver.declarations.broken.insert(SmolStr::default());
                }
                for name in &decl.names {
                    declare_action(resolver, key, item, module, name);
                }
            }
            ItemKind::ActionParam { name } => declare_action(resolver, key, item, module, name),
            kind => {
                if let Some(name) = declared_name(kind) {
                    declare(resolver, key, item, module, name);
                }
            }
        }
    }
}

/// The module path of each file: empty without a header.
fn headers(resolver: &mut Resolver<'_>, files: &[Vec<&Item>], own_files: usize) -> Vec<SmolStr> {
    let mut paths = Vec::with_capacity(files.len());
    for (file, items) in files.iter().enumerate() {
        let mut own: Option<(SmolStr, Span)> = None;
        for (at, item) in items.iter().enumerate() {
            let ItemKind::Module(path) = &item.kind else { continue };
            let key = ItemKey { file: file as u32, item: at as u32 };
            if let Some((first, _)) = &own {
                let message = format!("this file already belongs to module `{first}`");
                let diagnostic = Diagnostic::new(codes::MODULE_HEADER, path.span(), message);
                resolver.report(
                    key,
                    diagnostic.help("put the declarations of another module into a file of its own"),
                );
                continue;
            }
            if at > 0 {
                let message = "`module` comes before all other declarations of its file";
                resolver.report(key, Diagnostic::new(codes::MODULE_HEADER, path.span(), message));
            }
            let text = path_text(path);
            if file < own_files && is_reserved(&text) {
                let message = "modules below `std` belong to the standard library";
                let diagnostic = Diagnostic::new(codes::LIBRARY_MODULE, path.span(), message);
                resolver.report(key, diagnostic.help("choose a name of your own, such as the package's"));
            }
            own = Some((text, path.span()));
        }
        paths.push(own.map(|(path, _)| path).unwrap_or_default());
    }
    paths
}

/// A module is one package's: others use it, but do not add to it, so that what is private in it stays so.
fn belong_to_one_package(
    resolver: &mut Resolver<'_>,
    files: &[Vec<&Item>],
    paths: &[SmolStr],
    owners: &[u32],
) {
    // Files without a declaration declare nothing that could meet something.
    let mut first: BTreeMap<&SmolStr, (u32, ItemKey, Span)> = BTreeMap::new();
    let mut reported = BTreeSet::new();
    for (file, ((items, path), owner)) in files.iter().zip(paths).zip(owners).enumerate() {
        let header = |item: &&Item| match &item.kind {
            ItemKind::Module(path) => Some(path.span()),
            _ => None,
        };
        let place = items.iter().enumerate().find_map(|(at, item)| Some((at, header(item)?)));
        let Some((at, span)) = place.or_else(|| items.first().map(|_| (0, Span::default()))) else {
            continue;
        };
        let key = ItemKey { file: file as u32, item: at as u32 };
        let (first_owner, first_key, first_span) = *first.entry(path).or_insert((*owner, key, span));
        if first_owner == *owner || !reported.insert(path) {
            continue;
        }
        let (message, help) = match path.as_str() {
            "" => (
                "this file has no `module` header, and neither has one of a package that comes with it"
                    .to_owned(),
                "begin the files of each package with a module of its own: `module app`",
            ),
            path => (
                format!("module `{path}` belongs to another package that comes with this one"),
                "a module is one package's: begin the name with that of your package",
            ),
        };
        let there = resolver.place_in_use(key, span);
        let diagnostic = Diagnostic::new(codes::FOREIGN_MODULE, first_span, message).help(help);
        resolver.report_with(first_key, diagnostic, there, "here");
    }
}

/// Whether an item of this kind declares `name`.
pub fn declares(kind: &ItemKind, name: &str) -> bool {
    match kind {
        ItemKind::Action(decl) => decl.names.iter().any(|own| own.text == name),
        kind => declared_name(kind).is_some_and(|own| own.text == name),
    }
}

/// The name that an item of this kind declares, if it is one name.
pub fn declared_name(kind: &ItemKind) -> Option<&Name> {
    Some(match kind {
        ItemKind::Entity(decl) => &decl.name,
        ItemKind::ClosedEntity { name, .. } => name,
        ItemKind::Enum(decl) => &decl.name,
        ItemKind::TypeAlias { name, .. } | ItemKind::TypeParam { name, .. } => name,
        ItemKind::Param(decl) | ItemKind::Const(decl) => &decl.name,
        ItemKind::Fn(decl) => &decl.name,
        ItemKind::Grant(decl) => &decl.name,
        ItemKind::Obligation { name, .. } => name,
        _ => return None,
    })
}

fn declare<'a>(resolver: &mut Resolver<'a>, key: ItemKey, item: &'a Item, module: u32, name: &'a Name) {
    if name.text.is_empty() {
        resolver.declarations.broken.insert(SmolStr::default());
        return;
    }
    if let Some(what) = reserved(&name.text) {
        let message = format!("`{}` is {what}", name.text);
        let diagnostic = Diagnostic::new(codes::RESERVED_NAME, name.span, message);
        resolver.report(key, diagnostic.help("choose another name"));
        resolver.declarations.broken.insert(name.text.clone());
        return;
    }
    let names = &resolver.declarations.modules[module as usize].names;
    if let Some(first) = names.get(&name.text).cloned() {
        let message = format!("`{}` is declared twice", name.text);
        resolver.report_with(
            key,
            Diagnostic::new(codes::DUPLICATE_NAME, name.span, message),
            first,
            "first declared here",
        );
        return;
    }
    let full = qualified(&resolver.module_path(module), &name.text);
    let def = add(resolver, &item.kind, full);
    resolver.declarations.modules[module as usize].names.insert(name.text.clone(), def.clone());
    resolver.places.insert(def.clone(), (key, name.span));
    resolver.declared.push(Declared { key, item, module, name, def });
}

fn declare_action<'a>(
    resolver: &mut Resolver<'a>,
    key: ItemKey,
    item: &'a Item,
    module: u32,
    name: &'a Name,
) {
    if name.text.is_empty() {
        resolver.declarations.broken.insert(SmolStr::default());
        return;
    }
    if let Some(&first) = resolver.declarations.modules[module as usize].actions.get(&name.text) {
        let message = format!("action `{}` is declared twice", name.text);
        resolver.report_with(
            key,
            Diagnostic::new(codes::DUPLICATE_NAME, name.span, message),
            Def::Action(first),
            "first declared here",
        );
        return;
    }
    let path = resolver.module_path(module);
    let full = qualified(&path, &name.text);
    // Actions are named by any text, `a::b` in quotes too.
    if let Some(&first) = resolver.action_names.get(&full) {
        let message = format!("another module has an action that is `{full}` in full");
        let diagnostic = Diagnostic::new(codes::DUPLICATE_NAME, name.span, message);
        resolver.report_with(key, diagnostic, Def::Action(first), "this one");
        return;
    }
    let actions = &mut resolver.declarations.schema.actions;
    let id = ActionId(actions.len() as u32);
    actions.push(Action { name: full.clone(), applies: None, includes: vec![id] });
    resolver.action_names.insert(full, id);
    resolver.declarations.action_modules.push(path);
    resolver.declarations.modules[module as usize].actions.insert(name.text.clone(), id);
    let def = Def::Action(id);
    resolver.places.insert(def.clone(), (key, name.span));
    resolver.declared.push(Declared { key, item, module, name, def });
}

fn reserved(name: &str) -> Option<&'static str> {
    if BUILTIN_TYPES.contains(&name) {
        Some("a type of the language")
    } else if REQUEST_NAMES.contains(&name) {
        Some("what every policy calls a part of the request")
    } else {
        None
    }
}

/// Makes room for a declaration; later phases fill it in.
fn add(resolver: &mut Resolver<'_>, kind: &ItemKind, name: SmolStr) -> Def {
    let declarations = &mut resolver.declarations;
    let schema = &mut declarations.schema;
    match kind {
        ItemKind::Entity(_) | ItemKind::ClosedEntity { .. } => {
            schema.entity_types.push(EntityType {
                name,
                parents: Vec::new(),
                attributes: RecordType::new(Vec::new()),
                closed: None,
                external: false,
            });
            Def::EntityType(EntityTypeId(schema.entity_types.len() as u32 - 1))
        }
        ItemKind::Enum(decl) => {
            schema.enums.push(EnumType { name, variants: Vec::new(), ordered: decl.ordered });
            Def::Enum(EnumId(schema.enums.len() as u32 - 1))
        }
        ItemKind::Grant(_) => {
            schema.grants.push(Grant { name, params: Vec::new(), at_most: None });
            Def::Grant(GrantId(schema.grants.len() as u32 - 1))
        }
        ItemKind::Obligation { .. } => {
            schema.obligations.push(Obligation { name, params: Vec::new() });
            Def::Obligation(ObligationId(schema.obligations.len() as u32 - 1))
        }
        ItemKind::Param(_) => {
            declarations.params.push(ValueSignature { name, ty: Type::Never, value: None });
            Def::Param(declarations.params.len() as u32 - 1)
        }
        ItemKind::Const(_) => {
            declarations.consts.push(ValueSignature { name, ty: Type::Never, value: None });
            Def::Const(declarations.consts.len() as u32 - 1)
        }
        ItemKind::Fn(_) => {
            declarations.functions.push(FnSignature { name, params: Vec::new(), result: Type::Never });
            Def::Function(declarations.functions.len() as u32 - 1)
        }
        // `declared_name` gives a name to these kinds and to aliases only.
        _ => {
            declarations.aliases.push((name, None));
            Def::Alias(declarations.aliases.len() as u32 - 1)
        }
    }
}
