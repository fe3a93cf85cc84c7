//! From hashes to positions: many small tables with open addressing, which copies share.
//!
//! ```text
//! shard   tag % shards (linear hashing: one shard is split for so many new entries, so no single change costs much)
//! slot    tag << 32 | 1 + position, at the tag's highest bits or after them; 0 is free
//! ```
//! Whether an entry with the tag is the one that is meant only its owner knows.

use std::hash::{BuildHasher, Hash};
use std::sync::Arc;

use super::Array;
use crate::secret::Keyed;

/// Entries of a shard on average, when the next one is split.
const FULL: usize = 256;
/// Slots of the smallest shard.
const LEAST: usize = 8;

/// See the module.
#[derive(Clone, Debug)]
pub(super) struct Table {
    shards: Array<Shard>,
    /// One less than the power of two that there are at most as many shards as.
    mask: usize,
    len: usize,
}

#[derive(Clone, Debug, Default)]
struct Shard {
    /// A power of two of them, or none.
    slots: Arc<[u64]>,
    used: usize,
}

impl Default for Table {
    fn default() -> Self {
        let mut shards = Array::default();
        shards.push(Shard::default());
        Table { shards, mask: 0, len: 0 }
    }
}

/// The part of a key's hash that a table keeps. Keys are chosen by anybody, so the hash has a key of its own (see `secret`).
#[inline]
pub(super) fn tag(key: &(impl Hash + ?Sized)) -> u32 {
    Keyed.hash_one(key) as u32
}

fn tag_of(slot: u64) -> u32 {
    (slot >> 32) as u32
}

impl Shard {
    /// Where the search for a tag begins; the shard has slots.
    #[inline]
    fn start(&self, tag: u32) -> usize {
        // As many high bits as there are slots.
        ((u64::from(tag) * self.slots.len() as u64) >> 32) as usize
    }

    #[inline]
    fn find(&self, tag: u32, mut is_it: impl FnMut(usize) -> bool) -> Option<usize> {
        let slots = &*self.slots;
        let mask = slots.len().checked_sub(1)?;
        let mut at = self.start(tag);
        loop {
            let slot = slots[at & mask];
            if slot == 0 {
                return None;
            }
            if tag_of(slot) == tag && is_it((slot as u32 - 1) as usize) {
                return Some(at & mask);
            }
            at += 1;
        }
    }

    /// Adds an entry that is not there; the caller has seen to it that a slot is free.
    fn put(&mut self, entry: u64) {
        let start = self.start(tag_of(entry));
        let slots = Arc::make_mut(&mut self.slots);
        let mask = slots.len() - 1;
        let mut at = start;
        while slots[at & mask] != 0 {
            at += 1;
        }
        slots[at & mask] = entry;
        self.used += 1;
    }

    fn insert(&mut self, entry: u64) {
        // At most three of four slots are taken, so that every search ends soon.
        if (self.used + 1) * 4 > self.slots.len() * 3 {
            let entries = std::mem::take(&mut self.slots);
            *self = Shard::with_slots((entries.len() * 2).max(LEAST));
            entries.iter().filter(|entry| **entry != 0).for_each(|entry| self.put(*entry));
        }
        self.put(entry);
    }

    fn with_slots(slots: usize) -> Shard {
        Shard { slots: std::iter::repeat_n(0, slots).collect(), used: 0 }
    }

    /// Of these entries.
    fn of(entries: &[u64]) -> Shard {
        let mut shard = Shard::with_slots((entries.len() * 4 / 3 + 1).next_power_of_two().max(LEAST));
        entries.iter().for_each(|entry| shard.put(*entry));
        shard
    }

    /// Frees a slot, and moves up those that were pushed on by it.
    fn remove(&mut self, at: usize) {
        let mut hole = at;
        let mask = self.slots.len() - 1;
        let mut next = hole;
        loop {
            next = (next + 1) & mask;
            let slot = self.slots[next];
            if slot == 0 {
                break;
            }
            // How far the entry is from where it would like to be, and how far the hole is from it.
            let wanted = next.wrapping_sub(self.start(tag_of(slot))) & mask;
            if wanted >= (next.wrapping_sub(hole) & mask) {
                Arc::make_mut(&mut self.slots)[hole] = slot;
                hole = next;
            }
        }
        Arc::make_mut(&mut self.slots)[hole] = 0;
        self.used -= 1;
    }
}

impl Table {
    #[inline]
    fn shard(&self, tag: u32) -> usize {
        let at = tag as usize & self.mask;
        // Those beyond the last are not split yet.
        if at < self.shards.len() { at } else { at & self.mask >> 1 }
    }

    /// The position with this tag that is the one.
    #[inline]
    pub fn find(&self, tag: u32, is_it: impl FnMut(usize) -> bool) -> Option<usize> {
        let shard = self.shards.get(self.shard(tag))?;
        let at = shard.find(tag, is_it)?;
        Some((shard.slots[at] as u32 - 1) as usize)
    }

    /// Adds a position that is not there.
    pub fn insert(&mut self, tag: u32, position: u32) {
        let at = self.shard(tag);
        if let Some(shard) = self.shards.get_mut(at) {
            shard.insert(u64::from(tag) << 32 | u64::from(position + 1));
        }
        self.len += 1;
        if self.len > self.shards.len() * FULL {
            self.split();
        }
    }

    /// Takes a position out, which is there.
    pub fn remove(&mut self, tag: u32, position: u32) {
        let at = self.shard(tag);
        if let Some(shard) = self.shards.get_mut(at)
            && let Some(slot) = shard.find(tag, |found| found == position as usize)
        {
            shard.remove(slot);
            self.len -= 1;
        }
    }

    /// Adds one shard: half of what was in the oldest that has not been split since there were half as many.
    fn split(&mut self) {
        let new = self.shards.len();
        if new > self.mask {
            self.mask = self.mask * 2 + 1;
        }
        let old = new & self.mask >> 1;
        let Some(shard) = self.shards.get_mut(old) else { return };
        let (stay, go): (Vec<u64>, Vec<u64>) = shard
            .slots
            .iter()
            .filter(|entry| **entry != 0)
            .partition(|entry| tag_of(**entry) as usize & self.mask == old);
        *shard = Shard::of(&stay);
        self.shards.push(Shard::of(&go));
    }

    pub fn bytes(&self) -> usize {
        self.shards.bytes() + self.shards.iter().map(|shard| shard.slots.len() * 8 + 16).sum::<usize>()
    }
}
