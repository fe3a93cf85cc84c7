//! What each `type` and each `param type` stands for.

use std::borrow::Cow;

use assize_lang::ast::{ItemKind, Type};
use assize_lang::{Diagnostic, codes};
use assize_runtime::types::Type as Resolved;

use super::bindings::{as_type, check_further};
use super::types::{TypeResolver, names_in};
use super::{Declared, ItemKey, Resolver, order};
use crate::declarations::{Def, Finding};
use crate::names::lookup;

pub(super) fn run(resolver: &mut Resolver<'_>) {
    let declared: Vec<Declared<'_>> =
        resolver.declared.iter().filter(|it| matches!(it.def, Def::Alias(_))).cloned().collect();
    let all: Vec<Alias<'_>> = declared.into_iter().map(|it| alias(resolver, it)).collect();
    let needs: Vec<Vec<usize>> = all
        .iter()
        .map(|alias| {
            let mut needs = Vec::new();
            let Some(meaning) = &alias.meaning else { return needs };
            names_in(&meaning.ty, &mut |path| {
                if let Ok(Def::Alias(other)) = lookup(&resolver.declarations, meaning.module, path) {
                    needs.push(other as usize);
                }
            });
            needs
        })
        .collect();
    for component in order::components(&needs) {
        if order::is_cycle(&component, &needs) {
            report_cycle(resolver, &all, &order::walk_cycle(&component, &needs));
            for at in component {
                resolver.set_broken(&all[at].declared);
            }
            continue;
        }
        for at in component {
            let Alias { declared, meaning: Some(meaning) } = &all[at] else { continue };
            let (resolved, findings) = resolve(resolver, meaning);
            resolver.report_all(meaning.key, findings);
            match resolved {
                Some(ty) => resolver.declarations.aliases[at].1 = Some(ty),
                None => resolver.set_broken(declared),
            }
        }
    }
    for (at, alias) in all.iter().enumerate() {
        check_further(resolver, &alias.declared, |resolver, bound| {
            let first = &resolver.declarations.aliases[at].1;
            let Ok(Some(ty)) = as_type(bound.binding) else { return true };
            let meaning =
                Meaning { key: bound.key, module: bound.module, ty: Cow::Owned(ty), entities: true };
            let (resolved, _) = resolve(resolver, &meaning);
            first.is_none() || resolved == *first
        });
    }
}

/// A `type` or `param type`.
struct Alias<'a> {
    declared: Declared<'a>,
    /// `None`: it is not known what it stands for, which was reported.
    meaning: Option<Meaning<'a>>,
}

/// What an alias stands for, and where that is written.
struct Meaning<'a> {
    key: ItemKey,
    module: u32,
    ty: Cow<'a, Type>,
    /// Whether it may be entity types only.
    entities: bool,
}

fn alias<'a>(resolver: &mut Resolver<'a>, declared: Declared<'a>) -> Alias<'a> {
    let Declared { key, module, item, .. } = declared;
    let meaning = match &item.kind {
        ItemKind::TypeAlias { ty, .. } => {
            Some(Meaning { key, module, ty: Cow::Borrowed(ty), entities: false })
        }
        ItemKind::TypeParam { default, .. } => match resolver.bindings.of(&declared.def) {
            Some(bound) => match as_type(bound.binding) {
                Ok(ty) => ty.map(|ty| Meaning {
                    key: bound.key,
                    module: bound.module,
                    ty: Cow::Owned(ty),
                    entities: true,
                }),
                Err(findings) => {
                    resolver.report_all(bound.key, findings);
                    None
                }
            },
            None => default.as_ref().map(|ty| Meaning { key, module, ty: Cow::Borrowed(ty), entities: true }),
        },
        _ => None,
    };
    if meaning.is_none() {
        resolver.set_broken(&declared);
    }
    Alias { declared, meaning }
}

fn resolve(resolver: &Resolver<'_>, meaning: &Meaning<'_>) -> (Option<Resolved>, Vec<Finding>) {
    let mut types = TypeResolver::new(&resolver.declarations, meaning.module);
    let resolved = match meaning.entities {
        true => types.resolve_entities(&meaning.ty, "parameters of modules").map(Resolved::Entity),
        false => types.resolve(&meaning.ty),
    };
    (resolved, types.findings)
}

fn report_cycle(resolver: &mut Resolver<'_>, all: &[Alias<'_>], cycle: &[usize]) {
    let Some((first, others)) = cycle.split_first() else { return };
    let declared = &all[*first].declared;
    let message = format!("type `{}` is part of itself", declared.name.text);
    let diagnostic = Diagnostic::new(codes::CYCLE, declared.name.span, message)
        .help("entity types may refer to each other; records may not");
    let related =
        others.iter().map(|at| (all[*at].declared.def.clone(), "through this type".to_owned())).collect();
    let finding = crate::declarations::Finding { diagnostic, related };
    resolver.report(declared.key, finding);
}
