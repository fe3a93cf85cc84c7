//! Finding and reading policy files, within bounds: no file too large, no folder twice, nothing outside the package.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::{Component, Path, PathBuf};

use assize_lang::{Code, codes};

use super::{EXTENSION, MANIFEST};

/// Why a path cannot be used.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) code: Code,
    pub(super) message: String,
    pub(super) help: Option<String>,
}

impl Refusal {
    pub(super) fn new(code: Code, message: impl Into<String>) -> Refusal {
        Refusal { code, message: message.into(), help: None }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Refusal {
        self.help = Some(help.into());
        self
    }
}

/// How deep folders are searched, and how many files a package may have.
const MAX_DEPTH: usize = 64;
const MAX_FILES: usize = 200_000;

/// Reads a text file of at most `limit` bytes.
pub(super) fn read_text(path: &Path, limit: usize) -> Result<String, Refusal> {
    let shown = path.display();
    let unreadable = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => Refusal::new(codes::UNREADABLE, format!("there is no file `{shown}`")),
        ErrorKind::PermissionDenied => {
            Refusal::new(codes::UNREADABLE, format!("no permission to read `{shown}`"))
        }
        _ => Refusal::new(codes::UNREADABLE, format!("cannot read `{shown}`: {error}")),
    };
    let metadata = fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_file() {
        // A pipe would make us wait for ever.
        return Err(Refusal::new(codes::UNREADABLE, format!("`{shown}` is not a file")));
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(limit as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() > limit {
        let message = format!("`{shown}` is too large: a file here has at most {} MiB", limit >> 20);
        return Err(Refusal::new(codes::FILE_TOO_LARGE, message).help("split it into several files"));
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let line = 1 + error.as_bytes()[..valid].iter().filter(|byte| **byte == b'\n').count();
        let message = format!("`{shown}` is not UTF-8 text: line {line} has other bytes");
        Refusal::new(codes::NOT_UTF8, message).help("save it as UTF-8")
    })
}

/// A path below a folder, as people write it: without `./` in front.
pub(super) fn under(folder: &Path, relative: &Path) -> PathBuf {
    if folder == Path::new(".") { relative.to_owned() } else { folder.join(relative) }
}

/// A path of a manifest, which must stay below the package.
pub(super) fn inside(written: &str) -> Result<&Path, Refusal> {
    let path = Path::new(written);
    let leaves = path.components().any(|part| !matches!(part, Component::Normal(_) | Component::CurDir));
    if written.is_empty() {
        return Err(Refusal::new(codes::MANIFEST_VALUE, "an empty path names nothing"));
    }
    if leaves {
        let message = format!("`{written}` leads out of the package");
        let help = "name files and folders below `assize.toml`; other packages go into `[dependencies]`";
        return Err(Refusal::new(codes::OUTSIDE_PACKAGE, message).help(help));
    }
    Ok(path)
}

/// All policy files below `root` that `start` (a path below it) leads to, as paths relative to `root`, unsorted.
pub(super) fn policies_below(root: &Path, start: &Path, found: &mut Vec<PathBuf>) -> Result<(), Refusal> {
    let real_root = real(root)?;
    let mut work = vec![(start.to_owned(), Vec::<PathBuf>::new())];
    while let Some((relative, above)) = work.pop() {
        let path = under(root, &relative);
        let shown = path.display();
        let real_path = real(&path)?;
        if !real_path.starts_with(&real_root) {
            let message = format!("`{shown}` is a link that leads out of the package");
            let help = "copy it into the package, or make its folder a package and depend on it";
            return Err(Refusal::new(codes::OUTSIDE_PACKAGE, message).help(help));
        }
        if real_path.is_file() {
            found.push(relative);
            if found.len() > MAX_FILES {
                let message = format!("more than {MAX_FILES} policy files below `{}`", root.display());
                return Err(Refusal::new(codes::UNREADABLE, message).help("name the right folder"));
            }
            continue;
        }
        if above.contains(&real_path) {
            let message = format!("`{shown}` is a link to a folder that holds it");
            return Err(Refusal::new(codes::UNREADABLE, message).help("remove the link"));
        }
        if above.len() >= MAX_DEPTH {
            let message = format!("`{shown}` lies more than {MAX_DEPTH} folders deep");
            return Err(Refusal::new(codes::UNREADABLE, message).help("name the right folder in `sources`"));
        }
        let mut inner = above.clone();
        inner.push(real_path);
        for entry in entries(&path)? {
            let below = if relative == Path::new(".") { entry.clone() } else { relative.join(&entry) };
            if is_searched(root, &below)? {
                work.push((below, inner.clone()));
            }
        }
    }
    Ok(())
}

/// Whether a search looks at this file or folder: not hidden, no build output, no package of its own.
fn is_searched(root: &Path, relative: &Path) -> Result<bool, Refusal> {
    let path = root.join(relative);
    let name = relative.file_name().unwrap_or_default().to_string_lossy().into_owned();
    if name.starts_with('.') {
        return Ok(false);
    }
    let is_policy = relative.extension().is_some_and(|extension| extension == EXTENSION);
    match fs::metadata(&path) {
        Ok(metadata) if metadata.is_dir() => Ok(name != "target" && !path.join(MANIFEST).is_file()),
        Ok(metadata) => Ok(is_policy && metadata.is_file()),
        // A link to nowhere matters only if it should have been a policy.
        Err(error) if is_policy => {
            Err(Refusal::new(codes::UNREADABLE, format!("cannot read `{}`: {error}", path.display())))
        }
        Err(_) => Ok(false),
    }
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, Refusal> {
    let unreadable = |error: std::io::Error| {
        Refusal::new(codes::UNREADABLE, format!("cannot read the folder `{}`: {error}", folder.display()))
    };
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        names.push(PathBuf::from(entry.map_err(unreadable)?.file_name()));
    }
    names.sort();
    Ok(names)
}

/// The path without links.
pub(super) fn real(path: &Path) -> Result<PathBuf, Refusal> {
    let shown = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    fs::canonicalize(shown).map_err(|error| {
        let message = match error.kind() {
            ErrorKind::NotFound => format!("there is no `{}`", shown.display()),
            _ => format!("cannot read `{}`: {error}", shown.display()),
        };
        Refusal::new(codes::UNREADABLE, message)
    })
}

/// The path with `/` between its parts, whatever the system.
pub(super) fn name_of(path: &Path) -> String {
    let parts: Vec<_> = path
        .components()
        .filter(|part| !matches!(part, Component::CurDir))
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .collect();
    parts.join("/")
}
