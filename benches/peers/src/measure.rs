//! Agreement first, then interleaved rounds, then single decisions.

use std::hint::black_box;

use assize_bench_common::clock::{Stopwatch, thread_time};
use assize_bench_common::stats::{median, median_ratio, percentile, sorted};

use crate::engine::{Boundary, Engine, Question};
use crate::ours;
use crate::store::Store;

/// What was measured of an engine.
pub struct Measured {
    /// Its name.
    pub engine: String,
    /// What part of the requests it decides, if not all.
    pub part: Option<String>,
    /// How many requests it decides in a round.
    pub requests: usize,
    /// Median over the rounds, per request, in nanoseconds.
    pub ns: f64,
    /// Its time divided by that of the hand-written engine ([`baseline`]), median over the rounds.
    pub ratio_to_hand: f64,
    /// The time of Cedar divided by its own, median over the rounds.
    pub ahead_of_cedar: f64,
}

/// What the interpreter of Assize says to each request: the truth.
pub struct Truth {
    allowed: Vec<bool>,
    /// Ids of the determining policies.
    policies: Vec<Vec<String>>,
}

impl Truth {
    /// Decides all requests.
    pub fn new(store: &Store) -> Truth {
        let (allowed, policies) = ours::reports(store).into_iter().unzip();
        Truth { allowed, policies }
    }

    /// How many requests there are, and how many of them are allowed.
    pub fn counts(&self) -> (usize, usize) {
        (self.allowed.len(), self.allowed.iter().filter(|allowed| **allowed).count())
    }

    fn answer(&self, question: Question, number: usize) -> bool {
        match question {
            Question::Decision => self.allowed[number],
            Question::Applies(policy) => {
                !self.allowed[number] && self.policies[number].iter().any(|applied| applied == policy)
            }
        }
    }

    /// The engine must answer each of its requests as the interpreter does. Returns to how many the answer is yes.
    ///
    /// # Panics
    ///
    /// With the first request on which they differ: a time of an engine that decides something else means nothing.
    pub fn assert_agrees(&self, store: &Store, boundary: Boundary, engine: &dyn Engine) -> usize {
        let answers = engine.decisions();
        assert!(!answers.is_empty(), "{} decides nothing", engine.name());
        assert_eq!(
            answers.len(),
            engine.numbers().len(),
            "{} decides another number of requests",
            engine.name()
        );
        for (answer, number) in answers.iter().zip(engine.numbers()) {
            let number = *number as usize;
            let expected = self.answer(engine.question(), number);
            assert!(
                *answer == expected,
                "{} at boundary {boundary}: {} says {answer}, the interpreter {expected} ({:?}), on\n{}",
                store.app,
                engine.name(),
                self.policies[number],
                store.requests[number].json,
            );
        }
        answers.into_iter().filter(|answer| *answer).count()
    }
}

/// Which engine the ratios are to: with ids in, the one without branches; else the quicker one of those that are written by hand, since both
/// spend most of their time on names and text.
fn baseline(engines: &[Box<dyn Engine + '_>], boundary: Boundary, times: &[Vec<f64>]) -> usize {
    let by_hand = (0..engines.len()).filter(|at| match boundary {
        Boundary::Ids => engines[*at].name() == "hand-bits",
        Boundary::Names | Boundary::Json => engines[*at].name().starts_with("hand-"),
    });
    let quickest =
        by_hand.min_by(|one, other| median(times[*one].clone()).total_cmp(&median(times[*other].clone())));
    quickest.expect("code written by hand takes part")
}

/// Times `rounds` rounds. In each, every engine decides its requests once, and each round begins with another engine, so that
/// a machine that drifts slows all of them alike.
///
/// Returns the name of the engine that the ratios are to, and what was measured of each.
pub fn measure<'a>(
    engines: &'a [Box<dyn Engine + '_>],
    boundary: Boundary,
    allowed: &[usize],
    rounds: usize,
) -> (&'a str, Vec<Measured>) {
    let mut times = vec![Vec::with_capacity(rounds); engines.len()];
    for round in 0..rounds {
        for turn in 0..engines.len() {
            let at = (round + turn) % engines.len();
            engines[at].warm();
            let start = thread_time();
            let count = engines[at].round();
            times[at].push((thread_time() - start) / engines[at].numbers().len() as f64);
            assert_eq!(count, allowed[at], "{} changed its mind", engines[at].name());
        }
    }
    let hand = baseline(engines, boundary, &times);
    let cedar = engines.iter().position(|engine| engine.name() == "cedar").expect("Cedar takes part");
    let measured = engines
        .iter()
        .enumerate()
        .map(|(at, engine)| Measured {
            engine: engine.name().to_string(),
            part: engine.part().map(str::to_owned),
            requests: engine.numbers().len(),
            ns: median(times[at].clone()),
            ratio_to_hand: median_ratio(&times[at], &times[hand]),
            ahead_of_cedar: median_ratio(&times[cedar], &times[at]),
        })
        .collect();
    (engines[hand].name(), measured)
}

/// Median time of one engine over `rounds` rounds, per request, in nanoseconds; nothing else runs in between.
pub fn alone(engine: &dyn Engine, rounds: usize) -> f64 {
    engine.warm();
    let times = (0..rounds).map(|_| {
        let start = thread_time();
        black_box(engine.round());
        (thread_time() - start) / engine.numbers().len() as f64
    });
    median(times.collect())
}

/// One round. Has a name that tools find, whatever is inlined around it.
#[inline(never)]
pub fn counted(engine: &dyn Engine) -> usize {
    engine.round()
}

/// How long single decisions take, in nanoseconds; what reading the clock costs is taken off.
pub struct Tail {
    /// Its name.
    pub engine: String,
    /// At these parts of all decisions: [`PERCENTILES`], and the longest.
    pub at: [f64; 4],
    /// How many decisions were timed.
    pub decisions: usize,
}

/// See [`Tail`].
pub const PERCENTILES: [f64; 3] = [50.0, 99.0, 99.9];

/// Times single decisions in interleaved rounds.
pub fn tails(engines: &[Box<dyn Engine + '_>], rounds: usize, watch: &Stopwatch) -> Vec<Tail> {
    let mut times = vec![Vec::new(); engines.len()];
    for round in 0..rounds {
        for turn in 0..engines.len() {
            let at = (round + turn) % engines.len();
            engines[at].warm();
            engines[at].each(watch, &mut times[at]);
        }
    }
    let tails = engines.iter().zip(times).map(|(engine, times)| {
        let decisions = times.len();
        let times = sorted(times.into_iter().map(|time| (time - watch.overhead).max(0.0)).collect());
        let [half, most, nearly] = PERCENTILES.map(|percent| percentile(&times, percent));
        let at = [half, most, nearly, percentile(&times, 100.0)];
        Tail { engine: engine.name().to_string(), at, decisions }
    });
    tails.collect()
}
