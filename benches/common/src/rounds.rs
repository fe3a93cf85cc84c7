//! Interleaved rounds: every contender does its work once in each, and each round begins with another one, so that a machine that
//! drifts slows all of them alike.

use std::hint::black_box;

use crate::clock::thread_time;
use crate::stats::{median, median_ratio};

/// Something that decides requests.
pub struct Contender<'a> {
    /// Its name in the results.
    pub name: String,
    /// How many requests it decides at a time.
    pub requests: usize,
    /// Decides them, and counts what it allowed.
    pub run: Box<dyn Fn() -> usize + 'a>,
}

impl<'a> Contender<'a> {
    /// See the fields.
    pub fn new(name: &str, requests: usize, run: impl Fn() -> usize + 'a) -> Self {
        Contender { name: name.to_owned(), requests, run: Box::new(run) }
    }
}

/// Times of one request, in nanoseconds of the thread's time: for each contender one for each round.
pub struct Times(Vec<Vec<f64>>);

impl Times {
    /// Runs the rounds.
    pub fn measure(contenders: &[Contender<'_>], rounds: usize) -> Times {
        let mut times = vec![Vec::with_capacity(rounds); contenders.len()];
        for round in 0..rounds {
            for turn in 0..contenders.len() {
                let at = (round + turn) % contenders.len();
                let start = thread_time();
                black_box((contenders[at].run)());
                times[at].push((thread_time() - start) / contenders[at].requests as f64);
            }
        }
        Times(times)
    }

    /// The median of a contender.
    pub fn of(&self, contender: usize) -> f64 {
        median(self.0[contender].clone())
    }

    /// The median over the rounds of one contender's time divided by the other's.
    pub fn ratio(&self, contender: usize, to: usize) -> f64 {
        median_ratio(&self.0[contender], &self.0[to])
    }
}
