//! Which outcomes the parts of a condition had, over all ways, and what had been decided before each of them.

use std::collections::BTreeMap;

use assize_runtime::program::NodeId;

use super::terms::Term;
use super::{Outcome, Outcomes};

/// What part of a condition something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// The whole.
    Whole,
    /// An operand of `and`.
    And,
    /// An operand of `or`.
    Or,
    /// The condition of an `if`.
    If,
    /// What a quantifier asks of each element.
    Each,
}

/// What was seen of one part.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) role: Role,
    pub(super) parent: Option<NodeId>,
    pub(super) can_be_true: bool,
    pub(super) can_be_false: bool,
    pub(super) can_err: bool,
    /// What had been decided before it, and how: the same on each way.
    pub(super) before: Vec<(NodeId, bool)>,
    /// What the locals were when it was met first.
    pub(super) locals: Vec<Option<Term>>,
}

/// A record of an evaluation.
#[derive(Debug, Default)]
pub(super) struct Watch {
    before: Vec<(NodeId, bool)>,
    seen: BTreeMap<NodeId, Seen>,
}

impl Watch {
    /// What follows is met only where this part had this outcome.
    pub(super) fn enter(&mut self, part: NodeId, outcome: bool) {
        self.before.push((part, outcome));
    }

    pub(super) fn depth(&self) -> usize {
        self.before.len()
    }

    pub(super) fn leave(&mut self, depth: usize) {
        self.before.truncate(depth);
    }

    pub(super) fn see(
        &mut self,
        part: NodeId,
        parent: Option<NodeId>,
        role: Role,
        locals: &[Option<Term>],
        outcomes: &Outcomes,
    ) {
        let before = &self.before;
        let seen = self.seen.entry(part).or_insert_with(|| Seen {
            role,
            parent,
            can_be_true: false,
            can_be_false: false,
            can_err: false,
            before: before.clone(),
            locals: locals.to_vec(),
        });
        for (_, outcome) in outcomes {
            match outcome {
                Outcome::True => seen.can_be_true = true,
                Outcome::False => seen.can_be_false = true,
                Outcome::Error => seen.can_err = true,
            }
        }
    }

    pub(super) fn into_seen(self) -> BTreeMap<NodeId, Seen> {
        self.seen
    }
}
