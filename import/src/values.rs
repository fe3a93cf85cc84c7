//! Texts of Cedar's extension types, as texts of ours.

use std::collections::BTreeSet;

use assize_runtime::literal::{format_datetime, format_duration, parse_cidr, parse_decimal};
use assize_runtime::value::Cidr;
use serde_json::Value;

/// An address or range: what Cedar calls equal is equal. A single address is the range of itself.
pub fn cidr(text: &str) -> Result<String, String> {
    if text.contains(':') && text.contains('.') {
        return Err(format!("`{text}`: an IPv4 address within an IPv6 address is none for Cedar"));
    }
    let ranged = if text.contains('/') {
        text.to_owned()
    } else if text.contains(':') {
        format!("{text}/128")
    } else {
        format!("{text}/32")
    };
    let Cidr { address, prefix } = parse_cidr(&ranged).map_err(|error| format!("`{text}`: {error:?}"))?;
    Ok(format!("{address}/{prefix}"))
}

/// The elements of a set, each once: Cedar's JSON may repeat them, in other words or another order.
pub fn distinct(elements: Vec<Value>) -> Value {
    let mut seen = BTreeSet::new();
    elements.into_iter().filter(|element| seen.insert(canonical(element))).collect()
}

/// A text that is the same for equal values; an array is a set.
fn canonical(value: &Value) -> String {
    match value {
        Value::Array(elements) => {
            let elements: BTreeSet<String> = elements.iter().map(canonical).collect();
            format!("[{}]", elements.into_iter().collect::<Vec<_>>().join(","))
        }
        Value::Object(fields) => {
            let fields: BTreeSet<String> = fields
                .iter()
                .map(|(name, value)| format!("{}:{}", Value::from(name.as_str()), canonical(value)))
                .collect();
            format!("{{{}}}", fields.into_iter().collect::<Vec<_>>().join(","))
        }
        other => other.to_string(),
    }
}

/// A decimal number, in the one way that it is written here.
pub fn decimal(text: &str) -> Result<String, String> {
    let wrong = || format!("`{text}` is no decimal of Cedar");
    let (whole, fraction) = text.strip_prefix('-').unwrap_or(text).split_once('.').ok_or_else(wrong)?;
    let are_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !are_digits(whole) || !are_digits(fraction) || fraction.len() > 4 {
        return Err(wrong());
    }
    Ok(parse_decimal(text).map_err(|_| wrong())?.to_string())
}

/// A number of digits at the start of a text, and what follows.
fn number(text: &str, digits: usize) -> Option<(i64, &str)> {
    let (head, rest) = text.split_at_checked(digits)?;
    (head.bytes().all(|byte| byte.is_ascii_digit())).then_some(())?;
    Some((head.parse().ok()?, rest))
}

/// `2024-10-15`, or with a time: `T11:35:00Z`, `T11:35:00.123+0200`. In milliseconds since 1970.
pub fn datetime(text: &str) -> Result<i64, String> {
    read_datetime(text).ok_or_else(|| format!("`{text}` is no datetime of Cedar"))
}

fn read_datetime(text: &str) -> Option<i64> {
    let (year, rest) = number(text, 4)?;
    let (month, rest) = number(rest.strip_prefix('-')?, 2)?;
    let (day, rest) = number(rest.strip_prefix('-')?, 2)?;
    let days = days_from_civil(year, month, day)?;
    let midnight = days * 86_400_000;
    if rest.is_empty() {
        return Some(midnight);
    }
    let (hour, rest) = number(rest.strip_prefix('T')?, 2)?;
    let (minute, rest) = number(rest.strip_prefix(':')?, 2)?;
    let (second, rest) = number(rest.strip_prefix(':')?, 2)?;
    let (milli, rest) = match rest.strip_prefix('.') {
        Some(rest) => number(rest, 3)?,
        None => (0, rest),
    };
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let local = midnight + ((hour * 60 + minute) * 60 + second) * 1_000 + milli;
    let offset = match rest.split_at_checked(1)? {
        ("Z", "") => 0,
        (sign @ ("+" | "-"), rest) => {
            let (hours, rest) = number(rest, 2)?;
            let (minutes, rest) = number(rest, 2)?;
            if hours > 23 || minutes > 59 || !rest.is_empty() {
                return None;
            }
            let offset = (hours * 60 + minutes) * 60_000;
            if sign == "-" { -offset } else { offset }
        }
        _ => return None,
    };
    Some(local - offset)
}

/// Days since 1970-01-01 in the Gregorian calendar: Howard Hinnant, "chrono-compatible low-level date algorithms".
fn days_from_civil(year: i64, month: i64, day: i64) -> Option<i64> {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let longest = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if is_leap => 29,
        2 => 28,
        _ => return None,
    };
    if day < 1 || day > longest {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

/// `1d2h3m4s5ms`, with a sign before it. In milliseconds.
pub fn duration(text: &str) -> Result<i64, String> {
    read_duration(text).ok_or_else(|| format!("`{text}` is no duration of Cedar"))
}

fn read_duration(text: &str) -> Option<i64> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let mut total = 0_i64;
    let mut units = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)].into_iter();
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (count, behind) = rest.split_at_checked(digits)?;
        let letters = behind.bytes().take_while(u8::is_ascii_lowercase).count();
        let (unit, behind) = behind.split_at_checked(letters)?;
        // From the largest to the smallest, each at most once.
        let (_, size) = units.find(|(name, _)| *name == unit)?;
        // The least value has no counterpart above zero, so the sum is made with its sign.
        let count: i64 = if negative { format!("-{count}").parse().ok()? } else { count.parse().ok()? };
        total = total.checked_add(count.checked_mul(size)?)?;
        rest = behind;
    }
    Some(total)
}

/// A duration as data spells it.
pub fn duration_text(milliseconds: i64) -> String {
    format_duration(milliseconds)
}

/// A time as data spells it.
pub fn datetime_text(milliseconds: i64) -> String {
    format_datetime(milliseconds)
}

/// The text of a value of an extension type: bare, or a call in `__extn` or not.
pub fn extension<'a>(value: &'a Value, function: &str) -> Result<&'a str, String> {
    if let Some(text) = value.as_str() {
        return Ok(text);
    }
    let call = value.get("__extn").unwrap_or(value);
    let named = call.get("fn").and_then(Value::as_str).is_none_or(|name| name == function);
    match call.get("arg").and_then(Value::as_str) {
        Some(text) if named => Ok(text),
        _ => Err(format!("expected a value of `{function}`, found {value}")),
    }
}
