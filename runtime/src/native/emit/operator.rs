//! Comparison and arithmetic.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{BlockArg, InstBuilder, Value, types};

use super::{Emitter, Scope};
use crate::native::helpers::Id;
use crate::native::names::Unfit;
use crate::native::word::is_direct;
use crate::program::{Arithmetic, NodeId, Ordering};
use crate::types::Type;
use crate::value::EvalError;

impl Emitter<'_, '_> {
    /// `a == b`
    pub(super) fn equality(&mut self, scope: &mut Scope<'_>, a: NodeId, b: NodeId) -> Result<Value, Unfit> {
        let ty = self.node(scope, a)?.ty.clone();
        let other = self.node(scope, b)?.ty.clone();
        let a = self.plain(scope, a)?;
        let b = self.plain(scope, b)?;
        if is_direct(&ty) && is_direct(&other) {
            return Ok(self.equal(a, b));
        }
        if !crate::native::word::same_word(&ty, &other) {
            return Err(Unfit);
        }
        self.equal_cells(&ty, a, b)
    }

    /// Whether two words of one type that is not direct are equal.
    pub(super) fn equal_cells(&mut self, ty: &Type, a: Value, b: Value) -> Result<Value, Unfit> {
        let (look, done) = (self.block(&[]), self.block(&[types::I8]));
        let same = self.equal(a, b);
        self.b.ins().brif(same, done, &[BlockArg::Value(same)], look, &[]);
        self.switch_to(look);
        let site = self.building.pins.pin(std::sync::Arc::new(ty.clone()));
        let site = self.word(site);
        let truth = self.call(Id::equal_words, &[site, a, b]);
        let truth = self.b.ins().ireduce(types::I8, truth);
        self.jump(done, &[truth]);
        self.switch_to(done);
        Ok(self.param(done, 0))
    }

    /// `a < b` and its like: all such types are signed numbers, or small ones.
    pub(super) fn comparison(
        &mut self,
        scope: &mut Scope<'_>,
        ordering: Ordering,
        a: NodeId,
        b: NodeId,
    ) -> Result<Value, Unfit> {
        let a = self.plain(scope, a)?;
        let b = self.plain(scope, b)?;
        let condition = match ordering {
            Ordering::Less => IntCC::SignedLessThan,
            Ordering::LessEqual => IntCC::SignedLessThanOrEqual,
            Ordering::Greater => IntCC::SignedGreaterThan,
            Ordering::GreaterEqual => IntCC::SignedGreaterThanOrEqual,
        };
        Ok(self.b.ins().icmp(condition, a, b))
    }

    /// `a + b` and its like. A Decimal is a number of ten-thousandths, so times an Int it is their product.
    pub(super) fn arithmetic(
        &mut self,
        scope: &mut Scope<'_>,
        operation: Arithmetic,
        a: NodeId,
        b: NodeId,
    ) -> Result<Value, Unfit> {
        let a = self.plain(scope, a)?;
        let b = self.plain(scope, b)?;
        let (value, overflow) = match operation {
            Arithmetic::Add => self.b.ins().sadd_overflow(a, b),
            Arithmetic::Sub => self.b.ins().ssub_overflow(a, b),
            Arithmetic::Mul => self.b.ins().smul_overflow(a, b),
        };
        self.fail_if(overflow, EvalError::Overflow);
        Ok(value)
    }

    /// Whether an action is another or included in it.
    pub(super) fn action_in(&mut self, action: Value, group: Value) -> Value {
        let matrix = self.word(self.code.includes.as_ptr() as u64);
        let row = self.b.ins().imul_imm_s(group, self.code.includes_words as i64 * 8);
        let row = self.b.ins().iadd(matrix, row);
        let word = self.b.ins().ushr_imm_u(action, 6);
        let word = self.b.ins().ishl_imm_u(word, 3);
        let at = self.b.ins().iadd(row, word);
        let word = self.load(types::I64, super::anywhere(), at, 0);
        // A shift looks at the low six bits of its amount only.
        let bit = self.b.ins().ushr(word, action);
        let bit = self.b.ins().band_imm_s(bit, 1);
        self.is_not(bit, 0)
    }
}
