//! Collections whose copies share memory: a copy costs next to nothing, a change of one copies only the way to what changed.
//!
//! ```text
//! Array   spine ──> chunks ──> leaves of a few elements      by position; grows at its end
//! Table   an Array of small tables of hashes                 from a hash to a position
//! Map     a Table and an Array of entries                    from a key to a position and a value
//! ```
//! They are made for snapshots: one writer changes its copy, readers have theirs. What nobody else refers to is changed in place, so
//! many changes in a row cost little more than those of a plain vector or hash map. Nothing here depends on chance: the same
//! changes in the same order give the same positions.

mod array;
mod map;
mod table;
#[cfg(test)]
mod tests;

pub(crate) use array::Array;
pub use map::{Iter, Map};
