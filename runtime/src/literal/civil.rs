//! Days and dates of the proleptic Gregorian calendar, for every millisecond that an `i64` can name. (Calendar crates stop
//! at the year 9999, but a built-in is total.)
//!
//! Years are counted from March, so that the leap day is the last of a year; 400 years are 146,097 days.

/// Milliseconds of a day.
pub(crate) const DAY: i64 = 86_400_000;

/// A date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Date {
    pub year: i64,
    pub month: i64,
    pub day: i64,
}

/// The date of a day counted from 1970-01-01; for days within what milliseconds of `i64` can name.
pub(crate) fn date_of_day(day: i64) -> Date {
    let from_march_0000 = day + 719_468;
    let cycle = from_march_0000.div_euclid(146_097);
    let day_of_cycle = from_march_0000.rem_euclid(146_097);
    let year_of_cycle =
        (day_of_cycle - day_of_cycle / 1_460 + day_of_cycle / 36_524 - day_of_cycle / 146_096) / 365;
    let day_of_year = day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    Date {
        year: cycle * 400 + year_of_cycle + i64::from(month <= 2),
        month,
        day: day_of_year - (153 * month_from_march + 2) / 5 + 1,
    }
}

/// 1 for Monday to 7 for Sunday, of a day counted from 1970-01-01.
pub(crate) fn weekday(day: i64) -> i64 {
    (day + 3).rem_euclid(7) + 1
}

/// From 1 to 366, of a day counted from 1970-01-01.
pub(crate) fn day_of_year(day: i64) -> i64 {
    let new_year = Date { month: 1, day: 1, ..date_of_day(day) };
    day_of_date(new_year).map_or(1, |first| day - first + 1)
}

/// The day, counted from 1970-01-01, of a date; `None` if there is no such date. For years of up to nine digits.
pub(crate) fn day_of_date(Date { year, month, day }: Date) -> Option<i64> {
    if !(1..=12).contains(&month) || !(1..=days_in(year, month)).contains(&day) {
        return None;
    }
    let year_from_march = if month <= 2 { year - 1 } else { year };
    let cycle = year_from_march.div_euclid(400);
    let year_of_cycle = year_from_march.rem_euclid(400);
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_cycle = year_of_cycle * 365 + year_of_cycle / 4 - year_of_cycle / 100 + day_of_year;
    Some(cycle * 146_097 + day_of_cycle - 719_468)
}

fn days_in(year: i64, month: i64) -> i64 {
    let leap = year.rem_euclid(4) == 0 && (year.rem_euclid(100) != 0 || year.rem_euclid(400) == 0);
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}
