//! Expressions. A condition that is too long breaks before its `and`s or `or`s.

use logos::Logos;

use super::lists::{Brackets, list};
use super::writer::Writer;
use crate::ast::{BinaryOp, Expr, ExprKind, Init};
use crate::tokens::Token;

/// Where an expression stands: whether a `not` may stand there as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// In brackets, behind a keyword, beside `and` or `or`.
    Loose,
    /// Beside an operator that binds tighter than `not`.
    Operand,
}

/// An expression.
pub fn expr(writer: &mut Writer<'_, '_>, expr: &Expr) {
    at(writer, expr, Place::Loose);
}

/// An expression behind `=`: on the same line if it fits, or if it has brackets to break in.
pub fn assigned(writer: &mut Writer<'_, '_>, value: &Expr) {
    writer.until(value.span.start);
    if hugs(value) {
        expr(writer, value);
        return;
    }
    writer.open();
    writer.indent();
    writer.line();
    expr(writer, value);
    writer.dedent();
    writer.close();
}

/// A condition behind its keyword: lines of it stand one level further in.
pub fn condition(writer: &mut Writer<'_, '_>, value: &Expr) {
    writer.until(value.span.start);
    writer.indent();
    expr(writer, value);
    writer.dedent();
}

/// Whether it begins and ends with brackets that its lines may break in, or has none to break.
pub fn hugs(value: &Expr) -> bool {
    use ExprKind::*;
    matches!(*value.kind, Set(_) | Record(_) | Paren(_) | Call { .. } | Quantifier { .. })
}

fn at(writer: &mut Writer<'_, '_>, expr: &Expr, place: Place) {
    writer.until(expr.span.start);
    match &*expr.kind {
        ExprKind::And(operands) | ExprKind::Or(operands) => {
            writer.open();
            joined(writer, operands);
            writer.close();
        }
        ExprKind::If { .. } => {
            writer.open();
            choice(writer, expr);
            writer.close();
        }
        ExprKind::Not(operand) => not(writer, operand, place),
        ExprKind::Neg(operand) => {
            writer.token();
            writer.glue();
            at(writer, operand, Place::Operand);
        }
        ExprKind::Paren(inner) => {
            writer.open();
            writer.token();
            writer.indent();
            writer.soft_line();
            lines(writer, inner);
            writer.until(inner.span.end);
            writer.last_comments();
            writer.dedent();
            writer.soft_line();
            writer.until(expr.span.end);
            writer.close();
        }
        ExprKind::Binary { op, left, right, .. } => binary(writer, *op, left, right),
        ExprKind::Is { value, within, .. } => {
            at(writer, value, Place::Operand);
            if let Some(within) = within {
                at(writer, within, Place::Operand);
            }
        }
        ExprKind::IsSome(value)
        | ExprKind::Has { value, .. }
        | ExprKind::Like { value, .. }
        | ExprKind::Matches { value, .. }
        | ExprKind::Member { value, .. } => at(writer, value, Place::Operand),
        ExprKind::Call { callee, args } => {
            at(writer, callee, Place::Operand);
            arguments(writer, args);
        }
        ExprKind::Index { value, index } => {
            at(writer, value, Place::Operand);
            writer.glue();
            writer.token();
            self::expr(writer, index);
        }
        ExprKind::Set(elements) => list(writer, Brackets::Tight, elements, |one| one.span.end, self::expr),
        ExprKind::Record(fields) => record(writer, fields),
        ExprKind::Quantifier { set, body, .. } => {
            writer.open();
            writer.token();
            writer.glue();
            writer.token();
            writer.indent();
            writer.soft_line();
            at(writer, set, Place::Operand);
            writer.until(body.span.start);
            writer.line();
            lines(writer, body);
            writer.until(body.span.end);
            writer.last_comments();
            writer.dedent();
            writer.soft_line();
            writer.until(expr.span.end);
            writer.close();
        }
        ExprKind::Bool(_)
        | ExprKind::Int(_)
        | ExprKind::Decimal(_)
        | ExprKind::Duration(_)
        | ExprKind::Str(_)
        | ExprKind::Tagged { .. }
        | ExprKind::Entity { .. }
        | ExprKind::Path(_)
        | ExprKind::Error => {}
    }
    writer.until(expr.span.end);
}

/// An expression that has the lines of the group around it for its own `and`s, `or`s or `if`.
fn lines(writer: &mut Writer<'_, '_>, expr: &Expr) {
    match &*expr.kind {
        ExprKind::And(operands) | ExprKind::Or(operands) => joined(writer, operands),
        ExprKind::If { .. } => choice(writer, expr),
        _ => self::expr(writer, expr),
    }
    writer.until(expr.span.end);
}

/// `a and b and c`, the operators leading their lines.
fn joined(writer: &mut Writer<'_, '_>, operands: &[Expr]) {
    for (nth, operand) in operands.iter().enumerate() {
        if nth > 0 {
            writer.line();
            match writer.peek() {
                Some(Token::AndAnd) => writer.token_as("and"),
                Some(Token::OrOr) => writer.token_as("or"),
                _ => writer.token(),
            }
            writer.space();
        }
        // An `and` in an `or` has its lines further in than the `or`.
        let nested = matches!(*operand.kind, ExprKind::And(_) | ExprKind::If { .. });
        if nested {
            writer.indent();
        }
        self::expr(writer, operand);
        if nested {
            writer.dedent();
        }
    }
}

/// `if a then b else if c then d else e`
fn choice(writer: &mut Writer<'_, '_>, mut expr: &Expr) {
    while let ExprKind::If { condition, then, otherwise } = &*expr.kind {
        writer.token();
        writer.indent();
        self::expr(writer, condition);
        writer.line();
        writer.token();
        // What a branch breaks into stands further in than `then` and `else`.
        writer.indent();
        self::expr(writer, then);
        writer.dedent();
        writer.line();
        writer.token();
        writer.dedent();
        expr = otherwise;
    }
    writer.indent();
    writer.indent();
    self::expr(writer, expr);
    writer.dedent();
    writer.dedent();
}

/// `not a`. `!` binds tighter than `not`, so that parentheses may be needed to say the same.
fn not(writer: &mut Writer<'_, '_>, operand: &Expr, place: Place) {
    let is_mark = writer.peek() == Some(Token::Bang);
    if is_mark && place == Place::Operand && is_word(operand) {
        writer.token();
        return at(writer, operand, Place::Operand);
    }
    // Laid out as if the parentheses had been there, or the next pass would do more.
    let parentheses = is_mark && place == Place::Operand;
    if parentheses {
        writer.open();
        writer.insert_open();
        writer.indent();
        writer.soft_line();
    }
    if is_mark {
        writer.token_as("not");
    } else {
        writer.token();
    }
    writer.space();
    at(writer, operand, Place::Loose);
    if parentheses {
        writer.dedent();
        writer.soft_line();
        writer.insert_close();
        writer.close();
    }
}

/// A word of the language that is a name only because of the `:` behind it: in parentheses it would be one no more.
fn is_word(mut operand: &Expr) -> bool {
    while let ExprKind::Not(inner) = &*operand.kind {
        operand = inner;
    }
    let ExprKind::Path(path) = &*operand.kind else { return false };
    let [name] = path.segments.as_slice() else { return false };
    let is_plain = (name.span.end - name.span.start) as usize == name.text.len();
    is_plain && matches!(Token::lexer(&name.text).next(), Some(Ok(token)) if token.is_keyword())
}

/// `a == b`; the line may end before the operator, unless the right side has brackets to break in.
fn binary(writer: &mut Writer<'_, '_>, op: BinaryOp, left: &Expr, right: &Expr) {
    // A `!` here gets parentheses.
    let hugs = hugs(right) || matches!(*right.kind, ExprKind::Not(_));
    writer.open();
    at(writer, left, Place::Operand);
    writer.indent();
    if !hugs || writer.has_comment() {
        writer.line();
    }
    writer.token();
    if op == BinaryOp::NotIn {
        writer.token();
    }
    writer.space();
    if hugs {
        writer.dedent();
        at(writer, right, Place::Operand);
    } else {
        at(writer, right, Place::Operand);
        writer.dedent();
    }
    writer.close();
}

/// `(a, b)` behind what is called.
pub fn arguments(writer: &mut Writer<'_, '_>, args: &[Expr]) {
    writer.glue();
    list(writer, Brackets::Tight, args, |one| one.span.end, expr);
}

/// `{ a: 1 }`; the opening brace is the next token.
pub fn record(writer: &mut Writer<'_, '_>, fields: &[Init]) {
    let end = |init: &Init| init.value.span.end;
    list(writer, Brackets::Padded, fields, end, |writer, init| {
        writer.until(init.value.span.start);
        expr(writer, &init.value);
    });
}
