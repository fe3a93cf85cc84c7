//! `compile` on the command line: see the library.

use std::process::ExitCode;

use assize_bench_common::program;
use assize_bench_compile::{Options, run};
use clap::Parser;

/// Times checking, compiling and formatting of large packages.
#[derive(Parser)]
#[command(name = "compile")]
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
