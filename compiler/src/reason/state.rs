//! What is known on one way through a condition.

use super::possible::Possible;
use super::terms::Term;

/// Facts that hold together: for some terms, what their values can still be.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct State {
    /// Sorted by term.
    facts: Vec<(Term, Possible)>,
}

impl State {
    pub(super) fn get(&self, term: Term) -> Option<&Possible> {
        let at = self.facts.binary_search_by_key(&term, |(known, _)| *known).ok()?;
        Some(&self.facts[at].1)
    }

    pub(super) fn set(&mut self, term: Term, possible: Possible) {
        match self.facts.binary_search_by_key(&term, |(known, _)| *known) {
            Ok(at) => self.facts[at].1 = possible,
            Err(at) => self.facts.insert(at, (term, possible)),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Term, &Possible)> {
        self.facts.iter().map(|(term, possible)| (*term, possible))
    }

    pub(super) fn len(&self) -> usize {
        self.facts.len()
    }
}
