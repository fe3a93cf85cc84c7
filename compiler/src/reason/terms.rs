//! Expressions without their places: two that are written alike and read the same parts of a request are one term.
//!
//! An expression is a function of the request, the data and `now`, none of which changes while a decision is made. So whatever a
//! test has shown about a term holds wherever the term stands.

use assize_runtime::Value;
use assize_runtime::builtins::BuiltinId;
use assize_runtime::program::{Arithmetic, LikePattern, Ordering};
use assize_runtime::types::{EntityTypes, GrantId, Type};
use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;
use smol_str::SmolStr;

/// An expression, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Term(u32);

/// What a term is made with; its parts come separately. Where parts alone do not tell the type of the value, it is in here.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Const(Value),
    Principal,
    Action,
    Resource,
    Context,
    Now,
    Param(u32),
    /// A parameter of the function or grant that is looked at.
    Given(u32, Type),
    /// The variable of a quantifier, by how many others are around it.
    Bound(u32, Type),
    /// Something that is like nothing else.
    Unknown(u32),
    Attribute(SmolStr, Type),
    Field(SmolStr, Type),
    Unwrap,
    /// Of an optional: whether it is there.
    IsSome,
    /// Of an entity: whether the data holds it.
    Exists,
    HasAttribute(SmolStr),
    /// Of an entity: its type, by number.
    TypeOf,
    Arithmetic(Arithmetic),
    Neg,
    /// Of two values of one ordered type: 0 for less, 1 for equal, 2 for greater.
    Order,
    /// Of two values: whether they are equal.
    Same,
    In,
    InAny,
    ActionIn,
    ActionInAny,
    Contains,
    Index,
    Builtin(BuiltinId),
    Like(LikePattern),
    Matches(SmolStr),
    /// With the types of its arguments, on which its meaning depends.
    GrantFact(GrantId, Vec<Type>),
    Ancestors,
    Set,
    Record(Vec<SmolStr>),
    Map(Vec<SmolStr>),
    Convert(Type),
    // Only inside quantifiers, where nothing is evaluated:
    Call(u32),
    And,
    Or,
    Not,
    If,
    Coalesce,
    IsType(EntityTypes),
    Narrow,
    Compare(Ordering),
    Let,
    /// With how many others around it: a deeper one has less to spend, and may fail where this one does not.
    Quantifier {
        all: bool,
        filter: Option<EntityTypes>,
        level: u32,
    },
}

/// All terms that were met, with the type of each; a term's number is its place.
#[derive(Debug, Default)]
pub(super) struct Terms {
    known: IndexMap<(Kind, Vec<Term>), Type, FxBuildHasher>,
}

impl Terms {
    pub(super) fn term(&mut self, kind: Kind, parts: Vec<Term>, ty: &Type) -> Term {
        let entry = self.known.entry((kind, parts));
        let term = Term(entry.index() as u32);
        entry.or_insert_with(|| ty.clone());
        term
    }

    pub(super) fn count(&self) -> usize {
        self.known.len()
    }

    /// Forgets all but the first terms: nothing that is still used may mention the others.
    pub(super) fn truncate(&mut self, count: usize) {
        self.known.truncate(count);
    }

    pub(super) fn constant(&mut self, value: &Value, ty: &Type) -> Term {
        self.term(Kind::Const(value.clone()), Vec::new(), ty)
    }

    pub(super) fn truth(&mut self, truth: bool) -> Term {
        self.constant(&Value::Bool(truth), &Type::Bool)
    }

    /// A test of one or two terms.
    pub(super) fn test(&mut self, kind: Kind, parts: Vec<Term>) -> Term {
        self.term(kind, parts, &Type::Bool)
    }

    /// The term if it was met before.
    pub(super) fn find(&self, kind: Kind, parts: Vec<Term>) -> Option<Term> {
        self.known.get_index_of(&(kind, parts)).map(|at| Term(at as u32))
    }

    pub(super) fn kind(&self, term: Term) -> &Kind {
        &self.made(term).0.0
    }

    pub(super) fn parts(&self, term: Term) -> &[Term] {
        &self.made(term).0.1
    }

    pub(super) fn ty(&self, term: Term) -> &Type {
        self.made(term).1
    }

    fn made(&self, term: Term) -> (&(Kind, Vec<Term>), &Type) {
        self.known.get_index(term.0 as usize).expect("terms are numbered by these")
    }

    pub(super) fn value(&self, term: Term) -> Option<&Value> {
        match self.kind(term) {
            Kind::Const(value) => Some(value),
            _ => None,
        }
    }

    /// A term like no other.
    pub(super) fn unknown(&mut self, ty: &Type) -> Term {
        self.term(Kind::Unknown(self.known.len() as u32), Vec::new(), ty)
    }
}
