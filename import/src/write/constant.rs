//! Arithmetic on literals. Where it leaves the range of its type, Cedar errs once it decides; here that is a mistake on the page. A
//! function between a literal and its operator makes it what it is in Cedar: an error of each decision that comes this far.

use std::cell::Cell;

use cedar_policy_core::pst::{BinaryOp, Expr, Literal, UnaryOp};

use crate::names::Names;
use crate::values;

/// The functions that a package needs.
#[derive(Debug, Default)]
pub struct Delays {
    int: Cell<bool>,
    datetime: Cell<bool>,
}

impl Delays {
    /// The first operand of an operation that always overflows, so written that it does when the package decides.
    pub fn delayed(&self, whole: &Expr, names: &Names, operand: &str) -> Option<String> {
        let first = match whole {
            Expr::BinaryOp { op, left, right } => {
                let (a, b) = (value(left)?, value(right)?);
                arithmetic(*op, a, b)?.is_none().then_some(left)?
            }
            Expr::UnaryOp { op: UnaryOp::Neg, expr } => {
                value(expr)?.checked_neg().is_none().then_some(expr)?
            }
            _ => return None,
        };
        let (wanted, name) = match first.as_ref() {
            Expr::UnaryOp { op: UnaryOp::Datetime, .. } => (&self.datetime, names.delay_of_datetime()),
            Expr::BinaryOp { op: BinaryOp::Offset, .. } => (&self.datetime, names.delay_of_datetime()),
            _ => (&self.int, names.delay_of_int()),
        };
        wanted.set(true);
        Some(format!("{name}({operand})"))
    }

    /// Their declarations.
    pub fn write(&self, names: &Names) -> String {
        let mut out = String::new();
        let all = [
            (&self.int, names.delay_of_int(), "Int", "n", "Numbers"),
            (&self.datetime, names.delay_of_datetime(), "Datetime", "t", "Times"),
        ];
        for (_, name, ty, variable, what) in all.into_iter().filter(|(wanted, ..)| wanted.get()) {
            out.push_str(&format!(
                "/// {what} that Cedar first looks at when it decides: what is computed of them always leaves its range, which is an error there\n\
                 /// and would be a mistake on the page here.\n\
                 fn {name}({variable}: {ty}) -> {ty} = {variable}\n\n"
            ));
        }
        out
    }
}

/// What an expression of literals is, in milliseconds if it is a time; nothing if it is anything else, or has no value.
fn value(expr: &Expr) -> Option<i64> {
    match expr {
        Expr::Literal(Literal::Long(value)) => Some(*value),
        Expr::UnaryOp { op: UnaryOp::Neg, expr } => value(expr)?.checked_neg(),
        Expr::UnaryOp { op: UnaryOp::Datetime, expr } => values::datetime(string(expr)?).ok(),
        Expr::UnaryOp { op: UnaryOp::Duration, expr } => values::duration(string(expr)?).ok(),
        Expr::BinaryOp { op, left, right } => arithmetic(*op, value(left)?, value(right)?)?,
        _ => None,
    }
}

/// The inner nothing is an overflow, the outer another operation.
fn arithmetic(op: BinaryOp, a: i64, b: i64) -> Option<Option<i64>> {
    Some(match op {
        BinaryOp::Add | BinaryOp::Offset => a.checked_add(b),
        BinaryOp::Sub | BinaryOp::DurationSince => a.checked_sub(b),
        BinaryOp::Mul => a.checked_mul(b),
        _ => return None,
    })
}

fn string(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Literal(Literal::String(text)) => Some(text),
        _ => None,
    }
}
