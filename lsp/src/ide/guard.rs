//! A guard before an attribute that may be absent: `u has manager and u.manager.name == "x"`.

use assize_compiler::walk;
use assize_lang::Edit;
use assize_lang::ast::{Expr, ExprKind};
use assize_runtime::types::Type;

use super::actions::{Action, ActionKind, expressions};
use super::analysis::{Analysis, ItemAt};
use super::names::Types;

/// Puts `has` before the part of a condition in which the attribute under the cursor is read without one.
pub(super) fn add_guard(analysis: &Analysis, at: &ItemAt<'_>, types: &Types) -> Option<Action> {
    let text = at.item.text(&analysis.database);
    let source = |expr: &Expr| text.get(expr.span.start as usize..expr.span.end as usize);
    let tree = &analysis.tree(at.item).item;
    let touches = |expr: &Expr| expr.span.start <= at.offset && at.offset <= expr.span.end;
    let condition = expressions(tree).into_iter().find(|expr| touches(expr))?;
    let mut member: Option<(&Expr, &Expr, &str)> = None;
    walk::visit(condition, &mut |part| {
        if let ExprKind::Member { value, optional: false, name } = &*part.kind
            && name.span.start <= at.offset
            && at.offset <= name.span.end
            && !name.text.is_empty()
        {
            member = Some((part, value, &name.text));
        }
    });
    let (read, subject, name) = member?;
    // What has a guard already is no optional any more.
    if !types.value(read.span).iter().any(|ty| matches!(ty, Type::Optional(_))) {
        return None;
    }
    let (guarded, wrapped) = innermost(condition, read)?;
    let guard = format!("{} has {} and ", source(subject)?, assize_compiler::names::written(name));
    let mut edits = vec![Edit { start: guarded.span.start, end: guarded.span.start, text: guard }];
    if wrapped {
        edits[0].text.insert(0, '(');
        edits.push(Edit { start: guarded.span.end, end: guarded.span.end, text: ")".to_owned() });
    }
    let title = format!("guard it with `has {name}`");
    Some(Action { title, kind: ActionKind::Rewrite, edits })
}

/// The least part of a condition that a guard can stand before: one side of `and` or `or`, the body of a quantifier, or all of it; and
/// whether both together need parentheses.
fn innermost<'e>(condition: &'e Expr, around: &Expr) -> Option<(&'e Expr, bool)> {
    let inside = |expr: &Expr| expr.span.start <= around.span.start && around.span.end <= expr.span.end;
    let (mut at, mut wrapped) = (condition, false);
    loop {
        let next = match &*at.kind {
            ExprKind::And(parts) => (parts.iter().find(|part| inside(part))?, false),
            ExprKind::Or(parts) => (parts.iter().find(|part| inside(part))?, true),
            ExprKind::Paren(inner) => (inner, false),
            ExprKind::Quantifier { body, .. } if inside(body) => (body, false),
            _ => return Some((at, wrapped)),
        };
        (at, wrapped) = next;
    }
}
