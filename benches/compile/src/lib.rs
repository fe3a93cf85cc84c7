//! How long checking, compiling and formatting take, for packages of 100 to 100,000 policies.
//!
//! A package is generated in Assize and in Cedar ([`generate`]), a sample of requests shows that both mean the same
//! ([`agree`]), and then both systems check it from text to the last finding in interleaved rounds ([`check`]). Memory is the
//! peak of a process of its own that does nothing else. What only Assize does stands beside it: text to native code
//! ([`native`], [`shapes`]), and the formatter ([`format`]).

mod agree;
mod check;
mod format;
mod generate;
mod measure;
mod native;
mod shapes;

use std::path::PathBuf;
use std::process::Command;

use assize_bench_common::memory;
use assize_bench_common::stats::median;
use assize_bench_common::table::{Picture, Table};
use clap::{Args, ValueEnum};

use crate::generate::Generated;
use crate::generate::schema::AREAS;
use crate::measure::{Took, took, typical};

/// What is measured.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// A short run: agreement, and rough figures for small packages
    #[arg(long)]
    pub quick: bool,
    /// Only this part
    #[arg(long)]
    pub only: Option<Part>,
    /// Numbers of policies
    #[arg(long, value_delimiter = ',', default_values_t = [100, 1_000, 10_000, 30_000, 100_000])]
    pub policies: Vec<usize>,
    /// Rounds for up to 10,000 policies; larger packages take a third of them
    #[arg(long, default_value_t = 9)]
    pub rounds: usize,
    /// Leave Cedar out of larger packages: it takes minutes
    #[arg(long, default_value_t = 10_000)]
    pub cedar_up_to: usize,
    /// Lines for the formatter
    #[arg(long, default_value_t = 100_000)]
    pub lines: usize,
    /// Areas with actions and policies; all areas together declare 200 types of entities
    #[arg(long, default_value_t = AREAS.len(), value_parser = areas)]
    pub areas: usize,
    /// Another seed gives other packages
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Run one system alone, once for each number of policies, and print its time and peak of memory: for a profiler
    #[arg(long)]
    pub alone: Option<System>,
    /// Write the first package to this folder, with a manifest, and end
    #[arg(long)]
    pub write: Option<PathBuf>,
    /// What comes before these options when this program runs itself
    #[arg(long, hide = true)]
    pub through: Option<String>,
}

/// A part of the benchmark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// Checking, beside Cedar
    Check,
    /// From text to native code
    Native,
    /// 100,000 policies of ten shapes, and 10,000 of as many
    Shapes,
    /// The formatter
    Format,
}

/// Who checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum System {
    /// This project
    Assize,
    /// `cedar-policy`
    Cedar,
}

/// Measures and hands each table over as it is ready.
///
/// # Errors
///
/// If the options ask for what there is not, or a file cannot be written.
pub fn run(options: &Options, mut ready: impl FnMut(Table)) -> Result<(), String> {
    let mut options = options.clone();
    if options.quick {
        options.policies = vec![100, 1_000];
        options.rounds = 3;
        options.lines = 10_000;
    }
    if options.policies.is_empty() || options.policies.contains(&0) || options.rounds == 0 {
        return Err("there must be policies and rounds".to_owned());
    }
    if let Some(system) = options.alone {
        alone(&options, system);
        return Ok(());
    }
    if let Some(folder) = &options.write {
        let package = Generated::new(options.policies[0], options.areas, options.seed);
        return package.write(folder).map_err(|error| format!("{}: {error}", folder.display()));
    }
    let wanted = |part| options.only.is_none_or(|only| only == part);
    if wanted(Part::Shapes) {
        shapes::run(options.quick, &mut ready);
    }
    if wanted(Part::Check) {
        ready(checks(&options));
    }
    if wanted(Part::Native) {
        ready(native::run(&options.policies, options.seed));
    }
    if wanted(Part::Format) {
        ready(format::run(options.lines, options.rounds, options.seed));
    }
    Ok(())
}

fn areas(text: &str) -> Result<usize, String> {
    let range = 1..=AREAS.len();
    let areas = text.parse().ok().filter(|areas| range.contains(areas));
    areas.ok_or_else(|| format!("there are 1 to {}", AREAS.len()))
}

fn checks(options: &Options) -> Table {
    let (sample, requests) = if options.quick { (300, 500) } else { (2_000, 2_000) };
    let Options { areas, seed, .. } = *options;
    let (allowed, deciding) =
        agree::assert_agreement(&Generated::new(sample, areas, seed), areas, requests, seed);
    let columns = [
        ("lines", "lines"),
        ("wall", "ms"),
        ("cpu", "ms"),
        ("cpu each", "us"),
        ("peak", "MiB"),
        ("Cedar cpu", "ms"),
        ("times Cedar", "times"),
        ("Cedar peak", "MiB"),
    ];
    let picture = Picture::Lines(vec!["cpu".into(), "Cedar cpu".into()]);
    let title = format!("checking packages whose actions are over {areas} of {} areas, cold", AREAS.len());
    let mut table = Table::new("compile/check", title, "policies", &columns, picture);
    for &count in &options.policies {
        let package = Generated::new(count, areas, seed);
        let rounds = if count > 10_000 { options.rounds.div_ceil(3) } else { options.rounds };
        let systems = if count > options.cedar_up_to { 1 } else { 2 };
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
        let memory = |system| peak_of(options, system, count);
        let mine = typical(&ours);
        let compared = (!theirs.is_empty()).then(|| {
            let ratios = ours.iter().zip(&theirs).map(|(mine, other)| mine.cpu / other.cpu).collect();
            (typical(&theirs), median(ratios))
        });
        let values = [
            Some(package.lines() as f64),
            Some(mine.wall * 1e3),
            Some(mine.cpu * 1e3),
            Some(mine.cpu * 1e6 / count as f64),
            memory("assize"),
            compared.map(|(time, _)| time.cpu * 1e3),
            compared.map(|(_, ratio)| ratio),
            compared.and_then(|_| memory("cedar")),
        ];
        table.row(count.to_string(), &values);
    }
    table.note(format!(
        "{requests} requests to {sample} policies: both decide alike, {allowed} allowed, {deciding} policies decided some"
    ));
    table
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
fn peak_of(options: &Options, system: &str, count: usize) -> Option<f64> {
    let own = std::env::current_exe().ok()?;
    let (count, areas, seed) = (count.to_string(), options.areas.to_string(), options.seed.to_string());
    let output = Command::new(own)
        .args(&options.through)
        .args(["--alone", system, "--policies", &count, "--areas", &areas, "--seed", &seed])
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.split_whitespace().nth_back(1)?.parse().ok()
}

fn alone(options: &Options, system: System) {
    for &count in &options.policies {
        let mut package = Generated::new(count, options.areas, options.seed);
        // The text of the other language does not count.
        let (name, time) = match system {
            System::Assize => {
                package.cedar_policies = String::new();
                let sources = check::sources(&package);
                package.assize = Vec::new();
                memory::forget_peak();
                let (time, compilation) = took(|| check::assize(sources));
                eprintln!("{} warnings", compilation.counts().1);
                ("assize", time)
            }
            System::Cedar => {
                package.assize = Vec::new();
                memory::forget_peak();
                ("cedar", time_cedar(&package, count))
            }
        };
        let memory = memory::peak().map_or_else(|| "?".to_owned(), |mib| format!("{mib:.1}"));
        println!(
            "{name}, {count} policies: {:.1} ms, {:.1} ms cpu, peak {memory} MiB",
            time.wall * 1e3,
            time.cpu * 1e3
        );
    }
}
