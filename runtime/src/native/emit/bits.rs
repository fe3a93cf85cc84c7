//! Conditions without branches: every operand is computed, and so is, as one more bit, whether something erred.
//!
//! Whether a request passes is as good as random to a processor, and a branch that it guesses wrong costs as much as dozens of loads and
//! comparisons. What may be computed so is told in `simple`: it ends quickly, and computing it in vain does no harm, even on what an
//! error has left behind. There is always a row to load from, an entity's number is compared with how many there are, and no cell
//! is looked at but those of the request's context.

use cranelift_codegen::ir::{InstBuilder, Value};

use super::{Emitter, Scope, Ssa};
use crate::native::names::Unfit;
use crate::program::NodeId;

/// Whether something erred so far; `None`: surely not.
#[derive(Clone, Copy, Default)]
pub(super) struct Gathered(Option<Value>);

impl Emitter<'_, '_> {
    /// Whether errors are gathered; if so, takes note of one if `truth`.
    pub(super) fn gather(&mut self, truth: Value) -> bool {
        let Some(Gathered(before)) = self.gathered else { return false };
        let erred = self.either(before, Some(truth));
        self.gathered = Some(Gathered(erred));
        true
    }

    /// The value of a simple node, and whether it errs; then the value means nothing.
    pub(super) fn value_or_error(
        &mut self,
        scope: &mut Scope<'_>,
        id: NodeId,
    ) -> Result<(Ssa, Option<Value>), Unfit> {
        let outer = self.gathered.replace(Gathered::default());
        let value = self.value(scope, id);
        let erred = std::mem::replace(&mut self.gathered, outer).and_then(|Gathered(erred)| erred);
        Ok((value?, erred))
    }

    /// Whether a simple condition is true, which it is not if it errs, and whether it errs.
    pub(super) fn truth_or_error(
        &mut self,
        scope: &mut Scope<'_>,
        id: NodeId,
    ) -> Result<(Value, Option<Value>), Unfit> {
        let (value, erred) = self.value_or_error(scope, id)?;
        let truth = match erred {
            Some(erred) => self.but_not(value.word, erred),
            None => value.word,
        };
        Ok((truth, erred))
    }

    /// `and`, `or`: an operand's error counts if no operand before it has decided.
    pub(super) fn gathered_logic(
        &mut self,
        scope: &mut Scope<'_>,
        all: bool,
        operands: &[NodeId],
    ) -> Result<Value, Unfit> {
        let mut result = None;
        let mut undecided: Option<Value> = None;
        for operand in operands {
            let (truth, erred) = self.truth_or_error(scope, *operand)?;
            if let Some(erred) = erred {
                let counts = self.both(undecided, erred);
                self.gather(counts);
            }
            result = Some(match (result, all) {
                (None, _) => truth,
                (Some(before), true) => self.b.ins().band(before, truth),
                (Some(before), false) => {
                    let truth = self.both(undecided, truth);
                    self.b.ins().bor(before, truth)
                }
            });
            // What is true did not err.
            let goes_on = match (all, erred) {
                (true, _) => truth,
                (false, None) => self.not(truth),
                (false, Some(erred)) => {
                    let decided = self.b.ins().bor(truth, erred);
                    self.not(decided)
                }
            };
            undecided = Some(self.both(undecided, goes_on));
        }
        result.ok_or(Unfit)
    }

    /// `if`: the error of the branch that is not taken does not count.
    pub(super) fn gathered_if(
        &mut self,
        scope: &mut Scope<'_>,
        condition: NodeId,
        then: NodeId,
        otherwise: NodeId,
    ) -> Result<Ssa, Unfit> {
        let condition = self.plain(scope, condition)?;
        let (yes, yes_erred) = self.value_or_error(scope, then)?;
        let (no, no_erred) = self.value_or_error(scope, otherwise)?;
        if let Some(erred) = yes_erred {
            let counts = self.b.ins().band(condition, erred);
            self.gather(counts);
        }
        if let Some(erred) = no_erred {
            let counts = self.but_not(erred, condition);
            self.gather(counts);
        }
        let word = self.select(condition, yes.word, no.word);
        let present = match (yes.present, no.present) {
            (Some(yes), Some(no)) => Some(self.select(condition, yes, no)),
            (None, None) => None,
            _ => return Err(Unfit),
        };
        Ok(Ssa { word, present })
    }

    /// `first ?? second`
    pub(super) fn gathered_coalesce(
        &mut self,
        scope: &mut Scope<'_>,
        first: NodeId,
        second: NodeId,
    ) -> Result<Ssa, Unfit> {
        let first = self.value(scope, first)?;
        let is_there = first.present.ok_or(Unfit)?;
        let (second, erred) = self.value_or_error(scope, second)?;
        if let Some(erred) = erred {
            let counts = self.but_not(erred, is_there);
            self.gather(counts);
        }
        let word = self.select(is_there, first.word, second.word);
        let present = second.present.map(|present| self.b.ins().bor(is_there, present));
        Ok(Ssa { word, present })
    }

    /// Or; `None` is false.
    fn either(&mut self, a: Option<Value>, b: Option<Value>) -> Option<Value> {
        match (a, b) {
            (Some(a), Some(b)) => Some(self.b.ins().bor(a, b)),
            (a, b) => a.or(b),
        }
    }

    /// And; `None` is true.
    fn both(&mut self, a: Option<Value>, b: Value) -> Value {
        match a {
            Some(a) => self.b.ins().band(a, b),
            None => b,
        }
    }

    /// `a` and not `b`.
    pub(super) fn but_not(&mut self, a: Value, b: Value) -> Value {
        let not_b = self.not(b);
        self.b.ins().band(a, not_b)
    }
}
