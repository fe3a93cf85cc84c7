//! Built-ins of `Set<T>`. Membership is equality: to ask whether an entity is in one of several, write `in`.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Builtin, Form, MISTYPED, Sig, count};
use crate::value::Value;

pub(super) const BUILTINS: &[Builtin] = &[
    Builtin {
        name: "contains_all",
        form: Form::Method,
        params: &[Sig::Set(&Sig::T), Sig::Set(&Sig::T)],
        result: Sig::Bool,
        errs: false,
        docs: "Whether every element of the other set is in this one.",
        example: r#"[1, 2, 3].contains_all([1, 3])"#,
        eval: |args| match args {
            [Value::Set(set), Value::Set(other)] => Ok(Value::Bool(other.is_subset(set))),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "contains_any",
        form: Form::Method,
        params: &[Sig::Set(&Sig::T), Sig::Set(&Sig::T)],
        result: Sig::Bool,
        errs: false,
        docs: "Whether some element of the other set is in this one.",
        example: r#"[1, 2].contains_any([2, 3])"#,
        eval: |args| match args {
            [Value::Set(set), Value::Set(other)] => Ok(Value::Bool(!other.is_disjoint(set))),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "union",
        form: Form::Method,
        params: &[Sig::Set(&Sig::T), Sig::Set(&Sig::T)],
        result: Sig::Set(&Sig::T),
        errs: false,
        docs: "The elements of either set.",
        example: r#"[1, 2].union([2, 3]) == [1, 2, 3]"#,
        eval: |args| match args {
            [Value::Set(set), Value::Set(other)] => collect(set.union(other)),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "intersection",
        form: Form::Method,
        params: &[Sig::Set(&Sig::T), Sig::Set(&Sig::T)],
        result: Sig::Set(&Sig::T),
        errs: false,
        docs: "The elements of both sets.",
        example: r#"[1, 2].intersection([2, 3]) == [2]"#,
        eval: |args| match args {
            [Value::Set(set), Value::Set(other)] => collect(set.intersection(other)),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "difference",
        form: Form::Method,
        params: &[Sig::Set(&Sig::T), Sig::Set(&Sig::T)],
        result: Sig::Set(&Sig::T),
        errs: false,
        docs: "The elements of this set that are not in the other.",
        example: r#"[1, 2].difference([2, 3]) == [1]"#,
        eval: |args| match args {
            [Value::Set(set), Value::Set(other)] => collect(set.difference(other)),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "is_empty",
        form: Form::Method,
        params: &[Sig::Set(&Sig::T)],
        result: Sig::Bool,
        errs: false,
        docs: "Whether the set has no elements.",
        example: r#"not [1].is_empty()"#,
        eval: |args| match args {
            [Value::Set(set)] => Ok(Value::Bool(set.is_empty())),
            _ => MISTYPED,
        },
    },
    Builtin {
        name: "size",
        form: Form::Method,
        params: &[Sig::Set(&Sig::T)],
        result: Sig::Int,
        errs: false,
        docs: "How many elements the set has.",
        example: r#"[1, 2, 2].size() == 2"#,
        eval: |args| match args {
            [Value::Set(set)] => count(set.len()),
            _ => MISTYPED,
        },
    },
];

fn collect<'a>(elements: impl Iterator<Item = &'a Value>) -> Result<Value, crate::value::EvalError> {
    Ok(Value::Set(Arc::new(elements.cloned().collect::<BTreeSet<_>>())))
}
