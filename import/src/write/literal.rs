//! Values of Cedar's extension types, as literals.

use assize_runtime::literal::{format_datetime, format_duration};
use cedar_policy_core::pst::{PatternElem, UnaryOp};

use crate::names::{push_escaped, text};
use crate::values;

/// The literal for a call of a constructor with a text.
pub fn of_call(op: UnaryOp, argument: &str) -> Result<String, String> {
    match op {
        UnaryOp::Ip => Ok(format!("cidr{}", text(&values::cidr(argument)?))),
        UnaryOp::Decimal => values::decimal(argument),
        UnaryOp::Datetime => datetime(values::datetime(argument)?),
        UnaryOp::Duration => Ok(duration(values::duration(argument)?)),
        _ => Err(format!("this constructor is not known: {op:?}")),
    }
}

fn datetime(milliseconds: i64) -> Result<String, String> {
    Ok(format!("time{}", text(&format_datetime(milliseconds))))
}

fn duration(milliseconds: i64) -> String {
    format_duration(milliseconds)
}

/// A pattern of `like`.
pub fn pattern(elements: &[PatternElem]) -> String {
    let mut out = String::from("\"");
    for element in elements {
        match element {
            PatternElem::Wildcard => out.push('*'),
            PatternElem::Char('*') => out.push_str("\\*"),
            PatternElem::Char(character) => push_escaped(*character, &mut out),
        }
    }
    out.push('"');
    out
}
