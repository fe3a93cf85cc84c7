//! Policies: the head on one line, each clause on its own, one level further in.

use super::expressions::{arguments, condition, expr};
use super::lists::filled;
use super::types::annotations;
use super::writer::Writer;
use crate::ast::{Actions, ClauseKind, GrantPolicy, Pattern, PatternKind, PolicyDecl};

/// Alternatives of a pattern, up to this many, stay on one line: the head rather breaks before `to` or `on`.
const UNBROKEN: usize = 4;

/// A policy, `trial` included.
pub fn policy(writer: &mut Writer<'_, '_>, policy: &PolicyDecl) {
    writer.until(policy.effect_span.end);
    // Two levels, so that nobody takes a line of the head for a clause.
    writer.indent();
    writer.indent();
    pattern(writer, &policy.principal);
    writer.fill();
    match &policy.actions {
        Actions::List(actions) => {
            if let Some(first) = actions.first() {
                writer.until(first.span.start);
            }
            filled(writer, actions, |action| action.span.end, |_, _| {});
        }
        Actions::All(span) | Actions::Error(span) => writer.until(span.end),
    }
    if let Some(resource) = &policy.resource {
        writer.fill();
        pattern(writer, resource);
    }
    writer.dedent();
    for clause in &policy.clauses {
        writer.hard_line();
        match &clause.kind {
            ClauseKind::When(value) | ClauseKind::Unless(value) => {
                condition(writer, value);
            }
            ClauseKind::Oblige(calls) => {
                writer.token();
                writer.indent();
                filled(
                    writer,
                    calls,
                    |call| call.span.end,
                    |writer, call| {
                        writer.until(call.path.span().end);
                        writer.dedent();
                        arguments(writer, &call.args);
                        writer.indent();
                    },
                );
                writer.dedent();
            }
            ClauseKind::OnErrorSkip | ClauseKind::Because(_) | ClauseKind::Error => {}
        }
        writer.until(clause.span.end);
    }
    writer.dedent();
}

fn pattern(writer: &mut Writer<'_, '_>, pattern: &Pattern) {
    match &pattern.kind {
        PatternKind::Types { types, within, .. } => {
            for (nth, path) in types.iter().enumerate() {
                if nth > 0 && types.len() > UNBROKEN {
                    writer.fill();
                }
                writer.until(path.span().end);
            }
            if let Some(within) = within {
                expr(writer, within);
            }
        }
        PatternKind::Any { .. } | PatternKind::In(_) | PatternKind::Entity(_) | PatternKind::Error => {}
    }
    writer.until(pattern.span.end);
}

/// A policy in the body of a grant.
pub fn grant_policy(writer: &mut Writer<'_, '_>, one: &GrantPolicy) {
    annotations(writer, &one.annotations);
    policy(writer, &one.policy);
    writer.until(one.span.end);
}
