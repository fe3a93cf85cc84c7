//! Bytes as choices: whatever they are, something follows from them, and from none the simplest.

/// What is left to read.
#[derive(Clone, Debug)]
pub struct Tape<'a> {
    rest: &'a [u8],
}

impl<'a> Tape<'a> {
    pub fn new(bytes: &'a [u8]) -> Tape<'a> {
        Tape { rest: bytes }
    }

    fn byte(&mut self) -> u8 {
        match self.rest.split_first() {
            Some((first, rest)) => {
                self.rest = rest;
                *first
            }
            None => 0,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// A number below `limit`, 0 if that is 0.
    pub fn below(&mut self, limit: usize) -> usize {
        match limit {
            0 | 1 => 0,
            2..=256 => usize::from(self.byte()) % limit,
            _ => (usize::from(self.byte()) << 8 | usize::from(self.byte())) % limit,
        }
    }

    pub fn once_in(&mut self, of: usize) -> bool {
        self.below(of) + 1 == of
    }

    pub fn pick<'t, T>(&mut self, of: &'t [T]) -> &'t T {
        &of[self.below(of.len())]
    }

    /// Any number.
    pub fn number(&mut self) -> i64 {
        const ODD: &[i64] = &[
            0,
            1,
            2,
            3,
            -1,
            7,
            40,
            10_000,
            86_400_000,
            1_780_000_000_000,
            i64::MAX,
            i64::MIN,
            i64::MAX - 1,
            i64::MIN + 1,
        ];
        match self.below(4) {
            0..=2 => *self.pick(ODD),
            _ => {
                let mut bytes = [0; 8];
                bytes.iter_mut().for_each(|byte| *byte = self.byte());
                i64::from_le_bytes(bytes)
            }
        }
    }
}
