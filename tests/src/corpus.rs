//! Texts of packages that compile: the examples and the cases of `tests/language`. What is done to text is tried on these.

use std::path::{Path, PathBuf};

use assize_compiler::package::{PackageSources, load};

use crate::case::{Style, cases};
use crate::expect::Kind;
use crate::suite::markdown_files;

/// A package that compiles without an error.
#[derive(Clone, Debug)]
pub struct Specimen {
    /// Its folder, or the name of its case.
    pub name: String,
    /// As loaded.
    pub sources: PackageSources,
}

impl Specimen {
    /// The package with another text in place of that of one file.
    pub fn with_text(&self, file: usize, text: &str) -> PackageSources {
        let mut sources = self.sources.clone();
        sources.policies[file].text = text.into();
        sources
    }
}

/// The packages of `examples/`.
pub fn examples() -> Vec<Specimen> {
    let folder = root().join("examples");
    let entries = std::fs::read_dir(&folder).expect("the examples are there");
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.expect("a readable folder").path()).collect();
    folders.sort();
    folders.retain(|folder| folder.join("assize.toml").is_file());
    let specimen = |folder: &PathBuf| {
        let sources = load(std::slice::from_ref(folder)).expect("an example loads");
        Specimen { name: folder.file_name().unwrap_or_default().to_string_lossy().into_owned(), sources }
    };
    folders.iter().map(specimen).collect()
}

/// The packages of the cases in `tests/language` that expect no error.
pub fn language_cases() -> Vec<Specimen> {
    let mut specimens = Vec::new();
    for file in markdown_files(&root().join("tests/language")) {
        let text = std::fs::read_to_string(&file).expect("a readable file");
        let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        for case in cases(&file, &text, Style::Suite).unwrap_or_default() {
            let sound = |source: &crate::case::Source| {
                source.expected.iter().all(|expected| match &expected.kind {
                    Kind::Diagnostic(code) => !code.starts_with('E'),
                    Kind::FailedTest | Kind::DataFault => true,
                })
            };
            if !case.sources.is_empty() && case.sources.iter().all(sound) {
                let texts = case.sources.iter().map(|source| (source.name.as_str(), source.text.as_str()));
                specimens.push(Specimen {
                    name: format!("{stem}: {}", case.name),
                    sources: PackageSources::from_texts(texts),
                });
            }
        }
    }
    specimens
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}
