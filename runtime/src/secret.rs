//! Hashes that nobody outside of the process can foresee.
//!
//! Ids of entities are often chosen by those whom decisions are about. With a hash that everybody can compute, a few thousand ids that were
//! made to have the same one turn each search among them into a search through all of them. So whatever is hashed that comes with data or with
//! requests is hashed with a key that each process draws once. No decision and no order depends on it: tables that use it
//! are iterated by position.

use std::hash::{BuildHasher, Hasher};
use std::sync::OnceLock;

/// For look-ups only, by what comes with data or requests: its order differs from process to process.
#[expect(clippy::disallowed_types, reason = "nobody iterates over it where order matters")]
pub(crate) type KeyedMap<K, V> = std::collections::HashMap<K, V, Keyed>;

/// Likewise.
#[expect(clippy::disallowed_types, reason = "nobody iterates over it where order matters")]
pub(crate) type KeyedSet<K> = std::collections::HashSet<K, Keyed>;

/// The key of this process.
#[expect(
    clippy::disallowed_types,
    reason = "it is the one source of a key, and nothing that is said depends on it"
)]
pub(crate) fn key() -> [u64; 2] {
    static KEY: OnceLock<[u64; 2]> = OnceLock::new();
    *KEY.get_or_init(|| [(); 2].map(|()| std::hash::RandomState::new().build_hasher().finish()))
}

/// Both halves of a product: every bit depends on all bits of both. Who knows neither factor's mask cannot choose what comes out.
#[inline(always)]
pub(crate) fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

/// Makes [`KeyedHasher`]s.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Keyed;

impl BuildHasher for Keyed {
    type Hasher = KeyedHasher;

    #[inline]
    fn build_hasher(&self) -> KeyedHasher {
        let [state, key] = key();
        KeyedHasher { state, key }
    }
}

/// A fast hash with the key of the process.
#[derive(Clone, Debug)]
pub(crate) struct KeyedHasher {
    state: u64,
    key: u64,
}

impl KeyedHasher {
    #[inline]
    fn mix(&mut self, low: u64, high: u64) {
        self.state = fold(low ^ self.state, high ^ self.key).wrapping_add(self.state.rotate_left(23));
    }
}

impl Hasher for KeyedHasher {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<16>();
        for word in words {
            let word = u128::from_le_bytes(*word);
            self.mix(word as u64, (word >> 64) as u64);
        }
        let mut last = [0; 16];
        // What is left is less than it has room for.
        last.iter_mut().zip(rest).for_each(|(to, byte)| *to = *byte);
        let last = u128::from_le_bytes(last);
        self.mix(last as u64, (last >> 64) as u64 ^ (bytes.len() as u64) << 56);
    }

    #[inline]
    fn write_u8(&mut self, number: u8) {
        self.write_u64(u64::from(number));
    }

    #[inline]
    fn write_u32(&mut self, number: u32) {
        self.write_u64(u64::from(number));
    }

    #[inline]
    fn write_u64(&mut self, number: u64) {
        self.mix(number, 0);
    }

    #[inline]
    fn write_usize(&mut self, number: usize) {
        self.write_u64(number as u64);
    }

    #[inline]
    fn finish(&self) -> u64 {
        fold(self.state, self.key | 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustc_hash::FxHashSet;

    fn hash_with(key: [u64; 2], name: &str) -> u64 {
        let mut hasher = KeyedHasher { state: key[0], key: key[1] };
        std::hash::Hash::hash(name, &mut hasher);
        hasher.finish()
    }

    #[test]
    fn names_have_hashes_of_their_own_and_other_ones_with_another_key() {
        let names: Vec<_> = (0..20_000)
            .map(|at| match at % 4 {
                0 => format!("user-{at}"),
                1 => format!("{at:040}"),
                2 => "x".repeat(at / 4),
                _ => format!("the same at both ends {at} the same at both ends"),
            })
            .collect();
        let names: FxHashSet<_> = names.into_iter().collect();
        for key in [[1, 2], [u64::MAX, 0], key()] {
            let hashes: FxHashSet<_> = names.iter().map(|name| hash_with(key, name)).collect();
            assert_eq!(hashes.len(), names.len());
            // As tables use them: a few bits from either end.
            for bits in [
                hashes.iter().map(|hash| hash >> 54).collect::<FxHashSet<_>>(),
                hashes.iter().map(|hash| hash & 1023).collect(),
            ] {
                assert_eq!(bits.len(), 1024);
            }
        }
        let name = "user-1";
        assert_ne!(hash_with([1, 2], name), hash_with([1, 3], name));
        assert_ne!(hash_with([1, 2], name), hash_with([2, 2], name));
        assert_eq!(key(), key());
    }
}
