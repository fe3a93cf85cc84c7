//! What is measured: something that decides all requests, one after the other.

use std::hint::black_box;

/// An engine at a boundary, with everything prepared that the boundary says is prepared.
pub trait Engine {
    /// Its name in the results.
    fn name(&self) -> &str;

    /// Decides every request once, in order, and counts what it allowed.
    fn round(&self) -> usize;

    /// Whether each request is allowed.
    fn decisions(&self) -> Vec<bool>;
}

/// An engine made of prepared requests and a function, so that each loop is compiled for its function.
pub struct Prepared<R, F> {
    /// Its name in the results.
    pub name: &'static str,
    /// All requests, in the form that the boundary hands over.
    pub requests: Vec<R>,
    /// Whether a request is allowed.
    pub decide: F,
}

impl<R, F: Fn(&R) -> bool> Engine for Prepared<R, F> {
    fn name(&self) -> &str {
        self.name
    }

    fn round(&self) -> usize {
        self.requests.iter().map(|request| usize::from(black_box((self.decide)(black_box(request))))).sum()
    }

    fn decisions(&self) -> Vec<bool> {
        self.requests.iter().map(|request| (self.decide)(request)).collect()
    }
}
