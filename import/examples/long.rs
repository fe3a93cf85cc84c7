//! The comparison with Cedar for as long as one likes:
//!
//! ```text
//! cargo run --release -p assize-import --example long -- --decisions 10000000 --seed 1
//! ```
//! Packages of seed after seed are made, imported, compiled and asked, beside Cedar. A difference is shrunk and printed as a case that can be
//! kept in `tests/equal/cases/`; then the exit code is 1.

#[path = "../tests/equal/compare.rs"]
mod compare;
#[path = "../tests/equal/oracle.rs"]
mod oracle;
#[path = "../tests/equal/ours.rs"]
mod ours;
#[path = "../tests/equal/package.rs"]
mod package;
#[path = "../tests/equal/random/mod.rs"]
mod random;

use std::io::{IsTerminal, Write as _};
use std::process::ExitCode;

use compare::{Compared, compare, of_seed};

/// What is asked for.
struct Asked {
    decisions: usize,
    seed: u64,
    /// Of each package.
    requests: usize,
}

/// Differences after which it is enough.
const ENOUGH: usize = 20;
/// Packages between two lines of progress where there is no terminal.
const STRIDE: u64 = 1_000;

fn main() -> ExitCode {
    let asked = match asked(std::env::args().skip(1)) {
        Ok(asked) => asked,
        Err(message) => {
            eprintln!("{message}\nusage: long [--decisions N] [--seed S] [--requests N]");
            return ExitCode::from(2);
        }
    };
    let is_terminal = std::io::stderr().is_terminal();
    let (mut all, mut packages, mut findings, mut seed) = (Compared::default(), 0_u64, 0, asked.seed);
    while all.requests < asked.decisions && findings < ENOUGH {
        match of_seed(seed, asked.requests, compare) {
            Ok(compared) => all.add(compared),
            Err(finding) => {
                findings += 1;
                println!("{}\n", finding.text());
            }
        }
        packages += 1;
        seed = seed.wrapping_add(1);
        let end = if is_terminal { "\r" } else { "\n" };
        if packages.is_multiple_of(if is_terminal { 10 } else { STRIDE }) {
            eprint!(
                "{packages} packages, {} of {} decisions, {findings} differences{end}",
                all.requests, asked.decisions
            );
            let _ = std::io::stderr().flush();
        }
    }
    println!(
        "seeds {}..{seed}: {packages} packages, {} decisions compared, {} of them with policies or errors, {findings} differences",
        asked.seed, all.requests, all.telling
    );
    if findings == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn asked(mut arguments: impl Iterator<Item = String>) -> Result<Asked, String> {
    let mut asked = Asked { decisions: 1_000_000, seed: 0, requests: 512 };
    while let Some(option) = arguments.next() {
        let value = arguments.next().ok_or_else(|| format!("`{option}` wants a number"))?;
        let number: u64 = value.parse().map_err(|_| format!("`{value}` is no number"))?;
        let small = usize::try_from(number).map_err(|_| format!("`{value}` is too large"))?;
        match option.as_str() {
            "--decisions" => asked.decisions = small,
            "--seed" => asked.seed = number,
            "--requests" => asked.requests = small.max(1),
            _ => return Err(format!("`{option}` is not known")),
        }
    }
    Ok(asked)
}
