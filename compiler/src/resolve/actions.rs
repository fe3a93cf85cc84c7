//! What actions apply to, and which others they include.

use std::collections::BTreeSet;

use assize_lang::ast::{ActionDecl, ItemKind};
use assize_lang::{Diagnostic, codes};
use assize_runtime::types::{ActionId, Applies, RecordType, Type};
use assize_runtime::verify::MAX_APPLICABLE;

use super::bindings::{Bound, check_further};
use super::types::TypeResolver;
use super::{Declared, Resolver, order};
use crate::declarations::{Def, Finding};
use crate::names::lookup_actions;

/// How many actions all actions together may include: chains of groups include quadratically many. Checking them takes more
/// than that, and the verifier has a bound of its own.
const MAX_INCLUDED: usize = 4_000_000;

pub(super) fn run(resolver: &mut Resolver<'_>) {
    let mut needs: Vec<Vec<usize>> = vec![Vec::new(); resolver.declarations.schema.actions.len()];
    let all = resolver.declared.clone();
    let actions = || all.iter().filter(|declared| matches!(declared.def, Def::Action(_)));
    for declared in actions() {
        if let (Def::Action(id), ItemKind::ActionParam { .. }) = (&declared.def, &declared.item.kind) {
            needs[id.index()] = bound_actions(resolver, declared);
            continue;
        }
        let (Def::Action(id), ItemKind::Action(decl)) = (&declared.def, &declared.item.kind) else {
            continue;
        };
        // What is wrong with a declaration of several actions is said once.
        let is_first = decl.names.first() == Some(declared.name);
        let (applies, findings) = applies(resolver, declared, decl);
        // What it applies to may also be lost to an error of another declaration.
        let says_something = decl.on.is_some() || decl.by.is_some() || decl.with.is_some();
        let failed = !findings.is_empty() || (says_something && applies.is_none());
        if is_first {
            resolver.report_all(declared.key, findings);
        }
        if failed {
            resolver.set_broken(declared);
        }
        resolver.declarations.schema.actions[id.index()].applies = applies;

        let mut included = BTreeSet::new();
        for reference in &decl.includes {
            let is_glob = reference.quoted && reference.path.last().text.contains('*');
            match lookup_actions(&resolver.declarations, declared.module, reference) {
                Ok(found) => {
                    // A glob means the others.
                    let others = found.iter().filter(|other| !(is_glob && *other == id));
                    let before = included.len();
                    included.extend(others.map(|other| other.index()));
                    if is_glob && found == [*id] && included.len() == before {
                        let message = format!("no other action matches `\"{}\"`", reference.path.last().text);
                        resolver.report(
                            declared.key,
                            Diagnostic::new(codes::INCLUDES_NOTHING, reference.span, message),
                        );
                        resolver.set_broken(declared);
                    }
                }
                Err(findings) => {
                    if is_first {
                        resolver.report_all(declared.key, findings);
                    }
                    resolver.set_broken(declared);
                }
            }
        }
        needs[id.index()] = included.into_iter().collect();
    }
    close(resolver, &needs);
}

/// The actions that a parameter includes.
fn bound_actions<'a>(resolver: &mut Resolver<'a>, declared: &Declared<'a>) -> Vec<usize> {
    let Some(first) = resolver.bindings.of(&declared.def) else { return Vec::new() };
    let mut all_findings = Vec::new();
    let included = members(resolver, first, &mut all_findings);
    if !all_findings.is_empty() {
        resolver.set_broken(declared);
    }
    resolver.report_all(first.key, all_findings);
    check_further(resolver, declared, |resolver, bound| {
        members(resolver, bound, &mut Vec::new()) == included
    });
    included.into_iter().collect()
}

fn members(resolver: &Resolver<'_>, bound: Bound<'_>, findings: &mut Vec<Finding>) -> BTreeSet<usize> {
    let mut included = BTreeSet::new();
    for reference in &bound.binding.values {
        match lookup_actions(&resolver.declarations, bound.module, reference) {
            Ok(found) => included.extend(found.iter().map(|action| action.index())),
            Err(found) => findings.extend(found),
        }
    }
    included
}

/// What an action applies to, `None` for a pure group.
fn applies(
    resolver: &Resolver<'_>,
    declared: &Declared<'_>,
    decl: &ActionDecl,
) -> (Option<Applies>, Vec<Finding>) {
    let mut types = TypeResolver::new(&resolver.declarations, declared.module);
    let resources = decl.on.as_ref().map(|ty| types.resolve_entities(ty, "resources"));
    let principals = decl.by.as_ref().map(|ty| types.resolve_entities(ty, "principals"));
    let context = match &decl.with {
        None => Some(RecordType::new(Vec::new())),
        Some(ty) => match types.resolve(ty) {
            Some(Type::Record(record)) => Some(record),
            Some(_) => {
                let message = "a context is a record";
                let diagnostic = Diagnostic::new(codes::NOT_A_RECORD, ty.span, message);
                let help = "write its fields, `with { mfa: Bool }`, or the name of a `type` that is a record";
                types.findings.push(diagnostic.help(help).into());
                None
            }
            None => None,
        },
    };
    let name = declared.name;
    let half = match (&resources, &principals) {
        (Some(_), None) => Some("says what it applies to but not by whom: add `by ..`"),
        (None, Some(_)) => Some("says by whom but not what it applies to: add `on ..`"),
        (None, None) if decl.with.is_some() => {
            Some("has a context but applies to nothing: add `on .. by ..`")
        }
        (None, None) if decl.includes.is_empty() => {
            Some("neither applies to anything nor includes other actions")
        }
        _ => None,
    };
    if let Some(half) = half {
        let message = format!("action `{}` {half}", name.text);
        let diagnostic = Diagnostic::new(codes::ACTION_INCOMPLETE, name.span, message);
        let help =
            "write `action read on Document by User`, or `action edit includes read, write` for a group";
        types.findings.push(diagnostic.help(help).into());
    }
    let applies = match (resources.flatten(), principals.flatten(), context) {
        (Some(resources), Some(principals), Some(context)) => {
            Some(Applies { principals, resources, context })
        }
        _ => None,
    };
    (applies, types.findings)
}

/// Fills in everything that each action includes, through any number of steps.
fn close(resolver: &mut Resolver<'_>, needs: &[Vec<usize>]) {
    let (mut total, mut work) = (0, 0);
    for component in order::components(needs) {
        if order::is_cycle(&component, needs) {
            report_cycle(resolver, &order::walk_cycle(&component, needs));
            continue;
        }
        for at in component {
            let mut included = BTreeSet::from([ActionId(at as u32)]);
            for &other in &needs[at] {
                included.extend(resolver.declarations.schema.actions[other].includes.iter().copied());
            }
            total += included.len();
            // What the verifier has to look at to see that nothing is missing.
            let inner =
                |action: &ActionId| resolver.declarations.schema.actions[action.index()].includes.len();
            work += included.iter().map(inner).sum::<usize>() + included.len();
            if total > MAX_INCLUDED || work as u64 > MAX_APPLICABLE {
                report_too_many(resolver, at);
                return;
            }
            resolver.declarations.schema.actions[at].includes = included.into_iter().collect();
        }
    }
}

fn report_cycle(resolver: &mut Resolver<'_>, cycle: &[usize]) {
    let def = |at: usize| Def::Action(ActionId(at as u32));
    let Some((&first, others)) = cycle.split_first() else { return };
    let Some(&(key, span)) = resolver.places.get(&def(first)) else { return };
    let name = &resolver.declarations.schema.actions[first].name;
    let diagnostic = Diagnostic::new(codes::CYCLE, span, format!("action `{name}` includes itself"));
    let related = others.iter().map(|at| (def(*at), "through this action".to_owned())).collect();
    resolver.report(key, Finding { diagnostic, related });
}

fn report_too_many(resolver: &mut Resolver<'_>, at: usize) {
    let Some(&(key, span)) = resolver.places.get(&Def::Action(ActionId(at as u32))) else { return };
    let message = "the actions of this package include each other too many times over";
    resolver.report(key, Diagnostic::new(codes::CHAIN_TOO_LONG, span, message));
}
