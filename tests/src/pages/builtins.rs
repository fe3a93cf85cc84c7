//! The page of built-ins, from the table in `runtime/src/builtins`.

use std::fmt::Write as _;

use assize_runtime::builtins::{self, Builtin, EXAMPLE_MAP, Form, Sig};

use super::GENERATED;

const HEAD: &str = "# Built-ins

Functions, methods and operators that every file has without `use`. An example is an expression that is true; `LABELS` is declared as

";

const TAIL: &str = "
Besides these, some operations are part of the [language](language.md#expressions) itself, since their types depend on the schema: `.contains(..)` and `in` on sets, `.ancestors`
of an entity, `m[\"key\"]` of a map, `and`, `or`, `not`, comparison, arithmetic, `like` and `matches`.
";

/// The page.
pub fn page() -> String {
    let mut page = format!("{GENERATED}{HEAD}```assize\n{EXAMPLE_MAP}\n```\n{TAIL}");
    let mut groups: Vec<String> = Vec::new();
    for builtin in builtins::all() {
        let group = group(builtin);
        if !groups.contains(&group) {
            groups.push(group);
        }
    }
    for name in groups {
        write!(page, "\n## `{name}`\n").expect("a text");
        let of_group = builtins::all().iter().filter(|builtin| group(builtin) == name);
        for builtin in of_group {
            write!(
                page,
                "\n### `{}`\n\n{}\n\n```assize true\n{}\n```\n",
                builtin, builtin.docs, builtin.example
            )
            .expect("a text");
        }
    }
    page
}

/// The type that a built-in belongs to.
fn group(builtin: &Builtin) -> String {
    match builtin.form {
        Form::Static(ty) => ty.to_owned(),
        Form::Method | Form::Operator(_) => builtin.params.first().map_or_else(String::new, Sig::to_string),
    }
}
