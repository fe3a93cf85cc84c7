//! `Int` and `Decimal`.

use std::fmt;

use super::LiteralError;
use crate::value::Decimal;

/// Digits with an optional `-`: `42`, `-7`.
pub fn parse_int(text: &str) -> Result<i64, LiteralError> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(LiteralError::new("an Int is written with digits only, as in `42` or `-7`"));
    }
    text.parse().map_err(|_| LiteralError::new(format!("an Int lies between {} and {}", i64::MIN, i64::MAX)))
}

/// Digits with an optional `-` and up to four digits after a point: `1.5`, `-0.0001`, `3`.
pub fn parse_decimal(text: &str) -> Result<Decimal, LiteralError> {
    let shape = || LiteralError::new("a Decimal is written as `1.5`, with digits on both sides of the point");
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = match unsigned.split_once('.') {
        Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
        Some(_) => return Err(shape()),
        None => (unsigned, ""),
    };
    if whole.is_empty() || !whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit()) {
        return Err(shape());
    }
    if fraction.len() > 4 {
        return Err(LiteralError::new("a Decimal has at most four digits after the point"));
    }
    let range = || {
        LiteralError::new(format!("a Decimal lies between {} and {}", Decimal(i64::MIN), Decimal(i64::MAX)))
    };
    // One digit at a time on the negative side, where the range is larger by one.
    let mut value: i64 = 0;
    let padding = std::iter::repeat_n(b'0', 4 - fraction.len());
    for digit in whole.bytes().chain(fraction.bytes()).chain(padding) {
        value = value
            .checked_mul(10)
            .and_then(|value| value.checked_sub(i64::from(digit - b'0')))
            .ok_or_else(range)?;
    }
    if negative { Ok(Decimal(value)) } else { value.checked_neg().map(Decimal).ok_or_else(range) }
}

/// The shortest form with at least one digit after the point: `1.5`, `2.0`.
impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let magnitude = self.0.unsigned_abs();
        let (whole, mut fraction, mut width) = (magnitude / 10_000, magnitude % 10_000, 4);
        while width > 1 && fraction.is_multiple_of(10) {
            fraction /= 10;
            width -= 1;
        }
        write!(f, "{sign}{whole}.{fraction:0width$}")
    }
}
