//! The names of little data, found at one look: a perfect hash in which one cache line has all of a short name.
//!
//! ```text
//! kind and name -> hash, with the key of the process -> move = moves[hash's first bits] -> place = places[(hash ^ move) * MIX's first bits]
//! place   both ends, length, kind, number: 32 bytes, of which two are in a line
//! ```
//! There is no second place to look at, so no branch depends on how names happen to lie: the processor looks on to what comes after the name before
//! it has seen the name. Names that have the same hash, as long ones that differ in the middle only have, are left out but for one:
//! then not to be found means nothing.

use smol_str::SmolStr;

use crate::ends::Ends;
use crate::secret::{fold, key};

/// Names of several kinds with a number for each; see the module.
#[derive(Debug, Default)]
pub(super) struct Directory {
    /// By bucket. At least two, or none.
    moves: Box<[u32]>,
    places: Box<[Place]>,
    /// The name in each place; only long ones are ever compared.
    names: Box<[SmolStr]>,
    bucket_shift: u32,
    place_shift: u32,
    key: [u64; 2],
    /// Whether no name was left out.
    is_whole: bool,
}

#[derive(Clone, Copy, Debug)]
#[repr(align(32))]
struct Place {
    head: u64,
    tail: u64,
    /// Length, less than 2^32, and kind.
    len_and_kind: u64,
    number: u32,
}

/// No name is so long and of such a kind.
const FREE: Place = Place { head: 0, tail: 0, len_and_kind: u64::MAX, number: 0 };

/// Names of a bucket on average.
const BUCKET: usize = 2;
/// Moves that are tried for a bucket.
const MOST_MOVES: u32 = 1 << 12;
/// What spreads over places.
const MIX: u64 = 0xd6e8_feb8_6659_fd93;

/// A name as it is looked for.
#[derive(Clone, Copy)]
struct Sought {
    ends: Ends,
    len_and_kind: u64,
    hash: u64,
}

impl Directory {
    /// Of distinct pairs of a kind and a name, with numbers.
    pub fn new(names: &[(u32, SmolStr, u32)]) -> Directory {
        if names.is_empty() {
            return Directory { is_whole: true, ..Directory::default() };
        }
        let buckets = (names.len() / BUCKET).next_power_of_two().max(2);
        let size = (2 * names.len()).next_power_of_two().max(2);
        let mut made = Directory {
            moves: vec![0; buckets].into(),
            places: vec![FREE; size].into(),
            names: vec![SmolStr::default(); size].into(),
            bucket_shift: 64 - buckets.trailing_zeros(),
            place_shift: 64 - size.trailing_zeros(),
            key: key(),
            is_whole: true,
        };
        let mut members: Vec<Vec<(Sought, usize)>> = vec![Vec::new(); buckets];
        for (at, (kind, name, _)) in names.iter().enumerate() {
            let sought = made.sought(*kind, name);
            let known = members.get_mut(made.bucket(sought.hash));
            match known {
                Some(members) if members.iter().all(|(other, _)| other.hash != sought.hash) => {
                    members.push((sought, at));
                }
                _ => made.is_whole = false,
            }
        }
        let mut order: Vec<usize> = (0..buckets).collect();
        order.sort_by_key(|bucket| (std::cmp::Reverse(members[*bucket].len()), *bucket));
        let mut taken = Vec::new();
        for bucket in order {
            let moved = (0..MOST_MOVES).find(|moved| {
                taken.clear();
                members[bucket].iter().all(|(sought, _)| {
                    let place = made.place(sought.hash, *moved);
                    let is_free = made.places[place].len_and_kind == u64::MAX && !taken.contains(&place);
                    taken.push(place);
                    is_free
                })
            });
            let Some(moved) = moved else {
                made.is_whole = false;
                continue;
            };
            made.moves[bucket] = moved;
            for (sought, at) in &members[bucket] {
                let place = made.place(sought.hash, moved);
                let Sought { ends: Ends { head, tail, .. }, len_and_kind, .. } = *sought;
                let (_, name, number) = &names[*at];
                made.places[place] = Place { head, tail, len_and_kind, number: *number };
                made.names[place] = name.clone();
            }
        }
        made
    }

    /// Whether it has all names that it was made of.
    pub fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// Bytes that it takes.
    pub fn bytes(&self) -> usize {
        size_of_val(&*self.moves) + size_of_val(&*self.places) + size_of_val(&*self.names)
    }

    #[inline(always)]
    fn sought(&self, kind: u32, name: &str) -> Sought {
        let ends = Ends::of(name.as_bytes());
        let len_and_kind = u64::from(kind) << 32 | (ends.len as u64).min(u64::from(u32::MAX));
        let [head, tail] = self.key;
        // Length and kind are beside the ends: what they add is spread by a number of its own.
        let hash = fold(ends.head ^ head, ends.tail ^ tail) ^ len_and_kind.wrapping_mul(MIX);
        Sought { ends, len_and_kind, hash }
    }

    #[inline(always)]
    fn bucket(&self, hash: u64) -> usize {
        (hash >> self.bucket_shift) as usize
    }

    #[inline(always)]
    fn place(&self, hash: u64, moved: u32) -> usize {
        ((hash ^ u64::from(moved)).wrapping_mul(MIX) >> self.place_shift) as usize
    }

    /// The number of a name, if it is here.
    #[inline(always)]
    pub fn find(&self, kind: u32, name: &str) -> Option<u32> {
        let sought = self.sought(kind, name);
        let moved = *self.moves.get(self.bucket(sought.hash))?;
        let at = self.place(sought.hash, moved);
        let place = self.places.get(at)?;
        let differ = (place.head ^ sought.ends.head)
            | (place.tail ^ sought.ends.tail)
            | (place.len_and_kind ^ sought.len_and_kind);
        let is_it = differ == 0 && (sought.ends.is_whole() || self.is_at(at, name));
        is_it.then_some(place.number)
    }

    #[inline(never)]
    fn is_at(&self, place: usize, name: &str) -> bool {
        self.names.get(place).is_some_and(|known| known == name)
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
        for kinds in [1, 3] {
            let of = |at: usize| at.is_multiple_of(2).then_some((at / 2 % kinds) as u32);
            let entries: Vec<_> = names
                .iter()
                .enumerate()
                .filter_map(|(at, name)| Some((of(at)?, SmolStr::new(name), at as u32)))
                .collect();
            let directory = Directory::new(&entries);
            let mut missed = 0;
            for (at, name) in names.iter().enumerate() {
                for kind in 0..kinds as u32 {
                    let expected = (of(at) == Some(kind)).then_some(at as u32);
                    let found = directory.find(kind, name);
                    // Of names with one hash only one is here.
                    missed += usize::from(found != expected);
                    assert!(
                        found == expected || found.is_none() && name.len() > 16,
                        "{name:?} of kind {kind}"
                    );
                }
            }
            assert!(!directory.is_whole() && missed < 40, "{missed}");
        }
        let none = Directory::new(&[]);
        assert!(none.is_whole() && none.find(0, "").is_none());
        for name in ["", "a", "a long name, longer than both ends"] {
            let one = Directory::new(&[(7, name.into(), 5)]);
            assert_eq!((one.find(7, name), one.find(8, name), one.find(7, "b")), (Some(5), None, None));
            assert!(one.is_whole());
        }
    }

    #[test]
    fn names_made_to_lie_together_are_left_out() {
        // Whatever both ends have, only the middle differs.
        let name = |at: u32| SmolStr::new(format!("the same {at:04} the same"));
        let names: Vec<_> = (0..1_000).map(|at| (0, name(at), at)).collect();
        let directory = Directory::new(&names);
        let found = names.iter().filter(|(kind, name, at)| directory.find(*kind, name) == Some(*at)).count();
        assert_eq!((found, directory.is_whole()), (1, false));
        assert!(
            names.iter().all(|(kind, name, at)| directory.find(*kind, name).is_none_or(|found| found == *at))
        );
    }
}
