//! Built-ins of `Zone`, and those of `Datetime` that ask what the clocks and calendars of a zone show.
//!
//! All but `start_of_day` answer for every time that a Datetime can name: see [`Zone`] for times far from ours.

use super::{Builtin, Form, MISTYPED, Sig, optional};
use crate::literal::civil::{date_of_day, day_of_year, weekday};
use crate::literal::parse_zone;
use crate::value::{EvalError, Value};
use crate::zone::Zone;

pub(super) const BUILTINS: &[Builtin] = &[
    Builtin {
        name: "parse",
        form: Form::Static("Zone"),
        params: &[Sig::String],
        result: Sig::Optional(&Sig::Zone),
        errs: false,
        docs: "The time zone of that name, or nothing. An older name gives the zone that it has become.",
        example: r#"Zone.parse("Europe/Berlin") is some"#,
        eval: |args| match args {
            [Value::String(text)] => optional(parse_zone(text).ok().map(Value::Zone)),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "name",
        form: Form::Method,
        params: &[Sig::Zone],
        result: Sig::String,
        errs: false,
        docs: "Its present name.",
        example: r#"zone"US/Eastern".name() == "America/New_York""#,
        eval: |args| match args {
            [Value::Zone(zone)] => Ok(Value::String(zone.name().into())),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "year",
        form: Form::Method,
        params: &[Sig::Datetime, Sig::Zone],
        result: Sig::Int,
        errs: false,
        docs: "Its year by the calendar of the zone.",
        example: r#"time"2025-12-31T23:30:00Z".year(zone"Europe/Berlin") == 2026"#,
        eval: |args| shown(args, |(day, _)| Value::Int(date_of_day(day).year)),
    },
    Builtin {
        name: "month",
        form: Form::Method,
        params: &[Sig::Datetime, Sig::Zone],
        result: Sig::Int,
        errs: false,
        docs: "Its month by the calendar of the zone, from 1.",
        example: r#"time"2026-02-28T23:30:00Z".month(zone"Europe/Berlin") == 3"#,
        eval: |args| shown(args, |(day, _)| Value::Int(date_of_day(day).month)),
    },
    Builtin {
        name: "day",
        form: Form::Method,
        params: &[Sig::Datetime, Sig::Zone],
        result: Sig::Int,
        errs: false,
        docs: "Its day of the month by the calendar of the zone, from 1.",
        example: r#"time"2026-02-28T23:30:00Z".day(zone"Europe/Berlin") == 1"#,
        eval: |args| shown(args, |(day, _)| Value::Int(date_of_day(day).day)),
    },
    Builtin {
        name: "day_of_year",
        form: Form::Method,
        params: &[Sig::Datetime, Sig::Zone],
        result: Sig::Int,
        errs: false,
        docs: "Its day of the year by the calendar of the zone, from 1 to 366.",
        example: r#"time"2025-12-31T23:30:00Z".day_of_year(zone"Europe/Berlin") == 1"#,
        eval: |args| shown(args, |(day, _)| Value::Int(day_of_year(day))),
    },
    Builtin {
        name: "weekday",
        form: Form::Method,
        params: &[Sig::Datetime, Sig::Zone],
        result: Sig::Int,
        errs: false,
        docs: "Its day of the week by the calendar of the zone: 1 is Monday, 7 is Sunday.",
        example: r#"time"2026-03-01T23:30:00Z".weekday(zone"Europe/Berlin") == 1"#,
        eval: |args| shown(args, |(day, _)| Value::Int(weekday(day))),
    },
    Builtin {
        name: "hour",
        form: Form::Method,
        params: &[Sig::Datetime, Sig::Zone],
        result: Sig::Int,
        errs: false,
        docs: "The hour on the clocks of the zone, from 0 to 23.",
        example: r#"time"2026-07-01T12:00:00Z".hour(zone"Europe/Berlin") == 14"#,
        eval: |args| shown(args, |(_, of_day)| Value::Int(of_day / 3_600_000)),
    },
    Builtin {
        name: "minute",
        form: Form::Method,
        params: &[Sig::Datetime, Sig::Zone],
        result: Sig::Int,
        errs: false,
        docs: "The minute on the clocks of the zone, from 0 to 59.",
        example: r#"time"2026-07-01T12:00:00Z".minute(zone"Asia/Kolkata") == 30"#,
        eval: |args| shown(args, |(_, of_day)| Value::Int(of_day / 60_000 % 60)),
    },
    Builtin {
        name: "second",
        form: Form::Method,
        params: &[Sig::Datetime, Sig::Zone],
        result: Sig::Int,
        errs: false,
        docs: "The second on the clocks of the zone, from 0 to 59.",
        example: r#"time"2026-07-01T12:00:15Z".second(zone"Europe/Berlin") == 15"#,
        eval: |args| shown(args, |(_, of_day)| Value::Int(of_day / 1_000 % 60)),
    },
    Builtin {
        name: "time_of_day",
        form: Form::Method,
        params: &[Sig::Datetime, Sig::Zone],
        result: Sig::Duration,
        errs: false,
        docs: "What the clocks of the zone show, as hours, minutes and seconds. On a day on which they are changed, this is not the time since \
               the start of the day.",
        example: r#"time"2026-07-01T12:15:00Z".time_of_day(zone"Europe/Berlin") == 14h15m"#,
        eval: |args| shown(args, |(_, of_day)| Value::Duration(of_day)),
    },
    Builtin {
        name: "start_of_day",
        form: Form::Method,
        params: &[Sig::Datetime, Sig::Zone],
        result: Sig::Datetime,
        errs: true,
        docs: "The first moment of its day by the calendar of the zone. This is later than midnight where clocks skip midnight, and the \
               earlier midnight where they pass it twice.",
        example: r#"time"2026-07-01T12:00:00Z".start_of_day(zone"Europe/Berlin") == time"2026-06-30T22:00:00Z""#,
        eval: |args| match args {
            [Value::Datetime(time), Value::Zone(zone)] => {
                zone.start_of_day(*time).map(Value::Datetime).ok_or(EvalError::Overflow)
            }
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "years_since",
        form: Form::Method,
        params: &[Sig::Datetime, Sig::Datetime, Sig::Zone],
        result: Sig::Int,
        errs: false,
        docs: "Whole years since the other time by the calendar of the zone, as one counts the age of a person; below zero before it. Who was born \
               on 29 February has a birthday on 1 March of other years.",
        example: r#"time"2026-03-01".years_since(time"2008-03-02", zone"UTC") == 17"#,
        eval: |args| match args {
            [Value::Datetime(time), Value::Datetime(other), Value::Zone(zone)] => {
                let date = |time: i64| date_of_day(zone.clock_at(time).0);
                let (date, other) = (date(*time), date(*other));
                let is_before_its_day = (date.month, date.day) < (other.month, other.day);
                Ok(Value::Int(date.year - other.year - i64::from(is_before_its_day)))
            }
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "utc_offset",
        form: Form::Method,
        params: &[Sig::Datetime, Sig::Zone],
        result: Sig::Duration,
        errs: false,
        docs: "How far the clocks of the zone are ahead of UTC at this time.",
        example: r#"time"2026-07-01".utc_offset(zone"Europe/Berlin") == 2h"#,
        eval: |args| match args {
            [Value::Datetime(time), Value::Zone(zone)] => Ok(Value::Duration(zone.offset_at(*time))),
            _ => MISTYPED,
        },
    },
];

/// What is made of the day and the time of day that the clocks of a zone show: see [`Zone::clock_at`].
fn shown(args: &[Value], part: fn((i64, i64)) -> Value) -> Result<Value, EvalError> {
    match args {
        [Value::Datetime(time), Value::Zone(zone)] => Ok(part(Zone::clock_at(*zone, *time))),
        _ => MISTYPED,
    }
}
