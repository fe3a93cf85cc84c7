//! Which constants of a condition are bounds, and which policies of a list can be left out because another asks for less.
//!
//! `u.grade >= 5` and `u.grade >= 7` in policies that are otherwise the same: whenever the second holds, so does the first, and what
//! comes after errs in both or in neither. So a decision needs the first only. Reasons need both, and find them elsewhere.

use std::cmp::Ordering as By;

use super::layout::literal_at;
use super::shape::{Constant, Place};
use crate::program::{Body, NodeId, Op, Ordering};

/// A constant that a value is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bound {
    /// Which constant.
    pub(super) slot: usize,
    /// The larger it is, the more satisfy it.
    pub(super) is_upper: bool,
}

/// Nesting that is looked into.
const MOST_DEPTH: usize = 100;

/// The bounds among the first `count` constants of a condition: each stands in a comparison that must be true for it, and nowhere else.
pub(super) fn bounds(body: &Body, constants: &[(Place, Constant<'_>)], count: usize) -> Vec<Bound> {
    let mut reader =
        Reader { body, constants: constants.get(..count).unwrap_or_default(), found: Vec::new() };
    if let Some(root) = body.nodes.len().checked_sub(1) {
        reader.conjuncts(NodeId(root as u32), true, 0);
    }
    reader.found.sort_unstable_by_key(|bound| bound.slot);
    reader.found
}

struct Reader<'b> {
    body: &'b Body,
    constants: &'b [(Place, Constant<'b>)],
    found: Vec<Bound>,
}

impl Reader<'_> {
    fn conjuncts(&mut self, id: NodeId, truth: bool, depth: usize) {
        let body = self.body;
        let Some(node) = body.nodes.get(id.0 as usize) else { return };
        if depth > MOST_DEPTH {
            return;
        }
        match (&node.op, truth) {
            (Op::And(operands), true) | (Op::Or(operands), false) => {
                operands.iter().for_each(|operand| self.conjuncts(*operand, truth, depth + 1));
            }
            (Op::Not(operand), _) => self.conjuncts(*operand, !truth, depth + 1),
            (Op::Let { body, .. }, _) => self.conjuncts(*body, truth, depth + 1),
            (Op::Compare(ordering, a, b), _) => {
                let less = matches!(ordering, Ordering::Less | Ordering::LessEqual);
                if let Some(slot) = self.slot(*b) {
                    self.found.push(Bound { slot, is_upper: less == truth });
                } else if let Some(slot) = self.slot(*a) {
                    self.found.push(Bound { slot, is_upper: less != truth });
                }
            }
            _ => {}
        }
    }

    /// The place of a constant that is used once.
    fn slot(&self, id: NodeId) -> Option<usize> {
        let (at, _) = literal_at(self.body, id)?;
        let place = Place::node(self.body, at);
        let mut slots = self.constants.iter().enumerate().filter(|(_, (other, _))| *other == place);
        match (slots.next(), slots.next()) {
            (Some((slot, _)), None) => Some(slot),
            _ => None,
        }
    }
}

/// So many rows that stay are compared with each further one.
const MOST_COMPARED: usize = 64;

/// Leaves out policies that apply only where another does, of those that one key finds. Each is told by where its constants begin in the
/// `table`, of which it has `count`. What stays is in an order that follows from the constants.
pub(super) fn prune(policies: &mut Vec<u32>, table: &[u64], count: usize, bounds: &[Bound]) {
    if policies.len() < 2 {
        return;
    }
    let row = |at: u32| table.get(at as usize..).and_then(|rest| rest.get(..count)).unwrap_or_default();
    let is_bound = |slot: usize| bounds.iter().any(|bound| bound.slot == slot);
    // What no bound is comes first, so that policies that can be compared stand together; then the weakest is first.
    let others = |a: &[u64], b: &[u64]| {
        let mut slots = a.iter().zip(b).enumerate().filter(|(slot, _)| !is_bound(*slot));
        slots.find_map(|(_, (a, b))| Some(a.cmp(b)).filter(|by| by.is_ne())).unwrap_or(By::Equal)
    };
    let weaker = |bound: &Bound, a: &[u64], b: &[u64]| {
        let number = |row: &[u64]| row.get(bound.slot).map(|word| *word as i64);
        let by = number(a).cmp(&number(b));
        if bound.is_upper { by.reverse() } else { by }
    };
    policies.sort_by(|a, b| {
        let (a, b) = (row(*a), row(*b));
        let by_bounds = || bounds.iter().map(|bound| weaker(bound, a, b)).find(|by| by.is_ne());
        others(a, b).then_with(|| by_bounds().unwrap_or(By::Equal))
    });
    let mut kept: Vec<u32> = Vec::new();
    let mut start = 0;
    for at in policies.drain(..) {
        let next = row(at);
        if kept.last().is_some_and(|last| others(row(*last), next).is_ne()) {
            start = kept.len();
        }
        let from = start.max(kept.len().saturating_sub(MOST_COMPARED));
        let covers = |weak: &u32| bounds.iter().all(|bound| weaker(bound, row(*weak), next).is_le());
        if !kept[from..].iter().any(covers) {
            kept.push(at);
        }
    }
    *policies = kept;
}

#[cfg(test)]
mod tests {
    use super::{Bound, prune};

    fn pruned(rows: &[[u64; 2]], bounds: &[Bound]) -> Vec<[u64; 2]> {
        let mut policies: Vec<u32> = (0..rows.len() as u32 * 2).step_by(2).collect();
        prune(&mut policies, rows.as_flattened(), 2, bounds);
        policies.into_iter().map(|at| rows[at as usize / 2]).collect()
    }

    const LOWER: Bound = Bound { slot: 0, is_upper: false };
    const UPPER: Bound = Bound { slot: 1, is_upper: true };

    #[test]
    fn of_rows_that_differ_in_one_bound_the_weakest_stays() {
        let minus = -3_i64 as u64;
        assert_eq!(pruned(&[[5, 1], [minus, 1], [7, 1], [2, 9]], &[LOWER]), [[minus, 1], [2, 9]]);
        assert_eq!(pruned(&[[1, 5], [1, minus], [1, 7], [2, 4]], &[UPPER]), [[1, 7], [2, 4]]);
        assert_eq!(pruned(&[[1, 5], [1, 5]], &[]), [[1, 5]]);
    }

    #[test]
    fn of_ranges_those_within_another_go() {
        let ranges = [[9, 17], [10, 12], [8, 10], [9, 18], [20, 21]];
        assert_eq!(pruned(&ranges, &[LOWER, UPPER]), [[8, 10], [9, 18], [20, 21]]);
    }
}
