//! `peers`: how long a decision takes in Assize, in hand-written Rust and in Cedar, on the same policies, data and requests.
//!
//! For each application the data and 64 K shuffled requests are generated ([`store`]), every engine is built from them
//! ([`hand`], [`cedar`], put together in [`lineup`]), all must agree on every request, and then they are timed in interleaved rounds ([`measure`]).
//! Ratios are what counts: times on shared machines drift, and all engines drift together.

mod cedar;
mod engine;
mod hand;
mod lineup;
mod measure;
mod ours;
mod report;
mod store;
mod wire;

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use assize_examples::App;
use clap::Parser;

use crate::engine::Boundary;
use crate::store::Store;

/// Times decisions of Assize, hand-written Rust and Cedar on the same policies, data and requests.
#[derive(Parser)]
#[command(name = "peers")]
struct Arguments {
    /// A short run that shows agreement and rough ratios
    #[arg(long)]
    quick: bool,
    /// Entities of each type, at most 128
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u64).range(4..=128))]
    scale: u64,
    /// Only this application: forge or drive
    #[arg(long)]
    app: Option<App>,
    /// Only this boundary: ids, names or json
    #[arg(long)]
    boundary: Option<Boundary>,
    /// Run this engine alone, as a profiler wants it, and print its times only
    #[arg(long, value_name = "ENGINE")]
    alone: Option<String>,
    /// Another seed gives other data and requests
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// A file to write NDJSON rows to
    #[arg(long)]
    out: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let apps = match arguments.app {
        Some(app @ (App::Forge | App::Drive)) => vec![app],
        Some(app) => {
            eprintln!("error: {app} is not written by hand and in Cedar; there are forge and drive");
            return ExitCode::from(2);
        }
        None => vec![App::Forge, App::Drive],
    };
    let (rounds, requests) = if arguments.quick { (3, 4096) } else { (15, 65_536) };
    let mut rows = String::new();
    for app in apps {
        let store = Store::generate(app, arguments.scale as usize, requests, arguments.seed);
        for boundary in Boundary::ALL {
            if arguments.boundary.is_some_and(|only| only != boundary) {
                continue;
            }
            let engines = lineup::engines(&store, boundary);
            if let Some(name) = &arguments.alone {
                match engines.iter().find(|engine| engine.name() == name) {
                    Some(engine) => {
                        let ns = measure::alone(engine.as_ref(), 20 * rounds, requests);
                        println!("{app}, {boundary} in, {name} alone: {ns:.1} ns/decision");
                    }
                    None => eprintln!("{app}, {boundary} in: there is no engine {name}"),
                }
                continue;
            }
            let allowed = measure::assert_agreement(&store, boundary, &engines);
            let measured = measure::measure(&engines, rounds, requests, allowed, "hand-bits", "cedar");
            let section = report::Section { app, scale: store.scale, boundary, requests, allowed, measured };
            println!("{}", report::table(&section));
            rows += &report::rows(&section);
        }
    }
    if let Some(file) = arguments.out
        && let Err(error) = fs::write(&file, rows)
    {
        eprintln!("error: cannot write {}: {error}", file.display());
        return ExitCode::from(2);
    }
    ExitCode::SUCCESS
}
