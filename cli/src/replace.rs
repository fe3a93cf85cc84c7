//! Replacing the text of files: each in one step, and only if it is still what was read.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use similar::TextDiff;
use tempfile::NamedTempFile;

use crate::exit::Stop;

/// A new text that lies beside its file, ready to take its place.
#[derive(Debug)]
pub struct Replacement {
    /// As the user knows it.
    path: PathBuf,
    /// Without links.
    target: PathBuf,
    old: String,
    file: NamedTempFile,
}

impl Replacement {
    /// Writes `new` beside the file, whose text must be `old`. Permissions stay; a link stays a link.
    pub fn prepare(path: &Path, old: &str, new: &str) -> Result<Replacement, Stop> {
        let prepare = || {
            let target = fs::canonicalize(path)?;
            let permissions = fs::metadata(&target)?.permissions();
            if permissions.readonly() {
                return Err(io::Error::other("it is read-only"));
            }
            let folder = target.parent().unwrap_or(Path::new("."));
            let mut file = tempfile::Builder::new().prefix(".assize-").tempfile_in(folder)?;
            file.write_all(new.as_bytes())?;
            file.as_file().set_permissions(permissions)?;
            file.as_file().sync_all()?;
            Ok(Replacement { path: path.to_owned(), target, old: old.to_owned(), file })
        };
        let replacement = prepare().map_err(|error| unwritable(path, &error))?;
        replacement.check()?;
        Ok(replacement)
    }

    /// Takes the file's place, unless somebody changed it in the meantime. Whoever reads it sees the old text or the new.
    pub fn make(self) -> Result<(), Stop> {
        self.check()?;
        let Replacement { path, target, file, .. } = self;
        file.persist(&target).map_err(|error| unwritable(&path, &error.error))?;
        Ok(())
    }

    fn check(&self) -> Result<(), Stop> {
        let now = fs::read(&self.target).map_err(|error| unwritable(&self.path, &error))?;
        if now == self.old.as_bytes() {
            return Ok(());
        }
        let message = format!("`{}` was changed by somebody else in the meantime", self.path.display());
        Err(Stop::usage(message).help("it was left as it is now: run the command again"))
    }
}

fn unwritable(path: &Path, error: &io::Error) -> Stop {
    Stop::usage(format!("cannot write `{}`: {error}", path.display()))
}

/// What changes, as a unified diff that `patch` understands; `what` says what was done to the new text.
pub fn unified_diff(name: &str, what: &str, old: &str, new: &str) -> String {
    let diff = TextDiff::configure().timeout(Duration::from_secs(1)).diff_lines(old, new);
    diff.unified_diff().header(name, &format!("{name} ({what})")).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_changed_underneath_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.assize");
        fs::write(&path, "old").unwrap();
        assert!(Replacement::prepare(&path, "other", "new").is_err());
        let replacement = Replacement::prepare(&path, "old", "new").unwrap();
        fs::write(&path, "theirs").unwrap();
        assert!(replacement.make().is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "theirs");
        Replacement::prepare(&path, "theirs", "new").unwrap().make().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left behind");
    }
}
