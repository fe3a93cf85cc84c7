//! Operations on the values of their operands.

use std::sync::Arc;

use smol_str::SmolStr;

use super::Evaluation;
use super::expression::{Evaluated, MALFORMED};
use super::grants::in_any;
use super::operations::{arithmetic, compare, negate};
use crate::fit::{convert, may_exist};
use crate::program::{Node, Op, compile_regex};
use crate::types::Type;
use crate::value::{EntityUid, EvalError, Value};

impl Evaluation<'_> {
    #[inline(never)]
    pub(super) fn unary(&self, node: &Node, operand: Value) -> Evaluated {
        match (&node.op, operand) {
            (Op::Not(_), Value::Bool(truth)) => Ok(Value::Bool(!truth)),
            (Op::Neg(_), operand) => negate(&operand),
            (Op::IsType(_, types), Value::Entity(uid)) => Ok(Value::Bool(types.contains(uid.ty))),
            (Op::Narrow(_), Value::Entity(uid)) => match &node.ty {
                Type::Entity(types) if types.contains(uid.ty) => Ok(Value::Entity(uid)),
                _ => Err(EvalError::AbsentValue),
            },
            (Op::Attribute(_, name), Value::Entity(uid)) => self.attribute(&uid, name),
            (Op::HasAttribute(_, name), Value::Entity(uid)) => Ok(Value::Bool(
                self.world.entity(&uid).is_some_and(|entity| entity.attributes.contains_key(name)),
            )),
            (Op::Field(_, name), Value::Record(fields)) => match fields.get(name) {
                Some(value) => Ok(value.clone()),
                None if matches!(node.ty, Type::Optional(_)) => Ok(Value::Absent),
                None => Err(EvalError::AbsentValue),
            },
            (Op::HasField(_, name), Value::Record(fields)) => Ok(Value::Bool(fields.contains_key(name))),
            (Op::Unwrap(_), Value::Absent) => Err(EvalError::AbsentValue),
            (Op::Unwrap(_), operand) => Ok(operand),
            (Op::IsSome(_), operand) => Ok(Value::Bool(operand != Value::Absent)),
            (Op::Convert(_), operand) => Ok(convert(&operand, &node.ty)),
            (Op::Ancestors(_), Value::Entity(uid)) => {
                let ancestors = self.world.ancestors(&uid).into_iter().map(Value::Entity);
                Ok(Value::Set(Arc::new(ancestors.collect())))
            }
            (Op::Like { pattern, .. }, Value::String(text)) => {
                let pattern = self.library.like_patterns.get(*pattern as usize).ok_or(MALFORMED)?;
                Ok(Value::Bool(pattern.matches(&text)))
            }
            (Op::Matches { regex, .. }, Value::String(text)) => self.matches(*regex, &text),
            _ => Err(MALFORMED),
        }
    }

    #[inline(never)]
    pub(super) fn binary(&self, op: &Op, left: &Value, right: &Value) -> Evaluated {
        match (op, left, right) {
            (Op::Eq(..), _, _) => Ok(Value::Bool(left == right)),
            (Op::Compare(ordering, ..), _, _) => compare(*ordering, left, right).map(Value::Bool),
            (Op::Arithmetic(operation, ..), _, _) => arithmetic(*operation, left, right),
            (Op::In(..) | Op::InAny(..), _, _) => Ok(Value::Bool(in_any(self.world, left, right))),
            (Op::ActionIn(..) | Op::ActionInAny(..), _, _) => self.action_in(left, right),
            (Op::Index(..), Value::Map(map), Value::String(key)) => {
                Ok(map.get(key).cloned().unwrap_or(Value::Absent))
            }
            (Op::Contains(..), Value::Set(set), element) => Ok(Value::Bool(set.contains(element))),
            _ => Err(MALFORMED),
        }
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

    fn matches(&self, regex: u32, text: &str) -> Evaluated {
        let is_match = match self.regexes {
            Some(compiled) => compiled.get(regex as usize).ok_or(MALFORMED)?.is_match(text),
            None => {
                let source = self.library.regexes.get(regex as usize).ok_or(MALFORMED)?;
                compile_regex(source).map_err(|_| MALFORMED)?.is_match(text)
            }
        };
        Ok(Value::Bool(is_match))
    }
}
