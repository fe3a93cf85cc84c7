//! From words to numbers, for lookups while deciding: an array where the words lie close together, else open addressing.
//!
//! Names that policies mention are numbered first and densely (see `names`), so most tables of entities and strings are arrays.

/// Words may lie so many times further apart than there are of them.
const SPREAD: u64 = 8;
const ALWAYS_DENSE: u64 = 256;

/// Numbers above 0 for words; 0 for all others.
pub(super) enum WordTable {
    /// By word, less the first; and a 0 for all words beyond, so that a lookup has nothing to guess.
    Dense { first: u64, numbers: Vec<u32> },
    /// Word and number; a power of two of places, at least half of them free.
    Hashed { shift: u32, places: Vec<(u64, u32)> },
}

impl WordTable {
    /// Of distinct words with numbers above 0.
    pub(super) fn new(mut entries: Vec<(u64, u32)>) -> WordTable {
        entries.sort_unstable();
        let (Some((first, _)), Some((last, _))) = (entries.first().copied(), entries.last().copied()) else {
            return WordTable::Dense { first: 0, numbers: vec![0] };
        };
        if last - first < (entries.len() as u64 * SPREAD).max(ALWAYS_DENSE) {
            let mut numbers = vec![0; (last - first) as usize + 2];
            for (word, number) in entries {
                numbers[(word - first) as usize] = number;
            }
            return WordTable::Dense { first, numbers };
        }
        let size = (entries.len() * 2).next_power_of_two().max(2);
        let shift = 64 - size.trailing_zeros();
        let mut places = vec![(0, 0); size];
        for (word, number) in entries {
            let mut at = place(word, shift);
            while places[at].1 != 0 {
                at = (at + 1) & (size - 1);
            }
            places[at] = (word, number);
        }
        WordTable::Hashed { shift, places }
    }

    /// The number of a word, or 0.
    #[inline]
    pub(super) fn get(&self, word: u64) -> u32 {
        match self {
            WordTable::Dense { first, numbers } => {
                let at = word.wrapping_sub(*first).min(numbers.len() as u64 - 1);
                numbers[at as usize]
            }
            WordTable::Hashed { shift, places } => {
                let mut at = place(word, *shift);
                // There is a free place, so this ends.
                loop {
                    match places[at & (places.len() - 1)] {
                        (_, 0) => return 0,
                        (known, number) if known == word => return number,
                        _ => at += 1,
                    }
                }
            }
        }
    }

    /// How long it takes to look at all of it.
    pub(super) fn extent(&self) -> usize {
        match self {
            WordTable::Dense { numbers, .. } => numbers.len(),
            WordTable::Hashed { places, .. } => places.len(),
        }
    }

    /// All words with their numbers.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, u32)> + '_ {
        let (first, numbers, places) = match self {
            WordTable::Dense { first, numbers } => (*first, numbers.as_slice(), [].as_slice()),
            WordTable::Hashed { places, .. } => (0, [].as_slice(), places.as_slice()),
        };
        // Behind the greatest word there is a place without a number.
        let dense =
            numbers.iter().enumerate().map(move |(at, number)| (first.wrapping_add(at as u64), *number));
        dense.chain(places.iter().copied()).filter(|(_, number)| *number != 0)
    }

    /// What it takes.
    pub(super) fn bytes(&self) -> usize {
        match self {
            WordTable::Dense { numbers, .. } => numbers.len() * 4,
            WordTable::Hashed { places, .. } => places.len() * size_of::<(u64, u32)>(),
        }
    }
}

fn place(word: u64, shift: u32) -> usize {
    (word.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> shift) as usize
}

#[cfg(test)]
mod tests {
    use super::WordTable;

    #[test]
    fn close_and_scattered_words_are_found_and_others_are_not() {
        for step in [1, 3, 1 << 20, 0x1234_5678_9abc] {
            for count in [0, 1, 2, 100, 1_000] {
                let entries: Vec<_> = (0..count).map(|at| (5 + at * step, at as u32 + 1)).collect();
                let table = WordTable::new(entries.clone());
                for (word, number) in &entries {
                    assert_eq!(table.get(*word), *number);
                }
                for word in [0, 4, 6 + count * step, u64::MAX] {
                    if !entries.iter().any(|(known, _)| *known == word) {
                        assert_eq!(table.get(word), 0);
                    }
                }
                let mut all: Vec<_> = table.iter().collect();
                all.sort_unstable();
                assert_eq!(all, entries);
            }
        }
    }
}
