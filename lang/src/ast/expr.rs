//! Expressions.

use smol_str::SmolStr;

use super::{Name, Path, Span, StrLit};

/// An expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expr {
    /// Its form.
    pub kind: Box<ExprKind>,
    /// Where it stands.
    pub span: Span,
    /// Height of the tree below, at most [`crate::MAX_DEPTH`]; kept by the one constructor, so that dropping and
    /// walking a tree cannot overflow the stack.
    pub depth: u16,
}

/// The forms of an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExprKind {
    /// `true`
    Bool(bool),
    /// `42`: digits as written, range checked when the type is known.
    Int(SmolStr),
    /// `1.5`: as written.
    Decimal(SmolStr),
    /// `8h30m`: as written.
    Duration(SmolStr),
    /// `"text"`
    Str(StrLit),
    /// `ip"..."`, `cidr"..."`, `time"..."`, `zone"..."`.
    Tagged {
        /// `ip`, `cidr`, `time` or `zone`.
        tag: Name,
        /// The content.
        value: StrLit,
    },
    /// `User::"ann"`, `drive::User::"ann"`, `Action::"s3:GetObject"`.
    Entity {
        /// The type, or `Action`.
        ty: Path,
        /// The id.
        id: StrLit,
    },
    /// `u`, `OFFICE`, `Level::secret`, `Action::read`: a name, which only resolution can tell apart.
    Path(Path),
    /// `(e)`: kept for the formatter and for the warning about mixed `and` and `or`.
    Paren(Expr),
    /// `[a, b]`
    Set(Vec<Expr>),
    /// `{ a: 1 }`
    Record(Vec<Init>),
    /// `a and b and c`: at least two.
    And(Vec<Expr>),
    /// `a or b or c`: at least two.
    Or(Vec<Expr>),
    /// `not a`, `!a`
    Not(Expr),
    /// `-a`
    Neg(Expr),
    /// `a == b` and the like.
    Binary {
        /// Which operator.
        op: BinaryOp,
        /// Where the operator stands.
        op_span: Span,
        /// Left operand.
        left: Expr,
        /// Right operand.
        right: Expr,
    },
    /// `a is User | Group`, `a is User in Group::"eng"`
    Is {
        /// What is tested.
        value: Expr,
        /// The alternatives; never empty.
        types: Vec<Path>,
        /// What it must also be in.
        within: Option<Expr>,
    },
    /// `a is some`
    IsSome(Expr),
    /// `a has b.c`
    Has {
        /// What is tested.
        value: Expr,
        /// The attribute path; never empty.
        path: Vec<Name>,
    },
    /// `a like "x*"`
    Like {
        /// What is tested.
        value: Expr,
        /// A literal pattern: `*` stands for any text, `\*` for a star. Escapes are kept, so that the two can be told
        /// apart; [`crate::literals::like_parts`] reads it. Backslashes of a raw string are doubled to mean the same.
        pattern: StrLit,
    },
    /// `a matches r"[0-9]+"`
    Matches {
        /// What is tested.
        value: Expr,
        /// A literal regular expression.
        pattern: StrLit,
    },
    /// `if c then a else b`
    If {
        /// The condition.
        condition: Expr,
        /// Its value when true.
        then: Expr,
        /// Its value when false.
        otherwise: Expr,
    },
    /// `a.b`, `a?.b`
    Member {
        /// What the attribute is read from.
        value: Expr,
        /// Whether written `?.`.
        optional: bool,
        /// The attribute; empty text where it is still being typed.
        name: Name,
    },
    /// `f(x)`, `a.contains(x)`, `a?.contains(x)`, `Ip.parse(s)`: the callee is a `Path` or a `Member`.
    Call {
        /// What is called.
        callee: Expr,
        /// Its arguments.
        args: Vec<Expr>,
    },
    /// `m["k"]`
    Index {
        /// The map.
        value: Expr,
        /// The key.
        index: Expr,
    },
    /// `any(T | U x in s: e)`, `all(x in s: e)`
    Quantifier {
        /// `all` rather than `any`.
        all: bool,
        /// Elements of other types are passed over; empty when not written.
        types: Vec<Path>,
        /// The variable.
        variable: Name,
        /// What it runs over.
        set: Expr,
        /// What must hold.
        body: Expr,
    },
    /// Lost to a syntax error.
    Error,
}

/// Binary operators other than `and` and `or`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
    /// `in`
    In,
    /// `not in`
    NotIn,
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `??`
    Coalesce,
}

/// `name: value` in a record literal or data row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Init {
    /// The field; empty text where recovery had to invent one.
    pub name: Name,
    /// Its value.
    pub value: Expr,
}
