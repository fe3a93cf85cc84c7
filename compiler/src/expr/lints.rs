//! Warnings about conditions. Each says something about one environment; the caller keeps what all environments say.

use assize_lang::ast::Expr;
use assize_lang::{Code, Diagnostic, Span, codes};

use super::checker::Checker;
use super::display::{quoted, spell};
use super::facts::Flow;
use crate::declarations::Finding;

impl Checker<'_> {
    pub(super) fn warn(&mut self, code: Code, span: Span, message: String, label: &str) {
        self.report(Diagnostic::new(code, span, message).label(label));
    }

    /// A comparison of two literals.
    pub(super) fn warn_constant(&mut self, outcome: bool, span: Span) {
        let (code, word) =
            if outcome { (codes::ALWAYS_TRUE, "true") } else { (codes::ALWAYS_FALSE, "false") };
        self.warn(code, span, format!("this is always {word}"), "both sides are literals");
    }

    /// A clause whose outcome a `true` or `false` in it decides; `before`: the findings that are not about this clause.
    pub(super) fn warn_if_written_out(&mut self, flow: &Flow, clause: &str, span: Span, before: usize) {
        let (code, word) = match (&flow.yes, &flow.no) {
            _ if flow.by_type => return,
            (Some(_), None) => (codes::ALWAYS_TRUE, "true"),
            (None, Some(_)) => (codes::ALWAYS_FALSE, "false"),
            _ => return,
        };
        // What is inside was said to be so already.
        let known =
            |finding: &Finding| matches!(finding.diagnostic.code, codes::ALWAYS_TRUE | codes::ALWAYS_FALSE);
        if !self.findings.iter().skip(before).any(known) {
            self.warn(
                code,
                span,
                format!("the condition of `{clause}` is always {word}"),
                "as it is written here",
            );
        }
    }

    /// `?.` or `??` after a value that is there.
    pub(super) fn warn_never_absent(&mut self, value: &Expr, span: Span, operator: &str) {
        let message = format!("`{operator}` has no use: {} is never absent here", quoted(value));
        self.report(Diagnostic::new(codes::NEVER_ABSENT, span, message).label("has no effect"));
    }

    /// `s.flag ?? false` where false is the outcome that lets more through.
    pub(super) fn warn_default_weakens(&mut self, left: &Expr, right: &Expr, value: bool, span: Span) {
        let subject = quoted(left);
        let mut diagnostic = Diagnostic::new(
            codes::DEFAULT_WEAKENS,
            span,
            format!("when {subject} is absent, `?? {value}` lets the request through"),
        )
        .label("an absent value weakens this policy")
        .also(right.span, "the value when absent");
        if let Some(text) = spell(left) {
            diagnostic = diagnostic.help(format!("write `{text} ?? {}` if absence should be safe", !value));
        }
        self.report(diagnostic);
    }

    /// `all(x in s: ..)` where true is the outcome that lets more through.
    pub(super) fn warn_empty_all(&mut self, set: &Expr, span: Span) {
        let subject = quoted(set);
        let mut diagnostic = Diagnostic::new(
            codes::EMPTY_ALL,
            span,
            format!("`all` is true when {subject} is empty, which lets the request through"),
        )
        .label("true for an empty set");
        if let Some(text) = spell(set) {
            diagnostic = diagnostic.help(format!("ask for an element first: `not {text}.is_empty() and ..`"));
        }
        self.report(diagnostic);
    }

    /// `d.blocked.contains(u)` where false is the outcome that lets more through, and what is in a group of the set is not found.
    pub(super) fn warn_ignores_members(&mut self, set: &Expr, element: &Expr, span: Span) {
        let message =
            format!("{} may be in a group of {}, which `contains` overlooks", quoted(element), quoted(set));
        let mut diagnostic = Diagnostic::new(codes::IGNORES_MEMBERS, span, message)
            .label("plain membership: what is in the elements does not count, which lets more through");
        if let Some((element, set)) = spell(element).zip(spell(set)) {
            diagnostic = diagnostic.help(format!("write `{element} in {set}`"));
        }
        self.report(diagnostic);
    }
}
