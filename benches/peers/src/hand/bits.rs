//! Small sets as machine words.

/// A set of numbers below `64 * W`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bits<const W: usize>([u64; W]);

impl<const W: usize> Default for Bits<W> {
    fn default() -> Self {
        Bits([0; W])
    }
}

impl<const W: usize> Bits<W> {
    /// Adds a number.
    pub fn insert(&mut self, number: usize) {
        self.0[number / 64] |= 1 << (number % 64);
    }

    /// Whether a number is in the set.
    #[inline(always)]
    pub fn contains(&self, number: usize) -> bool {
        (self.0[number / 64] >> (number % 64)) & 1 != 0
    }

    /// Whether the sets have a number in common.
    #[inline(always)]
    pub fn meets(&self, other: &Self) -> bool {
        let mut common = 0;
        for word in 0..W {
            common |= self.0[word] & other.0[word];
        }
        common != 0
    }
}

impl<const W: usize> FromIterator<usize> for Bits<W> {
    fn from_iter<I: IntoIterator<Item = usize>>(numbers: I) -> Self {
        let mut bits = Bits::default();
        numbers.into_iter().for_each(|number| bits.insert(number));
        bits
    }
}
