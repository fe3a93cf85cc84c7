//! The book is executed: every block of policies, data, requests and command lines in `docs/` is as it says.
//! `ASSIZE_CASE=text` picks the sections whose file or headings hold that text.

use std::fs;
use std::os::unix::fs::symlink;

use assize_tests::case::Style;
use assize_tests::{book, markdown, pages, suite};

#[test]
#[allow(clippy::disallowed_methods, reason = "the person who runs the tests picks cases")]
fn every_example_of_the_book_is_as_it_says() {
    let pages = book::pages();
    let binaries = tempfile::tempdir().expect("a folder");
    symlink(env!("CARGO_BIN_EXE_assize-of-tests"), binaries.path().join("assize")).expect("a link");
    if book::is_blessing() {
        for page in &pages {
            let text = fs::read_to_string(page).expect("a page is text");
            let text = book::formatted(&text);
            let text = book::with_output(page, &text, binaries.path()).unwrap_or(text);
            fs::write(page, text).expect("a page can be written");
        }
    }
    let filter = std::env::var(suite::FILTER).ok();
    let report = suite::run_files(&pages, filter.as_deref(), Style::Book, binaries.path());
    report.assert();
    assert!(report.names.len() >= if filter.is_some() { 1 } else { 8 }, "only {}", report.names.len());
}

#[test]
fn generated_pages_are_up_to_date() {
    for (path, text) in pages::all() {
        book::assert_committed(&path, &text);
    }
}

/// The pages of diagnostics run in the tests of `cli`; here their examples go through the formatter, as all others do.
#[test]
fn examples_of_diagnostics_keep_their_form_when_formatted_again() {
    let mut blocks = 0;
    for page in suite::markdown_files(&book::root().join("docs/diagnostics")) {
        let text = fs::read_to_string(&page).expect("a page is text");
        for block in markdown::sections(&text).expect("fences are closed").into_iter().flat_map(|s| s.blocks)
        {
            if block.language != "assize" {
                continue;
            }
            let place = format!("{}:{}", page.display(), block.line);
            let once = assize_lang::format(&block.text);
            let twice = assize_lang::format(&once.text);
            assert!(once.refused.is_empty(), "{place}: the formatter gives up");
            assert_eq!(twice.text, once.text, "{place}");
            assert_eq!(twice.errors.len(), once.errors.len(), "{place}");
            blocks += 1;
        }
    }
    assert!(blocks > 150, "only {blocks} examples");
}
