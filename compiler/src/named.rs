//! Entities that policies and functions name, and which of them the data lacks: a misspelt id is true of nobody, so that a
//! `deny` for it denies nothing.

use assize_lang::{Diagnostic, Span, codes};
use assize_runtime::Value;
use assize_runtime::data::Data;
use assize_runtime::program::{Body, Op, Policy, Within};
use assize_runtime::types::Schema;
use assize_runtime::value::EntityUid;
use indexmap::IndexMap;

use crate::compile::Compilation;
use crate::manifest::{LintLevel, Manifest};
use crate::package::Located;

/// An entity that the text of a policy or function names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedEntity {
    /// The entity.
    pub uid: EntityUid,
    /// Index of the file.
    pub file: u32,
    /// Where it is named, from the start of the file.
    pub span: Span,
}

/// Entities with the place where they are named, from the start of the item.
pub type Named = Vec<(EntityUid, Span)>;

/// What a policy names. `patterns`: where the entities of its principal and resource patterns stand.
pub fn in_policy(policy: &Policy, patterns: [Option<Span>; 2]) -> Named {
    let mut named = Named::new();
    for (pattern, span) in [&policy.principal, &policy.resource].into_iter().zip(patterns) {
        if let (Within::In(uid) | Within::Is(uid), Some(span)) = (&pattern.within, span) {
            named.push((uid.clone(), span));
        }
    }
    for variant in &policy.variants {
        let args = variant.obligations.iter().flat_map(|call| &call.args);
        for body in variant.condition.iter().chain(args) {
            named.extend(in_body(body));
        }
    }
    named.sort_by(|a, b| (a.1.start, a.1.end, &a.0).cmp(&(b.1.start, b.1.end, &b.0)));
    named.dedup();
    named
}

/// What the code of a condition or function names.
pub fn in_body(body: &Body) -> Named {
    let mut named = Named::new();
    for node in &body.nodes {
        if let Op::Const(value) = &node.op {
            let span = Span::new(node.span.start, node.span.end);
            entities_of(value, &mut |uid| named.push((uid.clone(), span)));
        }
    }
    named
}

fn entities_of(value: &Value, found: &mut dyn FnMut(&EntityUid)) {
    match value {
        Value::Entity(uid) => found(uid),
        Value::Set(elements) => elements.iter().for_each(|element| entities_of(element, found)),
        Value::Map(parts) | Value::Record(parts) => {
            parts.values().for_each(|part| entities_of(part, found));
        }
        _ => {}
    }
}

impl Compilation {
    /// Warnings about entities that policies name and `data` does not hold, at the first place of each. `data` is what the package
    /// runs with: about a part of it this would tell nothing.
    pub fn absent_from(&self, data: &Data) -> Vec<Located> {
        let Some(program) = &self.program else { return Vec::new() };
        absent(&self.named, &program.schema, data, &self.manifest)
    }
}

/// As [`Compilation::absent_from`].
pub fn absent(named: &[NamedEntity], schema: &Schema, data: &Data, manifest: &Manifest) -> Vec<Located> {
    let level = manifest.lints.get(&codes::ABSENT_ENTITY);
    if level == Some(&LintLevel::Allow) {
        return Vec::new();
    }
    let mut places: IndexMap<&EntityUid, (&NamedEntity, usize)> = IndexMap::new();
    for entity in named {
        let Some(ty) = schema.entity_types.get(entity.uid.ty.index()) else { continue };
        // The first are declared in the text, the others come with requests.
        if ty.closed.is_none() && !ty.external && data.entity(&entity.uid).is_none() {
            places.entry(&entity.uid).or_insert((entity, 0)).1 += 1;
        }
    }
    let located = |(uid, (first, count)): (&EntityUid, (&NamedEntity, usize))| {
        let ty = schema.entity_types.get(uid.ty.index()).map_or("", |ty| ty.name.as_str());
        let message = format!("the data holds no `{ty}::{:?}`", uid.id.as_str());
        let mut diagnostic = Diagnostic::new(codes::ABSENT_ENTITY, first.span, message)
            .label("only the entity itself is this, and nothing is in it")
            .help("add it to the data, or correct the id");
        if count > 1 {
            diagnostic = diagnostic.help(format!("it is named in {count} places"));
        }
        if level == Some(&LintLevel::Deny) {
            diagnostic.severity = assize_lang::Severity::Error;
        }
        Located { file: first.file, diagnostic }
    };
    places.into_iter().map(located).collect()
}
