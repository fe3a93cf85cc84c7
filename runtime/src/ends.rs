//! Both ends of a name, which are all of a short one: to compare names is to compare three words.

/// Names of at most so many bytes are equal if their [`Ends`] are.
#[cfg(feature = "jit")]
pub(crate) const SHORT: usize = 16;

/// Both ends of a name, and how long it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ends {
    pub head: u64,
    pub tail: u64,
    pub len: usize,
}

impl Ends {
    /// Of the bytes of a name. Where the name is a constant, this is one, too.
    #[inline(always)]
    pub fn of(name: &[u8]) -> Ends {
        let len = name.len();
        let (head, tail) = match (name.first_chunk(), name.last_chunk()) {
            (Some(head), Some(tail)) => (u64::from_le_bytes(*head), u64::from_le_bytes(*tail)),
            _ => match (name.first_chunk(), name.last_chunk(), name) {
                (Some(head), Some(tail), _) => {
                    let (head, tail) = (u32::from_le_bytes(*head), u32::from_le_bytes(*tail));
                    (u64::from(head), u64::from(tail))
                }
                (_, _, [first, .., last]) => {
                    // Of two or three bytes; the one in the middle is the last of two.
                    (u64::from(*first), u64::from(name[len / 2]) << 8 | u64::from(*last))
                }
                (_, _, [only]) => (u64::from(*only), 0),
                (_, _, []) => (0, 0),
            },
        };
        Ends { head, tail, len }
    }

    /// Whether they are all of the name.
    #[cfg(feature = "jit")]
    #[inline(always)]
    pub fn is_whole(self) -> bool {
        self.len <= SHORT
    }
}
