//! Texts that an editor can open although they are no files: the standard library, and pages about codes.

use std::path::PathBuf;
use std::sync::OnceLock;

use tempfile::TempDir;

/// A folder for such texts, made when the first is wanted and removed at the end.
#[derive(Debug, Default)]
pub struct Shelf {
    folder: OnceLock<Option<TempDir>>,
}

impl Shelf {
    /// The path of a text; `None` if it cannot be written.
    pub fn put(&self, name: &str, text: &str) -> Option<PathBuf> {
        let made = || tempfile::Builder::new().prefix("assize-").tempdir().ok();
        let folder = self.folder.get_or_init(made).as_ref()?;
        let path = folder.path().join(name);
        if !path.exists() {
            std::fs::create_dir_all(path.parent()?).ok()?;
            std::fs::write(&path, text).ok()?;
        }
        Some(path)
    }

    /// Whether a path is here.
    pub fn holds(&self, path: &std::path::Path) -> bool {
        let folder = self.folder.get().and_then(Option::as_ref);
        folder.is_some_and(|folder| path.starts_with(folder.path()))
    }
}
