//! A condition as the tree of its operations.

use crate::program::{Body, NodeId, Op};
use crate::verify::Verified;

/// Writes what has numbers of this Program in it.
#[derive(Clone, Copy)]
pub(super) struct Expressions<'p> {
    pub program: &'p Verified,
}

impl Expressions<'_> {
    /// The verifier has seen to it that the tree is not high, and that only leaves are used more than once.
    pub(super) fn body(&self, body: &Body) -> String {
        body.nodes.len().checked_sub(1).map_or_else(String::new, |root| self.node(body, NodeId(root as u32)))
    }

    fn node(&self, body: &Body, id: NodeId) -> String {
        let Some(node) = body.nodes.get(id.0 as usize) else { return "?".to_owned() };
        let word = self.operation(&node.op, self.typed(&node.op).then(|| self.ty(&node.ty)));
        let mut operands = Vec::new();
        node.op.operands(|operand| operands.push(self.node(body, operand)));
        if operands.is_empty() && !matches!(node.op, Op::Call { .. } | Op::SetOf(_) | Op::RecordOf(_)) {
            word
        } else {
            format!("{word}({})", operands.join(", "))
        }
    }

    /// Whether what it does depends on its own type, and does not follow from that of its operands.
    fn typed(&self, op: &Op) -> bool {
        matches!(
            op,
            Op::Const(_) | Op::Convert(_) | Op::Narrow(_) | Op::SetOf(_) | Op::RecordOf(_) | Op::MapOf(_)
        )
    }

    fn operation(&self, op: &Op, ty: Option<String>) -> String {
        let ty = ty.unwrap_or_default();
        let program = self.program;
        match op {
            Op::Const(value) => format!("{}: {ty}", self.value(value)),
            Op::Param(id) => program.params.get(*id as usize).map_or("?", |param| &param.name).to_owned(),
            Op::Principal => "principal".to_owned(),
            Op::Action => "action".to_owned(),
            Op::Resource => "resource".to_owned(),
            Op::Context => "context".to_owned(),
            Op::Now => "now".to_owned(),
            Op::Local(local) => format!("${local}"),
            Op::Let { local, .. } => format!("let ${local}"),
            Op::Call { function, .. } => {
                program.functions.get(*function as usize).map_or("?", |function| &function.name).to_owned()
            }
            Op::And(_) => "and".to_owned(),
            Op::Or(_) => "or".to_owned(),
            Op::Not(_) => "not".to_owned(),
            Op::If { .. } => "if".to_owned(),
            Op::Eq(..) => "==".to_owned(),
            Op::Compare(how, ..) => format!("{how:?}").to_lowercase(),
            Op::Arithmetic(how, ..) => format!("{how:?}").to_lowercase(),
            Op::Neg(_) => "-".to_owned(),
            Op::In(..) => "in".to_owned(),
            Op::InAny(..) => "in-any".to_owned(),
            Op::ActionIn(..) => "action-in".to_owned(),
            Op::ActionInAny(..) => "action-in-any".to_owned(),
            Op::IsType(_, types) => format!("is {}", self.types(types)),
            Op::Attribute(_, name) | Op::Field(_, name) => format!(".{name}"),
            Op::HasAttribute(_, name) | Op::HasField(_, name) => format!("has {name}"),
            Op::Unwrap(_) => "unwrap".to_owned(),
            Op::Narrow(_) => format!("as {ty}"),
            Op::IsSome(_) => "is-some".to_owned(),
            Op::Coalesce(..) => "??".to_owned(),
            Op::Index(..) => "index".to_owned(),
            Op::Contains(..) => "contains".to_owned(),
            Op::Quantifier { all, local, filter, .. } => {
                let word = if *all { "all" } else { "any" };
                let filter = filter.as_ref().map(|types| format!(" is {}", self.types(types)));
                format!("{word} ${local}{}", filter.unwrap_or_default())
            }
            Op::SetOf(_) | Op::RecordOf(_) => ty,
            Op::MapOf(entries) => {
                let keys: Vec<&str> = entries.iter().map(|(key, _)| key.as_str()).collect();
                format!("{ty} {keys:?}")
            }
            Op::Convert(_) => format!("to {ty}"),
            Op::Builtin(id, _) => id.get().map_or_else(|| "?".to_owned(), |builtin| format!("`{builtin}`")),
            Op::Like { pattern, .. } => {
                let parts =
                    program.like_patterns.get(*pattern as usize).map(|pattern| pattern.parts.to_vec());
                format!("like {:?}", parts.unwrap_or_default())
            }
            Op::Matches { regex, .. } => {
                format!("matches {:?}", program.regexes.get(*regex as usize).map_or("?", |source| source))
            }
            Op::GrantFact(grant, _) => {
                program.schema.grants.get(grant.index()).map_or("?", |grant| &grant.name).to_owned()
            }
            Op::Ancestors(_) => "ancestors".to_owned(),
        }
    }
}
