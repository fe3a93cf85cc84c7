//! Who and what a policy is about: principal and resource patterns.

use assize_lang::ast::{ExprKind, Name, Pattern as Written, PatternKind};
use assize_lang::{Diagnostic, Span, codes};
use assize_runtime::program::{Pattern, Within};
use assize_runtime::types::{EntityTypeId, EntityTypes, Schema, Type};
use rustc_hash::FxHashSet;
use smol_str::SmolStr;

use crate::declarations::{Declarations, Finding};
use crate::expr::{Scope, entity_name, entity_types, resolve_entity};
use crate::names::{did_you_mean, suggest};

/// A resolved pattern.
#[derive(Clone, Debug)]
pub struct Resolved<'a> {
    /// As the Program holds it.
    pub pattern: Pattern,
    /// The name bound to what matched.
    pub binding: Option<&'a Name>,
    /// Where the entity of the pattern is named.
    pub named: Option<Span>,
}

impl Resolved<'_> {
    /// What matches everything.
    pub fn anything() -> Self {
        let pattern = Pattern { types: None, within: Within::Anywhere };
        Resolved { pattern, binding: None, named: None }
    }
}

/// As [`resolve`], with anything in place of what has an error, so that a policy that is being typed can be looked into.
pub fn resolve_readable<'a>(
    scope: &Scope<'_>,
    written: &'a Written,
    params: &[(SmolStr, Type)],
    findings: &mut Vec<Finding>,
) -> Resolved<'a> {
    if let Some(resolved) = resolve(scope, written, params, findings) {
        return resolved;
    }
    let (types, binding) = match &written.kind {
        PatternKind::Any { binding, .. } => (None, binding.as_ref()),
        PatternKind::Types { types, binding, .. } => (entity_types(scope, types).0, binding.as_ref()),
        PatternKind::In(_) | PatternKind::Entity(_) | PatternKind::Error => (None, None),
    };
    Resolved { pattern: Pattern { types, within: Within::Anywhere }, binding, named: None }
}

/// Resolves a pattern; `params` are those of the grant in whose body it stands. `None`: it has an error, which was reported
/// or is a syntax error.
pub fn resolve<'a>(
    scope: &Scope<'_>,
    written: &'a Written,
    params: &[(SmolStr, Type)],
    findings: &mut Vec<Finding>,
) -> Option<Resolved<'a>> {
    let (types, binding, within) = match &written.kind {
        PatternKind::Any { binding, within } => (None, binding.as_ref(), within.as_ref()),
        PatternKind::Types { types, binding, within } => {
            let (types, found) = entity_types(scope, types);
            findings.extend(found);
            (Some(types?), binding.as_ref(), within.as_ref())
        }
        PatternKind::In(within) => (None, None, Some(within)),
        PatternKind::Entity(entity) => match resolve_entity(scope, entity) {
            Ok(uid) => {
                let types = Some(EntityTypes::one(uid.ty));
                let pattern = Pattern { types, within: Within::Is(uid) };
                return Some(Resolved { pattern, binding: None, named: Some(entity.span) });
            }
            Err(found) => {
                findings.extend(found);
                return None;
            }
        },
        PatternKind::Error => return None,
    };
    let Some(within) = within else {
        return Some(Resolved { pattern: Pattern { types, within: Within::Anywhere }, binding, named: None });
    };
    let named = Some(within.span);
    let (within, containers) = match &*within.kind {
        ExprKind::Path(path) if path.segments.len() == 1 && position(params, &path.last().text).is_some() => {
            let at = position(params, &path.last().text)?;
            let Some(containers) = entities_of(&params[at].1) else {
                let message = format!("nothing can be in `{}`: it is no entity", path.last().text);
                findings.push(Diagnostic::new(codes::PATTERN_WITHIN, within.span, message).into());
                return None;
            };
            (Within::InGrantParam(at), containers.clone())
        }
        ExprKind::Entity { .. } => match resolve_entity(scope, within) {
            Ok(uid) => {
                let containers = EntityTypes::one(uid.ty);
                (Within::In(uid), containers)
            }
            Err(found) => {
                findings.extend(found);
                return None;
            }
        },
        ExprKind::Error => return None,
        ExprKind::Path(path) if path.segments.len() == 1 && close(params, &path.last().text).is_some() => {
            let (name, candidate) = (path.last(), close(params, &path.last().text));
            let message = format!("nothing here is called `{}`", name.text);
            let diagnostic = Diagnostic::new(codes::UNKNOWN_NAME, name.span, message);
            findings.push(did_you_mean(diagnostic, name.span, candidate).into());
            return None;
        }
        _ => {
            let message = "a pattern can only be `in` one entity";
            let mut diagnostic = Diagnostic::new(codes::PATTERN_WITHIN, within.span, message);
            diagnostic = match params {
                [] => diagnostic.help("write it out, `in Group::\"eng\"`, or move the test into `when`"),
                [(name, _), ..] => {
                    diagnostic.help(format!("write a parameter of the grant, such as `{name}`, or an entity"))
                }
            };
            findings.push(diagnostic.into());
            return None;
        }
    };
    let types = narrow(scope.declarations, types, &containers, written.span, findings)?;
    Some(Resolved { pattern: Pattern { types: Some(types), within }, binding, named })
}

fn position(params: &[(SmolStr, Type)], name: &str) -> Option<usize> {
    params.iter().position(|(param, _)| param == name)
}

/// The parameter that `name` was probably meant to be.
fn close<'a>(params: &'a [(SmolStr, Type)], name: &str) -> Option<&'a str> {
    suggest(name, params.iter().map(|(param, _)| param.as_str()))
}

/// The entity types of a parameter that something can be in.
fn entities_of(ty: &Type) -> Option<&EntityTypes> {
    match ty {
        Type::Entity(types) => Some(types),
        Type::Set(element) => match &**element {
            Type::Entity(types) => Some(types),
            _ => None,
        },
        _ => None,
    }
}

/// The types that can be in one of `containers`: all of those written, or else it is an error; without types, all that can.
fn narrow(
    declarations: &Declarations,
    types: Option<EntityTypes>,
    containers: &EntityTypes,
    span: Span,
    findings: &mut Vec<Finding>,
) -> Option<EntityTypes> {
    let schema = &declarations.schema;
    let Some(types) = types else { return EntityTypes::new(types_inside(schema, containers)) };
    let stranger = types.iter().find(|ty| !can_be_in(schema, *ty, containers));
    if let Some(stranger) = stranger {
        if declarations.has_lost_parents(&EntityTypes::one(stranger)) {
            return None;
        }
        let container = containers.iter().next().map_or("", |ty| entity_name(schema, ty));
        let name = entity_name(schema, stranger);
        let others = if containers.iter().len() > 1 { " or the like" } else { "" };
        let message = format!("a `{name}` is never in a `{container}`{others}");
        let diagnostic = Diagnostic::new(codes::CANNOT_BE_IN, span, message);
        let help = format!("leave `{name}` out, or declare `entity {name} in {container}`");
        findings.push(diagnostic.help(help).into());
        return None;
    }
    Some(types)
}

/// Whether an entity of type `ty` can be in one of `containers`: looks only at the types above it, of which there are few.
fn can_be_in(schema: &Schema, ty: EntityTypeId, containers: &EntityTypes) -> bool {
    let mut above = vec![ty];
    let mut seen = FxHashSet::default();
    while let Some(ty) = above.pop() {
        if containers.contains(ty) {
            return true;
        }
        if let Some(declared) = schema.entity_types.get(ty.index()).filter(|_| seen.insert(ty)) {
            above.extend(declared.parents.iter());
        }
    }
    false
}

/// All types that can be in an entity of one of `containers`, those themselves too; sorted.
fn types_inside(schema: &Schema, containers: &EntityTypes) -> Vec<EntityTypeId> {
    let mut inside: Vec<bool> = vec![false; schema.entity_types.len()];
    for container in containers.iter() {
        if let Some(slot) = inside.get_mut(container.index()) {
            *slot = true;
        }
    }
    loop {
        let mut changed = false;
        for (at, ty) in schema.entity_types.iter().enumerate() {
            let below = ty.parents.iter().any(|parent| inside.get(parent.index()) == Some(&true));
            if below && !inside[at] {
                inside[at] = true;
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    (0..inside.len()).filter(|at| inside[*at]).map(|at| EntityTypeId(at as u32)).collect()
}
