//! What is known about built-ins beside their type. Whatever is not listed here can be any value of its type, or fail.

use assize_runtime::Value;
use assize_runtime::builtins::{Builtin, BuiltinId, Form, Sig};

#[cfg(test)]
use super::ranges::Key;
use super::ranges::Ranges;

const DAY: i64 = 86_400_000;

/// The least and the greatest number that a built-in gives.
pub(super) fn bounds(builtin: BuiltinId) -> Option<(i64, i64)> {
    let builtin = builtin.get()?;
    let of_time = builtin.params == [Sig::Datetime];
    Some(match builtin.name {
        "size" | "length" | "abs" => (0, i64::MAX),
        "month" if of_time => (1, 12),
        "day" if of_time => (1, 31),
        "weekday" if of_time => (1, 7),
        "hour" if of_time => (0, 23),
        "minute" if of_time => (0, 59),
        "time_of_day" if of_time => (0, DAY - 1),
        "prefix" if builtin.params == [Sig::Cidr] => (0, 128),
        _ => return None,
    })
}

/// Whether a built-in has a value for all arguments.
pub(super) fn is_total(builtin: BuiltinId) -> bool {
    const TOTAL: &[&str] = &[
        "size",
        "length",
        "month",
        "day",
        "weekday",
        "hour",
        "minute",
        "year",
        "time_of_day",
        "prefix",
        "min",
        "max",
        "starts_with",
        "ends_with",
        "contains",
        "lower",
        "upper",
        "trim",
        "is_empty",
        "keys",
        "values",
        "contains_key",
        "contains_all",
        "contains_any",
        "union",
        "intersection",
        "difference",
        "is_v4",
        "is_v6",
        "is_loopback",
        "is_multicast",
        "is_private",
        "covers",
        "network",
        "last",
        "in",
        "parse",
        "in_days",
        "in_hours",
        "in_minutes",
        "in_seconds",
        "in_milliseconds",
    ];
    builtin.get().is_some_and(|builtin| TOTAL.contains(&builtin.name) && is_ours(builtin))
}

/// Names may one day mean something else on other types.
fn is_ours(builtin: &Builtin) -> bool {
    let time = matches!(builtin.params.first(), Some(Sig::Datetime | Sig::Duration));
    match builtin.name {
        "month" | "day" | "weekday" | "hour" | "minute" | "year" | "time_of_day" => {
            builtin.params == [Sig::Datetime]
        }
        "in_days" | "in_hours" | "in_minutes" | "in_seconds" | "in_milliseconds" => {
            builtin.params == [Sig::Duration]
        }
        "parse" => matches!(builtin.form, Form::Static(_)) && builtin.params == [Sig::String],
        _ => !time,
    }
}

/// For `starts_with` and `ends_with`: whether the first text begins or ends with the second.
pub(super) fn affix(builtin: BuiltinId) -> Option<fn(&str, &str) -> bool> {
    let builtin = builtin.get()?;
    match builtin.name {
        _ if builtin.params != [Sig::String, Sig::String] => None,
        "starts_with" => Some(|text, part| text.starts_with(part)),
        "ends_with" => Some(|text, part| text.ends_with(part)),
        _ => None,
    }
}

/// A built-in of this name on texts.
pub(super) fn on_texts(name: &str) -> Option<BuiltinId> {
    let all = assize_runtime::builtins::all();
    let at = all.iter().position(|it| it.name == name && it.params == [Sig::String, Sig::String])?;
    u16::try_from(at).ok().map(BuiltinId)
}

/// For a test of an address whose other arguments are constants: which argument the address is, and the addresses for which the
/// test is true. `args`: the constants, `None` for what is none.
pub(super) fn addresses(builtin: BuiltinId, args: &[Option<&Value>]) -> Option<(usize, Ranges)> {
    let builtin = builtin.get()?;
    let range = |value: &Value| match value {
        Value::Cidr(range) => Ranges::addresses(range),
        _ => None,
    };
    let v4 = |text: &str| cidr(text);
    match (builtin.name, builtin.params, args) {
        ("is_v4", [Sig::Ip], [None]) => Some((0, Ranges::v4())),
        ("is_v6", [Sig::Ip], [None]) => Some((0, Ranges::v6())),
        ("is_loopback", [Sig::Ip], [None]) => {
            Some((0, Ranges::union([v4("127.0.0.0/8")?, cidr("::1/128")?])))
        }
        ("is_multicast", [Sig::Ip], [None]) => {
            Some((0, Ranges::union([v4("224.0.0.0/4")?, cidr("ff00::/8")?])))
        }
        ("is_private", [Sig::Ip], [None]) => {
            let parts = [v4("10.0.0.0/8")?, v4("172.16.0.0/12")?, v4("192.168.0.0/16")?, cidr("fc00::/7")?];
            Some((0, Ranges::union(parts)))
        }
        ("in", [Sig::Ip, Sig::Cidr], [None, Some(value)]) => Some((0, range(value)?)),
        ("contains", [Sig::Cidr, Sig::Ip], [Some(value), None]) => Some((1, range(value)?)),
        ("in", [Sig::Ip, Sig::Set(Sig::Cidr)], [None, Some(Value::Set(set))]) => {
            let parts: Option<Vec<Ranges>> = set.iter().map(range).collect();
            Some((0, Ranges::union(parts?)))
        }
        _ => None,
    }
}

fn cidr(text: &str) -> Option<Ranges> {
    Ranges::addresses(&assize_runtime::literal::parse_cidr(text).ok()?)
}

/// The key of the last address that [`addresses`] knows of; tests compare it with what the built-ins say.
#[cfg(test)]
pub(super) fn ends(ranges: &Ranges) -> Option<(Key, Key)> {
    ranges.least().zip(ranges.greatest())
}

#[cfg(test)]
mod tests {
    use super::super::ranges::key;
    use super::*;
    use assize_runtime::literal::parse_ip;

    /// Around the ends of every range that a test is about, the ranges say what the built-in says.
    #[test]
    fn ranges_of_addresses_agree_with_the_built_ins() {
        let texts = [
            "0.0.0.0",
            "9.255.255.255",
            "10.0.0.0",
            "10.255.255.255",
            "11.0.0.0",
            "126.255.255.255",
            "127.0.0.0",
            "127.255.255.255",
            "128.0.0.0",
            "172.15.255.255",
            "172.16.0.0",
            "172.31.255.255",
            "172.32.0.0",
            "192.167.255.255",
            "192.168.0.0",
            "192.168.255.255",
            "192.169.0.0",
            "223.255.255.255",
            "224.0.0.0",
            "239.255.255.255",
            "240.0.0.0",
            "255.255.255.255",
            "::",
            "::1",
            "::2",
            "::ffff:10.0.0.1",
            "fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
            "fc00::",
            "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
            "fe00::",
            "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
            "ff00::",
            "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        ];
        let mut tested = 0;
        for (at, builtin) in assize_runtime::builtins::all().iter().enumerate() {
            let id = BuiltinId(at as u16);
            if builtin.params != [Sig::Ip] {
                continue;
            }
            let Some((0, ranges)) = addresses(id, &[None]) else { continue };
            assert!(ends(&ranges).is_some(), "{}", builtin.name);
            for text in texts {
                let ip = Value::Ip(parse_ip(text).expect("an address"));
                let said =
                    (builtin.eval)(std::slice::from_ref(&ip)).expect("a test of an address never fails");
                assert_eq!(
                    Value::Bool(ranges.contains(key(&ip).expect("a key"))),
                    said,
                    "{} {text}",
                    builtin.name
                );
                tested += 1;
            }
        }
        assert!(tested >= 5 * texts.len(), "{tested} tests of addresses");
    }

    /// Every built-in that is said to be total has a value for arguments at the ends of their ranges.
    #[test]
    fn built_ins_that_never_fail_do_not_fail_at_the_ends() {
        use assize_runtime::value::Decimal;
        let samples = |sig: &Sig| -> Vec<Value> {
            match sig {
                Sig::Int => [i64::MIN, -1, 0, i64::MAX].map(Value::Int).to_vec(),
                Sig::Decimal => [i64::MIN, -1, 0, i64::MAX].map(|it| Value::Decimal(Decimal(it))).to_vec(),
                Sig::Datetime => [i64::MIN, -1, 0, i64::MAX].map(Value::Datetime).to_vec(),
                Sig::Duration => [i64::MIN, -1, 0, i64::MAX].map(Value::Duration).to_vec(),
                Sig::String => ["", "a", "ß"].map(|text| Value::String(text.into())).to_vec(),
                _ => Vec::new(),
            }
        };
        for (at, builtin) in assize_runtime::builtins::all().iter().enumerate() {
            let id = BuiltinId(at as u16);
            for first in builtin.params.first().map(&samples).unwrap_or_default() {
                let seconds = builtin
                    .params
                    .get(1)
                    .map_or(vec![None], |sig| samples(sig).into_iter().map(Some).collect());
                for second in seconds {
                    let args: Vec<Value> = std::iter::once(first.clone()).chain(second).collect();
                    if args.len() != builtin.params.len() {
                        continue;
                    }
                    let result = (builtin.eval)(&args);
                    assert!(result.is_ok() || !is_total(id), "{}({args:?})", builtin.name);
                    if let (Ok(result), Some((least, greatest))) = (result, bounds(id))
                        && let Value::Int(it) | Value::Duration(it) | Value::Decimal(Decimal(it)) = result
                    {
                        assert!((least..=greatest).contains(&it), "{}({args:?}) = {it}", builtin.name);
                    }
                }
            }
        }
    }
}
