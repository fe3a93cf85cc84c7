//! Runs every case of `tests/language`. `ASSIZE_CASE=text` picks those whose file or name holds that text.

use std::path::Path;

use assize_tests::suite;

/// Cases may be merged or moved; losing many of them unseen is a mistake.
const AT_LEAST: usize = 400;

#[test]
#[allow(clippy::disallowed_methods, reason = "the person who runs the tests picks cases")]
fn the_language_is_as_its_cases_say() {
    let filter = std::env::var(suite::FILTER).ok();
    let report = suite::folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("language"), filter.as_deref());
    report.assert();
    match filter {
        Some(filter) => assert!(!report.names.is_empty(), "no case holds `{filter}`"),
        None => assert!(report.names.len() >= AT_LEAST, "only {} cases", report.names.len()),
    }
}
