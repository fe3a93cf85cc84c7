//! A hash map whose entries have positions, and which copies share.

use std::borrow::Borrow;
use std::hash::Hash;

use super::Array;
use super::table::{Table, tag};

/// "No place is free": beyond all positions.
const NONE: u32 = u32::MAX;

/// A hash map with positions. An entry keeps its position as long as it is there; the place of a removed one is the next to be taken.
/// Iterates by position: in the order in which keys were first added, unless some were removed.
#[derive(Clone)]
pub struct Map<K, V> {
    table: Table,
    places: Array<Place<K, V>>,
    /// The free place that is taken next.
    free: u32,
    len: usize,
}

#[derive(Clone)]
enum Place<K, V> {
    Taken(K, V),
    /// And the one that becomes free next.
    Free(u32),
}

impl<K, V> Default for Place<K, V> {
    fn default() -> Self {
        Place::Free(NONE)
    }
}

impl<K, V> Default for Map<K, V> {
    fn default() -> Self {
        Map { table: Table::default(), places: Array::default(), free: NONE, len: 0 }
    }
}

impl<K, V> Map<K, V> {
    /// How many entries there are.
    #[inline]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// One more than the greatest position that an entry may have.
    pub fn positions(&self) -> usize {
        self.places.len()
    }

    /// The entry at a position.
    #[inline]
    pub fn at(&self, position: usize) -> Option<(&K, &V)> {
        match self.places.get(position)? {
            Place::Taken(key, value) => Some((key, value)),
            Place::Free(_) => None,
        }
    }

    /// All entries, by position.
    pub fn iter(&self) -> Iter<'_, K, V> {
        Iter { map: self, next: 0, left: self.len }
    }

    /// All keys, by position.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &K> {
        self.iter().map(|(key, _)| key)
    }

    /// All values, by position.
    pub fn values(&self) -> impl ExactSizeIterator<Item = &V> {
        self.iter().map(|(_, value)| value)
    }

    /// The positions at which `other` has another entry, ascending. Takes a step for each entry that the two do not share.
    pub fn changed(&self, other: &Self, same: impl Fn((&K, &V), (&K, &V)) -> bool) -> Vec<usize> {
        let differs = |at: &usize| match (self.at(*at), other.at(*at)) {
            (None, None) => false,
            (Some(old), Some(new)) => !same(old, new),
            _ => true,
        };
        self.places.unshared(&other.places).filter(differs).collect()
    }

    /// Bytes of its entries, without what they point to, and of what finds them, as if nothing were shared.
    pub fn bytes(&self) -> usize {
        self.table.bytes() + self.places.bytes()
    }
}

impl<K: Hash + Eq, V> Map<K, V> {
    #[inline]
    fn find_tagged<Q: Eq + ?Sized>(&self, tag: u32, key: &Q) -> Option<usize>
    where
        K: Borrow<Q>,
    {
        self.table.find(
            tag,
            |at| matches!(self.places.get(at), Some(Place::Taken(found, _)) if found.borrow() == key),
        )
    }

    /// The position of a key.
    #[inline]
    pub fn position<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> Option<usize>
    where
        K: Borrow<Q>,
    {
        self.find_tagged(tag(key), key)
    }

    /// The value of a key.
    #[inline]
    pub fn get<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        Some(self.at(self.position(key)?)?.1)
    }

    /// Whether there is an entry for the key.
    pub fn contains_key<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.position(key).is_some()
    }
}

impl<K: Hash + Eq + Clone, V: Clone> Map<K, V> {
    /// Sets the value of a key; its position, and the value that it had. A key that is there stays.
    ///
    /// # Panics
    /// If there were 2^32 - 1 entries: more than memory for them has been seen.
    pub fn insert(&mut self, key: K, value: V) -> (usize, Option<V>) {
        let tag = tag(&key);
        if let Some(at) = self.find_tagged(tag, &key) {
            let old = match self.places.get_mut(at) {
                Some(Place::Taken(_, place)) => Some(std::mem::replace(place, value)),
                _ => None,
            };
            return (at, old);
        }
        let position = if self.free == NONE {
            let position = u32::try_from(self.places.len()).ok().filter(|position| *position < NONE);
            self.places.push(Place::Taken(key, value));
            position.expect("fewer entries than 2^32 - 1")
        } else {
            let position = self.free;
            if let Some(place) = self.places.get_mut(position as usize)
                && let Place::Free(next) = std::mem::replace(place, Place::Taken(key, value))
            {
                self.free = next;
            }
            position
        };
        self.table.insert(tag, position);
        self.len += 1;
        (position as usize, None)
    }

    /// A value to write to, which no copy sees.
    pub fn get_mut<Q: Hash + Eq + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let at = self.position(key)?;
        self.at_mut(at)
    }

    /// The same for a position.
    pub fn at_mut(&mut self, position: usize) -> Option<&mut V> {
        match self.places.get_mut(position)? {
            Place::Taken(_, value) => Some(value),
            Place::Free(_) => None,
        }
    }

    /// Takes an entry out; the value that it had.
    pub fn remove<Q: Hash + Eq + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let tag = tag(key);
        let at = self.find_tagged(tag, key)?;
        let place = self.places.get_mut(at)?;
        let Place::Taken(_, value) = std::mem::replace(place, Place::Free(self.free)) else { return None };
        self.free = at as u32;
        self.table.remove(tag, at as u32);
        self.len -= 1;
        Some(value)
    }
}

/// Two maps are equal if they have the same entries, at whatever positions.
impl<K: Hash + Eq, V: PartialEq> PartialEq for Map<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && self.iter().all(|(key, value)| other.get(key) == Some(value))
    }
}

impl<K: std::fmt::Debug, V: std::fmt::Debug> std::fmt::Debug for Map<K, V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

/// The entries of a [`Map`].
#[derive(Clone)]
pub struct Iter<'a, K, V> {
    map: &'a Map<K, V>,
    next: usize,
    left: usize,
}

impl<'a, K, V> Iterator for Iter<'a, K, V> {
    type Item = (&'a K, &'a V);

    fn next(&mut self) -> Option<Self::Item> {
        while self.left > 0 {
            let at = self.next;
            self.next += 1;
            if let Some(entry) = self.map.at(at) {
                self.left -= 1;
                return Some(entry);
            }
        }
        None
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<K, V> ExactSizeIterator for Iter<'_, K, V> {}

impl<'a, K, V> IntoIterator for &'a Map<K, V> {
    type Item = (&'a K, &'a V);
    type IntoIter = Iter<'a, K, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
