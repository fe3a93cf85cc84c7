//! Which policies a request is to be decided by: its keys, looked up in an index.

use super::frame::Words;
use super::image::Image;
use super::index::{Index, Plan, Second, Visit};
use super::keys::{Kind, NEEDS_PRINCIPAL, NEEDS_RESOURCE, Path, Read, Root, UNCERTAIN};
use super::layout::{ANCESTORS, Flag, HELD};
use super::names::Unfit;
use super::table::WordTable;
use super::word::{cell, elements};

/// Keys of a request that are noted before they are looked at; requests with more take a slower way.
const NOTED: usize = 16;

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

/// Whether a request has a key, or why not. What is later concerns more policies.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Found {
    Key,
    Absent,
    Missing,
}

impl Index {
    /// Calls `visit` with each policy that may apply, or whose errors matter, until it answers that it has seen enough. Some may come
    /// twice.
    #[inline]
    pub(super) fn candidates(
        &self,
        image: &Image,
        words: Words,
        errors: Errors,
        visit: &mut impl FnMut(&Visit) -> Result<bool, Unfit>,
    ) -> Result<bool, Unfit> {
        for plan in &self.plans {
            let (mut first, mut second) = (Keys::default(), Keys::default());
            let mut found = first.read(&plan.first.kind, image, words);
            if let Some(other) = &plan.second {
                found = found.max(second.read(&other.keyed.kind, image, words));
            }
            let enough = match found {
                Found::Key => self.keyed(plan, &first, &second, visit)?,
                _ if errors == Errors::Ignored => false,
                Found::Missing => any(&plan.all, visit)?,
                Found::Absent => any(&plan.absent_errs, visit)?,
            };
            if enough {
                return Ok(true);
            }
        }
        if any(&self.rest, visit)? {
            return Ok(true);
        }
        if self.needs != 0 && errors != Errors::Ignored {
            let not_given = UNCERTAIN
                | if holds(image.row(words.principal), HELD) { 0 } else { NEEDS_PRINCIPAL }
                | if holds(image.row(words.resource), HELD) { 0 } else { NEEDS_RESOURCE };
            if self.needs & not_given != 0 {
                for (whole, needs) in &self.fragile {
                    if needs & not_given != 0 && visit(whole)? {
                        return Ok(true);
                    }
                }
            }
        }
        Ok(false)
    }

    /// Visits the lists of a plan's keys.
    #[inline]
    fn keyed(
        &self,
        plan: &Plan,
        first: &Keys<'_>,
        second: &Keys<'_>,
        visit: &mut impl FnMut(&Visit) -> Result<bool, Unfit>,
    ) -> Result<bool, Unfit> {
        if first.is_one() {
            let a = plan.first.numbers.get(first.own);
            match &plan.second {
                None => return self.list(a, visit),
                Some(Second { keyed, width, pairs }) if second.is_one() => {
                    let pair = u64::from(a) * width + u64::from(keyed.numbers.get(second.own));
                    return self.list(pairs.get(pair), visit);
                }
                Some(_) => {}
            }
        }
        // Which of the keys have a list, and how many there are, is as good as random: branches on it would be guessed wrong. So
        // lists are noted without, and loops run a few times more than they have to: pairs with a 0 have no list.
        let mut firsts = Noted::default();
        if !firsts.note(first, &plan.first.numbers) {
            return self.many_keys(plan, first, second, visit);
        }
        let Some(Second { keyed, width, pairs }) = &plan.second else {
            return self.lists(firsts.all(), visit);
        };
        let mut seconds = Noted::default();
        if !seconds.note(second, &keyed.numbers) {
            return self.many_keys(plan, first, second, visit);
        }
        let mut found = Noted::default();
        for a in firsts.padded(4) {
            let start = u64::from(*a) * width;
            if found.count + seconds.count >= NOTED {
                if self.lists(found.all(), visit)? {
                    return Ok(true);
                }
                found.count = 0;
            }
            for b in seconds.padded(2) {
                found.push(pairs.get(start + u64::from(*b)));
            }
        }
        self.lists(found.all(), visit)
    }

    /// The same for any number of keys.
    #[cold]
    fn many_keys(
        &self,
        plan: &Plan,
        first: &Keys<'_>,
        second: &Keys<'_>,
        visit: &mut impl FnMut(&Visit) -> Result<bool, Unfit>,
    ) -> Result<bool, Unfit> {
        let Some(Second { keyed, width, pairs }) = &plan.second else {
            return first.numbers(&plan.first.numbers, &mut |list| self.lists(&[list], visit));
        };
        first.numbers(&plan.first.numbers, &mut |a| {
            second.numbers(&keyed.numbers, &mut |b| match pairs.get(u64::from(a) * width + u64::from(b)) {
                0 => Ok(false),
                list => self.lists(&[list], visit),
            })
        })
    }

    #[inline]
    fn lists(
        &self,
        numbers: &[u32],
        visit: &mut impl FnMut(&Visit) -> Result<bool, Unfit>,
    ) -> Result<bool, Unfit> {
        for number in numbers {
            if self.list(*number, visit)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Visits the list of this number; none for 0.
    #[inline]
    fn list(
        &self,
        number: u32,
        visit: &mut impl FnMut(&Visit) -> Result<bool, Unfit>,
    ) -> Result<bool, Unfit> {
        let Some(start) = (number as usize).checked_sub(1) else { return Ok(false) };
        for known in self.lists.get(start..).unwrap_or_default() {
            if visit(known)? {
                return Ok(true);
            }
            if known.is_last() {
                break;
            }
        }
        Ok(false)
    }
}

fn any(whole: &[Visit], visit: &mut impl FnMut(&Visit) -> Result<bool, Unfit>) -> Result<bool, Unfit> {
    for whole in whole {
        if visit(whole)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The keys of a request: one, and those of an ascending list. Filled in place, as moving it costs more than reading it.
#[derive(Default)]
struct Keys<'i> {
    own: u64,
    has_own: bool,
    more: &'i [u64],
}

/// Numbers above 0, noted without a branch.
struct Noted {
    numbers: [u32; NOTED],
    count: usize,
}

impl Default for Noted {
    #[inline]
    fn default() -> Self {
        Noted { numbers: [0; NOTED], count: 0 }
    }
}

impl Noted {
    /// Notes a number unless it is 0; at most [`NOTED`] times. What is beyond stays 0.
    #[inline]
    fn push(&mut self, number: u32) {
        // Places beyond are 0, and a 0 is written over one of them.
        if let Some(place) = self.numbers.get_mut(self.count) {
            *place = number;
        }
        self.count += usize::from(number != 0);
    }

    /// Notes the numbers of all keys, unless they are too many.
    #[inline]
    fn note(&mut self, keys: &Keys<'_>, table: &WordTable) -> bool {
        if keys.more.len() >= NOTED {
            return false;
        }
        if keys.has_own {
            self.push(table.get(keys.own));
        }
        let Some(last) = keys.more.len().checked_sub(1) else { return true };
        for at in 0..keys.more.len().next_multiple_of(4) {
            let number = table.get(keys.more[at.min(last)]);
            self.push(if at <= last { number } else { 0 });
        }
        true
    }

    /// The same and zeroes, up to a multiple of `size`, which divides [`NOTED`].
    #[inline]
    fn padded(&self, size: usize) -> &[u32] {
        self.numbers.get(..self.count.next_multiple_of(size)).unwrap_or(&self.numbers)
    }

    #[inline]
    fn all(&self) -> &[u32] {
        self.numbers.get(..self.count).unwrap_or(&self.numbers)
    }
}

impl<'i> Keys<'i> {
    fn is_one(&self) -> bool {
        self.has_own && self.more.is_empty()
    }

    /// Reads the keys of this kind.
    #[inline]
    fn read(&mut self, kind: &Kind, image: &'i Image, words: Words) -> Found {
        let mut word = 0;
        let found = kind.path().read(image, words, &mut word);
        if found != Found::Key {
            return found;
        }
        match kind {
            Kind::Value(_) => (self.own, self.has_own) = (word, true),
            Kind::Ancestry(..) => {
                let Some(ancestors) = image.row(word).get(ANCESTORS) else { return Found::Missing };
                (self.own, self.has_own) = (word, true);
                // SAFETY: a row has the word of a set there; its cell lives as long as the image.
                self.more = unsafe { elements(*ancestors) };
            }
            // SAFETY: the path leads to a set, whose cell lives as long as the image or the request's context.
            Kind::Elements(_) => self.more = unsafe { elements(word) },
        }
        found
    }

    /// Calls `visit` with the number of each key that has one.
    fn numbers(
        &self,
        table: &WordTable,
        visit: &mut impl FnMut(u32) -> Result<bool, Unfit>,
    ) -> Result<bool, Unfit> {
        if self.has_own {
            let number = table.get(self.own);
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
    /// Reads the value's word.
    #[inline]
    fn read(&self, image: &Image, words: Words, word: &mut u64) -> Found {
        *word = match self.root {
            Root::Principal => words.principal,
            Root::Resource => words.resource,
            Root::Context => words.context,
        };
        for read in &self.reads {
            match read {
                Read::Attribute { place, known, present, .. } => {
                    let row = image.row(*word);
                    if !holds(row, *known) {
                        return Found::Missing;
                    }
                    if present.is_some_and(|present| !holds(row, present)) {
                        return Found::Absent;
                    }
                    let Some(value) = place.read(row) else { return Found::Missing };
                    *word = value;
                }
                Read::Field { word: at, present } => {
                    // SAFETY: `word` is that of a record with so many words: paths are made from the types that the verifier saw, and
                    // a context is encoded at the type of its action.
                    let record = unsafe { cell(*word, at + 1) };
                    if present.is_some_and(|(word, bit)| record[word] >> bit & 1 == 0) {
                        return Found::Absent;
                    }
                    *word = record[*at];
                }
            }
        }
        Found::Key
    }
}
