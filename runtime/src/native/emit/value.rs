//! Every operation: what code its value has.

use std::sync::Arc;

use cranelift_codegen::ir::{Block, BlockArg, InstBuilder, Value, types};

use super::{Emitter, MOST_DEPTH, MOST_NODES, Scope, Ssa, anywhere, inner, register};
use crate::Value as Constant;
use crate::native::arena::empty;
use crate::native::frame::Frame;
use crate::native::helpers::{ConvertSite, Id};
use crate::native::names::{Known, Unfit};
use crate::native::word::{encode, same_word};
use crate::program::{Node, NodeId, Op};
use crate::types::Type;
use crate::value::EvalError;

impl Emitter<'_, '_> {
    pub(super) fn node<'p>(&self, scope: &Scope<'p>, id: NodeId) -> Result<&'p Node, Unfit> {
        scope.body.nodes.get(id.0 as usize).ok_or(Unfit)
    }

    pub(super) fn root(scope: &Scope<'_>) -> Result<NodeId, Unfit> {
        scope.body.nodes.len().checked_sub(1).map(|last| NodeId(last as u32)).ok_or(Unfit)
    }

    /// Emits a node's value at the current place.
    pub(super) fn value(&mut self, scope: &mut Scope<'_>, id: NodeId) -> Result<Ssa, Unfit> {
        self.nodes += 1;
        self.depth += 1;
        if self.nodes > MOST_NODES || self.depth > MOST_DEPTH {
            return Err(Unfit);
        }
        let node = self.node(scope, id)?;
        let value = match self.held(scope, id) {
            Some(truth) => Ssa { word: self.bool(truth), present: None },
            None => self.operation(scope, id, node)?,
        };
        self.depth -= 1;
        if value.present.is_some() != matches!(node.ty, Type::Optional(_)) {
            return Err(Unfit);
        }
        Ok(value)
    }

    /// The value of a node that is not optional.
    pub(super) fn plain(&mut self, scope: &mut Scope<'_>, id: NodeId) -> Result<Value, Unfit> {
        let value = self.value(scope, id)?;
        if value.present.is_some() { Err(Unfit) } else { Ok(value.word) }
    }

    fn operation(&mut self, scope: &mut Scope<'_>, id: NodeId, node: &Node) -> Result<Ssa, Unfit> {
        let word = match &node.op {
            Op::Const(value) => match self.open(scope, id) {
                Some(word) => self.unpack(&node.ty, word),
                None => return self.constant(&node.ty, value),
            },
            Op::Param(index) => {
                let params = self.load(types::I64, anywhere(), self.frame, Frame::PARAMS);
                let offset = i32::try_from(*index).ok().and_then(|i| i.checked_mul(8)).ok_or(Unfit)?;
                let word = self.load(types::I64, anywhere(), params, offset);
                self.unpack(&node.ty, word)
            }
            Op::Principal => match self.principal {
                Some(subject) => subject.word,
                None => self.load(types::I64, anywhere(), self.frame, Frame::PRINCIPAL),
            },
            Op::Resource => match self.resource {
                Some(subject) => subject.word,
                None => self.load(types::I64, anywhere(), self.frame, Frame::RESOURCE),
            },
            Op::Action => match self.environment {
                Some(environment) => self.word(u64::from(environment.action.0)),
                None => self.load(types::I64, anywhere(), self.frame, Frame::ACTION),
            },
            Op::Context => {
                let word = self.load(types::I64, anywhere(), self.frame, Frame::CONTEXT);
                let from = self.context_type()?;
                self.converted(&from, &node.ty, word)?
            }
            Op::Now => self.load(types::I64, anywhere(), self.frame, Frame::NOW),
            Op::Local(local) => {
                return Ok(scope.locals.get(*local as usize).copied().flatten().ok_or(Unfit)?.value);
            }
            Op::Let { local, value, body } => {
                self.let_in(scope, *local, *value)?;
                return self.value(scope, *body);
            }
            Op::Call { function, args } => return self.call_function(scope, *function, args),
            Op::And(_) | Op::Or(_) | Op::Not(_) => self.logic(scope, id)?,
            Op::If { condition, then, otherwise } if self.gathered.is_some() => {
                return self.gathered_if(scope, *condition, *then, *otherwise);
            }
            Op::Coalesce(first, second) if self.gathered.is_some() => {
                return self.gathered_coalesce(scope, *first, *second);
            }
            Op::If { condition, then, otherwise } => {
                let (yes, no) = (self.block(&[]), self.block(&[]));
                let done = self.block(&Self::registers(&node.ty));
                self.branch(scope, *condition, yes, no)?;
                self.switch_to(yes);
                let value = self.value(scope, *then)?;
                self.join(done, value);
                self.switch_to(no);
                let value = self.value(scope, *otherwise)?;
                self.join(done, value);
                self.switch_to(done);
                return Ok(self.joined(done));
            }
            Op::Eq(a, b) => self.equality(scope, *a, *b)?,
            Op::Compare(ordering, a, b) => self.comparison(scope, *ordering, *a, *b)?,
            Op::Arithmetic(arithmetic, a, b) => self.arithmetic(scope, *arithmetic, *a, *b)?,
            Op::Neg(a) => {
                let a = self.plain(scope, *a)?;
                let zero = self.word(0);
                let (difference, overflow) = self.b.ins().ssub_overflow(zero, a);
                self.fail_if(overflow, EvalError::Overflow);
                difference
            }
            Op::In(member, group) => self.is_in(scope, *member, *group)?,
            Op::InAny(member, groups) => self.is_in_any(scope, *member, *groups)?,
            Op::ActionIn(a, b) => {
                let a = self.plain(scope, *a)?;
                let b = self.plain(scope, *b)?;
                self.action_in(a, b)
            }
            Op::ActionInAny(action, set) => {
                let action = self.plain(scope, *action)?;
                let set = self.plain(scope, *set)?;
                self.any_element(set, |emitter, group| emitter.action_in(action, group))
            }
            Op::IsType(entity, of) => {
                let types = self.entity_types(scope, *entity)?;
                let entity = self.plain(scope, *entity)?;
                if types.is_subset(of) { self.bool(true) } else { self.has_type(entity, of) }
            }
            Op::Attribute(entity, name) => return self.attribute(scope, *entity, name, &node.ty),
            Op::HasAttribute(entity, name) => self.has_attribute(scope, *entity, name)?,
            Op::Field(record, name) => return self.field(scope, *record, name, &node.ty),
            Op::HasField(record, name) => self.has_field(scope, *record, name)?,
            Op::Unwrap(optional) => {
                let value = self.value(scope, *optional)?;
                let absent = self.not(value.present.ok_or(Unfit)?);
                self.fail_if(absent, EvalError::AbsentValue);
                value.word
            }
            Op::Narrow(entity) => {
                let types = self.entity_types(scope, *entity)?;
                let word = self.plain(scope, *entity)?;
                let Type::Entity(to) = &node.ty else { return Err(Unfit) };
                if !types.is_subset(to) {
                    let fits = self.has_type(word, to);
                    let other = self.not(fits);
                    self.fail_if(other, EvalError::AbsentValue);
                }
                word
            }
            Op::IsSome(optional) => self.value(scope, *optional)?.present.ok_or(Unfit)?,
            Op::Coalesce(first, second) => {
                let first = self.value(scope, *first)?;
                let present = first.present.ok_or(Unfit)?;
                let (yes, no) = (self.block(&[]), self.block(&[]));
                let done = self.block(&Self::registers(&node.ty));
                self.brif(present, yes, no);
                self.switch_to(yes);
                let value = match node.ty {
                    Type::Optional(_) => self.present(first.word),
                    _ => Ssa { word: first.word, present: None },
                };
                self.join(done, value);
                self.switch_to(no);
                let value = self.value(scope, *second)?;
                self.join(done, value);
                self.switch_to(done);
                return Ok(self.joined(done));
            }
            Op::Index(map, key) => {
                let map = self.plain(scope, *map)?;
                let key = self.plain(scope, *key)?;
                return self.index(inner(&node.ty), map, key);
            }
            Op::Contains(set, element) => self.contains(scope, *set, *element)?,
            Op::Quantifier { all, local, filter, set, body } => {
                self.quantifier(scope, *all, *local, filter.as_ref(), *set, *body)?
            }
            Op::SetOf(elements) => self.set_of(scope, elements, &node.ty)?,
            Op::RecordOf(fields) => self.record_of(scope, fields, &node.ty)?,
            Op::MapOf(entries) => self.map_of(scope, entries)?,
            Op::Convert(from) => {
                let from_ty = self.node(scope, *from)?.ty.clone();
                let value = self.value(scope, *from)?;
                return self.conversion(&from_ty, &node.ty, value);
            }
            Op::Builtin(builtin, args) => return self.builtin(scope, *builtin, args, &node.ty),
            Op::Like { value, pattern } => self.like(scope, id, *value, *pattern)?,
            Op::Matches { value, regex } => self.matches(scope, id, *value, *regex)?,
            Op::GrantFact(grant, args) => self.grant_fact(scope, *grant, args)?,
            Op::Ancestors(entity) => {
                let entity = self.reach(scope, *entity)?;
                self.ancestors(&entity)?
            }
        };
        Ok(Ssa { word, present: None })
    }

    fn let_in(&mut self, scope: &mut Scope<'_>, local: u32, value: NodeId) -> Result<(), Unfit> {
        let subject = self.subject(scope, value);
        let value = self.value(scope, value)?;
        scope.bind(local as usize, value, subject)
    }

    /// A literal.
    pub(super) fn constant(&mut self, ty: &Type, value: &Constant) -> Result<Ssa, Unfit> {
        if let Type::Optional(of) = ty {
            return Ok(match value {
                Constant::Absent => {
                    let word = self.b.ins().iconst(register(of), 0);
                    let present = self.bool(false);
                    Ssa { word, present: Some(present) }
                }
                _ => {
                    let word = self.constant(of, value)?.word;
                    self.present(word)
                }
            });
        }
        let code = self.code;
        let word = encode(ty, value, &mut Known(&code.names), &mut self.building.pins.arena)?;
        Ok(Ssa { word: self.b.ins().iconst(register(ty), word as i64), present: None })
    }

    /// A value converted to a type that it can be used as.
    pub(super) fn conversion(&mut self, from: &Type, to: &Type, value: Ssa) -> Result<Ssa, Unfit> {
        match (value.present, to) {
            (None, Type::Optional(of)) => {
                let word = self.converted(from, of, value.word)?;
                Ok(self.present(word))
            }
            (None, _) => Ok(Ssa { word: self.converted(from, to, value.word)?, present: None }),
            (Some(_), Type::Optional(of)) if same_word(inner(from), of) => {
                let word = self.converted(inner(from), of, value.word)?;
                Ok(Ssa { word, present: value.present })
            }
            (Some(present), Type::Optional(of)) => {
                let yes = self.block(&[]);
                let done = self.block(&[register(of)]);
                let none = self.word(0);
                self.b.ins().brif(present, yes, &[], done, &[BlockArg::Value(none)]);
                self.switch_to(yes);
                let word = self.converted(inner(from), of, value.word)?;
                self.jump(done, &[word]);
                self.switch_to(done);
                Ok(Ssa { word: self.param(done, 0), present: value.present })
            }
            (Some(_), _) => Err(Unfit),
        }
    }

    /// A value that is not optional, converted.
    pub(super) fn converted(&mut self, from: &Type, to: &Type, word: Value) -> Result<Value, Unfit> {
        if *from == Type::Never {
            // No value has this type, so this code never runs; it only has to be well-formed.
            let none = match to {
                Type::Set(_) | Type::Map(_) => empty(),
                _ => 0,
            };
            return Ok(self.b.ins().iconst(register(to), none as i64));
        }
        if same_word(from, to) {
            return Ok(word);
        }
        let site = self.building.pins.pin(Arc::new(ConvertSite { from: from.clone(), to: to.clone() }));
        let site = self.word(site);
        let cell = self.call(Id::convert, &[self.frame, site, word]);
        self.fault_if_zero(cell);
        Ok(cell)
    }

    /// Continues at `yes` or `no`.
    pub(super) fn branch(
        &mut self,
        scope: &mut Scope<'_>,
        id: NodeId,
        yes: Block,
        no: Block,
    ) -> Result<(), Unfit> {
        let node = self.node(scope, id)?;
        if self.is_simple(scope, id) {
            let truth = self.plain(scope, id)?;
            self.brif(truth, yes, no);
            return Ok(());
        }
        self.nodes += 1;
        self.depth += 1;
        if self.nodes > MOST_NODES || self.depth > MOST_DEPTH {
            return Err(Unfit);
        }
        match &node.op {
            Op::And(operands) | Op::Or(operands) => {
                let all = matches!(node.op, Op::And(_));
                let (last, first) = operands.split_last().ok_or(Unfit)?;
                for operand in first {
                    if self.held(scope, *operand) == Some(all) {
                        continue;
                    }
                    let next = self.block(&[]);
                    if all {
                        self.branch(scope, *operand, next, no)?;
                    } else {
                        self.branch(scope, *operand, yes, next)?;
                    }
                    self.switch_to(next);
                }
                self.branch(scope, *last, yes, no)?;
            }
            Op::Not(operand) => self.branch(scope, *operand, no, yes)?,
            Op::Let { local, value, body } => {
                self.let_in(scope, *local, *value)?;
                self.branch(scope, *body, yes, no)?;
            }
            Op::If { condition, then, otherwise } => {
                let (first, second) = (self.block(&[]), self.block(&[]));
                self.branch(scope, *condition, first, second)?;
                self.switch_to(first);
                self.branch(scope, *then, yes, no)?;
                self.switch_to(second);
                self.branch(scope, *otherwise, yes, no)?;
            }
            _ => {
                let truth = self.plain(scope, id)?;
                self.brif(truth, yes, no);
            }
        }
        self.depth -= 1;
        Ok(())
    }

    /// The value of an `and`, `or` or `not`.
    fn logic(&mut self, scope: &mut Scope<'_>, id: NodeId) -> Result<Value, Unfit> {
        let node = self.node(scope, id)?;
        if let Op::Not(operand) = &node.op {
            let truth = self.plain(scope, *operand)?;
            return Ok(self.not(truth));
        }
        if self.gathered.is_some() || self.is_simple(scope, id) {
            let (all, operands) = match &node.op {
                Op::And(operands) => (true, operands),
                Op::Or(operands) => (false, operands),
                _ => return Err(Unfit),
            };
            return self.gathered_logic(scope, all, operands);
        }
        let (yes, no, done) = (self.block(&[]), self.block(&[]), self.block(&[types::I8]));
        self.branch(scope, id, yes, no)?;
        for (block, truth) in [(yes, true), (no, false)] {
            self.switch_to(block);
            let truth = self.bool(truth);
            self.jump(done, &[truth]);
        }
        self.switch_to(done);
        Ok(self.param(done, 0))
    }
}
