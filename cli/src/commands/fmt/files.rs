//! Finding, reading and replacing policy files.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use assize_lang::MAX_FILE_SIZE;

use crate::exit::Stop;

/// How deep folders are searched.
const MAX_DEPTH: usize = 64;

/// The policy files that the paths name: a file itself; of a folder all `.assize` files below it, sorted, links and what
/// starts with a point passed over.
pub fn policy_files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Stop> {
    let mut found = Vec::new();
    for path in paths {
        let metadata = fs::metadata(path).map_err(|error| unreadable(path, &error))?;
        if metadata.is_dir() {
            below(path, 0, &mut found)?;
        } else {
            found.push(path.clone());
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    found.retain(|path| seen.insert(fs::canonicalize(path).unwrap_or_else(|_| path.clone())));
    Ok(found)
}

fn below(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<(), Stop> {
    if depth > MAX_DEPTH {
        let message = format!("`{}` lies more than {MAX_DEPTH} folders deep", folder.display());
        return Err(Stop::usage(message).help("name the folder itself"));
    }
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let mut entries = entries.map_err(|error| unreadable(folder, &error))?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        let kind = entry.file_type().map_err(|error| unreadable(&path, &error))?;
        if kind.is_dir() {
            below(&path, depth + 1, found)?;
        } else if kind.is_file() && path.extension().is_some_and(|extension| extension == "assize") {
            // Not `./x` for what was found here.
            found.push(path.strip_prefix(".").map(Path::to_owned).unwrap_or(path));
        }
    }
    Ok(())
}

/// The text of a file.
pub fn read(path: &Path) -> Result<String, Stop> {
    let metadata = fs::metadata(path).map_err(|error| unreadable(path, &error))?;
    if !metadata.is_file() {
        // A pipe would make us wait for ever.
        return Err(Stop::usage(format!("`{}` is not a file", path.display())));
    }
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MAX_FILE_SIZE as u64 + 1).read_to_end(&mut bytes))
        .map_err(|error| unreadable(path, &error))?;
    text_of(&path.display().to_string(), bytes)
}

/// Bytes as text, if they are.
pub fn text_of(name: &str, bytes: Vec<u8>) -> Result<String, Stop> {
    if bytes.len() > MAX_FILE_SIZE {
        let message = format!("`{name}` is too large: a policy file has at most {} MiB", MAX_FILE_SIZE >> 20);
        return Err(Stop::usage(message).help("split it into several files"));
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let line = 1 + error.as_bytes()[..valid].iter().filter(|byte| **byte == b'\n').count();
        Stop::usage(format!("`{name}` is not UTF-8 text: line {line} has other bytes"))
            .help("save it as UTF-8")
    })
}

fn unreadable(path: &Path, error: &std::io::Error) -> Stop {
    Stop::usage(format!("cannot read `{}`: {error}", path.display()))
}
