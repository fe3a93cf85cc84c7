//! What an editor can ask: functions from (a package at one moment, file, offset) to plain data.
//!
//! Nothing here knows of a protocol. Offsets are bytes, files are those of the database. Most questions are about names, and begin
//! with [`names::at`]: what the name at an offset means.
//!
//! ```text
//! analysis.rs    the package, its files and items      meaning.rs  what a name can mean
//! names.rs       all names of an item (walk.rs goes through the tree), and the one at an offset
//! places.rs      where things are declared and used
//!
//! hover.rs definition.rs references.rs rename.rs symbols.rs tokens.rs format.rs structure.rs
//! actions.rs calls.rs completion.rs hints.rs signature.rs                                                     one feature each
//! ```

pub mod actions;
pub mod analysis;
pub mod calls;
pub mod completion;
pub mod definition;
pub mod format;
mod guard;
pub mod hints;
pub mod hover;
pub mod meaning;
pub mod names;
pub mod places;
pub mod references;
pub mod rename;
pub mod signature;
pub mod structure;
pub mod symbols;
pub mod tokens;
mod walk;

#[cfg(test)]
pub(crate) mod tests;

pub use analysis::{Analysis, FileRange};
