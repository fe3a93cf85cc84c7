//! The members that values of some types have.

use std::collections::BTreeMap;

use assize_lang::Span;
use assize_runtime::builtins::Sig;
use assize_runtime::types::{EntityTypes, RecordType, Type};
use smol_str::SmolStr;

use super::Members;
use super::docs::Docs;
use crate::declarations::Declarations;
use crate::expr::{Probed, methods, type_text};
use crate::names::written;

/// What a member is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MemberKind {
    /// An attribute of an entity.
    Attribute,
    /// A field of a record.
    Field,
    /// A built-in, which is called.
    Method,
}

/// A member of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its name.
    pub name: SmolStr,
    /// As it is written: in backquotes if it is no plain word.
    pub insert: String,
    /// What it is.
    pub kind: MemberKind,
    /// Its type, or the signature of a method: `(String) -> Bool`. Several where the types of a policy differ.
    pub signature: String,
    /// What its declaration says about it; empty if that says nothing.
    pub docs: String,
    /// Whether it may be absent at the cursor.
    pub optional: bool,
    /// Whether the value has it in every combination of types that the policy meets, so that no test is needed first.
    pub everywhere: bool,
}

/// What a member is in one type.
struct Found {
    kind: MemberKind,
    signature: String,
    docs: String,
    optional: bool,
}

pub(super) fn of(declarations: &Declarations, docs: &Docs<'_>, probed: &[Probed], replaced: Span) -> Members {
    let mut types: Vec<String> = Vec::new();
    let mut by_name: BTreeMap<SmolStr, Vec<Found>> = BTreeMap::new();
    let mut count = 0;
    let mut optional = false;
    for one in probed {
        let text = type_text(&declarations.schema, &one.ty);
        if !types.contains(&text) {
            types.push(text);
        }
        let ty = match &one.ty {
            Type::Optional(inner) => {
                optional = true;
                inner
            }
            ty => ty,
        };
        let mut add = |name: &str, found: Found| by_name.entry(name.into()).or_default().push(found);
        match ty {
            Type::Entity(of) => {
                count += of.iter().count();
                attributes(declarations, docs, of, one, &mut add);
            }
            Type::Record(record) => {
                count += 1;
                fields(declarations, docs, record, one, &mut add);
            }
            _ => count += 1,
        }
        if !one.asked {
            built_in(declarations, ty, &mut add);
        }
    }
    let mut members: Vec<Member> = by_name
        .into_iter()
        .filter_map(|(name, found)| {
            let first = found.first()?;
            let mut signatures: Vec<&str> = Vec::new();
            for one in &found {
                if !signatures.contains(&one.signature.as_str()) {
                    signatures.push(&one.signature);
                }
            }
            Some(Member {
                insert: written(&name),
                kind: first.kind,
                signature: signatures.join(" or "),
                docs: found
                    .iter()
                    .map(|one| &one.docs)
                    .find(|docs| !docs.is_empty())
                    .cloned()
                    .unwrap_or_default(),
                optional: found.iter().any(|one| one.optional),
                everywhere: found.len() >= count,
                name,
            })
        })
        .collect();
    members.sort_by(|a, b| {
        (a.kind == MemberKind::Method, &a.name).cmp(&(b.kind == MemberKind::Method, &b.name))
    });
    Members { types, optional, members, replaced }
}

fn attributes(
    declarations: &Declarations,
    docs: &Docs<'_>,
    types: &EntityTypes,
    probed: &Probed,
    add: &mut dyn FnMut(&str, Found),
) {
    let schema = &declarations.schema;
    for ty in types.iter() {
        let Some(declared) = schema.entity_types.get(ty.index()) else { continue };
        for field in declared.attributes.fields() {
            let optional = field.optional && !probed.present.contains(&field.name);
            // `has` asks for what may be absent, and for what only some types have.
            if probed.asked && !optional && types.single().is_some() {
                continue;
            }
            let (kind, signature) = (MemberKind::Attribute, type_text(schema, &field.ty));
            add(&field.name, Found { kind, signature, docs: docs.of_attribute(ty, &field.name), optional });
        }
        if !declared.parents.is_empty() && declared.attributes.field("ancestors").is_none() && !probed.asked {
            let above = EntityTypes::new(assize_runtime::fit::ancestor_types(schema, std::iter::once(ty)));
            let signature =
                above.map_or_else(String::new, |above| type_text(schema, &Type::set(Type::Entity(above))));
            let docs = "All entities that this one is in, through any number of steps.".to_owned();
            add("ancestors", Found { kind: MemberKind::Attribute, signature, docs, optional: false });
        }
    }
}

fn fields(
    declarations: &Declarations,
    docs: &Docs<'_>,
    record: &RecordType,
    probed: &Probed,
    add: &mut dyn FnMut(&str, Found),
) {
    for field in record.fields() {
        let optional = field.optional && !probed.present.contains(&field.name);
        if probed.asked && !optional {
            continue;
        }
        let (kind, signature) = (MemberKind::Field, type_text(&declarations.schema, &field.ty));
        add(&field.name, Found { kind, signature, docs: docs.of_field(record, &field.name), optional });
    }
}

fn built_in(declarations: &Declarations, ty: &Type, add: &mut dyn FnMut(&str, Found)) {
    let variable = match ty {
        Type::Set(element) | Type::Map(element) => Type::clone(element),
        _ => Type::Never,
    };
    let text = |sig: &Sig| type_text(&declarations.schema, &sig.instantiate(&variable));
    let method = |signature: String, docs: &str| Found {
        kind: MemberKind::Method,
        signature,
        docs: docs.to_owned(),
        optional: false,
    };
    for builtin in methods(ty) {
        let params: Vec<String> = builtin.params.iter().skip(1).map(text).collect();
        let signature = format!("({}) -> {}", params.join(", "), text(&builtin.result));
        add(builtin.name, method(signature, builtin.docs));
    }
    if let Type::Set(element) = ty {
        let signature = format!("({}) -> Bool", type_text(&declarations.schema, element));
        add("contains", method(signature, "Whether this very value is an element: plain membership."));
    }
}
