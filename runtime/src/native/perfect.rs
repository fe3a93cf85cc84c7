//! Tables that native code looks words up in without a branch: arrays, and where words lie too far apart, perfect hashes.
//!
//! ```text
//! Numbers   a key's word -> its number        numbers[min(word - first, last)]          or a Perfect
//! Cells     two numbers -> a row              bit of a word, and how many come before   or a Perfect
//! Perfect   word * A -> bucket -> d;          (word * A ^ d) * B -> place; the word there is the one, or none is
//! ```
//! A lookup in a perfect hash looks at exactly one place, because buckets of words have been moved about, when it was made, until no two words
//! share one. Words that resist (somebody may have chosen them so) make no table, and policies are found by other means.

use super::table::WordTable;

/// Numbers above 0 for words; 0 for all others.
#[derive(Debug)]
pub(super) enum Numbers {
    /// By word, less the first; the last place is for all words beyond.
    Dense {
        first: u64,
        numbers: Vec<u32>,
    },
    Hashed(Perfect),
}

impl Numbers {
    /// Of distinct words with numbers above 0.
    pub(super) fn new(entries: Vec<(u64, u32)>) -> Option<Numbers> {
        match WordTable::new(entries) {
            WordTable::Dense { first, numbers } => Some(Numbers::Dense { first, numbers }),
            hashed @ WordTable::Hashed { .. } => {
                let entries: Vec<_> = hashed.iter().map(|(word, number)| (word, u64::from(number))).collect();
                Perfect::new(&entries).map(Numbers::Hashed)
            }
        }
    }

    pub(super) fn bytes(&self) -> usize {
        match self {
            Numbers::Dense { numbers, .. } => numbers.len() * 4,
            Numbers::Hashed(perfect) => perfect.bytes(),
        }
    }
}

/// From cells, which are pairs of numbers in one, to rows from 1 on.
#[derive(Debug)]
pub(super) enum Cells {
    /// 64 cells to a place: a bit for each that has a row, and the row of the first of them.
    Bits(Vec<[u64; 2]>),
    /// For few rows in many cells.
    Hashed(Perfect),
}

/// So many bits for each row take no more room than a hash table.
const MOST_BITS: u64 = 64;
const ALWAYS_BITS: u64 = 4_096;

impl Cells {
    /// Of ascending cells, all less than `count`; the first has row 1, and so on.
    pub(super) fn new(cells: &[u64], count: u64) -> Option<Cells> {
        if count <= (cells.len() as u64 * MOST_BITS).max(ALWAYS_BITS) {
            let mut places = vec![[0_u64, 0]; (count / 64 + 1) as usize];
            for cell in cells {
                places[(cell / 64) as usize][0] |= 1 << (cell % 64);
            }
            let mut next = 1;
            for [bits, row] in &mut places {
                *row = next;
                next += u64::from(bits.count_ones());
            }
            return Some(Cells::Bits(places));
        }
        let entries: Vec<_> = cells.iter().zip(1..).map(|(cell, row)| (*cell, row)).collect();
        Perfect::new(&entries).map(Cells::Hashed)
    }

    pub(super) fn bytes(&self) -> usize {
        match self {
            Cells::Bits(places) => size_of_val(places.as_slice()),
            Cells::Hashed(perfect) => perfect.bytes(),
        }
    }
}

/// See the module.
#[derive(Debug)]
pub(super) struct Perfect {
    pub(super) bucket_shift: u32,
    /// By bucket.
    pub(super) moves: Vec<u32>,
    pub(super) place_shift: u32,
    /// Word and number; the number is 0 where there is none.
    pub(super) places: Vec<[u64; 2]>,
}

/// Words of a bucket on average.
const BUCKET: usize = 4;
/// With more words in one, its words were chosen to be there.
const MOST_IN_BUCKET: usize = 40;
/// Moves that are tried for a bucket.
const MOST_MOVES: u32 = 1 << 14;

impl Perfect {
    /// What a word is multiplied with first.
    pub(super) const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
    /// What is multiplied with then.
    pub(super) const MIX: u64 = 0xd6e8_feb8_6659_fd93;

    /// Of distinct words with numbers above 0.
    pub(super) fn new(entries: &[(u64, u64)]) -> Option<Perfect> {
        let least = (entries.len() + entries.len() / 4).next_power_of_two().max(2);
        [least, least * 2, least * 4].into_iter().find_map(|size| Perfect::of_size(entries, size))
    }

    fn of_size(entries: &[(u64, u64)], size: usize) -> Option<Perfect> {
        let buckets = (entries.len() / BUCKET).next_power_of_two().max(2);
        let bucket_shift = 64 - buckets.trailing_zeros();
        let place_shift = 64 - size.trailing_zeros();
        let mut members: Vec<Vec<usize>> = vec![Vec::new(); buckets];
        for (at, (word, _)) in entries.iter().enumerate() {
            members[(word.wrapping_mul(Self::SPREAD) >> bucket_shift) as usize].push(at);
        }
        let mut order: Vec<usize> = (0..buckets).filter(|bucket| !members[*bucket].is_empty()).collect();
        order.sort_by_key(|bucket| (std::cmp::Reverse(members[*bucket].len()), *bucket));
        let mut made =
            Perfect { bucket_shift, moves: vec![0; buckets], place_shift, places: vec![[0, 0]; size] };
        let mut taken = Vec::new();
        for bucket in order {
            let members = &members[bucket];
            if members.len() > MOST_IN_BUCKET {
                return None;
            }
            made.moves[bucket] = (0..MOST_MOVES).find(|moved| {
                taken.clear();
                members.iter().all(|at| {
                    let place = made.place(entries[*at].0, *moved);
                    let free = made.places[place][1] == 0 && !taken.contains(&place);
                    taken.push(place);
                    free
                })
            })?;
            for at in members {
                let (word, number) = entries[*at];
                let place = made.place(word, made.moves[bucket]);
                made.places[place] = [word, number];
            }
        }
        Some(made)
    }

    fn place(&self, word: u64, moved: u32) -> usize {
        let spread = word.wrapping_mul(Self::SPREAD) ^ u64::from(moved);
        (spread.wrapping_mul(Self::MIX) >> self.place_shift) as usize
    }

    fn bytes(&self) -> usize {
        size_of_val(self.moves.as_slice()) + size_of_val(self.places.as_slice())
    }
}

#[cfg(test)]
mod tests {
    use super::{Cells, Numbers, Perfect};

    fn get(table: &Perfect, word: u64) -> u64 {
        let moved = table.moves[(word.wrapping_mul(Perfect::SPREAD) >> table.bucket_shift) as usize];
        match table.places[table.place(word, moved)] {
            [known, number] if known == word => number,
            _ => 0,
        }
    }

    #[test]
    fn every_word_has_a_place_of_its_own() {
        for step in [1, 3, 1 << 20, 0x1234_5678_9abc] {
            for count in [1, 2, 5, 100, 10_000] {
                let entries: Vec<_> = (0..count).map(|at| (7 + at * step, at + 1)).collect();
                let table = Perfect::new(&entries).unwrap();
                for (word, number) in &entries {
                    assert_eq!(get(&table, *word), *number);
                }
                for word in [0, 6, 8 + count * step, u64::MAX] {
                    if !entries.iter().any(|(known, _)| *known == word) {
                        assert_eq!(get(&table, word), 0);
                    }
                }
            }
        }
    }

    #[test]
    fn words_that_were_chosen_to_collide_make_no_table() {
        // Those whose product with the odd number is small: all in the first bucket.
        let mut inverse = 1_u64;
        for _ in 0..6 {
            inverse = inverse.wrapping_mul(2_u64.wrapping_sub(Perfect::SPREAD.wrapping_mul(inverse)));
        }
        let entries: Vec<_> = (1..10_000).map(|at: u64| (at.wrapping_mul(inverse), at)).collect();
        assert!(Perfect::new(&entries).is_none());
        let entries = entries.into_iter().map(|(word, number)| (word, number as u32)).collect();
        assert!(Numbers::new(entries).is_none());
    }

    #[test]
    fn cells_have_rows_in_their_order() {
        for (step, count) in [(1, 300), (7, 300), (1_000, 300_000)] {
            let all: Vec<u64> = (0..count).step_by(step).collect();
            match Cells::new(&all, count).unwrap() {
                Cells::Bits(places) => {
                    assert!(step < 1_000);
                    for (row, cell) in all.iter().enumerate() {
                        let [bits, first] = places[(cell / 64) as usize];
                        let before = bits & ((1 << (cell % 64)) - 1);
                        assert_eq!(bits >> (cell % 64) & 1, 1);
                        assert_eq!(first + u64::from(before.count_ones()), row as u64 + 1);
                    }
                }
                Cells::Hashed(table) => {
                    assert_eq!(step, 1_000);
                    for (row, cell) in all.iter().enumerate() {
                        assert_eq!(get(&table, *cell), row as u64 + 1);
                    }
                }
            }
        }
    }
}
