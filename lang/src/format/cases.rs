//! Tests and proofs.

use super::expressions::{arguments, assigned, expr, hugs, record};
use super::items::body;
use super::lists::{Brackets, filled, list};
use super::policies::policy;
use super::writer::Writer;
use crate::ast::{Claim, DataRow, Effect, Expect, Expr, TestItem};
use crate::tokens::Token;

/// What is in a test.
pub fn test_items(writer: &mut Writer<'_, '_>, items: &[TestItem]) {
    let expects =
        |effect| items.iter().any(|item| matches!(item, TestItem::Expect(expect) if expect.effect == effect));
    let aligned = expects(Effect::Allow) && expects(Effect::Deny);
    body(writer, items, |writer, item| match item {
        TestItem::Data(rows) => {
            writer.token();
            body(writer, rows, |writer, one| {
                row(writer, one);
                if writer.peek() == Some(Token::Comma) {
                    writer.skip();
                }
            });
        }
        TestItem::DataFile(file) => writer.until(file.span.end),
        TestItem::Let { name, value } => {
            writer.until(name.span.end);
            writer.token();
            assigned(writer, value);
        }
        TestItem::Expect(one) => expect(writer, one, aligned),
        TestItem::Error(span) => writer.until(span.end),
    });
}

/// `User::"bob" in Group::"eng" { .. }`, `viewer(..) until ..`
fn row(writer: &mut Writer<'_, '_>, row: &DataRow) {
    match row {
        DataRow::Entity { uid, parents, attrs, span } => {
            writer.until(uid.span.end);
            if writer.at(Token::In, span.end) {
                writer.token();
                if writer.at(Token::OpenBracket, span.end) {
                    list(writer, Brackets::Tight, parents, |one| one.span.end, expr);
                }
                for parent in parents {
                    writer.until(parent.span.end);
                }
            }
            if let Some(attrs) = attrs {
                record(writer, attrs);
            }
            writer.until(span.end);
        }
        DataRow::Grant { path, args, until, span } => {
            writer.until(path.span().end);
            arguments(writer, args);
            if let Some(until) = until {
                writer.indent();
                writer.fill();
                expr(writer, until);
                writer.dedent();
            }
            writer.until(span.end);
        }
        DataRow::Error(span) => writer.until(span.end),
    }
}

/// `expect deny P to A on R with C at T by "id"`; `aligned` makes both decisions equally wide.
fn expect(writer: &mut Writer<'_, '_>, expect: &Expect, aligned: bool) {
    writer.token();
    match expect.effect {
        Effect::Deny if aligned && !writer.has_comment_behind_next() => writer.token_as("deny "),
        _ => writer.token(),
    }
    writer.indent();
    writer.until(expect.resource.span.end);
    let mut parts: Vec<&Expr> = expect.context.iter().chain(&expect.at).collect();
    parts.sort_by_key(|part| part.span.start);
    let by = expect.by.first().map(|id| id.span.start);
    let ids = |writer: &mut Writer<'_, '_>| {
        writer.fill();
        writer.token();
        filled(writer, &expect.by, |id| id.span.end, |_, _| {});
    };
    let mut by_is_due = by.is_some();
    for part in parts {
        if by_is_due && by.is_some_and(|start| start < part.span.start) {
            by_is_due = false;
            ids(writer);
        }
        writer.fill();
        writer.token();
        without_indentation(writer, hugs(part), |writer| expr(writer, part));
    }
    if by_is_due {
        ids(writer);
    }
    writer.until(expect.span.end);
    writer.dedent();
}

/// Writes what has brackets to break in, whose lines are indented already.
fn without_indentation<'s, 'a>(
    writer: &mut Writer<'s, 'a>,
    hugs: bool,
    write: impl FnOnce(&mut Writer<'s, 'a>),
) {
    if hugs {
        writer.dedent();
        write(writer);
        writer.indent();
    } else {
        write(writer);
    }
}

/// `never allow ..`
pub fn claim(writer: &mut Writer<'_, '_>, claim: &Claim) {
    writer.token();
    policy(writer, &claim.policy);
    writer.until(claim.span.end);
}
