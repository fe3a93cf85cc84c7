//! Agreement first, then interleaved rounds.

use std::hint::black_box;

use rustix::time::{ClockId, clock_gettime};

use crate::engine::{Boundary, Engine};
use crate::store::Store;

/// What was measured of an engine.
pub struct Measured {
    /// Its name.
    pub engine: String,
    /// Median over the rounds, per request, in nanoseconds.
    pub ns: f64,
    /// Its time divided by that of the hand-written engine, median over the rounds.
    pub ratio_to_hand: f64,
    /// Its time divided by that of Cedar, median over the rounds.
    pub ratio_to_cedar: f64,
}

/// Every engine must decide every request as the first one does.
///
/// # Panics
///
/// With the first request on which two differ: a time of an engine that decides something else means nothing.
pub fn assert_agreement(store: &Store, boundary: Boundary, engines: &[Box<dyn Engine + '_>]) -> usize {
    let first = engines[0].decisions();
    for engine in &engines[1..] {
        let other = engine.decisions();
        assert_eq!(first.len(), other.len(), "{} decides another number of requests", engine.name());
        for ((a, b), request) in first.iter().zip(&other).zip(&store.requests) {
            assert!(
                a == b,
                "{} at boundary {boundary}: {} says {}, {} says {}, on\n{}",
                store.app,
                engines[0].name(),
                word(*a),
                engine.name(),
                word(*b),
                request.json,
            );
        }
    }
    first.into_iter().filter(|allowed| *allowed).count()
}

fn word(allowed: bool) -> &'static str {
    if allowed { "allow" } else { "deny" }
}

/// Times `rounds` rounds. In each, every engine decides every request once, and each round begins with another engine, so that
/// a machine that drifts slows all of them alike.
pub fn measure(
    engines: &[Box<dyn Engine + '_>],
    rounds: usize,
    requests: usize,
    allowed: usize,
    hand: &str,
    cedar: &str,
) -> Vec<Measured> {
    let mut times = vec![Vec::with_capacity(rounds); engines.len()];
    for round in 0..rounds {
        for turn in 0..engines.len() {
            let at = (round + turn) % engines.len();
            let start = processor_time();
            let count = engines[at].round();
            times[at].push((processor_time() - start) / requests as f64);
            assert_eq!(count, allowed, "{} changed its mind", engines[at].name());
        }
    }
    let position = |name: &str| {
        engines.iter().position(|engine| engine.name() == name).expect("the reference takes part")
    };
    let (hand, cedar) = (position(hand), position(cedar));
    let ratio = |at: usize, to: usize| median(times[at].iter().zip(&times[to]).map(|(a, b)| a / b).collect());
    engines
        .iter()
        .enumerate()
        .map(|(at, engine)| Measured {
            engine: engine.name().to_string(),
            ns: median(times[at].clone()),
            ratio_to_hand: ratio(at, hand),
            ratio_to_cedar: ratio(at, cedar),
        })
        .collect()
}

/// Median time of one engine over `rounds` rounds, per request, in nanoseconds; nothing else runs in between.
pub fn alone(engine: &dyn Engine, rounds: usize, requests: usize) -> f64 {
    let times = (0..rounds).map(|_| {
        let start = processor_time();
        black_box(engine.round());
        (processor_time() - start) / requests as f64
    });
    median(times.collect())
}

/// How long this thread has run, in nanoseconds. Waiting for a processor is left out: on a machine that others use, it would hit
/// long rounds and spare short ones.
fn processor_time() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] } else { (values[middle - 1] + values[middle]) / 2.0 }
}
