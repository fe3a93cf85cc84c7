//! The table for people and the rows for machines.

use std::fmt::Write;

use assize_examples::App;
use serde_json::json;

use crate::engine::Boundary;
use crate::measure::Measured;

/// What was measured, at which boundary of which application.
pub struct Section {
    /// The application.
    pub app: App,
    /// Entities of each type.
    pub scale: usize,
    /// What the caller hands over.
    pub boundary: Boundary,
    /// How many requests were decided in each round, and how many of them were allowed.
    pub requests: usize,
    /// See `requests`.
    pub allowed: usize,
    /// The engines.
    pub measured: Vec<Measured>,
}

/// A table of one section.
pub fn table(section: &Section) -> String {
    let Section { app, scale, boundary, requests, allowed, measured } = section;
    let share = 100.0 * *allowed as f64 / *requests as f64;
    let mut text =
        format!("{app} at scale {scale}, {boundary} in: {requests} requests, {share:.0}% allowed\n");
    let _ = writeln!(
        text,
        "  {:<20} {:>12} {:>14} {:>16}",
        "engine", "ns/decision", "times by hand", "Cedar takes"
    );
    for Measured { engine, ns, ratio_to_hand, ratio_to_cedar } in measured {
        let cedar = format!("{:.1} times it", 1.0 / ratio_to_cedar);
        let _ = writeln!(text, "  {engine:<20} {ns:>12.1} {ratio_to_hand:>14.2} {cedar:>16}");
    }
    text
}

/// NDJSON rows of one section. Both ratios are this engine's time divided by the other's.
pub fn rows(section: &Section) -> String {
    let mut text = String::new();
    for Measured { engine, ns, ratio_to_hand, ratio_to_cedar } in &section.measured {
        let row = json!({
            "app": section.app.name(),
            "scale": section.scale,
            "boundary": section.boundary.to_string(),
            "engine": engine,
            "ns": rounded(*ns),
            "ratio_to_hand": rounded(*ratio_to_hand),
            "ratio_to_cedar": rounded(*ratio_to_cedar),
        });
        let _ = writeln!(text, "{row}");
    }
    text
}

/// Four significant digits, which is more than the measurement can bear.
fn rounded(value: f64) -> f64 {
    format!("{value:.3e}").parse().unwrap_or(value)
}
