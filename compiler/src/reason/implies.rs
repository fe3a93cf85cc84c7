//! Whether one policy applies wherever another does.

use assize_runtime::program::{Effect, NodeId, Op, Policy, Variant};

use super::claims::{Heads, PatternTest};
use super::evaluate::types_possible;
use super::state::State;
use super::{Frame, Library, MAX_DEPTH, MAX_WAYS, Machine, Outcome, Outcomes, Surroundings};
use crate::expr::Patterns;

/// A policy for one group of environments.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    /// The policy.
    pub policy: &'a Policy,
    /// What it does there.
    pub variant: &'a Variant,
    /// What `like` and `matches` of its bodies index.
    pub patterns: &'a Patterns,
}

/// How one policy stands to another, in one environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// Whenever the first applies, so does the second.
    Covered,
    /// The first never applies at all.
    Never,
    /// Nothing is certain.
    Open,
}

/// The ways on which a policy applies, to be compared with several others.
pub struct Applying<'a> {
    machine: Machine<'a>,
    ways: Vec<State>,
    /// What is certain whatever it is compared with.
    settled: Option<Relation>,
    /// What was there before a comparison, and is there again for the next.
    terms: usize,
    budget: usize,
}

impl<'a> Applying<'a> {
    /// Finds out on which ways `first` applies.
    pub fn new(library: Library<'a>, around: &Surroundings<'_>, first: Side<'_>) -> Applying<'a> {
        let mut machine = Machine::new(library, Some(around));
        let mut start = State::default();
        let heads = Heads {
            principal: &first.policy.principal,
            resource: &first.policy.resource,
            grant: first.policy.grant,
        };
        let mut ways = Vec::new();
        let mut settled = Some(Relation::Never);
        if machine.under(&mut start, heads) {
            let outcomes = machine.condition(first, start);
            let applying = outcomes.into_iter().filter(|(_, outcome)| applies(first.policy, *outcome));
            ways.extend(applying.map(|(state, _)| state));
            settled = match (machine.exhausted, ways.is_empty()) {
                (true, _) => Some(Relation::Open),
                (false, true) => Some(Relation::Never),
                (false, false) => None,
            };
        }
        let (terms, budget) = (machine.terms.count(), machine.budget);
        Applying { machine, ways, settled, terms, budget }
    }

    /// Whether the second policy applies wherever the first does. The second has no grant.
    pub fn relation(&mut self, second: Side<'_>) -> Relation {
        if second.policy.grant.is_some() {
            return Relation::Open;
        }
        if let Some(settled) = self.settled {
            return settled;
        }
        let machine = &mut self.machine;
        let covered = self.ways.iter().all(|state| machine.covers(second, state.clone()));
        let relation = if covered && !machine.exhausted { Relation::Covered } else { Relation::Open };
        machine.terms.truncate(self.terms);
        machine.budget = self.budget;
        machine.exhausted = false;
        machine.depth = 0;
        machine.level = 0;
        relation
    }
}

/// Whether a policy applies when its condition ends like this.
fn applies(policy: &Policy, outcome: Outcome) -> bool {
    match outcome {
        Outcome::True => true,
        Outcome::False => false,
        Outcome::Error => policy.effect == Effect::Deny && !policy.on_error_skip,
    }
}

impl Machine<'_> {
    fn condition(&mut self, side: Side<'_>, state: State) -> Outcomes {
        let Some(body) = &side.variant.condition else { return vec![(state, Outcome::True)] };
        let mut frame = Frame { body, patterns: side.patterns, locals: Vec::new(), is_base: false };
        match frame.root() {
            Some(root) => self.test(&mut frame, root, state),
            None => {
                self.exhausted = true;
                Outcomes::new()
            }
        }
    }

    /// Whether a policy surely applies on this way.
    fn covers(&mut self, side: Side<'_>, state: State) -> bool {
        for (pattern, entity) in
            [(&side.policy.principal, self.principal()), (&side.policy.resource, self.resource())]
        {
            if let Some(types) = &pattern.types {
                let type_of = self.type_of(entity);
                let outside = self.possible(&state, type_of).minus(&types_possible(types));
                if !outside.is_empty() {
                    return false;
                }
            }
            let sure = match self.pattern_test(pattern, entity, None) {
                PatternTest::Always => true,
                PatternTest::Test(test) => self.known(&state, test) == Some(true),
                PatternTest::Is(value) => self.possible(&state, entity).minus(&value).is_empty(),
                PatternTest::Unknown => false,
            };
            if !sure {
                return false;
            }
        }
        // What it obliges to must have a value, or an allow does not apply.
        let strict = side.policy.effect == Effect::Allow || side.policy.on_error_skip;
        let ways = match &side.variant.condition {
            None => Some(vec![state]),
            Some(body) => {
                let mut frame = Frame { body, patterns: side.patterns, locals: Vec::new(), is_base: false };
                frame.root().and_then(|root| self.applying(&mut frame, root, side.policy, state))
            }
        };
        ways.is_some_and(|ways| ways.iter().all(|state| !strict || self.can_oblige(side, state)))
    }

    /// The ways on which a part of the condition of a policy is true, if on all others the policy applies, too: then there was an
    /// error, and it has no obligations that this could keep from being known. `None` as soon as there is a way on which it does not.
    fn applying(
        &mut self,
        frame: &mut Frame<'_>,
        part: NodeId,
        policy: &Policy,
        state: State,
    ) -> Option<Vec<State>> {
        let body = frame.body;
        let Some(Op::And(operands)) = body.nodes.get(part.0 as usize).map(|node| &node.op) else {
            let outcomes = self.test(frame, part, state);
            if outcomes.iter().any(|(_, outcome)| !applies(policy, *outcome)) {
                return None;
            }
            let held = outcomes.into_iter().filter(|(_, outcome)| *outcome == Outcome::True);
            return Some(held.map(|(state, _)| state).collect());
        };
        if !self.spend(1 + state.len() / 4) || self.depth >= MAX_DEPTH {
            self.exhausted = true;
            return None;
        }
        let base = state.clone();
        let mut open = vec![state];
        self.depth += 1;
        for operand in operands {
            let mut next = Vec::new();
            for state in open {
                next.extend(self.applying(frame, *operand, policy, state)?);
            }
            // What tells many ways apart is worth less than going on.
            open = if next.len() > MAX_WAYS { vec![base.clone()] } else { next };
        }
        self.depth -= 1;
        Some(open)
    }

    fn can_oblige(&mut self, side: Side<'_>, state: &State) -> bool {
        side.variant.obligations.iter().flat_map(|call| &call.args).all(|body| {
            let mut frame = Frame { body, patterns: side.patterns, locals: Vec::new(), is_base: false };
            let Some(root) = frame.root() else { return false };
            let ways = self.value(&mut frame, root, state.clone());
            ways.iter().all(|(_, value)| value.is_some())
        })
    }
}
