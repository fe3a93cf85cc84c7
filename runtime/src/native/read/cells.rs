//! Room for cells: a place that the caller has, and an arena for what does not fit.

use crate::native::arena::Arena;

/// Hands out zeroed cells, each to one owner.
pub(super) struct Cells<'c> {
    /// What is left of the caller's place; zeroes.
    free: &'c mut [u64],
    arena: &'c mut Arena,
}

impl<'c> Cells<'c> {
    /// `place` is zeroed, and stays where it is as long as the cells' words are in use.
    pub(super) fn new(place: &'c mut [u64], arena: &'c mut Arena) -> Self {
        Cells { free: place, arena }
    }

    /// A cell of `words` zeroes.
    #[inline]
    pub(super) fn take(&mut self, words: usize) -> &'c mut [u64] {
        if words <= self.free.len() {
            let (cell, rest) = std::mem::take(&mut self.free).split_at_mut(words);
            self.free = rest;
            return cell;
        }
        let cell = self.arena.alloc(words);
        // SAFETY: the arena gave room for so many zeroed words to nobody else; it keeps them in place as long as it lives, and it
        // lives for `'c`.
        unsafe { std::slice::from_raw_parts_mut(cell, words) }
    }

    /// The word of a cell that holds `words`.
    #[inline]
    pub(super) fn store(&mut self, words: &[u64]) -> u64 {
        let cell = self.take(words.len());
        cell.copy_from_slice(words);
        address(cell)
    }
}

/// The word of a cell.
pub(super) fn address(cell: &mut [u64]) -> u64 {
    cell.as_mut_ptr() as u64
}
