//! The values of consts, those that others need first.

use assize_lang::ast::{Expr, ExprKind, ItemKind};
use assize_lang::{Diagnostic, codes};

use super::{Declared, Resolver, order};
use crate::declarations::{Def, Finding};
use crate::names::lookup;
use crate::values::constant;
use crate::walk;

pub(super) fn run(resolver: &mut Resolver<'_>) {
    let all: Vec<(Declared<'_>, Option<&Expr>)> = resolver
        .declared
        .iter()
        .filter_map(|declared| match &declared.item.kind {
            ItemKind::Const(decl) => Some((declared.clone(), decl.value.as_ref())),
            _ => None,
        })
        .collect();
    let needs: Vec<Vec<usize>> = all
        .iter()
        .map(|(declared, value)| value.map_or(Vec::new(), |value| needed(resolver, declared.module, value)))
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
            let (declared, Some(value)) = &all[at] else { continue };
            let full = &resolver.declarations.consts[at].name;
            if resolver.declarations.broken.contains(full) {
                continue;
            }
            let ty = resolver.declarations.consts[at].ty.clone();
            let (value, findings) = constant(&resolver.declarations, declared.module, value, &ty);
            resolver.report_all(declared.key, findings);
            if value.is_none() {
                resolver.set_broken(declared);
            }
            resolver.declarations.consts[at].value = value;
        }
    }
}

/// The consts that a value names.
fn needed(resolver: &Resolver<'_>, module: u32, value: &Expr) -> Vec<usize> {
    let mut needs = Vec::new();
    walk::visit(value, &mut |part| {
        if let ExprKind::Path(path) = &*part.kind
            && let Ok(Def::Const(at)) = lookup(&resolver.declarations, module, path)
        {
            needs.push(at as usize);
        }
    });
    needs
}

fn report_cycle(resolver: &mut Resolver<'_>, all: &[(Declared<'_>, Option<&Expr>)], cycle: &[usize]) {
    let Some((&first, others)) = cycle.split_first() else { return };
    let declared = &all[first].0;
    let message = format!("const `{}` needs its own value", declared.name.text);
    let diagnostic = Diagnostic::new(codes::CYCLE, declared.name.span, message);
    let related = others.iter().map(|at| (all[*at].0.def.clone(), "through this const".to_owned())).collect();
    let key = declared.key;
    resolver.report(key, Finding { diagnostic, related });
}
