//! What each node of a body depends on: found out once for each Program.

use rustc_hash::FxHashMap;

use crate::program::{Arithmetic, Body, NodeId, Op, Program};

/// What the value of a node depends on, beside params.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Depends {
    pub principal: bool,
    pub resource: bool,
    pub action: bool,
    pub context: bool,
    pub now: bool,
    /// It looks at entities or rows: it can change with the data.
    pub data: bool,
    /// It may err.
    pub errs: bool,
    /// It has a quantifier, so that it matters how much is left to spend.
    pub spends: bool,
    /// A bit for each local that it uses and does not bind.
    pub locals: u64,
}

impl Depends {
    fn join(&mut self, other: Depends) {
        self.principal |= other.principal;
        self.resource |= other.resource;
        self.action |= other.action;
        self.context |= other.context;
        self.now |= other.now;
        self.data |= other.data;
        self.errs |= other.errs;
        self.spends |= other.spends;
        self.locals |= other.locals;
    }

    /// Whether it depends on the context and on nothing else. Contexts outlive data, so what looks at that is not told apart.
    pub fn is_of_context(self) -> bool {
        let Depends { principal, resource, action, now, data, .. } = self;
        self.context && !(principal || resource || action || now || data) && self.locals == 0
    }
}

/// Bodies with more locals are not looked into.
const MOST_LOCALS: u32 = 64;

/// Where a body stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Place {
    /// The condition of a policy's variant.
    Condition(u32, u32),
    Function(u32),
}

impl Place {
    pub fn body(self, program: &Program) -> Option<&Body> {
        match self {
            Place::Condition(policy, variant) => {
                let policy = program.policies.get(policy as usize)?;
                policy.variants.get(variant as usize)?.condition.as_ref()
            }
            Place::Function(function) => Some(&program.functions.get(function as usize)?.body),
        }
    }
}

/// By body and node.
pub(super) struct Dependences {
    functions: Vec<Box<[Depends]>>,
    /// By policy and variant.
    conditions: FxHashMap<(u32, u32), Box<[Depends]>>,
}

impl Dependences {
    /// Of all functions and of these conditions.
    pub fn of(program: &Program, conditions: impl Iterator<Item = (u32, u32)>) -> Dependences {
        let mut functions = Vec::with_capacity(program.functions.len());
        let mut whole: Vec<Depends> = Vec::with_capacity(program.functions.len());
        for function in &program.functions {
            let nodes = nodes(&function.body, &whole);
            let result = nodes.last().copied().unwrap_or_default();
            whole.push(Depends { locals: 0, ..result });
            functions.push(nodes);
        }
        let conditions = conditions.filter_map(|(policy, variant)| {
            let body = Place::Condition(policy, variant).body(program)?;
            Some(((policy, variant), nodes(body, &whole)))
        });
        Dependences { conditions: conditions.collect(), functions }
    }

    /// Bytes that they take.
    pub fn bytes(&self) -> usize {
        // A place in a hash map is an entry and a byte.
        let entry = size_of::<((u32, u32), Box<[Depends]>)>() + 1;
        let conditions = self.conditions.capacity() * 8 / 7 * entry;
        let nodes = self.conditions.values().chain(&self.functions).map(|nodes| size_of_val(&**nodes));
        conditions + self.functions.capacity() * size_of::<Box<[Depends]>>() + nodes.sum::<usize>()
    }

    /// Of the nodes of a body; `None` if it is too odd.
    pub fn body(&self, place: Place, body: &Body) -> Option<&[Depends]> {
        let nodes = match place {
            Place::Condition(policy, variant) => self.conditions.get(&(policy, variant)),
            Place::Function(function) => self.functions.get(function as usize),
        };
        nodes.map(|nodes| &**nodes).filter(|_| body.locals <= MOST_LOCALS)
    }
}

fn local(local: u32) -> u64 {
    1 << (local % MOST_LOCALS)
}

/// Functions call only functions before them.
fn nodes(body: &Body, functions: &[Depends]) -> Box<[Depends]> {
    let mut nodes: Vec<Depends> = Vec::with_capacity(body.nodes.len());
    for node in &body.nodes {
        let mut own = Depends::default();
        let operand = |id: &NodeId| nodes.get(id.0 as usize).copied().unwrap_or_default();
        match &node.op {
            Op::Let { local: bound, value, body } => {
                own.join(operand(body));
                own.locals &= !local(*bound);
                own.join(operand(value));
            }
            Op::Quantifier { local: bound, set, body, .. } => {
                own.join(operand(body));
                own.locals &= !local(*bound);
                own.join(operand(set));
                own.spends = true;
                own.errs = true;
            }
            op => op.operands(|id| own.join(operand(&id))),
        }
        match &node.op {
            Op::Principal => own.principal = true,
            Op::Resource => own.resource = true,
            Op::Action => own.action = true,
            Op::Context => own.context = true,
            Op::Now => own.now = true,
            Op::Local(used) => own.locals |= local(*used),
            Op::Call { function, .. } => {
                own.join(functions.get(*function as usize).copied().unwrap_or_default());
            }
            Op::Attribute(..) => (own.data, own.errs) = (true, true),
            Op::HasAttribute(..) | Op::In(..) | Op::InAny(..) | Op::Ancestors(_) | Op::GrantFact(..) => {
                own.data = true;
            }
            Op::Arithmetic(..) | Op::Neg(_) | Op::Unwrap(_) | Op::Narrow(_) | Op::Builtin(..) => {
                own.errs = true
            }
            _ => {}
        }
        nodes.push(own);
    }
    nodes.into()
}

/// Whether a node that depends on the time grows, or falls, with it: then it lies between its values at two times.
pub(super) fn is_linear(body: &Body, depends: &[Depends], id: NodeId) -> bool {
    let now = |id: &NodeId| depends.get(id.0 as usize).is_some_and(|depends| depends.now);
    match body.nodes.get(id.0 as usize).map(|node| &node.op) {
        Some(Op::Now) => true,
        Some(Op::Arithmetic(Arithmetic::Add | Arithmetic::Sub, a, b)) => match (now(a), now(b)) {
            (true, false) => is_linear(body, depends, *a),
            (false, true) => is_linear(body, depends, *b),
            _ => false,
        },
        _ => false,
    }
}
