//! The files of a case, written to a folder of its own that goes away with it.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::case::{Case, Source};

/// The folder with every file of `case`.
pub fn write(case: &Case) -> Result<TempDir, String> {
    let folder = tempfile::tempdir().map_err(|error| format!("no folder to run in: {error}"))?;
    for file in case.sources.iter().chain(&case.data).chain(&case.files) {
        put(folder.path(), file)?;
    }
    Ok(folder)
}

fn put(folder: &Path, file: &Source) -> Result<(), String> {
    let path = folder.join(&file.name);
    let written = match path.parent() {
        Some(parent) => fs::create_dir_all(parent),
        None => Ok(()),
    };
    written.and_then(|()| fs::write(&path, &file.text)).map_err(|error| format!("{}: {error}", file.name))
}
