//! What goes into a check and what comes out of it.

use std::hash::BuildHasherDefault;

use assize_lang::{Span, ast};
use assize_runtime::program::{Body, LikePattern, Op};
use assize_runtime::types::{ActionId, EntityTypeId, ObligationId, RecordType, Type};
use indexmap::IndexSet;
use smol_str::SmolStr;

use crate::declarations::Declarations;

/// The request environment that a condition is checked in. Functions, consts, params and tests have none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvironmentTypes {
    /// Type of `principal`.
    pub principal: EntityTypeId,
    /// Actions that share this check: all have the same context type.
    pub actions: Vec<ActionId>,
    /// Type of `resource`.
    pub resource: EntityTypeId,
    /// Type of `context`.
    pub context: RecordType,
}

/// A name that the item itself binds.
#[derive(Clone, Debug, PartialEq)]
pub enum Binding<'a> {
    /// Pattern binding of the principal.
    Principal,
    /// Pattern binding of the resource.
    Resource,
    /// A function or grant parameter: local with this index and type.
    Local(u32, Type),
    /// A `let` of a test: stands for its expression, which is checked again at each use, for the type that the use needs. It
    /// sees the bindings before it.
    Let(&'a ast::Expr),
    /// A name whose own declaration had an error: its uses are silent.
    Broken,
}

/// What an expression may refer to.
#[derive(Clone, Debug)]
pub struct Scope<'a> {
    /// Declarations of the package.
    pub declarations: &'a Declarations,
    /// Index of the module that the item belongs to.
    pub module: u32,
    /// `None` outside policies: `principal`, `action`, `resource` and `context` are errors there. `now` is always in scope
    /// except in `const` and `param`.
    pub environment: Option<EnvironmentTypes>,
    /// Names bound by the item; they come before declarations. Later ones come before earlier ones.
    pub bindings: Vec<(SmolStr, Binding<'a>)>,
    /// Whether `now` may be used.
    pub now: bool,
}

/// The clauses of one policy.
#[derive(Clone, Copy, Debug)]
pub struct ClauseInput<'a> {
    /// `allow` or `deny`, for warnings about what weakens a policy.
    pub effect: ast::Effect,
    /// Conditions of `when`; all must hold.
    pub when: &'a [&'a ast::Expr],
    /// Conditions of `unless`; none may hold.
    pub unless: &'a [&'a ast::Expr],
    /// Calls of `oblige`.
    pub oblige: &'a [ast::ObligationCall],
}

/// The `like` patterns and regular expressions of one check, without repeats. `Op::Like` and `Op::Matches` of its bodies
/// index these.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Patterns {
    /// By `Op::Like::pattern`.
    pub like: Vec<LikePattern>,
    /// By `Op::Matches::regex`.
    pub regexes: Vec<SmolStr>,
}

/// The patterns of a whole Program, as they are gathered.
#[derive(Clone, Debug, Default)]
pub struct PatternTable {
    like: IndexSet<LikePattern, BuildHasherDefault<rustc_hash::FxHasher>>,
    regexes: IndexSet<SmolStr, BuildHasherDefault<rustc_hash::FxHasher>>,
}

impl PatternTable {
    /// Takes over the patterns that `body` uses, whose indices now are those of this table; `own` are the patterns that it was
    /// checked with.
    pub fn adopt(&mut self, body: &mut Body, own: &Patterns) {
        for node in &mut body.nodes {
            match &mut node.op {
                Op::Like { pattern, .. } => {
                    let parts = own.like[*pattern as usize].clone();
                    *pattern = self.like(parts);
                }
                Op::Matches { regex, .. } => {
                    let source = own.regexes[*regex as usize].clone();
                    *regex = self.regex(source);
                }
                _ => {}
            }
        }
    }

    /// The index of a `like` pattern.
    pub(super) fn like(&mut self, pattern: LikePattern) -> u32 {
        self.like.insert_full(pattern).0 as u32
    }

    /// The index of a regular expression.
    pub(super) fn regex(&mut self, source: SmolStr) -> u32 {
        self.regexes.insert_full(source).0 as u32
    }

    /// As `Program::like_patterns` and `Program::regexes`.
    pub fn into_parts(self) -> (Vec<LikePattern>, Vec<SmolStr>) {
        (self.like.into_iter().collect(), self.regexes.into_iter().collect())
    }
}

impl From<PatternTable> for Patterns {
    fn from(table: PatternTable) -> Self {
        let (like, regexes) = table.into_parts();
        Patterns { like, regexes }
    }
}

/// A checked expression.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckedBody {
    /// Its code; the type of the root is the expression's.
    pub body: Body,
    /// The patterns that it indexes.
    pub patterns: Patterns,
    /// Where evaluating it can give an error, `None` if it cannot.
    pub can_err: Option<Span>,
}

impl CheckedBody {
    /// The type of its value.
    pub fn ty(&self) -> Type {
        self.body.nodes.last().map_or(Type::Never, |node| node.ty.clone())
    }
}

/// The checked parts of a policy in one environment.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckedClauses {
    /// `when and not unless`, under narrowing; `None`: always true.
    pub condition: Option<Body>,
    /// One vector of argument bodies for each call of `oblige`; checked under the narrowing of the condition. None where types
    /// rule out that the condition is ever true.
    pub obligations: Vec<(ObligationId, Vec<Body>)>,
    /// The patterns that all these bodies index.
    pub patterns: Patterns,
    /// Where evaluating the condition or an argument can give an error (for the importer), `None` if it cannot.
    pub can_err: Option<Span>,
    /// It is false for any values of the types of this environment.
    pub never: bool,
}

impl Scope<'_> {
    /// How many locals of a body are taken by parameters.
    pub(super) fn params(&self) -> u32 {
        let params = self.bindings.iter().filter_map(|(_, binding)| match binding {
            Binding::Local(local, _) => Some(local + 1),
            _ => None,
        });
        params.max().unwrap_or(0)
    }
}
