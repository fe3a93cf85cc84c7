//! How long an editor waits for findings, in a workspace of many policies.
//!
//! A package is written to a folder ([`generate`]), opened as the language server opens it, and edited as somebody types: each edit is
//! followed by everything that the server does until it knows what to tell the client. Times are those of one process, by the wall.

mod generate;

use std::path::Path;
use std::sync::Arc;

use assize_bench_common::clock::wall_time;
use assize_bench_common::memory::resident;
use assize_bench_common::stats::{percentile, sorted};
use assize_bench_common::table::{Picture, Table};
use assize_lsp::protocol::{convert::position, told::Memory};
use assize_lsp::server::view::Document;
use assize_lsp::server::workspace::Workspace;
use assize_lsp::text::{Encoding, Lines};
use clap::Args;
use tower_lsp::lsp_types::Url;

/// What is measured.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// A short run of a small package, to see that it works
    #[arg(long)]
    pub quick: bool,
    /// Policies
    #[arg(long, default_value_t = 10_000)]
    pub policies: usize,
    /// Files that they stand in
    #[arg(long, default_value_t = 500)]
    pub files: usize,
    /// Edits of each kind
    #[arg(long, default_value_t = 200)]
    pub edits: usize,
}

/// A kind of edit.
pub struct Kind {
    /// What is edited.
    pub name: &'static str,
    /// Whether the file is that of the schema.
    schema: bool,
    /// What the `nth` edit makes of a text.
    edit: fn(&str, usize) -> String,
}

/// All of them.
pub const KINDS: [Kind; 5] = [
    Kind { name: "a condition", schema: false, edit: generate::other_limit },
    Kind { name: "a half-typed condition", schema: false, edit: generate::half_typed },
    Kind { name: "a comment above", schema: false, edit: generate::comment },
    Kind { name: "a new policy", schema: false, edit: generate::new_policy },
    Kind { name: "an attribute of an entity", schema: true, edit: generate::new_attribute },
];

/// Measures and hands the table over.
///
/// # Errors
///
/// If there is no folder to write to.
pub fn run(options: &Options, mut ready: impl FnMut(Table)) -> Result<(), String> {
    let mut options = options.clone();
    if options.quick {
        (options.policies, options.files, options.edits) = (400, 20, 10);
    }
    if options.files < 4 || options.edits == 0 {
        return Err("there must be four files, and an edit".to_owned());
    }
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    generate::write(folder.path(), options.policies, options.files);
    let memory = || resident().unwrap_or_default();
    let (before, started) = (memory(), wall_time());
    let mut workspace = Workspace::new(Encoding::Utf16, |_| None, vec![folder.path().to_owned()]);
    let mut memory_of = Memory::default();
    let found = look(&mut workspace, &mut memory_of).0;
    let (opened, after) = ((wall_time() - started) / 1e6, memory());

    let columns =
        [("median", "ms"), ("p95", "ms"), ("longest", "ms"), ("all: median", "ms"), ("all: p95", "ms")];
    let picture = Picture::Groups(vec!["median".into(), "p95".into()]);
    let title = format!(
        "an edit of a package of {} policies in {} files, until an editor knows the findings of each file; and all, those between \
         policies too",
        options.policies, options.files
    );
    let mut table =
        Table::new(format!("incremental/{}", options.policies), title, "edit of", &columns, picture);
    for kind in &KINDS {
        let (first, all) = edits(&mut workspace, &mut memory_of, folder.path(), kind, &options);
        let [median, p95, longest] = [50.0, 95.0, 100.0].map(|percent| Some(percentile(&first, percent)));
        let [all, most] = [50.0, 95.0].map(|percent| Some(percentile(&all, percent)));
        table.row(kind.name, &[median, p95, longest, all, most]);
    }
    table.note(format!(
        "{} edits of each kind; opening took {opened:.0} ms, with {found} findings",
        options.edits
    ));
    table.note(format!(
        "memory: {:.0} MiB after opening, {:.0} MiB after all edits",
        after - before,
        memory() - before
    ));
    ready(table);
    Ok(())
}

/// Everything that the server does to know what to tell: the number of new findings, and when the first step was done.
fn look(workspace: &mut Workspace, memory: &mut Memory) -> (usize, f64) {
    workspace.settle();
    let Some(view) = workspace.view(0) else { return (0, wall_time()) };
    let mut told = Vec::new();
    memory.first(&view, &mut told);
    let first = wall_time();
    memory.complete(&view, &mut told);
    (told.iter().map(|told| told.found.len()).sum(), first)
}

/// The times of edits of one kind in milliseconds, sorted. Each goes from the message of the client to what it is told: in the first
/// step, and in both.
fn edits(
    workspace: &mut Workspace,
    memory: &mut Memory,
    folder: &Path,
    kind: &Kind,
    options: &Options,
) -> (Vec<f64>, Vec<f64>) {
    let (mut times, mut all) = (Vec::with_capacity(options.edits), Vec::with_capacity(options.edits));
    // Somebody works on a few files at a time.
    let names: Vec<String> = match kind.schema {
        true => vec![generate::SCHEMA.to_owned()],
        false => (0..4).map(|nth| generate::file_name(nth * options.files / 4)).collect(),
    };
    let texts: Vec<Arc<str>> = names
        .iter()
        .map(|name| std::fs::read_to_string(folder.join(name)).expect("a file that was written").into())
        .collect();
    for (name, text) in names.iter().zip(&texts) {
        let path = folder.join(name);
        let uri = Url::from_file_path(&path).expect("a path");
        workspace.open_document(path, Document { uri, version: 0, text: text.clone() });
        look(workspace, memory);
    }
    for nth in 0..options.edits {
        let (name, text) = (&names[nth % names.len()], &texts[nth % names.len()]);
        let new = (kind.edit)(text, nth);
        let lines = Lines::new(text);
        let end = position(lines.place(text, u32::MAX, Encoding::Utf16));
        debug_assert!(end.line > 0);
        let path = folder.join(name);
        let started = wall_time();
        workspace.edit_document(&path, nth as i32 + 1, vec![(None, new)]);
        let (_, first) = look(workspace, memory);
        times.push((first - started) / 1e6);
        all.push((wall_time() - started) / 1e6);
    }
    for name in &names {
        workspace.close_document(&folder.join(name));
    }
    look(workspace, memory);
    (sorted(times), sorted(all))
}
