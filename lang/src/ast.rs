//! The syntax tree: what a person wrote, with nothing resolved and nothing checked.
//!
//! A file is a list of [`Item`]s. Every [`Span`] below an item counts bytes from the start of *that item*, so that
//! an item which only moved compares equal to what it was and the incremental compiler has nothing to redo.
//! [`crate::ParsedFile`] knows where each item starts.
//!
//! What could not be parsed is an `Error` variant in place of the broken part. A tree with such a node is good for
//! editor features only: its file carries an error, and a package with an error is never lowered.

mod expr;

use smol_str::SmolStr;

pub use expr::{BinaryOp, Expr, ExprKind, Init};

/// A range of bytes, counted from the start of the enclosing item.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The span of `start..end`.
    pub fn new(start: u32, end: u32) -> Self {
        Span { start, end }
    }

    /// The smallest span that covers both.
    pub fn to(self, other: Span) -> Span {
        Span { start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// A name as written, without the backquotes that it may have been written in.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Name {
    /// The name itself; empty where recovery had to invent one.
    pub text: SmolStr,
    /// Where it stands, backquotes included.
    pub span: Span,
}

/// `a::b::c`; never empty.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Path {
    /// The names between the `::`.
    pub segments: Vec<Name>,
}

impl Path {
    /// From the first segment to the last.
    pub fn span(&self) -> Span {
        self.segments[0].span.to(self.segments[self.segments.len() - 1].span)
    }

    /// The last segment.
    pub fn last(&self) -> &Name {
        &self.segments[self.segments.len() - 1]
    }
}

/// A string literal, unescaped.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StrLit {
    /// The text that the literal means.
    pub value: SmolStr,
    /// Where it stands, quotes included.
    pub span: Span,
}

/// `@id("owner")`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Annotation {
    /// The word after `@`.
    pub name: Name,
    /// Its arguments; empty for `@name` and for `@name()`.
    pub args: Vec<StrLit>,
    /// From the `@` to the closing parenthesis.
    pub span: Span,
}

/// One declaration of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// From the first annotation (documentation comments excluded) to the last token.
    pub span: Span,
    /// The `///` lines above, joined by newlines, markers and one following space removed.
    pub docs: SmolStr,
    /// In source order.
    pub annotations: Vec<Annotation>,
    /// What is declared.
    pub kind: ItemKind,
}

/// What an item declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ItemKind {
    /// `module a::b`
    Module(Path),
    /// `use a::b as c`, `use a::{b, c as d}`, `use a with T = User`
    Use(UseDecl),
    /// `entity User in Group { .. }`, `external entity Token { .. }`
    Entity(EntityDecl),
    /// `entity Environment = "dev" | "prod"`
    ClosedEntity {
        /// The entity type.
        name: Name,
        /// Its only ids.
        ids: Vec<StrLit>,
    },
    /// `enum Field { ssn, iban }`, `ordered enum Level { .. }`
    Enum(EnumDecl),
    /// `type Session = { .. }`
    TypeAlias {
        /// The new name.
        name: Name,
        /// What it stands for.
        ty: Type,
    },
    /// `action read, comment on Document by User with Session includes other`
    Action(ActionDecl),
    /// `param OFFICE: Set<Cidr> = [..]`; a deployment may bind another value.
    Param(ValueDecl),
    /// `param type Subject = User | Group`; who uses the module says what it stands for.
    TypeParam {
        /// Its name.
        name: Name,
        /// What it stands for if nobody says.
        default: Option<Type>,
    },
    /// `param action viewing`; who uses the module says which actions it includes.
    ActionParam {
        /// Its name.
        name: Name,
    },
    /// `const LIMIT: Int = 3`
    Const(ValueDecl),
    /// `fn f(s: Session) -> Bool = ..`
    Fn(FnDecl),
    /// `allow ..`, `deny ..`, `trial deny ..`
    Policy(PolicyDecl),
    /// `grant viewer(..) for at most 4h { .. }`
    Grant(GrantDecl),
    /// `obligation mask(fields: Set<Field>)`
    Obligation {
        /// What the enforcement point is asked to do.
        name: Name,
        /// What it needs to know.
        params: Vec<Param>,
    },
    /// `test "name" { .. }`
    Test(TestDecl),
    /// `prove "name" { .. }`
    Prove(ProveDecl),
    /// Nothing that parses as an item; the diagnostic says why.
    Error,
}

/// Names of another module, and what its parameters stand for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UseDecl {
    /// What is brought into scope; with `names`, the module that has them.
    pub path: Path,
    /// The name that it gets here.
    pub alias: Option<Name>,
    /// `{b, c as d}` behind the path.
    pub names: Option<Vec<UseName>>,
    /// What stands behind `with`.
    pub bindings: Vec<UseBinding>,
}

/// One of several names that a `use` brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UseName {
    /// The name in its module.
    pub name: Name,
    /// The name that it gets here.
    pub alias: Option<Name>,
}

/// `Subject = User | Group` behind `with`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UseBinding {
    /// The parameter of the module; empty if the binding was lost.
    pub param: Name,
    /// What it stands for: entity types or actions, which only names can tell apart. Empty if they were lost.
    pub values: Vec<ActionRef>,
    /// From the parameter to the last value.
    pub span: Span,
}

/// An entity type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntityDecl {
    /// The type's name.
    pub name: Name,
    /// Types that its parents may have, as written after `in`.
    pub parents: Option<Type>,
    /// Its attributes.
    pub fields: Vec<Field>,
    /// Whether it comes with each request instead of from the data.
    pub external: bool,
}

/// An attribute or record field declaration: `manager?: User`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// `///` lines above it.
    pub docs: SmolStr,
    /// Its annotations.
    pub annotations: Vec<Annotation>,
    /// The attribute's name; strings are allowed as names.
    pub name: Name,
    /// Whether it may be absent.
    pub optional: bool,
    /// Its type.
    pub ty: Type,
    /// The whole declaration.
    pub span: Span,
}

/// An enumeration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnumDecl {
    /// The type's name.
    pub name: Name,
    /// Whether `<` and its like compare by position.
    pub ordered: bool,
    /// In order of declaration.
    pub variants: Vec<Name>,
}

/// `action a, b includes c on R by P with C`: clauses in any order, each at most once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionDecl {
    /// The actions declared, by identifier or by string.
    pub names: Vec<Name>,
    /// Resource types. Absent for a pure group.
    pub on: Option<Type>,
    /// Principal types.
    pub by: Option<Type>,
    /// Type of the context.
    pub with: Option<Type>,
    /// Actions that each of `names` includes; a string with `*` is a glob over action names.
    pub includes: Vec<ActionRef>,
}

/// A reference to an action: `read`, `drive::read`, `"s3:Get*"`, `Action::read` is written in expressions only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionRef {
    /// Path to the action; the last segment may have been a string.
    pub path: Path,
    /// Whether the last segment was written as a string (then `*` in it is a glob).
    pub quoted: bool,
    /// The whole reference.
    pub span: Span,
}

/// A named value with a type: `param` or `const`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueDecl {
    /// Its name.
    pub name: Name,
    /// Its type; always written.
    pub ty: Type,
    /// Its value; a `param` may have none, then a deployment must bind it.
    pub value: Option<Expr>,
}

/// A function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FnDecl {
    /// Its name.
    pub name: Name,
    /// Its parameters.
    pub params: Vec<Param>,
    /// Its result type.
    pub result: Type,
    /// Its body.
    pub body: Expr,
}

/// A parameter of a function, grant or obligation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Param {
    /// Its name.
    pub name: Name,
    /// Its type.
    pub ty: Type,
}

/// What a policy does when it applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// `allow`
    Allow,
    /// `deny`
    Deny,
}

/// A policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyDecl {
    /// Whether it is only evaluated and reported (`trial`).
    pub trial: bool,
    /// `allow` or `deny`.
    pub effect: Effect,
    /// The keyword of the effect.
    pub effect_span: Span,
    /// Who.
    pub principal: Pattern,
    /// Does what.
    pub actions: Actions,
    /// On what; `None` when the `on` part is missing (the checker decides whether that is allowed).
    pub resource: Option<Pattern>,
    /// In source order. The parser reports clauses that repeat or stand in the wrong order and keeps them all.
    pub clauses: Vec<Clause>,
}

/// The actions of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actions {
    /// `*`, with its span.
    All(Span),
    /// A list; never empty.
    List(Vec<ActionRef>),
    /// Lost to a syntax error.
    Error(Span),
}

/// A principal or resource pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// What it matches.
    pub kind: PatternKind,
    /// The whole pattern.
    pub span: Span,
}

/// What a pattern matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PatternKind {
    /// `any`, `any p`, `any p in Group::"eng"`
    Any {
        /// Name bound to what matched.
        binding: Option<Name>,
        /// Entity literal or grant parameter that it must be in.
        within: Option<Expr>,
    },
    /// `User | Group u in who`
    Types {
        /// The alternatives; never empty.
        types: Vec<Path>,
        /// Name bound to what matched.
        binding: Option<Name>,
        /// Entity literal or grant parameter that it must be in.
        within: Option<Expr>,
    },
    /// `in Group::"eng"` without a type.
    In(Expr),
    /// `User::"ann"`: exactly this entity. Always an [`ExprKind::Entity`].
    Entity(Expr),
    /// Lost to a syntax error.
    Error,
}

/// A clause of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// Which clause, with its content.
    pub kind: ClauseKind,
    /// From its keyword to its end.
    pub span: Span,
}

/// Which clause, with its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClauseKind {
    /// `when condition`
    When(Expr),
    /// `unless condition`
    Unless(Expr),
    /// `on error skip`
    OnErrorSkip,
    /// `because "message"`
    Because(StrLit),
    /// `oblige mask([..]), log("..")`
    Oblige(Vec<ObligationCall>),
    /// Lost to a syntax error.
    Error,
}

/// `mask([Field::ssn])` in an `oblige` clause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObligationCall {
    /// Which obligation.
    pub path: Path,
    /// Its arguments.
    pub args: Vec<Expr>,
    /// The whole call.
    pub span: Span,
}

/// A grant: a kind of data row that policies use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantDecl {
    /// Its name.
    pub name: Name,
    /// The columns of a row.
    pub params: Vec<Param>,
    /// `for at most 4h`: rows must say `until`, and not further away than this. A duration literal.
    pub at_most: Option<Expr>,
    /// The policies over each row; `None` for a grant without a body.
    pub body: Option<Vec<GrantPolicy>>,
}

/// A policy in the body of a grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantPolicy {
    /// `///` lines above it.
    pub docs: SmolStr,
    /// Its annotations.
    pub annotations: Vec<Annotation>,
    /// The policy.
    pub policy: PolicyDecl,
    /// The policy with its annotations.
    pub span: Span,
}

/// A test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestDecl {
    /// What it says.
    pub name: StrLit,
    /// In source order.
    pub items: Vec<TestItem>,
}

/// A part of a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TestItem {
    /// `data { rows }`
    Data(Vec<DataRow>),
    /// `data "file.ndjson"`
    DataFile(StrLit),
    /// `let office = { .. }`
    Let {
        /// The name.
        name: Name,
        /// What it stands for.
        value: Expr,
    },
    /// `expect allow User::"bob" to read on Document::"d1" ..`
    Expect(Expect),
    /// Lost to a syntax error.
    Error(Span),
}

/// `expect allow P to A on R with C at T by "id", "id"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expect {
    /// The expected decision.
    pub effect: Effect,
    /// An entity literal or a `let` name.
    pub principal: Expr,
    /// The action.
    pub action: ActionRef,
    /// An entity literal or a `let` name.
    pub resource: Expr,
    /// `with`: the context.
    pub context: Option<Expr>,
    /// `at`: the time of the decision.
    pub at: Option<Expr>,
    /// `by`: ids of the determining policies; empty when not written.
    pub by: Vec<StrLit>,
    /// The whole expectation.
    pub span: Span,
}

/// A row of test data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DataRow {
    /// `User::"bob" in Group::"eng" { department: "eng" }`
    Entity {
        /// An entity literal.
        uid: Expr,
        /// Entity literals.
        parents: Vec<Expr>,
        /// Its attributes; `None` without braces, which means the same as `{}`.
        attrs: Option<Vec<Init>>,
        /// The whole row.
        span: Span,
    },
    /// `viewer(Group::"eng", Folder::"plans") until time"..."`
    Grant {
        /// The grant.
        path: Path,
        /// Positional arguments.
        args: Vec<Expr>,
        /// A time.
        until: Option<Expr>,
        /// The whole row.
        span: Span,
    },
    /// Lost to a syntax error.
    Error(Span),
}

/// A proof obligation over the package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProveDecl {
    /// What it says.
    pub name: StrLit,
    /// The claims.
    pub claims: Vec<Claim>,
}

/// `never allow ..` or `always deny ..`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// `always` rather than `never`.
    pub always: bool,
    /// The requests that the claim is about.
    pub policy: PolicyDecl,
    /// The whole claim.
    pub span: Span,
}

/// A type as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Type {
    /// Its form.
    pub kind: TypeKind,
    /// Where it stands.
    pub span: Span,
}

/// The forms of a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TypeKind {
    /// `User`, `drive::User`, `Int`
    Name(Path),
    /// `Set<T>`, `Map<String, T>`
    Apply {
        /// `Set` or `Map`.
        name: Name,
        /// Its arguments.
        args: Vec<Type>,
    },
    /// `User | Group`; at least two.
    Union(Vec<Type>),
    /// `T?`
    Optional(Box<Type>),
    /// `{ mfa: Bool, ip?: Ip }`
    Record(Vec<Field>),
    /// Lost to a syntax error.
    Error,
}
