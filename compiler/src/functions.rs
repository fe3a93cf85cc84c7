//! Functions: their bodies checked, put in order, and what they cost those who call them.

use assize_lang::ast::{FnDecl, Item, ItemKind};
use assize_lang::{Diagnostic, Severity, Span, codes};
use assize_runtime::program::{Body, Node, Op};
use assize_runtime::types::Type;
use smol_str::SmolStr;

use crate::declarations::{Declarations, Def, Finding, own};
use crate::expr::{Binding, CheckedBody, Scope, check_expression};
use crate::lints::unused_inside;
use crate::resolve::order;
use crate::walk;

/// How high and how large a body may be with the bodies of the functions that it calls put in their place: the bounds of the
/// verifier.
const MAX_HEIGHT: u32 = assize_runtime::verify::MAX_HEIGHT;
const MAX_NODES: u64 = assize_runtime::verify::MAX_EXPANDED_NODES;

/// A checked function.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CheckedFunction {
    /// Its index in [`Declarations::functions`]; `None` for a repeated declaration.
    pub index: Option<u32>,
    /// Types of its parameters.
    pub params: Vec<Type>,
    /// Its body; `None` if it has an error.
    pub body: Option<CheckedBody>,
    /// Functions that it calls, as indices in [`Declarations::functions`], sorted.
    pub calls: Vec<u32>,
    /// Spans count from the start of the item.
    pub findings: Vec<Finding>,
}

/// Checks a function's body; for other items there is nothing to check.
pub fn check(declarations: &Declarations, module: u32, item: &Item) -> CheckedFunction {
    let ItemKind::Fn(decl) = &item.kind else { return CheckedFunction::default() };
    let Some(Def::Function(index)) = own(declarations, module, &decl.name.text) else {
        return CheckedFunction::default();
    };
    let signature = &declarations.functions[index as usize];
    let mut checked = CheckedFunction { index: Some(index), ..CheckedFunction::default() };
    // A signature with an error was reported; a body checked against it would only repeat that.
    if signature.params.len() != decl.params.len() || signature.result == Type::Never {
        return checked;
    }
    checked.params = signature.params.iter().map(|(_, ty)| ty.clone()).collect();
    let bindings = parameter_bindings(decl, &signature.params, &mut checked.findings);
    for param in &decl.params {
        let name = &param.name;
        if !name.text.is_empty() && !name.text.starts_with('_') && !walk::mentions(&decl.body, &name.text) {
            checked.findings.push(unused_inside("parameter", name).into());
        }
    }
    let scope = Scope { declarations, module, environment: None, bindings, now: true };
    let (body, findings) = check_expression(&scope, &decl.body, &signature.result);
    checked.findings.extend(findings);
    if checked.findings.iter().any(|finding| finding.diagnostic.severity == Severity::Error) {
        return checked;
    }
    checked.calls = body.as_ref().map(|body| calls(&body.body)).unwrap_or_default();
    checked.body = body;
    checked
}

fn parameter_bindings<'a>(
    decl: &FnDecl,
    params: &[(SmolStr, Type)],
    findings: &mut Vec<Finding>,
) -> Vec<(SmolStr, Binding<'a>)> {
    for param in &decl.params {
        if matches!(param.name.text.as_str(), "now") {
            let message = "`now` always means the time of the decision";
            findings.push(Diagnostic::new(codes::DUPLICATE_BINDING, param.name.span, message).into());
        }
    }
    let binding =
        |(at, (name, ty)): (usize, &(SmolStr, Type))| (name.clone(), Binding::Local(at as u32, ty.clone()));
    params.iter().enumerate().map(binding).collect()
}

/// Functions that a body calls, sorted.
pub fn calls(body: &Body) -> Vec<u32> {
    let mut calls: Vec<u32> = body
        .nodes
        .iter()
        .filter_map(|node| match node.op {
            Op::Call { function, .. } => Some(function),
            _ => None,
        })
        .collect();
    calls.sort_unstable();
    calls.dedup();
    calls
}

/// Where a body can leave the range of a number, itself or in a function that it calls: `functions` says so of each by the index
/// that it calls them by. Sums of times that anybody means are far inside their range.
pub fn overflow(body: &Body, functions: &[bool]) -> Option<Span> {
    let overflows = |node: &&Node| match node.op {
        Op::Arithmetic(..) | Op::Neg(_) => matches!(node.ty, Type::Int | Type::Decimal),
        Op::Call { function, .. } => functions.get(function as usize) == Some(&true),
        _ => false,
    };
    body.nodes.iter().find(overflows).map(|node| Span::new(node.span.start, node.span.end))
}

/// Where each function goes, so that callees come first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Order {
    /// Indices in [`Declarations::functions`], callees first; without those that call themselves.
    pub order: Vec<u32>,
    /// Functions that call themselves, each ring once, in the order of the calls.
    pub cycles: Vec<Vec<u32>>,
}

/// Sorts functions by what they call: `calls` by index in [`Declarations::functions`].
pub fn sort(calls: &[Vec<u32>]) -> Order {
    let known = |call: &u32| (*call as usize) < calls.len();
    let needs: Vec<Vec<usize>> = calls
        .iter()
        .map(|own| own.iter().filter(|call| known(call)).map(|call| *call as usize).collect())
        .collect();
    let mut sorted = Order::default();
    for component in order::components(&needs) {
        if order::is_cycle(&component, &needs) {
            sorted
                .cycles
                .push(order::walk_cycle(&component, &needs).into_iter().map(|at| at as u32).collect());
        } else {
            sorted.order.extend(component.into_iter().map(|at| at as u32));
        }
    }
    sorted
}

/// Of a body with the functions that it calls put in their place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    height: u32,
    nodes: u64,
}

impl Size {
    /// The size of `body`; `functions` are those that it may call, by the index that it calls them by.
    pub fn of(body: &Body, functions: &[Size]) -> Size {
        let mut sizes: Vec<Size> = Vec::with_capacity(body.nodes.len());
        for node in &body.nodes {
            let mut size = Size { height: 0, nodes: 1 };
            let mut add = |part: Size| {
                size.height = size.height.max(part.height);
                size.nodes = size.nodes.saturating_add(part.nodes);
            };
            node.op.operands(|operand| add(sizes.get(operand.0 as usize).copied().unwrap_or_default()));
            if let Op::Call { function, .. } = node.op {
                add(functions.get(function as usize).copied().unwrap_or_default());
            }
            size.height += 1;
            sizes.push(size);
        }
        sizes.last().copied().unwrap_or_default()
    }

    /// Whether it can be run within bounds.
    pub fn fits(self) -> bool {
        self.height < MAX_HEIGHT && self.nodes < MAX_NODES
    }
}
