//! Values that are known when a package is compiled: consts and the defaults of params.

use assize_lang::ast::{Expr, Item, ItemKind};
use assize_lang::{Diagnostic, Span, codes};
use assize_runtime::program::Op;
use assize_runtime::types::Type;
use assize_runtime::{EvalError, Library, Value, evaluate};

use crate::declarations::{Declarations, Def, Finding, own};
use crate::expr::{Scope, check_expression};

/// A checked param.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CheckedParam {
    /// Its index in [`Declarations::params`]; `None` for a repeated declaration.
    pub index: Option<u32>,
    /// Its value unless a deployment binds another.
    pub default: Option<Value>,
    /// Spans count from the start of the item.
    pub findings: Vec<Finding>,
}

/// Checks a param's value; for other items there is nothing to check.
pub fn check_param(declarations: &Declarations, module: u32, item: &Item) -> CheckedParam {
    let ItemKind::Param(decl) = &item.kind else { return CheckedParam::default() };
    let Some(Def::Param(index)) = own(declarations, module, &decl.name.text) else {
        return CheckedParam::default();
    };
    let mut checked = CheckedParam { index: Some(index), ..CheckedParam::default() };
    let ty = &declarations.params[index as usize].ty;
    if let Some(value) = &decl.value
        && *ty != Type::Never
    {
        (checked.default, checked.findings) = constant(declarations, module, value, ty);
    }
    checked
}

/// The value of an expression that needs no request, data, params or functions. `None`: it has an error, which is in the
/// findings.
pub fn constant(
    declarations: &Declarations,
    module: u32,
    value: &Expr,
    ty: &Type,
) -> (Option<Value>, Vec<Finding>) {
    let scope = Scope { declarations, module, environment: None, bindings: Vec::new(), now: false };
    let (checked, mut findings) = check_expression(&scope, value, ty);
    let Some(checked) = checked else { return (None, findings) };
    for node in &checked.body.nodes {
        let what = match &node.op {
            Op::Param(_) => "a param: each deployment binds another value",
            Op::Call { .. } => "a function",
            Op::GrantFact(..) => "a grant: its rows are data",
            Op::Attribute(..) | Op::HasAttribute(..) | Op::Ancestors(_) | Op::In(..) | Op::InAny(..) => {
                "an entity: what it is like is data"
            }
            _ => continue,
        };
        let message = format!("a value that is known beforehand cannot depend on {what}");
        let span = Span::new(node.span.start, node.span.end);
        findings.push(Diagnostic::new(codes::NOT_CONSTANT, span, message).into());
        return (None, findings);
    }
    let library = Library {
        schema: &declarations.schema,
        params: &[],
        functions: &[],
        like_patterns: &checked.patterns.like,
        regexes: &checked.patterns.regexes,
    };
    match evaluate(library, &checked.body, None) {
        Ok(value) => (Some(value), findings),
        Err(error) => {
            findings
                .push(Diagnostic::new(codes::ALWAYS_OVERFLOWS, value.span, eval_error_text(error)).into());
            (None, findings)
        }
    }
}

/// What an evaluation error means, in the author's words.
pub fn eval_error_text(error: EvalError) -> &'static str {
    match error {
        EvalError::Overflow => "this leaves the range of its type",
        EvalError::MissingEntity => "this reads an attribute of an entity that the data does not hold",
        EvalError::LimitExceeded => "this visits too many elements",
        EvalError::AbsentValue => "this has no value",
    }
}
