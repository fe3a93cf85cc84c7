//! The thread that owns all databases, and the queue in front of it.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use rustc_hash::FxHashSet;
use salsa::Cancelled;
use tokio::sync::mpsc::UnboundedSender;
use tower_lsp::lsp_types::{Diagnostic, Url};

use super::pool::Pool;
use super::view::{Document, Pages, View};
use super::workspace::{Change, Workspace};
use crate::protocol::settings::Levels;
use crate::protocol::told::{Memory, Told};
use crate::text::Encoding;

/// What readers were asked and could not answer, because the text changed meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Modified;

/// A question about the package of one file; `None` if no package has it.
pub type Question = Box<dyn FnOnce(Option<View>) + Send>;

/// A question about all packages.
pub type WideQuestion = Box<dyn FnOnce(Vec<View>) + Send>;

/// What happens to the server, in the order in which it happens.
pub enum Event {
    /// A file was opened.
    Open(PathBuf, Document),
    /// A file was edited.
    Edit(PathBuf, i32, Vec<Change>),
    /// A file was closed.
    Close(PathBuf),
    /// Files on disk were made, changed or removed.
    Disk(Vec<PathBuf>),
    /// The folders of the workspace are others.
    Folders {
        /// New ones.
        added: Vec<PathBuf>,
        /// Those that are gone.
        removed: Vec<PathBuf>,
    },
    /// Somebody wants to know something about a file.
    Ask(PathBuf, Question),
    /// Somebody wants to know something about all packages.
    AskAll(WideQuestion),
    /// The client configures levels of warnings.
    Levels(Levels),
    /// A package has been looked through.
    Diagnosed(Diagnosed),
    /// Tests of a file were run: what they found, by file. The findings go with the next edit.
    Tested(PathBuf, BTreeMap<Url, Vec<Diagnostic>>),
    /// The client is gone.
    Stop,
}

/// What is new among the findings of one package.
pub struct Diagnosed {
    unit: usize,
    root: super::unit::Root,
    revision: u64,
    new: Vec<Told>,
}

/// What the server says by itself.
#[derive(Debug)]
pub enum Out {
    /// The findings of a file.
    Publish(Url, Vec<Diagnostic>, Option<i32>),
    /// Whoever has asked for findings should ask again.
    Refresh,
}

/// The way to the owner.
#[derive(Clone, Debug)]
pub struct Queue {
    events: Sender<Event>,
}

/// What the server is started with.
#[derive(Clone, Debug)]
pub struct Start {
    /// What columns count.
    pub encoding: Encoding,
    /// Folders of the workspace.
    pub folders: Vec<PathBuf>,
    /// Whether the client asks for findings itself, so that it only has to be told when.
    pub pulls: bool,
    /// Pages about codes.
    pub pages: Pages,
    /// Levels of warnings.
    pub levels: Levels,
}

impl Queue {
    /// Starts the owner.
    pub fn start(start: Start, out: UnboundedSender<Out>) -> Queue {
        let (events, queue) = channel();
        let own = Queue { events };
        let handle = own.clone();
        let readers = thread::available_parallelism().map_or(2, |count| count.get().clamp(2, 8));
        // Where there are no threads there is no server: nobody takes events, and nobody answers.
        drop(thread::Builder::new().name("owner".to_owned()).spawn(move || {
            let mut workspace = Workspace::new(start.encoding, start.pages, Vec::new());
            workspace.set_levels(start.levels);
            start.folders.into_iter().for_each(|folder| workspace.add_folder(folder));
            let owner = Owner {
                workspace,
                queue: handle,
                readers: Pool::new("reader", readers),
                diagnoser: Pool::new("diagnoser", 1),
                out,
                pulls: start.pulls,
                diagnosing: BTreeMap::new(),
                published: BTreeMap::new(),
                tested: BTreeMap::new(),
                edited: FxHashSet::default(),
                memories: BTreeMap::new(),
                held: BTreeMap::new(),
            };
            owner.run(&queue);
        }));
        own
    }

    /// Adds an event behind all that were added before.
    pub fn send(&self, event: Event) {
        drop(self.events.send(event));
    }
}

/// Runs a reader's work; an edit of what it reads ends it.
pub fn uninterrupted<T>(work: impl FnOnce() -> T) -> Result<T, Modified> {
    Cancelled::catch(AssertUnwindSafe(work)).map_err(|_| Modified)
}

struct Owner {
    workspace: Workspace,
    queue: Queue,
    readers: Pool,
    diagnoser: Pool,
    out: UnboundedSender<Out>,
    pulls: bool,
    /// The revision of each package that is being looked through, or was last.
    diagnosing: BTreeMap<super::unit::Root, u64>,
    /// What the client has been told of each package.
    published: BTreeMap<super::unit::Root, BTreeMap<Url, Vec<Diagnostic>>>,
    /// What tests have found that were run since the last edit.
    tested: BTreeMap<super::unit::Root, BTreeMap<Url, Vec<Diagnostic>>>,
    /// Files that were edited since their findings were last told.
    edited: FxHashSet<Url>,
    /// What the diagnoser remembers of each package.
    memories: BTreeMap<super::unit::Root, Arc<Mutex<Memory>>>,
    /// What was found in texts that have changed since: to be told with what is found in the present ones.
    held: BTreeMap<super::unit::Root, Vec<Told>>,
}

impl Owner {
    fn run(mut self, queue: &Receiver<Event>) {
        self.settle();
        while let Ok(first) = queue.recv() {
            let mut next = Some(first);
            while let Some(event) = next {
                if matches!(event, Event::Stop) {
                    return;
                }
                self.take(event);
                next = queue.try_recv().ok();
            }
            self.settle();
        }
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::Open(path, document) => {
                self.edited.insert(document.uri.clone());
                self.workspace.open_document(path, document);
            }
            Event::Edit(path, version, changes) => {
                if self.workspace.edit_document(&path, version, changes)
                    && let Some(document) = self.workspace.documents().get(&path)
                {
                    self.edited.insert(document.uri.clone());
                }
            }
            Event::Close(path) => self.workspace.close_document(&path),
            Event::Disk(paths) => self.workspace.changed_on_disk(&paths),
            Event::Folders { added, removed } => {
                removed.iter().for_each(|folder| self.workspace.remove_folder(folder));
                added.into_iter().for_each(|folder| self.workspace.add_folder(folder));
            }
            Event::Ask(path, question) => {
                self.workspace.settle();
                let view = self.workspace.unit_of(&path).and_then(|at| self.workspace.view(at));
                self.readers.run(Box::new(move || question(view)));
            }
            Event::AskAll(question) => {
                self.workspace.settle();
                let views = self.workspace.views();
                self.readers.run(Box::new(move || question(views)));
            }
            Event::Levels(levels) => self.workspace.set_levels(levels),
            Event::Diagnosed(found) => self.publish(found),
            Event::Tested(path, found) => {
                let Some((root, _)) = self.workspace.unit_of(&path).and_then(|at| self.workspace.state(at))
                else {
                    return;
                };
                let told = self.tested.entry(root.clone()).or_default();
                told.extend(found.iter().map(|(uri, found)| (uri.clone(), found.clone())));
                found.keys().for_each(|uri| self.tell_again(&root, uri));
            }
            Event::Stop => {}
        }
    }

    /// Brings databases up to date and has what changed looked through.
    fn settle(&mut self) {
        self.workspace.settle();
        self.forget_closed();
        let mut any = false;
        for at in 0..self.workspace.len() {
            let Some((root, revision)) = self.workspace.state(at) else { continue };
            if self.diagnosing.get(&root) == Some(&revision) {
                continue;
            }
            any = true;
            self.diagnosing.insert(root.clone(), revision);
            // What tests found in another text says nothing of this one.
            for uri in self.tested.remove(&root).unwrap_or_default().into_keys() {
                self.tell_again(&root, &uri);
            }
            if self.pulls {
                continue;
            }
            let Some(view) = self.workspace.view(at) else { continue };
            let queue = self.queue.clone();
            let memory = self.memories.entry(root.clone()).or_default().clone();
            self.diagnoser.run(Box::new(move || {
                // An edit that ends this starts it again. What was remembered until then is told.
                let mut memory = memory.lock().unwrap_or_else(PoisonError::into_inner);
                for step in [Memory::first, Memory::complete] {
                    let (root, mut new) = (root.clone(), Vec::new());
                    let ended = uninterrupted(|| step(&mut memory, &view, &mut new)).is_err();
                    queue.send(Event::Diagnosed(Diagnosed { unit: at, root, revision, new }));
                    if ended {
                        return;
                    }
                }
            }));
        }
        if any && self.pulls {
            drop(self.out.send(Out::Refresh));
        }
    }

    /// Takes back what was said of packages that are no longer open.
    fn forget_closed(&mut self) {
        let open: Vec<super::unit::Root> =
            (0..self.workspace.len()).filter_map(|at| Some(self.workspace.state(at)?.0)).collect();
        self.diagnosing.retain(|root, _| open.contains(root));
        self.memories.retain(|root, _| open.contains(root));
        self.held.retain(|root, _| open.contains(root));
        let out = &self.out;
        self.published.retain(|root, told| {
            let kept = open.contains(root);
            if !kept {
                for (uri, _) in told.iter().filter(|(_, found)| !found.is_empty()) {
                    drop(out.send(Out::Publish(uri.clone(), Vec::new(), None)));
                }
            }
            kept
        });
    }

    /// Tells the client what is known of a file, with what tests found.
    fn tell_again(&mut self, root: &super::unit::Root, uri: &Url) {
        let of = |known: &BTreeMap<super::unit::Root, BTreeMap<Url, Vec<Diagnostic>>>| {
            known.get(root).and_then(|told| told.get(uri)).cloned().unwrap_or_default()
        };
        let all = [of(&self.published), of(&self.tested)].concat();
        let version = self.workspace.documents().values().find(|it| it.uri == *uri).map(|it| it.version);
        drop(self.out.send(Out::Publish(uri.clone(), all, version)));
    }

    /// Tells the client what has changed.
    fn publish(&mut self, found: Diagnosed) {
        let Diagnosed { unit, root, revision, new } = found;
        if !self.memories.contains_key(&root) {
            return;
        }
        let held = self.held.entry(root.clone()).or_default();
        held.extend(new);
        if self.workspace.state(unit) != Some((root.clone(), revision)) {
            return;
        }
        let new = std::mem::take(held);
        let told = self.published.entry(root.clone()).or_default();
        // The last that was found of a file counts.
        let mut tell: BTreeSet<Url> = BTreeSet::new();
        for Told { uri, found, .. } in new {
            let silent = found.is_empty() && told.get(&uri).is_none_or(Vec::is_empty);
            told.insert(uri.clone(), found);
            if !silent {
                tell.insert(uri);
            }
        }
        // Whoever edits a file waits for its findings, even if they are the same.
        for uri in self.edited.iter().filter(|uri| told.contains_key(*uri)) {
            tell.insert(uri.clone());
        }
        self.edited.retain(|uri| !told.contains_key(uri));
        tell.into_iter().for_each(|uri| self.tell_again(&root, &uri));
    }
}
