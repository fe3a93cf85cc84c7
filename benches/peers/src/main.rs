//! `peers`: how long a decision takes in Assize, in hand-written Rust and in Cedar, on the same policies, data and requests.
//!
//! For each application the data and 64 K shuffled requests are generated ([`store`]), every engine is built from them
//! ([`hand`], [`cedar`]), all must agree on every request, and then they are timed in interleaved rounds ([`measure`]).
//! Ratios are what counts: times on shared machines drift, and all engines drift together.

mod cedar;
mod engine;
mod hand;
mod measure;
mod report;
mod store;

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::rc::Rc;

use assize_examples::{App, NOW};
use clap::Parser;

use crate::cedar::Cedar;
use crate::engine::{Engine, Prepared};
use crate::hand::{Subjects, drive, forge};
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
        let engines = ids(&store);
        let allowed = measure::assert_agreement(&store, "ids", &engines);
        let measured = measure::measure(&engines, rounds, requests, allowed, "hand-bits", "cedar");
        let section =
            report::Section { app, scale: store.scale, boundary: "ids", requests, allowed, measured };
        println!("{}", report::table(&section));
        rows += &report::rows(&section);
    }
    if let Some(file) = arguments.out
        && let Err(error) = fs::write(&file, rows)
    {
        eprintln!("error: cannot write {}: {error}", file.display());
        return ExitCode::from(2);
    }
    ExitCode::SUCCESS
}

/// Engines at the ids boundary: every name is resolved and every context is in the engine's own form.
fn ids(store: &Store) -> Vec<Box<dyn Engine>> {
    let groups = if store.app == App::Forge { "Team" } else { "Group" };
    let mut engines = match Subjects::new(store, groups).words() {
        ..=2 => by_hand::<2>(store),
        _ => by_hand::<4>(store),
    };
    let cedar = Cedar::new(store, NOW);
    engines.push(Box::new(Prepared {
        name: "cedar",
        requests: cedar::requests(store, NOW),
        decide: move |request: &_| cedar.decide(request),
    }));
    engines
}

/// The two hand-written engines, with sets of `W` words.
fn by_hand<const W: usize>(store: &Store) -> Vec<Box<dyn Engine>> {
    if store.app == App::Forge {
        let branches = Rc::new(forge::Branches::new(store));
        let requests = forge::requests(store, &branches);
        let bits = forge::bits::Forge::<W>::new(store, &branches, NOW);
        let rows = forge::rows::Forge::<W>::new(store, &branches);
        vec![
            Box::new(Prepared {
                name: "hand-bits",
                requests: requests.clone(),
                decide: move |request: &_| bits.decide(request, NOW),
            }),
            Box::new(Prepared {
                name: "hand-rows",
                requests,
                decide: move |request: &_| rows.decide(request, NOW),
            }),
        ]
    } else {
        let requests = drive::requests(store);
        let bits = drive::bits::Drive::<W>::new(store, NOW);
        let rows = drive::rows::Drive::<W>::new(store);
        vec![
            Box::new(Prepared {
                name: "hand-bits",
                requests: requests.clone(),
                decide: move |request: &_| bits.decide(request, NOW),
            }),
            Box::new(Prepared {
                name: "hand-rows",
                requests,
                decide: move |request: &_| rows.decide(request, NOW),
            }),
        ]
    }
}
