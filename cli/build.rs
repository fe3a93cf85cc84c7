//! Collects the pages of `assize explain` from `docs/diagnostics/`, so that the binary carries them.

#![allow(clippy::disallowed_methods, reason = "cargo speaks to build scripts through the environment")]

use std::fmt::Write;
use std::path::PathBuf;
use std::{env, fs};

fn main() {
    let folder =
        PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("../docs/diagnostics");
    println!("cargo::rerun-if-changed={}", folder.display());

    let mut pages: Vec<PathBuf> = fs::read_dir(&folder)
        .expect("docs/diagnostics is a folder")
        .map(|entry| entry.expect("docs/diagnostics can be listed").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    pages.sort();

    let mut table = String::from("&[\n");
    for page in &pages {
        let code = page.file_stem().and_then(|stem| stem.to_str()).expect("pages are named for their code");
        let path = fs::canonicalize(page).expect("the page was just listed");
        writeln!(table, "    ({code:?}, include_str!({path:?})),").expect("writing to a string succeeds");
    }
    table.push_str("]\n");

    let target = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it")).join("pages.rs");
    fs::write(target, table).expect("OUT_DIR can be written");
}
