//! Built-ins of `Int` and `Decimal`.

use super::{Builtin, Form, MISTYPED, Sig, optional};
use crate::literal::{parse_decimal, parse_int};
use crate::value::{Decimal, EvalError, Value};

pub(super) const BUILTINS: &[Builtin] = &[
    Builtin {
        name: "parse",
        form: Form::Static("Int"),
        params: &[Sig::String],
        result: Sig::Optional(&Sig::Int),
        errs: false,
        docs: "The number that the text spells, or nothing.",
        example: r#"Int.parse("42") is some"#,
        eval: |args| match args {
            [Value::String(text)] => optional(parse_int(text).ok().map(Value::Int)),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "abs",
        form: Form::Method,
        params: &[Sig::Int],
        result: Sig::Int,
        errs: true,
        docs: "The number without its sign. An error for the least Int, which has no counterpart.",
        example: r#"(-7).abs() == 7"#,
        eval: |args| match args {
            [Value::Int(number)] => checked(number.checked_abs(), Value::Int),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "min",
        form: Form::Method,
        params: &[Sig::Int, Sig::Int],
        result: Sig::Int,
        errs: false,
        docs: "The lesser of the two.",
        example: r#"3.min(5) == 3"#,
        eval: |args| match args {
            [Value::Int(number), Value::Int(other)] => Ok(Value::Int(*number.min(other))),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "max",
        form: Form::Method,
        params: &[Sig::Int, Sig::Int],
        result: Sig::Int,
        errs: false,
        docs: "The greater of the two.",
        example: r#"3.max(5) == 5"#,
        eval: |args| match args {
            [Value::Int(number), Value::Int(other)] => Ok(Value::Int(*number.max(other))),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "to_decimal",
        form: Form::Method,
        params: &[Sig::Int],
        result: Sig::Decimal,
        errs: true,
        docs: "The same number as a Decimal. An error beyond its range.",
        example: r#"7.to_decimal() == 7.0"#,
        eval: |args| match args {
            [Value::Int(number)] => {
                checked(number.checked_mul(ONE), |number| Value::Decimal(Decimal(number)))
            }
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "parse",
        form: Form::Static("Decimal"),
        params: &[Sig::String],
        result: Sig::Optional(&Sig::Decimal),
        errs: false,
        docs: "The number that the text spells, or nothing. Never rounds.",
        example: r#"Decimal.parse("1.25") is some"#,
        eval: |args| match args {
            [Value::String(text)] => optional(parse_decimal(text).ok().map(Value::Decimal)),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "abs",
        form: Form::Method,
        params: &[Sig::Decimal],
        result: Sig::Decimal,
        errs: true,
        docs: "The number without its sign. An error for the least Decimal, which has no counterpart.",
        example: r#"(-1.5).abs() == 1.5"#,
        eval: |args| match args {
            [Value::Decimal(number)] => {
                checked(number.0.checked_abs(), |number| Value::Decimal(Decimal(number)))
            }
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "min",
        form: Form::Method,
        params: &[Sig::Decimal, Sig::Decimal],
        result: Sig::Decimal,
        errs: false,
        docs: "The lesser of the two.",
        example: r#"1.5.min(2.5) == 1.5"#,
        eval: |args| match args {
            [Value::Decimal(number), Value::Decimal(other)] => Ok(Value::Decimal(*number.min(other))),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "max",
        form: Form::Method,
        params: &[Sig::Decimal, Sig::Decimal],
        result: Sig::Decimal,
        errs: false,
        docs: "The greater of the two.",
        example: r#"1.5.max(2.5) == 2.5"#,
        eval: |args| match args {
            [Value::Decimal(number), Value::Decimal(other)] => Ok(Value::Decimal(*number.max(other))),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "floor",
        form: Form::Method,
        params: &[Sig::Decimal],
        result: Sig::Int,
        errs: false,
        docs: "The greatest Int that is not above it.",
        example: r#"(-1.5).floor() == -2"#,
        eval: |args| match args {
            [Value::Decimal(number)] => Ok(Value::Int(number.0.div_euclid(ONE))),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "ceiling",
        form: Form::Method,
        params: &[Sig::Decimal],
        result: Sig::Int,
        errs: false,
        docs: "The least Int that is not below it.",
        example: r#"(-1.5).ceiling() == -1"#,
        eval: |args| match args {
            [Value::Decimal(number)] => {
                Ok(Value::Int(number.0.div_euclid(ONE) + i64::from(number.0.rem_euclid(ONE) != 0)))
            }
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "truncate",
        form: Form::Method,
        params: &[Sig::Decimal],
        result: Sig::Int,
        errs: false,
        docs: "The number without what stands after the point: towards zero.",
        example: r#"(-1.5).truncate() == -1"#,
        eval: |args| match args {
            [Value::Decimal(number)] => Ok(Value::Int(number.0 / ONE)),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "round",
        form: Form::Method,
        params: &[Sig::Decimal],
        result: Sig::Int,
        errs: false,
        docs: "The nearest Int; halves go away from zero.",
        example: r#"1.5.round() == 2 and (-1.5).round() == -2"#,
        eval: |args| match args {
            [Value::Decimal(number)] => Ok(Value::Int(round(number.0))),
            _ => MISTYPED,
        },
    },
];

/// A Decimal's unit.
const ONE: i64 = 10_000;

fn checked(number: Option<i64>, value: fn(i64) -> Value) -> Result<Value, EvalError> {
    number.map(value).ok_or(EvalError::Overflow)
}

fn round(number: i64) -> i64 {
    let (whole, rest) = (number / ONE, number % ONE);
    whole + if rest.abs() * 2 >= ONE { rest.signum() } else { 0 }
}
