//! Which policies can apply to a request: an index over the tests of constants in their patterns and conditions.
//!
//! ```text
//! Index ── plans      one or two kinds of keys (see `keys`), and for each key, or pair of keys, the policies that ask for it
//!       ├─ rest       policies that no test can rule out
//!       └─ fragile    policies that are evaluated when something before their tests may err
//! ```
//! Each policy stands in one plan, under the test, or the pair of tests, that it shares with the fewest others. A decision looks
//! up the request's keys of each plan: a value, an entity and its ancestors, or the elements of a set.

use rustc_hash::FxHashMap;

use super::code::Limits;
use super::frame::Words;
use super::image::Image;
use super::keys::{Kind, Kinds, Path, Read, Root, Test};
use super::keys::{NEEDS_PRINCIPAL, NEEDS_RESOURCE, UNCERTAIN};
use super::layout::{ANCESTORS, Flag, HELD};
use super::names::Unfit;
use super::table::WordTable;
use super::word::{cell, elements};

/// Plans that a decision looks at; policies of further ones are evaluated always.
const MOST_PLANS: usize = 8;
/// So many pairs of keys stand for one policy.
const MOST_PAIRS: usize = 64;
/// Second keys of a request that are noted; beyond, they are looked up again for each first one.
const NOTED: usize = 16;

/// The last of a list of policies.
const LAST: u32 = 1 << 31;

/// An index over some policies of an environment.
#[derive(Default)]
pub(super) struct Index {
    plans: Vec<Plan>,
    rest: Vec<u32>,
    /// With what must be given for their tests to count.
    fragile: Vec<(u32, u8)>,
    /// What some fragile policy needs.
    needs: u8,
    /// Lists of policies, by the number of a key less one.
    postings: Vec<u32>,
}

struct Plan {
    first: Keyed,
    second: Option<Second>,
    /// All its policies.
    all: Vec<u32>,
    /// Those that err where an optional part of a key is absent.
    absent_errs: Vec<u32>,
}

struct Keyed {
    kind: Kind,
    numbers: WordTable,
}

/// The other half of a plan for pairs of keys.
struct Second {
    keyed: Keyed,
    /// More than all numbers of its keys: first number * width + second number is a pair.
    width: u64,
    /// From pairs to lists.
    pairs: WordTable,
}

/// What one policy brings to an index; of a policy whose errors matter to a decision, no test after something uncertain.
pub(super) struct Draft {
    pub(super) entry: u32,
    pub(super) tests: Vec<Test>,
}

/// What errors mean to whom candidates are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Errors {
    /// They are as good as false.
    Ignored,
    /// They make some policy apply.
    Apply,
    /// All are told.
    Told,
}

/// Why a request has no key.
enum NoKey {
    Missing,
    Absent,
}

impl Index {
    /// An index over these policies, with, for each policy, which of its tests it answers.
    pub(super) fn new(drafts: &[Draft], kinds: &Kinds, limits: Limits) -> (Index, Vec<Vec<usize>>) {
        let chosen = choose(drafts, kinds.len(), limits);
        let mut index = Index::default();
        let mut plans: FxHashMap<(usize, Option<usize>), Vec<usize>> = FxHashMap::default();
        for (at, tests) in chosen.iter().enumerate() {
            match plan_of(&drafts[at], tests) {
                Some(plan) => plans.entry(plan).or_default().push(at),
                None => index.rest.push(drafts[at].entry),
            }
        }
        let mut plans: Vec<_> = plans.into_iter().collect();
        plans.sort_unstable();
        for ((first, second), members) in plans {
            index.add(drafts, &chosen, kinds, (first, second), &members);
        }
        (index, chosen)
    }

    fn add(
        &mut self,
        drafts: &[Draft],
        chosen: &[Vec<usize>],
        kinds: &Kinds,
        (first, second): (usize, Option<usize>),
        members: &[usize],
    ) {
        let Some(kind) = kinds.get_index(first) else { return };
        let mut all = Vec::with_capacity(members.len());
        let mut absent_errs = Vec::new();
        let (mut firsts, mut seconds) = (Numbers::default(), Numbers::default());
        let mut lists: Vec<(u64, u64, u32)> = Vec::with_capacity(members.len());
        for at in members {
            let draft = &drafts[*at];
            let tests: Vec<&Test> = chosen[*at].iter().map(|test| &draft.tests[*test]).collect();
            all.push(draft.entry);
            if tests.iter().any(|test| test.absent_errs) {
                absent_errs.push(draft.entry);
            }
            let needs = tests.iter().fold(0, |needs, test| needs | test.needs);
            if needs != 0 {
                self.fragile.push((draft.entry, needs));
                self.needs |= needs;
            }
            for a in &tests[0].words {
                let a = firsts.number(*a);
                match tests.get(1) {
                    None => lists.push((a, 0, draft.entry)),
                    Some(second) => {
                        for b in &second.words {
                            lists.push((a, seconds.number(*b), draft.entry));
                        }
                    }
                }
            }
        }
        lists.sort_unstable();
        lists.dedup();
        let width = seconds.0.len() as u64 + 1;
        let mut starts: Vec<(u64, u32)> = Vec::new();
        for list in lists.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            starts.push((list[0].0 * width + list[0].1, self.postings.len() as u32 + 1));
            self.postings.extend(list.iter().map(|(_, _, entry)| *entry));
            if let Some(last) = self.postings.last_mut() {
                *last |= LAST;
            }
        }
        let plan = match second.and_then(|second| kinds.get_index(second)) {
            None => {
                // The number of a first key is that of its list.
                let lists: FxHashMap<u64, u32> =
                    starts.iter().map(|(key, start)| (key / width, *start)).collect();
                let words = firsts.0.into_iter().map(|(word, number)| (word, lists[&number])).collect();
                let first = Keyed { kind: kind.clone(), numbers: WordTable::new(words) };
                Plan { first, second: None, all, absent_errs }
            }
            Some(second) => Plan {
                first: Keyed { kind: kind.clone(), numbers: firsts.table() },
                second: Some(Second {
                    keyed: Keyed { kind: second.clone(), numbers: seconds.table() },
                    width,
                    pairs: WordTable::new(starts),
                }),
                all,
                absent_errs,
            },
        };
        self.plans.push(plan);
    }

    /// Calls `visit` with each policy that may apply, or whose errors matter, and whether its tests are known to hold, until it answers
    /// that it has seen enough. Some may come twice.
    pub(super) fn candidates(
        &self,
        image: &Image,
        words: Words,
        errors: Errors,
        visit: &mut impl FnMut(u32, bool) -> Result<bool, Unfit>,
    ) -> Result<bool, Unfit> {
        for plan in &self.plans {
            match plan.keys(image, words) {
                Ok(keys) => {
                    if plan.visit(&keys, |list| self.list(list, visit))? {
                        return Ok(true);
                    }
                }
                Err(_) if errors == Errors::Ignored => {}
                Err(why) => {
                    let entries = match why {
                        NoKey::Missing => &plan.all,
                        NoKey::Absent => &plan.absent_errs,
                    };
                    for entry in entries {
                        if visit(*entry, false)? {
                            return Ok(true);
                        }
                    }
                }
            }
        }
        for entry in &self.rest {
            if visit(*entry, false)? {
                return Ok(true);
            }
        }
        if self.needs != 0 && errors != Errors::Ignored {
            let not_given = UNCERTAIN
                | if holds(image.row(words.principal), HELD) { 0 } else { NEEDS_PRINCIPAL }
                | if holds(image.row(words.resource), HELD) { 0 } else { NEEDS_RESOURCE };
            if self.needs & not_given != 0 {
                for (entry, needs) in &self.fragile {
                    if needs & not_given != 0 && visit(*entry, false)? {
                        return Ok(true);
                    }
                }
            }
        }
        Ok(false)
    }

    #[inline]
    fn list(
        &self,
        number: u32,
        visit: &mut impl FnMut(u32, bool) -> Result<bool, Unfit>,
    ) -> Result<bool, Unfit> {
        for entry in self.postings.get(number as usize - 1..).unwrap_or_default() {
            if visit(entry & !LAST, true)? {
                return Ok(true);
            }
            if entry & LAST != 0 {
                break;
            }
        }
        Ok(false)
    }

    /// What it takes.
    pub(super) fn bytes(&self) -> usize {
        let plans = self.plans.iter().map(|plan| {
            let second =
                plan.second.as_ref().map_or(0, |second| second.keyed.numbers.bytes() + second.pairs.bytes());
            plan.first.numbers.bytes() + second + (plan.all.len() + plan.absent_errs.len()) * 4
        });
        plans.sum::<usize>() + (self.rest.len() + self.postings.len()) * 4 + self.fragile.len() * 8
    }
}

/// Numbers from 1 in order of first use.
#[derive(Default)]
struct Numbers(FxHashMap<u64, u64>);

impl Numbers {
    fn number(&mut self, word: u64) -> u64 {
        let next = self.0.len() as u64 + 1;
        *self.0.entry(word).or_insert(next)
    }

    fn table(self) -> WordTable {
        WordTable::new(self.0.into_iter().map(|(word, number)| (word, number as u32)).collect())
    }
}

/// For each policy the tests by which it is found: none, one, or two in the order of their kinds.
fn choose(drafts: &[Draft], kinds: usize, limits: Limits) -> Vec<Vec<usize>> {
    let mut shared: FxHashMap<(usize, u64), usize> = FxHashMap::default();
    for test in drafts.iter().flat_map(|draft| &draft.tests) {
        for word in &test.words {
            *shared.entry((test.kind, *word)).or_default() += 1;
        }
    }
    let costs: Vec<Vec<usize>> = drafts
        .iter()
        .map(|draft| {
            let cost = |test: &Test| test.words.iter().map(|word| shared[&(test.kind, *word)]).sum();
            draft.tests.iter().map(cost).collect()
        })
        .collect();
    let mut chosen: Vec<Vec<usize>> = drafts
        .iter()
        .zip(&costs)
        .map(|(draft, costs)| best(draft, costs, limits.most_shared, |_| true))
        .collect();
    // Few plans: those that most policies are in; the other policies take one of them, or none.
    let mut sizes: FxHashMap<(usize, Option<usize>), usize> = FxHashMap::default();
    for (draft, tests) in drafts.iter().zip(&chosen) {
        if let Some(plan) = plan_of(draft, tests) {
            *sizes.entry(plan).or_default() += 1;
        }
    }
    let mut kept: Vec<_> = sizes.iter().filter(|(_, size)| **size >= limits.least_planned).collect();
    kept.sort_unstable_by_key(|(plan, size)| (std::cmp::Reverse(**size), **plan));
    kept.truncate(MOST_PLANS);
    let kept: Vec<_> = kept.into_iter().map(|(plan, _)| *plan).collect();
    let mut single = vec![false; kinds];
    kept.iter().filter(|(_, second)| second.is_none()).for_each(|(first, _)| single[*first] = true);
    for ((draft, costs), tests) in drafts.iter().zip(&costs).zip(&mut chosen) {
        let fits = |plan: Option<(usize, Option<usize>)>| plan.is_some_and(|plan| kept.contains(&plan));
        if fits(plan_of(draft, tests)) {
            continue;
        }
        *tests = best(draft, costs, usize::MAX, |test| single[test.kind]);
    }
    chosen
}

fn plan_of(draft: &Draft, tests: &[usize]) -> Option<(usize, Option<usize>)> {
    let kind = |test: &usize| draft.tests[*test].kind;
    Some((kind(tests.first()?), tests.get(1).map(kind)))
}

/// The tests of a policy that it shares with the fewest others, of those that are `allowed`.
fn best(draft: &Draft, costs: &[usize], most_shared: usize, allowed: impl Fn(&Test) -> bool) -> Vec<usize> {
    let cheapest = |but: Option<usize>| {
        let tests = draft.tests.iter().enumerate();
        tests
            .filter(|(_, test)| allowed(test) && Some(test.kind) != but)
            .min_by_key(|(at, test)| (costs[*at], test.needs & UNCERTAIN, *at))
            .map(|(at, _)| at)
    };
    let Some(first) = cheapest(None) else { return Vec::new() };
    let mut tests = vec![first];
    if costs[first] > most_shared
        && let Some(second) = cheapest(Some(draft.tests[first].kind))
        && draft.tests[first].words.len() * draft.tests[second].words.len() <= MOST_PAIRS
    {
        tests.push(second);
        tests.sort_unstable_by_key(|test| draft.tests[*test].kind);
    }
    tests
}

/// The keys of a request: one, and those of an ascending list.
struct Keys<'i> {
    own: Option<u64>,
    more: &'i [u64],
}

impl Plan {
    fn keys<'i>(&self, image: &'i Image, words: Words) -> Result<(Keys<'i>, Keys<'i>), NoKey> {
        let first = self.first.kind.keys(image, words);
        let second = match &self.second {
            Some(second) => second.keyed.kind.keys(image, words),
            None => Ok(Keys { own: None, more: &[] }),
        };
        match (first, second) {
            (Ok(first), Ok(second)) => Ok((first, second)),
            // What is missing concerns more policies than what is absent.
            (Err(NoKey::Missing), _) | (_, Err(NoKey::Missing)) => Err(NoKey::Missing),
            _ => Err(NoKey::Absent),
        }
    }

    /// Calls `visit` with each list that the keys have, until it has seen enough.
    #[inline]
    fn visit(
        &self,
        (first, second): &(Keys<'_>, Keys<'_>),
        mut visit: impl FnMut(u32) -> Result<bool, Unfit>,
    ) -> Result<bool, Unfit> {
        let Some(Second { keyed: seconds, width, pairs }) = &self.second else {
            return first.numbers(&self.first.numbers, visit);
        };
        let (mut noted, mut count) = ([0; NOTED], 0);
        second.numbers(&seconds.numbers, |number| {
            if let Some(place) = noted.get_mut(count) {
                *place = number;
            }
            count += 1;
            Ok(false)
        })?;
        if count == 0 {
            return Ok(false);
        }
        first.numbers(&self.first.numbers, |a| {
            let mut pair = |b: u32| match pairs.get(u64::from(a) * *width + u64::from(b)) {
                0 => Ok(false),
                list => visit(list),
            };
            match noted.get(..count) {
                Some(noted) => {
                    for b in noted {
                        if pair(*b)? {
                            return Ok(true);
                        }
                    }
                    Ok(false)
                }
                None => second.numbers(&seconds.numbers, pair),
            }
        })
    }
}

impl Keys<'_> {
    /// Calls `visit` with the number of each key that has one.
    #[inline]
    fn numbers(
        &self,
        table: &WordTable,
        mut visit: impl FnMut(u32) -> Result<bool, Unfit>,
    ) -> Result<bool, Unfit> {
        if let Some(own) = self.own {
            let number = table.get(own);
            if number != 0 && visit(number)? {
                return Ok(true);
            }
        }
        // The smaller side leads.
        if self.more.len() > 2 * table.extent() {
            for (word, number) in table.iter() {
                if self.more.binary_search(&word).is_ok() && visit(number)? {
                    return Ok(true);
                }
            }
            return Ok(false);
        }
        for word in self.more {
            let number = table.get(*word);
            if number != 0 && visit(number)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

fn holds(row: &[u64], flag: Flag) -> bool {
    row.get(flag.word).is_some_and(|word| word >> flag.bit & 1 == 1)
}

impl Path {
    /// The value's word.
    fn word(&self, image: &Image, words: Words) -> Result<u64, NoKey> {
        let mut word = match self.root {
            Root::Principal => words.principal,
            Root::Resource => words.resource,
            Root::Context => words.context,
        };
        for read in &self.reads {
            match read {
                Read::Attribute { word: at, known, present } => {
                    let row = image.row(word);
                    if !holds(row, *known) {
                        return Err(NoKey::Missing);
                    }
                    if present.is_some_and(|present| !holds(row, present)) {
                        return Err(NoKey::Absent);
                    }
                    word = row.get(*at).copied().ok_or(NoKey::Missing)?;
                }
                Read::Field { word: at, present } => {
                    // SAFETY: `word` is that of a record with so many words: paths are made from the types that the verifier saw, and
                    // a context is encoded at the type of its action.
                    let record = unsafe { cell(word, at + 1) };
                    if present.is_some_and(|(word, bit)| record[word] >> bit & 1 == 0) {
                        return Err(NoKey::Absent);
                    }
                    word = record[*at];
                }
            }
        }
        Ok(word)
    }
}

impl Kind {
    #[inline]
    fn keys<'i>(&self, image: &'i Image, words: Words) -> Result<Keys<'i>, NoKey> {
        let word = self.path().word(image, words)?;
        Ok(match self {
            Kind::Value(_) => Keys { own: Some(word), more: &[] },
            Kind::Ancestry(_) => {
                let ancestors = image.row(word).get(ANCESTORS).copied().ok_or(NoKey::Missing)?;
                // SAFETY: a row has the word of a set there; its cell lives as long as the image.
                Keys { own: Some(word), more: unsafe { elements(ancestors) } }
            }
            // SAFETY: the path leads to a set, whose cell lives as long as the image or the request's context.
            Kind::Elements(_) => Keys { own: None, more: unsafe { elements(word) } },
        })
    }
}
