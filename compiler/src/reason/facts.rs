//! What a term can be in a state, and what follows from learning that it is something.
//!
//! Facts are kept for terms as they were tested; what one says about others is derived here, in both directions: from parts to the
//! whole when it is asked for, from the whole to its parts when it is learned.

use std::collections::BTreeSet;

use assize_runtime::Value;
use assize_runtime::program::Arithmetic;
use assize_runtime::types::Type;

use super::Machine;
use super::builtins;
use super::possible::Possible;
use super::ranges::{Ranges, number, to_number};
use super::state::State;
use super::terms::{Kind, Term};

/// How far one fact leads to others.
const MAX_STEPS: u32 = 12;

/// As many values are tried one by one.
const MAX_TRIED: usize = 8;

impl Machine<'_> {
    /// Everything that the value of `term` can be.
    pub(super) fn possible(&mut self, state: &State, term: Term) -> Possible {
        if let Some(value) = self.terms.value(term) {
            return Possible::just(value);
        }
        if !self.spend(1) {
            return self.whole(term);
        }
        let stored = state.get(term).cloned();
        if let Some(known) = &stored
            && let Some(ranges) = known.ranges()
            && ranges.single().is_some()
        {
            return known.clone();
        }
        let derived = self.derived(state, term);
        match (stored, derived) {
            (Some(stored), Some(derived)) => stored.and(&derived),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => self.whole(term),
        }
    }

    /// Everything that a term of its type can be.
    fn whole(&self, term: Term) -> Possible {
        if let Kind::Builtin(builtin) = self.terms.kind(term)
            && let Some((least, greatest)) = builtins::bounds(*builtin)
        {
            return Possible::Ranges(Ranges::between(least, greatest));
        }
        match self.terms.kind(term) {
            Kind::Order => Possible::Ranges(Ranges::below(3)),
            Kind::Action => match Possible::among(self.actions.iter()) {
                Some(actions) if !self.actions.is_empty() => actions,
                _ => Possible::anything(),
            },
            Kind::TypeOf => match self.terms.parts(term).first().map(|of| self.terms.ty(*of)) {
                Some(Type::Entity(types)) => {
                    Possible::Ranges(Ranges::union(types.iter().map(|ty| Ranges::one((0, u128::from(ty.0))))))
                }
                Some(Type::Optional(inner)) if matches!(**inner, Type::Entity(_)) => Possible::anything(),
                _ => Possible::anything(),
            },
            _ => Possible::of_type(self.library.schema, self.terms.ty(term)),
        }
    }

    /// Whether a test has an outcome; `None`: it can be either.
    pub(super) fn known(&mut self, state: &State, test: Term) -> Option<bool> {
        let possible = self.possible(state, test);
        let (yes, no) = (possible.admits(&Value::Bool(true)), possible.admits(&Value::Bool(false)));
        if yes == no { None } else { Some(yes) }
    }

    /// What the parts of a term say about it.
    fn derived(&mut self, state: &State, term: Term) -> Option<Possible> {
        let parts = self.terms.parts(term).to_vec();
        let derived = match (self.terms.kind(term).clone(), &parts[..]) {
            (Kind::Order, [a, b]) => self.order(state, *a, *b),
            (Kind::Same, [a, b]) => truth(self.same(state, *a, *b)?),
            (Kind::Arithmetic(operation), [a, b]) => {
                let (least, greatest) = self.interval(state, operation, *a, *b)?;
                bounded(least, greatest)
            }
            (Kind::Neg, [a]) => {
                let (least, greatest) = self.ends(state, *a)?;
                bounded(-greatest, -least)
            }
            (Kind::In, [element, container]) => truth(self.inside(state, *element, *container)?),
            (Kind::InAny, [element, container]) => truth(self.inside_any(state, *element, *container)?),
            (Kind::HasAttribute(name), [entity]) => truth(self.has_attribute(state, *entity, &name)?),
            (Kind::Builtin(builtin), [text, other]) => {
                let shape = builtins::affix(builtin)?;
                truth(self.affix(state, shape, builtin, *text, *other)?)
            }
            _ => return None,
        };
        Some(derived.and(&self.whole(term)))
    }

    fn order(&mut self, state: &State, a: Term, b: Term) -> Possible {
        let all = Ranges::below(3);
        let (left, right) = (self.possible(state, a), self.possible(state, b));
        let (Some(left), Some(right)) = (left.ranges(), right.ranges()) else { return Possible::Ranges(all) };
        let (Some(least), Some(most), Some(low), Some(high)) =
            (left.least(), left.greatest(), right.least(), right.greatest())
        else {
            return Possible::Ranges(all);
        };
        let can = [least < high, !left.and(right).is_empty(), most > low];
        let outcomes = (0..3u8).filter(|at| can[usize::from(*at)]).map(|at| Ranges::one((0, u128::from(at))));
        Possible::Ranges(Ranges::union(outcomes))
    }

    fn same(&mut self, state: &State, a: Term, b: Term) -> Option<bool> {
        let (left, right) = (self.possible(state, a), self.possible(state, b));
        if left.and(&right).is_empty() || right.and(&left).is_empty() {
            return Some(false);
        }
        // One that is in what the other is not in is another.
        for (inside, outside) in [(a, b), (b, a)] {
            for (test, found) in state.iter() {
                if *self.terms.kind(test) == Kind::In
                    && let [element, container] = *self.terms.parts(test)
                    && element == inside
                    && *found == truth(true)
                    && let Some(other) = self.terms.find(Kind::In, vec![outside, container])
                    && state.get(other) == Some(&truth(false))
                {
                    return Some(false);
                }
            }
        }
        None
    }

    /// `element in container`, for entities.
    fn inside(&mut self, state: &State, element: Term, container: Term) -> Option<bool> {
        if element == container {
            return Some(true);
        }
        if let Some(container) = self.terms.value(container).cloned()
            && self.possible(state, element).is_just(&container)
        {
            return Some(true);
        }
        let same = self.terms.find(Kind::Same, ordered(element, container))?;
        (state.get(same) == Some(&truth(true))).then_some(true)
    }

    fn inside_any(&mut self, state: &State, element: Term, container: Term) -> Option<bool> {
        let Some(Value::Set(set)) = self.terms.value(container).cloned() else { return None };
        if !self.spend(set.len()) {
            return None;
        }
        let mut open = false;
        for one in set.iter() {
            let one = self.constant(one);
            let test = self.terms.test(Kind::In, vec![element, one]);
            match self.known(state, test) {
                Some(true) => return Some(true),
                Some(false) => {}
                None => open = true,
            }
        }
        if !open {
            return Some(false);
        }
        let narrower = state.iter().any(|(test, found)| {
            *self.terms.kind(test) == Kind::InAny
                && *found == truth(true)
                && matches!(*self.terms.parts(test), [other, within] if other == element
                    && matches!(self.terms.value(within), Some(Value::Set(within)) if within.is_subset(&set)))
        });
        narrower.then_some(true)
    }

    fn has_attribute(&mut self, state: &State, entity: Term, name: &str) -> Option<bool> {
        let exists = self.terms.find(Kind::Exists, vec![entity]);
        let exists = exists.and_then(|exists| self.known(state, exists));
        if exists == Some(false) {
            return Some(false);
        }
        let attribute = self.optional_attribute(entity, name)?;
        let there = self.terms.find(Kind::IsSome, vec![attribute])?;
        match (self.known(state, there)?, exists) {
            (true, Some(true)) => Some(true),
            (false, _) => Some(false),
            _ => None,
        }
    }

    /// The term for reading an attribute that is optional, in all types that the entity can have alike.
    pub(super) fn optional_attribute(&mut self, entity: Term, name: &str) -> Option<Term> {
        let Type::Entity(types) = self.terms.ty(entity).clone() else { return None };
        let mut found: Option<Type> = None;
        for ty in types.iter() {
            let (_, field) = self.library.schema.entity_types.get(ty.index())?.attributes.field(name)?;
            if !field.optional || found.as_ref().is_some_and(|found| *found != field.ty) {
                return None;
            }
            found = Some(field.ty.clone());
        }
        let ty = Type::optional(found?);
        Some(self.terms.term(Kind::Attribute(name.into(), ty.clone()), vec![entity], &ty))
    }

    /// `text.starts_with(other)` or `ends_with`, from what other such tests of the text have shown.
    fn affix(
        &mut self,
        state: &State,
        is_affix: fn(&str, &str) -> bool,
        builtin: assize_runtime::builtins::BuiltinId,
        text: Term,
        other: Term,
    ) -> Option<bool> {
        let Some(Value::String(asked)) = self.terms.value(other) else { return None };
        if asked.is_empty() {
            return Some(true);
        }
        for (test, found) in state.iter() {
            if *self.terms.kind(test) != Kind::Builtin(builtin) {
                continue;
            }
            let [subject, known] = *self.terms.parts(test) else { continue };
            let Some(Value::String(known)) = self.terms.value(known) else { continue };
            if subject != text || known == asked {
                continue;
            }
            if *found == truth(true) {
                if is_affix(known, asked) {
                    return Some(true);
                }
                if !is_affix(asked, known) {
                    return Some(false);
                }
            } else if *found == truth(false) && is_affix(asked, known) {
                return Some(false);
            }
        }
        None
    }

    /// The least and the greatest number that a term can be.
    pub(super) fn ends(&mut self, state: &State, term: Term) -> Option<(i128, i128)> {
        let possible = self.possible(state, term);
        let ranges = possible.ranges()?;
        Some((to_number(ranges.least()?), to_number(ranges.greatest()?)))
    }

    /// The ends of a sum, difference or product, before they are cut to 64 bits.
    pub(super) fn interval(
        &mut self,
        state: &State,
        operation: Arithmetic,
        a: Term,
        b: Term,
    ) -> Option<(i128, i128)> {
        let ((least, most), (low, high)) = (self.ends(state, a)?, self.ends(state, b)?);
        Some(match operation {
            Arithmetic::Add => (least + low, most + high),
            Arithmetic::Sub => (least - high, most - low),
            // Two factors of 64 bits: the product has 127.
            Arithmetic::Mul => {
                let corners = [least * low, least * high, most * low, most * high];
                (*corners.iter().min()?, *corners.iter().max()?)
            }
        })
    }

    /// Adds that the value of `term` is one of `among`; false if it cannot be.
    pub(super) fn assume(&mut self, state: &mut State, term: Term, among: &Possible) -> bool {
        self.assume_within(state, term, among, MAX_STEPS)
    }

    /// Adds the outcome of a test.
    pub(super) fn assume_test(&mut self, state: &mut State, test: Term, outcome: bool) -> bool {
        self.assume(state, test, &truth(outcome))
    }

    fn assume_within(&mut self, state: &mut State, term: Term, among: &Possible, steps: u32) -> bool {
        let before = self.possible(state, term);
        let left = before.and(among);
        if left.is_empty() {
            return false;
        }
        if self.terms.value(term).is_some() || state.get(term) == Some(&left) {
            return true;
        }
        state.set(term, left.clone());
        steps == 0 || (self.spread(state, term, &left, steps - 1) && self.retry(state, term, &left))
    }

    /// What a fact about a term says about its parts.
    fn spread(&mut self, state: &mut State, term: Term, left: &Possible, steps: u32) -> bool {
        let parts = self.terms.parts(term).to_vec();
        let outcome = left.ranges().and_then(Ranges::single).map(|(_, at)| at);
        match (self.terms.kind(term).clone(), &parts[..], outcome) {
            (Kind::Order, [a, b], _) => self.spread_order(state, *a, *b, left, steps),
            (Kind::Same, [a, b], Some(1)) => {
                let (left, right) = (self.possible(state, *a), self.possible(state, *b));
                self.assume_within(state, *a, &right, steps) && self.assume_within(state, *b, &left, steps)
            }
            (Kind::Arithmetic(operation), [a, b], _) => {
                self.spread_sum(state, operation, [*a, *b], left, steps)
            }
            (Kind::In, [element, container], Some(0)) => {
                self.spread_outside(state, *element, *container, steps)
            }
            (Kind::InAny, [element, container], Some(outcome)) => {
                self.spread_any(state, *element, *container, outcome == 1, steps)
            }
            (Kind::HasAttribute(name), [entity], Some(outcome)) => {
                let exists = self.terms.test(Kind::Exists, vec![*entity]);
                let there = self.optional_attribute(*entity, &name);
                let there = there.map(|attribute| self.terms.test(Kind::IsSome, vec![attribute]));
                if outcome == 1 {
                    self.assume_within(state, exists, &truth(true), steps)
                        && there.is_none_or(|there| self.assume_within(state, there, &truth(true), steps))
                } else {
                    self.known(state, exists) != Some(true)
                        || there.is_none_or(|there| self.assume_within(state, there, &truth(false), steps))
                }
            }
            (Kind::TypeOf, [entity], _) => {
                let Some(values) = self.possible(state, *entity).values().cloned() else { return true };
                let of_type = |value: &&Value| match value {
                    Value::Entity(uid) => {
                        left.ranges().is_none_or(|ranges| ranges.contains((0, u128::from(uid.ty.0))))
                    }
                    _ => true,
                };
                match Possible::among(values.iter().filter(of_type)) {
                    Some(fitting) => self.assume_within(state, *entity, &fitting, steps),
                    None => true,
                }
            }
            _ => self.spread_value(state, term, left, steps),
        }
    }

    /// What an entity that is one of a few says about its type.
    fn spread_value(&mut self, state: &mut State, term: Term, left: &Possible, steps: u32) -> bool {
        let Some(values) = left.values() else { return true };
        let types: Option<Vec<Ranges>> = values
            .iter()
            .map(|value| match value {
                Value::Entity(uid) => Some(Ranges::one((0, u128::from(uid.ty.0)))),
                _ => None,
            })
            .collect();
        let Some(types) = types else { return true };
        let type_of = self.terms.term(Kind::TypeOf, vec![term], &Type::Never);
        self.assume_within(state, type_of, &Possible::Ranges(Ranges::union(types)), steps)
    }

    fn spread_order(&mut self, state: &mut State, a: Term, b: Term, left: &Possible, steps: u32) -> bool {
        let can = |at: u128| left.ranges().is_none_or(|ranges| ranges.contains((0, at)));
        let (less, equal, greater) = (can(0), can(1), can(2));
        let (first, second) = (self.possible(state, a), self.possible(state, b));
        let (Some(ours), Some(theirs)) = (first.ranges(), second.ranges()) else { return true };
        if equal && !less && !greater {
            return self.assume_within(state, a, &second, steps)
                && self.assume_within(state, b, &first, steps);
        }
        let (Some(least), Some(most), Some(low), Some(high)) =
            (ours.least(), ours.greatest(), theirs.least(), theirs.greatest())
        else {
            return false;
        };
        let beyond = |limit: (u8, u128)| Possible::Ranges(Ranges::one(limit));
        // `a <= b`: `a` is at most what `b` can be, and `b` at least what `a` can be; without the ends where equality is out.
        let (below_a, above_b) = if !greater {
            (Some(Ranges::span((0, 0), high)), Some(Ranges::span(least, (1, u128::MAX))))
        } else if !less {
            (Some(Ranges::span(low, (1, u128::MAX))), Some(Ranges::span((0, 0), most)))
        } else {
            (None, None)
        };
        let (Some(for_a), Some(for_b)) = (below_a, above_b) else { return true };
        let (mut for_a, mut for_b) = (Possible::Ranges(for_a), Possible::Ranges(for_b));
        if !equal {
            let (end_a, end_b) = if less { (high, least) } else { (low, most) };
            for_a = first.and(&for_a).minus(&beyond(end_a));
            for_b = second.and(&for_b).minus(&beyond(end_b));
        }
        self.assume_within(state, a, &for_a, steps) && self.assume_within(state, b, &for_b, steps)
    }

    /// `x + 3` is known, so `x` is.
    fn spread_sum(
        &mut self,
        state: &mut State,
        operation: Arithmetic,
        [a, b]: [Term; 2],
        left: &Possible,
        steps: u32,
    ) -> bool {
        let Some((least, most)) = ends_of(left) else { return true };
        let (Some((a_low, a_high)), Some((b_low, b_high))) = (self.ends(state, a), self.ends(state, b))
        else {
            return true;
        };
        let (for_a, for_b) = match operation {
            Arithmetic::Add => ((least - b_high, most - b_low), (least - a_high, most - a_low)),
            Arithmetic::Sub => ((least + b_low, most + b_high), (a_low - most, a_high - least)),
            Arithmetic::Mul => return true,
        };
        self.assume_within(state, a, &bounded(for_a.0, for_a.1), steps)
            && self.assume_within(state, b, &bounded(for_b.0, for_b.1), steps)
    }

    /// An entity that is not in another is not that other.
    fn spread_outside(&mut self, state: &mut State, element: Term, container: Term, steps: u32) -> bool {
        if let Some(value) = self.terms.value(container).cloned() {
            let others = self.possible(state, element).minus(&Possible::just(&value));
            if !self.assume_within(state, element, &others, steps) {
                return false;
            }
        } else if let Some(same) = self.terms.find(Kind::Same, ordered(element, container))
            && !self.assume_within(state, same, &truth(false), steps)
        {
            return false;
        }
        // Some set that it is known to be in may have no other left.
        let sets: Vec<Term> = state
            .iter()
            .filter(|(test, found)| *self.terms.kind(*test) == Kind::InAny && **found == truth(true))
            .filter(|(test, _)| self.terms.parts(*test).first() == Some(&element))
            .map(|(test, _)| test)
            .collect();
        sets.into_iter().all(|test| {
            let Some(set) = self.terms.parts(test).get(1).copied() else { return true };
            self.spread_any(state, element, set, true, steps)
        })
    }

    fn spread_any(&mut self, state: &mut State, element: Term, set: Term, outcome: bool, steps: u32) -> bool {
        let Some(Value::Set(set)) = self.terms.value(set).cloned() else { return true };
        if !self.spend(set.len()) {
            return true;
        }
        let tests: Vec<Term> = set
            .iter()
            .map(|one| {
                let one = self.constant(one);
                self.terms.test(Kind::In, vec![element, one])
            })
            .collect();
        if !outcome {
            return tests.into_iter().all(|test| self.assume_within(state, test, &truth(false), steps));
        }
        let open: Vec<Term> =
            tests.into_iter().filter(|test| self.known(state, *test) != Some(false)).collect();
        match open[..] {
            [] => false,
            [only] => self.assume_within(state, only, &truth(true), steps),
            _ => true,
        }
    }

    /// A term that is now one of a few values: each must agree with what tests of the term have shown.
    fn retry(&mut self, state: &mut State, term: Term, left: &Possible) -> bool {
        let Some(values) = left.values().filter(|values| values.len() <= MAX_TRIED) else { return true };
        let tests: Vec<(Term, Possible)> = state
            .iter()
            .filter(|(test, _)| self.terms.parts(*test).contains(&term))
            .map(|(test, found)| (test, found.clone()))
            .collect();
        let mut fitting: BTreeSet<Value> = values.clone();
        for (test, found) in tests {
            fitting.retain(|value| match self.computed(test, term, value) {
                Some(result) => found.admits(&result),
                None => true,
            });
        }
        if fitting.is_empty() {
            return false;
        }
        if fitting.len() < values.len()
            && let Some(fewer) = Possible::among(fitting.iter())
        {
            state.set(term, fewer);
        }
        true
    }
}

/// The set of one outcome.
pub(super) fn truth(outcome: bool) -> Possible {
    Possible::Ranges(Ranges::one((0, u128::from(outcome))))
}

/// Two terms in the order in which a symmetric test has them.
pub(super) fn ordered(a: Term, b: Term) -> Vec<Term> {
    if a <= b { vec![a, b] } else { vec![b, a] }
}

/// 64-bit numbers between two ends that may lie outside.
fn bounded(least: i128, greatest: i128) -> Possible {
    let cut = |end: i128| end.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64;
    if least > i128::from(i64::MAX) || greatest < i128::from(i64::MIN) || least > greatest {
        return Possible::Ranges(Ranges::below(0));
    }
    Possible::Ranges(Ranges::span(number(cut(least)), number(cut(greatest))))
}

fn ends_of(possible: &Possible) -> Option<(i128, i128)> {
    let ranges = possible.ranges()?;
    Some((to_number(ranges.least()?), to_number(ranges.greatest()?)))
}
