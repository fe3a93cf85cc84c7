//! Values that are known when a package is compiled: consts and the defaults of params.

use assize_lang::ast::Expr;
use assize_runtime::Value;
use assize_runtime::types::Type;

use crate::declarations::{Declarations, Finding};

/// The value of an expression that uses no request and no params. `None`: it has an error, which is in the findings.
pub fn constant(
    _declarations: &Declarations,
    _module: u32,
    _value: &Expr,
    _ty: &Type,
) -> (Option<Value>, Vec<Finding>) {
    (None, Vec::new())
}
