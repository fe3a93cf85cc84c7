//! Types and expressions in the words of a policy author.

use std::fmt::Write;

use assize_lang::ast::{Expr, ExprKind, Path};
use assize_runtime::types::{EntityTypeId, EntityTypes, EnumId, Schema, Type};

/// Fields of a record that are named before the rest becomes `..`.
const SHOWN_FIELDS: usize = 5;

/// A type as one would write it.
pub fn type_text(schema: &Schema, ty: &Type) -> String {
    let mut text = String::new();
    write_type(&mut text, schema, ty, 0);
    text
}

fn write_type(out: &mut String, schema: &Schema, ty: &Type, depth: u8) {
    match ty {
        Type::Bool => out.push_str("Bool"),
        Type::Int => out.push_str("Int"),
        Type::Decimal => out.push_str("Decimal"),
        Type::String => out.push_str("String"),
        Type::Ip => out.push_str("Ip"),
        Type::Cidr => out.push_str("Cidr"),
        Type::Datetime => out.push_str("Datetime"),
        Type::Duration => out.push_str("Duration"),
        Type::Zone => out.push_str("Zone"),
        Type::Action => out.push_str("Action"),
        Type::Never => out.push_str(".."),
        Type::Enum(id) => out.push_str(enum_name(schema, *id)),
        Type::Entity(types) => out.push_str(&types_text(schema, types)),
        Type::Set(element) => {
            out.push_str("Set<");
            write_type(out, schema, element, depth + 1);
            out.push('>');
        }
        Type::Map(element) => {
            out.push_str("Map<String, ");
            write_type(out, schema, element, depth + 1);
            out.push('>');
        }
        Type::Optional(inner) => {
            let union = matches!(&**inner, Type::Entity(types) if types.single().is_none());
            out.push_str(if union { "(" } else { "" });
            write_type(out, schema, inner, depth + 1);
            out.push_str(if union { ")?" } else { "?" });
        }
        Type::Record(_) if depth > 3 => out.push_str("{ .. }"),
        Type::Record(record) if record.fields().is_empty() => out.push_str("{}"),
        Type::Record(record) => {
            out.push_str("{ ");
            for (index, field) in record.fields().iter().take(SHOWN_FIELDS).enumerate() {
                let _ = write!(out, "{}{}", if index > 0 { ", " } else { "" }, field.name);
                out.push_str(if field.optional { "?: " } else { ": " });
                write_type(out, schema, &field.ty, depth + 1);
            }
            out.push_str(if record.fields().len() > SHOWN_FIELDS { ", .. }" } else { " }" });
        }
    }
}

/// `User | Group`
pub fn types_text(schema: &Schema, types: &EntityTypes) -> String {
    let names: Vec<_> = types.iter().map(|ty| entity_name(schema, ty)).collect();
    names.join(" | ")
}

/// Without its module where no other type has the same last name.
pub fn entity_name(schema: &Schema, id: EntityTypeId) -> &str {
    let name = schema.entity_types.get(id.index()).map_or("", |ty| ty.name.as_str());
    let short = last_part(name);
    let alike = schema.entity_types.iter().filter(|ty| last_part(&ty.name) == short).count();
    if alike > 1 { name } else { short }
}

/// Likewise for an enum.
pub fn enum_name(schema: &Schema, id: EnumId) -> &str {
    let name = schema.enums.get(id.index()).map_or("", |ty| ty.name.as_str());
    let short = last_part(name);
    let alike = schema.enums.iter().filter(|ty| last_part(&ty.name) == short).count();
    if alike > 1 { name } else { short }
}

/// What follows the last `::`.
pub(super) fn last_part(name: &str) -> &str {
    name.rfind("::").map_or(name, |at| &name[at + 2..])
}

/// `a::b`
pub(super) fn path_text(path: &Path) -> String {
    let names: Vec<_> = path.segments.iter().map(|name| name.text.as_str()).collect();
    names.join("::")
}

/// Access paths longer than this are not repeated in a message.
const SHOWN_PATH: usize = 80;

/// An access path such as `d.owner` as written; `None` for anything longer.
pub(super) fn spell(expr: &Expr) -> Option<String> {
    spelled(expr).filter(|text| text.len() <= SHOWN_PATH)
}

fn spelled(expr: &Expr) -> Option<String> {
    match &*expr.kind {
        ExprKind::Path(path) => Some(path_text(path)),
        ExprKind::Paren(inner) => spell(inner),
        ExprKind::Entity { ty, id } => Some(format!("{}::{:?}", path_text(ty), id.value)),
        ExprKind::Member { value, name, optional } => {
            Some(format!("{}{}{}", spell(value)?, if *optional { "?." } else { "." }, name.text))
        }
        ExprKind::Index { value, index } => match &*index.kind {
            ExprKind::Str(key) => Some(format!("{}[{:?}]", spell(value)?, key.value)),
            _ => None,
        },
        _ => None,
    }
}

/// The access path in backquotes, or `this value`.
pub(super) fn quoted(expr: &Expr) -> String {
    spell(expr).map_or_else(|| "this value".to_owned(), |text| format!("`{text}`"))
}

/// `a`, `a` or `b`, `a`, `b` or `c`: each in backquotes.
pub(super) fn listed<S: AsRef<str>>(words: &[S], last: &str) -> String {
    let mut text = String::new();
    for (index, word) in words.iter().enumerate() {
        if index > 0 {
            text.push_str(if index + 1 == words.len() { last } else { ", " });
        }
        let _ = write!(text, "`{}`", word.as_ref());
    }
    text
}
