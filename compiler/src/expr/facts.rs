//! Flow typing: what is known, at a point of a condition, about the places that it has tested.
//!
//! A *place* is something that cannot change while a decision is made: `principal`, `d.owner`, `context.device.ip`,
//! `d.labels["team"]`. A *fact* is what a test has shown about a place. Every boolean expression has a [`Flow`]: the facts that
//! hold where it was true and where it was false. An operator combines the flows of its operands; nothing else makes facts.

use std::collections::BTreeMap;

use assize_runtime::Value;
use assize_runtime::types::EntityTypes;
use smol_str::SmolStr;

/// Where a place begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Root {
    /// `principal`, or the name bound to it.
    Principal,
    /// `action`.
    Action,
    /// `resource`, or the name bound to it.
    Resource,
    /// `context`.
    Context,
    /// A parameter or quantifier variable.
    Local(u32),
    /// A `param`.
    Param(u32),
}

impl Root {
    /// Whether its type depends on the request environment, so that a test which is pointless in one can have a point in another.
    pub(super) fn varies(self) -> bool {
        matches!(self, Root::Principal | Root::Action | Root::Resource | Root::Context)
    }
}

/// A step from a place to one inside it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// `.name`
    Member(SmolStr),
    /// `["key"]`
    Key(SmolStr),
}

/// An access path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) root: Root,
    pub(super) steps: Vec<Step>,
}

impl Place {
    pub(super) fn root(root: Root) -> Place {
        Place { root, steps: Vec::new() }
    }

    /// The name of this member of `outer`, if it is one.
    fn member_of(&self, outer: &Place) -> Option<&SmolStr> {
        match self.steps.split_last()? {
            (Step::Member(name), rest) if self.root == outer.root && rest == outer.steps => Some(name),
            _ => None,
        }
    }

    /// The place one step further.
    pub(super) fn then(&self, step: Step) -> Place {
        let mut steps = Vec::with_capacity(self.steps.len() + 1);
        steps.extend_from_slice(&self.steps);
        steps.push(step);
        Place { root: self.root, steps }
    }
}

/// What is known about a place.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Fact {
    /// It is there.
    pub(super) present: bool,
    /// The data holds this entity.
    pub(super) exists: bool,
    /// This set has an element.
    pub(super) inhabited: bool,
    /// It is an entity of one of these types.
    pub(super) types: Option<EntityTypes>,
    /// It equals this.
    pub(super) value: Option<Value>,
}

impl Fact {
    pub(super) fn present() -> Fact {
        Fact { present: true, ..Fact::default() }
    }

    fn is_empty(&self) -> bool {
        *self == Fact::default()
    }

    /// Adds what `other` knows.
    fn extend(&mut self, other: &Fact) {
        self.present |= other.present;
        self.exists |= other.exists;
        self.inhabited |= other.inhabited;
        if let Some(types) = &other.types {
            // Where the two exclude each other the place is unreachable; either will do.
            let both = self.types.as_ref().and_then(|mine| mine.intersect(types));
            self.types = Some(both.unwrap_or_else(|| types.clone()));
        }
        if other.value.is_some() {
            self.value.clone_from(&other.value);
        }
    }

    /// Keeps what both know.
    fn join(&mut self, other: &Fact) {
        self.present &= other.present;
        self.exists &= other.exists;
        self.inhabited &= other.inhabited;
        self.types = match (self.types.take(), &other.types) {
            (Some(mine), Some(theirs)) => Some(mine.union(theirs)),
            _ => None,
        };
        if self.value != other.value {
            self.value = None;
        }
    }
}

/// Facts that hold together.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Facts(BTreeMap<Place, Fact>);

impl Facts {
    pub(super) fn get(&self, place: &Place) -> Option<&Fact> {
        if self.0.is_empty() { None } else { self.0.get(place) }
    }

    /// Adds a fact.
    pub(super) fn learn(&mut self, place: Place, fact: &Fact) {
        self.0.entry(place).or_default().extend(fact);
    }

    /// Adds all of `other`.
    pub(super) fn extend(&mut self, other: &Facts) {
        for (place, fact) in &other.0 {
            self.learn(place.clone(), fact);
        }
    }

    /// Keeps what also holds in the union of `others`.
    fn join(&mut self, others: [&Facts; 2]) {
        self.0.retain(|place, fact| {
            let mut known = Fact::default();
            for other in others {
                if let Some(more) = other.get(place) {
                    known.extend(more);
                }
            }
            fact.join(&known);
            !fact.is_empty()
        });
    }
}

/// What is known at the current point of a check. What an operand learns is forgotten where its operator ends.
#[derive(Debug, Default)]
pub(super) struct Known {
    facts: Facts,
    /// What stood there before, newest last.
    undo: Vec<(Place, Option<Fact>)>,
}

impl Known {
    pub(super) fn get(&self, place: &Place) -> Option<&Fact> {
        self.facts.get(place)
    }

    pub(super) fn learn(&mut self, place: &Place, fact: &Fact) {
        self.undo.push((place.clone(), self.facts.get(place).cloned()));
        self.facts.learn(place.clone(), fact);
    }

    pub(super) fn learn_all(&mut self, facts: &Facts) {
        for (place, fact) in &facts.0 {
            self.learn(place, fact);
        }
    }

    /// The members of a place that are known to be there.
    pub(super) fn present_members(&self, place: &Place) -> Vec<SmolStr> {
        let known = self.facts.0.iter().filter(|(_, fact)| fact.present);
        known.filter_map(|(inner, _)| inner.member_of(place).cloned()).collect()
    }

    /// A point to return to.
    pub(super) fn mark(&self) -> usize {
        self.undo.len()
    }

    /// Forgets what was learned since `mark`.
    pub(super) fn rewind(&mut self, mark: usize) {
        while self.undo.len() > mark
            && let Some((place, before)) = self.undo.pop()
        {
            match before {
                Some(fact) => self.facts.0.insert(place, fact),
                None => self.facts.0.remove(&place),
            };
        }
    }
}

/// What holds after a boolean expression; `None`: it never has this outcome.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Flow {
    /// Where it was true.
    pub(super) yes: Option<Facts>,
    /// Where it was false.
    pub(super) no: Option<Facts>,
    /// An outcome is impossible because of types, not because a person wrote `true` or `false`.
    pub(super) by_type: bool,
}

impl Default for Flow {
    fn default() -> Self {
        Flow { yes: Some(Facts::default()), no: Some(Facts::default()), by_type: false }
    }
}

impl Flow {
    /// Of `true` or `false`.
    pub(super) fn constant(value: bool) -> Flow {
        let facts = |possible: bool| possible.then(Facts::default);
        Flow { yes: facts(value), no: facts(!value), by_type: false }
    }

    /// Of `not`.
    pub(super) fn negated(self) -> Flow {
        Flow { yes: self.no, no: self.yes, by_type: self.by_type }
    }

    /// With a fact where it was true.
    pub(super) fn when_true(mut self, place: Option<&Place>, fact: Fact) -> Flow {
        if let (Some(yes), Some(place)) = (&mut self.yes, place) {
            yes.learn(place.clone(), &fact);
        }
        self
    }

    /// With a fact where it was false.
    pub(super) fn when_false(self, place: Option<&Place>, fact: Fact) -> Flow {
        self.negated().when_true(place, fact).negated()
    }

    /// Of `if`: each branch with the facts of the way to it.
    pub(super) fn branches(condition: &Flow, then: &Flow, otherwise: &Flow) -> Flow {
        let outcome = |then: &Option<Facts>, otherwise: &Option<Facts>| {
            either((condition.yes.as_ref(), then.as_ref()), (condition.no.as_ref(), otherwise.as_ref()))
        };
        Flow { yes: outcome(&then.yes, &otherwise.yes), no: outcome(&then.no, &otherwise.no), by_type: false }
    }
}

/// The facts of a way through two tests; `None` if either is impossible.
type Way<'a> = (Option<&'a Facts>, Option<&'a Facts>);

/// What holds if one of two ways was taken.
fn either(first: Way<'_>, second: Way<'_>) -> Option<Facts> {
    let none = Facts::default();
    match (first, second) {
        ((Some(a), Some(b)), (Some(c), Some(d))) => {
            let mut facts = a.clone();
            facts.extend(b);
            facts.join([c, d]);
            Some(facts)
        }
        ((Some(a), Some(b)), _) | (_, (Some(a), Some(b))) => {
            let mut facts = none;
            facts.extend(a);
            facts.extend(b);
            Some(facts)
        }
        _ => None,
    }
}

/// Builds the flow of a chain of `and` (or, with flows negated on the way in and out, of `or`) one operand at a time.
#[derive(Debug)]
pub(super) struct Chain {
    /// All operands so far were true.
    all: Option<Facts>,
    /// Some operand so far was false.
    some_false: Option<Facts>,
    by_type: bool,
    /// Types rule out that all operands so far were true.
    dead: bool,
}

impl Chain {
    pub(super) fn new() -> Chain {
        Chain { all: Some(Facts::default()), some_false: None, by_type: false, dead: false }
    }

    pub(super) fn and(&mut self, operand: &Flow) {
        self.by_type |= operand.by_type;
        self.dead |= operand.by_type && operand.yes.is_none();
        if let (Some(before), Some(no)) = (&self.all, &operand.no) {
            match &mut self.some_false {
                Some(facts) => facts.join([before, no]),
                none => {
                    let mut facts = before.clone();
                    facts.extend(no);
                    *none = Some(facts);
                }
            }
        }
        match (&mut self.all, &operand.yes) {
            (Some(all), Some(yes)) => all.extend(yes),
            (all, None) => *all = None,
            (None, _) => {}
        }
    }

    /// Whether types rule out that what follows is ever reached.
    pub(super) fn is_dead(&self) -> bool {
        self.dead
    }

    pub(super) fn finish(self) -> Flow {
        Flow { yes: self.all, no: self.some_false, by_type: self.by_type }
    }
}
