//! `assize import` in a binary that was built without the importer.

use std::io::Write;

use crate::args::{Format, ImportCommand};
use crate::exit::{Exit, Stop};

/// Says how to get one that has it.
pub fn run(_: &ImportCommand, _: Format, _: &mut impl Write) -> Result<Exit, Stop> {
    Err(absent())
}

/// Why nothing that is about Cedar can be done.
pub fn absent() -> Stop {
    Stop::usage("this `assize` was built without the importer of Cedar's packages")
        .help("build it with its feature `cedar`: `cargo install --path cli --features cedar`")
}
