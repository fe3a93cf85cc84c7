//! Native decision functions, made with Cranelift.
//!
//! ```text
//! Verified ──compile──> Code        machine code and layouts, once for each Program; refers to no data
//! Code + Data ──link──> Image       a snapshot as rows of words; many come and go over one Code
//! Image + Query ──────> Outcome     the same as the interpreter's, on every input
//! ```
//!
//! How values look in memory is told in [`word`], names in [`names`], rows of entities in [`layout`], rows of grants in
//! [`grants`]; how requests in text become words in [`read`]; how operations become code in [`emit`]; how many policies share code and are found by an index in [`many`]. Wherever something does not fit ([`Unfit`]: bodies of thousands of nodes, data
//! whose hierarchy is too deep to tabulate, requests that bring external entities), the caller asks the interpreter: there is one
//! meaning, so the answer is the same and only slower.
//!
//! Memory safety rests on three facts. The verifier admits only Programs whose every node has its type, so a word is only read at
//! the type that it was written at. Cells live in arenas that outlive their words: of the Image, of the code's module, of the running
//! decision, which has some on its stack ([`read`]). Native code writes only to its own stack frame, to cells that it has just been given, and to the frame's place for
//! obligations.

mod arena;
mod batch;
mod behind;
mod below;
mod bounds;
mod cells;
mod classes;
mod code;
mod decide;
mod directory;
mod emit;
mod frame;
mod grants;
mod helpers;
mod hierarchy;
mod image;
mod index;
mod keys;
mod layout;
mod link;
mod locals;
mod lookup;
mod many;
mod module;
mod names;
mod obligations;
mod perfect;
mod prefetch;
mod probe;
mod read;
mod rows;
mod shape;
mod status;
mod table;
#[cfg(test)]
mod tests;
mod word;

pub use batch::Batch;
#[cfg(test)]
pub(crate) use code::Limits;
pub use code::{Code, CodeSize};
#[cfg(test)]
pub(crate) use decide::class_of;
pub use decide::{PreparedContext, decide, decide_ids, outcome};
pub use image::{Image, Size};
pub use names::Unfit;
pub(crate) use read::{decide_json, decide_names};
