//! `Datetime`: RFC 3339, or a date alone for the start of that day in UTC.

use super::LiteralError;
use super::civil::{DAY, Date, date_of_day, day_of_date};

/// `2026-03-01T12:00:00Z`, `2026-03-01T12:00:00.250+01:00` or `2026-03-01`, in milliseconds since 1970-01-01T00:00:00Z.
/// Years outside 0 to 9999 have a sign and four to nine digits.
pub fn parse_datetime(text: &str) -> Result<i64, LiteralError> {
    let mut rest = Cursor(text.as_bytes());
    let day = rest.date()?;
    let of_day = if rest.0.is_empty() { 0 } else { rest.time()? };
    // Nine digits of year are far inside i128; the result need not be inside i64.
    i64::try_from(i128::from(day) * i128::from(DAY) + i128::from(of_day))
        .map_err(|_| LiteralError::new("this Datetime is outside the range of 64-bit milliseconds"))
}

/// `2026-03-01T00:00:00Z`, with `.250` when it is no whole second.
pub fn format_datetime(milliseconds: i64) -> String {
    let date = date_of_day(milliseconds.div_euclid(DAY));
    let of_day = milliseconds.rem_euclid(DAY);
    let (second, fraction) = (of_day / 1_000, of_day % 1_000);
    let year = match date.year {
        0..=9999 => format!("{:04}", date.year),
        year if year < 0 => format!("-{:04}", -year),
        year => format!("+{year}"),
    };
    let fraction = if fraction == 0 { String::new() } else { format!(".{fraction:03}") };
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year}-{:02}-{:02}T{hour:02}:{minute:02}:{second:02}{fraction}Z", date.month, date.day)
}

struct Cursor<'a>(&'a [u8]);

fn shape() -> LiteralError {
    LiteralError::new(
        "a Datetime is written as `2026-03-01T12:00:00Z` or, for the start of a day in UTC, as `2026-03-01`",
    )
}

impl Cursor<'_> {
    fn take(&mut self, byte: u8) -> Result<(), LiteralError> {
        if self.take_if(byte) { Ok(()) } else { Err(shape()) }
    }

    fn take_if(&mut self, byte: u8) -> bool {
        match self.0.split_first() {
            Some((first, rest)) if *first == byte => {
                self.0 = rest;
                true
            }
            _ => false,
        }
    }

    /// The digits that follow, at most nine of them, with how many they are.
    fn number(&mut self) -> Result<(i64, usize), LiteralError> {
        let (mut value, mut count) = (0, 0);
        while let Some((digit @ b'0'..=b'9', rest)) = self.0.split_first() {
            if count == 9 {
                return Err(shape());
            }
            value = value * 10 + i64::from(digit - b'0');
            count += 1;
            self.0 = rest;
        }
        Ok((value, count))
    }

    fn two(&mut self, most: i64) -> Result<i64, LiteralError> {
        match self.number()? {
            (value, 2) if value <= most => Ok(value),
            (_, 2) => Err(LiteralError::new("a part of this time of day is out of range")),
            _ => Err(shape()),
        }
    }

    fn date(&mut self) -> Result<i64, LiteralError> {
        let negative = self.take_if(b'-');
        let signed = negative || self.take_if(b'+');
        let year = match self.number()? {
            (year, 4) => year,
            (year, 5..) if signed => year,
            _ => return Err(shape()),
        };
        self.take(b'-')?;
        let month = self.two(99)?;
        self.take(b'-')?;
        let day = self.two(99)?;
        day_of_date(Date { year: if negative { -year } else { year }, month, day })
            .ok_or_else(|| LiteralError::new("there is no such day in the calendar"))
    }

    /// Time of day and offset to the end of the text, as milliseconds after midnight UTC; may be negative or beyond a day.
    fn time(&mut self) -> Result<i64, LiteralError> {
        self.take(b'T')?;
        let hour = self.two(23)?;
        self.take(b':')?;
        let minute = self.two(59)?;
        self.take(b':')?;
        let second = self.two(59)?;
        let fraction = if self.take_if(b'.') { self.milliseconds()? } else { 0 };
        let local = ((hour * 60 + minute) * 60 + second) * 1_000 + fraction;
        let offset = self.offset()?;
        if self.0.is_empty() { Ok(local - offset * 60_000) } else { Err(shape()) }
    }

    fn milliseconds(&mut self) -> Result<i64, LiteralError> {
        let (value, count) = self.number()?;
        let scale = 10_i64.pow(count as u32);
        match value * 1_000 {
            _ if count == 0 => Err(shape()),
            scaled if scaled % scale == 0 => Ok(scaled / scale),
            _ => Err(LiteralError::new(
                "a Datetime counts whole milliseconds: at most three digits after the point",
            )),
        }
    }

    /// In minutes.
    fn offset(&mut self) -> Result<i64, LiteralError> {
        if self.take_if(b'Z') {
            return Ok(0);
        }
        let sign = if self.take_if(b'-') {
            -1
        } else if self.take_if(b'+') {
            1
        } else {
            return Err(LiteralError::new(
                "a Datetime with a time of day says its offset: end it with `Z` or `+01:00`",
            ));
        };
        let hours = self.two(23)?;
        self.take(b':')?;
        Ok(sign * (hours * 60 + self.two(59)?))
    }
}
