//! The formatter on many lines: already formatted, and all of them laid out differently.

use crate::generate::Generated;
use crate::generate::schema::AREAS;
use crate::measure::{took, typical};

/// Formats `lines` lines, formatted and not, and prints how long it took.
///
/// # Panics
///
/// If the formatter refuses a declaration, or its result changes when formatted again.
pub fn run(lines: usize, rounds: usize, seed: u64) {
    let package = Generated::new(lines / 5, AREAS.len(), seed);
    let joined: String = package.assize.iter().map(|(_, text)| format!("{text}\n")).collect();
    let end = joined.match_indices('\n').nth(lines.saturating_sub(1)).map_or(joined.len(), |(at, _)| at + 1);
    // One file, as nobody has: what the formatter cannot divide among files.
    let tidy = assize_lang::format(&joined[..end]);
    assert!(tidy.refused.is_empty(), "refused: {:?}", tidy.refused);
    let untidy: String = tidy.text.split_inclusive('\n').map(untidy).collect();
    println!("format {:>9} {:>12} {:>11} {:>11} {:>9}", "lines", "input", "ms", "cpu ms", "MB/s");
    for (name, text) in [("formatted", &tidy.text), ("untidy", &untidy)] {
        let times: Vec<_> = (0..rounds)
            .map(|_| {
                let (time, formatted) = took(|| assize_lang::format(text));
                assert!(formatted.text == tidy.text, "one text has one format");
                time
            })
            .collect();
        let time = typical(&times);
        println!(
            "       {:>9} {name:>12} {:>11.1} {:>11.1} {:>9.1}",
            text.lines().count(),
            time.wall * 1e3,
            time.cpu * 1e3,
            text.len() as f64 / time.wall / 1e6,
        );
    }
    println!();
}

/// A line of the true format as a hasty person leaves it.
fn untidy(line: &str) -> String {
    if line.starts_with("///") {
        return line.to_owned();
    }
    line.replace(" == ", "==").replace(", ", " ,").replace("  when", "      when")
}
