//! The shape of a body: operands before users, each operation used once, locals in scope, a height that recursion can bear.

use super::types::check_type;
use super::{MAX_EXPANDED_NODES, MAX_HEIGHT, Verifier, VerifyError};
use crate::program::{Body, NodeId, Op};
use crate::types::{EntityTypes, RecordType, Type};

/// What a body can refer to beside the Program.
pub(super) struct Scope<'a> {
    /// Types of its first locals.
    pub params: &'a [Type],
    /// Functions that it may call: those before this index.
    pub functions: &'a [FunctionFacts],
    /// The request; `None` in functions.
    pub request: Option<Request<'a>>,
}

/// Types of a request in one variant.
pub(super) struct Request<'a> {
    pub principals: &'a EntityTypes,
    pub resources: &'a EntityTypes,
    /// Of the variant's actions.
    pub context: &'a RecordType,
}

/// What callers need to know about a verified function.
pub(super) struct FunctionFacts {
    pub result: Type,
    pub size: Size,
}

/// Of a tree of nodes, functions expanded.
#[derive(Clone, Copy, Default)]
pub(super) struct Size {
    pub height: u32,
    pub nodes: u64,
}

impl<'a> Verifier<'a> {
    /// Verifies all functions, callees first.
    pub(super) fn functions(&self) -> Result<Vec<FunctionFacts>, VerifyError> {
        let mut facts: Vec<FunctionFacts> = Vec::new();
        for function in &self.program.functions {
            let place = || format!("fn `{}`", function.name);
            for param in &function.params {
                check_type(&self.program.schema, param)
                    .map_err(|problem| VerifyError::new(place(), problem))?;
            }
            let scope = Scope { params: &function.params, functions: &facts, request: None };
            let (result, size) =
                self.body(&function.body, &scope).map_err(|problem| VerifyError::new(place(), problem))?;
            facts.push(FunctionFacts { result: result.clone(), size });
        }
        Ok(facts)
    }

    /// Verifies a body; answers the type of its root and its size.
    pub(super) fn body<'b>(&self, body: &'b Body, scope: &Scope<'_>) -> Result<(&'b Type, Size), String> {
        if body.nodes.len() as u64 > MAX_EXPANDED_NODES {
            return Err("a body has too many nodes".to_owned());
        }
        let Some(root) = body.nodes.last() else { return Err("a body has no nodes".to_owned()) };
        for node in &body.nodes {
            check_type(&self.program.schema, &node.ty)?;
        }
        let size = sizes(body, scope)?;
        let locals = self.local_types(body, scope)?;
        for (index, node) in body.nodes.iter().enumerate() {
            self.operation(body, node, scope, &locals)
                .map_err(|problem| format!("node {index}: {problem}"))?;
        }
        check_scopes(body, scope.params.len())?;
        Ok((&root.ty, size))
    }

    /// The type of each local: given, or by the one node that binds it.
    fn local_types(&self, body: &Body, scope: &Scope<'_>) -> Result<Vec<Option<Type>>, String> {
        let count = body.locals as usize;
        if count < scope.params.len() || count > scope.params.len() + body.nodes.len() {
            return Err("the number of locals is wrong".to_owned());
        }
        let mut types: Vec<Option<Type>> = vec![None; count];
        for (slot, param) in types.iter_mut().zip(scope.params) {
            *slot = Some(param.clone());
        }
        for node in &body.nodes {
            let (local, ty) = match &node.op {
                Op::Let { local, value, .. } => (*local, operand_type(body, *value).clone()),
                Op::Quantifier { local, set, filter, .. } => {
                    let Type::Set(element) = operand_type(body, *set) else {
                        return Err("a quantifier runs over no set".to_owned());
                    };
                    (*local, element_type(element, filter.as_ref())?)
                }
                _ => continue,
            };
            match types.get_mut(local as usize) {
                Some(slot @ None) => *slot = Some(ty),
                _ => return Err("a local is bound twice or out of range".to_owned()),
            }
        }
        Ok(types)
    }
}

/// The type of a quantifier's variable. With a filter that leaves nothing, no element is ever bound.
fn element_type(element: &Type, filter: Option<&EntityTypes>) -> Result<Type, String> {
    match (element, filter) {
        (element, None) => Ok(element.clone()),
        (Type::Entity(types), Some(filter)) => Ok(types.intersect(filter).map_or(Type::Never, Type::Entity)),
        _ => Err("a quantifier filters by type what is no entity".to_owned()),
    }
}

/// The type of an operand; [`sizes`] has checked that it exists.
pub(super) fn operand_type(body: &Body, node: NodeId) -> &Type {
    &body.nodes[node.0 as usize].ty
}

/// Checks the graph and measures it: every operand comes before its user, every node but the last is used, and only nodes without
/// operands are used more than once.
fn sizes(body: &Body, scope: &Scope<'_>) -> Result<Size, String> {
    let mut uses = vec![0_u32; body.nodes.len()];
    let mut sizes: Vec<Size> = Vec::with_capacity(body.nodes.len());
    let mut leaves = Vec::with_capacity(body.nodes.len());
    for (index, node) in body.nodes.iter().enumerate() {
        let mut size = Size { height: 0, nodes: 1 };
        let (mut forward, mut leaf) = (false, true);
        node.op.operands(|operand| {
            leaf = false;
            let at = operand.0 as usize;
            if at >= index {
                forward = true;
                return;
            }
            uses[at] = uses[at].saturating_add(1);
            size.height = size.height.max(sizes[at].height);
            size.nodes = size.nodes.saturating_add(sizes[at].nodes);
        });
        if forward {
            return Err(format!("node {index} uses a node that does not come before it"));
        }
        if let Op::Call { function, .. } = &node.op {
            let Some(callee) = scope.functions.get(*function as usize) else {
                return Err(format!("node {index} calls no function before it"));
            };
            size.height = size.height.max(callee.size.height);
            size.nodes = size.nodes.saturating_add(callee.size.nodes);
        }
        // Arguments are evaluated above the callee, so both heights count from the call.
        size.height += 1;
        if size.height >= MAX_HEIGHT {
            return Err("a body is nested too deeply".to_owned());
        }
        if size.nodes > MAX_EXPANDED_NODES {
            return Err("a body is too large".to_owned());
        }
        sizes.push(size);
        leaves.push(leaf);
    }
    let (last, rest) = uses.split_last().ok_or("a body has no nodes")?;
    if *last != 0 || rest.contains(&0) {
        return Err("a node is used by none".to_owned());
    }
    if uses.iter().zip(&leaves).any(|(uses, leaf)| *uses > 1 && !leaf) {
        return Err("a node with operands is used twice".to_owned());
    }
    sizes.last().copied().ok_or_else(|| "a body has no nodes".to_owned())
}

/// Checks that each local is used only inside the node that binds it. The tree is walked from its root; its height is bounded.
fn check_scopes(body: &Body, params: usize) -> Result<(), String> {
    let mut visible = vec![false; body.locals as usize];
    visible.iter_mut().take(params).for_each(|visible| *visible = true);
    walk(body, NodeId(body.nodes.len() as u32 - 1), &mut visible)
}

fn walk(body: &Body, node: NodeId, visible: &mut [bool]) -> Result<(), String> {
    let op = &body.nodes[node.0 as usize].op;
    match op {
        Op::Local(local) => match visible.get(*local as usize) {
            Some(true) => Ok(()),
            _ => Err(format!("node {} uses a local out of its scope", node.0)),
        },
        Op::Let { local, value: outer, body: inner }
        | Op::Quantifier { local, set: outer, body: inner, .. } => {
            walk(body, *outer, visible)?;
            // In range and bound by this node alone: checked with the types.
            visible[*local as usize] = true;
            let result = walk(body, *inner, visible);
            visible[*local as usize] = false;
            result
        }
        _ => {
            let mut result = Ok(());
            op.operands(|operand| {
                if result.is_ok() {
                    result = walk(body, operand, visible);
                }
            });
            result
        }
    }
}
