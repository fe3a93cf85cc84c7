//! Obligations that say the same in every decision: made once, and shared.

use std::sync::{Arc, OnceLock};

use super::emit::Covered;
use crate::fit::convert;
use crate::outcome::{Obligation, Obligations};
use crate::program::{Body, Effect, NodeId, Op};
use crate::value::Value;

/// The verdict of native code has a bit for each of so many policies.
const MOST: usize = 48;
/// Of so many policies, what they oblige to together is kept for each combination.
const MOST_KEPT: usize = 6;

/// What the allows of an environment oblige to, each and together, where that depends on nothing.
pub(super) struct Obliged {
    /// In source order.
    each: Vec<Vec<Obligation>>,
    /// By the bits of those that apply; empty if there would be too many.
    together: Box<[OnceLock<Option<Obligations>>]>,
}

impl Obliged {
    /// Of the live allows with obligations among `policies`; `None` if there are none, or too many, or one has arguments that depend
    /// on the request, the data or a param.
    pub(super) fn of(policies: &[Covered<'_>]) -> Option<Obliged> {
        let each: Vec<Vec<Obligation>> = obliging(policies).map(constant).collect::<Option<_>>()?;
        if each.is_empty() || each.len() > MOST {
            return None;
        }
        let kept = if each.len() <= MOST_KEPT { 1 << each.len() } else { 0 };
        Some(Obliged { each, together: (0..kept).map(|_| OnceLock::new()).collect() })
    }

    /// What these oblige to, a bit for each; `None` for no bit.
    pub(super) fn by(&self, bits: u64) -> Option<Obligations> {
        match usize::try_from(bits).ok().and_then(|bits| self.together.get(bits)) {
            Some(kept) => kept.get_or_init(|| self.make(bits)).clone(),
            None => self.make(bits),
        }
    }

    fn make(&self, bits: u64) -> Option<Obligations> {
        let mut all: Vec<Obligation> = Vec::new();
        for (at, each) in self.each.iter().enumerate() {
            if bits >> at & 1 == 1 {
                for obligation in each {
                    if !all.contains(obligation) {
                        all.push(obligation.clone());
                    }
                }
            }
        }
        Obligations::new(all)
    }
}

/// The live allows with obligations, in source order.
pub(super) fn obliging<'a, 'p>(policies: &'a [Covered<'p>]) -> impl Iterator<Item = &'a Covered<'p>> {
    policies.iter().filter(|(_, policy, variant)| {
        !policy.trial && policy.effect == Effect::Allow && !variant.obligations.is_empty()
    })
}

fn constant((_, _, variant): &Covered<'_>) -> Option<Vec<Obligation>> {
    let calls = variant.obligations.iter().map(|call| {
        let args = call.args.iter().map(|body| {
            let root = body.nodes.len().checked_sub(1)?;
            value(body, NodeId(root as u32))
        });
        Some(Obligation { obligation: call.obligation, args: args.collect::<Option<_>>()? })
    });
    calls.collect()
}

/// The value of a node that is made of literals.
fn value(body: &Body, id: NodeId) -> Option<Value> {
    let node = body.nodes.get(id.0 as usize)?;
    let operand = |operand: &NodeId| if *operand < id { value(body, *operand) } else { None };
    match &node.op {
        Op::Const(value) => Some(value.clone()),
        Op::SetOf(elements) => {
            Some(Value::Set(Arc::new(elements.iter().map(operand).collect::<Option<_>>()?)))
        }
        Op::Convert(from) => Some(convert(&operand(from)?, &node.ty)),
        _ => None,
    }
}
