//! How long a decision takes in Assize, in hand-written Rust and in other engines, on the same policies, data and requests.
//!
//! For each application the data and 64 K shuffled requests are generated ([`store`]), every engine is built from them
//! ([`hand`], [`cedar`], [`rego`], [`cel`], [`casbin`], [`ours`], put together in [`lineup`]), all must answer each request as our interpreter
//! does, and then they are timed in interleaved rounds ([`measure`]). Ratios are what counts: times on shared machines drift, and
//! all engines drift together.

mod app;
mod casbin;
mod cedar;
mod cel;
mod engine;
mod facts;
mod hand;
mod lineup;
mod measure;
mod ours;
mod rego;
mod report;
mod store;
mod wire;

use assize_bench_common::clock::Stopwatch;
use assize_bench_common::table::Table;
use assize_examples::App;
use clap::Args;

pub use crate::engine::Boundary;
use crate::measure::Truth;
use crate::report::Place;
use crate::store::Store;

/// What is measured.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// A short run that shows agreement and rough ratios
    #[arg(long)]
    pub quick: bool,
    /// Entities of each type, at most 128
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u64).range(4..=128))]
    pub scale: u64,
    /// Only this application: drive, forge or todo
    #[arg(long)]
    pub app: Option<App>,
    /// Only this boundary: ids, names or json
    #[arg(long)]
    pub boundary: Option<Boundary>,
    /// Only engines whose name begins so, beside those by hand and `cedar`
    #[arg(long, value_name = "ENGINE")]
    pub engine: Option<String>,
    /// Run this engine alone, as a profiler wants it, and print its times only
    #[arg(long, value_name = "ENGINE")]
    pub alone: Option<String>,
    /// Run this engine, ours or by hand, for callgrind: after it has warmed up, it decides all requests in a function `counted`
    #[arg(long, value_name = "ENGINE")]
    pub count: Option<String>,
    /// Another seed gives other data and requests
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

/// The applications that are written for every engine.
pub const APPS: [App; 3] = [App::Drive, App::Forge, App::Todo];

/// Whose single decisions are timed.
const TAILS: [&str; 4] = ["hand-bits", "cedar", "regorus", "assize-jit"];

/// Measures and hands each table over as it is ready.
///
/// # Errors
///
/// If the options ask for what there is not.
pub fn run(options: &Options, mut ready: impl FnMut(Table)) -> Result<(), String> {
    let (rounds, requests) = if options.quick { (3, 4096) } else { (15, 65_536) };
    if let Some(app) = options.app.filter(|app| !APPS.contains(app)) {
        return Err(format!("{app} is not written for other engines; there are drive, forge and todo"));
    }
    for app in APPS.into_iter().filter(|app| options.app.is_none_or(|only| only == *app)) {
        let store = Store::generate(app, options.scale as usize, requests, options.seed);
        if let Some(name) = &options.count {
            let boundaries = Boundary::ALL.into_iter();
            for boundary in
                boundaries.filter(|boundary| options.boundary.is_none_or(|only| only == *boundary))
            {
                count(&store, boundary, name)?;
            }
            continue;
        }
        let truth = Truth::new(&store);
        for boundary in Boundary::ALL {
            if options.boundary.is_some_and(|only| only != boundary) {
                continue;
            }
            let mut engines = lineup::engines(&store, boundary);
            if let Some(name) = &options.alone {
                let engine = engines.iter().find(|engine| engine.name() == name);
                let engine = engine.ok_or_else(|| format!("there is no engine {name}"))?;
                let ns = measure::alone(engine.as_ref(), 20 * rounds);
                println!("{app}, {boundary} in, {name} alone: {ns:.1} ns/decision");
                continue;
            }
            if let Some(only) = &options.engine {
                engines.retain(|engine| {
                    engine.name() == "cedar"
                        || engine.name().starts_with("hand-")
                        || engine.name().starts_with(only.as_str())
                });
            }
            let allowed: Vec<usize> =
                engines.iter().map(|engine| truth.assert_agrees(&store, boundary, engine.as_ref())).collect();
            let (hand, measured) = measure::measure(&engines, boundary, &allowed, rounds);
            let place = Place { app, scale: store.scale, boundary };
            ready(report::decisions(place, truth.counts(), hand, &measured));
            engines.retain(|engine| TAILS.contains(&engine.name()));
            let watch = Stopwatch::new();
            ready(report::tails(place, watch.overhead, &measure::tails(&engines, rounds, &watch)));
        }
    }
    Ok(())
}

/// So many rounds before instructions are counted: tables are made little by little.
const WARM_UP: usize = 4;

/// One engine alone, and no other is built: what counts instructions is fifty times as slow.
fn count(store: &Store, boundary: Boundary, name: &str) -> Result<(), String> {
    let engines = lineup::own(store, boundary);
    let engine = engines.iter().find(|engine| engine.name() == name);
    let engine = engine.ok_or_else(|| format!("there is no engine {name} that is ours or by hand"))?;
    for _ in 0..WARM_UP {
        engine.round();
    }
    let allowed = measure::counted(engine.as_ref());
    let decided = engine.numbers().len();
    println!("{}, {boundary} in, {name}: {decided} decisions, {allowed} of them allow", store.app);
    Ok(())
}
