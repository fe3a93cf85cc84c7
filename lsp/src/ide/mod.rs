//! What an editor can ask: functions from (a package at one moment, file, offset) to plain data.
//!
//! Nothing here knows of a protocol. Offsets are bytes, files are those of the database. Most questions are about names, and begin
//! with [`names::at`]: what the name at an offset means.
//!
//! ```text
//! item.rs       the item around an offset          meaning.rs  what a name can mean
//! names.rs      all names of an item, and what they mean (walk.rs goes through the tree)
//! places.rs     where things are declared and used
//! ```

pub mod analysis;
pub mod definition;
pub mod hover;
pub mod meaning;
pub mod names;
pub mod places;
pub mod references;
mod walk;

#[cfg(test)]
pub(crate) mod tests;

pub use analysis::{Analysis, FileRange};
