//! Rows, attributes and the hierarchy.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Type as IrType, Value, types};

use super::{Emitter, Role, Scope, Ssa, anywhere, inner, register};
use crate::Value as Constant;
use crate::native::helpers::Id;
use crate::native::image::Table;
use crate::native::layout::{ANCESTORS, Flag, Place};
use crate::native::names::Unfit;
use crate::native::rows::{PAGE, PAGE_BITS};
use crate::program::{NodeId, Op};
use crate::types::{EntityTypeId, EntityTypes, RecordType, Type};
use crate::value::{EntityUid, EvalError};

/// An entity whose row may be wanted.
pub(super) struct Reached {
    pub(super) word: Value,
    pub(super) types: EntityTypes,
    /// If it is known already.
    pub(super) row: Option<Value>,
    /// The data surely holds it.
    pub(super) held: bool,
}

impl Emitter<'_, '_> {
    /// The possible types of an entity, as precisely as the environment says.
    pub(super) fn entity_types(&self, scope: &Scope<'_>, id: NodeId) -> Result<EntityTypes, Unfit> {
        let node = self.node(scope, id)?;
        match (&node.op, self.environment) {
            (Op::Principal, Some(environment)) => return Ok(EntityTypes::one(environment.principal)),
            (Op::Resource, Some(environment)) => return Ok(EntityTypes::one(environment.resource)),
            (Op::Convert(inner), _) if inner.0 < id.0 => return self.entity_types(scope, *inner),
            (Op::Narrow(inner), _) if inner.0 < id.0 => {
                if let (Type::Entity(to), from) = (&node.ty, self.entity_types(scope, *inner)?)
                    && let Some(both) = from.intersect(to)
                {
                    return Ok(both);
                }
            }
            (Op::Local(local), Some(environment)) => match self.local_subject(scope, *local) {
                Some(Role::Principal) => return Ok(EntityTypes::one(environment.principal)),
                Some(Role::Resource) => return Ok(EntityTypes::one(environment.resource)),
                None => {}
            },
            _ => {}
        }
        match &node.ty {
            Type::Entity(types) => Ok(types.clone()),
            _ => Err(Unfit),
        }
    }

    /// Emits an entity.
    pub(super) fn reach(&mut self, scope: &mut Scope<'_>, id: NodeId) -> Result<Reached, Unfit> {
        match self.subject(scope, id) {
            Some(role) => self.reach_subject(role),
            None => {
                let types = self.entity_types(scope, id)?;
                Ok(Reached { word: self.plain(scope, id)?, types, row: None, held: false })
            }
        }
    }

    fn local_subject(&self, scope: &Scope<'_>, local: u32) -> Option<Role> {
        scope.locals.get(local as usize).copied().flatten()?.subject
    }

    /// Whether a node is the request's principal or resource, under any type that it surely has.
    pub(super) fn subject(&self, scope: &Scope<'_>, id: NodeId) -> Option<Role> {
        self.environment?;
        let node = self.node(scope, id).ok()?;
        match &node.op {
            Op::Principal => Some(Role::Principal),
            Op::Resource => Some(Role::Resource),
            Op::Local(local) => self.local_subject(scope, *local),
            Op::Convert(inner) if inner.0 < id.0 && matches!(node.ty, Type::Entity(_)) => {
                self.subject(scope, *inner)
            }
            Op::Narrow(inner) if inner.0 < id.0 => match &node.ty {
                Type::Entity(to) if self.entity_types(scope, *inner).ok()?.is_subset(to) => {
                    self.subject(scope, *inner)
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// Principal or resource of the environment.
    pub(super) fn reach_subject(&self, role: Role) -> Result<Reached, Unfit> {
        let environment = self.environment.ok_or(Unfit)?;
        let (subject, ty) = match role {
            Role::Principal => (self.principal, environment.principal),
            Role::Resource => (self.resource, environment.resource),
        };
        let subject = subject.ok_or(Unfit)?;
        Ok(Reached {
            word: subject.word,
            types: EntityTypes::one(ty),
            row: Some(subject.row),
            held: subject.held,
        })
    }

    /// The row of an entity of this type; the row of zeroes if there is none.
    pub(super) fn row_of_type(&mut self, ty: EntityTypeId, entity: Value) -> Value {
        let stride = self.code.layout.types.get(ty.index()).map_or(1, |layout| layout.stride) * 8;
        let at = ty.0 as i32 * Table::SIZE;
        let pages = self.load(types::I64, anywhere(), self.tables, at + Table::PAGES);
        let len = self.load(types::I64, anywhere(), self.tables, at + Table::LEN);
        let number = self.b.ins().ireduce(types::I32, entity);
        let number = self.b.ins().uextend(types::I64, number);
        let known = self.b.ins().icmp(IntCC::UnsignedLessThan, number, len);
        let zero = self.word(0);
        let place = self.b.ins().iadd_imm_s(number, PAGE as i64);
        let place = self.select(known, place, zero);
        let page = self.b.ins().ushr_imm_u(place, i64::from(PAGE_BITS));
        let page = self.b.ins().ishl_imm_u(page, 3);
        let page = self.b.ins().iadd(pages, page);
        let page = self.load(types::I64, anywhere(), page, 0);
        let offset = self.b.ins().band_imm_s(place, PAGE as i64 - 1);
        let offset = if stride.is_power_of_two() {
            self.b.ins().ishl_imm_u(offset, i64::from(stride.trailing_zeros()))
        } else {
            self.b.ins().imul_imm_s(offset, stride as i64)
        };
        self.b.ins().iadd(page, offset)
    }

    /// Whether an entity is of one of these types.
    pub(super) fn has_type(&mut self, entity: Value, of: &EntityTypes) -> Value {
        let ty = self.b.ins().ushr_imm_u(entity, 32);
        let mut truth = None;
        for one in of.iter() {
            let next = self.is(ty, u64::from(one.0));
            truth = Some(match truth {
                None => next,
                Some(truth) => self.b.ins().bor(truth, next),
            });
        }
        match truth {
            Some(truth) => truth,
            None => self.bool(false),
        }
    }

    /// What `emit` makes of the entity's row, for each type that it can have.
    pub(super) fn by_type(
        &mut self,
        entity: &Reached,
        registers: &[IrType],
        mut emit: impl FnMut(&mut Self, EntityTypeId, Value) -> Result<Vec<Value>, Unfit>,
    ) -> Result<Vec<Value>, Unfit> {
        if let Some(only) = entity.types.single() {
            let row = match entity.row {
                Some(row) => row,
                None => self.row_of_type(only, entity.word),
            };
            return emit(self, only, row);
        }
        let done = self.block(registers);
        let tag = self.b.ins().ushr_imm_u(entity.word, 32);
        let mut left = entity.types.iter().len();
        for ty in entity.types.iter() {
            left -= 1;
            let next = if left > 0 {
                let (here, next) = (self.block(&[]), self.block(&[]));
                let truth = self.is(tag, u64::from(ty.0));
                self.brif(truth, here, next);
                self.switch_to(here);
                Some(next)
            } else {
                None
            };
            let row = self.row_of_type(ty, entity.word);
            let values = emit(self, ty, row)?;
            self.jump(done, &values);
            if let Some(next) = next {
                self.switch_to(next);
            }
        }
        self.switch_to(done);
        Ok(self.b.block_params(done).to_vec())
    }

    pub(super) fn flag(&mut self, row: Value, flag: Flag) -> Value {
        let word = self.load(types::I64, anywhere(), row, flag.word as i32 * 8);
        let bit = self.b.ins().band_imm_s(word, (1u64 << flag.bit) as i64);
        self.is_not(bit, 0)
    }

    /// What is at a place of a row, as a word.
    pub(super) fn place(&mut self, row: Value, place: Place) -> Value {
        let at = place.word as i32 * 8;
        if place.mask == u64::MAX {
            return self.load(types::I64, anywhere(), row, at);
        }
        if place.mask == u64::from(u32::MAX) {
            let half = self.b.ins().uload32(anywhere(), row, at + place.shift as i32 / 8);
            return match place.base {
                0 => half,
                base => {
                    let base = self.word(base);
                    self.b.ins().bor(half, base)
                }
            };
        }
        let word = self.load(types::I64, anywhere(), row, at);
        let word = self.b.ins().ushr_imm_u(word, i64::from(place.shift));
        self.b.ins().band_imm_s(word, place.mask as i64)
    }

    /// Reads an attribute.
    pub(super) fn attribute(
        &mut self,
        scope: &mut Scope<'_>,
        entity: NodeId,
        name: &str,
        ty: &Type,
    ) -> Result<Ssa, Unfit> {
        let entity = self.reach(scope, entity)?;
        let code = self.code;
        let optional = matches!(ty, Type::Optional(_));
        let values = self.by_type(&entity, &Self::registers(ty), |emitter, of, row| {
            let slot = code.layout.types.get(of.index()).and_then(|l| l.attributes.get(name)).ok_or(Unfit)?;
            if slot.field.optional && !optional {
                return Err(Unfit);
            }
            if !entity.held {
                let held = emitter.flag(row, slot.known);
                let missing = emitter.not(held);
                emitter.fail_if(missing, EvalError::MissingEntity);
            }
            let word = emitter.place(row, slot.place);
            let word = emitter.unpack(&slot.field.ty, word);
            let present = match (optional, slot.field.optional) {
                (false, _) => None,
                (true, false) => Some(emitter.bool(true)),
                (true, true) => Some(emitter.flag(row, slot.present)),
            };
            let from = if slot.field.optional {
                Type::optional(slot.field.ty.clone())
            } else {
                slot.field.ty.clone()
            };
            let to = if optional { ty } else { inner(ty) };
            let value = match present {
                Some(_) if !slot.field.optional => {
                    emitter.conversion(&from, to, Ssa { word, present: None })?
                }
                _ => emitter.conversion(&from, to, Ssa { word, present })?,
            };
            Ok(std::iter::once(value.word).chain(value.present).collect())
        })?;
        Ok(Ssa { word: values[0], present: values.get(1).copied() })
    }

    /// Whether the data holds an attribute.
    pub(super) fn has_attribute(
        &mut self,
        scope: &mut Scope<'_>,
        entity: NodeId,
        name: &str,
    ) -> Result<Value, Unfit> {
        let entity = self.reach(scope, entity)?;
        let code = self.code;
        let values = self.by_type(&entity, &[types::I8], |emitter, of, row| {
            let slot = code.layout.types.get(of.index()).and_then(|layout| layout.attributes.get(name));
            Ok(vec![match slot {
                Some(slot) => emitter.flag(row, slot.present),
                None => emitter.bool(false),
            }])
        })?;
        Ok(values[0])
    }

    /// The set of an entity's ancestors.
    pub(super) fn ancestors(&mut self, entity: &Reached) -> Result<Value, Unfit> {
        let values = self.by_type(entity, &[types::I64], |emitter, _, row| {
            Ok(vec![emitter.load(types::I64, anywhere(), row, ANCESTORS as i32 * 8)])
        })?;
        Ok(values[0])
    }

    /// `member in group`
    pub(super) fn is_in(
        &mut self,
        scope: &mut Scope<'_>,
        member: NodeId,
        group: NodeId,
    ) -> Result<Value, Unfit> {
        let known = match self.literal(scope, group) {
            Some(Constant::Entity(uid)) => Some(uid.clone()),
            _ => None,
        };
        let member = self.reach(scope, member)?;
        if let Some(uid) = known {
            return self.in_known(&member, &uid);
        }
        let of = self.entity_types(scope, group)?;
        let group = self.plain(scope, group)?;
        if self.has_bits(&member.types, &of) {
            return self.in_by_bits(&member, group, &of);
        }
        self.in_entity(&member, group)
    }

    /// Whether all ancestors of the member are of the group's one type, so that a bit tells.
    pub(super) fn has_bits(&self, member: &EntityTypes, group: &EntityTypes) -> bool {
        let above = member.single().and_then(|ty| self.code.program.ancestor_types(ty));
        above.and_then(EntityTypes::single).is_some_and(|above| group.single() == Some(above))
    }

    /// `member in group` by the bits before the ancestors, or, for a group without a bit, by the ancestors.
    pub(super) fn in_by_bits(
        &mut self,
        member: &Reached,
        group: Value,
        of: &EntityTypes,
    ) -> Result<Value, Unfit> {
        let ty = of.single().ok_or(Unfit)?;
        let (look, search, done) = (self.block(&[]), self.block(&[]), self.block(&[types::I8]));
        let same = self.equal(member.word, group);
        let ancestors = self.ancestors(member)?;
        let number = self.b.ins().ireduce(types::I32, group);
        let number = self.b.ins().uextend(types::I64, number);
        let bits = self.load(types::I64, anywhere(), self.tables, ty.0 as i32 * Table::SIZE + Table::BITS);
        let has_bit = self.b.ins().icmp(IntCC::UnsignedLessThan, number, bits);
        self.b.set_cold_block(search);
        self.brif(has_bit, look, search);
        self.switch_to(look);
        let word = self.b.ins().ushr_imm_u(number, 6);
        let offset = self.b.ins().ishl_imm_u(word, 3);
        let place = self.b.ins().isub(ancestors, offset);
        let word = self.load(types::I64, super::here(), place, -8);
        // A shift looks at the low six bits of its amount only.
        let bit = self.b.ins().ushr(word, number);
        let bit = self.b.ins().ireduce(types::I8, bit);
        let bit = self.b.ins().band_imm_s(bit, 1);
        let truth = self.b.ins().bor(same, bit);
        self.jump(done, &[truth]);
        self.switch_to(search);
        let found = self.search(ancestors, group);
        let truth = self.b.ins().bor(same, found);
        self.jump(done, &[truth]);
        self.switch_to(done);
        Ok(self.param(done, 0))
    }

    /// Whether an entity is in another.
    pub(super) fn in_entity(&mut self, member: &Reached, group: Value) -> Result<Value, Unfit> {
        let (search, done) = (self.block(&[]), self.block(&[types::I8]));
        let same = self.equal(member.word, group);
        self.b.ins().brif(same, done, &[cranelift_codegen::ir::BlockArg::Value(same)], search, &[]);
        self.switch_to(search);
        let ancestors = self.ancestors(member)?;
        let found = self.search(ancestors, group);
        self.jump(done, &[found]);
        self.switch_to(done);
        Ok(self.param(done, 0))
    }

    /// Whether an entity is in one that the policy names.
    pub(super) fn in_known(&mut self, member: &Reached, group: &EntityUid) -> Result<Value, Unfit> {
        let code = self.code;
        let has_flag = |ty: EntityTypeId| {
            code.layout.types.get(ty.index()).and_then(|layout| layout.groups.get(group)).copied()
        };
        if member.types.iter().all(|ty| has_flag(ty).is_some()) {
            let values = self.by_type(member, &[types::I8], |emitter, ty, row| {
                Ok(vec![emitter.flag(row, has_flag(ty).ok_or(Unfit)?)])
            })?;
            return Ok(values[0]);
        }
        let group = code.names.find_entity(group.ty, &group.id).ok_or(Unfit)?;
        let group = self.word(group);
        self.in_entity(member, group)
    }

    /// `member in groups`
    pub(super) fn is_in_any(
        &mut self,
        scope: &mut Scope<'_>,
        member: NodeId,
        groups: NodeId,
    ) -> Result<Value, Unfit> {
        if let Some(Constant::Set(set)) = self.literal(scope, groups)
            && set.len() <= super::collection::FEW_ELEMENTS
        {
            let set = set.clone();
            let member = self.reach(scope, member)?;
            let mut truth = self.bool(false);
            for value in set.iter() {
                let Constant::Entity(uid) = value else { return Err(Unfit) };
                let next = self.in_known(&member, uid)?;
                truth = self.b.ins().bor(truth, next);
            }
            return Ok(truth);
        }
        let member = self.reach(scope, member)?;
        let groups = self.plain(scope, groups)?;
        let (search, done) = (self.block(&[]), self.block(&[types::I8]));
        let direct = self.search(groups, member.word);
        self.b.ins().brif(direct, done, &[cranelift_codegen::ir::BlockArg::Value(direct)], search, &[]);
        self.switch_to(search);
        let ancestors = self.ancestors(&member)?;
        let found = self.call(Id::intersect, &[ancestors, groups]);
        let found = self.b.ins().ireduce(types::I8, found);
        self.jump(done, &[found]);
        self.switch_to(done);
        Ok(self.param(done, 0))
    }

    /// The type that the request's context has.
    pub(super) fn context_type(&self) -> Result<Type, Unfit> {
        let environment = self.environment.ok_or(Unfit)?;
        let action = self.code.program.schema.actions.get(environment.action.index()).ok_or(Unfit)?;
        Ok(Type::Record(action.applies.as_ref().ok_or(Unfit)?.context.clone()))
    }

    /// A record and its type; the context as the request has it, so that reading one field converts nothing.
    fn record(&mut self, scope: &mut Scope<'_>, id: NodeId) -> Result<(Value, RecordType), Unfit> {
        let node = self.node(scope, id)?;
        if matches!(node.op, Op::Context)
            && let Type::Record(record) = self.context_type()?
        {
            let word = self.load(types::I64, anywhere(), self.frame, crate::native::frame::Frame::CONTEXT);
            return Ok((word, record));
        }
        match &node.ty {
            Type::Record(record) => Ok((self.plain(scope, id)?, record.clone())),
            _ => Err(Unfit),
        }
    }

    /// Reads a field.
    pub(super) fn field(
        &mut self,
        scope: &mut Scope<'_>,
        id: NodeId,
        name: &str,
        ty: &Type,
    ) -> Result<Ssa, Unfit> {
        let (cell, record) = self.record(scope, id)?;
        let (at, field) = record.field(name).ok_or(Unfit)?;
        let presence = crate::native::word::presence_words(&record);
        let word = self.load(types::I64, super::here(), cell, (presence + at) as i32 * 8);
        let word = self.unpack(&field.ty, word);
        let from = if field.optional { Type::optional(field.ty.clone()) } else { field.ty.clone() };
        let present = if field.optional { Some(self.field_flag(cell, at)) } else { None };
        debug_assert_eq!(register(&from), register(ty));
        self.conversion(&from, ty, Ssa { word, present })
    }

    /// Whether a field is present.
    pub(super) fn has_field(
        &mut self,
        scope: &mut Scope<'_>,
        id: NodeId,
        name: &str,
    ) -> Result<Value, Unfit> {
        let (cell, record) = self.record(scope, id)?;
        let (at, _) = record.field(name).ok_or(Unfit)?;
        Ok(self.field_flag(cell, at))
    }

    fn field_flag(&mut self, cell: Value, at: usize) -> Value {
        let word = self.load(types::I64, super::here(), cell, (at / 64) as i32 * 8);
        let bit = self.b.ins().band_imm_s(word, (1u64 << (at % 64)) as i64);
        self.is_not(bit, 0)
    }
}
