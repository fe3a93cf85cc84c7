//! Sets, maps, records and quantifiers.

use std::sync::Arc;

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{BlockArg, InstBuilder, Value, types};

use super::{Emitter, Scope, Ssa, here, register};
use crate::Value as Constant;
use crate::native::arena::empty;
use crate::native::helpers::Id;
use crate::native::names::Unfit;
use crate::native::status;
use crate::native::word::{is_direct, presence_words};
use crate::program::{NodeId, Op};
use crate::types::{EntityTypes, Type};
use crate::value::EvalError;

/// Sets up to this size are searched one by one.
const SMALL_SET: i64 = 12;
/// Literal sets up to this size become comparisons.
pub(super) const FEW_ELEMENTS: usize = 8;

impl Emitter<'_, '_> {
    /// Whether a set of direct words has `word`.
    pub(super) fn search(&mut self, set: Value, word: Value) -> Value {
        let len = self.load(types::I64, here(), set, 0);
        let (large, head, body, done) =
            (self.block(&[]), self.block(&[types::I64]), self.block(&[]), self.block(&[types::I8]));
        let small = self.b.ins().icmp_imm_s(IntCC::SignedLessThanOrEqual, len, SMALL_SET);
        self.b.ins().brif(small, head, &[BlockArg::Value(len)], large, &[]);

        self.switch_to(large);
        let found = self.call(Id::find_word, &[set, word]);
        let found = self.b.ins().ireduce(types::I8, found);
        self.jump(done, &[found]);

        // From the last element to the first.
        self.switch_to(head);
        let at = self.param(head, 0);
        let no = self.bool(false);
        self.b.ins().brif(at, body, &[], done, &[BlockArg::Value(no)]);
        self.switch_to(body);
        let offset = self.b.ins().ishl_imm_u(at, 3);
        let place = self.b.ins().iadd(set, offset);
        let element = self.load(types::I64, here(), place, 0);
        let found = self.equal(element, word);
        let next = self.b.ins().iadd_imm_s(at, -1);
        self.b.ins().brif(found, done, &[BlockArg::Value(found)], head, &[BlockArg::Value(next)]);
        self.switch_to(done);
        self.param(done, 0)
    }

    /// Whether `test` is true of some word of a set.
    pub(super) fn any_element(
        &mut self,
        set: Value,
        mut test: impl FnMut(&mut Self, Value) -> Value,
    ) -> Value {
        let len = self.load(types::I64, here(), set, 0);
        let (head, body, done) = (self.block(&[types::I64]), self.block(&[]), self.block(&[types::I8]));
        self.jump(head, &[len]);
        self.switch_to(head);
        let at = self.param(head, 0);
        let no = self.bool(false);
        self.b.ins().brif(at, body, &[], done, &[BlockArg::Value(no)]);
        self.switch_to(body);
        let offset = self.b.ins().ishl_imm_u(at, 3);
        let place = self.b.ins().iadd(set, offset);
        let element = self.load(types::I64, here(), place, 0);
        let found = test(self, element);
        let next = self.b.ins().iadd_imm_s(at, -1);
        self.b.ins().brif(found, done, &[BlockArg::Value(found)], head, &[BlockArg::Value(next)]);
        self.switch_to(done);
        self.param(done, 0)
    }

    /// `set.contains(element)`
    pub(super) fn contains(
        &mut self,
        scope: &mut Scope<'_>,
        set: NodeId,
        element: NodeId,
    ) -> Result<Value, Unfit> {
        let Type::Set(of) = self.node(scope, set)?.ty.clone() else { return Err(Unfit) };
        if let Some(elements) = self.open_elements(scope, set) {
            let element = self.plain(scope, element)?;
            let element = self.pack(element);
            let mut truth = self.bool(false);
            for one in elements {
                let next = self.equal(element, one);
                truth = self.b.ins().bor(truth, next);
            }
            return Ok(truth);
        }
        if is_direct(&of)
            && let Some(Constant::Set(elements)) = self.literal(scope, set)
            && elements.len() <= FEW_ELEMENTS
        {
            let elements = elements.clone();
            let element = self.plain(scope, element)?;
            let mut truth = self.bool(false);
            for value in elements.iter() {
                let one = self.constant(&of, value)?.word;
                let next = self.equal(element, one);
                truth = self.b.ins().bor(truth, next);
            }
            return Ok(truth);
        }
        let set = self.plain(scope, set)?;
        let element_ty = self.node(scope, element)?.ty.clone();
        let element = self.plain(scope, element)?;
        let element = self.pack(element);
        if is_direct(&of) {
            return Ok(self.search(set, element));
        }
        if !crate::native::word::same_word(&element_ty, &of) {
            return Err(Unfit);
        }
        let site = self.building.pins.pin(Arc::new((*of).clone()));
        let site = self.word(site);
        let truth = self.call(Id::contains_word, &[site, set, element]);
        Ok(self.b.ins().ireduce(types::I8, truth))
    }

    /// `map[key]`
    pub(super) fn index(&mut self, ty: &Type, map: Value, key: Value) -> Result<Ssa, Unfit> {
        let place = self.call(Id::lookup, &[map, key]);
        let (found, done) = (self.block(&[]), self.block(&[register(ty), types::I8]));
        let (none, no) = (self.b.ins().iconst(register(ty), 0), self.bool(false));
        self.b.ins().brif(place, found, &[], done, &[BlockArg::Value(none), BlockArg::Value(no)]);
        self.switch_to(found);
        let word = self.load(types::I64, here(), place, 0);
        let word = self.unpack(ty, word);
        let value = self.present(word);
        self.join(done, value);
        self.switch_to(done);
        Ok(self.joined(done))
    }

    /// `any` or `all`, by DESIGN 2.3 rule 3: an element that settles the answer ends the loop; of errors the least is kept until
    /// it is sure that none does.
    pub(super) fn quantifier(
        &mut self,
        scope: &mut Scope<'_>,
        all: bool,
        local: u32,
        filter: Option<&EntityTypes>,
        set: NodeId,
        body: NodeId,
    ) -> Result<Value, Unfit> {
        let Type::Set(of) = self.node(scope, set)?.ty.clone() else { return Err(Unfit) };
        let set = self.plain(scope, set)?;
        let len = self.load(types::I64, here(), set, 0);
        let too_many = self.b.ins().icmp(IntCC::UnsignedGreaterThan, len, self.budget);
        self.fail_if(too_many, EvalError::LimitExceeded);
        let share = if spends(scope, body) {
            let one = self.word(1);
            let divisor = self.b.ins().umax(len, one);
            self.b.ins().udiv(self.budget, divisor)
        } else {
            self.budget
        };

        let head = self.block(&[types::I64, types::I64]);
        let (visit, next, failed, settled) =
            (self.block(&[]), self.block(&[types::I64]), self.block(&[types::I64]), self.block(&[]));
        let (ended, done) = (self.block(&[]), self.block(&[types::I8]));
        let no_error = self.word(status::NO_ERROR);
        self.jump(head, &[len, no_error]);

        self.switch_to(head);
        let (at, worst) = (self.param(head, 0), self.param(head, 1));
        self.brif(at, visit, ended);

        self.switch_to(visit);
        let offset = self.b.ins().ishl_imm_u(at, 3);
        let place = self.b.ins().iadd(set, offset);
        let word = self.load(types::I64, here(), place, 0);
        if let Some(filter) = filter {
            let inside = self.block(&[]);
            let wanted = self.has_type(word, filter);
            self.b.ins().brif(wanted, inside, &[], next, &[BlockArg::Value(worst)]);
            self.switch_to(inside);
        }
        let word = self.unpack(&of, word);
        scope.bind(local as usize, Ssa { word, present: None }, None)?;
        let (budget, on_error) = (self.budget, self.on_error);
        (self.budget, self.on_error) = (share, failed);
        let goes_on = self.block(&[]);
        if all {
            self.branch(scope, body, goes_on, settled)?;
        } else {
            self.branch(scope, body, settled, goes_on)?;
        }
        (self.budget, self.on_error) = (budget, on_error);
        self.switch_to(goes_on);
        self.jump(next, &[worst]);

        self.switch_to(failed);
        let error = self.param(failed, 0);
        let worst = self.b.ins().umin(worst, error);
        self.jump(next, &[worst]);

        self.switch_to(next);
        let worst = self.param(next, 0);
        let at = self.b.ins().iadd_imm_s(at, -1);
        self.jump(head, &[at, worst]);

        self.switch_to(settled);
        let answer = self.bool(!all);
        self.jump(done, &[answer]);

        self.switch_to(ended);
        let worst = self.param(head, 1);
        let answer = self.bool(all);
        let erred = self.is_not(worst, status::NO_ERROR);
        let to = self.on_error;
        self.b.ins().brif(erred, to, &[BlockArg::Value(worst)], done, &[BlockArg::Value(answer)]);
        self.switch_to(done);
        Ok(self.param(done, 0))
    }

    /// `[a, b]`
    pub(super) fn set_of(
        &mut self,
        scope: &mut Scope<'_>,
        elements: &[NodeId],
        ty: &Type,
    ) -> Result<Value, Unfit> {
        let Type::Set(of) = ty else { return Err(Unfit) };
        if elements.is_empty() {
            return Ok(self.word(empty()));
        }
        let words = self.word(1 + elements.len() as u64);
        // Elements first: one of them may allocate, too, and an error must not come later than in the text.
        let mut values = Vec::with_capacity(elements.len());
        for element in elements {
            let value = self.plain(scope, *element)?;
            values.push(self.pack(value));
        }
        let cell = self.call(Id::alloc, &[self.frame, words]);
        for (at, value) in values.into_iter().enumerate() {
            self.b.ins().store(here(), value, cell, (1 + at) as i32 * 8);
        }
        let element = self.building.pins.pin(Arc::new((**of).clone()));
        let element = self.word(element);
        let len = self.word(elements.len() as u64);
        let set = self.call(Id::make_set, &[self.frame, element, cell, len]);
        self.fault_if_zero(set);
        Ok(set)
    }

    /// `{ a: 1 }`
    pub(super) fn record_of(
        &mut self,
        scope: &mut Scope<'_>,
        values: &[NodeId],
        ty: &Type,
    ) -> Result<Value, Unfit> {
        let Type::Record(record) = ty else { return Err(Unfit) };
        if values.len() != record.fields().len() {
            return Err(Unfit);
        }
        let presence = presence_words(record);
        let mut fields = Vec::with_capacity(values.len());
        for id in values {
            fields.push(self.value(scope, *id)?);
        }
        let words = self.word((presence + fields.len()) as u64);
        let cell = self.call(Id::alloc, &[self.frame, words]);
        for chunk in 0..presence {
            let mut flags = self.word(0);
            for (at, field) in fields.iter().enumerate().skip(chunk * 64).take(64) {
                let bit = match field.present {
                    None => self.word(1 << (at % 64)),
                    Some(present) => {
                        let present = self.pack(present);
                        self.b.ins().ishl_imm_u(present, (at % 64) as i64)
                    }
                };
                flags = self.b.ins().bor(flags, bit);
            }
            self.b.ins().store(here(), flags, cell, chunk as i32 * 8);
        }
        for (at, field) in fields.iter().enumerate() {
            let mut word = self.pack(field.word);
            if let Some(present) = field.present {
                let none = self.word(0);
                word = self.select(present, word, none);
            }
            self.b.ins().store(here(), word, cell, (presence + at) as i32 * 8);
        }
        Ok(cell)
    }

    /// A map from its entries; the order of their keys is known now.
    pub(super) fn map_of(
        &mut self,
        scope: &mut Scope<'_>,
        entries: &[(smol_str::SmolStr, NodeId)],
    ) -> Result<Value, Unfit> {
        if entries.is_empty() {
            return Ok(self.word(empty()));
        }
        let mut words = Vec::with_capacity(entries.len());
        for (key, id) in entries {
            let value = self.plain(scope, *id)?;
            words.push((self.code.names.find_string(key).ok_or(Unfit)?, self.pack(value)));
        }
        words.sort_by_key(|(key, _)| *key);
        let size = self.word(1 + 2 * entries.len() as u64);
        let cell = self.call(Id::alloc, &[self.frame, size]);
        let len = self.word(entries.len() as u64);
        self.b.ins().store(here(), len, cell, 0);
        for (at, (key, value)) in words.into_iter().enumerate() {
            let key = self.word(key);
            self.b.ins().store(here(), key, cell, (1 + 2 * at) as i32 * 8);
            self.b.ins().store(here(), value, cell, (2 + 2 * at) as i32 * 8);
        }
        Ok(cell)
    }
}

/// Whether there is a quantifier or a call in an expression, so that its budget matters.
fn spends(scope: &Scope<'_>, id: NodeId) -> bool {
    let Some(node) = scope.body.nodes.get(id.0 as usize) else { return true };
    let mut found = matches!(node.op, Op::Quantifier { .. } | Op::Call { .. });
    node.op.operands(|operand| found = found || operand.0 >= id.0 || spends(scope, operand));
    found
}
