//! Literals: what is read, what is refused, and that printing is undone by reading.

use proptest::prelude::*;

use super::*;
use crate::value::{Cidr, Decimal};

#[test]
fn decimals_reach_both_ends_and_never_round() {
    assert_eq!(parse_decimal("-922337203685477.5808"), Ok(Decimal(i64::MIN)));
    assert_eq!(parse_decimal("922337203685477.5807"), Ok(Decimal(i64::MAX)));
    assert_eq!(parse_decimal("3"), Ok(Decimal(30_000)));
    for refused in
        ["922337203685477.5808", "0.00001", "1.00000", "1.", ".5", "", "-", "+1.0", "1e3", "1.0 ", "--1"]
    {
        assert!(parse_decimal(refused).is_err(), "{refused}");
    }
    assert_eq!(Decimal(-1).to_string(), "-0.0001");
    assert_eq!(Decimal(20_000).to_string(), "2.0");
    assert_eq!(Decimal(15_000).to_string(), "1.5");
}

#[test]
fn ints_have_digits_only() {
    assert_eq!(parse_int("-9223372036854775808"), Ok(i64::MIN));
    for refused in ["", "-", "+1", "1_000", "1.0", "9223372036854775808", " 1", "١"] {
        assert!(parse_int(refused).is_err(), "{refused}");
    }
}

#[test]
fn addresses_are_strict() {
    assert!(parse_ip("10.0.0.1").is_ok());
    assert!(parse_ip("::ffff:10.0.0.1").unwrap().is_ipv6());
    for refused in ["010.0.0.1", "10.0.0", "10.0.0.256", "fe80::1%eth0", "", "10.0.0.1 "] {
        assert!(parse_ip(refused).is_err(), "{refused}");
    }
    assert_eq!(parse_cidr("10.1.2.3/8").unwrap().to_string(), "10.1.2.3/8");
    for refused in
        ["10.0.0.0", "10.0.0.0/33", "10.0.0.0/08", "::/129", "10.0.0.0/", "10.0.0.0/+8", "10.0.0.0/-1"]
    {
        assert!(parse_cidr(refused).is_err(), "{refused}");
    }
}

#[test]
fn datetimes_are_rfc_3339_or_a_date() {
    assert_eq!(parse_datetime("1970-01-01"), Ok(0));
    assert_eq!(parse_datetime("1970-01-01T01:00:00+01:00"), Ok(0));
    assert_eq!(parse_datetime("1969-12-31T23:59:59.5Z"), Ok(-500));
    assert_eq!(
        parse_datetime("2026-03-01T00:00:00.250000Z").map(format_datetime),
        Ok("2026-03-01T00:00:00.250Z".into())
    );
    assert_eq!(parse_datetime("2024-02-29").map(format_datetime), Ok("2024-02-29T00:00:00Z".into()));
    for refused in [
        "2023-02-29",
        "1900-02-29",
        "2026-13-01",
        "2026-00-01",
        "2026-01-00",
        "2026-01-01T24:00:00Z",
        "2026-01-01T00:60:00Z",
        "2026-01-01T23:59:60Z",
        "2026-01-01T00:00:00",
        "2026-01-01T00:00Z",
        "2026-01-01 00:00:00Z",
        "2026-01-01T00:00:00.1234Z",
        "2026-01-01T00:00:00.Z",
        "2026-01-01T00:00:00Zx",
        "12026-01-01",
        "+9999999999-01-01",
        "+999999999-01-01",
        "",
        "T",
    ] {
        assert!(parse_datetime(refused).is_err(), "{refused}");
    }
}

#[test]
fn durations_name_their_units_largest_first() {
    assert_eq!(parse_duration("8h30m"), Ok(30_600_000));
    assert_eq!(parse_duration("-90d"), Ok(-7_776_000_000));
    assert_eq!(parse_duration("1d2h3m4s5ms"), Ok(93_784_005));
    for refused in
        ["", "-", "90", "d", "30m8h", "1h1h", "1.5h", "1H", "1w", "9223372036854775807d", "1h ", "--1h"]
    {
        assert!(parse_duration(refused).is_err(), "{refused}");
    }
    assert_eq!(format_duration(30_600_000), "8h30m");
    assert_eq!(format_duration(0), "0s");
}

#[test]
fn the_calendar_agrees_with_a_known_one() {
    for day in (-4_000_000..2_900_000).step_by(487) {
        let date = civil::date_of_day(day);
        assert_eq!(civil::day_of_date(date), Some(day));
        let Ok(known) = jiff::Timestamp::from_second(day * 86_400) else { continue };
        let known = known.to_zoned(jiff::tz::TimeZone::UTC);
        assert_eq!(
            (date.year, date.month, date.day),
            (i64::from(known.year()), i64::from(known.month()), i64::from(known.day()))
        );
    }
}

proptest! {
    #[test]
    fn reading_undoes_printing(number: i64, ip: std::net::IpAddr, prefix in 0_u8..=32) {
        prop_assert_eq!(parse_int(&number.to_string()), Ok(number));
        prop_assert_eq!(parse_decimal(&Decimal(number).to_string()), Ok(Decimal(number)));
        prop_assert_eq!(parse_datetime(&format_datetime(number)), Ok(number));
        prop_assert_eq!(parse_datetime(&format_datetime(number / 100_000)), Ok(number / 100_000));
        prop_assert_eq!(parse_duration(&format_duration(number)), Ok(number));
        prop_assert_eq!(parse_ip(&ip.to_string()), Ok(ip));
        let cidr = Cidr { address: ip, prefix };
        prop_assert_eq!(parse_cidr(&cidr.to_string()), Ok(cidr));
    }

    #[test]
    fn no_text_panics(text in "[-+0-9TZ:./dhms a-f]{0,40}", any in ".{0,20}") {
        for text in [text, any] {
            let _ = (parse_int(&text), parse_decimal(&text), parse_ip(&text), parse_cidr(&text));
            let _ = (parse_datetime(&text), parse_duration(&text));
        }
    }
}
