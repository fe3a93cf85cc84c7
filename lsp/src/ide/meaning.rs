//! What a name can mean.

use assize_compiler::declarations::Def;
use assize_lang::Span;
use assize_runtime::types::{EntityTypeId, EnumId, RecordType};
use smol_str::SmolStr;

/// What a name means.
#[derive(Clone, Debug, PartialEq)]
pub enum Meaning {
    /// A declaration.
    Def(Def),
    /// An attribute that entities of these types have; sorted.
    Attribute(Vec<EntityTypeId>, SmolStr),
    /// A field of a record.
    Field(RecordType, SmolStr),
    /// A variant of an enum.
    Variant(EnumId, SmolStr),
    /// A name that its item gives to something that it alone can see: where it does so.
    Local(SmolStr, Span),
    /// `principal`, `action`, `resource`, `context` or `now`.
    Request(&'static str),
    /// A built-in, as an index into the table of them.
    Builtin(usize),
    /// `.ancestors` or `.contains`, which are part of the language.
    Inherent(&'static str),
    /// A type of the language.
    BuiltinType(&'static str),
    /// A policy, by its id.
    Policy(SmolStr),
    /// An entity.
    Entity(EntityTypeId, SmolStr),
    /// An annotation.
    Annotation(SmolStr),
}

impl Meaning {
    /// Whether two names stand for the same thing, or for things of which one cannot be renamed without the other.
    pub fn is_same(&self, other: &Meaning) -> bool {
        match (self, other) {
            (Meaning::Attribute(types, name), Meaning::Attribute(others, other)) => {
                name == other && types.iter().any(|ty| others.contains(ty))
            }
            _ => self == other,
        }
    }

    /// Whether only names in the same item can mean it.
    pub fn is_local(&self) -> bool {
        matches!(self, Meaning::Local(..) | Meaning::Request(_))
    }
}

/// A name in an item.
#[derive(Clone, Debug, PartialEq)]
pub struct Occurrence {
    /// Where it stands; counted from the start of the item, backquotes and quotes included.
    pub span: Span,
    /// What it means.
    pub meaning: Meaning,
    /// Whether it is this name that declares it.
    pub declares: bool,
}
