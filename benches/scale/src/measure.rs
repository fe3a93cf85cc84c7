//! Interleaved rounds over the same requests.

use std::hint::black_box;

use rustix::time::{ClockId, clock_gettime};

use crate::case::{Decide, Request};

/// Median times of one request for each engine, in nanoseconds: in each round every engine decides its requests once, and each round begins
/// with another engine, so that a machine that drifts slows all of them alike.
pub fn measure(engines: &[(&Decide, &[Request])], rounds: usize) -> Vec<f64> {
    let mut times = vec![Vec::with_capacity(rounds); engines.len()];
    for round in 0..rounds {
        for turn in 0..engines.len() {
            let at = (round + turn) % engines.len();
            let (decide, requests) = engines[at];
            let start = processor_time();
            let allowed = requests.iter().filter(|request| decide(**request)).count();
            times[at].push((processor_time() - start) / requests.len() as f64);
            black_box(allowed);
        }
    }
    times.into_iter().map(median).collect()
}

/// How long this thread has run, in nanoseconds.
fn processor_time() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
