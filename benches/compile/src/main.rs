//! `compile`: how long checking, compiling and formatting take, for packages of 100 to 100,000 policies.
//!
//! A package is generated in Assize and in Cedar ([`generate`]), a sample of requests shows that both mean the same
//! ([`agree`]), and then both systems check it from text to the last finding in interleaved rounds ([`check`]). Memory is the
//! peak of a process of its own that does nothing else. What only Assize does stands beside it: text to native code
//! ([`native`]), and the formatter ([`format`]).

mod agree;
mod check;
mod format;
mod generate;
mod measure;
mod native;

use std::process::{Command, ExitCode};

use clap::{Parser, ValueEnum};

use crate::generate::Generated;
use crate::generate::schema::AREAS;
use crate::measure::{Took, median, took, typical};

/// Times checking, compiling and formatting of large packages.
#[derive(Parser)]
#[command(name = "compile")]
struct Arguments {
    /// A short run: agreement, and rough figures for small packages
    #[arg(long)]
    quick: bool,
    /// Only this part
    #[arg(long)]
    only: Option<Part>,
    /// Numbers of policies
    #[arg(long, value_delimiter = ',', default_values_t = [100, 1_000, 10_000, 30_000, 100_000])]
    policies: Vec<usize>,
    /// Rounds for up to 10,000 policies; larger packages take a third of them
    #[arg(long, default_value_t = 9)]
    rounds: usize,
    /// Leave Cedar out of larger packages: it takes minutes
    #[arg(long, default_value_t = 10_000)]
    cedar_up_to: usize,
    /// Lines for the formatter
    #[arg(long, default_value_t = 100_000)]
    lines: usize,
    /// Areas with actions and policies; all areas together declare 200 types of entities
    #[arg(long, default_value_t = AREAS.len(), value_parser = areas)]
    areas: usize,
    /// Another seed gives other packages
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Run one system alone, once for each number of policies, and print its time and peak of memory: for a profiler
    #[arg(long)]
    alone: Option<System>,
    /// Write the first package to this folder, with a manifest, and end
    #[arg(long)]
    write: Option<std::path::PathBuf>,
}

/// A part of the benchmark.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Checking, beside Cedar
    Check,
    /// From text to native code
    Native,
    /// The formatter
    Format,
}

/// Who checks.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum System {
    /// This project
    Assize,
    /// `cedar-policy`
    Cedar,
}

fn main() -> ExitCode {
    let mut arguments = Arguments::parse();
    if arguments.quick {
        arguments.policies = vec![100, 1_000];
        arguments.rounds = 3;
        arguments.lines = 10_000;
    }
    if arguments.policies.is_empty() || arguments.policies.contains(&0) || arguments.rounds == 0 {
        eprintln!("error: there must be policies and rounds");
        return ExitCode::from(2);
    }
    if let Some(system) = arguments.alone {
        alone(&arguments, system);
        return ExitCode::SUCCESS;
    }
    if let Some(folder) = &arguments.write {
        let package = Generated::new(arguments.policies[0], arguments.areas, arguments.seed);
        package.write(folder).expect("the package can be written");
        return ExitCode::SUCCESS;
    }
    let wanted = |part| arguments.only.is_none_or(|only| only == part);
    if wanted(Part::Check) {
        checks(&arguments);
    }
    if wanted(Part::Native) {
        native::run(&arguments.policies, arguments.seed);
    }
    if wanted(Part::Format) {
        format::run(arguments.lines, arguments.rounds, arguments.seed);
    }
    ExitCode::SUCCESS
}

fn areas(text: &str) -> Result<usize, String> {
    let range = 1..=AREAS.len();
    let areas = text.parse().ok().filter(|areas| range.contains(areas));
    areas.ok_or_else(|| format!("there are 1 to {}", AREAS.len()))
}

fn checks(arguments: &Arguments) {
    let (sample, requests) = if arguments.quick { (300, 500) } else { (2_000, 2_000) };
    let Arguments { areas, seed, .. } = *arguments;
    let (allowed, deciding) =
        agree::assert_agreement(&Generated::new(sample, areas, seed), areas, requests, seed);
    println!(
        "{requests} requests to {sample} policies: both decide alike, {allowed} allowed, {deciding} policies decided some\n"
    );
    println!(
        "check  {:>9} {:>9} {:>11} {:>11} {:>9} {:>8} {:>14} {:>9} {:>10}",
        "policies", "lines", "wall ms", "cpu ms", "us each", "MiB", "Cedar cpu ms", "ratio", "Cedar MiB"
    );
    for &count in &arguments.policies {
        let package = Generated::new(count, arguments.areas, arguments.seed);
        let rounds = if count > 10_000 { arguments.rounds.div_ceil(3) } else { arguments.rounds };
        let systems = if count > arguments.cedar_up_to { 1 } else { 2 };
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for round in 0..rounds {
            // Each round begins with the other one.
            for turn in 0..systems {
                if systems == 1 || (round + turn) % 2 == 0 {
                    ours.push(time_assize(&package));
                } else {
                    theirs.push(time_cedar(&package, count));
                }
            }
        }
        let memory = |system| peak_of(arguments, system, count);
        let mine = typical(&ours);
        let compared = (!theirs.is_empty()).then(|| {
            let ratios = ours.iter().zip(&theirs).map(|(mine, other)| mine.cpu / other.cpu).collect();
            (typical(&theirs), median(ratios))
        });
        println!(
            "       {count:>9} {:>9} {:>11.1} {:>11.1} {:>9.1} {:>8} {:>14} {:>9} {:>10}",
            package.lines(),
            mine.wall * 1e3,
            mine.cpu * 1e3,
            mine.cpu * 1e6 / count as f64,
            shown(memory("assize"), 0),
            shown(compared.map(|(time, _)| time.cpu * 1e3), 1),
            shown(compared.map(|(_, ratio)| ratio), 3),
            shown(compared.and_then(|_| memory("cedar")), 0),
        );
    }
    println!();
}

fn shown(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.digits$}"))
}

fn time_assize(package: &Generated) -> Took {
    let sources = check::sources(package);
    took(|| check::assize(sources)).0
}

fn time_cedar(package: &Generated, count: usize) -> Took {
    let (time, found) = took(|| check::cedar(package));
    assert_eq!(found, count, "Cedar lost policies");
    time
}

/// The peak of a process that checks one package and nothing else, its texts included.
fn peak_of(arguments: &Arguments, system: &str, count: usize) -> Option<f64> {
    let own = std::env::current_exe().ok()?;
    let (count, areas, seed) = (count.to_string(), arguments.areas.to_string(), arguments.seed.to_string());
    let output = Command::new(own)
        .args(["--alone", system, "--policies", &count, "--areas", &areas, "--seed", &seed])
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.split_whitespace().nth_back(1)?.parse().ok()
}

fn alone(arguments: &Arguments, system: System) {
    for &count in &arguments.policies {
        let mut package = Generated::new(count, arguments.areas, arguments.seed);
        // The text of the other language does not count.
        let (name, time) = match system {
            System::Assize => {
                package.cedar_policies = String::new();
                let sources = check::sources(&package);
                package.assize = Vec::new();
                measure::forget_peak();
                let (time, compilation) = took(|| check::assize(sources));
                eprintln!("{} warnings", compilation.counts().1);
                ("assize", time)
            }
            System::Cedar => {
                package.assize = Vec::new();
                measure::forget_peak();
                ("cedar", time_cedar(&package, count))
            }
        };
        let memory = measure::peak().map_or_else(|| "?".to_owned(), |mib| format!("{mib:.1}"));
        println!(
            "{name}, {count} policies: {:.1} ms, {:.1} ms cpu, peak {memory} MiB",
            time.wall * 1e3,
            time.cpu * 1e3
        );
    }
}
