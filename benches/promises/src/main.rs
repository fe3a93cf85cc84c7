//! `promises`: all benchmarks, one after the other, and what becomes of the promises of the design.
//!
//! Each part runs in a process of its own, which is this program again with the part's name and options: what one leaves behind in
//! memory does not touch the next. Tables come back as files ([`parts`]); figures, pictures and verdicts ([`verdict`]) of
//! the promises ([`promise`]) go to a folder.

mod parts;
mod promise;
mod verdict;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use assize_bench_common::table::{Table, ndjson};
use assize_bench_common::{chart, machine};
use clap::Parser;

use crate::parts::Part;
use crate::verdict::Verdicts;

/// Runs all benchmarks, or one part of them, and says which promise holds
#[derive(Parser)]
#[command(name = "promises", args_conflicts_with_subcommands = true)]
struct Arguments {
    /// A short run: it shows agreement and rough ratios, and leaves out what takes long
    #[arg(long)]
    quick: bool,
    /// Fail if a promise falls short
    #[arg(long)]
    strict: bool,
    /// Where figures, tables and pictures go
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/bench"))]
    folder: PathBuf,
    /// Run nothing; take tables that parts wrote before (`peers --tables FILE`, ..), each on a quiet machine
    #[arg(long, num_args = 1.., value_name = "FILE")]
    from: Vec<PathBuf>,
    /// Only one part
    #[command(subcommand)]
    part: Option<Part>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Some(part) = arguments.part {
        return part.run();
    }
    match all(&arguments) {
        Ok(verdicts) => match arguments.strict && verdicts.fall_short() > 0 {
            true => ExitCode::FAILURE,
            false => ExitCode::SUCCESS,
        },
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn all(arguments: &Arguments) -> Result<Verdicts, String> {
    let folder = arguments.folder.as_path();
    let failed = |path: &Path, error: std::io::Error| format!("{}: {error}", path.display());
    fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
    let (machine, commit) = (machine::description(), machine::commit());
    println!("{machine}\ncommit {commit}\n");
    let tables = match arguments.from.as_slice() {
        [] => parts::all(arguments.quick, folder)?,
        files => parts::written(files)?,
    };
    let verdicts = Verdicts::new(&promise::all(), &tables, arguments.quick);
    let text = verdicts.text();
    println!("{text}");
    let shown: String = tables.iter().map(|table| table.text() + "\n").collect();
    let shown = format!("{machine}\ncommit {commit}\n\n{shown}{text}");
    let figures = [ndjson(&tables, &machine, &commit), verdicts.ndjson(&machine, &commit)].concat();
    let mut files = vec![("figures.ndjson".to_owned(), figures), ("tables.txt".to_owned(), shown)];
    files.extend(tables.iter().filter_map(picture));
    for (name, text) in files {
        let path = folder.join(name);
        fs::write(&path, text).map_err(|error| failed(&path, error))?;
    }
    println!("figures, tables and pictures are in {}", folder.display());
    Ok(verdicts)
}

fn picture(table: &Table) -> Option<(String, String)> {
    Some((format!("{}.svg", table.name.replace('/', "-")), chart::svg(table)?))
}
