//! Sets of numbers, times, addresses and positions in an enum, as ranges over keys.

use assize_runtime::Value;
use assize_runtime::value::{Cidr, Decimal};
use std::net::IpAddr;

/// A value by its place in the order of its type. The first part tells the two families of addresses apart.
pub(super) type Key = (u8, u128);

/// More ranges than this are rounded up to fewer: a set of possible values may be too large, never too small.
const MAX_RANGES: usize = 48;

/// A set of keys: sorted ranges that do not overlap, each with both ends in one family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ranges(Vec<(Key, Key)>);

impl Ranges {
    /// All keys from one to another, both included.
    pub(super) fn span(least: Key, greatest: Key) -> Ranges {
        Ranges(if least <= greatest { vec![(least, greatest)] } else { Vec::new() })
    }

    pub(super) fn one(key: Key) -> Ranges {
        Ranges(vec![(key, key)])
    }

    /// Positions `0..count`.
    pub(super) fn below(count: usize) -> Ranges {
        match (count as u128).checked_sub(1) {
            Some(last) => Ranges::span((0, 0), (0, last)),
            None => Ranges(Vec::new()),
        }
    }

    /// Every 64-bit number.
    pub(super) fn numbers() -> Ranges {
        Ranges::span(number(i64::MIN), number(i64::MAX))
    }

    /// Numbers between two, both included.
    pub(super) fn between(least: i64, greatest: i64) -> Ranges {
        Ranges::span(number(least), number(greatest))
    }

    pub(super) fn v4() -> Ranges {
        Ranges::span((0, 0), (0, u128::from(u32::MAX)))
    }

    pub(super) fn v6() -> Ranges {
        Ranges::span((1, 0), (1, u128::MAX))
    }

    /// The addresses of a range; `None` for a prefix that is too long.
    pub(super) fn addresses(range: &Cidr) -> Option<Ranges> {
        let (family, bits, address) = match range.address {
            IpAddr::V4(address) => (0, 32, u128::from(u32::from(address))),
            IpAddr::V6(address) => (1, 128, u128::from(address)),
        };
        let host = u32::checked_sub(bits, u32::from(range.prefix))?;
        let mask = if host == 128 { u128::MAX } else { (1 << host) - 1 };
        Some(Ranges::span((family, address & !mask), (family, address | mask)))
    }

    /// In any order, overlapping or not.
    pub(super) fn union(parts: impl IntoIterator<Item = Ranges>) -> Ranges {
        let mut all: Vec<(Key, Key)> = parts.into_iter().flat_map(|part| part.0).collect();
        all.sort_unstable();
        let mut merged: Vec<(Key, Key)> = Vec::with_capacity(all.len());
        for (least, greatest) in all {
            match merged.last_mut() {
                Some(last) if least.0 == last.1.0 && least.1 <= last.1.1.saturating_add(1) => {
                    last.1 = last.1.max(greatest);
                }
                _ => merged.push((least, greatest)),
            }
        }
        Ranges(merged)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn contains(&self, key: Key) -> bool {
        self.0.iter().any(|(least, greatest)| *least <= key && key <= *greatest)
    }

    /// Its only key, if it has just one.
    pub(super) fn single(&self) -> Option<Key> {
        match self.0[..] {
            [(least, greatest)] if least == greatest => Some(least),
            _ => None,
        }
    }

    pub(super) fn least(&self) -> Option<Key> {
        self.0.first().map(|(least, _)| *least)
    }

    pub(super) fn greatest(&self) -> Option<Key> {
        self.0.last().map(|(_, greatest)| *greatest)
    }

    /// The keys in both.
    pub(super) fn and(&self, other: &Ranges) -> Ranges {
        let mut both = Vec::new();
        for (least, greatest) in &self.0 {
            for (low, high) in &other.0 {
                let (from, to) = (*least.max(low), *greatest.min(high));
                if from <= to {
                    both.push((from, to));
                }
            }
        }
        both.sort_unstable();
        Ranges(both)
    }

    /// The keys that are not in `other`.
    pub(super) fn minus(&self, other: &Ranges) -> Ranges {
        let mut left = self.0.clone();
        for (low, high) in &other.0 {
            let mut next = Vec::with_capacity(left.len() + 1);
            for (least, greatest) in left {
                if high < &least || &greatest < low {
                    next.push((least, greatest));
                    continue;
                }
                // Both ends lie in the family of this range: the steps cannot leave it.
                if least < *low {
                    next.push((least, (low.0, low.1 - 1)));
                }
                if *high < greatest {
                    next.push(((high.0, high.1 + 1), greatest));
                }
            }
            left = next;
        }
        Ranges(left)
    }

    /// The same or more, with few ranges.
    pub(super) fn rounded(mut self) -> Ranges {
        while self.0.len() > MAX_RANGES {
            let mut next: Vec<(Key, Key)> = Vec::with_capacity(self.0.len() / 2 + 1);
            for (at, range) in self.0.iter().enumerate() {
                match next.last_mut() {
                    Some(last) if at % 2 == 1 && last.0.0 == range.1.0 => last.1 = range.1,
                    _ => next.push(*range),
                }
            }
            if next.len() == self.0.len() {
                break;
            }
            self.0 = next;
        }
        self
    }
}

/// The key of a number.
pub(super) fn number(value: i64) -> Key {
    (0, (i128::from(value) - i128::from(i64::MIN)) as u128)
}

/// The number of a key.
pub(super) fn to_number(key: Key) -> i128 {
    i128::try_from(key.1).map_or(i128::MAX, |at| at + i128::from(i64::MIN))
}

/// The key of a value whose type is kept as ranges.
pub(super) fn key(value: &Value) -> Option<Key> {
    Some(match value {
        Value::Bool(truth) => (0, u128::from(*truth)),
        Value::Int(it) | Value::Decimal(Decimal(it)) | Value::Datetime(it) | Value::Duration(it) => {
            number(*it)
        }
        Value::Enum(_, variant) => (0, u128::from(*variant)),
        Value::Ip(IpAddr::V4(address)) => (0, u128::from(u32::from(*address))),
        Value::Ip(IpAddr::V6(address)) => (1, u128::from(*address)),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ints(least: i64, greatest: i64) -> Ranges {
        Ranges::between(least, greatest)
    }

    #[test]
    fn sets_of_small_numbers_behave_as_sets() {
        let sets: Vec<Vec<i64>> =
            vec![vec![], vec![0], vec![1, 2], vec![0, 2, 4], vec![0, 1, 2, 3, 4], vec![4], vec![1, 3, 4]];
        let make = |set: &Vec<i64>| Ranges::union(set.iter().map(|it| ints(*it, *it)));
        for a in &sets {
            for b in &sets {
                let (left, right) = (make(a), make(b));
                for it in -1..6 {
                    let (in_a, in_b) = (a.contains(&it), b.contains(&it));
                    assert_eq!(left.and(&right).contains(number(it)), in_a && in_b, "{a:?} and {b:?}: {it}");
                    assert_eq!(
                        left.minus(&right).contains(number(it)),
                        in_a && !in_b,
                        "{a:?} minus {b:?}: {it}"
                    );
                }
            }
        }
    }

    #[test]
    fn the_ends_of_the_number_line_do_not_overflow() {
        assert_eq!(ints(i64::MIN, i64::MAX).minus(&ints(i64::MIN, i64::MAX)), Ranges(vec![]));
        assert_eq!(Ranges::v6().minus(&Ranges::v6()), Ranges(vec![]));
        assert_eq!(Ranges::union([Ranges::v4(), Ranges::v6()]).minus(&Ranges::v4()), Ranges::v6());
        assert_eq!(to_number(number(i64::MIN)), i128::from(i64::MIN));
    }

    #[test]
    fn rounding_only_adds() {
        let many = Ranges::union((0..500).map(|it| ints(it * 3, it * 3)));
        let rounded = many.clone().rounded();
        assert!(rounded.0.len() <= MAX_RANGES);
        assert!(many.minus(&rounded).is_empty());
    }
}
