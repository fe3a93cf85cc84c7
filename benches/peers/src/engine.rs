//! What is measured: something that decides all requests, one after the other.

use std::fmt;
use std::hint::black_box;
use std::str::FromStr;

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
