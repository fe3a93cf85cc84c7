//! Asking memory ahead of time for what a decision will read.

use super::image::Image;
use super::names::{entity_number, entity_type};

/// Words of a row that a decision is expected to read: two cache lines.
const MOST: usize = 16;
/// Words of a cache line.
const LINE: usize = 8;

/// Rows of so many bytes are in a near cache soon, so that to ask for them costs more than to wait for them.
const NEAR: usize = 1 << 18;

impl Image {
    /// Whether nothing has to be asked for.
    pub fn is_near(&self) -> bool {
        self.entities.rows.iter().map(|rows| rows.row_bytes()).sum::<usize>() <= NEAR
    }

    /// Asks memory for the row of an entity.
    #[inline]
    pub fn prefetch(&self, entity: u64) {
        if let Some(rows) = self.entities.rows.get(entity_type(entity).index()) {
            let row = rows.row(entity_number(entity));
            line(row.as_ptr());
            // Shorter rows lie in one line.
            if row.len() > LINE {
                row.iter().take(MOST).skip(LINE).step_by(LINE).for_each(|word| line(word));
            }
        }
    }
}

/// Asks memory for the beginning of a text.
#[inline(always)]
pub(super) fn prefetch_text(text: &str) {
    line(text.as_ptr().cast());
}

/// Asks memory for the cache line that a word is in.
#[inline(always)]
fn line(word: *const u64) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a prefetch reads nothing and faults nowhere, whatever the address.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(word.cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = word;
}
