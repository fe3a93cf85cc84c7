//! What it costs to change one entity, one membership or one grant among a million, and a hundred thousand of them at once; what a reader
//! on another thread feels of it; and whether memory grows.
//!
//! After each part, decisions are compared with those of the hand-written code over the world as it has become ([`world`]).

mod batch;
mod growth;
mod one;
mod readers;
mod world;

use assize_bench_common::table::Table;
use clap::Args;

use crate::world::Served;

/// What is measured.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// A short run over fewer entities
    #[arg(long)]
    pub quick: bool,
    /// Entities of each type, and grant rows; a million if nothing is said
    #[arg(long)]
    pub size: Option<usize>,
}

/// Entities of each type, and rows, of the small service.
const SMALL: usize = 1_000;

/// How long a part may take, and how much it does at most.
#[derive(Clone, Copy, Debug)]
struct Limits {
    seconds: f64,
    updates: usize,
}

/// Measures and hands each table over as it is ready.
pub fn run(options: &Options, mut ready: impl FnMut(Table)) {
    let size = options.size.unwrap_or(if options.quick { 20_000 } else { 1_000_000 });
    let limits = match options.quick {
        true => Limits { seconds: 2.0, updates: 200 },
        false => Limits { seconds: 15.0, updates: 5_000 },
    };
    let mut served = Served::new(size);
    ready(served.cost_table());
    ready(one::run(&mut served, limits));
    ready(readers::run(&mut served, limits, "update/readers"));
    ready(batch::run(&mut served, options.quick));
    ready(growth::run(&mut served, limits));
    drop(served);
    // Of little data more is worked out beforehand, which each update throws away.
    ready(readers::run(&mut Served::new(SMALL), limits, "update/readers-small"));
}
