//! Built-ins of `Map<String, T>`.

use std::sync::Arc;

use super::{Builtin, Form, MISTYPED, Sig, count};
use crate::value::Value;

pub(super) const BUILTINS: &[Builtin] = &[
    Builtin {
        name: "keys",
        form: Form::Method,
        params: &[Sig::Map(&Sig::T)],
        result: Sig::Set(&Sig::String),
        errs: false,
        docs: "The keys.",
        example: r#"LABELS.keys() == ["env", "site"]"#,
        eval: |args| match args {
            [Value::Map(map)] => Ok(Value::Set(Arc::new(map.keys().cloned().map(Value::String).collect()))),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "values",
        form: Form::Method,
        params: &[Sig::Map(&Sig::T)],
        result: Sig::Set(&Sig::T),
        errs: false,
        docs: "The values, each once.",
        example: r#"LABELS.values() == ["prod"]"#,
        eval: |args| match args {
            [Value::Map(map)] => Ok(Value::Set(Arc::new(map.values().cloned().collect()))),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "contains_key",
        form: Form::Method,
        params: &[Sig::Map(&Sig::T), Sig::String],
        result: Sig::Bool,
        errs: false,
        docs: "Whether the map has this key.",
        example: r#"LABELS.contains_key("env")"#,
        eval: |args| match args {
            [Value::Map(map), Value::String(key)] => Ok(Value::Bool(map.contains_key(key))),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "is_empty",
        form: Form::Method,
        params: &[Sig::Map(&Sig::T)],
        result: Sig::Bool,
        errs: false,
        docs: "Whether the map has no keys.",
        example: r#"not LABELS.is_empty()"#,
        eval: |args| match args {
            [Value::Map(map)] => Ok(Value::Bool(map.is_empty())),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "size",
        form: Form::Method,
        params: &[Sig::Map(&Sig::T)],
        result: Sig::Int,
        errs: false,
        docs: "How many keys the map has.",
        example: r#"LABELS.size() == 2"#,
        eval: |args| match args {
            [Value::Map(map)] => count(map.len()),
            _ => MISTYPED,
        },
    },
];
