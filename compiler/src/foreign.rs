//! Names of other policy languages, above all of Cedar: what is written here in place of a type, a literal or a method.

use assize_runtime::literal::{parse_cidr, parse_datetime, parse_decimal, parse_duration, parse_ip};

/// The types that a type of another language is here; with more than one, its values are told apart.
pub fn types_for(name: &str) -> Option<&'static [&'static str]> {
    Some(match name {
        "Long" | "long" | "int" | "Integer" | "integer" | "number" | "Number" | "i64" => &["Int"],
        "Boolean" | "boolean" | "bool" => &["Bool"],
        "string" | "str" | "Str" | "text" => &["String"],
        "float" | "Float" | "double" | "Double" | "decimal" => &["Decimal"],
        "timestamp" | "Timestamp" | "date" | "Date" | "datetime" | "DateTime" => &["Datetime"],
        "duration" => &["Duration"],
        "ipaddr" | "ip" | "IpAddr" => &["Ip", "Cidr"],
        "list" | "List" | "array" | "Array" | "set" => &["Set"],
        "dict" | "Dict" | "map" | "object" | "Object" => &["Map"],
        _ => return None,
    })
}

/// What makes a value of a string in another language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Constructor {
    /// `ip("10.0.0.1")`, `ip("10.0.0.0/8")`
    Ip,
    /// `datetime("2026-01-31")`
    Datetime,
    /// `duration("2d")`
    Duration,
    /// `decimal("1.5")`
    Decimal,
}

impl Constructor {
    /// The constructor of this name.
    pub fn named(name: &str) -> Option<Constructor> {
        Some(match name {
            "ip" | "ipaddr" => Constructor::Ip,
            "datetime" | "timestamp" => Constructor::Datetime,
            "duration" => Constructor::Duration,
            "decimal" => Constructor::Decimal,
            _ => return None,
        })
    }

    /// The literal of the value that it makes of `text`, if that is one here too.
    pub fn literal(self, text: &str) -> Option<String> {
        match self {
            Constructor::Ip if parse_ip(text).is_ok() => Some(format!("ip\"{text}\"")),
            Constructor::Ip => parse_cidr(text).is_ok().then(|| format!("cidr\"{text}\"")),
            Constructor::Datetime => parse_datetime(text).is_ok().then(|| format!("time\"{text}\"")),
            Constructor::Duration => parse_duration(text).is_ok().then(|| text.to_owned()),
            // Without a point it would be an `Int`.
            Constructor::Decimal => {
                (text.contains('.') && parse_decimal(text).is_ok()).then(|| text.to_owned())
            }
        }
    }

    /// How its values are written.
    pub fn help(self) -> &'static str {
        match self {
            Constructor::Ip => {
                "write `ip\"10.0.0.1\"` or `cidr\"10.0.0.0/8\"`; what is computed is read by `Ip.parse(..)` or `Cidr.parse(..)`"
            }
            Constructor::Datetime => {
                "write `time\"2026-01-31T08:00:00Z\"`; what is computed is read by `Datetime.parse(..)`"
            }
            Constructor::Duration => {
                "write `2d` or `8h30m`; what is computed is read by `Duration.parse(..)`"
            }
            Constructor::Decimal => "write `1.5`; what is computed is read by `Decimal.parse(..)`",
        }
    }
}

/// What is written in place of a method or function of another language.
pub fn method_help(name: &str) -> Option<&'static str> {
    Some(match name {
        "lessThan" => "write `a < b`",
        "lessThanOrEqual" => "write `a <= b`",
        "greaterThan" => "write `a > b`",
        "greaterThanOrEqual" => "write `a >= b`",
        "durationSince" => "write `a - b`: the difference of two times is a `Duration`",
        "isInRange" => "write `address in range`",
        "isIpv4" => "write `address.is_v4()`",
        "isIpv6" => "write `address.is_v6()`",
        "hasTag" => "tags are an attribute with a map: write `e.tags.contains_key(\"key\")`",
        "getTag" => {
            "tags are an attribute with a map: write `e.tags[\"key\"]`, and with `??` what counts if the key is absent"
        }
        "toDate" => "write `at.date()`",
        "toTime" => "write `at.time_of_day()`",
        "toMilliseconds" => "write `duration.in_milliseconds()`",
        "toSeconds" => "write `duration.in_seconds()`",
        "toMinutes" => "write `duration.in_minutes()`",
        "toHours" => "write `duration.in_hours()`",
        "toDays" => "write `duration.in_days()`",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constructor_of_a_text_is_a_literal() {
        let literal = |name, text| Constructor::named(name).and_then(|of: Constructor| of.literal(text));
        assert_eq!(literal("ip", "10.0.0.1").as_deref(), Some("ip\"10.0.0.1\""));
        assert_eq!(literal("ip", "10.0.0.0/8").as_deref(), Some("cidr\"10.0.0.0/8\""));
        assert_eq!(literal("duration", "2d").as_deref(), Some("2d"));
        assert_eq!(literal("decimal", "1.5").as_deref(), Some("1.5"));
        assert_eq!(
            literal("datetime", "2026-01-31T08:00:00Z").as_deref(),
            Some("time\"2026-01-31T08:00:00Z\"")
        );
        assert_eq!(literal("ip", "x"), None);
    }
}
