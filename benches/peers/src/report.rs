//! From what was measured to tables.

use assize_bench_common::table::{Picture, Table};
use assize_examples::App;

use crate::engine::Boundary;
use crate::measure::{Measured, Tail};

/// At which boundary of which application.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The application.
    pub app: App,
    /// Entities of each type.
    pub scale: usize,
    /// What the caller hands over.
    pub boundary: Boundary,
}

/// The table of all engines.
pub fn decisions(
    place: Place,
    (requests, allowed): (usize, usize),
    hand: &str,
    measured: &[Measured],
) -> Table {
    let Place { app, scale, boundary } = place;
    let share = 100.0 * allowed as f64 / requests as f64;
    let title = format!("{app} at scale {scale}, {boundary} in: {requests} requests, {share:.0}% allowed");
    let columns = [("ns/decision", "ns"), ("times hand", "times"), ("ahead of Cedar", "times")];
    let picture = Picture::Bars("ns/decision".into());
    let mut table = Table::new(format!("peers/{app}/{boundary}"), title, "engine", &columns, picture);
    table.note(format!("times hand: beside {hand}"));
    for row in measured {
        table.row(&row.engine, &[Some(row.ns), Some(row.ratio_to_hand), Some(row.ahead_of_cedar)]);
        let all = if row.requests < requests { format!("{} requests", row.requests) } else { String::new() };
        match &row.part {
            Some(part) => table.note(format!("{}: {all}, {part}", row.engine)),
            None if all.is_empty() => {}
            None => table.note(format!("{}: {all}", row.engine)),
        }
    }
    table
}

/// The table of single decisions.
pub fn tails(place: Place, overhead: f64, tails: &[Tail]) -> Table {
    let Place { app, scale, boundary } = place;
    let title = format!("{app} at scale {scale}, {boundary} in: single decisions");
    let columns = [("p50", "ns"), ("p99", "ns"), ("p99.9", "ns"), ("longest", "ns")];
    let picture = Picture::Groups(vec!["p50".into(), "p99".into(), "p99.9".into()]);
    let mut table = Table::new(format!("tails/{app}/{boundary}"), title, "engine", &columns, picture);
    for tail in tails {
        table.row(&tail.engine, &tail.at.map(Some));
    }
    let decisions: Vec<String> =
        tails.iter().map(|tail| format!("{} {}", tail.engine, tail.decisions)).collect();
    table.note(format!("decisions timed: {}", decisions.join(", ")));
    table.note(format!("reading the clock costs {overhead:.0} ns, which are taken off"));
    table
}
