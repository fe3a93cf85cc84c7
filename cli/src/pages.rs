//! The pages of diagnostic codes: those of `docs/diagnostics/`, carried in the binary.

/// By code, sorted.
pub const PAGES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/pages.rs"));

/// The page of a code, if it has one.
pub fn page(code: &str) -> Option<&'static str> {
    let at = PAGES.binary_search_by(|(known, _)| (*known).cmp(code)).ok()?;
    Some(PAGES[at].1)
}
