//! Built-ins of `String`. Letters are Unicode scalar values; nothing is normalised.

use std::sync::Arc;

use smol_str::SmolStr;

use super::{Builtin, Form, MISTYPED, Sig, count, optional};
use crate::value::{EvalError, Value};

pub(super) const BUILTINS: &[Builtin] = &[
    Builtin {
        name: "starts_with",
        form: Form::Method,
        params: &[Sig::String, Sig::String],
        result: Sig::Bool,
        errs: false,
        docs: "Whether the text begins with the other.",
        example: r#""/public/a".starts_with("/public/")"#,
        eval: |args| match args {
            [Value::String(text), Value::String(other)] => Ok(Value::Bool(text.starts_with(other.as_str()))),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "ends_with",
        form: Form::Method,
        params: &[Sig::String, Sig::String],
        result: Sig::Bool,
        errs: false,
        docs: "Whether the text ends with the other.",
        example: r#""Report.pdf".ends_with(".pdf")"#,
        eval: |args| match args {
            [Value::String(text), Value::String(other)] => Ok(Value::Bool(text.ends_with(other.as_str()))),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "contains",
        form: Form::Method,
        params: &[Sig::String, Sig::String],
        result: Sig::Bool,
        errs: false,
        docs: "Whether the other text occurs in this one.",
        example: r#""a-b-c".contains("b")"#,
        eval: |args| match args {
            [Value::String(text), Value::String(other)] => Ok(Value::Bool(text.contains(other.as_str()))),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "lower",
        form: Form::Method,
        params: &[Sig::String],
        result: Sig::String,
        errs: false,
        docs: "The text in lower case, by the rules of Unicode that hold for every language.",
        example: r#""Ann@Example.COM".lower() == "ann@example.com""#,
        eval: |args| match args {
            [Value::String(text)] => Ok(Value::String(SmolStr::new(text.to_lowercase()))),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "upper",
        form: Form::Method,
        params: &[Sig::String],
        result: Sig::String,
        errs: false,
        docs: "The text in upper case, by the rules of Unicode that hold for every language.",
        example: r#""de".upper() == "DE""#,
        eval: |args| match args {
            [Value::String(text)] => Ok(Value::String(SmolStr::new(text.to_uppercase()))),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "trim",
        form: Form::Method,
        params: &[Sig::String],
        result: Sig::String,
        errs: false,
        docs: "The text without white space at both ends.",
        example: r#""  ann ".trim() == "ann""#,
        eval: |args| match args {
            [Value::String(text)] => Ok(Value::String(SmolStr::new(text.trim()))),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "split",
        form: Form::Method,
        params: &[Sig::String, Sig::String],
        result: Sig::Set(&Sig::String),
        errs: false,
        docs: "The parts between the places where the other text stands, each once; empty parts are left out. An empty separator splits nothing.",
        example: r#""read  write".split(" ") == ["read", "write"]"#,
        eval: |args| match args {
            [Value::String(text), Value::String(separator)] => Ok(split(text, separator)),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "before",
        form: Form::Method,
        params: &[Sig::String, Sig::String],
        result: Sig::Optional(&Sig::String),
        errs: false,
        docs: "What stands before the first place where the other text occurs, or nothing if it does not.",
        example: r#"("ann@example.org".before("@") ?? "") == "ann""#,
        eval: |args| match args {
            [Value::String(text), Value::String(other)] => {
                part(text.split_once(other.as_str()).map(|(before, _)| before))
            }
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "after",
        form: Form::Method,
        params: &[Sig::String, Sig::String],
        result: Sig::Optional(&Sig::String),
        errs: false,
        docs: "What stands after the first place where the other text occurs, or nothing if it does not.",
        example: r#"("env=prod=eu".after("=") ?? "") == "prod=eu""#,
        eval: |args| match args {
            [Value::String(text), Value::String(other)] => {
                part(text.split_once(other.as_str()).map(|(_, after)| after))
            }
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "before_last",
        form: Form::Method,
        params: &[Sig::String, Sig::String],
        result: Sig::Optional(&Sig::String),
        errs: false,
        docs: "What stands before the last place where the other text occurs, or nothing if it does not.",
        example: r#"("a/b/c".before_last("/") ?? "") == "a/b""#,
        eval: |args| match args {
            [Value::String(text), Value::String(other)] => {
                part(text.rsplit_once(other.as_str()).map(|(before, _)| before))
            }
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "after_last",
        form: Form::Method,
        params: &[Sig::String, Sig::String],
        result: Sig::Optional(&Sig::String),
        errs: false,
        docs: "What stands after the last place where the other text occurs, or nothing if it does not: of a mail address `a@b@example.org`, \
               the domain.",
        example: r#"("a@b@example.org".after_last("@") ?? "") == "example.org""#,
        eval: |args| match args {
            [Value::String(text), Value::String(other)] => {
                part(text.rsplit_once(other.as_str()).map(|(_, after)| after))
            }
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "is_empty",
        form: Form::Method,
        params: &[Sig::String],
        result: Sig::Bool,
        errs: false,
        docs: "Whether the text has no letters.",
        example: r#""".is_empty()"#,
        eval: |args| match args {
            [Value::String(text)] => Ok(Value::Bool(text.is_empty())),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "length",
        form: Form::Method,
        params: &[Sig::String],
        result: Sig::Int,
        errs: false,
        docs: "How many Unicode scalar values the text has: `é` may be one or two.",
        example: r#""über".length() == 4"#,
        eval: |args| match args {
            [Value::String(text)] => count(text.chars().count()),
            _ => MISTYPED,
        },
    },
];

fn split(text: &str, separator: &str) -> Value {
    let parts = if separator.is_empty() { vec![text] } else { text.split(separator).collect() };
    let parts = parts.into_iter().filter(|part| !part.is_empty());
    Value::Set(Arc::new(parts.map(|part| Value::String(SmolStr::new(part))).collect()))
}

fn part(text: Option<&str>) -> Result<Value, EvalError> {
    optional(text.map(|text| Value::String(SmolStr::new(text))))
}
