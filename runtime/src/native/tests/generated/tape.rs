//! Choices from a tape of numbers, so that shrinking the tape shrinks whatever was chosen with it.

/// At the end of the tape every choice is the first, which is always the simplest.
pub struct Tape<'t> {
    numbers: &'t [u16],
    at: usize,
}

impl<'t> Tape<'t> {
    pub fn new(numbers: &'t [u16]) -> Self {
        Tape { numbers, at: 0 }
    }

    /// One of the first `count` numbers.
    pub fn below(&mut self, count: usize) -> usize {
        let number = self.numbers.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        usize::from(number) % count.max(1)
    }

    pub fn one_of<'c, T>(&mut self, choices: &'c [T]) -> &'c T {
        &choices[self.below(choices.len())]
    }

    /// True once in `n` times.
    pub fn once_in(&mut self, n: usize) -> bool {
        self.below(n) == n - 1
    }

    pub fn is_over(&self) -> bool {
        self.at >= self.numbers.len()
    }
}
