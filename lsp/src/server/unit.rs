//! One package that is open: its database, and where its texts come from.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use assize_compiler::db::{Database, Package, SourceFile};
use assize_compiler::manifest::LintLevel;
use assize_compiler::package::{EXTENSION, LoadFailure, MANIFEST, PackageSources, SourceText, load_readable};
use assize_lang::Code;
use rustc_hash::FxHashSet;
use salsa::{Durability, Setter};

use super::files::Paths;
use crate::ide::Analysis;

/// What a package is made from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Root {
    /// A folder, with a manifest or without.
    Folder(PathBuf),
    /// A file that belongs to no package.
    Loose(PathBuf),
}

impl Root {
    fn path(&self) -> &Path {
        let (Root::Folder(path) | Root::Loose(path)) = self;
        path
    }
}

/// The texts that editors hold: they count instead of what is on disk.
pub trait Overlay {
    /// The text of an open file.
    fn text(&self, path: &Path) -> Option<&Arc<str>>;
    /// All open files.
    fn paths(&self) -> Vec<&Path>;
}

/// An open package.
pub struct Unit {
    root: Root,
    database: Database,
    package: Package,
    /// Its texts, the same as those in the database.
    sources: Arc<PackageSources>,
    /// What could not be read.
    failure: Option<Arc<LoadFailure>>,
    paths: Arc<Paths>,
    /// Goes up with each change.
    revision: u64,
    /// Files that somebody has open.
    typed: FxHashSet<SourceFile>,
}

impl Unit {
    /// Reads a package.
    pub fn open(root: Root, overlay: &dyn Overlay, levels: &[(Code, LintLevel)]) -> Unit {
        Unit::open_in(Database::default(), root, overlay, levels)
    }

    /// As [`Unit::open`], in a given database, which is empty.
    pub fn open_in(
        mut database: Database,
        root: Root,
        overlay: &dyn Overlay,
        levels: &[(Code, LintLevel)],
    ) -> Unit {
        let (sources, failure) = read(&root, overlay, levels);
        let package = database.set(&sources);
        database.put_down(package);
        let paths = paths(&sources);
        let failure = failure.map(Arc::new);
        let typed = FxHashSet::default();
        Unit { root, database, package, sources: Arc::new(sources), failure, paths, revision: 0, typed }
    }

    /// Reads everything again; what is as it was costs nothing later.
    pub fn reload(&mut self, overlay: &dyn Overlay, levels: &[(Code, LintLevel)]) {
        let (sources, failure) = read(&self.root, overlay, levels);
        self.package = self.database.set(&sources);
        self.database.put_down(self.package);
        self.paths = paths(&sources);
        self.sources = Arc::new(sources);
        self.failure = failure.map(Arc::new);
        self.revision += 1;
    }

    /// What it is made from.
    pub fn root(&self) -> &Root {
        &self.root
    }

    /// Its files.
    pub fn paths(&self) -> &Arc<Paths> {
        &self.paths
    }

    /// Its texts.
    pub fn sources(&self) -> &Arc<PackageSources> {
        &self.sources
    }

    /// Why not everything could be read.
    pub fn failure(&self) -> Option<&Arc<LoadFailure>> {
        self.failure.as_ref()
    }

    /// How often it has changed.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Whether the package answers for this file: it is no dependency's.
    pub fn owns(&self, path: &Path) -> bool {
        let index = self.paths.index(path);
        let source = index.and_then(|at| self.sources.policies.get(at as usize));
        source.is_some_and(|source| !source.dependency)
    }

    /// Whether a change of this file on disk may change the package.
    pub fn may_concern(&self, path: &Path) -> bool {
        path.starts_with(self.root.path())
            || self.paths.index(path).is_some()
            || self
                .sources
                .manifests
                .iter()
                .any(|manifest| manifest.path.parent().is_some_and(|at| path.starts_with(at)))
    }

    /// Says that a text has changed, or a version of it: what was found out about the package is of the past.
    pub fn touch(&mut self) {
        self.revision += 1;
    }

    /// Gives a file another text, after [`Unit::touch`]. Waits until nobody reads any more; readers are told to stop.
    pub fn set_text(&mut self, path: &Path, text: &Arc<str>) {
        let Some(index) = self.paths.index(path) else { return };
        let Some(file) = self.package.files(&self.database).get(index as usize).copied() else { return };
        // What is open will be edited; everything else need not even be looked at then. To say so costs a look at everything, once.
        if **file.text(&self.database) == **text && !self.typed.insert(file) {
            return;
        }
        self.typed.insert(file);
        file.set_text(&mut self.database).with_durability(Durability::LOW).to(text.clone());
        self.database.put_down(self.package);
        if let Some(source) = Arc::make_mut(&mut self.sources).policies.get_mut(index as usize) {
            source.text = text.clone();
        }
    }

    /// The package as it is now.
    pub fn analysis(&self) -> Analysis {
        Analysis { database: self.database.clone(), package: self.package }
    }
}

fn paths(sources: &PackageSources) -> Arc<Paths> {
    Paths::new(sources.policies.iter().map(|source| source.path.clone()))
}

/// The package as it is on disk and in editors.
fn read(
    root: &Root,
    overlay: &dyn Overlay,
    levels: &[(Code, LintLevel)],
) -> (PackageSources, Option<LoadFailure>) {
    let (mut sources, mut failure) = load_readable(&[root.path().to_owned()]);
    // What the package says of a warning counts for everybody.
    let own = &sources.manifest.lints;
    let more: Vec<_> = levels.iter().filter(|(code, _)| !own.contains_key(code)).copied().collect();
    if !more.is_empty() {
        Arc::make_mut(&mut sources.manifest).lints.extend(more);
    }
    for source in &mut sources.policies {
        if let Some(text) = overlay.text(&source.path) {
            source.text = text.clone();
        }
    }
    // What is open and was never saved.
    let unsaved: Vec<&Path> =
        overlay.paths().into_iter().filter(|path| is_unsaved(root, &sources, path)).collect();
    if !unsaved.is_empty() || failure.as_ref().is_some_and(|it| is_of_open_files(it, overlay)) {
        failure = None;
    }
    for path in unsaved {
        if let Some(text) = overlay.text(path) {
            add(root, &mut sources, path, text);
        }
    }
    (sources, failure)
}

/// Whether all that could not be read is in an editor.
fn is_of_open_files(failure: &LoadFailure, overlay: &dyn Overlay) -> bool {
    failure.diagnostics.iter().all(|located| {
        let source = failure.files.get(located.file as usize);
        source.is_some_and(|source| overlay.text(&source.path).is_some())
    })
}

fn is_unsaved(root: &Root, sources: &PackageSources, path: &Path) -> bool {
    let known = || sources.policies.iter().any(|source| source.path == path);
    match root {
        Root::Loose(only) => path == only && !known(),
        Root::Folder(folder) => {
            let inside = || {
                let relative = path.strip_prefix(folder).unwrap_or(path);
                match &sources.manifest.sources {
                    Some(listed) => {
                        listed.iter().any(|it| relative.starts_with(it.value.trim_start_matches("./")))
                    }
                    None => true,
                }
            };
            path.starts_with(folder)
                && path.extension().is_some_and(|extension| extension == EXTENSION)
                && !path.exists()
                && !known()
                && inside()
        }
    }
}

/// Puts a file where its name belongs among the package's own.
fn add(root: &Root, sources: &mut PackageSources, path: &Path, text: &Arc<str>) {
    let relative =
        path.strip_prefix(root.path()).ok().filter(|rest| !rest.as_os_str().is_empty()).unwrap_or(path);
    let name = relative.to_string_lossy().replace('\\', "/");
    let own = sources.policies.iter().take_while(|source| !source.dependency);
    let at = own.take_while(|source| source.name.as_str() < name.as_str()).count();
    let source =
        SourceText { name: name.into(), path: path.to_owned(), text: text.clone(), dependency: false };
    sources.policies.insert(at, source);
    if at <= sources.owners.len() {
        sources.owners.insert(at, 0);
    }
}

/// The nearest folder above a file that holds a manifest.
pub fn package_above(path: &Path) -> Option<PathBuf> {
    let mut folders = path.ancestors().skip(1);
    folders.find(|folder| folder.join(MANIFEST).is_file()).map(Path::to_owned)
}
