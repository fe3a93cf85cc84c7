//! Memory for cells: words behind one pointer, that stay where they are until the arena is dropped.

/// The empty set and the empty map: a length of zero.
pub(super) static EMPTY: [u64; 1] = [0];

/// Hands out zeroed cells and never moves them.
#[derive(Default)]
pub(super) struct Arena {
    /// Full to their capacity with zeroes; a chunk never grows, so its buffer never moves.
    chunks: Vec<Vec<u64>>,
    used: usize,
}

// SAFETY: the arena owns its chunks; pointers into them are handed out, but it keeps none itself.
unsafe impl Send for Arena {}
// SAFETY: as above; all mutation goes through `&mut self`.
unsafe impl Sync for Arena {}

impl Arena {
    const CHUNK: usize = 16;
    const LARGEST: usize = 1 << 16;

    /// A cell of `words` zeroes.
    pub(super) fn alloc(&mut self, words: usize) -> *mut u64 {
        let room = self.chunks.last().map_or(0, |chunk| chunk.len() - self.used);
        if words > room {
            let doubled =
                self.chunks.last().map_or(Self::CHUNK, |chunk| (chunk.len() * 2).min(Self::LARGEST));
            self.chunks.push(vec![0; words.max(doubled)]);
            self.used = 0;
        }
        let at = self.used;
        self.used += words;
        match self.chunks.last_mut() {
            Some(chunk) => chunk[at..].as_mut_ptr(),
            None => std::ptr::NonNull::dangling().as_ptr(),
        }
    }

    /// A cell that holds `words`, as a word.
    pub(super) fn store(&mut self, words: &[u64]) -> u64 {
        let cell = self.alloc(words.len());
        // SAFETY: `alloc` gave room for exactly this many words, which nobody else refers to yet.
        unsafe { std::ptr::copy_nonoverlapping(words.as_ptr(), cell, words.len()) };
        cell as u64
    }

    /// Bytes held, used or not.
    pub(super) fn bytes(&self) -> usize {
        self.chunks.iter().map(|chunk| chunk.len() * 8).sum()
    }
}

/// The word of the empty set or map.
pub(super) fn empty() -> u64 {
    EMPTY.as_ptr() as u64
}
