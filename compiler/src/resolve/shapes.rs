//! Entity types, enums, grants, obligations and the signatures of functions, params and consts.

use assize_lang::ast::{ExprKind, ItemKind, Name, Param, StrLit, TypeKind};
use assize_lang::{Diagnostic, Span, codes};
use assize_runtime::literal::parse_duration;
use assize_runtime::types::{FieldType, RecordType, Type};
use smol_str::{SmolStr, format_smolstr};

use super::types::TypeResolver;
use super::{Declared, Resolver};
use crate::declarations::{Def, Finding};

pub(super) fn run(resolver: &mut Resolver<'_>) {
    for declared in resolver.declared.clone() {
        match &declared.item.kind {
            ItemKind::Entity(_) | ItemKind::ClosedEntity { .. } => entity(resolver, &declared),
            ItemKind::Enum(_) => enumeration(resolver, &declared),
            ItemKind::Grant(_) | ItemKind::Obligation { .. } => columns(resolver, &declared),
            ItemKind::Param(_) | ItemKind::Const(_) | ItemKind::Fn(_) => signature(resolver, &declared),
            _ => {}
        }
    }
}

fn entity(resolver: &mut Resolver<'_>, declared: &Declared<'_>) {
    let Def::EntityType(id) = declared.def else { return };
    let mut types = TypeResolver::new(&resolver.declarations, declared.module);
    let mut broken = Vec::new();
    let mut lost_parents = false;
    let mut swallowed = false;
    let mut shape = resolver.declarations.schema.entity_types[id.index()].clone();
    match &declared.item.kind {
        ItemKind::Entity(decl) => {
            shape.external = decl.external;
            if let Some(written) = &decl.parents {
                let parents = types.resolve_entities(written, "parents");
                lost_parents = parents.is_none();
                swallowed = decl.fields.is_empty() && ends_in_record(&written.kind);
                shape.parents = parents.map(|types| types.iter().collect()).unwrap_or_default();
            }
            let resolved = types.resolve_fields(&decl.fields);
            if types.check_size(Type::Record(resolved.fields.clone()), decl.name.span).is_some() {
                shape.attributes = resolved.fields;
            }
            broken = resolved.broken;
        }
        ItemKind::ClosedEntity { ids, .. } => shape.closed = Some(distinct_ids(ids, &mut types.findings)),
        _ => {}
    }
    let findings = types.findings;
    // An attribute without a type is known by name, so that its uses are not reported again.
    for attribute in broken {
        resolver.declarations.broken.insert(format_smolstr!("{}.{attribute}", shape.name));
    }
    if swallowed {
        resolver.declarations.broken.insert(format_smolstr!("{}.", declared.name.text));
    }
    resolver.declarations.schema.entity_types[id.index()] = shape;
    if lost_parents {
        resolver.declarations.lost_parents.insert(id);
    }
    resolver.report_all(declared.key, findings);
}

/// Whether a type took the attributes behind it for one more alternative: `in Folder | { .. }`.
fn ends_in_record(ty: &TypeKind) -> bool {
    match ty {
        TypeKind::Union(parts) => parts.last().is_some_and(|last| ends_in_record(&last.kind)),
        TypeKind::Record(_) => true,
        _ => false,
    }
}

fn distinct_ids(ids: &[StrLit], findings: &mut Vec<Finding>) -> Vec<SmolStr> {
    let mut distinct: indexmap::IndexMap<SmolStr, Span> = indexmap::IndexMap::new();
    for id in ids {
        match distinct.get(&id.value) {
            Some(first) => {
                let message = format!("`\"{}\"` is listed twice", id.value);
                let diagnostic = Diagnostic::new(codes::DUPLICATE_NAME, id.span, message);
                findings.push(diagnostic.also(*first, "first listed here").into());
            }
            None => drop(distinct.insert(id.value.clone(), id.span)),
        }
    }
    distinct.into_keys().collect()
}

fn enumeration(resolver: &mut Resolver<'_>, declared: &Declared<'_>) {
    let (Def::Enum(id), ItemKind::Enum(decl)) = (&declared.def, &declared.item.kind) else { return };
    if decl.variants.is_empty() {
        let message = format!("enum `{}` has no variants: it has no value", decl.name.text);
        resolver.report(declared.key, Diagnostic::new(codes::MISSING_VALUE, decl.name.span, message));
    }
    let mut seen: indexmap::IndexMap<SmolStr, Span> = indexmap::IndexMap::new();
    for variant in decl.variants.iter().filter(|variant| !variant.text.is_empty()) {
        match seen.get(&variant.text) {
            Some(first) => {
                let message = format!("`{}` is declared twice", variant.text);
                let diagnostic = Diagnostic::new(codes::DUPLICATE_NAME, variant.span, message);
                resolver.report(declared.key, diagnostic.also(*first, "first declared here"));
            }
            None => drop(seen.insert(variant.text.clone(), variant.span)),
        }
    }
    resolver.declarations.schema.enums[id.index()].variants = seen.into_keys().collect();
}

/// Parameters of grants and obligations: what data rows and enforcement points hold is always there.
fn columns(resolver: &mut Resolver<'_>, declared: &Declared<'_>) {
    let params = match &declared.item.kind {
        ItemKind::Grant(decl) => &decl.params,
        ItemKind::Obligation { params, .. } => params,
        _ => return,
    };
    let mut types = TypeResolver::new(&resolver.declarations, declared.module);
    let fields = |params: Vec<(SmolStr, Type)>| {
        params.into_iter().map(|(name, ty)| FieldType { name, ty, optional: false }).collect::<Vec<_>>()
    };
    let resolved = parameters(&mut types, params, false).filter(|params| {
        let together = Type::Record(RecordType::new(fields(params.clone())));
        types.check_size(together, declared.name.span).is_some()
    });
    let mut findings = types.findings;
    let mut at_most = None;
    if let ItemKind::Grant(decl) = &declared.item.kind
        && let Some(limit) = &decl.at_most
    {
        at_most = match &*limit.kind {
            ExprKind::Duration(text) => match parse_duration(text) {
                Ok(limit) if limit > 0 => Some(limit),
                Ok(_) => {
                    findings.push(no_duration(
                        limit.span,
                        "a grant that lasts no time grants nothing".to_owned(),
                    ));
                    None
                }
                Err(error) => {
                    findings.push(no_duration(limit.span, error.message));
                    None
                }
            },
            ExprKind::Error => None,
            _ => {
                findings.push(no_duration(limit.span, "`for at most` needs a duration".to_owned()));
                None
            }
        };
    }
    resolver.report_all(declared.key, findings);
    match (resolved, &declared.def) {
        (Some(params), Def::Grant(id)) => {
            let grant = &mut resolver.declarations.schema.grants[id.index()];
            grant.params = fields(params);
            grant.at_most = at_most;
        }
        (Some(params), Def::Obligation(id)) => {
            resolver.declarations.schema.obligations[id.index()].params = fields(params);
        }
        _ => resolver.set_broken(declared),
    }
}

fn no_duration(span: Span, message: String) -> Finding {
    Diagnostic::new(codes::GRANT_DURATION, span, message).help("write a duration: `for at most 4h`").into()
}

fn signature(resolver: &mut Resolver<'_>, declared: &Declared<'_>) {
    let mut types = TypeResolver::new(&resolver.declarations, declared.module);
    let mut complete = true;
    let mut value_type = None;
    let mut function = None;
    let mut no_value = None;
    match &declared.item.kind {
        ItemKind::Param(decl) => value_type = types.resolve(&decl.ty),
        ItemKind::Const(decl) => {
            value_type = types.resolve(&decl.ty);
            no_value = decl.value.is_none().then_some(&decl.name);
        }
        ItemKind::Fn(decl) => {
            let params = parameters(&mut types, &decl.params, true);
            let result = types.resolve_optional(&decl.result);
            function = params.zip(result);
        }
        _ => return,
    }
    let mut findings = types.findings;
    if let Some(Name { text, span }) = no_value {
        let message = format!("const `{text}` has no value");
        let diagnostic = Diagnostic::new(codes::MISSING_VALUE, *span, message);
        findings
            .push(diagnostic.help("write `= ..`, or make it a `param` that each deployment binds").into());
        complete = false;
    }
    let declarations = &mut resolver.declarations;
    match declared.def {
        Def::Param(at) => match value_type {
            Some(ty) => declarations.params[at as usize].ty = ty,
            None => complete = false,
        },
        Def::Const(at) => match value_type {
            Some(ty) => declarations.consts[at as usize].ty = ty,
            None => complete = false,
        },
        Def::Function(at) => match function {
            Some((params, result)) => {
                declarations.functions[at as usize].params = params;
                declarations.functions[at as usize].result = result;
            }
            None => complete = false,
        },
        _ => {}
    }
    resolver.report_all(declared.key, findings);
    if !complete {
        resolver.set_broken(declared);
    }
}

/// Names and types of parameters; `None` if one has an error.
pub(super) fn parameters(
    types: &mut TypeResolver<'_>,
    params: &[Param],
    optional: bool,
) -> Option<Vec<(SmolStr, Type)>> {
    let mut resolved: Vec<(SmolStr, Type)> = Vec::with_capacity(params.len());
    let mut complete = true;
    for (at, param) in params.iter().enumerate() {
        if let Some(first) = params[..at].iter().find(|other| other.name.text == param.name.text) {
            let message = format!("`{}` is declared twice", param.name.text);
            let diagnostic = Diagnostic::new(codes::DUPLICATE_NAME, param.name.span, message);
            types.findings.push(diagnostic.also(first.name.span, "first declared here").into());
            complete = false;
        }
        let ty = if optional { types.resolve_optional(&param.ty) } else { types.resolve(&param.ty) };
        match ty {
            Some(ty) => resolved.push((param.name.text.clone(), ty)),
            None => complete = false,
        }
    }
    complete.then_some(resolved)
}
