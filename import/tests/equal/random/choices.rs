//! Where all that is random comes from: a list of small numbers. A shorter list, or smaller numbers, make a simpler package, so that looking for a
//! simpler package that still fails needs to know nothing of packages.

/// Numbers that are drawn, or drawn again.
#[derive(Clone, Debug)]
pub struct Choices {
    /// What has been drawn, or is to be drawn again.
    pub drawn: Vec<u32>,
    at: usize,
    /// The generator's state; `None` when drawing again, and what is missing is 0.
    state: Option<u64>,
}

impl Choices {
    /// New numbers.
    pub fn of_seed(seed: u64) -> Choices {
        Choices {
            drawn: Vec::new(),
            at: 0,
            state: Some(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x5851_F42D_4C95_7F2D),
        }
    }

    /// The same numbers again.
    pub fn again(drawn: &[u32]) -> Choices {
        Choices { drawn: drawn.to_vec(), at: 0, state: None }
    }

    /// A number below `limit`, which is not 0; 0 is the simplest.
    pub fn below(&mut self, limit: usize) -> usize {
        let limit = u32::try_from(limit).expect("a small number");
        let number = match &mut self.state {
            Some(state) => {
                // Steele, Lea, Flood: "Fast splittable pseudorandom number generators", SplitMix64.
                *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
                let mut mixed = *state;
                mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
                mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
                let number = ((mixed ^ (mixed >> 31)) >> 32) as u32 % limit;
                self.drawn.push(number);
                number
            }
            None => self.drawn.get(self.at).copied().unwrap_or(0).min(limit - 1),
        };
        self.at += 1;
        number as usize
    }

    /// True once in `of` times; false is simpler.
    pub fn once_in(&mut self, of: usize) -> bool {
        self.below(of) == of - 1
    }

    /// One of these; the first is the simplest.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// A few of these, in their order, perhaps none.
    pub fn some<T: Clone>(&mut self, of: &[T]) -> Vec<T> {
        of.iter().filter(|_| self.once_in(2)).cloned().collect()
    }
}
