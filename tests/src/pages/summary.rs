//! The table of contents of the book.

use std::fmt::Write as _;
use std::fs;

use assize_compiler::library::MODULES;

use super::library;
use crate::book::root;

const TOUR: &[&str] =
    &["first-package", "from-cedar", "importing", "porting", "differences", "growing", "from-rego"];

const REFERENCE: &[&str] = &[
    "language",
    "grammar",
    "words",
    "builtins",
    "packages",
    "json",
    "command-line",
    "format",
    "diagnostics",
];

/// The page, as mdBook wants it. Pages that nobody lists follow the others of their folder.
pub fn page() -> String {
    let mut page = "# Summary\n\n".to_owned();
    folder(&mut page, "tour", "Tour", TOUR);
    folder(&mut page, "reference", "Reference", REFERENCE);
    let _ = writeln!(page, "- [The standard library](std/README.md)");
    for module in MODULES {
        let _ =
            writeln!(page, "  - [{}]({})", module.path, library::path(module).trim_start_matches("docs/"));
    }
    let _ = writeln!(page, "\n# Behind it\n");
    let _ = writeln!(page, "- [{}](trust.md)", title("trust.md"));
    for path in pages("diagnostics") {
        let _ = writeln!(page, "- [{}](diagnostics/{path}.md)", title(&format!("diagnostics/{path}.md")));
    }
    for path in pages("decisions") {
        let _ = writeln!(page, "- [{}](decisions/{path}.md)", title(&format!("decisions/{path}.md")));
    }
    page
}

fn folder(page: &mut String, folder: &str, name: &str, first: &[&str]) {
    let _ = writeln!(page, "- [{name}]({folder}/README.md)");
    let there = pages(folder);
    let listed = first.iter().map(|name| (*name).to_owned()).filter(|name| there.contains(name));
    let rest = there.iter().filter(|name| !first.contains(&name.as_str())).cloned();
    for name in listed.chain(rest) {
        let path = format!("{folder}/{name}.md");
        let _ = writeln!(page, "  - [{}]({path})", title(&path));
    }
}

/// Names of the pages in a folder of the book, without their ending.
fn pages(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(root().join("docs").join(folder)).expect("a folder of the book");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let names = paths.filter(|path| path.extension().is_some_and(|ending| ending == "md"));
    let mut names: Vec<String> = names
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .filter(|n| n != "README")
        .collect();
    names.sort();
    names
}

/// The heading of a page, without its marks.
fn title(path: &str) -> String {
    let text = fs::read_to_string(root().join("docs").join(path)).unwrap_or_default();
    let heading = text.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or(path);
    heading.replace('`', "").replace('[', "(").replace(']', ")")
}
