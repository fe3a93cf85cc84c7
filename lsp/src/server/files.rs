//! Names of files: as clients write them, and as paths.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustc_hash::FxHashMap;
use tower_lsp::lsp_types::Url;

/// The path that a client's name stands for. One that is no file has a path of its own, which no file can have.
pub fn path_of(uri: &Url) -> PathBuf {
    match uri.to_file_path() {
        Ok(path) if uri.scheme() == "file" => path,
        _ => PathBuf::from(uri.as_str()),
    }
}

/// How a client is told of a path that it has not named itself.
pub fn uri_of(path: &Path) -> Option<Url> {
    Url::from_file_path(path).ok().or_else(|| Url::parse(path.to_str()?).ok())
}

/// The paths of a package's files, as the database counts them.
#[derive(Debug, Default)]
pub struct Paths {
    paths: Vec<PathBuf>,
    by_path: FxHashMap<PathBuf, u32>,
}

impl Paths {
    /// Paths in the order of the files.
    pub fn new(paths: impl IntoIterator<Item = PathBuf>) -> Arc<Paths> {
        let paths: Vec<PathBuf> = paths.into_iter().collect();
        let mut by_path = FxHashMap::default();
        for (at, path) in paths.iter().enumerate() {
            by_path.entry(path.clone()).or_insert(at as u32);
        }
        Arc::new(Paths { paths, by_path })
    }

    /// The index of a file.
    pub fn index(&self, path: &Path) -> Option<u32> {
        self.by_path.get(path).copied()
    }

    /// The path of a file.
    pub fn path(&self, index: u32) -> Option<&Path> {
        self.paths.get(index as usize).map(PathBuf::as_path)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.paths.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.paths.is_empty()
    }
}
