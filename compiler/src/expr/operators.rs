//! Equality, order, arithmetic and `??`.

use assize_lang::ast::{BinaryOp, Expr, ExprKind};
use assize_lang::{Diagnostic, Span, codes};
use assize_runtime::Value;
use assize_runtime::program::{Arithmetic, Op, Ordering};
use assize_runtime::types::{RecordType, Type};

use super::actions::ActionTest;
use super::checker::{Checker, Hint, Need, Typed};
use super::convert::{join, overlap, present};
use super::display::{enum_name, quoted, spell};
use super::facts::{Fact, Flow};
use super::has::learn_way;
use super::inhabited::SizeTest;
use super::literals::is_flexible;
use super::repair::{Repair, proposed};
use crate::declarations::Def;
use crate::names::suggest;

impl Checker<'_> {
    /// Both operands; each tells the other what a literal means.
    fn pair(&mut self, left: &Expr, right: &Expr) -> Option<(Typed, Typed)> {
        let swap = is_flexible(left) && !is_flexible(right);
        let (first, second) = if swap { (right, left) } else { (left, right) };
        let known = self.infer(first, Hint::Open);
        let hint = known.as_ref().map(|typed| typed.ty.clone());
        let other = self.infer(second, hint.as_ref().map_or(Hint::Open, Hint::Soft));
        match (known?, other?) {
            (known, other) if swap => Some((other, known)),
            pair => Some(pair),
        }
    }

    fn pair_present(&mut self, left: &Expr, right: &Expr) -> Option<(Typed, Typed)> {
        let (a, b) = self.pair(left, right)?;
        self.both_present(a, b, left, right)
    }

    fn both_present(&mut self, a: Typed, b: Typed, left: &Expr, right: &Expr) -> Option<(Typed, Typed)> {
        let present = (self.require_present(&a, left), self.require_present(&b, right));
        matches!(present, (Some(()), Some(()))).then_some((a, b))
    }

    /// `==`, `!=`
    pub(super) fn equality(
        &mut self,
        op: BinaryOp,
        op_span: Span,
        left: &Expr,
        right: &Expr,
        span: Span,
    ) -> Option<Typed> {
        let pair = self.pair_present(left, right)?;
        self.equality_of(op, op_span, pair, [left, right], span)
    }

    fn equality_of(
        &mut self,
        op: BinaryOp,
        op_span: Span,
        (a, b): (Typed, Typed),
        [left, right]: [&Expr; 2],
        span: Span,
    ) -> Option<Typed> {
        if !overlap(&a.ty, &b.ty) {
            if self.is_doubtful(&a.ty) && self.is_doubtful(&b.ty) {
                return None;
            }
            self.report_never_equal(&a.ty, &b.ty, [left, right], op_span);
            return None;
        }
        let flow = self.equality_flow(&a, &b, left, right, (op == BinaryOp::Ne, span));
        let (a, b) = match (&a.ty, &b.ty) {
            (Type::Entity(_), Type::Entity(_)) => (a, b),
            _ => {
                let ty = join(&a.ty, &b.ty)?;
                (self.convert(a, &ty, left.span), self.convert(b, &ty, right.span))
            }
        };
        let equal = self.push_bool(Op::Eq(a.node, b.node), span);
        if op == BinaryOp::Eq {
            return Some(equal.with_flow(flow));
        }
        Some(self.push_bool(Op::Not(equal.node), span).with_flow(flow.negated()))
    }

    /// What `==` shows, with a warning where it shows nothing.
    fn equality_flow(
        &mut self,
        a: &Typed,
        b: &Typed,
        left: &Expr,
        right: &Expr,
        (negated, span): (bool, Span),
    ) -> Flow {
        let mut flow = Flow::default();
        if let (Some(place), Some(other)) = (&a.place, &b.place)
            && place == other
        {
            let outcome = if negated { "always false" } else { "always true, unless it fails" };
            self.warn(
                codes::COMPARED_WITH_ITSELF,
                span,
                format!("{} is compared with itself", quoted(left)),
                outcome,
            );
            return flow;
        }
        flow = self.shown_by_size(SizeTest::Equal, [a, b], flow);
        flow = self.shown_by_equal_sets([a, b], flow);
        if a.ty == Type::Action {
            let [tested, against] =
                if self.code.value(a.node).is_some() { [b.node, a.node] } else { [a.node, b.node] };
            return self.action_flow(ActionTest::Is, [tested, against], (negated, span));
        }
        if let (Type::Entity(mine), Type::Entity(theirs)) = (&a.ty, &b.ty) {
            let types = mine.intersect(theirs);
            for side in [a, b] {
                let fact = Fact { types: types.clone(), ..Fact::default() };
                flow = flow.when_true(side.place.as_ref(), fact);
            }
        }
        for (side, other, expr) in [(a, b, left), (b, a, right)] {
            let (Some(place), Some(value)) = (&side.place, self.code.value(other.node).cloned()) else {
                continue;
            };
            let before = self.facts.get(place).and_then(|fact| fact.value.clone());
            if let Some(before) = before {
                let same = before == value;
                let outcome = same != negated;
                let message = if same {
                    format!("{} is already known to be this", quoted(expr))
                } else {
                    format!("{} is already known to be something else", quoted(expr))
                };
                let code = if same {
                    codes::CHECKED_BEFORE
                } else if outcome {
                    codes::ALWAYS_TRUE
                } else {
                    codes::ALWAYS_FALSE
                };
                self.warn(
                    code,
                    span,
                    message,
                    if outcome { "always true here" } else { "always false here" },
                );
            }
            flow = flow.when_true(Some(place), Fact { value: Some(value), ..Fact::default() });
        }
        if is_literal(left)
            && is_literal(right)
            && let (Some(one), Some(other)) = (self.code.value(a.node), self.code.value(b.node))
        {
            let outcome = (one == other) != negated;
            self.warn_constant(outcome, span);
        }
        flow
    }

    fn report_never_equal(&mut self, a: &Type, b: &Type, [left, right]: [&Expr; 2], op_span: Span) {
        let (left_text, right_text) = (self.text(a), self.text(b));
        let diagnostic = Diagnostic::new(
            codes::NEVER_EQUAL,
            op_span,
            format!("`{left_text}` and `{right_text}` are never equal"),
        )
        .label("always false")
        .also(left.span, format!("`{left_text}`"))
        .also(right.span, format!("`{right_text}`"));
        let element = |set: &Type, element: &Type| matches!(set, Type::Set(of) if overlap(of, element));
        let spelled = (spell(left), spell(right));
        let help: Option<Repair> = if element(b, a) {
            spelled.0.zip(spelled.1).map(|(a, b)| format!("ask for membership: `{a} in {b}`").into())
        } else if element(a, b) {
            spelled.0.zip(spelled.1).map(|(a, b)| format!("ask for membership: `{b} in {a}`").into())
        } else if let (Type::Record(a), Type::Record(b)) = (a, b) {
            Some(different_fields(a, b).into())
        } else {
            self.repair(b, a, right).or_else(|| self.repair(a, b, left))
        };
        self.report(proposed(diagnostic, help));
    }

    /// `<` and its like
    pub(super) fn ordering(
        &mut self,
        op: BinaryOp,
        op_span: Span,
        left: &Expr,
        right: &Expr,
        span: Span,
    ) -> Option<Typed> {
        let pair = self.pair_present(left, right)?;
        self.ordering_of(op, op_span, pair, [left, right], span)
    }

    fn ordering_of(
        &mut self,
        op: BinaryOp,
        op_span: Span,
        (a, b): (Typed, Typed),
        [left, right]: [&Expr; 2],
        span: Span,
    ) -> Option<Typed> {
        let text = spelling(op);
        if a.ty != b.ty {
            let (left_text, right_text) = (self.text(&a.ty), self.text(&b.ty));
            let diagnostic = Diagnostic::new(
                codes::BAD_OPERAND,
                op_span,
                format!("`{text}` cannot compare `{left_text}` with `{right_text}`"),
            )
            .label("two different types")
            .also(left.span, format!("`{left_text}`"))
            .also(right.span, format!("`{right_text}`"));
            let repair = self.repair(&b.ty, &a.ty, right).or_else(|| self.repair(&a.ty, &b.ty, left));
            self.report(proposed(diagnostic, repair));
            return None;
        }
        let schema = self.schema();
        let ordered = match &a.ty {
            Type::Int | Type::Decimal | Type::Datetime | Type::Duration => true,
            Type::Enum(id) => schema.enums.get(id.index()).is_some_and(|ty| ty.ordered),
            _ => false,
        };
        if !ordered {
            let ty = self.text(&a.ty);
            let mut diagnostic = Diagnostic::new(
                codes::BAD_OPERAND,
                op_span,
                format!("`{text}` does not work on `{ty}`, which has no order"),
            )
            .label("no order")
            .also(left.span, format!("`{ty}`"));
            let mut related = Vec::new();
            if let Type::Enum(id) = &a.ty {
                let name = enum_name(schema, *id);
                diagnostic = diagnostic.help(format!(
                    "declare it as `ordered enum {name}` if its variants go from least to greatest"
                ));
                related.push((Def::Enum(*id), format!("`{name}` is declared here")));
            }
            self.report_related(diagnostic, related);
            return None;
        }
        if a.place.is_some() && a.place == b.place {
            self.warn(
                codes::COMPARED_WITH_ITSELF,
                span,
                format!("{} is compared with itself", quoted(left)),
                if matches!(op, BinaryOp::Lt | BinaryOp::Gt) {
                    "always false"
                } else {
                    "always true, unless it fails"
                },
            );
        }
        if is_literal(left)
            && is_literal(right)
            && let (Some(one), Some(other)) = (self.code.value(a.node), self.code.value(b.node))
        {
            // Values of one type compare as the language compares them.
            let outcome = match op {
                BinaryOp::Lt => one < other,
                BinaryOp::Le => one <= other,
                BinaryOp::Gt => one > other,
                _ => one >= other,
            };
            self.warn_constant(outcome, span);
        }
        let ordering = match op {
            BinaryOp::Lt => Ordering::Less,
            BinaryOp::Le => Ordering::LessEqual,
            BinaryOp::Gt => Ordering::Greater,
            _ => Ordering::GreaterEqual,
        };
        let flow = self.shown_by_size(SizeTest::Ordered(ordering), [&a, &b], Flow::default());
        Some(self.push_bool(Op::Compare(ordering, a.node, b.node), span).with_flow(flow))
    }

    /// `+`, `-`, `*`
    pub(super) fn arithmetic(
        &mut self,
        (op, op_span): (BinaryOp, Span),
        left: &Expr,
        right: &Expr,
        hint: Hint<'_>,
        span: Span,
    ) -> Option<Typed> {
        let pair = self.arithmetic_operands(op, left, right, hint)?;
        self.arithmetic_of((op, op_span), pair, [left, right], span)
    }

    fn arithmetic_operands(
        &mut self,
        op: BinaryOp,
        left: &Expr,
        right: &Expr,
        hint: Hint<'_>,
    ) -> Option<(Typed, Typed)> {
        // A factor keeps its own type: there is no product of two decimals.
        let hint = match hint.ty() {
            _ if op == BinaryOp::Mul => Hint::Open,
            Some(Type::Decimal) if is_flexible(left) && is_flexible(right) => Hint::Soft(&Type::Decimal),
            _ => return self.pair_present(left, right),
        };
        let (a, b) = (self.infer(left, hint), self.infer(right, hint));
        self.both_present(a?, b?, left, right)
    }

    fn arithmetic_of(
        &mut self,
        (op, op_span): (BinaryOp, Span),
        (a, b): (Typed, Typed),
        [left, right]: [&Expr; 2],
        span: Span,
    ) -> Option<Typed> {
        let Some(ty) = arithmetic_result(op, &a.ty, &b.ty) else {
            self.report_bad_arithmetic(op, op_span, &a.ty, &b.ty, [left, right]);
            return None;
        };
        let operation = match op {
            BinaryOp::Add => Arithmetic::Add,
            BinaryOp::Sub => Arithmetic::Sub,
            _ => Arithmetic::Mul,
        };
        // `1d + t` is `t + 1d`: the time is the first operand.
        let swap = matches!((&a.ty, &b.ty), (Type::Duration, Type::Datetime));
        let (a, b) = if swap { (b, a) } else { (a, b) };
        self.computed(Op::Arithmetic(operation, a.node, b.node), ty, span)
    }

    /// A node for arithmetic; of constants its value, or the finding that it has none.
    pub(super) fn computed(&mut self, op: Op, ty: Type, span: Span) -> Option<Typed> {
        match self.code.fold(op.clone(), &ty, self.schema()) {
            None => {
                self.code.can_err(span);
                Some(self.push(op, ty, span))
            }
            Some(Ok(value)) => {
                self.code.drop_operands(&op);
                Some(self.push_value(value, ty, span))
            }
            Some(Err(_)) => {
                let message = format!("this always leaves the range of `{}`", self.text(&ty));
                self.report(
                    Diagnostic::new(codes::ALWAYS_OVERFLOWS, span, message).label("does not fit 64 bits"),
                );
                None
            }
        }
    }

    fn report_bad_arithmetic(
        &mut self,
        op: BinaryOp,
        op_span: Span,
        a: &Type,
        b: &Type,
        [left, right]: [&Expr; 2],
    ) {
        let text = spelling(op);
        let (left_text, right_text) = (self.text(a), self.text(b));
        let diagnostic = Diagnostic::new(
            codes::BAD_OPERAND,
            op_span,
            format!("`{text}` does not work on `{left_text}` and `{right_text}`"),
        )
        .label("not for these types")
        .also(left.span, format!("`{left_text}`"))
        .also(right.span, format!("`{right_text}`"));
        let help: Option<Repair> = match (op, a, b) {
            (BinaryOp::Add, Type::Datetime, Type::Datetime) => {
                Some("two times have no sum; their difference is a `Duration`".to_owned().into())
            }
            (BinaryOp::Sub, Type::Duration, Type::Datetime) => {
                Some("write the time first: a `Datetime` minus a `Duration`".to_owned().into())
            }
            (_, Type::Datetime, Type::Int) | (_, Type::Int, Type::Datetime) => {
                Some("say the unit: `90d`, `8h30m`, `5s`".to_owned().into())
            }
            (BinaryOp::Mul, Type::Decimal, Type::Decimal) => {
                Some("a `Decimal` can be multiplied by an `Int`".to_owned().into())
            }
            _ => self.repair(b, a, right).or_else(|| self.repair(a, b, left)),
        };
        self.report(proposed(diagnostic, help));
    }

    /// `a ?? b`
    pub(super) fn coalesce(
        &mut self,
        left: &Expr,
        right: &Expr,
        hint: Hint<'_>,
        permissive: Option<bool>,
        span: Span,
    ) -> Option<Typed> {
        let soft = hint.ty().cloned();
        let first = self.infer(left, soft.as_ref().map_or(Hint::Open, Hint::Soft));
        let Some(first) = first else {
            self.infer(right, Hint::Open);
            return None;
        };
        let inner = present(&first.ty).clone();
        let mark = self.code.mark();
        let second = self.infer(right, Hint::Soft(&inner));
        if !matches!(first.ty, Type::Optional(_)) {
            self.code.rewind(mark);
            second?;
            self.warn_never_absent(left, right.span, "??");
            return Some(first);
        }
        self.coalesce_of(first, second?, [left, right], permissive, span)
    }

    fn coalesce_of(
        &mut self,
        first: Typed,
        second: Typed,
        [left, right]: [&Expr; 2],
        permissive: Option<bool>,
        span: Span,
    ) -> Option<Typed> {
        let inner = present(&first.ty);
        let Some(ty) = join(inner, &second.ty) else {
            self.report_bad_default(&first.ty, &second.ty, left, right);
            return None;
        };
        let value = self.code.value(second.node).cloned();
        if let (Some(Value::Bool(value)), Some(permissive)) = (&value, permissive)
            && *value == permissive
        {
            self.warn_default_weakens(left, right, *value, span);
        }
        let mut flow = Flow::default();
        let shown = match value {
            Some(Value::Bool(false)) => flow.yes.as_mut(),
            Some(Value::Bool(true)) => flow.no.as_mut(),
            _ => None,
        };
        if let (Some(facts), Some(place)) = (shown, &first.place) {
            learn_way(facts, place);
        }
        let left_ty = Type::optional(present(&ty).clone());
        let first = self.convert(first, &left_ty, left.span);
        let second = self.convert(second, &ty, right.span);
        Some(self.push(Op::Coalesce(first.node, second.node), ty, span).with_flow(flow))
    }

    fn report_bad_default(&mut self, first: &Type, second: &Type, left: &Expr, right: &Expr) {
        let inner = present(first);
        let (left_text, right_text) = (self.text(inner), self.text(second));
        let message = format!("`??` needs a `{left_text}` here, but this is `{right_text}`");
        let diagnostic = Diagnostic::new(codes::NO_COMMON_TYPE, right.span, message)
            .label(format!("`{right_text}`"))
            .also(left.span, format!("`{}`", self.text(first)));
        self.report(proposed(diagnostic, self.repair(second, inner, right)));
    }

    /// Checks an operand of type `Bool` or `String` and the like.
    pub(super) fn operand(&mut self, expr: &Expr, ty: &Type, operator: &str) -> Option<Typed> {
        self.check(expr, ty, Need::Operand(operator))
    }
}

/// Why records of these types are never equal: a field of one that the other does not have, or only the rule.
fn different_fields(a: &RecordType, b: &RecordType) -> String {
    for (one, other) in [(a, b), (b, a)] {
        for field in one.fields() {
            let lacking = other.fields().iter().filter(|theirs| one.field(&theirs.name).is_none());
            if other.field(&field.name).is_none()
                && let Some(word) = suggest(&field.name, lacking.map(|theirs| theirs.name.as_str()))
            {
                return format!("one has `{}` where the other has `{word}`", field.name);
            }
        }
    }
    let inner = a.fields().iter().find_map(|field| match (&field.ty, &b.field(&field.name)?.1.ty) {
        (Type::Record(a), Type::Record(b)) if a != b => Some(different_fields(a, b)),
        _ => None,
    });
    inner.unwrap_or_else(|| "records are equal only if they have the same fields".to_owned())
}

/// Whether a person wrote a value, rather than the name of one.
fn is_literal(expr: &Expr) -> bool {
    match &*expr.kind {
        ExprKind::Paren(inner) | ExprKind::Neg(inner) => is_literal(inner),
        ExprKind::Path(path) => path.segments.len() > 1,
        ExprKind::Binary { op: BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul, left, right, .. } => {
            is_literal(left) && is_literal(right)
        }
        ExprKind::Bool(_)
        | ExprKind::Int(_)
        | ExprKind::Decimal(_)
        | ExprKind::Duration(_)
        | ExprKind::Str(_)
        | ExprKind::Tagged { .. }
        | ExprKind::Entity { .. } => true,
        _ => false,
    }
}

fn spelling(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Eq => "==",
        BinaryOp::Ne => "!=",
        BinaryOp::Lt => "<",
        BinaryOp::Le => "<=",
        BinaryOp::Gt => ">",
        BinaryOp::Ge => ">=",
        BinaryOp::In => "in",
        BinaryOp::NotIn => "not in",
        BinaryOp::Add => "+",
        BinaryOp::Sub => "-",
        BinaryOp::Mul => "*",
        BinaryOp::Coalesce => "??",
    }
}

/// As documented at [`Arithmetic`].
fn arithmetic_result(op: BinaryOp, a: &Type, b: &Type) -> Option<Type> {
    use Type::{Datetime, Decimal, Duration, Int};
    match (op, a, b) {
        (_, Int, Int) => Some(Int),
        (BinaryOp::Add | BinaryOp::Sub, Decimal, Decimal) => Some(Decimal),
        (BinaryOp::Add | BinaryOp::Sub, Duration, Duration) => Some(Duration),
        (BinaryOp::Add | BinaryOp::Sub, Datetime, Duration) => Some(Datetime),
        (BinaryOp::Add, Duration, Datetime) => Some(Datetime),
        (BinaryOp::Sub, Datetime, Datetime) => Some(Duration),
        (BinaryOp::Mul, Int, Decimal) | (BinaryOp::Mul, Decimal, Int) => Some(Decimal),
        (BinaryOp::Mul, Int, Duration) | (BinaryOp::Mul, Duration, Int) => Some(Duration),
        _ => None,
    }
}
