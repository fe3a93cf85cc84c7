//! `Duration`: amounts with units from days to milliseconds, `8h30m`.

use super::LiteralError;

const UNITS: [(&str, i64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// Whole amounts of `d`, `h`, `m`, `s` and `ms`, in this order, each at most once, with an optional `-` before all: milliseconds.
pub fn parse_duration(text: &str) -> Result<i64, LiteralError> {
    let shape =
        || LiteralError::new("a Duration is written as `90d`, `8h30m` or `1s500ms`, larger units first");
    let range = || LiteralError::new("this Duration is outside the range of 64-bit milliseconds");
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    if rest.is_empty() {
        return Err(shape());
    }
    let mut total: i64 = 0;
    let mut next_unit = 0;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (amount, after) = rest.split_at(digits);
        let letters = after.bytes().take_while(u8::is_ascii_lowercase).count();
        let (unit, after) = after.split_at(letters);
        let at = UNITS
            .iter()
            .position(|(name, _)| *name == unit)
            .filter(|at| *at >= next_unit)
            .ok_or_else(shape)?;
        if amount.is_empty() {
            return Err(shape());
        }
        let amount: i64 = amount.parse().map_err(|_| range())?;
        // On the negative side, where the range is larger by one.
        total = amount.checked_mul(UNITS[at].1).and_then(|part| total.checked_sub(part)).ok_or_else(range)?;
        next_unit = at + 1;
        rest = after;
    }
    if negative { Ok(total) } else { total.checked_neg().ok_or_else(range) }
}

/// The form that [`parse_duration`] reads, without units of amount zero: `8h30m`, `-90d`, `0s`.
pub fn format_duration(milliseconds: i64) -> String {
    if milliseconds == 0 {
        return "0s".to_owned();
    }
    let mut text = if milliseconds < 0 { "-".to_owned() } else { String::new() };
    let mut rest = milliseconds.unsigned_abs();
    for (name, size) in UNITS {
        let amount = rest / size.unsigned_abs();
        rest %= size.unsigned_abs();
        if amount > 0 {
            text.push_str(&amount.to_string());
            text.push_str(name);
        }
    }
    text
}
