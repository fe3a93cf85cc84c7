//! What each `type` stands for.

use assize_lang::ast::{ItemKind, Type};
use assize_lang::{Diagnostic, codes};

use super::types::{TypeResolver, names_in};
use super::{Declared, Resolver, order};
use crate::declarations::Def;
use crate::names::lookup;

pub(super) fn run(resolver: &mut Resolver<'_>) {
    let all: Vec<(Declared<'_>, &Type)> = resolver
        .declared
        .iter()
        .filter_map(|declared| match &declared.item.kind {
            ItemKind::TypeAlias { ty, .. } => Some((declared.clone(), ty)),
            _ => None,
        })
        .collect();
    let needs: Vec<Vec<usize>> = all
        .iter()
        .map(|(declared, ty)| {
            let mut needs = Vec::new();
            names_in(ty, &mut |path| {
                if let Ok(Def::Alias(other)) = lookup(&resolver.declarations, declared.module, path) {
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
                resolver.set_broken(&all[at].0);
            }
            continue;
        }
        for at in component {
            let (declared, ty) = &all[at];
            let mut types = TypeResolver::new(&resolver.declarations, declared.module);
            let resolved = types.resolve(ty);
            let findings = types.findings;
            resolver.report_all(declared.key, findings);
            match resolved {
                Some(ty) => resolver.declarations.aliases[at].1 = Some(ty),
                None => resolver.set_broken(declared),
            }
        }
    }
}

fn report_cycle(resolver: &mut Resolver<'_>, all: &[(Declared<'_>, &Type)], cycle: &[usize]) {
    let Some((first, others)) = cycle.split_first() else { return };
    let declared = &all[*first].0;
    let message = format!("type `{}` is part of itself", declared.name.text);
    let diagnostic = Diagnostic::new(codes::CYCLE, declared.name.span, message)
        .help("entity types may refer to each other; records may not");
    let related = others.iter().map(|at| (all[*at].0.def.clone(), "through this type".to_owned())).collect();
    let finding = crate::declarations::Finding { diagnostic, related };
    resolver.report(declared.key, finding);
}
