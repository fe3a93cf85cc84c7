//! The parts, each a process of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use assize_bench_common::program::Output;
use assize_bench_common::table::{Table, read};
use clap::{Args, Subcommand};

/// A benchmark with its options.
#[derive(Subcommand)]
pub enum Part {
    /// Decisions beside hand-written Rust and other engines
    Peers(Run<assize_bench_peers::Options>),
    /// Decisions as policies, entities and grants grow
    Scale(Run<assize_bench_scale::Options>),
    /// Changes of the data
    Update(Run<assize_bench_update::Options>),
    /// From text to decisions
    Compile(Run<assize_bench_compile::Options>),
}

/// Options of a benchmark, and where its tables go.
#[derive(Args)]
pub struct Run<O: Args> {
    #[command(flatten)]
    options: O,
    #[command(flatten)]
    output: Output,
}

impl Part {
    /// Runs it in this process.
    pub fn run(&self) -> ExitCode {
        match self {
            Part::Peers(run) => run.output.collect(|ready| assize_bench_peers::run(&run.options, ready)),
            Part::Scale(run) => run.output.collect(|ready| assize_bench_scale::run(&run.options, ready)),
            Part::Compile(run) => run.output.collect(|ready| assize_bench_compile::run(&run.options, ready)),
            Part::Update(run) => run.output.collect(|ready| {
                assize_bench_update::run(&run.options, ready);
                Ok(())
            }),
        }
    }
}

/// What is run, in order: the quick ones first.
const ALL: [&[&str]; 7] = [
    &["peers"],
    &["scale", "--only", "policies"],
    &["scale", "--only", "entities"],
    &["scale", "--only", "reverse"],
    &["compile", "--through", "compile"],
    &["update"],
    &["scale", "--only", "grants"],
];

/// A program that is built apart, because it needs the language server and all that this needs.
const EDITS: &str = "edits";

/// Runs all parts, one after the other, and returns their tables.
pub fn all(quick: bool, folder: &Path) -> Result<Vec<Table>, String> {
    let own = std::env::current_exe().map_err(|error| format!("this program cannot find itself: {error}"))?;
    let mut programs: Vec<(PathBuf, &[&str])> = ALL.iter().map(|part| (own.clone(), *part)).collect();
    let edits = own.with_file_name(format!("{EDITS}{}", std::env::consts::EXE_SUFFIX));
    if edits.is_file() {
        programs.push((edits, &[]));
    }
    let file = folder.join("part.ndjson");
    let mut tables = Vec::new();
    for (program, part) in programs {
        let mut command = Command::new(&program);
        command.args(part).arg("--tables").arg(&file);
        if quick {
            command.arg("--quick");
        }
        let status = command.status().map_err(|error| format!("{}: {error}", program.display()))?;
        if !status.success() {
            return Err(format!("`{} {}` failed: {status}", program.display(), part.join(" ")));
        }
        tables.extend(written(std::slice::from_ref(&file))?);
    }
    fs::remove_file(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(tables)
}

/// Tables that parts have written, in this order.
pub fn written(files: &[PathBuf]) -> Result<Vec<Table>, String> {
    let mut tables = Vec::new();
    for file in files {
        let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
        tables.extend(read(&text).map_err(|error| format!("{}: {error}", file.display()))?);
    }
    Ok(tables)
}
