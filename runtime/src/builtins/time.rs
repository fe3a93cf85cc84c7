//! Built-ins of `Datetime` and `Duration`. Parts of a Datetime are those of its date in UTC.

use super::{Builtin, Form, MISTYPED, Sig, optional};
use crate::literal::civil::{DAY, Date, date_of_day, day_of_year, weekday};
use crate::literal::{parse_datetime, parse_duration};
use crate::value::{EvalError, Value};

pub(super) const BUILTINS: &[Builtin] = &[
    Builtin {
        name: "parse",
        form: Form::Static("Datetime"),
        params: &[Sig::String],
        result: Sig::Optional(&Sig::Datetime),
        errs: false,
        docs: "The time that the text spells, or nothing.",
        example: r#"Datetime.parse("2026-03-01T00:00:00Z") is some"#,
        eval: |args| match args {
            [Value::String(text)] => optional(parse_datetime(text).ok().map(Value::Datetime)),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "date",
        form: Form::Method,
        params: &[Sig::Datetime],
        result: Sig::Datetime,
        errs: true,
        docs: "The start of its day in UTC.",
        example: r#"time"2026-03-01T12:30:00Z".date() == time"2026-03-01""#,
        eval: |args| match args {
            [Value::Datetime(time)] => checked(time.checked_sub(time.rem_euclid(DAY)), Value::Datetime),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "time_of_day",
        form: Form::Method,
        params: &[Sig::Datetime],
        result: Sig::Duration,
        errs: false,
        docs: "How long after the start of its day in UTC.",
        example: r#"time"2026-03-01T12:30:00Z".time_of_day() == 12h30m"#,
        eval: |args| match args {
            [Value::Datetime(time)] => Ok(Value::Duration(time.rem_euclid(DAY))),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "year",
        form: Form::Method,
        params: &[Sig::Datetime],
        result: Sig::Int,
        errs: false,
        docs: "Its year.",
        example: r#"time"2026-03-01".year() == 2026"#,
        eval: |args| match args {
            [Value::Datetime(time)] => Ok(Value::Int(date(*time).year)),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "month",
        form: Form::Method,
        params: &[Sig::Datetime],
        result: Sig::Int,
        errs: false,
        docs: "Its month, from 1.",
        example: r#"time"2026-03-01".month() == 3"#,
        eval: |args| match args {
            [Value::Datetime(time)] => Ok(Value::Int(date(*time).month)),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "day",
        form: Form::Method,
        params: &[Sig::Datetime],
        result: Sig::Int,
        errs: false,
        docs: "Its day of the month, from 1.",
        example: r#"time"2026-03-01".day() == 1"#,
        eval: |args| match args {
            [Value::Datetime(time)] => Ok(Value::Int(date(*time).day)),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "weekday",
        form: Form::Method,
        params: &[Sig::Datetime],
        result: Sig::Int,
        errs: false,
        docs: "Its day of the week: 1 is Monday, 7 is Sunday.",
        example: r#"time"2026-03-01".weekday() == 7"#,
        eval: |args| match args {
            [Value::Datetime(time)] => Ok(Value::Int(weekday(time.div_euclid(DAY)))),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "hour",
        form: Form::Method,
        params: &[Sig::Datetime],
        result: Sig::Int,
        errs: false,
        docs: "Its hour, from 0 to 23.",
        example: r#"time"2026-03-01T12:30:00Z".hour() == 12"#,
        eval: |args| match args {
            [Value::Datetime(time)] => Ok(Value::Int(time.rem_euclid(DAY) / 3_600_000)),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "minute",
        form: Form::Method,
        params: &[Sig::Datetime],
        result: Sig::Int,
        errs: false,
        docs: "Its minute, from 0 to 59.",
        example: r#"time"2026-03-01T12:30:00Z".minute() == 30"#,
        eval: |args| match args {
            [Value::Datetime(time)] => Ok(Value::Int(time.rem_euclid(DAY) / 60_000 % 60)),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "second",
        form: Form::Method,
        params: &[Sig::Datetime],
        result: Sig::Int,
        errs: false,
        docs: "Its second, from 0 to 59.",
        example: r#"time"2026-03-01T12:30:15Z".second() == 15"#,
        eval: |args| match args {
            [Value::Datetime(time)] => Ok(Value::Int(time.rem_euclid(DAY) / 1_000 % 60)),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "day_of_year",
        form: Form::Method,
        params: &[Sig::Datetime],
        result: Sig::Int,
        errs: false,
        docs: "Its day of the year, from 1 to 366.",
        example: r#"time"2026-03-01".day_of_year() == 60"#,
        eval: |args| match args {
            [Value::Datetime(time)] => Ok(Value::Int(day_of_year(time.div_euclid(DAY)))),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "offset",
        form: Form::Method,
        params: &[Sig::Datetime, Sig::Duration],
        result: Sig::Datetime,
        errs: true,
        docs: "The time this much later, as with `+`.",
        example: r#"time"2026-03-01".offset(1d) == time"2026-03-02""#,
        eval: |args| match args {
            [Value::Datetime(time), Value::Duration(duration)] => {
                checked(time.checked_add(*duration), Value::Datetime)
            }
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "since",
        form: Form::Method,
        params: &[Sig::Datetime, Sig::Datetime],
        result: Sig::Duration,
        errs: true,
        docs: "How much later than the other time it is, as with `-`.",
        example: r#"time"2026-03-02".since(time"2026-03-01") == 1d"#,
        eval: |args| match args {
            [Value::Datetime(time), Value::Datetime(other)] => {
                checked(time.checked_sub(*other), Value::Duration)
            }
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "min",
        form: Form::Method,
        params: &[Sig::Datetime, Sig::Datetime],
        result: Sig::Datetime,
        errs: false,
        docs: "The earlier of the two.",
        example: r#"time"2026-01-01".min(time"2026-03-01") == time"2026-01-01""#,
        eval: |args| match args {
            [Value::Datetime(one), Value::Datetime(other)] => Ok(Value::Datetime(*one.min(other))),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "max",
        form: Form::Method,
        params: &[Sig::Datetime, Sig::Datetime],
        result: Sig::Datetime,
        errs: false,
        docs: "The later of the two.",
        example: r#"time"2026-01-01".max(time"2026-03-01") == time"2026-03-01""#,
        eval: |args| match args {
            [Value::Datetime(one), Value::Datetime(other)] => Ok(Value::Datetime(*one.max(other))),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "min",
        form: Form::Method,
        params: &[Sig::Duration, Sig::Duration],
        result: Sig::Duration,
        errs: false,
        docs: "The shorter of the two.",
        example: r#"8h.min(30m) == 30m"#,
        eval: |args| match args {
            [Value::Duration(one), Value::Duration(other)] => Ok(Value::Duration(*one.min(other))),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "max",
        form: Form::Method,
        params: &[Sig::Duration, Sig::Duration],
        result: Sig::Duration,
        errs: false,
        docs: "The longer of the two.",
        example: r#"8h.max(30m) == 8h"#,
        eval: |args| match args {
            [Value::Duration(one), Value::Duration(other)] => Ok(Value::Duration(*one.max(other))),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "parse",
        form: Form::Static("Duration"),
        params: &[Sig::String],
        result: Sig::Optional(&Sig::Duration),
        errs: false,
        docs: "The duration that the text spells, or nothing.",
        example: r#"Duration.parse("8h30m") is some"#,
        eval: |args| match args {
            [Value::String(text)] => optional(parse_duration(text).ok().map(Value::Duration)),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "abs",
        form: Form::Method,
        params: &[Sig::Duration],
        result: Sig::Duration,
        errs: true,
        docs: "The duration without its sign.",
        example: r#"(-5m).abs() == 5m"#,
        eval: |args| match args {
            [Value::Duration(duration)] => checked(duration.checked_abs(), Value::Duration),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "in_days",
        form: Form::Method,
        params: &[Sig::Duration],
        result: Sig::Int,
        errs: false,
        docs: "Whole days of 24 hours, rounded towards zero.",
        example: r#"36h.in_days() == 1"#,
        eval: |args| match args {
            [Value::Duration(duration)] => Ok(Value::Int(duration / DAY)),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "in_hours",
        form: Form::Method,
        params: &[Sig::Duration],
        result: Sig::Int,
        errs: false,
        docs: "Whole hours, rounded towards zero.",
        example: r#"90m.in_hours() == 1"#,
        eval: |args| match args {
            [Value::Duration(duration)] => Ok(Value::Int(duration / 3_600_000)),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "in_minutes",
        form: Form::Method,
        params: &[Sig::Duration],
        result: Sig::Int,
        errs: false,
        docs: "Whole minutes, rounded towards zero.",
        example: r#"90s.in_minutes() == 1"#,
        eval: |args| match args {
            [Value::Duration(duration)] => Ok(Value::Int(duration / 60_000)),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "in_seconds",
        form: Form::Method,
        params: &[Sig::Duration],
        result: Sig::Int,
        errs: false,
        docs: "Whole seconds, rounded towards zero.",
        example: r#"1m30s.in_seconds() == 90"#,
        eval: |args| match args {
            [Value::Duration(duration)] => Ok(Value::Int(duration / 1_000)),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "in_milliseconds",
        form: Form::Method,
        params: &[Sig::Duration],
        result: Sig::Int,
        errs: false,
        docs: "All of it, in milliseconds.",
        example: r#"1s500ms.in_milliseconds() == 1500"#,
        eval: |args| match args {
            [Value::Duration(duration)] => Ok(Value::Int(*duration)),
            _ => MISTYPED,
        },
    },
];

fn date(time: i64) -> Date {
    date_of_day(time.div_euclid(DAY))
}

fn checked(number: Option<i64>, value: fn(i64) -> Value) -> Result<Value, EvalError> {
    number.map(value).ok_or(EvalError::Overflow)
}
