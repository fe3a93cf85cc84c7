//! From an expression as written to a typed [`Body`] of the Program: names, types, narrowing and conversions, all in one pass.
//!
//! [`Checker`] is made for one item in one request environment; it collects findings instead of stopping at the first.

use assize_lang::ast;
use assize_runtime::program::Body;
use assize_runtime::types::{ActionId, EntityTypeId, RecordType, Type};
use smol_str::SmolStr;

use crate::declarations::{Declarations, Finding};

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
pub enum Binding {
    /// Pattern binding of the principal.
    Principal,
    /// Pattern binding of the resource.
    Resource,
    /// A function or grant parameter: local with this index and type.
    Local(u32, Type),
    /// A `let` of a test: stands for its body, which is spliced in.
    Splice(Box<Body>),
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
    /// Names bound by the item; they come before declarations.
    pub bindings: Vec<(SmolStr, Binding)>,
    /// Whether `now` may be used.
    pub now: bool,
}

/// The checked parts of a policy in one environment.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckedClauses {
    /// `when and not unless`, under narrowing; `None`: always true.
    pub condition: Option<Body>,
    /// One vector of argument bodies for each call of `oblige`; checked under the narrowing of the condition.
    pub obligations: Vec<(assize_runtime::types::ObligationId, Vec<Body>)>,
    /// Whether evaluating the condition or an argument can give an error (for warnings and the importer).
    pub can_err: bool,
}

#[allow(dead_code, reason = "the signature that the two halves of the compiler agree on")]
type Checked<T> = (Option<T>, Vec<Finding>);
