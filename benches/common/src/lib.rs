//! What all benchmarks share.
//!
//! A benchmark reads [`clock`]s, reduces what it read with [`stats`] and puts it into [`table::Table`]s. A table is shown to people,
//! becomes one line of NDJSON for each figure ([`table::Figure`]) and a picture ([`chart`]). [`dice`] makes whatever is generated
//! follow from a seed.

pub mod chart;
pub mod clock;
pub mod dice;
pub mod machine;
pub mod memory;
pub mod program;
pub mod rounds;
pub mod stats;
pub mod table;
