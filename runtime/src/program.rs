//! The compiled form of a package: what the compiler makes, the verifier admits, the interpreter runs and the JIT compiles.
//!
//! ```text
//! Program ── schema                     what there is
//!         ├─ params, functions          shared by policies
//!         ├─ like patterns, regexes     compiled once
//!         └─ policies, in source order
//!              ├─ patterns              who, which actions, what: indexable, cannot err
//!              └─ variants              one typed condition for each group of request environments
//!                   └─ Body             nodes, operands before users; the root is last
//! ```
//!
//! # Meaning
//! Operands are evaluated left to right, each at most once. An error of an operand is the error of its user, except that
//! `And`, `Or`, `If`, `Coalesce` and `Let` evaluate only what they need, and `Quantifier` follows DESIGN 2.3 rule 3: `any` is
//! true if some element is true, else an error (the least [`crate::EvalError`] of all elements) if some element erred, else false.
//!
//! # Limits
//! A quantifier over a set of n elements is [`crate::EvalError::LimitExceeded`] if n exceeds its budget; its body runs with a
//! budget of `budget / max(n, 1)`. A policy starts with [`QUANTIFIER_BUDGET`]; functions get the budget of their caller. So the
//! work of a condition is bounded, and whether the bound is met depends on no order of elements.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::builtins::BuiltinId;
use crate::types::{ActionId, EntityTypeId, EntityTypes, GrantId, ObligationId, Schema, Type};
use crate::value::{EntityUid, Value};

/// How many elements nested quantifiers may visit together: see the module's documentation.
pub const QUANTIFIER_BUDGET: u64 = 1 << 20;

/// A compiled package. Anyone may build one; only [`crate::verify()`] turns it into something that can be run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Program {
    /// What there is.
    pub schema: Schema,
    /// Values that a deployment may bind.
    pub params: Vec<ParamDecl>,
    /// Not recursive: a function calls only functions before it.
    pub functions: Vec<Function>,
    /// In source order: by file, then by place.
    pub policies: Vec<Policy>,
    /// Patterns of `like`, by [`Op::Like::pattern`].
    pub like_patterns: Vec<LikePattern>,
    /// Sources of `matches` patterns in the syntax of the `regex` crate, by [`Op::Matches::regex`]. Matched against the whole
    /// text.
    pub regexes: Vec<SmolStr>,
    /// Names of the source files, by [`Origin::file`].
    pub files: Vec<SmolStr>,
}

/// Where something was declared. Spans of a body's nodes count from `start`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Origin {
    /// Index into [`Program::files`].
    pub file: u32,
    /// Byte offset of the item.
    pub start: u32,
}

/// A range of bytes from an [`Origin`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last.
    pub end: u32,
}

/// A `param`.
#[derive(Clone, Debug, PartialEq)]
pub struct ParamDecl {
    /// With its module.
    pub name: SmolStr,
    /// Its type; never optional.
    pub ty: Type,
    /// Its value unless the deployment binds another; `None`: the deployment must.
    pub default: Option<Value>,
}

/// A `fn`.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    /// With its module.
    pub name: SmolStr,
    /// Types of its parameters, which are locals 0, 1, ... of its body.
    pub params: Vec<Type>,
    /// Its result is the body's root.
    pub body: Body,
    /// Where it stands.
    pub origin: Origin,
}

/// What a policy does when it applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Effect {
    /// Permit, unless some deny applies.
    Allow,
    /// Refuse.
    Deny,
}

/// A policy.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// From `@id`, or derived; unique.
    pub id: SmolStr,
    /// `allow` or `deny`.
    pub effect: Effect,
    /// Evaluated and reported, without effect.
    pub trial: bool,
    /// `on error skip`: an error means that it does not apply, whatever its effect.
    pub on_error_skip: bool,
    /// Who.
    pub principal: Pattern,
    /// Actions to which it applies, groups expanded; sorted. A request matches if its action is one of them.
    pub actions: Vec<ActionId>,
    /// On what.
    pub resource: Pattern,
    /// For a policy in a grant's body: it is evaluated for each live row, whose values are locals 0, 1, ... of its bodies.
    pub grant: Option<GrantId>,
    /// Its `because`.
    pub because: Option<SmolStr>,
    /// Together they cover each environment that the patterns can match, and no environment is covered twice.
    pub variants: Vec<Variant>,
    /// All other annotations (`@control`, `@owner`, ..), in source order.
    pub annotations: Vec<(SmolStr, Vec<SmolStr>)>,
    /// Its documentation comment.
    pub docs: SmolStr,
    /// Where it stands.
    pub origin: Origin,
    /// The whole policy, from its origin.
    pub span: Span,
}

/// What a principal or resource must be; evaluated first, cannot err.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Pattern {
    /// `None`: any type.
    pub types: Option<EntityTypes>,
    /// A further test.
    pub within: Within,
}

/// The further test of a pattern.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Within {
    /// None.
    Anywhere,
    /// Reflexively, transitively in this entity.
    In(EntityUid),
    /// Exactly this entity.
    Is(EntityUid),
    /// In the entity that is the row's value for this parameter of the policy's grant, or in one of them if the parameter is a
    /// set.
    InGrantParam(usize),
}

/// The condition of a policy for all environments in the product of three sets that some action applies to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Variant {
    /// Types of principals.
    pub principals: EntityTypes,
    /// Actions; sorted.
    pub actions: Vec<ActionId>,
    /// Types of resources.
    pub resources: EntityTypes,
    /// `when` and not `unless`; `None`: always true.
    pub condition: Option<Body>,
    /// Calls of the `oblige` clause, in source order.
    pub obligations: Vec<ObligationCall>,
}

/// An obligation with its arguments; they are evaluated, in order, once the condition is true (a deny whose condition erred
/// applies without obligations: its arguments may rely on what the condition proves). Every call is evaluated, even after
/// one that erred; the error of a call is that of its first erring argument.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ObligationCall {
    /// Which.
    pub obligation: ObligationId,
    /// One for each parameter.
    pub args: Vec<Body>,
}

/// An expression: nodes with operands before users. The last node is the root; every node is used, and only as the type
/// it has. A node may be used more than once only if it is a leaf.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Body {
    /// Not empty.
    pub nodes: Vec<Node>,
    /// How many locals it uses, parameters included.
    pub locals: u32,
}

/// Index into [`Body::nodes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NodeId(pub u32);

/// An operation with its type and place.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Node {
    /// What it does.
    pub op: Op,
    /// The type of its value.
    pub ty: Type,
    /// Its source.
    pub span: Span,
}

/// A comparison of `Int`, `Decimal`, `Datetime`, `Duration` or an ordered enum; both sides have the same type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Ordering {
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
}

/// Arithmetic; each is [`crate::EvalError::Overflow`] outside 64 bits.
///
/// Int with Int, Decimal with Decimal, Duration with Duration: all but `Mul` of two Durations or two Decimals. Datetime
/// `+ -` Duration gives Datetime, Datetime `-` Datetime gives Duration. `Mul` of Duration and Int, Decimal and Int, in either
/// order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Arithmetic {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
}

/// What a node does. In the byte form ([`crate::wire`]) its variants are numbered in this order: new ones go to the end. Operand types are given in brackets; the node's own type after the arrow.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Op {
    /// A literal, with the node's type.
    Const(Value),
    /// A param's bound value, by index into [`Program::params`].
    Param(u32),
    /// The request's principal → its entity type(s) in this variant.
    Principal,
    /// The request's action → Action.
    Action,
    /// The request's resource → its entity type(s) in this variant.
    Resource,
    /// The request's context → the record of the variant's actions. Not in functions.
    Context,
    /// The decision's time → Datetime.
    Now,
    /// A parameter, a grant row's value, a `Let` or a quantifier's variable.
    Local(u32),
    /// Binds a fresh local, then the body → type of the body.
    Let {
        /// Bound by this node alone.
        local: u32,
        /// Evaluated first.
        value: NodeId,
        /// May use the local.
        body: NodeId,
    },
    /// Calls a function with as many arguments as it has parameters, of exactly their types.
    Call {
        /// Index into [`Program::functions`].
        function: u32,
        /// Evaluated left to right.
        args: Vec<NodeId>,
    },
    /// `[Bool...]` at least two; false at the first that is false → Bool.
    And(Vec<NodeId>),
    /// `[Bool...]` at least two; true at the first that is true → Bool.
    Or(Vec<NodeId>),
    /// `[Bool]` → Bool.
    Not(NodeId),
    /// `[Bool, T, T]` → T.
    If {
        /// The condition.
        condition: NodeId,
        /// Its value when true.
        then: NodeId,
        /// Its value when false.
        otherwise: NodeId,
    },
    /// `[T, T]` → Bool. Any type but Optional; entities of different static types are allowed if the two overlap.
    Eq(NodeId, NodeId),
    /// `[T, T]` → Bool.
    Compare(Ordering, NodeId, NodeId),
    /// See [`Arithmetic`].
    Arithmetic(Arithmetic, NodeId, NodeId),
    /// `[Int | Decimal | Duration]` → the same.
    Neg(NodeId),
    /// `[Entity, Entity]` → Bool: equal, or the second is an ancestor of the first. An entity that the data lacks is in itself only;
    /// a parent that it lacks is an ancestor all the same.
    In(NodeId, NodeId),
    /// `[Entity, Set<Entity>]` → Bool: in any of them.
    InAny(NodeId, NodeId),
    /// `[Action, Action]` → Bool: equal, or the second includes the first.
    ActionIn(NodeId, NodeId),
    /// `[Action, Set<Action>]` → Bool: in any of them.
    ActionInAny(NodeId, NodeId),
    /// `[Entity]` → Bool: its type is one of these.
    IsType(NodeId, EntityTypes),
    /// `[Entity]` → the attribute's type, Optional if it is optional in any of the entity's types. Every type has the
    /// attribute. [`crate::EvalError::MissingEntity`] if the data lacks the entity.
    Attribute(NodeId, SmolStr),
    /// `[Entity]` → Bool: the data holds the entity and it has the attribute. Every type declares it, or none of those that
    /// lack it counts: a type without the attribute gives false.
    HasAttribute(NodeId, SmolStr),
    /// `[Record]` → the field's type, Optional if the field is.
    Field(NodeId, SmolStr),
    /// `[Record]` → Bool: the (optional) field is present.
    HasField(NodeId, SmolStr),
    /// `[T?]` → T; [`crate::EvalError::AbsentValue`] if absent.
    Unwrap(NodeId),
    /// `[Entity]` → Entity of some of its types: what an `is` has shown (a `Local` itself has the type of its
    /// binding). [`crate::EvalError::AbsentValue`] if it has another type.
    Narrow(NodeId),
    /// `[T?]` → Bool.
    IsSome(NodeId),
    /// `[T?, T]` → T, or `[T?, T?]` → `T?`: the second if the first is absent.
    Coalesce(NodeId, NodeId),
    /// `[Map<String, T>, String]` → T?.
    Index(NodeId, NodeId),
    /// `[Set<T>, T]` → Bool: plain membership.
    Contains(NodeId, NodeId),
    /// `[Set<T>, Bool]` → Bool.
    Quantifier {
        /// `all` rather than `any`.
        all: bool,
        /// The variable; bound by this node alone. Its type is the set's element type, with a filter the types in both.
        local: u32,
        /// Elements of other entity types are passed over.
        filter: Option<EntityTypes>,
        /// What it runs over.
        set: NodeId,
        /// What must hold.
        body: NodeId,
    },
    /// `[T...]` → `Set<T>`.
    SetOf(Vec<NodeId>),
    /// `[fields in the order of the node's record type; T? for an optional field, absent leaves it out]` → Record.
    RecordOf(Vec<NodeId>),
    /// `[T...]` → `Map<String, T>`; keys are distinct.
    MapOf(Vec<(SmolStr, NodeId)>),
    /// `[S]` → T where S can be used as T: fewer fields or fields made optional in a record, more types in an entity union, T as
    /// T?, `Never` as anything, and the same inside sets, maps, records and optionals.
    Convert(NodeId),
    /// A function of the table in [`crate::builtins`] on values.
    Builtin(BuiltinId, Vec<NodeId>),
    /// `[String]` → Bool.
    Like {
        /// What is matched.
        value: NodeId,
        /// Index into [`Program::like_patterns`].
        pattern: u32,
    },
    /// `[String]` → Bool.
    Matches {
        /// What is matched, as a whole.
        value: NodeId,
        /// Index into [`Program::regexes`].
        regex: u32,
    },
    /// `[one for each parameter]` → Bool: there is a live row such that each entity argument is in the row's entity (in one of them
    /// if the parameter is a set of entities), each other argument equals the row's value (is in it, for a set parameter whose
    /// argument is an element).
    GrantFact(GrantId, Vec<NodeId>),
    /// `[Entity]` → `Set<Entity>`: all ancestors that its type can have, not itself; empty if the data lacks it.
    Ancestors(NodeId),
}

/// A `like` pattern: literal parts with any text between each two of them. `["a", "b"]` is `a*b`, `["", ""]` is `*`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LikePattern {
    /// Never empty.
    pub parts: Arc<[SmolStr]>,
}

impl LikePattern {
    /// Whether the whole text has this form.
    pub fn matches(&self, text: &str) -> bool {
        let [first, middle @ .., last] = &*self.parts else {
            return self.parts.first().is_some_and(|only| only == text);
        };
        let Some(rest) = text.strip_prefix(first.as_str()) else { return false };
        let Some(mut rest) = rest.strip_suffix(last.as_str()) else { return false };
        // Taking the first place of each part leaves the most for those after it.
        middle.iter().all(|part| match rest.find(part.as_str()) {
            Some(at) => {
                rest = &rest[at + part.len()..];
                true
            }
            None => false,
        })
    }
}

/// Compiles the pattern of a `matches` so that it matches whole texts only; refuses what is no pattern or too large.
pub fn compile_regex(source: &str) -> Result<regex::Regex, regex::Error> {
    let build = |source: &str| {
        regex::RegexBuilder::new(source)
            .size_limit(REGEX_SIZE)
            .dfa_size_limit(REGEX_SIZE)
            .nest_limit(64)
            .build()
    };
    // By itself first: `a)|(b` must not become a pattern by what is put around it.
    build(source)?;
    build(&format!(r"\A(?:{source})\z"))
}

/// Bytes of a compiled pattern.
const REGEX_SIZE: usize = 1 << 20;

impl Variant {
    /// Whether it is for this combination.
    pub fn covers(&self, principal: EntityTypeId, action: ActionId, resource: EntityTypeId) -> bool {
        self.principals.contains(principal)
            && self.resources.contains(resource)
            && self.actions.binary_search(&action).is_ok()
    }
}

impl Op {
    /// Calls `visit` with each operand, in order of evaluation.
    pub fn operands(&self, mut visit: impl FnMut(NodeId)) {
        match self {
            Op::Const(_)
            | Op::Param(_)
            | Op::Principal
            | Op::Action
            | Op::Resource
            | Op::Context
            | Op::Now => {}
            Op::Local(_) => {}
            Op::Let { value, body, .. } => {
                visit(*value);
                visit(*body);
            }
            Op::If { condition, then, otherwise } => {
                visit(*condition);
                visit(*then);
                visit(*otherwise);
            }
            Op::Quantifier { set, body, .. } => {
                visit(*set);
                visit(*body);
            }
            Op::Call { args: many, .. }
            | Op::And(many)
            | Op::Or(many)
            | Op::SetOf(many)
            | Op::RecordOf(many)
            | Op::Builtin(_, many)
            | Op::GrantFact(_, many) => many.iter().copied().for_each(visit),
            Op::MapOf(entries) => entries.iter().for_each(|(_, node)| visit(*node)),
            Op::Eq(a, b)
            | Op::Compare(_, a, b)
            | Op::Arithmetic(_, a, b)
            | Op::In(a, b)
            | Op::InAny(a, b)
            | Op::ActionIn(a, b)
            | Op::ActionInAny(a, b)
            | Op::Coalesce(a, b)
            | Op::Index(a, b)
            | Op::Contains(a, b) => {
                visit(*a);
                visit(*b);
            }
            Op::Not(a)
            | Op::Neg(a)
            | Op::IsType(a, _)
            | Op::Narrow(a)
            | Op::Attribute(a, _)
            | Op::HasAttribute(a, _)
            | Op::Field(a, _)
            | Op::HasField(a, _)
            | Op::Unwrap(a)
            | Op::IsSome(a)
            | Op::Convert(a)
            | Op::Ancestors(a)
            | Op::Like { value: a, .. }
            | Op::Matches { value: a, .. } => visit(*a),
        }
    }
}
