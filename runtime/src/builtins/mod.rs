//! The one table of built-in functions: name, type, documentation, example and meaning stand together, and checker,
//! interpreter, JIT, hover and reference all read them here.
//!
//! A built-in is a total function of its argument values or an [`EvalError`]; it sees no data, request or clock.

mod address;
mod map;
mod number;
mod set;
mod string;
#[cfg(test)]
mod tests;
mod time;
mod zone;

use std::fmt;
use std::sync::LazyLock;

use crate::types::Type;
use crate::value::{EvalError, Value};

/// Index into [`all`]; stable within one build only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BuiltinId(pub u16);

/// How a built-in is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// `receiver.name(args)`: the receiver is the first parameter.
    Method,
    /// `Type.name(args)`, as in `Ip.parse(s)`; the text is the type's name.
    Static(&'static str),
    /// `left in right`: reached by the checker for operand types that `in` has no operation of its own for.
    Operator(&'static str),
}

/// A type in a signature, with at most one type variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sig {
    /// `Bool`
    Bool,
    /// `Int`
    Int,
    /// `Decimal`
    Decimal,
    /// `String`
    String,
    /// `Ip`
    Ip,
    /// `Cidr`
    Cidr,
    /// `Datetime`
    Datetime,
    /// `Duration`
    Duration,
    /// `Zone`
    Zone,
    /// The type variable; never optional.
    T,
    /// `Set<..>`
    Set(&'static Sig),
    /// `Map<String, ..>`
    Map(&'static Sig),
    /// `..?`; in results only.
    Optional(&'static Sig),
}

impl Sig {
    /// The type, with `variable` for `T`.
    pub fn instantiate(self, variable: &Type) -> Type {
        match self {
            Sig::Bool => Type::Bool,
            Sig::Int => Type::Int,
            Sig::Decimal => Type::Decimal,
            Sig::String => Type::String,
            Sig::Ip => Type::Ip,
            Sig::Cidr => Type::Cidr,
            Sig::Datetime => Type::Datetime,
            Sig::Duration => Type::Duration,
            Sig::Zone => Type::Zone,
            Sig::T => variable.clone(),
            Sig::Set(of) => Type::set(of.instantiate(variable)),
            Sig::Map(of) => Type::Map(std::sync::Arc::new(of.instantiate(variable))),
            Sig::Optional(of) => Type::optional(of.instantiate(variable)),
        }
    }
}

/// As a type is written; the type variable is `T`.
impl fmt::Display for Sig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Sig::Set(of) => write!(f, "Set<{of}>"),
            Sig::Map(of) => write!(f, "Map<String, {of}>"),
            Sig::Optional(of) => write!(f, "{of}?"),
            other => write!(f, "{other:?}"),
        }
    }
}

/// The map of the examples.
pub const EXAMPLE_MAP: &str = r#"const LABELS: Map<String, String> = { env: "prod", site: "prod" }"#;

/// A built-in function.
#[derive(Clone, Copy)]
pub struct Builtin {
    /// What is written after the dot.
    pub name: &'static str,
    /// How it is written.
    pub form: Form,
    /// Types of its parameters, receiver included.
    pub params: &'static [Sig],
    /// Type of its result.
    pub result: Sig,
    /// Whether it can be an error for arguments of these types: checkers warn of a `deny` whose condition can err.
    pub errs: bool,
    /// One or two sentences of Markdown.
    pub docs: &'static str,
    /// An expression that is true and shows it: `"Report.pdf".ends_with(".pdf")`. A map has no literal of its own, since
    /// `{ env: "prod" }` alone is a record: [`EXAMPLE_MAP`] declares one.
    pub example: &'static str,
    /// Its meaning. Arguments have the types of `params`; for any others the result is unspecified, never a panic.
    pub eval: fn(&[Value]) -> Result<Value, EvalError>,
}

/// Its signature, which no other has: `Ip.parse(String) -> Ip?`, `String.starts_with(String) -> Bool`, `Ip in Cidr -> Bool`.
impl fmt::Display for Builtin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let types = |params: &[Sig]| params.iter().map(Sig::to_string).collect::<Vec<_>>().join(", ");
        let Builtin { name, result, .. } = self;
        match (self.form, self.params) {
            (Form::Static(of), params) => write!(f, "{of}.{name}({}) -> {result}", types(params)),
            (Form::Operator(sign), [left, right]) => write!(f, "{left} {sign} {right} -> {result}"),
            (_, [receiver, rest @ ..]) => write!(f, "{receiver}.{name}({}) -> {result}", types(rest)),
            (_, []) => write!(f, "{name}() -> {result}"),
        }
    }
}

/// Every built-in, by [`BuiltinId`].
pub fn all() -> &'static [Builtin] {
    static ALL: LazyLock<Vec<Builtin>> = LazyLock::new(|| {
        [
            string::BUILTINS,
            set::BUILTINS,
            map::BUILTINS,
            address::BUILTINS,
            number::BUILTINS,
            time::BUILTINS,
            zone::BUILTINS,
        ]
        .concat()
    });
    &ALL
}

impl BuiltinId {
    /// Its declaration; `None` for an id that no build of ours made.
    pub fn get(self) -> Option<&'static Builtin> {
        all().get(usize::from(self.0))
    }
}

/// What a built-in answers to arguments that its signature does not admit: the verifier lets no such call through.
const MISTYPED: Result<Value, EvalError> = Err(EvalError::AbsentValue);

/// The value, or absent: the result of parsers.
fn optional(value: Option<Value>) -> Result<Value, EvalError> {
    Ok(value.unwrap_or(Value::Absent))
}

/// The count as an `Int`; no collection in memory has more elements.
fn count(count: usize) -> Result<Value, EvalError> {
    i64::try_from(count).map(Value::Int).map_err(|_| EvalError::Overflow)
}
