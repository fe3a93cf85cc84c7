//! `generate forge --scale 50 --seed 1 --out DIR`: writes `DIR/entities.ndjson` and `DIR/requests.ndjson`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use assize_examples::{App, generate};
use clap::Parser;

/// Generates data and requests for an example application, the same ones for the same seed.
///
/// Ages and ends of grants lie around 2026-06-01T00:00:00Z: decide at that time for about as many allows as denies.
#[derive(Parser)]
#[command(name = "generate")]
struct Arguments {
    /// The application: drive, forge, todo or payroll
    app: App,
    /// How many entities of each type, at least 4
    #[arg(long, default_value_t = 50)]
    scale: usize,
    /// How many requests
    #[arg(long, default_value_t = 1000)]
    requests: usize,
    /// Another seed gives other data
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The folder to write `entities.ndjson` and `requests.ndjson` to; it is made if it does not exist
    #[arg(long)]
    out: PathBuf,
}

fn main() -> ExitCode {
    let Arguments { app, scale, requests, seed, out } = Arguments::parse();
    let generated = generate(app, scale, requests, seed);
    let written = fs::create_dir_all(&out)
        .map_err(|error| format!("cannot make folder {}: {error}", out.display()))
        .and_then(|()| write(&out.join("entities.ndjson"), &generated.data))
        .and_then(|()| write(&out.join("requests.ndjson"), &generated.requests));
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::from(2)
        }
    }
}

fn write(file: &Path, text: &str) -> Result<(), String> {
    fs::write(file, text).map_err(|error| format!("cannot write {}: {error}", file.display()))
}
