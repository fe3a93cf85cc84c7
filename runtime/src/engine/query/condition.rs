//! Where a condition can be true: read off its tests of the candidate against what is known.
//!
//! The known side of the request, the context, the time, params and rows have values; everything that depends on nothing else is
//! evaluated by the interpreter. What is left are tests of the candidate itself (`u in Group::"staff"`, `d.owner == u`,
//! `u in d.viewers`), which name places, and everything else (`u.age > 17`), which names none and bounds nothing.
//!
//! Each rule answers a superset of the candidates for which the node evaluates to `want`. A node that errs evaluates to neither,
//! so no rule needs to know whether another operand is reached at all.

use std::collections::BTreeSet;

use super::asked::Side;
use super::bound::Bound;
use super::policies::{Bounding, below_any};
use crate::program::{Body, NodeId, Op};
use crate::types::{GrantId, Type};
use crate::value::{EntityUid, EvalError, Value};

/// What a local stands for.
#[derive(Clone, Debug)]
enum Local {
    /// A value, which is in `values`.
    Known,
    /// The value of this node, which depends on the candidate.
    Node(NodeId),
    /// The candidate.
    Candidate,
    /// Some ancestor of the candidate.
    Ancestor,
    /// Something else that depends on the candidate, or nothing yet.
    Other,
}

/// What an expression stands for, if it is about the candidate in a way that names places.
#[derive(Clone, Copy, Debug, PartialEq)]
enum About {
    Candidate,
    Ancestor,
}

/// A body with what is known about its locals.
pub(super) struct Condition<'a> {
    bounding: &'a Bounding<'a>,
    body: &'a Body,
    locals: Vec<Local>,
    values: Vec<Option<Value>>,
    /// By node: whether it depends on the candidate.
    depends: Vec<bool>,
}

impl<'a> Condition<'a> {
    /// The condition of a policy for a row of its grant.
    pub fn of_row(bounding: &'a Bounding<'a>, body: &'a Body, row: &[Value]) -> Self {
        Condition::new(bounding, body, row.iter().map(|value| (Local::Known, Some(value.clone()))).collect())
    }

    fn new(bounding: &'a Bounding<'a>, body: &'a Body, params: Vec<(Local, Option<Value>)>) -> Self {
        let (mut locals, mut values): (Vec<_>, Vec<_>) = params.into_iter().unzip();
        locals.resize(body.locals as usize, Local::Other);
        values.resize(body.locals as usize, None);
        let mut depends = Dependence {
            body,
            side: bounding.asked.side,
            locals: locals.iter().map(|local| !matches!(local, Local::Known)).collect(),
            nodes: vec![true; body.nodes.len()],
        };
        depends.node(root(body));
        let depends = depends.nodes;
        Condition { bounding, body, locals, values, depends }
    }

    /// Where it can be true.
    pub fn holds(mut self) -> Bound {
        self.is(root(self.body), true)
    }

    /// Where a node of type Bool can be `want`.
    fn is(&mut self, id: NodeId, want: bool) -> Bound {
        if !self.bounding.step() {
            return Bound::All;
        }
        let body = self.body;
        let Some(node) = body.nodes.get(id.0 as usize) else { return Bound::All };
        if let Some(known) = self.value(id) {
            return match known {
                Ok(Value::Bool(truth)) => Bound::all_if(truth == want),
                // What must be present and is not can also be a sign that we are mistaken.
                Err(EvalError::AbsentValue) | Ok(_) => Bound::All,
                Err(_) => Bound::NONE,
            };
        }
        match &node.op {
            Op::And(operands) => self.several(operands, want, want),
            Op::Or(operands) => self.several(operands, want, !want),
            Op::Not(operand) => self.is(*operand, !want),
            Op::If { condition, then, otherwise } => {
                let mut bound = Bound::NONE;
                for (truth, chosen) in [(true, *then), (false, *otherwise)] {
                    let condition = self.is(*condition, truth);
                    if !condition.is_none() {
                        let chosen = self.is(chosen, want);
                        bound = bound.or(self.and(condition, chosen));
                    }
                }
                bound
            }
            Op::Let { local, value, body } => {
                if !self.bind_node(*local, *value) {
                    return Bound::NONE;
                }
                self.is(*body, want)
            }
            Op::Local(local) => match self.locals.get(*local as usize) {
                Some(Local::Node(node)) => self.is(*node, want),
                _ => Bound::All,
            },
            Op::Call { function, args } => self.call(*function, args, want),
            Op::Quantifier { all, local, filter, set, body } => {
                self.quantifier(*all, *local, filter.as_ref(), *set, *body, want)
            }
            Op::IsType(operand, types) => match self.about(*operand) {
                Some(About::Candidate) => Bound::all_if(types.contains(self.bounding.ty) == want),
                _ => Bound::All,
            },
            _ if !want => Bound::All,
            Op::Eq(a, b) => self.equal(*a, *b),
            Op::In(inner, outer) => self.is_in(*inner, *outer),
            Op::InAny(inner, outer) => match (self.about(*inner), self.value(*outer)) {
                (Some(_), Some(Ok(set))) if self.bounding.steps(elements(&set)) => below_any(&set),
                _ => Bound::All,
            },
            Op::Contains(set, element) => match (self.value(*set), self.about(*element)) {
                (Some(Ok(Value::Set(set))), Some(about)) if self.bounding.steps(set.len()) => {
                    set.iter().fold(Bound::NONE, |bound, element| bound.or(self.equal_to(about, element)))
                }
                _ => Bound::All,
            },
            Op::GrantFact(grant, args) => self.fact(*grant, args),
            _ => Bound::All,
        }
    }

    /// Operands of which all must be `want`, or one.
    fn several(&mut self, operands: &[NodeId], want: bool, all: bool) -> Bound {
        let mut bound = Bound::all_if(all);
        for operand in operands {
            let one = self.is(*operand, want);
            bound = if all { self.and(bound, one) } else { bound.or(one) };
            if if all { bound.is_none() } else { bound == Bound::All } {
                break;
            }
        }
        bound
    }

    fn and(&self, a: Bound, b: Bound) -> Bound {
        a.and(b, |place| self.bounding.size(place))
    }

    /// The value of a node that does not depend on the candidate.
    fn value(&self, id: NodeId) -> Option<Result<Value, EvalError>> {
        match self.depends.get(id.0 as usize) {
            Some(false) => Some(self.bounding.parts.value(self.body, id, &self.values)),
            _ => None,
        }
    }

    fn about(&self, id: NodeId) -> Option<About> {
        let side = self.bounding.asked.side;
        match &self.body.nodes.get(id.0 as usize)?.op {
            Op::Principal if side == Side::Principal => Some(About::Candidate),
            Op::Resource if side == Side::Resource => Some(About::Candidate),
            Op::Local(local) => match self.locals.get(*local as usize)? {
                Local::Candidate => Some(About::Candidate),
                Local::Ancestor => Some(About::Ancestor),
                Local::Node(node) => self.about(*node),
                Local::Known | Local::Other => None,
            },
            Op::Narrow(operand) | Op::Convert(operand) => self.about(*operand),
            _ => None,
        }
    }

    fn equal(&self, a: NodeId, b: NodeId) -> Bound {
        match (self.about(a), self.value(b), self.about(b), self.value(a)) {
            (Some(about), Some(Ok(value)), ..) | (.., Some(about), Some(Ok(value))) => {
                self.equal_to(about, &value)
            }
            _ => Bound::All,
        }
    }

    fn equal_to(&self, about: About, value: &Value) -> Bound {
        match (about, value) {
            (About::Candidate, Value::Entity(uid)) if uid.ty != self.bounding.ty => Bound::NONE,
            (About::Candidate, Value::Entity(uid)) => Bound::at(uid.clone()),
            (About::Ancestor, Value::Entity(uid)) => Bound::below(uid.clone()),
            _ => Bound::All,
        }
    }

    fn is_in(&self, inner: NodeId, outer: NodeId) -> Bound {
        if let (Some(_), Some(Ok(container))) = (self.about(inner), self.value(outer)) {
            return below_any(&container);
        }
        match (self.value(inner), self.about(outer)) {
            (Some(Ok(Value::Entity(uid))), Some(About::Candidate)) => {
                let above = self.bounding.parts.containers(&uid);
                let of_type = above.into_iter().filter(|uid| uid.ty == self.bounding.ty);
                of_type.fold(Bound::NONE, |bound, uid| bound.or(Bound::at(uid)))
            }
            _ => Bound::All,
        }
    }

    /// A function's parameters are what the arguments are.
    fn call(&mut self, function: u32, args: &[NodeId], want: bool) -> Bound {
        let program = &self.bounding.asked.snapshot.program;
        let Some(function) = program.functions.get(function as usize) else { return Bound::All };
        let mut params = Vec::with_capacity(args.len());
        for arg in args {
            params.push(match self.value(*arg) {
                Some(Ok(value)) => (Local::Known, Some(value)),
                Some(Err(EvalError::AbsentValue)) => return Bound::All,
                Some(Err(_)) => return Bound::NONE,
                None => match self.about(*arg) {
                    Some(About::Candidate) => (Local::Candidate, None),
                    Some(About::Ancestor) => (Local::Ancestor, None),
                    None => (Local::Other, None),
                },
            });
        }
        let mut called = Condition::new(self.bounding, &function.body, params);
        called.is(root(&function.body), want)
    }

    /// Whether the rest can be reached at all.
    fn bind_node(&mut self, local: u32, node: NodeId) -> bool {
        let (bound, value) = match self.value(node) {
            Some(Ok(value)) => (Local::Known, Some(value)),
            Some(Err(EvalError::AbsentValue)) => (Local::Other, None),
            Some(Err(_)) => return false,
            None => (Local::Node(node), None),
        };
        self.bind(local, bound, value);
        true
    }

    fn bind(&mut self, local: u32, bound: Local, value: Option<Value>) {
        let at = local as usize;
        if let (Some(local), Some(place)) = (self.locals.get_mut(at), self.values.get_mut(at)) {
            *local = bound;
            *place = value;
        }
    }

    /// `any` is true where some element can be true, false where each can be false; `all` the other way round.
    fn quantifier(
        &mut self,
        all: bool,
        local: u32,
        filter: Option<&crate::types::EntityTypes>,
        set: NodeId,
        body: NodeId,
        want: bool,
    ) -> Bound {
        let every = all == want;
        let elements = match self.value(set) {
            Some(Ok(Value::Set(elements))) => elements,
            Some(Err(EvalError::AbsentValue) | Ok(_)) => return Bound::All,
            Some(Err(_)) => return Bound::NONE,
            None if every => return Bound::All,
            None => {
                // Of the elements is known at most what they are; one that is `want` is needed.
                let local_is = match self.body.nodes.get(set.0 as usize).map(|node| &node.op) {
                    Some(Op::Ancestors(of)) if self.about(*of).is_some() => Local::Ancestor,
                    _ => Local::Other,
                };
                self.bind(local, local_is, None);
                return self.is(body, want);
            }
        };
        let mut bound = Bound::all_if(every);
        for element in elements.iter() {
            let passes = match (filter, element) {
                (Some(types), Value::Entity(uid)) => types.contains(uid.ty),
                (Some(_), _) => false,
                (None, _) => true,
            };
            if !passes {
                continue;
            }
            if !self.bounding.step() {
                return Bound::All;
            }
            self.bind(local, Local::Known, Some(element.clone()));
            let one = self.is(body, want);
            bound = if every { self.and(bound, one) } else { bound.or(one) };
            if if every { bound.is_none() } else { bound == Bound::All } {
                break;
            }
        }
        bound
    }

    /// Rows that fit the known arguments name where the candidate is.
    fn fact(&self, grant: GrantId, args: &[NodeId]) -> Bound {
        let snapshot = &self.bounding.asked.snapshot;
        let Some(declared) = snapshot.program.schema.grants.get(grant.index()) else { return Bound::All };
        let about = args.iter().position(|arg| self.about(*arg).is_some());
        let Some(about) = about else { return Bound::All };
        let mut known: Vec<(usize, Value, &Type)> = Vec::new();
        for (column, arg) in args.iter().enumerate() {
            match (self.value(*arg), self.body.nodes.get(arg.0 as usize)) {
                (Some(Ok(value)), Some(node)) => known.push((column, value, &node.ty)),
                (Some(Err(EvalError::AbsentValue)), _) | (_, None) => return Bound::All,
                (Some(Err(_)), _) => return Bound::NONE,
                (None, _) => {}
            }
        }
        let mut bound = Bound::NONE;
        let mut each = |row: &[Value], until: Option<i64>| {
            if !self.bounding.step() {
                bound = Bound::All;
                return false;
            }
            let fits = |(column, value, ty): &(usize, Value, &Type)| match (
                declared.params.get(*column),
                row.get(*column),
            ) {
                (Some(param), Some(row)) => self.bounding.parts.column_fits(&param.ty, row, value, ty),
                _ => false,
            };
            if self.bounding.parts.is_live(until) && known.iter().all(fits) {
                let places = row.get(about).map_or(Bound::NONE, below_any);
                bound = std::mem::replace(&mut bound, Bound::NONE).or(places);
            }
            bound != Bound::All
        };
        let leading = known.iter().find_map(|(column, value, _)| match value {
            Value::Entity(uid) => Some((*column, uid)),
            _ => None,
        });
        match leading {
            Some((column, uid)) => {
                let containers: BTreeSet<EntityUid> = self.bounding.parts.containers(uid);
                snapshot.rows_naming(grant, column, &containers, &mut each);
            }
            None => {
                for (args, until) in snapshot.data.grant_rows(grant).into_iter().flatten() {
                    if !each(args, *until) {
                        break;
                    }
                }
            }
        }
        bound
    }
}

/// Which nodes depend on the candidate.
struct Dependence<'a> {
    body: &'a Body,
    side: Side,
    /// By local; set by what binds it.
    locals: Vec<bool>,
    nodes: Vec<bool>,
}

impl Dependence<'_> {
    fn node(&mut self, id: NodeId) -> bool {
        let body = self.body;
        let Some(node) = body.nodes.get(id.0 as usize) else { return true };
        let depends = match &node.op {
            Op::Principal => self.side == Side::Principal,
            Op::Resource => self.side == Side::Resource,
            Op::Local(local) => self.locals.get(*local as usize).copied().unwrap_or(true),
            Op::Let { local, value: bound, body } | Op::Quantifier { local, set: bound, body, .. } => {
                let bound = self.node(*bound);
                if let Some(place) = self.locals.get_mut(*local as usize) {
                    *place = bound;
                }
                // Not short-circuiting: each node needs its answer.
                self.node(*body) | bound
            }
            op => {
                let mut any = false;
                op.operands(|operand| any |= self.node(operand));
                any
            }
        };
        if let Some(place) = self.nodes.get_mut(id.0 as usize) {
            *place = depends;
        }
        depends
    }
}

fn root(body: &Body) -> NodeId {
    NodeId((body.nodes.len() as u32).wrapping_sub(1))
}

fn elements(value: &Value) -> usize {
    match value {
        Value::Set(elements) => elements.len(),
        _ => 1,
    }
}
