//! Which conditions can err: overflow, and attributes or tags of entities that the data may not hold.

use cedar_policy_core::pst::{BinaryOp, Expr, UnaryOp};

use crate::types::{Possible, Scope};

/// Follows the order of evaluation, with the entities that are there by then.
#[derive(Clone)]
pub struct Faults<'a> {
    scope: &'a Scope<'a>,
    held: Vec<Expr>,
}

impl<'a> Faults<'a> {
    pub fn new(scope: &'a Scope<'a>) -> Faults<'a> {
        Faults { scope, held: Vec::new() }
    }

    /// Whether an expression can err; what it shows when it is true counts from then on.
    pub fn can_err(&mut self, expr: &Expr) -> bool {
        match expr {
            Expr::BinaryOp { op: BinaryOp::And, left, right } => {
                let left = self.can_err(left);
                left | self.can_err(right)
            }
            Expr::BinaryOp { op: BinaryOp::Or, left, right } => {
                let mut either = self.clone();
                let left = either.can_err(left);
                // What the left side has read without an error is there, what it has asked about may not be.
                left | self.clone().can_err(right)
            }
            Expr::BinaryOp { op, left, right } => {
                let mut errs = self.operand(left) | self.operand(right);
                match op {
                    BinaryOp::Add
                    | BinaryOp::Sub
                    | BinaryOp::Mul
                    | BinaryOp::Offset
                    | BinaryOp::DurationSince => errs = true,
                    BinaryOp::GetTag => errs |= !self.is_held(left),
                    BinaryOp::HasTag => self.hold(left),
                    _ => {}
                }
                errs
            }
            Expr::UnaryOp { op: UnaryOp::Not, expr } => self.clone().can_err(expr),
            Expr::UnaryOp { op, expr } => {
                let is_constant =
                    matches!(op, UnaryOp::Decimal | UnaryOp::Datetime | UnaryOp::Duration | UnaryOp::Ip);
                let errs = !is_constant && self.operand(expr);
                errs || matches!(op, UnaryOp::Neg | UnaryOp::ToDate | UnaryOp::ToTime)
            }
            Expr::GetAttr { expr, .. } => {
                let errs = self.operand(expr);
                if !self.is_entity(expr) {
                    return errs;
                }
                let held = self.is_held(expr);
                self.hold(expr);
                errs | !held
            }
            Expr::HasAttr { expr, attrs } => {
                let errs = self.operand(expr);
                let mut reached = expr.as_ref().clone();
                for attr in attrs {
                    self.hold(&reached);
                    reached = Expr::GetAttr { expr: reached.into(), attr: attr.clone() };
                }
                errs
            }
            Expr::Like { expr, .. } => self.operand(expr),
            Expr::Is { expr, in_expr, .. } => {
                let errs = self.operand(expr);
                errs | in_expr.as_ref().is_some_and(|within| self.operand(within))
            }
            Expr::IfThenElse { cond, then_expr, else_expr } => {
                let mut then = self.clone();
                let errs = then.can_err(cond);
                errs | then.can_err(then_expr) | self.clone().can_err(else_expr)
            }
            Expr::Set(elements) => elements.iter().fold(false, |errs, element| errs | self.operand(element)),
            Expr::Record(fields) => fields.values().fold(false, |errs, field| errs | self.operand(field)),
            _ => false,
        }
    }

    /// An expression that is surely evaluated, and whose truth shows nothing.
    fn operand(&mut self, expr: &Expr) -> bool {
        match expr {
            // What is read here has been read, whatever comes of it.
            Expr::GetAttr { .. } => self.can_err(expr),
            _ => self.clone().can_err(expr),
        }
    }

    fn is_entity(&self, expr: &Expr) -> bool {
        !matches!(self.scope.of(expr), Possible::Record(_) | Possible::Context | Possible::Plain(_))
    }

    fn is_held(&self, expr: &Expr) -> bool {
        self.held.contains(expr)
    }

    fn hold(&mut self, expr: &Expr) {
        if !self.is_held(expr) {
            self.held.push(expr.clone());
        }
    }
}
