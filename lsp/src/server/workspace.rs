//! All packages that are open, and which file belongs to which.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use assize_compiler::package::{EXTENSION, MANIFEST};

use super::data_ids::DataIds;
use super::unit::{Overlay, Root, Unit, package_above};
use super::view::{Document, Documents, Pages, View};
use crate::protocol::settings::Levels;
use crate::shelf::Shelf;
use crate::text::{Encoding, replaced};

/// Folders below a workspace folder in which packages are looked for.
const MAX_FOLDERS: usize = 20_000;
const MAX_DEPTH: usize = 16;

impl Overlay for Documents {
    fn text(&self, path: &Path) -> Option<&Arc<str>> {
        self.get(path).map(|document| &document.text)
    }

    fn paths(&self) -> Vec<&Path> {
        self.keys().map(PathBuf::as_path).collect()
    }
}

/// A part of a text that a client has replaced; `None` for all of it.
pub type Change = (Option<(crate::text::Place, crate::text::Place)>, String);

/// Everything that is open.
pub struct Workspace {
    encoding: Encoding,
    pages: Pages,
    folders: Vec<PathBuf>,
    documents: Arc<Documents>,
    units: Vec<Slot>,
    shelf: Arc<Shelf>,
    levels: Levels,
}

/// A package and what is known of its present state.
struct Slot {
    unit: Unit,
    known_ids: Arc<OnceLock<DataIds>>,
    /// Files whose text in the database is older than that of the editor.
    stale: Vec<PathBuf>,
}

impl Workspace {
    /// A workspace of folders.
    pub fn new(encoding: Encoding, pages: Pages, folders: Vec<PathBuf>) -> Workspace {
        let mut workspace = Workspace {
            encoding,
            pages,
            folders: Vec::new(),
            documents: Arc::default(),
            units: Vec::new(),
            shelf: Arc::default(),
            levels: Levels::new(),
        };
        folders.into_iter().for_each(|folder| workspace.add_folder(folder));
        workspace
    }

    /// Says which levels warnings have where manifests say nothing of them.
    pub fn set_levels(&mut self, levels: Levels) {
        if self.levels != levels {
            self.levels = levels;
            self.reload();
        }
    }

    /// Opens the packages of one more folder.
    pub fn add_folder(&mut self, folder: PathBuf) {
        if self.folders.contains(&folder) {
            return;
        }
        for package in packages_below(&folder) {
            self.open(Root::Folder(package));
        }
        self.folders.push(folder);
    }

    /// Closes the packages of a folder, apart from those that have open files.
    pub fn remove_folder(&mut self, folder: &Path) {
        self.folders.retain(|known| known != folder);
        let (documents, folders) = (&self.documents, &self.folders);
        self.units.retain(|slot| {
            let kept = |root: &Path| folders.iter().any(|known| root.starts_with(known));
            let open = documents.keys().any(|path| slot.unit.owns(path));
            match slot.unit.root() {
                Root::Folder(root) | Root::Loose(root) => open || kept(root) || !root.starts_with(folder),
            }
        });
    }

    fn open(&mut self, root: Root) -> usize {
        if let Some(at) = self.units.iter().position(|slot| *slot.unit.root() == root) {
            return at;
        }
        let unit = Unit::open(root, &*self.documents, &self.levels);
        self.units.push(Slot { unit, known_ids: Arc::default(), stale: Vec::new() });
        self.units.len() - 1
    }

    /// Open files.
    pub fn documents(&self) -> &Arc<Documents> {
        &self.documents
    }

    /// How many packages are open.
    pub fn len(&self) -> usize {
        self.units.len()
    }

    /// Whether no package is open.
    pub fn is_empty(&self) -> bool {
        self.units.is_empty()
    }

    /// A file was opened.
    pub fn open_document(&mut self, path: PathBuf, document: Document) {
        let manifest = path.file_name().is_some_and(|name| name == MANIFEST);
        Arc::make_mut(&mut self.documents).insert(path.clone(), document);
        if self.shelf.holds(&path) || manifest {
            return;
        }
        let holders = self.mark_stale(&path);
        if !holders {
            self.adopt(&path);
        }
    }

    /// Finds or makes the package of a file that no package has yet.
    fn adopt(&mut self, path: &Path) {
        let above = package_above(path);
        let folder = || {
            self.folders
                .iter()
                .filter(|folder| path.starts_with(folder))
                .max_by_key(|it| it.as_os_str().len())
        };
        let root = match above {
            Some(package) => Root::Folder(package),
            None => match folder() {
                Some(folder) => Root::Folder(folder.clone()),
                None => Root::Loose(path.to_owned()),
            },
        };
        let at = self.open(root);
        if self.units[at].unit.owns(path) {
            return;
        }
        self.reload_unit(at);
        if !self.units[at].unit.owns(path) {
            // Its package leaves it out: it stands alone.
            self.open(Root::Loose(path.to_owned()));
        }
    }

    /// Says of all packages that have a file that its text has changed; whether some package answers for it.
    fn mark_stale(&mut self, path: &Path) -> bool {
        let mut owned = false;
        for slot in &mut self.units {
            if slot.unit.paths().index(path).is_some() {
                owned |= slot.unit.owns(path);
                slot.unit.touch();
                if !slot.stale.iter().any(|known| known == path) {
                    slot.stale.push(path.to_owned());
                }
            }
        }
        owned
    }

    /// A file was edited. Changes follow each other; `false` if it is not open.
    pub fn edit_document(&mut self, path: &Path, version: i32, changes: Vec<Change>) -> bool {
        let encoding = self.encoding;
        let Some(document) = Arc::make_mut(&mut self.documents).get_mut(path) else { return false };
        document.version = version;
        for (range, new) in changes {
            document.text = match range {
                Some(range) => replaced(&document.text, range, &new, encoding).into(),
                None => new.into(),
            };
        }
        self.mark_stale(path);
        true
    }

    /// A file was closed: from now on what is on disk counts.
    pub fn close_document(&mut self, path: &Path) {
        Arc::make_mut(&mut self.documents).remove(path);
        let loose = Root::Loose(path.to_owned());
        self.units.retain(|slot| *slot.unit.root() != loose);
        self.changed_on_disk(&[path.to_owned()]);
    }

    /// Files on disk were made, changed or removed.
    pub fn changed_on_disk(&mut self, paths: &[PathBuf]) {
        for path in paths {
            // A package that was not there before, in a folder of the workspace.
            if path.file_name().is_some_and(|name| name == MANIFEST)
                && path.is_file()
                && self.folders.iter().any(|folder| path.starts_with(folder))
                && let Some(package) = path.parent()
            {
                self.open(Root::Folder(package.to_owned()));
            }
        }
        let is_gone = |root: &Root| match root {
            Root::Folder(folder) => !folder.exists(),
            Root::Loose(_) => false,
        };
        let documents = self.documents.clone();
        self.units
            .retain(|slot| !is_gone(slot.unit.root()) || documents.keys().any(|path| slot.unit.owns(path)));
        for at in 0..self.units.len() {
            let unit = &self.units[at].unit;
            // Of an open file, the editor's text counts.
            let concerns =
                |path: &PathBuf| unit.may_concern(path) && !(documents.contains_key(path) && unit.owns(path));
            if paths.iter().any(concerns) {
                self.reload_unit(at);
            }
        }
    }

    /// Reads every package again.
    pub fn reload(&mut self) {
        (0..self.units.len()).for_each(|at| self.reload_unit(at));
    }

    fn reload_unit(&mut self, at: usize) {
        if let Some(slot) = self.units.get_mut(at) {
            slot.unit.reload(&*self.documents, &self.levels);
            slot.known_ids = Arc::default();
            slot.stale.clear();
        }
    }

    /// Brings the databases up to what was opened and edited. Waits for readers, which are told to stop.
    pub fn settle(&mut self) {
        for slot in &mut self.units {
            for path in std::mem::take(&mut slot.stale) {
                if let Some(document) = self.documents.get(&path) {
                    slot.unit.set_text(&path, &document.text);
                }
            }
        }
    }

    /// The package that answers for a file, or else one that has it.
    pub fn unit_of(&self, path: &Path) -> Option<usize> {
        let units = || self.units.iter();
        let loose = |slot: &Slot| matches!(slot.unit.root(), Root::Loose(_));
        units()
            .position(|slot| slot.unit.owns(path) && !loose(slot))
            .or_else(|| units().position(|slot| slot.unit.owns(path)))
            .or_else(|| units().position(|slot| slot.unit.paths().index(path).is_some()))
    }

    /// A package as it is now; to be called when everything is settled.
    pub fn view(&self, at: usize) -> Option<View> {
        let slot = self.units.get(at)?;
        Some(View {
            analysis: slot.unit.analysis(),
            sources: slot.unit.sources().clone(),
            failure: slot.unit.failure().cloned(),
            paths: slot.unit.paths().clone(),
            documents: self.documents.clone(),
            encoding: self.encoding,
            known_ids: slot.known_ids.clone(),
            shelf: self.shelf.clone(),
            pages: self.pages,
        })
    }

    /// What a package is made from, and how often it has changed.
    pub fn state(&self, at: usize) -> Option<(Root, u64)> {
        self.units.get(at).map(|slot| (slot.unit.root().clone(), slot.unit.revision()))
    }

    /// All packages as they are now.
    pub fn views(&self) -> Vec<View> {
        (0..self.units.len()).filter_map(|at| self.view(at)).collect()
    }
}

/// Folders with a manifest, at most as many as one can look through in a moment.
fn packages_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut any_policy = false;
    let mut work = vec![(folder.to_owned(), 0)];
    let mut seen = 0;
    while let Some((at, depth)) = work.pop() {
        seen += 1;
        if seen > MAX_FOLDERS {
            break;
        }
        if at.join(MANIFEST).is_file() {
            found.push(at.clone());
        }
        let Ok(entries) = std::fs::read_dir(&at) else { continue };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let hidden =
                name.to_string_lossy().starts_with('.') || name == "node_modules" || name == "target";
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && !hidden && depth < MAX_DEPTH => {
                    work.push((entry.path(), depth + 1))
                }
                Ok(kind) if kind.is_file() => {
                    any_policy |=
                        Path::new(&name).extension().is_some_and(|extension| extension == EXTENSION);
                }
                _ => {}
            }
        }
    }
    if found.is_empty() && any_policy {
        found.push(folder.to_owned());
    }
    found.sort();
    found
}
