//! Numbers that follow from a seed.

/// A source of numbers: xorshift, which is enough for data and needs no dependency.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// The same seed gives the same numbers.
    pub fn new(seed: u64) -> Self {
        Dice(seed ^ 0x2545_f491_4f6c_dd1d)
    }

    /// Below `sides`.
    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 11) as usize) % sides.max(1)
    }

    /// True for so many of 100.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.roll(100) < percent
    }
}
