//! From the paths on the command line to a compiled package with its data.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use assize_compiler::cases::TestCase;
use assize_compiler::compile::{Compilation, compile};
use assize_compiler::manifest::Manifest;
use assize_compiler::named::{NamedEntity, absent};
use assize_compiler::package::{Located, SourceText, load};
use assize_runtime::data::Data;
use assize_runtime::engine::{Engine, EngineKind, EngineOptions};
use assize_runtime::{Value, Verified, json};
use smol_str::SmolStr;

use crate::args::{Format, PackageArgs};
use crate::clock;
use crate::diagnostics::Report;
use crate::exit::{Exit, Stop};

/// The largest data file, in bytes.
const MAX_DATA: u64 = 2 << 30;

/// What was found at some paths, for good or ill.
#[derive(Debug)]
pub struct Findings {
    /// Texts, as the diagnostics count them.
    pub files: Vec<SourceText>,
    /// Everything that there is to say about them.
    pub diagnostics: Vec<Located>,
    /// What they mean, unless some diagnostic is an error.
    pub package: Option<Package>,
}

/// A package that compiles.
#[derive(Debug)]
pub struct Package {
    /// What it means.
    pub program: Verified,
    /// Its tests.
    pub tests: Vec<TestCase>,
    /// What the chosen profile binds params to.
    pub params: Vec<(SmolStr, Value)>,
    /// Data files that its manifest names.
    pub data_files: Vec<PathBuf>,
    /// The time that its manifest names for the command line.
    pub fixed_now: Option<i64>,
    /// Its texts.
    pub files: Vec<SourceText>,
    /// Entities that its policies name.
    pub named: Vec<NamedEntity>,
    /// What `assize.toml` says.
    pub manifest: Arc<Manifest>,
}

impl Findings {
    /// Loads and compiles what the paths name. That the manifest lacks the named profile ends the command.
    pub fn at(args: &PackageArgs) -> Result<Findings, Stop> {
        let sources = match load(&args.paths) {
            Ok(sources) => sources,
            Err(failure) => {
                return Ok(Findings {
                    files: failure.files,
                    diagnostics: failure.diagnostics,
                    package: None,
                });
            }
        };
        let data_files = sources.data_files();
        let compilation = compile(sources);
        let params = bound(&compilation, args.profile.as_deref())?;
        let Compilation { files, diagnostics, program, tests, manifest, named, .. } = compilation;
        let fixed_now = manifest.now;
        let package = program.map(|program| Package {
            program,
            tests,
            params,
            data_files,
            fixed_now,
            files: files.clone(),
            named,
            manifest,
        });
        Ok(Findings { files, diagnostics, package })
    }

    /// The diagnostics with their texts.
    pub fn report(&self) -> Report<'_> {
        Report { texts: &self.files, diagnostics: &self.diagnostics }
    }
}

impl Package {
    /// The package at the paths, after what there is to say about it has been printed; the command is over if it does not compile.
    pub fn at(args: &PackageArgs, format: Format) -> Result<Package, Stop> {
        let findings = Findings::at(args)?;
        let report = findings.report();
        report.print_to_stderr(format)?;
        let exit = report.exit();
        findings.package.ok_or(Stop::Reported(exit.max(Exit::Findings)))
    }

    /// The time at which its data is checked unless the command line names one.
    pub fn now(&self) -> i64 {
        self.fixed_now.unwrap_or_else(clock::now)
    }

    /// An engine over data.
    pub fn engine(&self, kind: EngineKind, data: Data) -> Result<Engine, Stop> {
        let options = EngineOptions {
            engine: kind,
            params: self.params.clone(),
            data: Some(data),
            ..EngineOptions::default()
        };
        Engine::new(self.program.clone(), options).map_err(Stop::usage)
    }

    /// The contents of data files: all of them fit, or the command is over with every fault listed.
    pub fn load_data(&self, files: &[PathBuf], now: i64) -> Result<Data, Stop> {
        let contents: Vec<(String, Vec<u8>)> = files
            .iter()
            .map(|file| Ok((file.display().to_string(), read(file)?)))
            .collect::<Result<_, Stop>>()?;
        let named = contents.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
        json::load(&self.program.schema, named, now).map_err(|faults| {
            let count =
                if faults.total == 1 { "1 fault".to_owned() } else { format!("{} faults", faults.total) };
            Stop::usage(format!("the data does not fit, so none of it was taken: {count}")).faults(faults)
        })
    }

    /// Warnings about entities that policies name and its data lacks; none for a package without data of its own.
    pub fn absent_entities(&self, data: &Data) -> Vec<Located> {
        if self.data_files.is_empty() {
            return Vec::new();
        }
        absent(&self.named, &self.program.schema, data, &self.manifest)
    }

    /// Where a policy stands: `policies/roles.assize:12`.
    pub fn place_of(&self, policy: u32) -> Option<String> {
        let policy = self.program.policies.get(policy as usize)?;
        let name = self.program.files.get(policy.origin.file as usize)?;
        let text = self.files.iter().find(|file| file.name == *name)?;
        let start = policy.origin.start.saturating_add(policy.span.start);
        let (line, _) = assize_lang::line_column(&text.text, start);
        Some(format!("{}:{line}", text.path.display()))
    }
}

/// Why params cannot be bound, with where their values come from.
pub fn unbound(error: impl std::fmt::Display) -> Stop {
    Stop::usage(error).help(
        "a param's value stands behind its `=`, or below `[params.default]` or the chosen profile in `assize.toml`",
    )
}

/// Without a program there is nothing to bind, and the errors say why.
fn bound(compilation: &Compilation, profile: Option<&str>) -> Result<Vec<(SmolStr, Value)>, Stop> {
    if compilation.program.is_none() {
        return Ok(Vec::new());
    }
    compilation.bound_params(profile).map_err(Stop::usage)
}

/// Everything that a data file holds, which need not be a regular file; a device without an end is not read for ever.
fn read(path: &Path) -> Result<Vec<u8>, Stop> {
    let shown = path.display();
    let unreadable = |error| Stop::usage(format!("cannot read the data file `{shown}`: {error}"));
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(MAX_DATA + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MAX_DATA {
        return Err(Stop::usage(format!("the data file `{shown}` has more than {} GiB", MAX_DATA >> 30)));
    }
    Ok(bytes)
}
