//! `update` on the command line: see the library.

use std::process::ExitCode;

use assize_bench_common::program;
use assize_bench_update::{Options, run};
use clap::Parser;

/// Times changes of the data, and decisions meanwhile.
#[derive(Parser)]
#[command(name = "update")]
struct Arguments {
    #[command(flatten)]
    options: Options,
    #[command(flatten)]
    output: program::Output,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    arguments.output.collect(|ready| {
        run(&arguments.options, ready);
        Ok(())
    })
}
