//! How the lookup function evaluates what is left of policies whose keys a request has.

use cranelift_codegen::ir::{AbiParam, Block, BlockArg, InstBuilder, MemFlagsData, Signature, Value, types};
use cranelift_module::Module;

use super::here;
use super::lookup::Lookup;
use crate::native::names::Unfit;
use crate::native::probe::{Form, Probe};
use crate::native::status;

impl Lookup<'_, '_, '_> {
    /// Whether what is left of the policies of a probe can be evaluated without a branch, even in vain.
    pub(super) fn is_simple(&mut self, probe: &Probe) -> bool {
        match probe.form {
            Form::Nothing => true,
            Form::Called | Form::Left => false,
            Form::Shape(shape) => {
                let shapes = self.shapes;
                let Some(Some(((_, policy, variant), shared))) = shapes.get(shape as usize) else {
                    return false;
                };
                self.e.shared = Some((shared, self.e.frame));
                let simple = self.e.policy_simplicity(policy, variant).is_some();
                self.e.shared = None;
                simple
            }
        }
    }

    /// Evaluates what is left of the policies in a cell, or of all without keys.
    pub(super) fn evaluate(
        &mut self,
        probe: &Probe,
        found: Option<Value>,
        row: Option<Value>,
    ) -> Result<(), Unfit> {
        if self.is_simple(probe) {
            return self.at_once(probe, found, row);
        }
        let (look, next) = (self.e.block(&[]), self.e.block(&[]));
        // What would change nothing is not evaluated.
        let known = self.truth(probe.verdict);
        let unknown = self.e.not(known);
        let wanted = match found {
            Some(found) => self.e.b.ins().band(found, unknown),
            None => unknown,
        };
        self.e.brif(wanted, look, next);
        self.e.switch_to(look);
        if probe.form == Form::Left {
            self.e.jump(self.slow, &[]);
        } else {
            self.in_turn(probe, row, next)?;
        }
        self.e.switch_to(next);
        Ok(())
    }

    /// Where a row is.
    fn row(&mut self, probe: &Probe, row: Value) -> Value {
        let offset = self.e.b.ins().imul_imm_s(row, probe.stride as i64 * 8);
        let start = self.e.word(probe.rows.as_ptr() as u64);
        self.e.b.ins().iadd(start, offset)
    }

    /// A simple condition, for the first row without a branch.
    fn at_once(&mut self, probe: &Probe, found: Option<Value>, row: Option<Value>) -> Result<(), Unfit> {
        let place = match row {
            Some(row) if probe.stride > 0 => Some(self.row(probe, row)),
            _ => None,
        };
        let truth = self.simple(probe, place)?;
        let truth = match found {
            Some(found) => self.e.b.ins().band(truth, found),
            None => truth,
        };
        self.or(probe.verdict, truth);
        let (true, Some(place)) = (probe.is_chained, place) else { return Ok(()) };
        let mut next = self.e.load(types::I64, here(), place, probe.constants as i32 * 8);
        if let Some(found) = found {
            let none = self.e.word(0);
            next = self.e.select(found, next, none);
        }
        let (head, body, done) = (self.e.block(&[types::I64]), self.e.block(&[]), self.e.block(&[]));
        self.e.jump(head, &[next]);
        self.e.switch_to(head);
        let row = self.e.param(head, 0);
        self.e.brif(row, body, done);
        self.e.switch_to(body);
        let place = self.row(probe, row);
        let truth = self.simple(probe, Some(place))?;
        self.or(probe.verdict, truth);
        let next = self.e.load(types::I64, here(), place, probe.constants as i32 * 8);
        self.e.jump(head, &[next]);
        self.e.switch_to(done);
        Ok(())
    }

    fn simple(&mut self, probe: &Probe, place: Option<Value>) -> Result<Value, Unfit> {
        let Form::Shape(shape) = probe.form else { return Ok(self.e.bool(true)) };
        let shapes = self.shapes;
        let Some(Some(((_, policy, variant), shared))) = shapes.get(shape as usize) else {
            return Err(Unfit);
        };
        self.e.shared = Some((shared, place.unwrap_or(self.e.frame)));
        let truth = self.e.simple_policy(policy, variant);
        self.e.shared = None;
        truth
    }

    /// A condition with branches, for one row after the other until it is true; continues at `next`.
    fn in_turn(&mut self, probe: &Probe, row: Option<Value>, next: Block) -> Result<(), Unfit> {
        let (yes, no) = (self.e.block(&[]), self.e.block(&[]));
        let mut after = None;
        let mut place = None;
        if let Some(mut row) = row.filter(|_| probe.stride > 0) {
            if probe.is_chained {
                let head = self.e.block(&[types::I64]);
                self.e.jump(head, &[row]);
                self.e.switch_to(head);
                row = self.e.param(head, 0);
                after = Some(head);
            }
            place = Some(self.row(probe, row));
        }
        match probe.form {
            Form::Called => self.called(probe, place.ok_or(Unfit)?, yes, no)?,
            _ => self.condition(probe, place, yes, no)?,
        }
        self.e.switch_to(no);
        match (after, place) {
            (Some(head), Some(place)) => {
                let row = self.e.load(types::I64, here(), place, probe.constants as i32 * 8);
                let args = [BlockArg::Value(row)];
                self.e.b.ins().brif(row, head, &args, next, &[]);
            }
            _ => self.e.jump(next, &[]),
        }
        self.e.switch_to(yes);
        let truth = self.e.bool(true);
        self.or(probe.verdict, truth);
        self.e.jump(next, &[]);
        Ok(())
    }

    fn condition(&mut self, probe: &Probe, place: Option<Value>, yes: Block, no: Block) -> Result<(), Unfit> {
        let Form::Shape(shape) = probe.form else { return Err(Unfit) };
        let shapes = self.shapes;
        let Some(Some(((_, policy, variant), shared))) = shapes.get(shape as usize) else {
            return Err(Unfit);
        };
        let failed = self.e.block(&[types::I64]);
        let before = self.e.on_error;
        self.e.on_error = failed;
        self.e.shared = Some((shared, place.unwrap_or(self.e.frame)));
        let emitted = self.e.condition(policy, variant, yes, no);
        (self.e.shared, self.e.on_error) = (None, before);
        emitted?;
        self.e.switch_to(failed);
        self.e.b.set_cold_block(failed);
        let fault = self.e.param(failed, 0);
        let fault = self.e.is(fault, status::FAULT);
        self.e.brif(fault, self.slow, if probe.despite_errors { yes } else { no });
        Ok(())
    }

    fn called(&mut self, probe: &Probe, place: Value, yes: Block, no: Block) -> Result<(), Unfit> {
        let e = &mut self.e;
        let slot = e.load(types::I64, here(), place, 0);
        let constants = e.load(types::I64, here(), place, 8);
        let function = e.b.ins().atomic_load(types::I64, MemFlagsData::trusted(), slot);
        let made = e.block(&[]);
        e.brif(function, made, self.slow);
        e.switch_to(made);
        let mut signature = Signature::new(e.building.module.isa().default_call_conv());
        signature.params = vec![AbiParam::new(types::I64); 3];
        signature.returns = vec![AbiParam::new(types::I64)];
        let signature = e.b.import_signature(signature);
        let no_row = e.word(0);
        let call = e.b.ins().call_indirect(signature, function, &[e.frame, no_row, constants]);
        let ended = e.b.inst_results(call)[0];
        let (some, other) = (e.block(&[]), e.block(&[]));
        let is_not = e.is(ended, status::NOT);
        e.brif(is_not, no, some);
        e.switch_to(some);
        let applies = e.is(ended, status::APPLIES);
        e.brif(applies, yes, other);
        e.switch_to(other);
        let fault = e.is(ended, status::FAULT);
        e.brif(fault, self.slow, if probe.despite_errors { yes } else { no });
        Ok(())
    }
}
