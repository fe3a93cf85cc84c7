//! Data and requests of any size for the applications in `examples/`, the same ones for the same seed.
//!
//! In goes an [`App`], a scale, a number of requests and a seed; out comes NDJSON [`Generated`] text that fits the schema of that
//! application's policies. Tests and benchmarks call [`generate`]; people call the binary of the same name. This crate knows
//! nothing of Assize itself, so what is wrong with an engine cannot be wrong here in the same way.
//!
//! Each application has a file of its name. What they share is how to draw ([`Rng`]), how rows are written (`rows.rs`) and how trees
//! of groups are grown (`forest.rs`).

mod drive;
mod forest;
mod forge;
mod payroll;
mod rng;
mod rows;
mod todo;

use std::fmt;
use std::str::FromStr;

pub use rng::Rng;

/// The time that generated data is made for: ages and ends of grants lie on both sides of it. Milliseconds since
/// 1970-01-01T00:00:00Z; it is 2026-06-01T00:00:00Z.
pub const NOW: i64 = 1_780_272_000_000;

/// An application in `examples/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum App {
    /// Documents and folders.
    Drive,
    /// Organisations and repositories.
    Forge,
    /// Lists and tasks.
    Todo,
    /// Pay runs and payslips.
    Payroll,
}

impl App {
    /// All of them.
    pub const ALL: [App; 4] = [App::Drive, App::Forge, App::Todo, App::Payroll];

    /// The name of its folder in `examples/`.
    pub fn name(self) -> &'static str {
        match self {
            App::Drive => "drive",
            App::Forge => "forge",
            App::Todo => "todo",
            App::Payroll => "payroll",
        }
    }
}

impl fmt::Display for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for App {
    type Err = String;

    fn from_str(name: &str) -> Result<App, String> {
        App::ALL.into_iter().find(|app| app.name() == name).ok_or_else(|| {
            let names: Vec<_> = App::ALL.iter().map(|app| app.name()).collect();
            format!("no application `{name}`: there are {}", names.join(", "))
        })
    }
}

/// What was generated, as NDJSON.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Generated {
    /// Entities, then grant rows.
    pub data: String,
    /// Requests, about half of which are allowed at [`NOW`].
    pub requests: String,
}

/// Generates `scale` entities of each type of `app`, at least 4, grants in proportion, and `requests` requests among them.
///
/// The data depends on `app`, `scale` and `seed` only, not on the number of requests.
pub fn generate(app: App, scale: usize, requests: usize, seed: u64) -> Generated {
    let scale = scale.max(4);
    let mut rng = Rng::new(seed);
    match app {
        App::Drive => application(drive::data, drive::request, scale, requests, &mut rng),
        App::Forge => application(forge::data, forge::request, scale, requests, &mut rng),
        App::Todo => application(todo::data, todo::request, scale, requests, &mut rng),
        App::Payroll => application(payroll::data, payroll::request, scale, requests, &mut rng),
    }
}

/// The data of an application, and requests about what its `data` remembers of it.
fn application<W>(
    data: fn(usize, &mut Rng, &mut Generated) -> W,
    request: fn(&W, &mut Rng, &mut Generated),
    scale: usize,
    requests: usize,
    rng: &mut Rng,
) -> Generated {
    let mut out = Generated::default();
    let world = data(scale, rng, &mut out);
    for _ in 0..requests {
        request(&world, rng, &mut out);
    }
    out
}
