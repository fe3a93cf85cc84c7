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

/// Why a request has no key.
enum NoKey {
    Missing,
    Absent,
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
            match plan.keys(image, words) {
                Ok((first, second)) => {
                    if self.keyed(plan, &first, &second, visit)? {
                        return Ok(true);
                    }
                }
                Err(_) if errors == Errors::Ignored => {}
                Err(why) => {
                    let whole = match why {
                        NoKey::Missing => &plan.all,
                        NoKey::Absent => &plan.absent_errs,
                    };
                    if any(whole, visit)? {
                        return Ok(true);
                    }
                }
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
        if let (Some(a), [], true) = (first.own, first.more, plan.second.is_none()) {
            return self.list(plan.first.numbers.get(a), visit);
        }
        if let (Some(a), [], Some(b), [], Some(Second { keyed, width, pairs })) =
            (first.own, first.more, second.own, second.more, &plan.second)
        {
            let pair = u64::from(plan.first.numbers.get(a)) * width + u64::from(keyed.numbers.get(b));
            return self.list(pairs.get(pair), visit);
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

/// The keys of a request: one, and those of an ascending list.
struct Keys<'i> {
    own: Option<u64>,
    more: &'i [u64],
}

impl Plan {
    #[inline]
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
        if let Some(own) = keys.own {
            self.push(table.get(own));
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

impl Keys<'_> {
    /// Calls `visit` with the number of each key that has one.
    fn numbers(
        &self,
        table: &WordTable,
        visit: &mut impl FnMut(u32) -> Result<bool, Unfit>,
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
