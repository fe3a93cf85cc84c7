//! `and`, `or`, `not` and `if`: where facts flow.

use assize_lang::Span;
use assize_lang::ast::Expr;
use assize_lang::{Diagnostic, codes};
use assize_runtime::program::Op;
use assize_runtime::types::Type;

use super::checker::{Checker, Hint, Need, Typed};
use super::convert::join;
use super::facts::{Chain, Flow};
use super::literals::is_flexible;

impl Checker<'_> {
    /// `a and b and c`, `a or b or c`: each operand knows what the ones before it have shown.
    pub(super) fn chain(
        &mut self,
        operands: &[Expr],
        or: bool,
        permissive: Option<bool>,
        span: Span,
    ) -> Option<Typed> {
        let before = self.facts.mark();
        let doubt = self.doubt;
        let mut flows = Chain::new();
        let mut nodes = Vec::with_capacity(operands.len());
        let mut failed = false;
        for operand in operands {
            let mark = self.code.mark();
            // What types rule out in this environment is for other environments to check.
            let dead = flows.is_dead();
            self.dead += u32::from(dead);
            let typed = self.condition(operand, Need::Operand(if or { "or" } else { "and" }), permissive);
            self.dead -= u32::from(dead);
            match typed {
                _ if dead => self.code.rewind(mark),
                Some(typed) => {
                    nodes.push(typed.node);
                    let flow = if or { typed.flow.negated() } else { typed.flow };
                    if let Some(facts) = &flow.yes {
                        self.facts.learn_all(facts);
                    }
                    flows.and(&flow);
                }
                None => {
                    failed = true;
                    self.doubt += 1;
                }
            }
        }
        self.facts.rewind(before);
        self.doubt = doubt;
        if failed {
            return None;
        }
        let flow = if or { flows.finish().negated() } else { flows.finish() };
        if let [only] = nodes[..] {
            return Some(Typed::new(only, Type::Bool).with_flow(flow));
        }
        let op = if or { Op::Or(nodes) } else { Op::And(nodes) };
        Some(self.push_bool(op, span).with_flow(flow))
    }

    /// `not a`
    pub(super) fn not(&mut self, operand: &Expr, permissive: Option<bool>, span: Span) -> Option<Typed> {
        let typed = self.condition(operand, Need::Operand("not"), permissive.map(|outcome| !outcome))?;
        let flow = typed.flow.negated();
        Some(self.push_bool(Op::Not(typed.node), span).with_flow(flow))
    }

    /// `if c then a else b`: the branches have one type, or one that both can be used as.
    pub(super) fn conditional(
        &mut self,
        [condition, then, otherwise]: [&Expr; 3],
        hint: Hint<'_>,
        permissive: Option<bool>,
        span: Span,
    ) -> Option<Typed> {
        let test = self.condition(condition, Need::Operand("if"), None);
        let doubtful = test.is_none();
        let flow = test.as_ref().map(|test| test.flow.clone()).unwrap_or_default();
        self.doubt += u32::from(doubtful);
        let branches = self.branches(then, otherwise, &flow, hint, permissive);
        self.doubt -= u32::from(doubtful);
        let test = test?;
        match branches? {
            Branches::One(live) => {
                // Only one branch is ever taken; the condition still may err.
                let local = self.code.fresh_local();
                let op = Op::Let { local, value: test.node, body: live.node };
                let ty = live.ty.clone();
                Some(self.push(op, ty, span).with_flow(live.flow))
            }
            Branches::Both(first, second) => self.joined(test, [first, second], [then, otherwise], span),
        }
    }

    /// Checks the branches of an `if`, each with the facts of the way to it.
    fn branches(
        &mut self,
        then: &Expr,
        otherwise: &Expr,
        flow: &Flow,
        hint: Hint<'_>,
        permissive: Option<bool>,
    ) -> Option<Branches> {
        // A literal whose type depends on the other branch comes second.
        let swap = hint.ty().is_none() && is_flexible(then) && !is_flexible(otherwise);
        let mut branches = [None, None];
        let mut dead_branch = None;
        for outcome in if swap { [false, true] } else { [true, false] } {
            let facts = if outcome { &flow.yes } else { &flow.no };
            let dead = facts.is_none() && flow.by_type;
            let before = self.facts.mark();
            if let Some(facts) = facts {
                self.facts.learn_all(facts);
            }
            let known = branches.iter().flatten().next().map(|typed: &Typed| typed.ty.clone());
            let hint = match (hint, &known) {
                (Hint::Open, Some(ty)) => Hint::Soft(ty),
                (hint, _) => hint,
            };
            let mark = self.code.mark();
            self.dead += u32::from(dead);
            self.permissive = permissive;
            let typed = self.infer(if outcome { then } else { otherwise }, hint);
            self.dead -= u32::from(dead);
            self.facts.rewind(before);
            if dead {
                self.code.rewind(mark);
                dead_branch = Some(outcome);
            } else {
                branches[usize::from(!outcome)] = typed;
            }
        }
        match (dead_branch, branches) {
            (Some(true), [_, live]) | (Some(false), [live, _]) => live.map(Branches::One),
            (None, [Some(first), Some(second)]) => Some(Branches::Both(first, second)),
            _ => None,
        }
    }

    /// `if` of two branches that both can be taken.
    fn joined(
        &mut self,
        test: Typed,
        [first, second]: [Typed; 2],
        [then, otherwise]: [&Expr; 2],
        span: Span,
    ) -> Option<Typed> {
        let Some(ty) = join(&first.ty, &second.ty) else {
            let (left, right) = (self.text(&first.ty), self.text(&second.ty));
            let message = format!("both branches of `if` need one type, not `{left}` and `{right}`");
            self.report(
                Diagnostic::new(codes::NO_COMMON_TYPE, otherwise.span, message)
                    .label(format!("`{right}`"))
                    .also(then.span, format!("`{left}`")),
            );
            return None;
        };
        let flow = Flow::branches(&test.flow, &first.flow, &second.flow);
        let first = self.convert(first, &ty, then.span);
        let second = self.convert(second, &ty, otherwise.span);
        let op = Op::If { condition: test.node, then: first.node, otherwise: second.node };
        Some(self.push(op, ty, span).with_flow(flow))
    }
}

/// The branches of an `if` that an environment can take.
enum Branches {
    One(Typed),
    Both(Typed, Typed),
}
