//! The pages of the book that are written by a program, each from the one place where its facts are declared.

pub mod builtins;
pub mod codes;
pub mod library;
pub mod summary;
pub mod words;

/// What a generated page says of itself, for whoever opens the file.
const GENERATED: &str = "<!-- Generated: see tests/src/book.rs. -->\n\n";

/// Every generated page: its path from the root, and its text.
pub fn all() -> Vec<(String, String)> {
    let mut pages = vec![
        ("docs/reference/builtins.md".to_owned(), builtins::page()),
        ("docs/reference/words.md".to_owned(), words::page()),
        ("docs/reference/diagnostics.md".to_owned(), codes::page()),
    ];
    pages.extend(library::pages());
    pages.push(("docs/SUMMARY.md".to_owned(), summary::page()));
    pages
}

/// A text as a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
