//! One node of a body to its value. Each operation that needs room has a function of its own, so that a deep tree of nodes
//! needs little stack for each level.

use std::collections::BTreeMap;
use std::sync::Arc;

use smol_str::SmolStr;

use super::Evaluation;
use super::grants::in_any;
use super::operations::{arithmetic, compare, negate};
use crate::fit::{convert, may_exist};
use crate::program::{Body, Node, NodeId, Op, compile_regex};
use crate::types::{EntityTypes, GrantId, Type};
use crate::value::{EntityUid, EvalError, Value};
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

type Evaluated = Result<Value, EvalError>;

/// What an unverified body can do and a verified one cannot.
const MALFORMED: EvalError = EvalError::AbsentValue;

impl Evaluation<'_> {
    /// The value of the root; `locals` are the first locals.
    pub(super) fn body(&self, body: &Body, locals: Vec<Value>, budget: u64, depth: u32) -> Evaluated {
        let root = body.nodes.len().checked_sub(1).ok_or(MALFORMED)?;
        let locals = locals.into_iter().map(Some).collect();
        self.node(&mut Frame { body, locals, budget, depth }, NodeId(root as u32))
    }

    fn node(&self, frame: &mut Frame<'_>, id: NodeId) -> Evaluated {
        if frame.depth >= MAX_HEIGHT {
            return Err(EvalError::LimitExceeded);
        }
        let body = frame.body;
        let node = body.nodes.get(id.0 as usize).ok_or(MALFORMED)?;
        frame.depth += 1;
        let value = self.operation(frame, node);
        frame.depth -= 1;
        value
    }

    fn operation(&self, frame: &mut Frame<'_>, node: &Node) -> Evaluated {
        match &node.op {
            Op::Const(value) => Ok(value.clone()),
            Op::Param(index) => self.library.params.get(*index as usize).cloned().ok_or(MALFORMED),
            Op::Principal => self.query.map(|query| Value::Entity(query.principal.clone())).ok_or(MALFORMED),
            Op::Action => self.query.map(|query| Value::Action(query.action)).ok_or(MALFORMED),
            Op::Resource => self.query.map(|query| Value::Entity(query.resource.clone())).ok_or(MALFORMED),
            Op::Context => self.query.map(|query| query.context.clone()).ok_or(MALFORMED),
            Op::Now => self.now().map(Value::Datetime),
            Op::Local(local) => frame.locals.get(*local as usize).cloned().flatten().ok_or(MALFORMED),
            Op::Let { local, value, body } => self.let_in(frame, *local, *value, *body),
            Op::Call { function, args } => self.call(frame, *function, args),
            Op::And(operands) => self.until(frame, operands, false),
            Op::Or(operands) => self.until(frame, operands, true),
            Op::Not(operand) => Ok(Value::Bool(!self.bool(frame, *operand)?)),
            Op::If { condition, then, otherwise } => {
                let chosen = if self.bool(frame, *condition)? { then } else { otherwise };
                self.node(frame, *chosen)
            }
            Op::Eq(left, right) => {
                self.pair(frame, *left, *right, |left, right| Ok(Value::Bool(left == right)))
            }
            Op::Compare(ordering, left, right) => self
                .pair(frame, *left, *right, |left, right| compare(*ordering, left, right).map(Value::Bool)),
            Op::Arithmetic(operation, left, right) => {
                self.pair(frame, *left, *right, |left, right| arithmetic(*operation, left, right))
            }
            Op::Neg(operand) => negate(&self.node(frame, *operand)?),
            Op::In(left, right) | Op::InAny(left, right) => self
                .pair(frame, *left, *right, |left, right| Ok(Value::Bool(in_any(self.world, left, right)))),
            Op::ActionIn(left, right) | Op::ActionInAny(left, right) => {
                self.pair(frame, *left, *right, |left, right| self.action_in(left, right))
            }
            Op::IsType(operand, types) => {
                let uid = self.entity(frame, *operand)?;
                Ok(Value::Bool(types.contains(uid.ty)))
            }
            Op::Narrow(operand) => self.narrow(frame, *operand, &node.ty),
            Op::Attribute(operand, name) => {
                let uid = self.entity(frame, *operand)?;
                self.attribute(&uid, name)
            }
            Op::HasAttribute(operand, name) => {
                let uid = self.entity(frame, *operand)?;
                let has = self.world.entity(&uid).is_some_and(|entity| entity.attributes.contains_key(name));
                Ok(Value::Bool(has))
            }
            Op::Field(operand, name) => self.field(frame, *operand, name, &node.ty),
            Op::HasField(operand, name) => match self.node(frame, *operand)? {
                Value::Record(fields) => Ok(Value::Bool(fields.contains_key(name))),
                _ => Err(MALFORMED),
            },
            Op::Unwrap(operand) => match self.node(frame, *operand)? {
                Value::Absent => Err(EvalError::AbsentValue),
                value => Ok(value),
            },
            Op::IsSome(operand) => Ok(Value::Bool(self.node(frame, *operand)? != Value::Absent)),
            Op::Coalesce(first, second) => match self.node(frame, *first)? {
                Value::Absent => self.node(frame, *second),
                value => Ok(value),
            },
            Op::Index(map, key) => self.pair(frame, *map, *key, index),
            Op::Contains(set, element) => self.pair(frame, *set, *element, |set, element| match set {
                Value::Set(set) => Ok(Value::Bool(set.contains(element))),
                _ => Err(MALFORMED),
            }),
            Op::Quantifier { all, local, filter, set, body } => {
                self.quantifier(frame, *all, *local, filter.as_ref(), *set, *body)
            }
            Op::SetOf(elements) => {
                let elements = self.all(frame, elements)?;
                Ok(Value::Set(Arc::new(elements.into_iter().collect())))
            }
            Op::RecordOf(fields) => self.record(frame, fields, &node.ty),
            Op::MapOf(entries) => self.map(frame, entries),
            Op::Convert(operand) => Ok(convert(&self.node(frame, *operand)?, &node.ty)),
            Op::Builtin(builtin, args) => {
                let args = self.all(frame, args)?;
                (builtin.get().ok_or(MALFORMED)?.eval)(&args)
            }
            Op::Like { value, pattern } => {
                let text = self.text(frame, *value)?;
                let pattern = self.library.like_patterns.get(*pattern as usize).ok_or(MALFORMED)?;
                Ok(Value::Bool(pattern.matches(&text)))
            }
            Op::Matches { value, regex } => self.matches(frame, *value, *regex),
            Op::GrantFact(grant, args) => self.grant_fact(frame, *grant, args),
            Op::Ancestors(operand) => {
                let uid = self.entity(frame, *operand)?;
                let ancestors = self.world.ancestors(&uid).into_iter().map(Value::Entity);
                Ok(Value::Set(Arc::new(ancestors.collect())))
            }
        }
    }

    pub(super) fn truth(value: Value) -> Result<bool, EvalError> {
        match value {
            Value::Bool(truth) => Ok(truth),
            _ => Err(MALFORMED),
        }
    }

    fn bool(&self, frame: &mut Frame<'_>, node: NodeId) -> Result<bool, EvalError> {
        self.node(frame, node).and_then(Self::truth)
    }

    fn entity(&self, frame: &mut Frame<'_>, node: NodeId) -> Result<EntityUid, EvalError> {
        match self.node(frame, node)? {
            Value::Entity(uid) => Ok(uid),
            _ => Err(MALFORMED),
        }
    }

    fn text(&self, frame: &mut Frame<'_>, node: NodeId) -> Result<SmolStr, EvalError> {
        match self.node(frame, node)? {
            Value::String(text) => Ok(text),
            _ => Err(MALFORMED),
        }
    }

    /// Left to right; the first error is the error.
    fn all(&self, frame: &mut Frame<'_>, nodes: &[NodeId]) -> Result<Vec<Value>, EvalError> {
        nodes.iter().map(|node| self.node(frame, *node)).collect()
    }

    #[inline(never)]
    fn pair(
        &self,
        frame: &mut Frame<'_>,
        left: NodeId,
        right: NodeId,
        operation: impl FnOnce(&Value, &Value) -> Evaluated,
    ) -> Evaluated {
        let left = self.node(frame, left)?;
        let right = self.node(frame, right)?;
        operation(&left, &right)
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
    fn let_in(&self, frame: &mut Frame<'_>, local: u32, value: NodeId, body: NodeId) -> Evaluated {
        let value = self.node(frame, value)?;
        bind(frame, local, value)?;
        self.node(frame, body)
    }

    #[inline(never)]
    fn call(&self, frame: &mut Frame<'_>, function: u32, args: &[NodeId]) -> Evaluated {
        let function = self.library.functions.get(function as usize).ok_or(MALFORMED)?;
        let args = self.all(frame, args)?;
        self.body(&function.body, args, frame.budget, frame.depth)
    }

    fn action_in(&self, action: &Value, group: &Value) -> Evaluated {
        let Value::Action(action) = action else { return Err(MALFORMED) };
        let is_in = |group: &Value| match group {
            Value::Action(group) => {
                let includes = self.library.schema.actions.get(group.index()).map(|group| &group.includes);
                action == group || includes.is_some_and(|includes| includes.binary_search(action).is_ok())
            }
            _ => false,
        };
        Ok(Value::Bool(match group {
            Value::Set(groups) => groups.iter().any(is_in),
            group => is_in(group),
        }))
    }

    #[inline(never)]
    fn narrow(&self, frame: &mut Frame<'_>, operand: NodeId, ty: &Type) -> Evaluated {
        let uid = self.entity(frame, operand)?;
        match ty {
            Type::Entity(types) if types.contains(uid.ty) => Ok(Value::Entity(uid)),
            _ => Err(EvalError::AbsentValue),
        }
    }

    /// Rule 2: an attribute of an entity that nothing is known about is an error. An entity of a closed type is always known,
    /// if by nothing but its name.
    fn attribute(&self, uid: &EntityUid, name: &SmolStr) -> Evaluated {
        let ty = self.library.schema.entity_types.get(uid.ty.index()).ok_or(MALFORMED)?;
        let (_, declared) = ty.attributes.field(name).ok_or(MALFORMED)?;
        match self.world.entity(uid) {
            Some(entity) => match entity.attributes.get(name) {
                Some(value) => Ok(value.clone()),
                None if declared.optional => Ok(Value::Absent),
                None => Err(EvalError::AbsentValue),
            },
            None if declared.optional && ty.closed.is_some() && may_exist(self.library.schema, uid) => {
                Ok(Value::Absent)
            }
            None => Err(EvalError::MissingEntity),
        }
    }

    #[inline(never)]
    fn field(&self, frame: &mut Frame<'_>, record: NodeId, name: &SmolStr, ty: &Type) -> Evaluated {
        match self.node(frame, record)? {
            Value::Record(fields) => match fields.get(name) {
                Some(value) => Ok(value.clone()),
                None if matches!(ty, Type::Optional(_)) => Ok(Value::Absent),
                None => Err(EvalError::AbsentValue),
            },
            _ => Err(MALFORMED),
        }
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
        let mut least_error = None;
        let mut decided = false;
        for element in set.iter() {
            let passes =
                |types: &EntityTypes| matches!(element, Value::Entity(uid) if types.contains(uid.ty));
            if !filter.is_none_or(passes) {
                continue;
            }
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
    fn matches(&self, frame: &mut Frame<'_>, value: NodeId, regex: u32) -> Evaluated {
        let text = self.text(frame, value)?;
        let is_match = match self.regexes {
            Some(compiled) => compiled.get(regex as usize).ok_or(MALFORMED)?.is_match(&text),
            None => {
                let source = self.library.regexes.get(regex as usize).ok_or(MALFORMED)?;
                compile_regex(source).map_err(|_| MALFORMED)?.is_match(&text)
            }
        };
        Ok(Value::Bool(is_match))
    }

    #[inline(never)]
    fn grant_fact(&self, frame: &mut Frame<'_>, grant: GrantId, args: &[NodeId]) -> Evaluated {
        let values = self.all(frame, args)?;
        let types = args.iter().map(|arg| frame.body.nodes.get(arg.0 as usize).map(|node| &node.ty));
        let types: Vec<&Type> = types.collect::<Option<_>>().ok_or(MALFORMED)?;
        self.fact(grant, &values, &types).map(Value::Bool)
    }
}

fn bind(frame: &mut Frame<'_>, local: u32, value: Value) -> Result<(), EvalError> {
    let at = local as usize;
    if at >= frame.locals.len() {
        // As many as the body says, and no more than it has nodes: a hostile number costs nothing.
        let most = frame.body.nodes.len() + frame.locals.len();
        if at >= most.max(frame.body.locals as usize).min(most + 4096) {
            return Err(MALFORMED);
        }
        frame.locals.resize(at + 1, None);
    }
    frame.locals[at] = Some(value);
    Ok(())
}

fn index(map: &Value, key: &Value) -> Evaluated {
    match (map, key) {
        (Value::Map(map), Value::String(key)) => Ok(map.get(key).cloned().unwrap_or(Value::Absent)),
        _ => Err(MALFORMED),
    }
}
