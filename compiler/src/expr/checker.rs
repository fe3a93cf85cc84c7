//! The state of a check, and the way from an expression to the file that knows its form.

use assize_lang::ast::{BinaryOp, Expr, ExprKind};
use assize_lang::{Diagnostic, Span, codes};
use assize_runtime::Value;
use assize_runtime::program::{NodeId, Op};
use assize_runtime::types::{Schema, Type};
use smol_str::SmolStr;

use super::builder::Builder;
use super::convert::{overlap, present, usable};
use super::display::{quoted, type_text};
use super::facts::{Flow, Known, Place};
use super::probe::Probe;
use super::repair::{absence_help, proposed};
use super::scope::{PatternTable, Scope};
use crate::declarations::{Declarations, Def, Finding};

/// An expression that has been checked. Its node is the last of the builder.
#[derive(Debug)]
pub(super) struct Typed {
    pub(super) node: NodeId,
    pub(super) ty: Type,
    /// The place that it reads, if it reads one.
    pub(super) place: Option<Place>,
    /// What holds after it was true or false; says nothing for other types than `Bool`.
    pub(super) flow: Flow,
    /// The set whose size this is.
    pub(super) size_of: Option<Place>,
}

impl Typed {
    pub(super) fn new(node: NodeId, ty: Type) -> Typed {
        Typed { node, ty, place: None, flow: Flow::default(), size_of: None }
    }

    pub(super) fn at(mut self, place: Option<Place>) -> Typed {
        self.place = place;
        self
    }

    pub(super) fn with_flow(mut self, flow: Flow) -> Typed {
        self.flow = flow;
        self
    }
}

/// What the surroundings know about the type of an expression.
#[derive(Clone, Copy, Debug)]
pub(super) enum Hint<'t> {
    /// Nothing.
    Open,
    /// It would fit well: decides what a literal means.
    Soft(&'t Type),
    /// It must be usable as this: a part of a literal that is not is reported where it stands.
    Strict(&'t Type),
}

impl<'t> Hint<'t> {
    /// The type, without its `?`.
    pub(super) fn ty(self) -> Option<&'t Type> {
        match self {
            Hint::Open => None,
            Hint::Soft(ty) | Hint::Strict(ty) => Some(present(ty)),
        }
    }

    pub(super) fn is_strict(self) -> bool {
        matches!(self, Hint::Strict(_))
    }
}

/// Who needs a value to have a type.
#[derive(Clone, Copy, Debug)]
pub(super) enum Need<'t> {
    /// A declaration or a test.
    Value,
    /// `when` or `unless`.
    Clause(&'t str),
    /// An operator.
    Operand(&'t str),
    /// A parameter of what is called.
    Argument { name: &'t str, of: &'t str },
    /// A field of a record.
    Field(&'t str),
    /// A set or map whose element type is known.
    Element,
    /// The part of a quantifier after the colon.
    Test,
}

impl Need<'_> {
    fn text(self) -> String {
        match self {
            Need::Value => "this".to_owned(),
            Need::Clause(word) => format!("the condition of `{word}`"),
            Need::Operand(word) => format!("an operand of `{word}`"),
            Need::Argument { name, of } => format!("argument `{name}` of `{of}`"),
            Need::Field(name) => format!("`{name}`"),
            Need::Element => "an element".to_owned(),
            Need::Test => "what is asked of each element".to_owned(),
        }
    }
}

/// A quantifier's variable.
#[derive(Debug)]
pub(super) struct Variable {
    pub(super) name: SmolStr,
    pub(super) local: u32,
    pub(super) ty: Type,
}

/// The state of a check.
pub(super) struct Checker<'a> {
    pub(super) scope: &'a Scope<'a>,
    /// How many of the scope's bindings are visible: a `let` sees those before it.
    pub(super) visible: usize,
    pub(super) code: Builder,
    pub(super) patterns: PatternTable,
    /// What is known here.
    pub(super) facts: Known,
    /// Innermost last.
    pub(super) variables: Vec<Variable>,
    pub(super) findings: Vec<Finding>,
    /// Greater than zero in code that this environment never reaches: its types mean nothing.
    pub(super) dead: u32,
    /// Greater than zero where a test failed to check, so that what it would have shown is unknown.
    pub(super) doubt: u32,
    /// Set for the next expression only: the outcome of it that makes the policy more permissive.
    pub(super) permissive: Option<bool>,
    /// Unknown members already reported, by type and name.
    pub(super) missing: Vec<(Type, SmolStr)>,
    /// Looks for what stands before a cursor.
    pub(super) probe: Option<Box<Probe>>,
    too_large: bool,
    /// How many expressions are being checked, one inside the other.
    depth: u16,
}

/// Trees are at most [`assize_lang::MAX_DEPTH`] high, but the `let`s of a test can stand in each other.
const MAX_DEPTH: u16 = assize_lang::MAX_DEPTH + 64;

impl<'a> Checker<'a> {
    pub(super) fn new(scope: &'a Scope<'a>) -> Checker<'a> {
        Checker {
            scope,
            visible: scope.bindings.len(),
            code: Builder::new(scope.params()),
            patterns: PatternTable::default(),
            facts: Known::default(),
            variables: Vec::new(),
            findings: Vec::new(),
            dead: 0,
            doubt: 0,
            permissive: None,
            missing: Vec::new(),
            probe: None,
            too_large: false,
            depth: 0,
        }
    }

    pub(super) fn declarations(&self) -> &'a Declarations {
        self.scope.declarations
    }

    pub(super) fn schema(&self) -> &'a Schema {
        &self.scope.declarations.schema
    }

    pub(super) fn text(&self, ty: &Type) -> String {
        type_text(self.schema(), ty)
    }

    /// Adds a finding. In dead code only names can be wrong.
    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        self.report_related(diagnostic, Vec::new());
    }

    /// Adds a finding with labels at declarations.
    pub(super) fn report_related(&mut self, diagnostic: Diagnostic, related: Vec<(Def, String)>) {
        let about_names = diagnostic.code.0.starts_with("E01") && diagnostic.code != codes::UNKNOWN_MEMBER;
        if self.dead > 0 && !about_names {
            return;
        }
        if self.doubt > 0 && diagnostic.code == codes::MAY_BE_ABSENT {
            return;
        }
        self.findings.push(Finding { diagnostic, related });
    }

    pub(super) fn push(&mut self, op: Op, ty: Type, span: Span) -> Typed {
        let node = self.code.push(op, ty.clone(), span);
        Typed::new(node, ty)
    }

    pub(super) fn push_bool(&mut self, op: Op, span: Span) -> Typed {
        self.push(op, Type::Bool, span)
    }

    pub(super) fn push_value(&mut self, value: Value, ty: Type, span: Span) -> Typed {
        self.push(Op::Const(value), ty, span)
    }

    /// The type that an expression has, with its code; `None` if it has an error, which then is reported.
    pub(super) fn infer(&mut self, expr: &Expr, hint: Hint<'_>) -> Option<Typed> {
        if self.code.is_too_large() || self.depth > MAX_DEPTH {
            return self.report_too_large(expr.span);
        }
        self.depth += 1;
        let typed = self.infer_kind(expr, hint);
        self.depth -= 1;
        if let Some(typed) = &typed {
            self.note_value(expr, typed);
        }
        typed
    }

    fn infer_kind(&mut self, expr: &Expr, hint: Hint<'_>) -> Option<Typed> {
        let permissive = self.permissive.take();
        match &*expr.kind {
            ExprKind::Bool(_)
            | ExprKind::Int(_)
            | ExprKind::Decimal(_)
            | ExprKind::Duration(_)
            | ExprKind::Str(_)
            | ExprKind::Tagged { .. } => self.literal(expr, hint),
            ExprKind::Entity { ty, id } => self.entity_literal(ty, id, expr.span),
            ExprKind::Path(path) => self.path(path, hint),
            ExprKind::Paren(inner) => {
                self.permissive = permissive;
                self.infer(inner, hint)
            }
            ExprKind::Set(elements) => self.set_literal(elements, hint, expr.span),
            ExprKind::Record(fields) => self.record_literal(fields, hint, expr.span),
            ExprKind::And(operands) => self.chain(operands, false, permissive, expr.span),
            ExprKind::Or(operands) => self.chain(operands, true, permissive, expr.span),
            ExprKind::Not(operand) => self.not(operand, permissive, expr.span),
            ExprKind::Neg(operand) => self.negative(operand, hint, expr.span),
            ExprKind::If { condition, then, otherwise } => {
                self.conditional([condition, then, otherwise], hint, permissive, expr.span)
            }
            ExprKind::Binary { op, op_span, left, right } => match op {
                BinaryOp::Eq | BinaryOp::Ne => self.equality(*op, *op_span, left, right, expr.span),
                BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge => {
                    self.ordering(*op, *op_span, left, right, expr.span)
                }
                BinaryOp::In => self.membership(false, *op_span, left, right, expr.span),
                BinaryOp::NotIn => self.membership(true, *op_span, left, right, expr.span),
                BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul => {
                    self.arithmetic((*op, *op_span), left, right, hint, expr.span)
                }
                BinaryOp::Coalesce => self.coalesce(left, right, hint, permissive, expr.span),
            },
            ExprKind::Is { value, types, within } => self.is_type(value, types, within.as_ref(), expr.span),
            ExprKind::IsSome(value) => self.is_some(value, expr.span),
            ExprKind::Has { value, path } => self.has(value, path, expr.span),
            ExprKind::Like { value, pattern } => self.like(value, pattern, expr.span),
            ExprKind::Matches { value, pattern } => self.matches(value, pattern, expr.span),
            ExprKind::Member { value, optional, name } => self.member(value, *optional, name, expr.span),
            ExprKind::Call { callee, args } => self.call(callee, args, permissive, expr.span),
            ExprKind::Index { value, index } => self.index(value, index, expr.span),
            ExprKind::Quantifier { all, types, variable, set, body } => {
                self.quantifier(*all, types, variable, [set, body], permissive, expr.span)
            }
            // The parser has reported it.
            ExprKind::Error => None,
        }
    }

    /// Like [`Checker::infer`], but the result has exactly the type `expected`.
    pub(super) fn check(&mut self, expr: &Expr, expected: &Type, need: Need<'_>) -> Option<Typed> {
        let typed = self.infer(expr, Hint::Strict(expected))?;
        self.coerce(typed, expected, need, expr)
    }

    /// Checks `expr` as a condition; `permissive` is the outcome that makes the policy more permissive.
    pub(super) fn condition(
        &mut self,
        expr: &Expr,
        need: Need<'_>,
        permissive: Option<bool>,
    ) -> Option<Typed> {
        self.permissive = permissive;
        self.check(expr, &Type::Bool, need)
    }

    /// Makes a value of type `expected` of one that can be used as it.
    pub(super) fn coerce(
        &mut self,
        typed: Typed,
        expected: &Type,
        need: Need<'_>,
        expr: &Expr,
    ) -> Option<Typed> {
        if usable(&typed.ty, expected) {
            return Some(self.convert(typed, expected, expr.span));
        }
        self.report_mismatch(&typed.ty, expected, need, expr);
        None
    }

    /// As `expected`, as which it is usable.
    pub(super) fn convert(&mut self, typed: Typed, expected: &Type, span: Span) -> Typed {
        if typed.ty == *expected {
            return typed;
        }
        let node = self.code.push(Op::Convert(typed.node), expected.clone(), span);
        Typed { node, ty: expected.clone(), ..typed }
    }

    /// Checks that a value is not optional, for an operator that refuses `T?`.
    pub(super) fn require_present(&mut self, typed: &Typed, expr: &Expr) -> Option<()> {
        if !matches!(typed.ty, Type::Optional(_)) {
            return Some(());
        }
        self.report_absent(expr, &typed.ty);
        None
    }

    /// "`s.ip` may be absent"
    pub(super) fn report_absent(&mut self, expr: &Expr, ty: &Type) {
        let mut diagnostic =
            Diagnostic::new(codes::MAY_BE_ABSENT, expr.span, format!("{} may be absent", quoted(expr)))
                .label(format!("`{}`", self.text(ty)));
        for help in absence_help(expr) {
            diagnostic = diagnostic.help(help);
        }
        self.report(diagnostic);
    }

    fn report_mismatch(&mut self, found: &Type, expected: &Type, need: Need<'_>, expr: &Expr) {
        if !matches!(expected, Type::Optional(_))
            && matches!(found, Type::Optional(_))
            && usable(present(found), expected)
        {
            return self.report_absent(expr, found);
        }
        if self.is_doubtful(found) && overlap(found, expected) {
            return;
        }
        let (found_text, expected_text) = (self.text(found), self.text(expected));
        let message = match need {
            Need::Value => format!("expected `{expected_text}`, but this is `{found_text}`"),
            _ => format!("{} must be `{expected_text}`, but this is `{found_text}`", need.text()),
        };
        let mut diagnostic =
            Diagnostic::new(codes::WRONG_TYPE, expr.span, message).label(format!("`{found_text}`"));
        diagnostic = proposed(diagnostic, self.repair(found, expected, expr));
        self.report(diagnostic);
    }

    /// Whether a test that failed to check might have shown that an entity is of fewer types than this.
    pub(super) fn is_doubtful(&self, ty: &Type) -> bool {
        self.doubt > 0 && matches!(present(ty), Type::Entity(_))
    }

    /// Reports a finished body that no Program may have.
    pub(super) fn report_if_too_large(&mut self) {
        if self.code.is_too_large() {
            self.report_too_large(self.code.last_span());
        }
    }

    /// Reports an expression that no Program may have, once.
    pub(super) fn report_too_large(&mut self, span: Span) -> Option<Typed> {
        if !self.too_large {
            self.too_large = true;
            self.findings.push(
                Diagnostic::new(codes::EXPRESSION_TOO_LARGE, span, "this expression is too large")
                    .help("put long lists into a `param` or into data, and parts of it into functions")
                    .into(),
            );
        }
        None
    }
}
