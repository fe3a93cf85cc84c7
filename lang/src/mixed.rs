//! The warning about `and` and `or` side by side without parentheses.
//!
//! `a or b and c` has one meaning, but readers of a policy disagree about which, and the tests that would show it are
//! those that nobody wrote.

use crate::ast::{Expr, ExprKind};
use crate::{Diagnostic, Edit, Span, codes};

/// The operands of `or`s that are bare `and`s.
#[derive(Debug, Default)]
pub struct Mixed {
    /// Start of the `or`, span of the `and`. An `or` has its own start: two that are nested have a token between.
    found: Vec<(u32, Span)>,
}

impl Mixed {
    /// Notes an operand of the `or` that starts at `or_start`, if it is a bare `and`.
    pub fn note(&mut self, or_start: u32, operand: &Expr) {
        if matches!(*operand.kind, ExprKind::And(_)) {
            self.found.push((or_start, operand.span));
        }
    }

    /// One warning for each `or`.
    pub fn report(mut self) -> Vec<Diagnostic> {
        self.found.sort_by_key(|&(or_start, span)| (or_start, span.start));
        self.found.chunk_by(|left, right| left.0 == right.0).map(warning).collect()
    }
}

fn warning(found: &[(u32, Span)]) -> Diagnostic {
    let parentheses = |&(_, span): &(u32, Span)| {
        [
            Edit { start: span.start, end: span.start, text: "(".into() },
            Edit { start: span.end, end: span.end, text: ")".into() },
        ]
    };
    Diagnostic::new(codes::MIXED_AND_OR, found[0].1, "`and` and `or` are mixed without parentheses")
        .label("`and` binds tighter, so this is one operand of the `or`")
        .fix("put the `and` in parentheses", found.iter().flat_map(parentheses).collect(), true)
}
