//! What was worked out for a client before: after an edit, only what is new is put into the protocol's form again.
//!
//! Findings come in two steps. The first has what files say by themselves, and is there in a moment; what policies say together, of
//! which one makes another superfluous, comes with the second. In between, what the second step said before still holds for items
//! that are as they were.

use std::collections::BTreeMap;
use std::sync::Arc;

use assize_compiler::compile::{diagnose, diagnose_file, diagnose_manifest, is_beyond_limits, weigh_file};
use assize_compiler::db::SourceFile;
use assize_compiler::findings::{self, Outlook};
use assize_compiler::package::{Located, SourceText};
use assize_lang::Label;
use rustc_hash::{FxHashMap, FxHashSet};
use tower_lsp::lsp_types::{Diagnostic, Url};

use super::diagnostics::place;
use crate::server::View;
use crate::server::files::Paths;

/// The findings of a file, with the version of an open one.
#[derive(Clone, Debug)]
pub struct Told {
    /// The file.
    pub uri: Url,
    /// The version of its text that places count in.
    pub version: Option<i32>,
    /// All that there is to say, or nothing.
    pub found: Vec<Diagnostic>,
}

/// What was told of a package.
#[derive(Default)]
pub struct Memory {
    paths: Option<Arc<Paths>>,
    files: FxHashMap<SourceFile, Known>,
    /// What belongs to no policy file: findings of manifests, and what could not be read.
    others: BTreeMap<Url, Vec<Diagnostic>>,
    /// Whether there was more wrong than is shown: then nothing can be said of one file.
    beyond: bool,
}

/// What was told of a file.
struct Known {
    uri: Url,
    /// What was converted.
    found: Arc<Vec<Located>>,
    /// The texts in which its places are: its own first.
    texts: Vec<(u32, Arc<str>)>,
    told: Vec<Diagnostic>,
    /// What the second step has added.
    kept: Vec<Kept>,
    /// What the first step has found.
    own: Option<Arc<Vec<Located>>>,
    /// What that rests on beside the text, where that can be said.
    outlook: Option<Outlook>,
}

/// A finding of the second step, with the item that it is about.
struct Kept {
    item: Arc<str>,
    start: u32,
    located: Located,
}

impl Kept {
    /// The finding where the item is now.
    fn moved_to(&self, start: u32) -> Located {
        let mut located = self.located.clone();
        let moved = |at: u32| start + at.saturating_sub(self.start);
        let inside = |label: &Label| label.file.is_some() || label.start >= self.start;
        located.diagnostic.secondary.retain(inside);
        let own = located.diagnostic.secondary.iter_mut().filter(|label| label.file.is_none());
        for label in own.chain([&mut located.diagnostic.primary]) {
            (label.start, label.end) = (moved(label.start), moved(label.end));
        }
        for edit in located.diagnostic.fixes.iter_mut().flat_map(|fix| &mut fix.edits) {
            (edit.start, edit.end) = (moved(edit.start), moved(edit.end));
        }
        located
    }
}

impl Memory {
    /// Adds what the files say by themselves to `told`, as far as that is new. What is there when this is ended from outside must be
    /// told too.
    pub fn first(&mut self, view: &View, told: &mut Vec<Told>) {
        told.extend(self.forget_gone(view));
        let analysis = &view.analysis;
        // What is looked at is what somebody looks at: open files come first.
        let mut files: Vec<(SourceFile, u32)> = analysis.files().iter().copied().zip(0..).collect();
        if self.beyond || self.files.is_empty() && is_beyond_limits(&analysis.database, analysis.package) {
            return;
        }
        let is_open = |at: u32| view.paths.path(at).is_some_and(|path| view.documents.contains_key(path));
        files.sort_by_key(|(_, at)| !is_open(*at));
        for (file, at) in &files {
            let at = *at;
            let outlook = findings::outlook(&analysis.database, *file);
            let known = self.files.get(file);
            if known.is_some_and(|known| known.outlook.as_ref() == Some(&outlook) && known.is_current(view)) {
                continue;
            }
            let own = &findings::of_file(&analysis.database, *file).diagnostics;
            if known.is_some_and(|known| {
                known.own.as_ref().is_some_and(|it| Arc::ptr_eq(it, own)) && known.is_current(view)
            }) {
                continue;
            }
            let mut all = Vec::clone(own);
            let kept = known.map(|known| known.still_there(view, *file, at)).unwrap_or_default();
            all.extend(kept);
            told.extend(self.tell(view, *file, at, Arc::new(all)));
            if let Some(known) = self.files.get_mut(file) {
                known.own = Some(own.clone());
                known.outlook = findings::is_plain(&analysis.database, *file).then_some(outlook);
            }
        }
    }

    /// As [`Memory::first`], with everything that there is to say.
    pub fn complete(&mut self, view: &View, told: &mut Vec<Told>) {
        told.extend(self.forget_gone(view));
        let analysis = &view.analysis;
        let (database, package) = (&analysis.database, analysis.package);
        self.beyond = is_beyond_limits(database, package);
        let whole = self.beyond.then(|| diagnose(database, package, &view.sources));
        for (file, at) in analysis.files().iter().zip(0..) {
            let found = match &whole {
                Some(all) => Arc::new(all.iter().filter(|it| it.file == at).cloned().collect()),
                None => diagnose_file(database, *file, &view.sources),
            };
            let own = &findings::of_file(database, *file).diagnostics;
            let is_known = self.files.get(file).is_some_and(|known| {
                (Arc::ptr_eq(&known.found, &found) || known.found == found) && known.is_current(view)
            });
            if !is_known {
                told.extend(self.tell(view, *file, at, found.clone()));
            }
            if let Some(known) = self.files.get_mut(file) {
                known.own = Some(own.clone());
                known.keep(view, *file, &found, own);
            }
        }
        told.extend(self.tell_others(view));
    }

    /// Puts findings of a file into the protocol's form; nothing if the client knows them.
    fn tell(&mut self, view: &View, file: SourceFile, at: u32, found: Arc<Vec<Located>>) -> Option<Told> {
        // The first look at files of others: there is nothing to say of most.
        if found.is_empty() && !self.files.contains_key(&file) && !view.analysis.is_own(at) {
            return None;
        }
        let uri = view.uri(at)?;
        let mut texts = vec![(at, view.analysis.text(file).clone())];
        for label in found.iter().flat_map(|it| &it.diagnostic.secondary) {
            if let Some(other) = label.file.filter(|other| texts.iter().all(|(known, _)| known != other))
                && let Some(source) = view.analysis.file(other)
            {
                texts.push((other, view.analysis.text(source).clone()));
            }
        }
        let converted = if found.is_empty() { Vec::new() } else { place(view, at, &found) };
        let known = self.files.remove(&file);
        let same = known.as_ref().is_some_and(|known| known.uri == uri && known.told == converted);
        let (kept, outlook) = known.map(|known| (known.kept, known.outlook)).unwrap_or_default();
        let told = Told { uri: uri.clone(), version: version(view, at), found: converted.clone() };
        self.files.insert(file, Known { uri, found, texts, told: converted, kept, own: None, outlook });
        (!same).then(|| self.with_others(told))
    }

    fn with_others(&self, mut told: Told) -> Told {
        told.found.extend(self.others.get(&told.uri).into_iter().flatten().cloned());
        told
    }

    /// Of files that the package no longer has there is nothing to say.
    fn forget_gone(&mut self, view: &View) -> Vec<Told> {
        if self.paths.as_ref().is_some_and(|known| Arc::ptr_eq(known, &view.paths)) {
            return Vec::new();
        }
        self.paths = Some(view.paths.clone());
        let there: FxHashSet<SourceFile> = view.analysis.files().iter().copied().collect();
        let mut gone = Vec::new();
        self.files.retain(|file, known| {
            let stays = there.contains(file);
            if !stays {
                gone.push(Told { uri: known.uri.clone(), version: None, found: Vec::new() });
            }
            stays
        });
        // Places count files, and those may have other numbers now.
        self.files.values_mut().for_each(|known| known.texts.clear());
        gone
    }

    /// Findings of manifests and of what could not be read.
    fn tell_others(&mut self, view: &View) -> Vec<Told> {
        let mut others: BTreeMap<Url, Vec<Diagnostic>> = BTreeMap::new();
        let analysis = &view.analysis;
        let of_manifest = diagnose_manifest(&analysis.database, analysis.package, &view.sources);
        let mut add = |texts: &[SourceText], found: &[Located]| {
            for located in found {
                let (uri, converted) = super::diagnostics::place_in(view, texts, located);
                if let Some(uri) = uri {
                    others.entry(uri).or_default().extend(converted);
                }
            }
        };
        if !of_manifest.is_empty() {
            add(&view.texts(), &of_manifest);
        }
        if let Some(failure) = &view.failure {
            add(&failure.files, &failure.diagnostics);
        }
        if others == self.others {
            return Vec::new();
        }
        let before = std::mem::replace(&mut self.others, others);
        let changed: FxHashSet<&Url> = before
            .keys()
            .chain(self.others.keys())
            .filter(|uri| before.get(uri) != self.others.get(uri))
            .collect();
        let mut changed: Vec<&Url> = changed.into_iter().collect();
        changed.sort();
        let of_files = |uri: &Url| self.files.values().find(|known| known.uri == *uri);
        changed
            .into_iter()
            .map(|uri| {
                let known = of_files(uri);
                let found = known.map(|known| known.told.clone()).unwrap_or_default();
                let at = known.and_then(|known| known.texts.first()).map(|(at, _)| *at);
                let version = at.and_then(|at| version(view, at));
                self.with_others(Told { uri: uri.clone(), version, found })
            })
            .collect()
    }
}

impl Known {
    /// Whether all places are in the texts that there are now.
    fn is_current(&self, view: &View) -> bool {
        let same = |(at, text): &(u32, Arc<str>)| {
            view.analysis.file(*at).is_some_and(|file| Arc::ptr_eq(view.analysis.text(file), text))
        };
        !self.texts.is_empty() && self.texts.iter().all(same)
    }

    /// Remembers what the second step has added to the first.
    fn keep(&mut self, view: &View, file: SourceFile, all: &[Located], own: &[Located]) {
        self.kept.clear();
        if all.len() == own.len() {
            return;
        }
        for located in all.iter().filter(|it| !own.contains(it)) {
            if let Some(at) = view.analysis.item_at(file, located.diagnostic.primary.start) {
                let item = at.item.text(&view.analysis.database).clone();
                self.kept.push(Kept { item, start: at.start, located: located.clone() });
            }
        }
    }

    /// What the second step said of items that are as they were.
    fn still_there(&self, view: &View, file: SourceFile, at: u32) -> Vec<Located> {
        if self.kept.is_empty() {
            return Vec::new();
        }
        let database = &view.analysis.database;
        let items = view.analysis.items(file);
        let starts: FxHashMap<&str, u32> =
            items.iter().map(|item| (&**item.text(database), item.start(database))).collect();
        let moved = |kept: &Kept| Some(kept.moved_to(*starts.get(&*kept.item)?));
        let mut still: Vec<Located> = self.kept.iter().filter_map(moved).collect();
        still.iter_mut().for_each(|located| located.file = at);
        weigh_file(database, file, at, &mut still);
        still
    }
}

fn version(view: &View, at: u32) -> Option<i32> {
    let path = view.paths.path(at)?;
    view.documents.get(path).map(|document| document.version)
}
