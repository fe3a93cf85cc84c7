//! Declarations, each by its kind.

use super::cases::{claim, test_items};
use super::expressions::assigned;
use super::lists::{Brackets, filled, list};
use super::policies::{grant_policy, policy};
use super::source::Source;
use super::types::{annotations, field, params, ty};
use super::writer::Writer;
use crate::ast::{ActionDecl, EntityDecl, Item, ItemKind, StrLit, Type, TypeKind, UseDecl, UseName};
use crate::tokens::Token;

/// Columns of a line, its indentation not counted.
const WIDTH: usize = 100;

/// The same for tests, whose rows are read as tables.
const TEST_WIDTH: usize = 120;

/// The text of an item in the one true format.
pub fn item(source: &Source<'_>, item: &Item) -> String {
    let mut writer = Writer::new(source);
    annotations(&mut writer, &item.annotations);
    declaration(&mut writer, &item.kind);
    writer.print(if matches!(item.kind, ItemKind::Test(_)) { TEST_WIDTH } else { WIDTH })
}

fn declaration(writer: &mut Writer<'_, '_>, kind: &ItemKind) {
    match kind {
        ItemKind::Module(_) | ItemKind::ActionParam { .. } | ItemKind::Error => {}
        ItemKind::Use(decl) => uses(writer, decl),
        ItemKind::Entity(decl) => entity(writer, decl),
        ItemKind::ClosedEntity { name, ids } => closed_entity(writer, name.span.end, ids),
        ItemKind::Enum(decl) => {
            writer.until(decl.name.span.end);
            list(writer, Brackets::Padded, &decl.variants, |variant| variant.span.end, |_, _| {});
        }
        ItemKind::TypeAlias { name, ty: target } => {
            writer.until(name.span.end);
            writer.token();
            ty(writer, target);
        }
        ItemKind::TypeParam { name, default } => {
            writer.until(name.span.end);
            if let Some(default) = default {
                writer.token();
                ty(writer, default);
            }
        }
        ItemKind::Action(decl) => action(writer, decl),
        ItemKind::Param(decl) | ItemKind::Const(decl) => {
            ty(writer, &decl.ty);
            if let Some(value) = &decl.value {
                writer.until_word_before(value.span.start);
                writer.token();
                assigned(writer, value);
            }
        }
        ItemKind::Fn(decl) => {
            writer.until(decl.name.span.end);
            params(writer, &decl.params);
            ty(writer, &decl.result);
            writer.until_word_before(decl.body.span.start);
            writer.token();
            assigned(writer, &decl.body);
        }
        ItemKind::Policy(decl) => policy(writer, decl),
        ItemKind::Grant(decl) => {
            writer.until(decl.name.span.end);
            params(writer, &decl.params);
            if let Some(limit) = &decl.at_most {
                writer.until(limit.span.end);
            }
            if let Some(policies) = &decl.body {
                body(writer, policies, grant_policy);
            }
        }
        ItemKind::Obligation { name, params: columns } => {
            writer.until(name.span.end);
            params(writer, columns);
        }
        ItemKind::Test(decl) => {
            writer.until(decl.name.span.end);
            test_items(writer, &decl.items);
        }
        ItemKind::Prove(decl) => {
            writer.until(decl.name.span.end);
            body(writer, &decl.claims, claim);
        }
    }
}

/// `use a::{b, c as d} with T = User`
fn uses(writer: &mut Writer<'_, '_>, decl: &UseDecl) {
    writer.until(decl.path.span().end);
    if let Some(names) = &decl.names {
        writer.token();
        writer.glue();
        let end = |one: &UseName| one.alias.as_ref().unwrap_or(&one.name).span.end;
        list(writer, Brackets::Tight, names, end, |_, _| {});
    }
    if let Some(alias) = &decl.alias {
        writer.until(alias.span.end);
    }
    if let Some(first) = decl.bindings.first() {
        writer.indent();
        writer.fill();
        writer.until(first.span.start);
        filled(writer, &decl.bindings, |one| one.span.end, |_, _| {});
        writer.dedent();
    }
}

/// A body in braces, each element on its own line. The opening brace is the next token.
pub fn body<'s, 'a, T>(
    writer: &mut Writer<'s, 'a>,
    elements: &[T],
    mut element: impl FnMut(&mut Writer<'s, 'a>, &T),
) {
    writer.token();
    if elements.is_empty() && !writer.has_comment() {
        writer.token();
        return;
    }
    writer.indent();
    for (nth, one) in elements.iter().enumerate() {
        writer.next_line(nth == 0);
        element(writer, one);
    }
    writer.last_comments();
    writer.dedent();
    writer.hard_line();
    writer.token();
}

/// An entity: one attribute on the same line, more on a line each.
fn entity(writer: &mut Writer<'_, '_>, decl: &EntityDecl) {
    writer.until(decl.name.span.end);
    if let Some(parents) = &decl.parents {
        ty(writer, parents);
    }
    match decl.fields.as_slice() {
        [] if writer.peek().is_none() => {}
        [only] if only.docs.is_empty() && only.annotations.is_empty() && !writer.has_comment_before_end() => {
            list(writer, Brackets::Attributes, &decl.fields, |one| one.span.end, field);
        }
        fields => body(writer, fields, |writer, one| {
            field(writer, one);
            if writer.peek() == Some(Token::Comma) {
                writer.skip();
            }
        }),
    }
}

/// `entity Environment = "dev" | "prod"`
fn closed_entity(writer: &mut Writer<'_, '_>, name_end: u32, ids: &[StrLit]) {
    writer.until(name_end);
    writer.token();
    writer.indent();
    for (nth, id) in ids.iter().enumerate() {
        if nth > 0 {
            writer.fill();
        }
        writer.until(id.span.end);
    }
    writer.dedent();
}

/// `action a, b on R by P with C includes d`
fn action(writer: &mut Writer<'_, '_>, decl: &ActionDecl) {
    if let Some(first) = decl.names.first() {
        writer.until(first.span.start);
    }
    writer.indent();
    filled(writer, &decl.names, |name| name.span.end, |_, _| {});
    let mut parts: Vec<Part<'_>> =
        [&decl.on, &decl.by, &decl.with].into_iter().flatten().map(Part::Type).collect();
    if let Some(first) = decl.includes.first() {
        parts.push(Part::Includes(first.span.start));
    }
    parts.sort_by_key(Part::start);
    for part in parts {
        writer.until_word_before(part.start());
        writer.fill();
        match part {
            Part::Type(target) if matches!(target.kind, TypeKind::Record(_)) => {
                writer.dedent();
                ty(writer, target);
                writer.indent();
            }
            Part::Type(target) => ty(writer, target),
            Part::Includes(start) => {
                writer.until(start);
                filled(writer, &decl.includes, |one| one.span.end, |_, _| {});
            }
        }
    }
    writer.until(u32::MAX);
    writer.dedent();
}

/// A clause of an action, by what stands behind its keyword.
enum Part<'a> {
    Type(&'a Type),
    Includes(u32),
}

impl Part<'_> {
    fn start(&self) -> u32 {
        match self {
            Part::Type(ty) => ty.span.start,
            Part::Includes(start) => *start,
        }
    }
}
