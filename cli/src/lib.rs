//! The command line of Assize.
//!
//! In come arguments and files; out come results on standard output, diagnostics on standard error, and an exit code that means one
//! thing ([`exit`]). [`args`] says what can be asked for, `commands` has one file for each command. Nothing is decided
//! or judged here: that is done in the compiler and the runtime, and this crate asks, prints and counts.

pub mod args;
mod clock;
mod commands;
mod diagnostics;
pub mod exit;
mod lines;
mod package;
mod pages;
mod parallel;
mod reasons;
mod replace;
mod sarif;
mod terminal_page;
mod usage;

use std::io::{BufWriter, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use clap::Parser;

use crate::args::{AnyFormat, Cli, Command};
use crate::exit::{Exit, Stop};

/// The exit code of a fault of our own.
const FAULT: u8 = 3;

/// Reads the arguments of the process, runs the command and says how it ended.
pub fn main() -> ExitCode {
    // A panic is a mistake of ours: its exit code is neither that of a decision nor that of a finding.
    let parse_and_run = || match Cli::try_parse() {
        Ok(cli) => run(&cli),
        Err(error) => usage::arguments(&error, usage::wants_json(std::env::args_os())),
    };
    match catch_unwind(AssertUnwindSafe(parse_and_run)) {
        Ok(exit) => ExitCode::from(exit as u8),
        Err(_) => {
            let _ = writeln!(
                std::io::stderr(),
                "error: this is a fault of assize itself, and nothing above is to be relied upon\n  help: please report it with the input that caused it"
            );
            ExitCode::from(FAULT)
        }
    }
}

/// Runs a command to its end, its messages included.
fn run(cli: &Cli) -> Exit {
    // It writes to standard output from threads of its own, which must not wait for a lock held here.
    #[cfg(feature = "lsp")]
    if matches!(cli.command, Command::Lsp) && cli.format == AnyFormat::Human {
        return commands::lsp::run();
    }
    let mut out = BufWriter::with_capacity(1 << 16, std::io::stdout().lock());
    let result = dispatch(cli, &mut out).and_then(|exit| {
        out.flush()?;
        Ok(exit)
    });
    match result {
        Ok(exit) => exit,
        Err(Stop::Reported(exit)) => exit,
        Err(Stop::ClosedPipe) => Exit::Success,
        Err(Stop::Usage { message, faults, help }) => {
            let _ = out.flush();
            let as_json = cli.format != AnyFormat::Human;
            let mut err = std::io::stderr().lock();
            let _ = usage::write(&mut err, as_json, &message, &faults, help.as_deref());
            Exit::Usage
        }
    }
}

fn dispatch(cli: &Cli, out: &mut impl Write) -> Result<Exit, Stop> {
    let plain = || cli.format.plain().ok_or_else(|| cli.format.refused());
    match &cli.command {
        Command::Init(args) => commands::init::run(args, plain()?, out),
        Command::Check(args) => commands::check::run(args, cli.format, out),
        Command::Test(args) => commands::test::run(args, cli.format, out),
        Command::Decide(args) => commands::decide::run(args, plain()?, out),
        Command::Query(question) => commands::query::run(question, cli.format, out),
        Command::Import(what) => commands::import::run(what, plain()?, out),
        Command::Fmt(args) => commands::fmt::run(args, plain()?, out),
        Command::Fix(args) => commands::fix::run(args, plain()?, out),
        Command::Build(args) => commands::bundle::build(args, plain()?, out),
        Command::Keygen(args) => commands::bundle::keygen(args, plain()?, out),
        Command::Sign(args) => commands::bundle::sign(args, plain()?, out),
        Command::Verify(args) => commands::bundle::verify(args, plain()?, out),
        Command::Inspect(args) => commands::bundle::inspect(args, plain()?, out),
        Command::Diff(args) => commands::bundle::diff(args, plain()?, out),
        Command::Explain(args) => commands::explain::run(args, plain()?, out),
        #[cfg(feature = "lsp")]
        Command::Lsp => Err(Stop::usage("`lsp` prints messages of its protocol and nothing else")
            .help("leave `--format` out")),
    }
}
