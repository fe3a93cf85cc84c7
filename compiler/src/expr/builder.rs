//! Nodes of a body, in the order in which they are finished: operands before users, the root last.

use assize_lang::Span;
use assize_runtime::Value;
use assize_runtime::program::{self, Body, LikePattern, Node, NodeId, Op};
use assize_runtime::types::Type;
use smol_str::SmolStr;

use super::scope::Patterns;

/// Bodies larger than this are refused.
pub(super) const MAX_NODES: usize = 1 << 15;

/// A body in the making.
#[derive(Debug, Default)]
pub(super) struct Builder {
    nodes: Vec<Node>,
    locals: u32,
    pub(super) risk: Risk,
}

/// Where evaluation can go wrong.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Risk {
    /// In any way.
    pub(super) any: Option<Span>,
    /// By leaving a range.
    pub(super) overflow: Option<Span>,
}

/// A state of a builder to return to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    nodes: usize,
    risk: Risk,
}

/// As bodies have it.
pub(super) fn span_of(span: Span) -> program::Span {
    program::Span { start: span.start, end: span.end }
}

impl Builder {
    /// With this many parameters.
    pub(super) fn new(params: u32) -> Builder {
        Builder { locals: params, ..Builder::default() }
    }

    pub(super) fn push(&mut self, op: Op, ty: Type, span: Span) -> NodeId {
        self.nodes.push(Node { op, ty, span: span_of(span) });
        NodeId((self.nodes.len() - 1) as u32)
    }

    pub(super) fn constant(&mut self, value: Value, ty: Type, span: Span) -> NodeId {
        self.push(Op::Const(value), ty, span)
    }

    pub(super) fn fresh_local(&mut self) -> u32 {
        self.locals += 1;
        self.locals - 1
    }

    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(super) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    /// The value of a node that is a literal.
    pub(super) fn value(&self, id: NodeId) -> Option<&Value> {
        match &self.node(id).op {
            Op::Const(value) => Some(value),
            _ => None,
        }
    }

    /// Whether a node may stand anywhere, any number of times.
    pub(super) fn is_leaf(&self, id: NodeId) -> bool {
        matches!(
            self.node(id).op,
            Op::Const(_)
                | Op::Param(_)
                | Op::Principal
                | Op::Action
                | Op::Resource
                | Op::Context
                | Op::Now
                | Op::Local(_)
        )
    }

    pub(super) fn can_err(&mut self, span: Span) {
        self.risk.any.get_or_insert(span);
    }

    pub(super) fn can_overflow(&mut self, span: Span) {
        self.can_err(span);
        self.risk.overflow.get_or_insert(span);
    }

    pub(super) fn mark(&self) -> Mark {
        Mark { nodes: self.nodes.len(), risk: self.risk }
    }

    /// Forgets all nodes since `mark`.
    pub(super) fn rewind(&mut self, mark: Mark) {
        self.nodes.truncate(mark.nodes);
        self.risk = mark.risk;
    }

    /// The finished body; `root` is the last node.
    pub(super) fn finish(self, root: NodeId) -> Body {
        debug_assert_eq!(root.0 as usize + 1, self.nodes.len(), "the root is the last node");
        Body { nodes: self.nodes, locals: self.locals }
    }
}

impl Patterns {
    /// The index of a `like` pattern.
    pub(super) fn like(&mut self, pattern: LikePattern) -> u32 {
        position_or_push(&mut self.like, pattern)
    }

    /// The index of a regular expression.
    pub(super) fn regex(&mut self, source: SmolStr) -> u32 {
        position_or_push(&mut self.regexes, source)
    }
}

/// One item has few patterns: looking through them is quickest.
fn position_or_push<T: PartialEq>(table: &mut Vec<T>, new: T) -> u32 {
    let at = table.iter().position(|old| *old == new).unwrap_or(table.len());
    if at == table.len() {
        table.push(new);
    }
    at as u32
}
