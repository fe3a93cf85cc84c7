//! The index of diagnostics, from the table in `lang/src/codes.rs`.

use std::fmt::Write as _;

use assize_lang::codes;

use super::{GENERATED, cell};
use crate::book::root;

const HEAD: &str = "# Diagnostics

Every error and warning has a code that keeps its meaning. `assize explain` lists them all, `assize explain CODE` prints the page of one.
An error stops the whole package: nothing is decided with it. A warning does not, unless `check -D` says so; `[lints]` in [`assize.toml`](packages.md)
sets its level, and `@allow(\"W0201\")` above a declaration silences it there.

| range | about |
|---|---|
";

/// The page.
pub fn page() -> String {
    let mut page = format!("{GENERATED}{HEAD}");
    for (range, about) in ranges() {
        writeln!(page, "| {range} | {about} |").expect("a text");
    }
    for (range, about) in ranges() {
        let prefix = range.trim_end_matches('x');
        write!(page, "\n## {range}: {about}\n\n| code | what it says |\n|---|---|\n").expect("a text");
        for info in codes::ALL.iter().filter(|info| info.code.0.starts_with(prefix)) {
            let code = info.code.0;
            let title = cell(info.title);
            if root().join(format!("docs/diagnostics/{code}.md")).exists() {
                writeln!(page, "| [{code}](../diagnostics/{code}.md) | {title} |").expect("a text");
            } else {
                writeln!(page, "| {code} | {title} |").expect("a text");
            }
        }
    }
    page
}

/// The ranges of codes with what they are about, as the head of the table has them.
fn ranges() -> Vec<(String, String)> {
    let source = std::fs::read_to_string(root().join("lang/src/codes.rs")).expect("the table");
    let rows = source.lines().filter_map(|line| line.strip_prefix("//! | "));
    let cells = rows.filter_map(|row| row.trim_end_matches(" |").split_once(" | "));
    cells.filter(|(range, _)| range.ends_with("xx")).map(|(a, b)| (a.to_owned(), b.to_owned())).collect()
}
