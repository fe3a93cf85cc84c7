//! Visiting every part of an expression. Trees are at most [`assize_lang::MAX_DEPTH`] high, so recursion is safe.

use assize_lang::ast::{Expr, ExprKind};

/// Calls `visit` with the expression and then with everything below it, in source order.
pub fn visit<'a>(expr: &'a Expr, found: &mut dyn FnMut(&'a Expr)) {
    found(expr);
    match &*expr.kind {
        ExprKind::Bool(_)
        | ExprKind::Int(_)
        | ExprKind::Decimal(_)
        | ExprKind::Duration(_)
        | ExprKind::Str(_)
        | ExprKind::Tagged { .. }
        | ExprKind::Entity { .. }
        | ExprKind::Path(_)
        | ExprKind::Error => {}
        ExprKind::Paren(inner)
        | ExprKind::Not(inner)
        | ExprKind::Neg(inner)
        | ExprKind::IsSome(inner)
        | ExprKind::Has { value: inner, .. }
        | ExprKind::Like { value: inner, .. }
        | ExprKind::Matches { value: inner, .. }
        | ExprKind::Member { value: inner, .. } => visit(inner, found),
        ExprKind::Set(parts) | ExprKind::And(parts) | ExprKind::Or(parts) => {
            parts.iter().for_each(|part| visit(part, found));
        }
        ExprKind::Record(fields) => fields.iter().for_each(|field| visit(&field.value, found)),
        ExprKind::Binary { left, right, .. } => {
            visit(left, found);
            visit(right, found);
        }
        ExprKind::Is { value, within, .. } => {
            visit(value, found);
            within.iter().for_each(|within| visit(within, found));
        }
        ExprKind::If { condition, then, otherwise } => {
            visit(condition, found);
            visit(then, found);
            visit(otherwise, found);
        }
        ExprKind::Call { callee, args } => {
            visit(callee, found);
            args.iter().for_each(|arg| visit(arg, found));
        }
        ExprKind::Index { value, index } => {
            visit(value, found);
            visit(index, found);
        }
        ExprKind::Quantifier { set, body, .. } => {
            visit(set, found);
            visit(body, found);
        }
    }
}

/// Whether some part of the expression is the plain name `name` as a value: what is called is a function or grant.
pub fn mentions(expr: &Expr, name: &str) -> bool {
    let (mut values, mut callees) = (0_usize, 0_usize);
    let is_name = |expr: &Expr| matches!(&*expr.kind, ExprKind::Path(path) if path.segments.len() == 1 && path.last().text == name);
    visit(expr, &mut |part| match &*part.kind {
        ExprKind::Path(_) if is_name(part) => values += 1,
        ExprKind::Call { callee, .. } if is_name(callee) => callees += 1,
        _ => {}
    });
    values > callees
}
