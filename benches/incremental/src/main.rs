//! `edits` on the command line: see the library.

use std::process::ExitCode;

use assize_bench_common::program;
use assize_bench_incremental::{Options, run};
use clap::Parser;

/// Times findings after edits.
#[derive(Parser)]
#[command(name = "edits")]
struct Arguments {
    #[command(flatten)]
    options: Options,
    #[command(flatten)]
    output: program::Output,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    arguments.output.collect(|ready| run(&arguments.options, ready))
}
