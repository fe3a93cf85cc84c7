//! Nodes of a body, in the order in which they are finished: operands before users, the root last.

use assize_lang::Span;
use assize_runtime::program::{self, Body, Node, NodeId, Op};
use assize_runtime::types::{Schema, Type};
use assize_runtime::{EvalError, Library, Value, evaluate};

/// Bodies larger than this are refused.
pub(super) const MAX_NODES: usize = 1 << 17;

/// So are higher ones; a little less than the verifier allows, since bodies call functions.
const MAX_HEIGHT: u32 = 900;

/// A body in the making.
#[derive(Debug, Default)]
pub(super) struct Builder {
    nodes: Vec<Node>,
    /// Of the tree under each node.
    heights: Vec<u32>,
    locals: u32,
    /// Where evaluation can go wrong.
    pub(super) risk: Option<Span>,
}

/// A state of a builder to return to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    nodes: usize,
    locals: u32,
    risk: Option<Span>,
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
        let mut height = 0;
        op.operands(|operand| {
            height = height.max(self.heights.get(operand.0 as usize).copied().unwrap_or_default() + 1);
        });
        self.heights.push(height);
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

    /// Whether a Program may have no body like this.
    pub(super) fn is_too_large(&self) -> bool {
        self.nodes.len() > MAX_NODES || self.heights.last().is_some_and(|height| *height > MAX_HEIGHT)
    }

    pub(super) fn last_span(&self) -> Span {
        self.nodes.last().map_or(Span::default(), |node| Span::new(node.span.start, node.span.end))
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

    /// The same seen through conversions, of a value that no conversion changes.
    pub(super) fn scalar(&self, id: NodeId) -> Option<&Value> {
        match &self.node(id).op {
            Op::Const(Value::Absent | Value::Set(_) | Value::Map(_) | Value::Record(_)) => None,
            Op::Const(value) => Some(value),
            Op::Convert(inner) => self.scalar(*inner),
            _ => None,
        }
    }

    /// What the runtime makes of an operation on literals; `None` if an operand is none.
    pub(super) fn fold(&self, op: Op, ty: &Type, schema: &Schema) -> Option<Result<Value, EvalError>> {
        let mut nodes = Vec::new();
        let mut constant = true;
        op.operands(|operand| {
            constant &= self.value(operand).is_some();
            nodes.push(self.node(operand).clone());
        });
        if !constant {
            return None;
        }
        let op = match op {
            Op::Arithmetic(operation, ..) => Op::Arithmetic(operation, NodeId(0), NodeId(1)),
            Op::Neg(_) => Op::Neg(NodeId(0)),
            _ => return None,
        };
        nodes.push(Node { op, ty: ty.clone(), span: program::Span::default() });
        let library = Library { schema, params: &[], functions: &[], like_patterns: &[], regexes: &[] };
        Some(evaluate(library, &Body { nodes, locals: 0 }, None))
    }

    /// Forgets literals that were the last nodes, once they are folded into one.
    pub(super) fn drop_operands(&mut self, op: &Op) {
        let mut first = self.nodes.len();
        op.operands(|operand| first = first.min(operand.0 as usize));
        self.nodes.truncate(first);
        self.heights.truncate(first);
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
        self.risk.get_or_insert(span);
    }

    pub(super) fn mark(&self) -> Mark {
        Mark { nodes: self.nodes.len(), locals: self.locals, risk: self.risk }
    }

    /// Forgets all nodes since `mark`.
    pub(super) fn rewind(&mut self, mark: Mark) {
        self.nodes.truncate(mark.nodes);
        self.heights.truncate(mark.nodes);
        self.locals = mark.locals;
        self.risk = mark.risk;
    }

    /// The finished body; `root` is the last node.
    pub(super) fn finish(mut self, root: NodeId) -> Body {
        debug_assert_eq!(root.0 as usize + 1, self.nodes.len(), "the root is the last node");
        // It is kept for as long as the text is the same.
        self.nodes.shrink_to_fit();
        Body { nodes: self.nodes, locals: self.locals }
    }
}
