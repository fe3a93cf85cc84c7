//! What the productions of the grammar make of expressions: nodes of bounded height, and the slips that a production
//! already shows.

use crate::ast::*;
use crate::build::Builder;
use crate::nesting::too_deep;
use crate::{Diagnostic, Edit, MAX_DEPTH, codes};

impl Builder<'_> {
    /// The one way to make an expression: nothing taller than [`MAX_DEPTH`] gets through.
    pub fn expr(&mut self, kind: ExprKind, start: u32, end: u32) -> Expr {
        let depth = height_below(&kind) + 1;
        self.expr_of_height(kind, depth, Span::new(start, end))
    }

    fn expr_of_height(&mut self, kind: ExprKind, depth: u16, span: Span) -> Expr {
        if depth <= MAX_DEPTH {
            return Expr { kind: Box::new(kind), span, depth };
        }
        if !self.too_deep_reported {
            self.too_deep_reported = true;
            self.diagnostics.push(too_deep(span));
        }
        Expr { kind: Box::new(ExprKind::Error), span, depth: 1 }
    }

    /// Stands for an expression that was lost.
    pub fn lost_expr(&mut self, start: u32, end: u32) -> Expr {
        self.expr(ExprKind::Error, start, end)
    }

    /// A name in an expression; `null` and its like are reported.
    pub fn path_expr(&mut self, path: Path) -> ExprKind {
        if let [only] = path.segments.as_slice()
            && matches!(self.slice(only.span.start, only.span.end), "null" | "nil" | "undefined")
        {
            let message = format!("there is no `{}`: what is absent has no value", only.text);
            self.find(
                Diagnostic::new(codes::FOREIGN_WORD, only.span, message)
                    .help("ask whether it is there with `has`: `u has manager`")
                    .help("or give a value to use instead: `u.manager ?? other`"),
            );
            return ExprKind::Error;
        }
        ExprKind::Path(path)
    }

    /// `left and right`, joined with what `left` already joins.
    pub fn and(&mut self, left: Expr, right: Expr) -> Expr {
        let span = left.span.to(right.span);
        let height = right.depth + 1;
        match *left.kind {
            ExprKind::And(mut operands) => {
                operands.push(right);
                self.expr_of_height(ExprKind::And(operands), left.depth.max(height), span)
            }
            kind => {
                let left = Expr { kind: Box::new(kind), ..left };
                self.expr(ExprKind::And(vec![left, right]), span.start, span.end)
            }
        }
    }

    /// `left or right`, joined with what `left` already joins.
    pub fn or(&mut self, left: Expr, right: Expr) -> Expr {
        let span = left.span.to(right.span);
        self.mixed.note(span.start, &right);
        let height = right.depth + 1;
        match *left.kind {
            ExprKind::Or(mut operands) => {
                operands.push(right);
                self.expr_of_height(ExprKind::Or(operands), left.depth.max(height), span)
            }
            kind => {
                let left = Expr { kind: Box::new(kind), ..left };
                self.mixed.note(span.start, &left);
                self.expr(ExprKind::Or(vec![left, right]), span.start, span.end)
            }
        }
    }

    /// A binary expression.
    pub fn binary(&mut self, left: Expr, op: BinaryOp, op_span: Span, right: Expr) -> Expr {
        let span = left.span.to(right.span);
        self.expr(ExprKind::Binary { op, op_span, left, right }, span.start, span.end)
    }

    /// A comparison.
    pub fn compare(&mut self, left: Expr, op: BinaryOp, op_span: Span, right: Expr) -> Expr {
        self.binary(left, op, op_span, right)
    }

    /// `a < b < c`: an error, and a tree that has `a < b` and lost the rest.
    pub fn compare_chain(&mut self, left: Expr, _: BinaryOp, op_span: Span, right: Expr) -> Expr {
        let mut diagnostic = Diagnostic::new(codes::COMPARISON_CHAIN, op_span, "comparisons do not chain")
            .label("a second comparison");
        if let ExprKind::Binary { op_span: first, right: middle, .. } = &*left.kind {
            let middle = self.slice(middle.span.start, middle.span.end);
            let both = format!(
                "{} and {middle} {}",
                self.slice(left.span.start, left.span.end),
                self.slice(op_span.start, right.span.end)
            );
            diagnostic = diagnostic.also(*first, "the first comparison");
            if both.len() <= 80 && !both.contains('\n') {
                diagnostic = diagnostic.help(format!("to say both, write `{both}`"));
            }
        }
        self.diagnostics
            .push(diagnostic.help("to compare the result of a comparison, put it in parentheses"));
        let span = left.span.to(right.span);
        self.expr(ExprKind::Error, span.start, span.end)
    }

    /// Reports `=` where `==` is meant.
    pub fn equals_for_comparison(&mut self, start: u32, end: u32) {
        self.find(
            Diagnostic::new(
                codes::EQUALS_IN_EXPRESSION,
                Span::new(start, end),
                "a comparison is written `==`",
            )
            .label("`=` compares nothing")
            .fix("write `==`", vec![Edit { start, end, text: "==".into() }], true),
        );
    }

    /// Reports `=` where `:` is meant.
    pub fn equals_for_colon(&mut self, start: u32, end: u32) {
        let before = self.lexeme_before(start).map_or(start, |lexeme| lexeme.end);
        self.find(
            Diagnostic::new(
                codes::EQUALS_IN_EXPRESSION,
                Span::new(start, end),
                "a field is written with `:`",
            )
            .label("`=` is not used here")
            .fix("write `:`", vec![Edit { start: before, end, text: ":".into() }], true),
        );
    }
}

/// Height of the tallest expression directly inside.
fn height_below(kind: &ExprKind) -> u16 {
    let of = |expr: &Expr| expr.depth;
    let tallest = |list: &[Expr]| list.iter().map(of).max().unwrap_or(0);
    match kind {
        ExprKind::Bool(_)
        | ExprKind::Int(_)
        | ExprKind::Decimal(_)
        | ExprKind::Duration(_)
        | ExprKind::Str(_)
        | ExprKind::Tagged { .. }
        | ExprKind::Entity { .. }
        | ExprKind::Path(_)
        | ExprKind::Error => 0,
        ExprKind::Paren(inner) | ExprKind::Not(inner) | ExprKind::Neg(inner) | ExprKind::IsSome(inner) => {
            of(inner)
        }
        ExprKind::Set(list) | ExprKind::And(list) | ExprKind::Or(list) => tallest(list),
        ExprKind::Record(fields) => fields.iter().map(|field| field.value.depth).max().unwrap_or(0),
        ExprKind::Binary { left, right, .. } => of(left).max(of(right)),
        ExprKind::Is { value, within, .. } => of(value).max(within.as_ref().map_or(0, of)),
        ExprKind::Has { value, .. }
        | ExprKind::Like { value, .. }
        | ExprKind::Matches { value, .. }
        | ExprKind::Member { value, .. } => of(value),
        ExprKind::If { condition, then, otherwise } => of(condition).max(of(then)).max(of(otherwise)),
        ExprKind::Call { callee, args } => of(callee).max(tallest(args)),
        ExprKind::Index { value, index } => of(value).max(of(index)),
        ExprKind::Quantifier { set, body, .. } => of(set).max(of(body)),
    }
}
