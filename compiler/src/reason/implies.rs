//! Whether one policy applies wherever another does.

use assize_runtime::program::{Effect, Policy, Variant};

use super::claims::{Heads, PatternTest};
use super::evaluate::types_possible;
use super::state::State;
use super::{Frame, Library, Machine, Outcome, Outcomes, Surroundings};
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

/// Whether the second policy applies wherever the first does. The second has no grant.
pub fn relation(
    library: Library<'_>,
    around: &Surroundings<'_>,
    first: Side<'_>,
    second: Side<'_>,
) -> Relation {
    let mut machine = Machine::new(library, Some(around));
    let mut start = State::default();
    let heads = Heads {
        principal: &first.policy.principal,
        resource: &first.policy.resource,
        grant: first.policy.grant,
    };
    if second.policy.grant.is_some() {
        return Relation::Open;
    }
    if !machine.under(&mut start, heads) {
        return Relation::Never;
    }
    let outcomes = machine.condition(first, start);
    let applying: Vec<State> = outcomes
        .into_iter()
        .filter(|(_, outcome)| applies(first.policy, *outcome))
        .map(|(state, _)| state)
        .collect();
    if machine.exhausted {
        return Relation::Open;
    }
    if applying.is_empty() {
        return Relation::Never;
    }
    let covered = applying.into_iter().all(|state| machine.covers(second, state));
    if covered && !machine.exhausted { Relation::Covered } else { Relation::Open }
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
        let mut state = state;
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
        let outcomes = self.condition(side, std::mem::take(&mut state));
        outcomes.into_iter().all(|(state, outcome)| {
            applies(side.policy, outcome) && (!strict || self.can_oblige(side, &state))
        })
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
