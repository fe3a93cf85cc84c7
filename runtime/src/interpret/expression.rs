//! One node of a body to its value: what is evaluated, in which order, and what is left out. The operations themselves, on values,
//! are in `apply`; so each level of a deep tree needs little stack.

use std::collections::BTreeMap;
use std::sync::Arc;

use smol_str::SmolStr;

use super::Evaluation;
use crate::program::{Body, Node, NodeId, Op, QUANTIFIER_BUDGET};
use crate::types::{EntityTypes, GrantId, Type};
use crate::value::{EvalError, Value};
use crate::verify::MAX_HEIGHT;

/// A body being evaluated.
pub(super) struct Frame<'b> {
    body: &'b Body,
    locals: Vec<Option<Value>>,
    /// What nested quantifiers may still visit together.
    budget: u64,
    /// How many nodes are under evaluation around this one, callers' included.
    depth: u32,
}

pub(super) type Evaluated = Result<Value, EvalError>;

/// What an unverified body can do and a verified one cannot.
pub(super) const MALFORMED: EvalError = EvalError::AbsentValue;

impl Evaluation<'_> {
    /// The value of the root; `locals` are the first locals.
    pub(super) fn body(&self, body: &Body, locals: Vec<Value>, budget: u64, depth: u32) -> Evaluated {
        let root = body.nodes.len().checked_sub(1).ok_or(MALFORMED)?;
        let locals = locals.into_iter().map(Some).collect();
        self.node(&mut Frame { body, locals, budget, depth }, NodeId(root as u32))
    }

    /// The value of one node of a body whose locals, as far as it needs them, are these.
    pub(super) fn part(&self, body: &Body, node: NodeId, locals: &[Option<Value>]) -> Evaluated {
        let locals = locals.to_vec();
        self.node(&mut Frame { body, locals, budget: QUANTIFIER_BUDGET, depth: 0 }, node)
    }

    fn node(&self, frame: &mut Frame<'_>, id: NodeId) -> Evaluated {
        if frame.depth >= MAX_HEIGHT {
            return Err(EvalError::LimitExceeded);
        }
        let Some(node) = frame.body.nodes.get(id.0 as usize) else { return Err(MALFORMED) };
        frame.depth += 1;
        let value = self.operation(frame, node);
        frame.depth -= 1;
        if let Some(watch) = self.watch {
            watch.saw(frame.body, id, &value);
        }
        value
    }

    fn operation(&self, frame: &mut Frame<'_>, node: &Node) -> Evaluated {
        match &node.op {
            Op::Const(_) | Op::Param(_) | Op::Now | Op::Local(_) => self.leaf(frame, &node.op),
            Op::Principal | Op::Action | Op::Resource | Op::Context => self.leaf(frame, &node.op),
            Op::Let { local, value, body } => self.let_in(frame, *local, *value, *body),
            Op::Call { function, args } => self.call(frame, *function, args),
            Op::And(operands) => self.until(frame, operands, false),
            Op::Or(operands) => self.until(frame, operands, true),
            Op::If { condition, then, otherwise } => self.choose(frame, *condition, *then, *otherwise),
            Op::Coalesce(first, second) => self.coalesce(frame, *first, *second),
            Op::Quantifier { all, local, filter, set, body } => {
                self.quantifier(frame, *all, *local, filter.as_ref(), *set, *body)
            }
            Op::SetOf(elements) => self.set(frame, elements),
            Op::RecordOf(fields) => self.record(frame, fields, &node.ty),
            Op::MapOf(entries) => self.map(frame, entries),
            Op::Builtin(builtin, args) => {
                let Some(builtin) = builtin.get() else { return Err(MALFORMED) };
                self.all(frame, args).and_then(|args| (builtin.eval)(&args))
            }
            Op::GrantFact(grant, args) => self.grant_fact(frame, *grant, args),
            Op::Not(operand)
            | Op::Neg(operand)
            | Op::IsType(operand, _)
            | Op::Narrow(operand)
            | Op::Attribute(operand, _)
            | Op::HasAttribute(operand, _)
            | Op::Field(operand, _)
            | Op::HasField(operand, _)
            | Op::Unwrap(operand)
            | Op::IsSome(operand)
            | Op::Convert(operand)
            | Op::Ancestors(operand)
            | Op::Like { value: operand, .. }
            | Op::Matches { value: operand, .. } => self.one(frame, node, *operand),
            Op::Eq(left, right)
            | Op::Compare(_, left, right)
            | Op::Arithmetic(_, left, right)
            | Op::In(left, right)
            | Op::InAny(left, right)
            | Op::ActionIn(left, right)
            | Op::ActionInAny(left, right)
            | Op::Index(left, right)
            | Op::Contains(left, right) => self.two(frame, node, *left, *right),
        }
    }

    #[inline(never)]
    fn leaf(&self, frame: &Frame<'_>, op: &Op) -> Evaluated {
        if let Op::Now = op {
            return self.now().map(Value::Datetime);
        }
        let value = match op {
            Op::Const(value) => Some(value.clone()),
            Op::Param(index) => self.library.params.get(*index as usize).cloned(),
            Op::Local(local) => frame.locals.get(*local as usize).cloned().flatten(),
            Op::Principal => self.query.map(|query| Value::Entity(query.principal.clone())),
            Op::Action => self.query.map(|query| Value::Action(query.action)),
            Op::Resource => self.query.map(|query| Value::Entity(query.resource.clone())),
            Op::Context => self.query.map(|query| query.context.clone()),
            _ => None,
        };
        value.ok_or(MALFORMED)
    }

    #[inline(never)]
    fn one(&self, frame: &mut Frame<'_>, node: &Node, operand: NodeId) -> Evaluated {
        match self.node(frame, operand) {
            Ok(operand) => self.unary(node, operand),
            error => error,
        }
    }

    #[inline(never)]
    fn two(&self, frame: &mut Frame<'_>, node: &Node, left: NodeId, right: NodeId) -> Evaluated {
        let left = self.node(frame, left)?;
        let right = self.node(frame, right)?;
        self.binary(&node.op, &left, &right)
    }

    pub(super) fn truth(value: Value) -> Result<bool, EvalError> {
        match value {
            Value::Bool(truth) => Ok(truth),
            _ => Err(MALFORMED),
        }
    }

    #[inline(never)]
    fn bool(&self, frame: &mut Frame<'_>, node: NodeId) -> Result<bool, EvalError> {
        self.node(frame, node).and_then(Self::truth)
    }

    /// Left to right; the first error is the error.
    #[inline(never)]
    fn all(&self, frame: &mut Frame<'_>, nodes: &[NodeId]) -> Result<Vec<Value>, EvalError> {
        let mut values = Vec::with_capacity(nodes.len());
        for node in nodes {
            values.push(self.node(frame, *node)?);
        }
        Ok(values)
    }

    /// `and` (until false) and `or` (until true): what comes later is not evaluated, so its errors do not exist (rule 1).
    #[inline(never)]
    fn until(&self, frame: &mut Frame<'_>, operands: &[NodeId], end: bool) -> Evaluated {
        for operand in operands {
            if self.bool(frame, *operand)? == end {
                return Ok(Value::Bool(end));
            }
        }
        Ok(Value::Bool(!end))
    }

    #[inline(never)]
    fn choose(&self, frame: &mut Frame<'_>, condition: NodeId, then: NodeId, otherwise: NodeId) -> Evaluated {
        let chosen = if self.bool(frame, condition)? { then } else { otherwise };
        self.node(frame, chosen)
    }

    #[inline(never)]
    fn coalesce(&self, frame: &mut Frame<'_>, first: NodeId, second: NodeId) -> Evaluated {
        match self.node(frame, first) {
            Ok(Value::Absent) => self.node(frame, second),
            other => other,
        }
    }

    #[inline(never)]
    fn let_in(&self, frame: &mut Frame<'_>, local: u32, value: NodeId, body: NodeId) -> Evaluated {
        let value = self.node(frame, value)?;
        bind(frame, local, value)?;
        self.node(frame, body)
    }

    #[inline(never)]
    fn call(&self, frame: &mut Frame<'_>, function: u32, args: &[NodeId]) -> Evaluated {
        let Some(function) = self.library.functions.get(function as usize) else { return Err(MALFORMED) };
        let args = self.all(frame, args)?;
        self.body(&function.body, args, frame.budget, frame.depth)
    }

    /// Rule 3: a set has no order, so no element's result hides another's error. `any` is true if some element is true, else
    /// an error (the least) if some element erred, else false; `all` is the dual.
    #[inline(never)]
    fn quantifier(
        &self,
        frame: &mut Frame<'_>,
        all: bool,
        local: u32,
        filter: Option<&EntityTypes>,
        set: NodeId,
        body: NodeId,
    ) -> Evaluated {
        let Value::Set(set) = self.node(frame, set)? else { return Err(MALFORMED) };
        let size = set.len() as u64;
        if size > frame.budget {
            return Err(EvalError::LimitExceeded);
        }
        let outer = frame.budget;
        frame.budget = outer / size.max(1);
        let mut least_error: Option<EvalError> = None;
        let mut decided = false;
        for element in set.iter().filter(|element| passes(filter, element)) {
            bind(frame, local, element.clone())?;
            match self.bool(frame, body) {
                Ok(holds) if holds != all => {
                    decided = true;
                    break;
                }
                Ok(_) => {}
                Err(error) => least_error = Some(least_error.map_or(error, |least| error.min(least))),
            }
        }
        frame.budget = outer;
        match least_error {
            Some(error) if !decided => Err(error),
            _ => Ok(Value::Bool(decided != all)),
        }
    }

    #[inline(never)]
    fn set(&self, frame: &mut Frame<'_>, elements: &[NodeId]) -> Evaluated {
        let elements = self.all(frame, elements)?;
        Ok(Value::Set(Arc::new(elements.into_iter().collect())))
    }

    #[inline(never)]
    fn record(&self, frame: &mut Frame<'_>, fields: &[NodeId], ty: &Type) -> Evaluated {
        let Type::Record(record) = ty else { return Err(MALFORMED) };
        let values = self.all(frame, fields)?;
        let named = record.fields().iter().map(|field| field.name.clone()).zip(values);
        let present: BTreeMap<_, _> = named.filter(|(_, value)| *value != Value::Absent).collect();
        Ok(Value::Record(Arc::new(present)))
    }

    #[inline(never)]
    fn map(&self, frame: &mut Frame<'_>, entries: &[(SmolStr, NodeId)]) -> Evaluated {
        let mut map = BTreeMap::new();
        for (key, value) in entries {
            map.insert(key.clone(), self.node(frame, *value)?);
        }
        Ok(Value::Map(Arc::new(map)))
    }

    #[inline(never)]
    fn grant_fact(&self, frame: &mut Frame<'_>, grant: GrantId, args: &[NodeId]) -> Evaluated {
        let values = self.all(frame, args)?;
        let types = args.iter().map(|arg| frame.body.nodes.get(arg.0 as usize).map(|node| &node.ty));
        let types: Vec<&Type> = types.collect::<Option<_>>().ok_or(MALFORMED)?;
        self.fact(grant, &values, &types).map(Value::Bool)
    }
}

/// A type in a quantifier filters (rule 3).
fn passes(filter: Option<&EntityTypes>, element: &Value) -> bool {
    match (filter, element) {
        (None, _) => true,
        (Some(types), Value::Entity(uid)) => types.contains(uid.ty),
        (Some(_), _) => false,
    }
}

fn bind(frame: &mut Frame<'_>, local: u32, value: Value) -> Result<(), EvalError> {
    let at = local as usize;
    if at >= frame.locals.len() {
        // Each local beyond the parameters is bound by a node of its own.
        if at >= (frame.body.locals as usize).min(frame.locals.len() + frame.body.nodes.len()) {
            return Err(MALFORMED);
        }
        frame.locals.resize(at + 1, None);
    }
    frame.locals[at] = Some(value);
    Ok(())
}
