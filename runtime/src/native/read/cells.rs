//! What reading a request needs room for: cells, in a place that the caller has and in the decision's own memory for what does not
//! fit; and names that nobody knows. That memory is made when something first needs it.

use crate::native::arena::Arena;
use crate::native::frame::Scratch;
use crate::native::image::Image;
use crate::native::locals::Locals;
use crate::native::names::Scope;

/// Hands out zeroed cells, each to one owner.
pub(super) struct Room<'i, 'c> {
    image: &'i Image,
    prepared: &'i Locals,
    /// What is left of the caller's place; zeroes.
    free: &'c mut [u64],
    scratch: &'c mut Option<Scratch<'i>>,
}

impl<'i, 'c> Room<'i, 'c> {
    /// `place` is zeroed, and stays where it is as long as the cells' words are in use.
    #[inline(always)]
    pub(super) fn new(
        image: &'i Image,
        prepared: &'i Locals,
        place: &'c mut [u64],
        scratch: &'c mut Option<Scratch<'i>>,
    ) -> Self {
        Room { image, prepared, free: place, scratch }
    }

    pub(super) fn image(&self) -> &'i Image {
        self.image
    }

    /// Names that the snapshot does not know, with those that it knows.
    #[inline(never)]
    pub(super) fn scope(&mut self) -> &mut Scope<'i> {
        &mut self.scratch().names
    }

    #[inline]
    fn scratch(&mut self) -> &mut Scratch<'i> {
        let (image, prepared) = (self.image, self.prepared);
        self.scratch.get_or_insert_with(|| Scratch::new(image, prepared))
    }

    /// A cell of `words` zeroes.
    #[inline]
    pub(super) fn take(&mut self, words: usize) -> &'c mut [u64] {
        if words <= self.free.len() {
            let (cell, rest) = std::mem::take(&mut self.free).split_at_mut(words);
            self.free = rest;
            return cell;
        }
        self.take_far(words)
    }

    #[inline(never)]
    fn take_far(&mut self, words: usize) -> &'c mut [u64] {
        let arena: &mut Arena = &mut self.scratch().arena;
        let cell = arena.alloc(words);
        // SAFETY: the arena gave room for so many zeroed words to nobody else, and keeps them in place as long as it lives. It is in
        // the scratch memory, which is borrowed for `'c`, and which nothing here takes out once it has been made.
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
#[inline(always)]
pub(super) fn address(cell: &mut [u64]) -> u64 {
    cell.as_mut_ptr() as u64
}
