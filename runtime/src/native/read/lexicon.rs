//! Few short names, found quickly: a name of up to sixteen bytes is two words, and comparing it is comparing them.

use smol_str::SmolStr;

/// Distinct names with a number for each.
#[derive(Debug, Default)]
pub(in crate::native) struct Lexicon {
    /// At least half of them empty, so that every search ends. As many as a power of two, or none.
    slots: Box<[Slot]>,
    /// The name in each slot; only long ones are ever compared.
    names: Box<[SmolStr]>,
    /// 64 less the binary logarithm of the number of slots.
    shift: u32,
    /// A search looks at so many slots, and a name that would lie further is left out.
    reach: usize,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    ends: Ends,
    /// [`EMPTY`] where no name is.
    number: u32,
}

const EMPTY: u32 = u32::MAX;

/// See [`Lexicon::of_most`].
const SOON: usize = 12;

/// Names of at most so many bytes are equal if their [`Ends`] are.
const SHORT: usize = 16;

/// Both ends of a name, and how long it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Ends {
    head: u64,
    tail: u64,
    len: usize,
}

impl Ends {
    #[inline(always)]
    fn of(name: &[u8]) -> Ends {
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

    #[inline(always)]
    fn hash(self) -> u64 {
        const MIX: u64 = 0x9e37_79b9_7f4a_7c15;
        (self.head ^ self.tail.rotate_left(29) ^ self.len as u64).wrapping_mul(MIX)
    }
}

impl Lexicon {
    /// The numbers are less than `u32::MAX`; of names that are there twice, the first counts.
    pub(in crate::native) fn new(names: Vec<(SmolStr, u32)>) -> Lexicon {
        Lexicon::reaching(names, usize::MAX)
    }

    /// Of names that anybody may choose: a search ends soon, however many of them were made to lie together. Some may be left out.
    pub(in crate::native) fn of_most(names: Vec<(SmolStr, u32)>) -> Lexicon {
        Lexicon::reaching(names, SOON)
    }

    fn reaching(names: Vec<(SmolStr, u32)>, reach: usize) -> Lexicon {
        if names.is_empty() {
            return Lexicon::default();
        }
        let size = (2 * names.len()).next_power_of_two();
        let empty = Slot { ends: Ends::default(), number: EMPTY };
        let (mut slots, mut places) = (vec![empty; size], vec![SmolStr::default(); size]);
        let shift = 64 - size.trailing_zeros();
        for (name, number) in names {
            let ends = Ends::of(name.as_bytes());
            let mut at = (ends.hash() >> shift) as usize;
            let mut left = reach;
            while left > 0 && slots[at].number != EMPTY && places[at] != name {
                at = (at + 1) % size;
                left -= 1;
            }
            if left > 0 && slots[at].number == EMPTY {
                (slots[at], places[at]) = (Slot { ends, number }, name);
            }
        }
        Lexicon { slots: slots.into(), names: places.into(), shift, reach }
    }

    /// Bytes that it takes.
    pub(in crate::native) fn bytes(&self) -> usize {
        size_of_val(&*self.slots) + size_of_val(&*self.names)
    }

    /// The number of a name.
    #[inline]
    pub(in crate::native) fn find(&self, name: &str) -> Option<u32> {
        let ends = Ends::of(name.as_bytes());
        let mut at = (ends.hash() >> self.shift) as usize;
        for _ in 0..self.reach {
            let slot = self.slots.get(at)?;
            if slot.number == EMPTY {
                return None;
            }
            if slot.ends == ends && (ends.len <= SHORT || self.names.get(at)? == name) {
                return Some(slot.number);
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_made_to_lie_together_are_left_out() {
        // Whatever both ends have, only the middle differs; so all begin at one slot.
        let name = |at: u32| SmolStr::new(format!("the same {at:04} the same"));
        let names: Vec<_> = (0..1_000).map(|at| (name(at), at)).collect();
        let lexicon = Lexicon::of_most(names.clone());
        let found = names.iter().filter(|(name, at)| lexicon.find(name) == Some(*at)).count();
        assert_eq!(found, SOON);
        assert!(names.iter().all(|(name, at)| lexicon.find(name).is_none_or(|found| found == *at)));
        assert_eq!(Lexicon::new(names).find(&name(999)), Some(999));
    }

    #[test]
    fn every_name_is_found_and_no_other() {
        // Every short name over two letters, and long ones that differ only in the middle.
        let mut names = vec![String::new()];
        for len in 1..=9 {
            for bits in 0..1_u32 << len {
                names.push((0..len).map(|at| if bits >> at & 1 == 0 { 'a' } else { 'b' }).collect());
            }
        }
        names.extend((0..40).map(|at| format!("{:at$}x{:rest$}", "", "", rest = 40 - at)));
        let (even, odd): (Vec<_>, Vec<_>) = names.iter().enumerate().partition(|(at, _)| at % 2 == 0);
        let lexicon = Lexicon::new(even.iter().map(|(at, name)| (SmolStr::new(name), *at as u32)).collect());
        for (at, name) in even {
            assert_eq!(lexicon.find(name), Some(at as u32), "{name}");
        }
        for (_, name) in odd {
            assert_eq!(lexicon.find(name), None, "{name}");
        }
        assert_eq!(Lexicon::new(Vec::new()).find(""), None);
        assert_eq!(Lexicon::default().find("a"), None);
        assert_eq!(Lexicon::new(vec![("a".into(), 1), ("a".into(), 2)]).find("a"), Some(1));
    }
}
