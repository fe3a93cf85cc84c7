//! Types, fields and parameters.

use super::lists::{Brackets, list};
use super::writer::Writer;
use crate::ast::{Annotation, Field, Param, Type, TypeKind};
use crate::tokens::Token;

/// `User | Group`, `Set<T>`, `{ mfa: Bool }`. Parentheses around types are not in the tree: those that open on the way
/// to the type close behind it.
pub fn ty(writer: &mut Writer<'_, '_>, ty: &Type) {
    let mut parentheses = 0;
    while writer.is_before(ty.span.start) {
        parentheses += u32::from(writer.peek() == Some(Token::OpenParen));
        writer.token();
    }
    match &ty.kind {
        TypeKind::Apply { name, args } => {
            writer.until(name.span.end);
            writer.glue();
            writer.token();
            writer.glue();
            for arg in args {
                self::ty(writer, arg);
            }
            writer.glue();
        }
        TypeKind::Union(alternatives) => {
            writer.indent();
            for (nth, alternative) in alternatives.iter().enumerate() {
                if nth > 0 {
                    writer.fill();
                }
                self::ty(writer, alternative);
            }
            writer.dedent();
        }
        TypeKind::Optional(inner) => self::ty(writer, inner),
        TypeKind::Record(fields) => list(writer, Brackets::Padded, fields, |one| one.span.end, field),
        TypeKind::Name(_) | TypeKind::Error => {}
    }
    writer.until(ty.span.end);
    for _ in 0..parentheses {
        writer.token();
    }
}

/// `manager?: User`, annotations above.
pub fn field(writer: &mut Writer<'_, '_>, field: &Field) {
    annotations(writer, &field.annotations);
    ty(writer, &field.ty);
    writer.until(field.span.end);
}

/// `(who: User, what: Folder)`; the opening parenthesis is the next token.
pub fn params(writer: &mut Writer<'_, '_>, params: &[Param]) {
    writer.glue();
    list(writer, Brackets::Tight, params, |one| one.ty.span.end, |writer, one| ty(writer, &one.ty));
}

/// Annotations on a line above what follows.
pub fn annotations(writer: &mut Writer<'_, '_>, annotations: &[Annotation]) {
    let Some(last) = annotations.last() else { return };
    writer.open();
    for (nth, annotation) in annotations.iter().enumerate() {
        if nth > 0 {
            writer.line();
        }
        writer.until(annotation.name.span.end);
        writer.glue();
        if writer.at(Token::OpenParen, annotation.span.end) {
            list(writer, Brackets::Tight, &annotation.args, |arg| arg.span.end, |_, _| {});
        }
    }
    writer.until(last.span.end);
    writer.close();
    writer.hard_line();
}
