//! From paths that a user gives to the texts of a package, of its manifest and of the packages that it depends on.

mod files;
mod loader;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use assize_lang::{Diagnostic, Severity, Span};
use serde::Serialize;
use smol_str::SmolStr;

use crate::manifest::Manifest;

/// The manifest's name in a package folder.
pub const MANIFEST: &str = "assize.toml";

/// The ending of policy files, without the dot.
pub const EXTENSION: &str = "assize";

/// A text with its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceText {
    /// Relative to its package, with `/` between folders: the same wherever the package lies. Of a loose file, as given.
    pub name: SmolStr,
    /// Where it was read from, as reached from what the user gave.
    pub path: PathBuf,
    /// Its text; empty if it could not be read.
    pub text: Arc<str>,
    /// Whether it belongs to a package that this one depends on.
    pub dependency: bool,
}

/// A diagnostic with its file.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Located {
    /// Index into the texts beside it.
    pub file: u32,
    /// Spans count from the start of the file.
    #[serde(flatten)]
    pub diagnostic: Diagnostic,
}

impl Located {
    /// Whether it stops the package from compiling.
    pub fn is_error(&self) -> bool {
        self.diagnostic.severity == Severity::Error
    }
}

/// Everything that is compiled together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PackageSources {
    /// Policy files, those of the package first, by name; then those of its dependencies.
    pub policies: Vec<SourceText>,
    /// For each policy file which package it belongs to: 0 is the package itself. What is missing at the end is 0 too.
    pub owners: Vec<u32>,
    /// `assize.toml` of the package, if it has one, and of its dependencies. Diagnostics count them after `policies`.
    pub manifests: Vec<SourceText>,
    /// What the package's own manifest says.
    pub manifest: Arc<Manifest>,
    /// Folder from which the paths of data files count; `None` for loose files: then from where they lie.
    pub folder: Option<PathBuf>,
}

impl PackageSources {
    /// Policy files that are already in memory, with their names.
    pub fn from_texts<'a>(texts: impl IntoIterator<Item = (&'a str, &'a str)>) -> PackageSources {
        let policy = |(name, text): (&str, &str)| SourceText {
            name: name.into(),
            path: PathBuf::from(name),
            text: text.into(),
            dependency: false,
        };
        PackageSources { policies: texts.into_iter().map(policy).collect(), ..PackageSources::default() }
    }

    /// The package of each policy file.
    pub(crate) fn owner_of_each(&self) -> Vec<u32> {
        let known = self.owners.iter().copied().chain(std::iter::repeat(0));
        known.take(self.policies.len()).collect()
    }

    /// All texts in the order in which diagnostics count them.
    pub fn texts(&self) -> Vec<SourceText> {
        self.policies.iter().chain(&self.manifests).cloned().collect()
    }

    /// The data files that the manifest lists, as paths that can be opened.
    pub fn data_files(&self) -> Vec<PathBuf> {
        let folder = self.folder.as_deref().unwrap_or(Path::new(""));
        self.manifest.data.iter().map(|file| files::under(folder, Path::new(file.value.as_str()))).collect()
    }
}

/// Why there is nothing to compile.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LoadFailure {
    /// What was read, and an empty text for what could not be.
    pub files: Vec<SourceText>,
    /// At least one error; places count in `files`.
    pub diagnostics: Vec<Located>,
}

/// Reads what `paths` name: one folder (a package if it holds `assize.toml`, otherwise all policy files below it), the
/// `assize.toml` of a package, or policy files.
pub fn load(paths: &[PathBuf]) -> Result<PackageSources, LoadFailure> {
    match loader::Loader::default().run(paths) {
        (sources, None) => Ok(sources),
        (_, Some(failure)) => Err(failure),
    }
}

/// As [`load`], for editors: what could be read, beside what stands against it. Never to be compiled into something that runs where
/// there is a failure.
pub fn load_readable(paths: &[PathBuf]) -> (PackageSources, Option<LoadFailure>) {
    loader::Loader::default().run(paths)
}

/// Reads a data file that a test names, relative to the package's folder.
pub(crate) fn read_data(folder: &Path, name: &str, limit: usize) -> Result<String, Box<Diagnostic>> {
    let text = files::inside(name).and_then(|path| files::read_text(&folder.join(path), limit));
    text.map_err(|refusal| {
        let mut diagnostic =
            Diagnostic::new(assize_lang::codes::TEST_DATA_FILE, Span::default(), refusal.message);
        diagnostic.help.extend(refusal.help);
        Box::new(diagnostic)
    })
}

#[cfg(test)]
mod tests;
