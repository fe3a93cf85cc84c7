//! What is measured: something that decides requests, one after the other.

use std::fmt;
use std::hint::black_box;
use std::str::FromStr;

use assize_bench_common::clock::Stopwatch;

/// What the caller hands over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Boundary {
    /// Every name is resolved, every context is in the engine's own form.
    Ids,
    /// Names as text; contexts are values of the caller's language.
    Names,
    /// One JSON text.
    Json,
}

impl Boundary {
    /// All of them.
    pub const ALL: [Boundary; 3] = [Boundary::Ids, Boundary::Names, Boundary::Json];
}

impl FromStr for Boundary {
    type Err = String;

    fn from_str(name: &str) -> Result<Boundary, String> {
        let found = Boundary::ALL.into_iter().find(|boundary| boundary.to_string() == name);
        found.ok_or_else(|| format!("no boundary `{name}`: there are ids, names and json"))
    }
}

impl fmt::Display for Boundary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Boundary::Ids => "ids",
            Boundary::Names => "names",
            Boundary::Json => "json",
        })
    }
}

/// What an engine decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// Whether the request is allowed.
    Decision,
    /// Whether this policy, a deny, applies.
    Applies(&'static str),
}

/// How many requests an engine decides before its time is taken.
pub const WARM: usize = 4_096;

/// An engine at a boundary, with everything prepared that the boundary says is prepared.
pub trait Engine {
    /// Its name in the results.
    fn name(&self) -> &str;

    /// What it decides.
    fn question(&self) -> Question {
        Question::Decision
    }

    /// What its part of the requests is, if it has not all of them.
    fn part(&self) -> Option<&str> {
        None
    }

    /// The requests that it decides, by their numbers.
    fn numbers(&self) -> &[u32];

    /// Decides the first [`WARM`] of its requests, so that its code and data are in the caches as they are in a service that does
    /// nothing else, whichever engine had its turn before.
    fn warm(&self);

    /// Decides its requests once, in order, and counts what it allowed.
    fn round(&self) -> usize;

    /// Its answer to each of its requests.
    fn decisions(&self) -> Vec<bool>;

    /// How long each single decision took, in nanoseconds, reading the clock included.
    fn each(&self, watch: &Stopwatch, times: &mut Vec<f64>);
}

/// An engine made of prepared requests and a function, so that each loop is compiled for its function.
pub struct Prepared<R, F> {
    /// Its name in the results.
    pub name: &'static str,
    /// What it decides.
    pub question: Question,
    /// See [`Engine::part`].
    pub part: Option<&'static str>,
    /// Which requests these are.
    pub numbers: Vec<u32>,
    /// The requests, in the form that the boundary hands over.
    pub requests: Vec<R>,
    /// The answer to a request.
    pub decide: F,
}

impl<R, F: Fn(&R) -> bool> Prepared<R, F> {
    /// An engine that decides all requests.
    pub fn new(name: &'static str, requests: Vec<R>, decide: F) -> Self {
        let numbers = (0..requests.len() as u32).collect();
        Prepared { name, question: Question::Decision, part: None, numbers, requests, decide }
    }

    /// The first so many of them: what is slow need not decide all. Requests are in random order.
    pub fn at_most(mut self, count: usize) -> Self {
        self.numbers.truncate(count);
        self.requests.truncate(count);
        self
    }
}

impl<R, F: Fn(&R) -> bool> Engine for Prepared<R, F> {
    fn name(&self) -> &str {
        self.name
    }

    fn question(&self) -> Question {
        self.question
    }

    fn part(&self) -> Option<&str> {
        self.part
    }

    fn numbers(&self) -> &[u32] {
        &self.numbers
    }

    fn warm(&self) {
        for request in self.requests.iter().take(WARM) {
            black_box((self.decide)(black_box(request)));
        }
    }

    fn round(&self) -> usize {
        self.requests.iter().map(|request| usize::from(black_box((self.decide)(black_box(request))))).sum()
    }

    fn decisions(&self) -> Vec<bool> {
        self.requests.iter().map(|request| (self.decide)(request)).collect()
    }

    fn each(&self, watch: &Stopwatch, times: &mut Vec<f64>) {
        times.extend(self.requests.iter().map(|request| {
            let (answer, time) = watch.time(|| (self.decide)(black_box(request)));
            black_box(answer);
            time
        }));
    }
}
