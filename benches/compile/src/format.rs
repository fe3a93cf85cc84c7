//! The formatter on many lines: already formatted, and all of them laid out differently.

use assize_bench_common::table::{Picture, Table};

use crate::generate::Generated;
use crate::generate::schema::AREAS;
use crate::measure::{took, typical};

/// Formats `lines` lines, formatted and not.
///
/// # Panics
///
/// If the formatter refuses a declaration, or its result changes when formatted again.
pub fn run(lines: usize, rounds: usize, seed: u64) -> Table {
    let package = Generated::new(lines / 5, AREAS.len(), seed);
    let joined: String = package.assize.iter().map(|(_, text)| format!("{text}\n")).collect();
    let end = joined.match_indices('\n').nth(lines.saturating_sub(1)).map_or(joined.len(), |(at, _)| at + 1);
    // One file, as nobody has: what the formatter cannot divide among files.
    let tidy = assize_lang::format(&joined[..end]);
    assert!(tidy.refused.is_empty(), "refused: {:?}", tidy.refused);
    let untidy: String = tidy.text.split_inclusive('\n').map(untidy).collect();
    let columns = [("wall", "ms"), ("cpu", "ms"), ("MB/s", "MB/s")];
    let title = format!("formatting {} lines", tidy.text.lines().count());
    let mut table = Table::new("compile/format", title, "text", &columns, Picture::Bars("cpu".into()));
    for (name, text) in [("formatted", &tidy.text), ("untidy", &untidy)] {
        let times: Vec<_> = (0..rounds)
            .map(|_| {
                let (time, formatted) = took(|| assize_lang::format(text));
                assert!(formatted.text == tidy.text, "one text has one format");
                time
            })
            .collect();
        let time = typical(&times);
        let speed = text.len() as f64 / time.wall / 1e6;
        table.row(name, &[Some(time.wall * 1e3), Some(time.cpu * 1e3), Some(speed)]);
    }
    table
}

/// A line of the true format as a hasty person leaves it.
fn untidy(line: &str) -> String {
    if line.starts_with("///") {
        return line.to_owned();
    }
    line.replace(" == ", "==").replace(", ", " ,").replace("  when", "      when")
}
