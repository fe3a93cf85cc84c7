//! `incremental`: how long an editor waits for findings, in a workspace of many policies.
//!
//! A package is written to a folder ([`generate`]), opened as the language server opens it, and edited as somebody types: each edit is
//! followed by everything that the server does until it knows what to tell the client. Times are those of one process; figures are
//! the median, the 95th percentile and the worst of all edits of a kind.

mod generate;
mod memory;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use assize_lsp::protocol::{convert::position, diagnostics};
use assize_lsp::server::view::Document;
use assize_lsp::server::workspace::Workspace;
use assize_lsp::text::{Encoding, Lines};
use clap::Parser;
use tower_lsp::lsp_types::Url;

/// Times findings after edits.
#[derive(Parser)]
#[command(name = "incremental")]
struct Arguments {
    /// A short run of a small package, to see that it works
    #[arg(long)]
    quick: bool,
    /// Policies
    #[arg(long, default_value_t = 10_000)]
    policies: usize,
    /// Files that they stand in
    #[arg(long, default_value_t = 500)]
    files: usize,
    /// Edits of each kind
    #[arg(long, default_value_t = 200)]
    edits: usize,
}

/// A kind of edit.
struct Kind {
    name: &'static str,
    /// Whether the file is that of the schema.
    schema: bool,
    /// What the `nth` edit makes of a text.
    edit: fn(&str, usize) -> String,
}

const KINDS: [Kind; 5] = [
    Kind { name: "a condition", schema: false, edit: generate::other_limit },
    Kind { name: "a half-typed condition", schema: false, edit: generate::half_typed },
    Kind { name: "a comment above", schema: false, edit: generate::comment },
    Kind { name: "a new policy", schema: false, edit: generate::new_policy },
    Kind { name: "an attribute of an entity", schema: true, edit: generate::new_attribute },
];

fn main() -> ExitCode {
    let mut arguments = Arguments::parse();
    if arguments.quick {
        (arguments.policies, arguments.files, arguments.edits) = (400, 20, 10);
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    generate::write(folder.path(), arguments.policies, arguments.files);
    let before = memory::resident();
    let started = Instant::now();
    let mut workspace = Workspace::new(Encoding::Utf16, |_| None, vec![folder.path().to_owned()]);
    let found = look(&mut workspace);
    let opened = started.elapsed();
    println!("{} policies in {} files", arguments.policies, arguments.files);
    println!("  cold open            {:>9.1} ms   {found} findings", opened.as_secs_f64() * 1e3);
    println!("  memory               {:>9.1} MiB", (memory::resident() - before) as f64 / f64::from(1 << 20));
    for kind in &KINDS {
        let times = edits(&mut workspace, folder.path(), kind, &arguments);
        let at = |part: usize| times[(times.len() - 1) * part / 100].as_secs_f64() * 1e3;
        println!(
            "  {:<26} median {:>7.2} ms   95th {:>7.2} ms   worst {:>7.2} ms",
            kind.name,
            at(50),
            at(95),
            at(100)
        );
    }
    println!("  memory after edits   {:>9.1} MiB", (memory::resident() - before) as f64 / f64::from(1 << 20));
    ExitCode::SUCCESS
}

/// Everything that the server does to know what to tell; the number of findings.
fn look(workspace: &mut Workspace) -> usize {
    workspace.settle();
    let views = workspace.views();
    views.iter().flat_map(diagnostics::of_package).map(|(_, (_, found))| found.len()).sum()
}

/// The times of edits of one kind, sorted. Each goes from the message of the client to what it is told.
fn edits(workspace: &mut Workspace, folder: &Path, kind: &Kind, arguments: &Arguments) -> Vec<Duration> {
    let mut times = Vec::with_capacity(arguments.edits);
    // Somebody works on a few files at a time.
    let names: Vec<String> = match kind.schema {
        true => vec![generate::SCHEMA.to_owned()],
        false => (0..4).map(|nth| generate::file_name(nth * arguments.files / 4)).collect(),
    };
    let texts: Vec<Arc<str>> = names
        .iter()
        .map(|name| std::fs::read_to_string(folder.join(name)).expect("a file that was written").into())
        .collect();
    for (name, text) in names.iter().zip(&texts) {
        let path = folder.join(name);
        let uri = Url::from_file_path(&path).expect("a path");
        workspace.open_document(path, Document { uri, version: 0, text: text.clone() });
        look(workspace);
    }
    for nth in 0..arguments.edits {
        let (name, text) = (&names[nth % names.len()], &texts[nth % names.len()]);
        let new = (kind.edit)(text, nth);
        let lines = Lines::new(text);
        let end = position(lines.place(text, u32::MAX, Encoding::Utf16));
        debug_assert!(end.line > 0);
        let path = folder.join(name);
        let started = Instant::now();
        workspace.edit_document(&path, nth as i32 + 1, vec![(None, new)]);
        look(workspace);
        times.push(started.elapsed());
    }
    for name in &names {
        workspace.close_document(&folder.join(name));
    }
    look(workspace);
    times.sort();
    times
}
