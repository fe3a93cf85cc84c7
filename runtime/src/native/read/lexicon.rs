//! The few short names that a Program declares, found quickly: a name of up to sixteen bytes is two words, and comparing it is comparing them.

use smol_str::SmolStr;

use crate::ends::Ends;

/// Distinct names with a number for each.
#[derive(Debug, Default)]
pub(super) struct Lexicon {
    /// At least half of them empty, so that every search ends. As many as a power of two, or none.
    slots: Box<[Slot]>,
    /// The name in each slot; only long ones are ever compared.
    names: Box<[SmolStr]>,
    /// 64 less the binary logarithm of the number of slots.
    shift: u32,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    ends: Ends,
    /// [`EMPTY`] where no name is.
    number: u32,
}

const EMPTY: u32 = u32::MAX;

/// From 64 bits of names that the Program's author chose to the first of them.
fn hash(ends: Ends) -> u64 {
    const MIX: u64 = 0x9e37_79b9_7f4a_7c15;
    (ends.head ^ ends.tail.rotate_left(29) ^ ends.len as u64).wrapping_mul(MIX)
}

impl Lexicon {
    /// The numbers are less than `u32::MAX`; of names that are there twice, the first counts.
    pub(super) fn new(names: Vec<(SmolStr, u32)>) -> Lexicon {
        if names.is_empty() {
            return Lexicon::default();
        }
        let size = (2 * names.len()).next_power_of_two();
        let empty = Slot { ends: Ends::default(), number: EMPTY };
        let (mut slots, mut places) = (vec![empty; size], vec![SmolStr::default(); size]);
        let shift = 64 - size.trailing_zeros();
        for (name, number) in names {
            let ends = Ends::of(name.as_bytes());
            let mut at = (hash(ends) >> shift) as usize;
            while slots[at].number != EMPTY && places[at] != name {
                at = (at + 1) % size;
            }
            if slots[at].number == EMPTY {
                (slots[at], places[at]) = (Slot { ends, number }, name);
            }
        }
        Lexicon { slots: slots.into(), names: places.into(), shift }
    }

    /// The number of a name.
    #[inline]
    pub(super) fn find(&self, name: &str) -> Option<u32> {
        let ends = Ends::of(name.as_bytes());
        let mut at = (hash(ends) >> self.shift) as usize;
        loop {
            let slot = self.slots.get(at)?;
            if slot.number == EMPTY {
                return None;
            }
            if slot.ends == ends && (ends.is_whole() || self.names.get(at)? == name) {
                return Some(slot.number);
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
