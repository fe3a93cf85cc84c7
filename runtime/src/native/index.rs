//! Which policies can apply to a request: an index over the tests of constants in their patterns and conditions.
//!
//! ```text
//! Index ── plans      one or two kinds of keys (see `keys`), and for each key, or pair of keys, the policies that ask for it
//!       ├─ rest       policies that no test can rule out
//!       └─ fragile    policies that are evaluated when something before their tests may err
//! ```
//! Each policy stands in one plan, under the test, or the pair of tests, that policies like it share with the fewest others. How a
//! decision looks a request up is in `lookup`.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::code::Limits;
use super::keys::{Kind, Kinds, Test, UNCERTAIN};
use super::table::WordTable;

/// Plans that a decision looks at; policies of further ones are evaluated always.
const MOST_PLANS: usize = 8;
/// So many pairs of keys stand for one policy.
const MOST_PAIRS: usize = 64;

/// A policy to evaluate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Visit {
    /// Which; whether it is the last in the list of a key; whether it is of a grant.
    entry: u32,
    /// Its function, with all its tests or, in the list of a key, without those that the key answers.
    pub(super) shape: u32,
    /// Where its constants begin.
    pub(super) constants: u32,
}

impl Visit {
    const LAST: u32 = 1 << 31;
    const HAS_ROWS: u32 = 1 << 30;

    fn new(entry: u32) -> Visit {
        Visit { entry, shape: 0, constants: 0 }
    }

    pub(super) fn entry(&self) -> usize {
        (self.entry & !(Visit::LAST | Visit::HAS_ROWS)) as usize
    }

    /// Whether its policy is evaluated for each row of a grant.
    pub(super) fn has_rows(&self) -> bool {
        self.entry & Visit::HAS_ROWS != 0
    }

    pub(super) fn is_last(&self) -> bool {
        self.entry & Visit::LAST != 0
    }
}

/// An index over some policies of an environment.
#[derive(Default)]
pub(super) struct Index {
    pub(super) plans: Vec<Plan>,
    pub(super) rest: Vec<Visit>,
    /// With what must be given for their tests to count.
    pub(super) fragile: Vec<(Visit, u8)>,
    /// What some fragile policy needs.
    pub(super) needs: u8,
    /// Lists of policies, by the number of a key less one.
    pub(super) lists: Vec<Visit>,
}

/// Policies that are found in one way.
pub(super) struct Plan {
    pub(super) first: Keyed,
    pub(super) second: Option<Second>,
    /// All its policies.
    pub(super) all: Vec<Visit>,
    /// Those that err where an optional part of a key is absent.
    pub(super) absent_errs: Vec<Visit>,
}

/// Keys and their numbers: of lists, or of halves of pairs.
pub(super) struct Keyed {
    pub(super) kind: Kind,
    pub(super) numbers: WordTable,
}

/// The other half of a plan for pairs of keys.
pub(super) struct Second {
    pub(super) keyed: Keyed,
    /// More than all numbers of its keys: first number * width + second number is a pair.
    pub(super) width: u64,
    /// From pairs to lists.
    pub(super) pairs: WordTable,
}

/// What one policy brings to an index; of a policy whose errors matter to a decision, no test after something uncertain.
pub(super) struct Draft {
    pub(super) entry: u32,
    pub(super) tests: Vec<Test>,
}

/// Kinds of keys, ascending.
type Way = (usize, Option<usize>);

impl Index {
    /// An index over these policies, with, for each policy, which of its tests it answers.
    pub(super) fn new(drafts: &[Draft], kinds: &Kinds, limits: Limits) -> (Index, Vec<Vec<usize>>) {
        let chosen = choose(drafts, kinds.len(), limits);
        let mut index = Index::default();
        let mut ways: FxHashMap<Way, Vec<usize>> = FxHashMap::default();
        for (at, tests) in chosen.iter().enumerate() {
            match way(&drafts[at], tests) {
                Some(way) => ways.entry(way).or_default().push(at),
                None => index.rest.push(Visit::new(drafts[at].entry)),
            }
        }
        let mut ways: Vec<_> = ways.into_iter().collect();
        ways.sort_unstable();
        for (way, members) in ways {
            index.add(drafts, &chosen, kinds, way, &members);
        }
        (index, chosen)
    }

    fn add(
        &mut self,
        drafts: &[Draft],
        chosen: &[Vec<usize>],
        kinds: &Kinds,
        (first, second): Way,
        members: &[usize],
    ) {
        let (mut all, mut absent_errs) = (Vec::with_capacity(members.len()), Vec::new());
        let (mut firsts, mut seconds) = (Numbers::default(), Numbers::default());
        let mut asked: Vec<(u64, u64, u32)> = Vec::with_capacity(members.len());
        for at in members {
            let draft = &drafts[*at];
            let tests: Vec<&Test> = chosen[*at].iter().map(|test| &draft.tests[*test]).collect();
            let whole = Visit::new(draft.entry);
            all.push(whole);
            if tests.iter().any(|test| test.absent_errs) {
                absent_errs.push(whole);
            }
            let needs = tests.iter().fold(0, |needs, test| needs | test.needs);
            if needs != 0 {
                self.fragile.push((whole, needs));
                self.needs |= needs;
            }
            for a in &tests[0].words {
                let a = firsts.number(*a);
                match tests.get(1) {
                    None => asked.push((a, 0, draft.entry)),
                    Some(second) => {
                        let seconds = second.words.iter().map(|b| seconds.number(*b));
                        asked.extend(seconds.map(|b| (a, b, draft.entry)));
                    }
                }
            }
        }
        asked.sort_unstable();
        asked.dedup();
        let width = seconds.0.len() as u64 + 1;
        let mut starts: Vec<(u64, u32)> = Vec::new();
        for list in asked.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            starts.push((list[0].0 * width + list[0].1, self.lists.len() as u32 + 1));
            self.lists.extend(list.iter().map(|(_, _, entry)| Visit::new(*entry)));
            if let Some(last) = self.lists.last_mut() {
                last.entry |= Visit::LAST;
            }
        }
        let (first, second) = match second {
            None => {
                // The number of a first key is that of its list.
                let lists: FxHashMap<u64, u32> = starts.into_iter().collect();
                let words = firsts.0.into_iter().map(|(word, number)| (word, lists[&number]));
                (Keyed { kind: kinds[first].clone(), numbers: WordTable::new(words.collect()) }, None)
            }
            Some(second) => {
                let keyed = Keyed { kind: kinds[second].clone(), numbers: seconds.table() };
                let second = Second { keyed, width, pairs: WordTable::new(starts) };
                (Keyed { kind: kinds[first].clone(), numbers: firsts.table() }, Some(second))
            }
        };
        self.plans.push(Plan { first, second, all, absent_errs });
    }

    /// The policies of the list of this number; none for 0.
    pub(super) fn listed(&self, number: u32) -> impl Iterator<Item = &Visit> {
        let start = (number as usize).checked_sub(1).unwrap_or(self.lists.len());
        let list = self.lists.get(start..).unwrap_or_default();
        let end = list.iter().position(Visit::is_last).map_or(0, |last| last + 1);
        list.get(..end).unwrap_or_default().iter()
    }

    /// Says of each policy where its function, with all tests or without those that are `known`, and its constants are, and whether it
    /// has rows.
    pub(super) fn place(
        &mut self,
        whole: impl Fn(usize) -> (u32, u32),
        known: impl Fn(usize) -> (u32, u32),
        has_rows: impl Fn(usize) -> bool,
    ) {
        let mark = |visit: &mut Visit| {
            if has_rows(visit.entry()) {
                visit.entry |= Visit::HAS_ROWS;
            }
        };
        for visit in &mut self.lists {
            (visit.shape, visit.constants) = known(visit.entry());
            mark(visit);
        }
        let plans = self.plans.iter_mut().flat_map(|plan| plan.all.iter_mut().chain(&mut plan.absent_errs));
        let fragile = self.fragile.iter_mut().map(|(visit, _)| visit);
        for visit in plans.chain(&mut self.rest).chain(fragile) {
            (visit.shape, visit.constants) = whole(visit.entry());
            mark(visit);
        }
    }

    /// What it takes.
    pub(super) fn bytes(&self) -> usize {
        let plan = |plan: &Plan| {
            let second = plan.second.as_ref();
            let second = second.map_or(0, |second| second.keyed.numbers.bytes() + second.pairs.bytes());
            let visits = plan.all.capacity() + plan.absent_errs.capacity();
            plan.first.numbers.bytes() + second + visits * size_of::<Visit>()
        };
        let visits = self.rest.capacity() + self.lists.capacity();
        self.plans.iter().map(plan).sum::<usize>()
            + visits * size_of::<Visit>()
            + self.fragile.capacity() * size_of::<(Visit, u8)>()
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
    let mut chosen: Vec<Vec<usize>> = vec![Vec::new(); drafts.len()];
    // Policies with tests of the same kinds are found in the same way: what is cheapest for all of them.
    let mut alike: FxHashMap<Vec<usize>, Vec<usize>> = FxHashMap::default();
    for (at, draft) in drafts.iter().enumerate() {
        let kinds: BTreeSet<usize> = draft.tests.iter().map(|test| test.kind).collect();
        alike.entry(kinds.into_iter().collect()).or_default().push(at);
    }
    for (kinds, members) in alike {
        let (first, second) = cheapest(drafts, &costs, &kinds, &members, limits.most_shared);
        for at in members {
            chosen[at] = tests_of(&drafts[at], &costs[at], first, second);
        }
    }
    // Few plans: those that most policies are in; the other policies take one of them, or none.
    let mut sizes: FxHashMap<Way, usize> = FxHashMap::default();
    for (draft, tests) in drafts.iter().zip(&chosen) {
        if let Some(way) = way(draft, tests) {
            *sizes.entry(way).or_default() += 1;
        }
    }
    let mut kept: Vec<_> = sizes.into_iter().filter(|(_, size)| *size >= limits.least_planned).collect();
    kept.sort_unstable_by_key(|(way, size)| (std::cmp::Reverse(*size), *way));
    kept.truncate(MOST_PLANS);
    let kept: BTreeSet<Way> = kept.into_iter().map(|(way, _)| way).collect();
    let mut single = vec![false; kinds];
    kept.iter().filter(|(_, second)| second.is_none()).for_each(|(first, _)| single[*first] = true);
    for ((draft, costs), tests) in drafts.iter().zip(&costs).zip(&mut chosen) {
        if way(draft, tests).is_some_and(|way| kept.contains(&way)) {
            continue;
        }
        let fitting = draft.tests.iter().enumerate().filter(|(_, test)| single[test.kind]);
        *tests = fitting.map(|(at, _)| (costs[at], at)).min().map(|(_, at)| at).into_iter().collect();
    }
    chosen
}

fn way(draft: &Draft, tests: &[usize]) -> Option<Way> {
    let kind = |test: &usize| draft.tests[*test].kind;
    Some((kind(tests.first()?), tests.get(1).map(kind)))
}

/// The kind of key under which these policies stand with the fewest others, and a second one if that is worth it.
fn cheapest(
    drafts: &[Draft],
    costs: &[Vec<usize>],
    kinds: &[usize],
    members: &[usize],
    most_shared: usize,
) -> (Option<usize>, Option<usize>) {
    let total = |kind: usize| -> usize {
        let tests = members.iter().map(|at| (&costs[*at], of_kind(&drafts[*at], &costs[*at], kind)));
        tests.filter_map(|(costs, test)| Some(costs[test?])).sum()
    };
    let mut totals: Vec<(usize, usize)> = kinds.iter().map(|kind| (total(*kind), *kind)).collect();
    totals.sort_unstable();
    let Some((cost, first)) = totals.first() else { return (None, None) };
    let second = totals.get(1).map(|(_, second)| *second);
    (Some(*first), second.filter(|_| *cost > most_shared * members.len()))
}

/// A policy's test of this kind that it shares with the fewest others.
fn of_kind(draft: &Draft, costs: &[usize], kind: usize) -> Option<usize> {
    let tests = draft.tests.iter().enumerate().filter(|(_, test)| test.kind == kind);
    tests.map(|(at, test)| (costs[at], test.needs & UNCERTAIN, at)).min().map(|(.., at)| at)
}

/// The tests of a policy by these kinds of keys, in the order of the kinds.
fn tests_of(draft: &Draft, costs: &[usize], first: Option<usize>, second: Option<usize>) -> Vec<usize> {
    let of_kind = |kind: Option<usize>| kind.and_then(|kind| of_kind(draft, costs, kind));
    let Some(first) = of_kind(first) else { return Vec::new() };
    let mut tests = vec![first];
    if let Some(second) = of_kind(second)
        && draft.tests[first].words.len() * draft.tests[second].words.len() <= MOST_PAIRS
    {
        tests.push(second);
        tests.sort_unstable_by_key(|test| draft.tests[*test].kind);
    }
    tests
}
