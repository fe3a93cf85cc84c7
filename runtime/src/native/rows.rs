//! The rows of one entity type, in pages that snapshots share.
//!
//! ```text
//! addresses ── 0: the row of zeroes   1: ──> page 0   2: ──> page 1   ..
//! page         512 rows; the last page may have fewer
//! ```
//! Native code finds row `n` of `len` at `addresses[m >> 9] + (m & 511) * stride` words, where m is n + 512, or 0 if n is not below
//! `len`: two loads, no branch. A page is aligned to a cache line, so a row of 1, 2, 4 or 8 words lies in one.

use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
use std::ptr::NonNull;
use std::sync::Arc;

use crate::persistent::Array;

/// Rows of a page, as a power of two.
pub(super) const PAGE_BITS: u32 = 9;
/// Rows of a page.
pub(super) const PAGE: usize = 1 << PAGE_BITS;
/// Rows of the smallest page.
const LEAST: usize = 4;
/// In bytes.
const CACHE_LINE: usize = 64;

/// Words that stay where they are, from the start of a cache line on.
struct Page {
    words: NonNull<u64>,
    len: usize,
}

// SAFETY: a page owns its words; they are written through `&mut` only.
unsafe impl Send for Page {}
// SAFETY: as above.
unsafe impl Sync for Page {}

impl Page {
    fn layout(len: usize) -> Layout {
        // A page has at most 512 rows of some thousands of words.
        Layout::from_size_align(len * 8, CACHE_LINE).expect("a page is much smaller than memory")
    }

    /// Of zeroes.
    fn new(len: usize) -> Page {
        let len = len.max(1);
        let layout = Page::layout(len);
        // SAFETY: the layout is not of size zero.
        let words = unsafe { alloc_zeroed(layout) };
        match NonNull::new(words.cast()) {
            Some(words) => Page { words, len },
            None => handle_alloc_error(layout),
        }
    }

    /// With these words first.
    fn of(words: &[u64], len: usize) -> Page {
        let mut page = Page::new(len.max(words.len()));
        page.words_mut()[..words.len()].copy_from_slice(words);
        page
    }

    fn words(&self) -> &[u64] {
        // SAFETY: so many words were allocated, zeroed, and live as long as `self`.
        unsafe { std::slice::from_raw_parts(self.words.as_ptr(), self.len) }
    }

    fn words_mut(&mut self) -> &mut [u64] {
        // SAFETY: as in `words`; `self` is borrowed alone.
        unsafe { std::slice::from_raw_parts_mut(self.words.as_ptr(), self.len) }
    }
}

impl Clone for Page {
    fn clone(&self) -> Self {
        Page::of(self.words(), self.len)
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        // SAFETY: allocated by `new` with this layout.
        unsafe { dealloc(self.words.as_ptr().cast(), Page::layout(self.len)) }
    }
}

/// See the module. A clone shares all pages until one of the two writes to them.
#[derive(Clone)]
pub(super) struct Rows {
    /// Words in a row.
    stride: usize,
    /// How many rows.
    len: usize,
    /// The row of an entity that has none; what a new row is like, too.
    absent: Arc<Page>,
    /// Never `None`.
    pages: Array<Option<Arc<Page>>>,
    /// As above.
    addresses: Vec<*const u64>,
}

// SAFETY: the pointers in `addresses` lead into `absent` and `pages`, which are shared between threads as any `Arc` is; whoever
// reads through one has a `&Rows`, and pages are written through `&mut Rows` only while they belong to no other.
unsafe impl Send for Rows {}
// SAFETY: as above.
unsafe impl Sync for Rows {}

impl Rows {
    /// None yet. `absent` has as many words as a row.
    pub(super) fn new(absent: &[u64]) -> Rows {
        let page = Arc::new(Page::of(absent, absent.len()));
        let addresses = vec![page.words.as_ptr().cast_const()];
        Rows { stride: absent.len(), len: 0, absent: page, pages: Array::default(), addresses }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// What native code reads: good until the next change, and as long as `self` or a clone that was not changed.
    pub(super) fn addresses(&self) -> *const *const u64 {
        self.addresses.as_ptr()
    }

    /// The row of this number; the row of zeroes if there is none.
    #[inline]
    pub(super) fn row(&self, number: usize) -> &[u64] {
        let place = if number < self.len { number + PAGE } else { 0 };
        let Some(page) = self.addresses.get(place >> PAGE_BITS) else { return self.absent.words() };
        // SAFETY: a page has as many rows as numbers below `len` lead to, and lives and does not change as long as `self` is borrowed.
        unsafe { std::slice::from_raw_parts(page.add((place & (PAGE - 1)) * self.stride), self.stride) }
    }

    /// The row of this number, to be written to; there must be one, else what is written is lost. No clone sees what is written.
    pub(super) fn row_mut(&mut self, number: usize) -> &mut [u64] {
        if number >= self.len {
            return &mut [];
        }
        let at = number >> PAGE_BITS;
        let start = (number & (PAGE - 1)) * self.stride;
        let Some(Some(page)) = self.pages.get_mut(at) else { return &mut [] };
        let page = Arc::make_mut(page);
        if let Some(address) = self.addresses.get_mut(1 + at) {
            *address = page.words.as_ptr();
        }
        page.words_mut().get_mut(start..start + self.stride).unwrap_or_default()
    }

    /// Adds rows like the absent one until there are so many.
    pub(super) fn grow(&mut self, len: usize) {
        while self.len < len {
            let at = self.len >> PAGE_BITS;
            let old = self.len & (PAGE - 1);
            let new = (len - (self.len - old)).min(PAGE);
            if at == self.pages.len() {
                self.pages.push(None);
                self.addresses.push(std::ptr::null());
            }
            let (Some(place), Some(address)) = (self.pages.get_mut(at), self.addresses.get_mut(1 + at))
            else {
                return;
            };
            let room = place.as_ref().map_or(0, |page| page.len / self.stride);
            if new > room || place.as_mut().and_then(Arc::get_mut).is_none() {
                let rows = if new > room { new.next_power_of_two().clamp(LEAST, PAGE) } else { room };
                let words = place.as_ref().map_or(&[][..], |page| page.words());
                *place = Some(Arc::new(Page::of(words, rows * self.stride)));
            }
            if let Some(page) = place.as_mut().and_then(Arc::get_mut) {
                *address = page.words.as_ptr();
                for row in page.words_mut().chunks_exact_mut(self.stride).take(new).skip(old) {
                    row.copy_from_slice(self.absent.words());
                }
            }
            self.len += new - old;
        }
    }

    /// Of the rows alone.
    pub(super) fn row_bytes(&self) -> usize {
        self.len * self.stride * 8
    }

    /// Of all pages, as if none were shared.
    pub(super) fn bytes(&self) -> usize {
        let pages: usize = self.pages.iter().flatten().map(|page| page.len * 8).sum();
        pages + self.pages.bytes() + self.addresses.len() * 8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(rows: &Rows) -> Vec<Vec<u64>> {
        (0..rows.len()).map(|number| rows.row(number).to_vec()).collect()
    }

    #[test]
    fn clones_share_until_one_writes() {
        let mut rows = Rows::new(&[0, 7, 0]);
        rows.grow(1_500);
        for number in 0..1_500 {
            rows.row_mut(number)[2] = number as u64;
        }
        let (before, copy) = (read(&rows), rows.clone());
        for number in [0, 511, 1_499] {
            rows.row_mut(number)[0] = 1;
        }
        rows.grow(3_000);
        assert_eq!(read(&copy), before);
        assert_eq!(rows.row(511), [1, 7, 511]);
        assert_eq!(rows.row(512).as_ptr(), copy.row(512).as_ptr(), "nobody wrote to that page");
        assert_eq!((rows.row(2_999), rows.row(3_000)), (&[0, 7, 0][..], &[0, 7, 0][..]));
        assert!(rows.row_mut(3_000).is_empty());
        assert_eq!(copy.row(1_500), [0, 7, 0]);
    }

    #[test]
    fn rows_grow_one_by_one_as_well() {
        let mut rows = Rows::new(&[5]);
        for number in 0..2_000 {
            rows.grow(number + 1);
            assert_eq!(rows.row(number), [5]);
            rows.row_mut(number)[0] = number as u64;
            if number % 100 == 0 {
                // A clone that lives makes the next change copy.
                let copy = rows.clone();
                rows.row_mut(0)[0] = 9;
                rows.grow(number + 2);
                assert_eq!(copy.row(number), [number as u64]);
            }
        }
        assert!((1..2_000).all(|number| rows.row(number) == [number as u64]));
    }
}
