//! Memory for the cells that rows point to: sets, maps, records and addresses. Freed with the last snapshot that uses them.
//!
//! ```text
//! block      of 64 rows: arenas, oldest first
//! arena      cells of some of the block's rows, some of them out of use
//! ```
//! A row that changes has its new cells in the block's last arena if no other snapshot has that, else in one more. When a block has
//! changed as often as it has rows, or takes much more than it would new, all its rows are written anew ([`Cells::renew`]). So a change
//! costs two changes on average, and cells out of use take no more room than those in use, and a little.

use std::sync::Arc;

use super::arena::Arena;
use crate::persistent::Array;

/// Rows of a block, as a power of two.
const BITS: u32 = 6;
const ROWS: usize = 1 << BITS;

/// Words that a block may take more than twice what it would new.
const SLACK: usize = 512;

/// The cells of one type's rows. A clone shares memory.
#[derive(Clone, Default)]
pub(super) struct Cells {
    blocks: Array<Option<Arc<Block>>>,
}

#[derive(Clone, Default)]
struct Block {
    arenas: Vec<Arc<Arena>>,
    /// Words when it was new.
    fresh: usize,
    /// Changes since.
    edits: usize,
}

impl Block {
    fn words(&self) -> usize {
        self.arenas.iter().map(|arena| arena.bytes() / 8).sum()
    }

    fn is_worn(&self) -> bool {
        self.edits >= ROWS || self.words() > 2 * self.fresh + SLACK
    }

    /// An arena that no other snapshot has.
    fn arena(&mut self) -> Option<&mut Arena> {
        if self.arenas.last_mut().and_then(Arc::get_mut).is_none() {
            self.arenas.push(Arc::default());
        }
        self.arenas.last_mut().and_then(Arc::get_mut)
    }
}

impl Cells {
    fn block(&mut self, number: usize) -> Option<&mut Block> {
        let at = number >> BITS;
        while self.blocks.len() <= at {
            self.blocks.push(None);
        }
        Some(Arc::make_mut(self.blocks.get_mut(at)?.get_or_insert_default()))
    }

    /// Where to put the cells of a row that changes.
    pub(super) fn arena(&mut self, number: usize) -> Option<&mut Arena> {
        let block = self.block(number)?;
        block.edits += 1;
        block.arena()
    }

    /// Begins the block of a row anew if it is worn: then all these rows are to be written, and [`Cells::settle`] called.
    pub(super) fn renew(&mut self, number: usize) -> Option<std::ops::Range<usize>> {
        let block = self.block(number)?;
        if !block.is_worn() {
            return None;
        }
        *block = Block::default();
        let start = number >> BITS << BITS;
        Some(start..start + ROWS)
    }

    /// Takes the block of a row for new.
    pub(super) fn settle(&mut self, number: usize) {
        if let Some(block) = self.block(number) {
            (block.fresh, block.edits) = (block.words(), 0);
        }
    }

    /// Takes all blocks for new.
    pub(super) fn settle_all(&mut self) {
        (0..self.blocks.len()).for_each(|block| self.settle(block << BITS));
    }

    /// Bytes that it takes, as if nothing were shared.
    pub(super) fn bytes(&self) -> usize {
        let blocks: usize = self.blocks.iter().flatten().map(|block| block.words() * 8 + 64).sum();
        blocks + self.blocks.bytes()
    }
}
