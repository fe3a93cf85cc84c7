//! Which rows name an entity: a sorted list for each, in pages that snapshots share.
//!
//! ```text
//! entry    number of the entity on the row's other side << 32 | position of the row
//! page     for 64 entities: [which of them have a long list][where each list starts, as halves of 33 words][entry ...]
//! long     a list of its own, in parts of at most some thousand entries
//! ```
//! That the other side's number comes first and lists are sorted lets a search pass over rows without looking at them: it looks
//! for the few numbers that can be meant. A number is without its type, so what is found is still to be looked at.

use std::sync::Arc;

use crate::persistent::{Array, Map};

/// In place of a number: the row is to be looked at in any case.
pub(super) const ANY: u32 = u32::MAX;

/// Entities of a page.
const ENTITIES: usize = 64;
/// Words before the entries.
const HEAD: usize = 1 + (ENTITIES + 1).div_ceil(2);
/// Longer lists are not in pages: a change copies a page.
const LONGEST: usize = 256;
/// Entries of a part: changing one copies it.
const PART: usize = 1 << 11;

/// The lists of the entities of one type.
#[derive(Clone, Default)]
pub(super) struct Lists {
    pages: Array<Option<Arc<[u64]>>>,
    long: Map<u32, Long>,
}

/// Parts are not empty, and neither is all of it.
#[derive(Clone, Default)]
struct Long(Vec<Arc<[u64]>>);

/// A list, to be read.
#[derive(Clone, Copy)]
pub(super) enum List<'l> {
    Short(&'l [u64]),
    Long(&'l [Arc<[u64]>]),
}

/// Adding or removing an entry of an entity's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Change {
    pub(super) entity: u32,
    pub(super) entry: u64,
    /// Else it is taken out.
    pub(super) is_there: bool,
}

pub(super) fn entry(other: u32, row: u32) -> u64 {
    u64::from(other) << 32 | u64::from(row)
}

/// The row of an entry.
pub(super) fn row_of(entry: u64) -> usize {
    (entry & 0xffff_ffff) as usize
}

/// The number of the other side of an entry.
pub(super) fn other_of(entry: u64) -> u32 {
    (entry >> 32) as u32
}

impl List<'_> {
    pub(super) fn len(&self) -> usize {
        match self {
            List::Short(entries) => entries.len(),
            List::Long(parts) => parts.iter().map(|part| part.len()).sum(),
        }
    }

    /// The entry at a place, and the place after it; a place is part << 32 | position in the part.
    #[inline]
    pub(super) fn at(&self, place: u64) -> Option<(u64, u64)> {
        let (part, position) = ((place >> 32) as usize, (place & 0xffff_ffff) as usize);
        match self {
            List::Short(entries) => Some((*entries.get(position)?, place + 1)),
            List::Long(parts) => {
                let entries = parts.get(part)?;
                let after = if position + 1 < entries.len() { place + 1 } else { (part as u64 + 1) << 32 };
                Some((*entries.get(position)?, after))
            }
        }
    }

    /// The place of the first entry that is not less.
    pub(super) fn place(&self, entry: u64) -> u64 {
        match self {
            List::Short(entries) => entries.partition_point(|one| *one < entry) as u64,
            List::Long(parts) => {
                let part = parts.partition_point(|part| part.last().is_none_or(|last| *last < entry));
                let within = parts.get(part).map_or(0, |part| part.partition_point(|one| *one < entry));
                (part as u64) << 32 | within as u64
            }
        }
    }
}

/// Where the list of an entity is in its page.
fn span(page: &[u64], entity: usize) -> (usize, usize) {
    let at = |index: usize| {
        let word = page.get(1 + index / 2).copied().unwrap_or(0);
        (word >> (index % 2 * 32)) as u32 as usize
    };
    (HEAD + at(entity), HEAD + at(entity + 1))
}

impl Lists {
    /// The list of an entity.
    #[inline]
    pub(super) fn get(&self, entity: u32) -> List<'_> {
        let Some(Some(page)) = self.pages.get(entity as usize / ENTITIES) else { return List::Short(&[]) };
        let within = entity as usize % ENTITIES;
        if page[0] >> within & 1 == 1 {
            return match self.long.get(&entity) {
                Some(Long(parts)) => List::Long(parts),
                None => List::Short(&[]),
            };
        }
        let (start, end) = span(page, within);
        List::Short(page.get(start..end).unwrap_or_default())
    }

    /// Makes changes; each adds an entry that is not there or takes one out that is. Sorts them.
    pub(super) fn change(&mut self, changes: &mut [Change]) {
        changes.sort_unstable();
        for changes in changes.chunk_by(|a, b| a.entity as usize / ENTITIES == b.entity as usize / ENTITIES) {
            self.change_page(changes);
        }
    }

    fn change_page(&mut self, changes: &[Change]) {
        let Some(first) = changes.first() else { return };
        let number = first.entity as usize / ENTITIES;
        while self.pages.len() <= number {
            self.pages.push(None);
        }
        let old = self.pages.get(number).cloned().flatten();
        let old = old.as_deref().unwrap_or_default();
        let mut page = vec![0; HEAD];
        let mut long = old.first().copied().unwrap_or(0);
        let mut by_entity = changes.chunk_by(|a, b| a.entity == b.entity).peekable();
        for within in 0..ENTITIES {
            let start = page.len() - HEAD;
            page[1 + within / 2] |= (start as u64) << (within % 2 * 32);
            let (from, to) = span(old, within);
            let entries = old.get(from..to).unwrap_or_default();
            let entity = (number * ENTITIES + within) as u32;
            match by_entity.next_if(|changes| changes[0].entity == entity) {
                None => page.extend_from_slice(entries),
                Some(changes) if long >> within & 1 == 1 => {
                    if self.change_long(entity, changes) {
                        long &= !(1 << within);
                        if let Some(Long(parts)) = self.long.remove(&entity) {
                            page.extend(parts.iter().flat_map(|part| part.iter()));
                        }
                    }
                }
                Some(changes) => {
                    merge(entries, changes, &mut page);
                    let len = page.len() - HEAD - start;
                    if len > LONGEST {
                        long |= 1 << within;
                        let entries = page.split_off(HEAD + start);
                        self.long.insert(entity, Long(parts(&entries).collect()));
                    }
                }
            }
        }
        let end = page.len() - HEAD;
        page[1 + ENTITIES / 2] |= (end as u64) << (ENTITIES % 2 * 32);
        page[0] = long;
        if let Some(place) = self.pages.get_mut(number) {
            *place = (end > 0 || long != 0).then(|| page.into());
        }
    }

    /// Whether the list has become short.
    fn change_long(&mut self, entity: u32, changes: &[Change]) -> bool {
        let Some(Long(old)) = self.long.get_mut(&entity) else { return false };
        let mut left = changes;
        let mut new: Vec<Arc<[u64]>> = Vec::with_capacity(old.len() + 1);
        let mut made = Vec::new();
        for (at, part) in old.iter().enumerate() {
            // What comes before the next part is this one's.
            let end = match old.get(at + 1).and_then(|next| next.first()) {
                Some(next) => left.partition_point(|change| change.entry < *next),
                None => left.len(),
            };
            let (own, rest) = left.split_at(end);
            left = rest;
            if own.is_empty() {
                new.push(Arc::clone(part));
                continue;
            }
            made.clear();
            merge(part, own, &mut made);
            if made.len() > PART {
                new.extend(parts(&made));
            } else if !made.is_empty() {
                new.push(made.as_slice().into());
            }
        }
        *old = new;
        // Shorter than when it became long, so that a list at the border does not come and go.
        old.len() <= 2 && old.iter().map(|part| part.len()).sum::<usize>() <= LONGEST / 2
    }

    /// Bytes, as if nothing were shared.
    pub(super) fn bytes(&self) -> usize {
        let pages: usize = self.pages.iter().flatten().map(|page| page.len() * 8 + 16).sum();
        let long = self.long.values().flat_map(|Long(parts)| parts).map(|part| part.len() * 8 + 32);
        self.pages.bytes() + pages + self.long.bytes() + long.sum::<usize>()
    }
}

/// Parts with room to grow.
fn parts(entries: &[u64]) -> impl Iterator<Item = Arc<[u64]>> + '_ {
    entries.chunks(PART / 2).map(Arc::from)
}

/// Adds to `to` what sorted changes make of sorted entries.
fn merge(entries: &[u64], changes: &[Change], to: &mut Vec<u64>) {
    let mut rest = entries;
    for change in changes {
        let before = rest.partition_point(|entry| *entry < change.entry);
        to.extend_from_slice(&rest[..before]);
        rest = &rest[before..];
        if rest.first() == Some(&change.entry) {
            rest = &rest[1..];
        }
        if change.is_there {
            to.push(change.entry);
        }
    }
    to.extend_from_slice(rest);
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    fn read(lists: &Lists, entity: u32) -> Vec<u64> {
        let list = lists.get(entity);
        let (mut place, mut found) = (0, Vec::new());
        while let Some((entry, next)) = list.at(place) {
            found.push(entry);
            place = next;
        }
        assert_eq!(found.len(), list.len());
        found
    }

    #[test]
    fn lists_are_sorted_sets_and_their_copies_stay() {
        let mut dice = 7_u64;
        let mut roll = |sides: u64| {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (dice >> 33) % sides
        };
        let (mut lists, mut expected) = (Lists::default(), BTreeMap::<u32, BTreeSet<u64>>::new());
        let mut copies = Vec::new();
        for round in 0..60 {
            // The first entity has a list that becomes long, and short again in the end.
            let mut changes = BTreeMap::new();
            for _ in 0..roll(400) {
                let entity = if roll(3) == 0 { roll(300) as u32 } else { 5 };
                let (entry, adds) = (entry(roll(50) as u32, roll(200) as u32), round < 40 && roll(5) > 0);
                changes.insert((entity, entry), adds);
            }
            if round == 45 {
                let all = expected.get(&5).into_iter().flatten().skip(20);
                changes.extend(all.map(|entry| ((5, *entry), false)));
            }
            let mut changes: Vec<_> = changes
                .into_iter()
                .filter(|((entity, entry), adds)| {
                    expected.get(entity).is_some_and(|list| list.contains(entry)) != *adds
                })
                .map(|((entity, entry), is_there)| Change { entity, entry, is_there })
                .collect();
            for change in &changes {
                let list = expected.entry(change.entity).or_default();
                let changed =
                    if change.is_there { list.insert(change.entry) } else { list.remove(&change.entry) };
                assert!(changed);
            }
            lists.change(&mut changes);
            copies.push((lists.clone(), expected.clone()));
        }
        for (lists, expected) in copies {
            for entity in 0..400 {
                let own: Vec<u64> = expected.get(&entity).into_iter().flatten().copied().collect();
                assert_eq!(read(&lists, entity), own);
                for other in [0, 25, 49, 60] {
                    let place = lists.get(entity).place(entry(other, 0));
                    let first = lists.get(entity).at(place).map(|(entry, _)| entry);
                    assert_eq!(first, own.iter().copied().find(|one| *one >= entry(other, 0)));
                }
            }
        }
    }

    #[test]
    fn a_list_of_very_many_is_in_parts() {
        let mut lists = Lists::default();
        let change = |row: u32, is_there| Change { entity: 70, entry: entry(row / 3, row), is_there };
        lists.change(&mut (0..100_000).map(|row| change(row, true)).collect::<Vec<_>>());
        lists.change(&mut [change(200_000, true), change(50_000, false)]);
        assert_eq!(lists.get(70).len(), 100_000);
        assert!(matches!(lists.get(70), List::Long(parts) if parts.iter().all(|part| part.len() <= PART)));
        let found = read(&lists, 70);
        assert!(found.is_sorted() && found.len() == 100_000);
        assert_eq!((lists.get(71).len(), lists.get(70_000).len()), (0, 0));
        lists.change(
            &mut found
                .iter()
                .map(|entry| Change { entity: 70, entry: *entry, is_there: false })
                .collect::<Vec<_>>(),
        );
        assert_eq!(lists.get(70).len(), 0);
    }
}
