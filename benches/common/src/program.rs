//! What every benchmark's program does with its tables: print each as it is ready, and write files if asked to.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::machine;
use crate::table::{Table, ndjson, write};

/// Where tables go beside the terminal.
#[derive(Args, Clone, Debug, Default)]
pub struct Output {
    /// A file to write figures to, as NDJSON
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// A file to write tables to, for `promises --from`
    #[arg(long)]
    pub tables: Option<PathBuf>,
}

impl Output {
    /// Runs a benchmark that hands its tables over.
    pub fn collect(&self, run: impl FnOnce(&mut dyn FnMut(Table)) -> Result<(), String>) -> ExitCode {
        match self.written(run) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("error: {error}");
                ExitCode::from(2)
            }
        }
    }

    fn written(&self, run: impl FnOnce(&mut dyn FnMut(Table)) -> Result<(), String>) -> Result<(), String> {
        let mut tables = Vec::new();
        run(&mut |table| {
            println!("{}", table.text());
            tables.push(table);
        })?;
        if let Some(file) = &self.out {
            let figures = ndjson(&tables, &machine::description(), &machine::commit());
            fs::write(file, figures).map_err(|error| format!("cannot write {}: {error}", file.display()))?;
        }
        if let Some(file) = &self.tables {
            let lines = write(&tables);
            fs::write(file, lines).map_err(|error| format!("cannot write {}: {error}", file.display()))?;
        }
        Ok(())
    }
}
