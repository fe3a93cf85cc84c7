//! A package as readers see it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use assize_compiler::compile::{diagnose, diagnose_file, is_beyond_limits};
use assize_compiler::db::SourceFile;
use assize_compiler::package::{LoadFailure, Located, PackageSources, SourceText};
use tower_lsp::lsp_types::Url;

use super::data_ids::DataIds;
use super::files::{Paths, uri_of};
use crate::ide::{Analysis, FileRange};
use crate::text::{Encoding, Lines};

/// An open file.
#[derive(Clone, Debug)]
pub struct Document {
    /// As its client calls it.
    pub uri: Url,
    /// The client's number of this text.
    pub version: i32,
    /// Its text.
    pub text: Arc<str>,
}

/// The page about a diagnostic code, in Markdown.
pub type Pages = fn(&str) -> Option<&'static str>;

/// Open files by path.
pub type Documents = BTreeMap<PathBuf, Document>;

/// A package at one moment, with what it takes to speak of it to a client.
#[derive(Clone)]
pub struct View {
    /// For questions.
    pub analysis: Analysis,
    /// The same texts, with what the manifest says.
    pub sources: Arc<PackageSources>,
    /// Why not everything could be read.
    pub failure: Option<Arc<LoadFailure>>,
    /// Where its files are.
    pub paths: Arc<Paths>,
    /// What editors have open.
    pub documents: Arc<Documents>,
    /// What columns count.
    pub encoding: Encoding,
    /// Ids in data files, once somebody has asked for them.
    pub known_ids: Arc<OnceLock<DataIds>>,
    /// Where texts that are no files are put for editors to open.
    pub shelf: Arc<crate::shelf::Shelf>,
    /// Pages about codes.
    pub pages: Pages,
}

impl View {
    /// The file with this path.
    pub fn file(&self, path: &Path) -> Option<(u32, SourceFile)> {
        let index = self.paths.index(path)?;
        Some((index, self.analysis.file(index)?))
    }

    /// How the client calls a file.
    pub fn uri(&self, index: u32) -> Option<Url> {
        match self.paths.path(index) {
            Some(path) => match self.documents.get(path) {
                Some(document) => Some(document.uri.clone()),
                None => uri_of(path),
            },
            None => {
                let file = self.analysis.file(index)?;
                let name = file.name(&self.analysis.database);
                uri_of(&self.shelf.put(name, self.analysis.text(file))?)
            }
        }
    }

    /// The text of a file and its lines.
    pub fn lines(&self, index: u32) -> Option<(Arc<str>, Lines)> {
        let text = self.analysis.text(self.analysis.file(index)?).clone();
        let lines = Lines::new(&text);
        Some((text, lines))
    }

    /// Whether a place is in a file that the package answers for.
    pub fn is_own(&self, range: FileRange) -> bool {
        self.analysis.is_own(range.file)
    }

    /// Ids of entities in the data files of the package.
    pub fn data_ids(&self) -> &DataIds {
        self.known_ids.get_or_init(|| DataIds::of(&self.sources))
    }

    /// Everything there is to say about a file.
    pub fn findings(&self, index: u32) -> Arc<Vec<Located>> {
        let (database, package) = (&self.analysis.database, self.analysis.package);
        if is_beyond_limits(database, package) {
            let all = diagnose(database, package, &self.sources);
            return Arc::new(all.into_iter().filter(|located| located.file == index).collect());
        }
        match self.analysis.file(index) {
            Some(file) => diagnose_file(database, file, &self.sources),
            None => Arc::default(),
        }
    }

    /// The texts that findings count: policy files, library, manifests.
    pub fn texts(&self) -> Vec<SourceText> {
        let mut sources = PackageSources::clone(&self.sources);
        let library = assize_compiler::library::reached(&self.analysis.database, self.analysis.package);
        sources.policies.extend(library.iter().filter_map(|at| assize_compiler::library::source_text(*at)));
        sources.texts()
    }
}
