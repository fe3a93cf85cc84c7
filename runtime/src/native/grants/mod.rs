//! Rows of grants, and which of them can matter to an entity.
//!
//! ```text
//! row      [has an end?, end, word of each argument ...]
//! index    for each parameter that is an entity or a set of entities: row numbers, grouped by entity; an entity's own row
//!          holds start << 32 | count of its group (see `layout`)
//! ```
//! To find the rows with `u in who`, the groups of `u` and of each of its ancestors are visited; of several such parameters the
//! one with the fewest candidates leads.

mod columns;
mod signature;

use std::sync::Arc;

use super::arena::Arena;
use super::image::Image;
use super::layout::{ANCESTORS, param_entities};
use super::names::{Intern, Unfit, entity_type};
use super::word::{elements, encode, equal};
use crate::data::Data;
use crate::types::{Grant, GrantId, Type};

pub(super) use columns::{Columns, plain_search};
pub(super) use signature::{Signatures, WORDS, head, object_words};

/// Words of a row before its arguments.
pub(super) const ROW_HEAD: usize = 2;

/// All rows of one grant.
pub(super) struct GrantTable {
    stride: usize,
    words: Vec<u64>,
    /// The rows as reasons show them.
    keys: Vec<(Arc<[crate::Value]>, Option<i64>)>,
    /// By parameter.
    index: Vec<Option<ParamIndex>>,
}

#[derive(Default)]
struct ParamIndex {
    rows: Vec<u32>,
    /// An entity, and start << 32 | count in `rows`.
    ranges: Vec<(u64, u64)>,
}

impl GrantTable {
    pub(super) fn build(
        declared: &Grant,
        index: usize,
        data: &Data,
        names: &mut dyn Intern,
        arena: &mut Arena,
    ) -> Result<GrantTable, Unfit> {
        let stride = ROW_HEAD + declared.params.len();
        let mut table = GrantTable { stride, words: Vec::new(), keys: Vec::new(), index: Vec::new() };
        for (args, until) in data.grant_rows(GrantId(index as u32)).into_iter().flatten() {
            if args.len() != declared.params.len() {
                return Err(Unfit);
            }
            table.words.extend([u64::from(until.is_some()), until.unwrap_or(0) as u64]);
            for (param, value) in declared.params.iter().zip(args.iter()) {
                table.words.push(encode(&param.ty, value, names, arena)?);
            }
            table.keys.push((args.clone(), *until));
        }
        if u32::try_from(table.keys.len()).is_err() {
            return Err(Unfit);
        }
        for (at, param) in declared.params.iter().enumerate() {
            table.index.push(match param_entities(&param.ty) {
                Some(_) => Some(table.param_index(at, &param.ty)?),
                None => None,
            });
        }
        Ok(table)
    }

    fn param_index(&self, param: usize, ty: &Type) -> Result<ParamIndex, Unfit> {
        let mut pairs = Vec::with_capacity(self.keys.len());
        for (number, row) in self.words.chunks_exact(self.stride).enumerate() {
            let word = row[ROW_HEAD + param];
            match ty {
                Type::Set(_) => {
                    // SAFETY: `build` encoded the word at this type, into an arena that the Image will own.
                    let named = unsafe { elements(word) };
                    pairs.extend(named.iter().map(|one| (*one, number as u32)));
                }
                _ => pairs.push((word, number as u32)),
            }
        }
        if u32::try_from(pairs.len()).is_err() {
            return Err(Unfit);
        }
        pairs.sort_unstable();
        let mut index = ParamIndex::default();
        for group in pairs.chunk_by(|a, b| a.0 == b.0) {
            index.ranges.push((group[0].0, (index.rows.len() as u64) << 32 | group.len() as u64));
            index.rows.extend(group.iter().map(|(_, row)| *row));
        }
        Ok(index)
    }

    /// Parameter, entity, and the word for the entity's row.
    pub(super) fn ranges(&self) -> impl Iterator<Item = (usize, u64, u64)> + '_ {
        self.index.iter().enumerate().flat_map(|(param, index)| {
            index.iter().flat_map(move |index| {
                index.ranges.iter().map(move |(entity, range)| (param, *entity, *range))
            })
        })
    }

    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    /// All rows, the ended ones too.
    fn rows(&self) -> impl Iterator<Item = &[u64]> {
        self.words.chunks_exact(self.stride)
    }

    /// When rows end that do.
    fn ends(&self) -> impl Iterator<Item = i64> + '_ {
        self.keys.iter().filter_map(|(_, until)| *until)
    }

    fn has_ends(&self) -> bool {
        self.ends().next().is_some()
    }

    pub(super) fn bytes(&self) -> usize {
        let index: usize = self.index.iter().flatten().map(|i| i.rows.len() * 4 + i.ranges.len() * 16).sum();
        self.words.len() * 8 + index
    }

    fn row(&self, number: usize) -> &[u64] {
        &self.words[number * self.stride..(number + 1) * self.stride]
    }

    /// The arguments and the end of the row that `row` points to.
    pub(super) fn key(&self, row: *const u64) -> Option<&(Arc<[crate::Value]>, Option<i64>)> {
        let offset = (row as usize).checked_sub(self.words.as_ptr() as usize)?;
        self.keys.get(offset / 8 / self.stride)
    }
}

/// What an argument must be to a row's value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Test {
    /// In the entity.
    In,
    /// In one of the entities.
    InAny,
    /// Equal, at this type.
    Equal(Type),
    /// An element, of this type.
    Element(Type),
}

/// A search for rows of a grant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Plan {
    pub(super) grant: usize,
    /// By argument: the parameter and what it must be to it.
    pub(super) tests: Vec<(usize, Test)>,
}

/// Where a search stands. Begins zeroed.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub(super) struct Cursor {
    /// 0 before the start, else 1 + the leading argument, or `u64::MAX` to scan all rows.
    lead: u64,
    /// How many of the leading argument and its ancestors have been opened.
    opened: u64,
    /// What is left of the open group, or of all rows.
    next: u64,
    end: u64,
}

/// Words of a [`Cursor`].
pub(super) const CURSOR_WORDS: u32 = 4;

impl Plan {
    /// The next live row that passes all tests. A row may come more than once.
    ///
    /// # Safety
    /// `args` has one word for each test, of the type that the test is about, with cells that live; `image` is the snapshot
    /// that numbered them, and `cursor` has only been used with these arguments.
    pub(super) unsafe fn next<'i>(
        &self,
        image: &'i Image,
        args: &[u64],
        now: i64,
        cursor: &mut Cursor,
    ) -> Option<&'i [u64]> {
        let table = image.grants.get(self.grant)?;
        if cursor.lead == 0 {
            if table.keys.is_empty() {
                return None;
            }
            self.start(image, table, args, cursor);
        }
        loop {
            while cursor.next < cursor.end {
                let at = cursor.next as usize;
                cursor.next += 1;
                let number = match self.lead(table, cursor) {
                    Some((_, index)) => *index.rows.get(at)? as usize,
                    None => at,
                };
                let row = table.row(number);
                // SAFETY: passed on from the caller; rows are words of the parameters' types.
                if (row[0] == 0 || now < row[1] as i64) && unsafe { self.passes(image, row, args) } {
                    return Some(row);
                }
            }
            let (argument, _) = self.lead(table, cursor)?;
            let entity = *args.get(argument)?;
            let ancestors = ancestors(image, entity);
            let open = match (cursor.opened as usize).checked_sub(1) {
                None => entity,
                Some(at) => *ancestors.get(at)?,
            };
            cursor.opened += 1;
            let range = range(image, open, self.grant, self.tests[argument].0);
            cursor.next = range >> 32;
            cursor.end = cursor.next + (range & 0xffff_ffff);
        }
    }

    fn lead<'t>(&self, table: &'t GrantTable, cursor: &Cursor) -> Option<(usize, &'t ParamIndex)> {
        let argument = usize::try_from(cursor.lead.checked_sub(1)?).ok()?;
        let (param, _) = self.tests.get(argument)?;
        Some((argument, table.index.get(*param)?.as_ref()?))
    }

    /// Chooses the argument that leads to the rows in the fewest steps: one for each ancestor, one for each candidate.
    fn start(&self, image: &Image, table: &GrantTable, args: &[u64], cursor: &mut Cursor) {
        let indexed = |(param, test): &(usize, Test)| {
            matches!(test, Test::In | Test::InAny) && image.code.layout.is_indexed(self.grant, *param)
        };
        let height = |argument: usize| ancestors(image, args[argument]).len();
        let candidates = || {
            let tests = self.tests.iter().zip(args).enumerate();
            tests.filter(|(_, (test, _))| indexed(test)).map(|(argument, _)| argument)
        };
        // The lowest goes first, because often the others are too high to count at all.
        let lowest = candidates().min_by_key(|argument| height(*argument));
        let mut best = None;
        let mut least = u64::MAX;
        for argument in lowest.into_iter().chain(candidates().filter(|argument| Some(*argument) != lowest)) {
            let (param, entity) = (self.tests[argument].0, args[argument]);
            let height = height(argument) as u64;
            let mut steps = height;
            for entity in std::iter::once(&entity).chain(ancestors(image, entity)) {
                if steps >= least {
                    break;
                }
                steps += range(image, *entity, self.grant, param) & 0xffff_ffff;
            }
            if steps == height && steps < least {
                // No row names it or anything above it: the search is over before it began.
                cursor.lead = 1 + argument as u64;
                cursor.opened = 1 + height;
                return;
            }
            if steps < least {
                (least, best) = (steps, Some(argument));
            }
        }
        match best {
            Some(argument) => cursor.lead = 1 + argument as u64,
            None => {
                cursor.lead = u64::MAX;
                cursor.end = table.len() as u64;
            }
        }
    }

    /// # Safety
    /// As for [`Plan::next`]; `row` is a row of the grant.
    unsafe fn passes(&self, image: &Image, row: &[u64], args: &[u64]) -> bool {
        self.tests.iter().zip(args).all(|((param, test), arg)| {
            let value = row[ROW_HEAD + param];
            // SAFETY: the row's value has the parameter's type and the argument the test's.
            unsafe {
                match test {
                    Test::In => value == *arg || ancestors(image, *arg).binary_search(&value).is_ok(),
                    Test::InAny => {
                        let set = elements(value);
                        set.binary_search(arg).is_ok() || intersects(ancestors(image, *arg), set)
                    }
                    Test::Equal(ty) => equal(ty, value, *arg),
                    Test::Element(ty) => elements(value).iter().any(|element| equal(ty, *element, *arg)),
                }
            }
        })
    }
}

/// All ancestors of an entity, ascending.
pub(super) fn ancestors(image: &Image, entity: u64) -> &[u64] {
    // SAFETY: this word of each row is a set cell that the image or a static owns.
    unsafe { elements(image.row(entity)[ANCESTORS]) }
}

fn range(image: &Image, entity: u64, grant: usize, param: usize) -> u64 {
    match image.code.layout.grant_word(grant, param, entity_type(entity)) {
        Some(word) => image.row(entity)[word],
        None => 0,
    }
}

/// Whether two ascending lists have a word in common.
pub(super) fn intersects(a: &[u64], b: &[u64]) -> bool {
    let (few, many) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    if few.len() * 8 < many.len() {
        return few.iter().any(|word| many.binary_search(word).is_ok());
    }
    let mut rest = many.iter();
    let mut other = rest.next();
    for word in few {
        while other.is_some_and(|other| other < word) {
            other = rest.next();
        }
        if other == Some(word) {
            return true;
        }
    }
    false
}
