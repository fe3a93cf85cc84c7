//! What the lookup function of an environment reads, and from which it is made (see `emit/lookup.rs`): the indexes of all tiers in one.
//!
//! ```text
//! Probes ── keys       kinds of keys, each with numbers for the words that some policy asks for
//!        └─ groups     probes by the same kinds: none, one or two
//!             └─ probe     policies of one shape with one verdict; cells of keys -> rows of constants
//! ```
//! A row holds the constants of one policy, as far as its condition needs them once its keys are known, and where rows are chained, the
//! number of the next row of the same cell. Row 0 and the one after the last are no policy's, so that a cell without rows can be read.
//!
//! A decision needs no more than the weakest of policies that differ in a bound only (see `bounds`). So there may be fewer rows than policies,
//! and reasons are found in the indexes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use indexmap::IndexMap;
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};

use super::bounds::{Bound, prune};
use super::index::{Index, Visit};
use super::keys::Kind;
use super::layout::Named;
use super::names::entity_type;
use super::perfect::{Cells, Numbers};
use crate::types::EntityTypeId;

/// See the module.
pub(super) struct Probes {
    pub(super) keys: Vec<Key>,
    pub(super) groups: Vec<Group>,
    /// What must be given for the tests of denies to count (see `keys`).
    pub(super) needs: u8,
    /// For each shape where its function is; 0 as long as there is none.
    pub(super) functions: Arc<[AtomicU64]>,
}

/// A kind of key.
pub(super) struct Key {
    pub(super) kind: Kind,
    pub(super) numbers: Numbers,
    /// Of an ancestry: the word of the entity's row that has the numbers (see [`super::layout::Named`]).
    pub(super) named: Option<usize>,
    /// More than all numbers.
    pub(super) count: u64,
    /// Of an ancestry: the entity itself may be asked for, not only what it is in.
    pub(super) may_be_own: bool,
    /// Where there is no value because an entity is missing, some deny may apply.
    pub(super) missing_matters: bool,
    /// The same where an optional part is absent.
    pub(super) absent_matters: bool,
}

/// Probes by these kinds of keys.
pub(super) struct Group {
    /// Indexes into [`Probes::keys`]; at most two.
    pub(super) keys: Vec<usize>,
    pub(super) probes: Vec<Probe>,
}

/// See the module.
pub(super) struct Probe {
    /// If one of its policies applies.
    pub(super) verdict: u64,
    /// An error makes them apply.
    pub(super) despite_errors: bool,
    pub(super) form: Form,
    /// The first number times this, and the second, is a cell.
    pub(super) width: u64,
    /// `None` without keys: all its policies may apply.
    pub(super) cells: Option<Cells>,
    pub(super) rows: Vec<u64>,
    /// Words in a row.
    pub(super) stride: usize,
    /// Words of a row that are constants; the next is the next row's number if rows are chained.
    pub(super) constants: usize,
    pub(super) is_chained: bool,
}

/// What is left to ask of a policy whose keys are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Form {
    Nothing,
    /// The condition of this shape, in line.
    Shape(u32),
    /// A function. A row holds where its address stands, and where the policy's constants are.
    Called,
    /// More than the lookup function can do.
    Left,
}

/// A shape, as far as it matters here.
pub(super) struct Residue<'m> {
    /// How much work it is to compile.
    pub(super) nodes: usize,
    /// Its first constants are those of the condition.
    pub(super) constants: usize,
    pub(super) bounds: &'m [Bound],
    /// It can only be in line: it is evaluated for each row of a grant, or has obligations to write.
    pub(super) is_special: bool,
}

/// Where probes come from.
pub(super) struct Source<'m> {
    /// Of denies, allows with obligations, and plain allows.
    pub(super) tiers: [&'m Index; 3],
    /// The verdict of an entry, and whether an error makes it apply.
    pub(super) verdict: &'m dyn Fn(usize) -> (u64, bool),
    /// By shape.
    pub(super) shapes: Vec<Residue<'m>>,
    pub(super) constants: &'m [u64],
    /// By shape; see [`Probes`].
    pub(super) functions: &'m Arc<[AtomicU64]>,
    /// Of an entity type, what its rows tell.
    pub(super) named: &'m dyn Fn(EntityTypeId) -> Option<Named<u64>>,
    /// Work to compile of all shapes that are in line, in nodes.
    pub(super) most_in_line: usize,
}

/// Probes that have a shape in line.
const MOST_INLINE: usize = 64;

/// Indexes of kinds.
type Way = Vec<usize>;

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Sort {
    way: Way,
    verdict: u64,
    despite_errors: bool,
    form: Form,
}

/// A policy under its keys.
#[derive(Clone, Copy)]
struct Asked {
    words: (u64, u64),
    shape: u32,
    /// Where its constants begin.
    constants: u32,
}

impl Probes {
    /// `None` if some keys make no table.
    pub(super) fn new(source: &Source<'_>) -> Option<Probes> {
        let mut kinds: IndexMap<Kind, (bool, bool), FxBuildHasher> = IndexMap::default();
        let mut found: BTreeMap<Sort, Vec<Asked>> = BTreeMap::new();
        for (tier, index) in source.tiers.iter().enumerate() {
            collect(source, index, tier == 0, &mut kinds, &mut found);
        }
        for (sort, asked) in &mut found {
            source.prune(sort, asked);
        }
        let found = source.put_in_line(found);

        let mut words: Vec<FxHashSet<u64>> = vec![FxHashSet::default(); kinds.len()];
        for (sort, asked) in &found {
            for (at, kind) in sort.way.iter().enumerate() {
                words[*kind]
                    .extend(asked.iter().map(|asked| if at == 0 { asked.words.0 } else { asked.words.1 }));
            }
        }
        let mut numbered: Vec<FxHashMap<u64, u32>> = Vec::with_capacity(kinds.len());
        let mut keys = Vec::with_capacity(kinds.len());
        for ((kind, (missing_matters, absent_matters)), words) in kinds.into_iter().zip(words) {
            let mut words: Vec<u64> = words.into_iter().collect();
            words.sort_unstable();
            let may_be_own = match &kind {
                Kind::Ancestry(_, types) => words.iter().any(|word| types.contains(entity_type(*word))),
                _ => false,
            };
            let known = kind.subject().and_then(source.named).and_then(|named| {
                let number = |word: &u64| Some((*word, u32::from(*named.numbers.get(word)?)));
                Some((named.word, words.iter().map(number).collect::<Option<Vec<_>>>()?))
            });
            let named = known.as_ref().map(|(at, _)| *at);
            let entries = known.map_or_else(|| words.into_iter().zip(1..).collect(), |(_, entries)| entries);
            let count = entries.iter().map(|(_, number)| u64::from(*number)).max().unwrap_or(0) + 1;
            numbered.push(entries.iter().copied().collect());
            let numbers = Numbers::new(entries)?;
            keys.push(Key { kind, numbers, named, count, may_be_own, missing_matters, absent_matters });
        }
        let needs = source.tiers[0].needs;
        let functions = Arc::clone(source.functions);
        let mut probes = Probes { keys, groups: Vec::new(), needs, functions };
        for (sort, asked) in found {
            let probe = probes.probe(source, &sort, asked, &numbered)?;
            match probes.groups.iter_mut().find(|group| group.keys == sort.way) {
                Some(group) => group.probes.push(probe),
                None => probes.groups.push(Group { keys: sort.way, probes: vec![probe] }),
            }
        }
        Some(probes)
    }

    fn probe(
        &self,
        source: &Source<'_>,
        sort: &Sort,
        asked: Vec<Asked>,
        numbered: &[FxHashMap<u64, u32>],
    ) -> Option<Probe> {
        let count = |at: usize| sort.way.get(at).map_or(1, |kind| self.keys[*kind].count);
        let number = |at: usize, word: u64| {
            sort.way.get(at).map_or(0, |kind| numbered[*kind].get(&word).copied().unwrap_or(0))
        };
        let width = count(1);
        let cell =
            |asked: &Asked| u64::from(number(0, asked.words.0)) * width + u64::from(number(1, asked.words.1));
        let mut placed: Vec<(u64, Asked)> = asked.iter().map(|asked| (cell(asked), *asked)).collect();
        // Stable: policies of one cell keep the order that they have been given.
        placed.sort_by_key(|(cell, _)| *cell);
        let mut cells: Vec<u64> = placed.iter().map(|(cell, _)| *cell).collect();
        cells.dedup();
        let constants = match sort.form {
            Form::Nothing | Form::Left => 0,
            Form::Shape(shape) => source.shapes[shape as usize].constants,
            Form::Called => 2,
        };
        // Nothing tells those of one cell apart if they have no constants.
        let is_chained = cells.len() < placed.len() && constants > 0;
        let stride = constants + usize::from(is_chained);
        let mut rows = Vec::new();
        if stride > 0 {
            rows.resize((placed.len() + 2) * stride, 0);
            let mut extra = cells.len();
            for (at, list) in placed.chunk_by(|a, b| a.0 == b.0).enumerate() {
                let mut row = at + 1;
                for (position, (_, asked)) in list.iter().enumerate() {
                    let place = rows.get_mut(row * stride..(row + 1) * stride)?;
                    self.fill(source, sort.form, asked, place.get_mut(..constants)?)?;
                    if is_chained && position + 1 < list.len() {
                        extra += 1;
                        place[constants] = extra as u64;
                        row = extra;
                    }
                }
            }
        }
        let cells = if sort.way.is_empty() { None } else { Some(Cells::new(&cells, count(0) * width)?) };
        let (verdict, despite_errors, form) = (sort.verdict, sort.despite_errors, sort.form);
        Some(Probe { verdict, despite_errors, form, width, cells, rows, stride, constants, is_chained })
    }

    fn fill(&self, source: &Source<'_>, form: Form, asked: &Asked, row: &mut [u64]) -> Option<()> {
        let constants = source.constants.get(asked.constants as usize..)?;
        if form == Form::Called {
            let function = std::ptr::from_ref(self.functions.get(asked.shape as usize)?);
            row.copy_from_slice(&[function as u64, constants.as_ptr() as u64]);
        } else {
            row.copy_from_slice(constants.get(..row.len())?);
        }
        Some(())
    }

    /// What it takes.
    pub(super) fn bytes(&self) -> usize {
        let keys: usize = self.keys.iter().map(|key| key.numbers.bytes()).sum();
        let probes = self.groups.iter().flat_map(|group| &group.probes);
        let probes = probes.map(|probe| probe.cells.as_ref().map_or(0, Cells::bytes) + probe.rows.len() * 8);
        keys + probes.sum::<usize>()
    }
}

/// All policies of a tier, by what they are found by and what is left of them.
fn collect(
    source: &Source<'_>,
    index: &Index,
    errors_matter: bool,
    kinds: &mut IndexMap<Kind, (bool, bool), FxBuildHasher>,
    found: &mut BTreeMap<Sort, Vec<Asked>>,
) {
    let mut add = |way: &[usize], words: (u64, u64), visit: &Visit| {
        let (verdict, despite_errors) = (source.verdict)(visit.entry());
        let (form, shape) = match source.shapes.get(visit.shape as usize) {
            Some(_) => (Form::Shape(visit.shape), visit.shape),
            None => (Form::Nothing, 0),
        };
        let sort = Sort { way: way.to_vec(), verdict, despite_errors, form };
        let asked = Asked { words, shape, constants: visit.constants };
        found.entry(sort).or_default().push(asked);
    };
    for plan in &index.plans {
        let mut kind = |kind: &Kind| {
            let (at, matters) = match kinds.get_full_mut(kind) {
                Some((at, _, matters)) => (at, matters),
                None => {
                    let at = kinds.insert_full(kind.clone(), (false, false)).0;
                    (at, &mut kinds[at])
                }
            };
            matters.0 |= errors_matter;
            matters.1 |= errors_matter && !plan.absent_errs.is_empty();
            at
        };
        let first = kind(&plan.first.kind);
        match &plan.second {
            None => {
                for (word, number) in plan.first.numbers.iter() {
                    index.listed(number).for_each(|visit| add(&[first], (word, 0), visit));
                }
            }
            Some(second) => {
                let way = [first, kind(&second.keyed.kind)];
                let by_number = |numbers: &super::table::WordTable| -> FxHashMap<u64, u64> {
                    numbers.iter().map(|(word, number)| (u64::from(number), word)).collect()
                };
                let (firsts, seconds) = (by_number(&plan.first.numbers), by_number(&second.keyed.numbers));
                for (pair, list) in second.pairs.iter() {
                    let words = (firsts.get(&(pair / second.width)), seconds.get(&(pair % second.width)));
                    if let (Some(a), Some(b)) = words {
                        index.listed(list).for_each(|visit| add(&way, (*a, *b), visit));
                    }
                }
            }
        }
    }
    index.rest.iter().for_each(|visit| add(&[], (0, 0), visit));
}

impl Source<'_> {
    /// Leaves out, of policies with the same keys, what others cover.
    fn prune(&self, sort: &Sort, asked: &mut Vec<Asked>) {
        asked.sort_unstable_by_key(|asked| (asked.words, asked.constants));
        let (count, bounds) = match sort.form {
            Form::Shape(shape) => {
                let shape = &self.shapes[shape as usize];
                (shape.constants, shape.bounds)
            }
            _ => (0, [].as_slice()),
        };
        let mut kept = Vec::with_capacity(asked.len());
        let mut list = Vec::new();
        for same in asked.chunk_by(|a, b| a.words == b.words) {
            list.clear();
            list.extend(same.iter().map(|asked| asked.constants));
            prune(&mut list, self.constants, count, bounds);
            kept.extend(list.iter().map(|constants| Asked { constants: *constants, ..same[0] }));
        }
        *asked = kept;
    }

    /// Says which shapes are evaluated in line: those of most policies.
    fn put_in_line(&self, found: BTreeMap<Sort, Vec<Asked>>) -> BTreeMap<Sort, Vec<Asked>> {
        let mut order: Vec<_> = found.into_iter().collect();
        order.sort_by_key(|(_, asked)| std::cmp::Reverse(asked.len()));
        let (mut nodes, mut inline) = (0, 0);
        let mut placed: BTreeMap<Sort, Vec<Asked>> = BTreeMap::new();
        for (mut sort, asked) in order {
            if let Form::Shape(shape) = sort.form {
                let shape = &self.shapes[shape as usize];
                if inline < MOST_INLINE && nodes + shape.nodes <= self.most_in_line {
                    inline += 1;
                    nodes += shape.nodes;
                } else {
                    sort.form = if shape.is_special { Form::Left } else { Form::Called };
                }
            }
            placed.entry(sort).or_default().extend(asked);
        }
        placed
    }
}
