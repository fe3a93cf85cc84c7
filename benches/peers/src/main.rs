//! `peers` on the command line: see the library.

use std::process::ExitCode;

use assize_bench_common::program;
use assize_bench_peers::{Options, run};
use clap::Parser;

/// Times decisions of Assize, hand-written Rust and other engines on the same policies, data and requests.
#[derive(Parser)]
#[command(name = "peers")]
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
