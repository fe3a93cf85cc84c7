//! The search for the rows of a grant that are for given arguments.
//!
//! One argument leads: the one that, with all that it is in, is named by the fewest rows. Its lists are gone through, or, where they
//! are long, looked into for the other argument and what that is in. So a search costs about as many steps as the shorter of
//! the two sides has rows, and never more than one side's ancestors times the other's.

use super::lists::{ANY, List, entry, other_of, row_of};
use super::table::{GrantTable, Index, ROW_HEAD, hashed};
use crate::native::image::Image;
use crate::native::layout::ANCESTORS;
use crate::native::names::{entity_number, entity_type};
use crate::native::word::{elements, equal, is_direct};
use crate::types::Type;

/// What an argument must be to a row's value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::native) enum Test {
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
pub(in crate::native) struct Plan {
    pub(in crate::native) grant: usize,
    /// By argument: the parameter and what it must be to it.
    pub(in crate::native) tests: Vec<(usize, Test)>,
}

/// Where a search stands. Begins zeroed.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub(in crate::native) struct Cursor {
    /// 0 before the start, else 1 + the leading argument, or [`SCAN`].
    lead: u64,
    /// How many lists are done: that of the argument, then those of its ancestors.
    done: u64,
    /// Of the list after these: 0 before its start, [`ALL`] if it is gone through, else one more than the number of the entity that is
    /// looked for.
    stage: u64,
    /// The next place in it; in a scan, the next row.
    place: u64,
}

/// Words of a [`Cursor`].
pub(in crate::native) const CURSOR_WORDS: u32 = 4;

/// All rows are looked at.
const SCAN: u64 = u64::MAX;
const ALL: u64 = u64::MAX;

/// Lists shorter than this many times the entities that would be looked for are gone through.
const STEPS: usize = 4;
/// A side with so few rows is not worth comparing with another.
const FEW: usize = 32;

/// A row that was found.
#[derive(Clone, Copy)]
pub(in crate::native) struct Found<'i> {
    pub(in crate::native) position: usize,
    pub(in crate::native) words: &'i [u64],
}

/// An entity and all that it is in.
#[derive(Clone, Copy)]
struct Within<'i> {
    entity: u64,
    above: &'i [u64],
}

impl Within<'_> {
    fn len(self) -> usize {
        1 + self.above.len()
    }

    #[inline]
    fn get(self, at: usize) -> Option<u64> {
        match at.checked_sub(1) {
            None => Some(self.entity),
            Some(at) => self.above.get(at).copied(),
        }
    }

    /// A bit for each, of 64.
    fn bits(self) -> u64 {
        let bit = |entity: &u64| 1 << (entity & 63);
        self.above.iter().fold(bit(&self.entity), |bits, entity| bits | bit(entity))
    }
}

/// An argument that lists are by.
#[derive(Clone, Copy)]
struct Lead<'i> {
    index: &'i Index,
    within: Within<'i>,
    /// It is looked for by value.
    is_hashed: bool,
    /// The argument that entries of the lists tell of.
    other: Option<Within<'i>>,
}

impl<'i> Lead<'i> {
    #[inline]
    fn list(&self, entity: u64) -> List<'i> {
        let (ty, number) = if self.is_hashed {
            hashed(entity)
        } else {
            (entity_type(entity).0, entity_number(entity) as u32)
        };
        self.index.lists(ty).map_or(List::Short(&[]), |lists| lists.get(number))
    }

    /// About how many steps it takes, as far as it is less than `most`.
    fn steps(&self, most: usize) -> usize {
        let each = self.other.map_or(usize::MAX, |other| other.len().saturating_mul(STEPS));
        let mut steps = 0_usize;
        for at in 0..self.within.len() {
            if steps + at / 8 >= most {
                return most;
            }
            if let Some(entity) = self.within.get(at) {
                steps = steps.saturating_add(self.list(entity).len().min(each));
            }
        }
        if steps == 0 { 0 } else { steps + self.within.len() / 8 }
    }
}

impl Plan {
    /// What it takes behind itself.
    pub(in crate::native) fn bytes(&self) -> usize {
        self.tests.capacity() * size_of::<(usize, Test)>()
    }

    /// The next live row that passes all tests. A row may come more than once.
    ///
    /// # Safety
    /// `args` has one word for each test, of the type that the test is about, with cells that live; `image` is the snapshot
    /// that numbered them, and `cursor` has only been used with these arguments.
    pub(in crate::native) unsafe fn next<'i>(
        &self,
        image: &'i Image,
        args: &[u64],
        now: i64,
        cursor: &mut Cursor,
    ) -> Option<Found<'i>> {
        let table = image.grants.get(self.grant)?;
        if cursor.lead == 0 && !self.start(image, table, args, cursor) {
            // The search is over before it began, and stays so.
            cursor.lead = SCAN;
            cursor.place = u64::MAX;
        }
        // SAFETY: passed on from the caller.
        let passes = |position: usize| unsafe { self.row(image, table, position, args, now) };
        if cursor.lead == SCAN {
            while (cursor.place as usize) < table.positions() {
                cursor.place += 1;
                if let Some(found) = passes(cursor.place as usize - 1) {
                    return Some(found);
                }
            }
            return None;
        }
        let lead = self.lead(image, table, args, (cursor.lead - 1) as usize)?;
        let bits = lead.other.map_or(u64::MAX, Within::bits);
        loop {
            let list = lead.list(lead.within.get(cursor.done as usize)?);
            if cursor.stage == 0 {
                cursor.stage = ALL;
                cursor.place = 0;
                if let Some(other) = lead.other
                    && list.len() > STEPS * other.len()
                {
                    cursor.stage = 1;
                    cursor.place = list.place(entry(number(other, 0), 0));
                }
            }
            if cursor.stage == ALL {
                while let Some((entry, place)) = list.at(cursor.place) {
                    cursor.place = place;
                    let other = other_of(entry);
                    if (bits >> (other & 63) & 1 == 1 || other == ANY)
                        && let Some(found) = passes(row_of(entry))
                    {
                        return Some(found);
                    }
                }
            } else {
                let other = lead.other?;
                while cursor.stage as usize <= other.len() + 1 {
                    let wanted = number(other, cursor.stage as usize - 1);
                    while let Some((entry, place)) = list.at(cursor.place)
                        && other_of(entry) == wanted
                    {
                        cursor.place = place;
                        if let Some(found) = passes(row_of(entry)) {
                            return Some(found);
                        }
                    }
                    cursor.stage += 1;
                    cursor.place = list.place(entry(number(other, cursor.stage as usize - 1), 0));
                }
            }
            cursor.done += 1;
            cursor.stage = 0;
        }
    }

    #[inline]
    fn lead<'i>(
        &self,
        image: &'i Image,
        table: &'i GrantTable,
        args: &[u64],
        argument: usize,
    ) -> Option<Lead<'i>> {
        let (param, test) = self.tests.get(argument)?;
        let index = table.index(*param)?;
        let is_hashed = match test {
            Test::In | Test::InAny => false,
            Test::Equal(ty) if is_direct(ty) && !matches!(ty, Type::Entity(_)) => true,
            _ => return None,
        };
        let within = |argument: usize| -> Option<Within<'i>> {
            let entity = *args.get(argument)?;
            Some(Within { entity, above: ancestors(image, entity) })
        };
        if is_hashed {
            let within = Within { entity: *args.get(argument)?, above: &[] };
            return Some(Lead { index, within, is_hashed, other: None });
        }
        let other = index.other.and_then(|other| {
            let of_other =
                |(param, test): &(usize, Test)| *param == other && matches!(test, Test::In | Test::InAny);
            within(self.tests.iter().position(of_other)?)
        });
        Some(Lead { index, within: within(argument)?, is_hashed, other })
    }

    /// Chooses the argument that leads to the rows in the fewest steps. Answers whether there can be rows at all.
    fn start(&self, image: &Image, table: &GrantTable, args: &[u64], cursor: &mut Cursor) -> bool {
        if table.len() == 0 {
            return false;
        }
        let leads = || {
            (0..self.tests.len())
                .filter_map(|argument| Some((argument, self.lead(image, table, args, argument)?)))
        };
        // The lowest goes first, because often the others are too high to count at all.
        let Some((mut best, lowest)) = leads().min_by_key(|(_, lead)| lead.within.len()) else {
            cursor.lead = SCAN;
            return true;
        };
        let mut least = lowest.steps(usize::MAX);
        if least > FEW {
            let first = best;
            for (argument, lead) in leads().filter(|(argument, _)| *argument != first) {
                let steps = lead.steps(least);
                if steps < least {
                    (least, best) = (steps, argument);
                }
            }
        }
        cursor.lead = 1 + best as u64;
        least > 0
    }

    /// The row at a position, if it is live and passes all tests.
    ///
    /// # Safety
    /// As for [`Plan::next`].
    #[inline]
    unsafe fn row<'i>(
        &self,
        image: &'i Image,
        table: &'i GrantTable,
        position: usize,
        args: &[u64],
        now: i64,
    ) -> Option<Found<'i>> {
        let words = table.row(position);
        let passes = |((param, test), arg): (&(usize, Test), &u64)| {
            let value = words[ROW_HEAD + param];
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
        };
        // A place without a row is never live, and its words mean nothing.
        (table.is_live(position, words, now) && self.tests.iter().zip(args).all(passes))
            .then_some(Found { position, words })
    }
}

/// The number of an entity or of what it is in; what comes after all of them for one beyond.
fn number(within: Within<'_>, at: usize) -> u32 {
    within.get(at).map_or(ANY, |entity| entity_number(entity) as u32)
}

/// All ancestors of an entity, ascending.
#[inline]
pub(in crate::native) fn ancestors(image: &Image, entity: u64) -> &[u64] {
    // SAFETY: this word of each row is a set cell that the image or a static owns.
    unsafe { elements(image.row(entity)[ANCESTORS]) }
}

/// Whether two ascending lists have a word in common.
pub(in crate::native) fn intersects(a: &[u64], b: &[u64]) -> bool {
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
