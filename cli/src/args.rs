//! The arguments of `assize`: what can be said on the command line, and nothing about what it does.

mod bundle;
mod import;
mod query;

use std::path::PathBuf;

use assize_runtime::EngineKind;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::exit::Stop;

pub use bundle::{BuildArgs, DiffArgs, InspectArgs, KeygenArgs, SignArgs, VerifyArgs};
pub use import::{ImportCedarArgs, ImportCommand};
pub use query::{ActionsArgs, AskingArgs, ControlsArgs, PoliciesArgs, QueryCommand, WhatCanArgs, WhoCanArgs};

/// Policies for access control: check them, test them, decide with them.
#[derive(Debug, Parser)]
#[command(name = "assize", version, after_help = AFTER_HELP, disable_help_subcommand = true)]
pub struct Cli {
    /// What to do
    #[command(subcommand)]
    pub command: Command,

    /// How results are printed
    #[arg(long, value_enum, default_value_t = AnyFormat::Human, global = true)]
    pub format: AnyFormat,
}

const AFTER_HELP: &str = "Results go to standard output, diagnostics to standard error.\n\
    Exit codes: 0 success (a denied request too), 1 errors in policies or failed tests, 2 bad usage or unreadable input.";

/// One command of `assize`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a new package that checks, tests and decides
    Init(InitArgs),
    /// Check policies, their data and their params
    Check(CheckArgs),
    /// Run the tests that stand beside the policies, with both engines
    Test(TestArgs),
    /// Decide one request from flags, or many from a file
    Decide(Box<DecideArgs>),
    /// Ask who can, what can, which actions
    #[command(subcommand)]
    Query(Box<QueryCommand>),
    /// Make a package of another language's policies
    #[command(subcommand)]
    Import(Box<ImportCommand>),
    /// Give policy files the one true format
    Fmt(FmtArgs),
    /// Make the safe repairs that diagnostics propose
    Fix(FixArgs),
    /// Make a bundle of a package: one file that services load
    Build(BuildArgs),
    /// Make a pair of keys: one to sign bundles with, one to verify them
    Keygen(KeygenArgs),
    /// Sign a bundle
    Sign(SignArgs),
    /// Say whether a bundle may be trusted
    Verify(VerifyArgs),
    /// Print what a bundle has in it
    Inspect(InspectArgs),
    /// Print what two bundles or packages declare differently
    Diff(DiffArgs),
    /// Say why a request is allowed or denied, or print the page of a diagnostic code
    Explain(ExplainArgs),
    /// Speak the Language Server Protocol on standard input and output
    #[cfg(feature = "lsp")]
    Lsp,
}

/// What `--format` may say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AnyFormat {
    /// For reading
    Human,
    /// For programs
    Json,
    /// SARIF 2.1.0, for code scanning (check and test)
    Sarif,
    /// A table for spreadsheets (query)
    Csv,
}

/// How the results of most commands are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For reading.
    Human,
    /// For programs.
    Json,
}

impl AnyFormat {
    /// The format, unless it is one for findings or for tables only.
    pub fn plain(self) -> Option<Format> {
        match self {
            AnyFormat::Human => Some(Format::Human),
            AnyFormat::Json => Some(Format::Json),
            AnyFormat::Sarif | AnyFormat::Csv => None,
        }
    }
}

impl AnyFormat {
    /// Why a command does not print it.
    pub fn refused(self) -> Stop {
        let message = match self {
            AnyFormat::Csv => "only `query` prints CSV",
            _ => "only `check` and `test` print SARIF",
        };
        Stop::usage(message).help("`--format json` suits programs")
    }
}

/// Which engine decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum EngineName {
    /// Native code
    Jit,
    /// The reference interpreter
    Interpreter,
}

impl From<EngineName> for EngineKind {
    fn from(name: EngineName) -> EngineKind {
        match name {
            EngineName::Jit => EngineKind::Jit,
            EngineName::Interpreter => EngineKind::Interpreter,
        }
    }
}

/// The policies that a command works on.
#[derive(Debug, Args)]
pub struct PackageArgs {
    /// A package folder, or `.assize` files that together are a package
    #[arg(default_value = ".", value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// Bind the params as this profile in `assize.toml` says
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
}

/// Arguments of `init`.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// Where to make it; the folder may exist, nothing in it is overwritten
    #[arg(default_value = ".")]
    pub dir: PathBuf,

    /// Its name, unless that of the folder is right
    #[arg(long)]
    pub name: Option<String>,
}

/// Arguments of `check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment would become the help of a flattened group")]
    pub package: PackageArgs,

    /// Exit with 1 on warnings too
    #[arg(long, short = 'D')]
    pub deny_warnings: bool,
}

/// Arguments of `fix`.
#[derive(Debug, Args)]
pub struct FixArgs {
    /// A package folder, or `.assize` files that together are a package
    #[arg(default_value = ".", value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// Change nothing: print what would change, and exit with 1 if anything would
    #[arg(long)]
    pub dry_run: bool,

    /// Also make repairs that are only suggested, where there is one: read the difference before you trust it
    #[arg(long)]
    pub suggested: bool,
}

/// Arguments of `fmt`.
#[derive(Debug, Args)]
pub struct FmtArgs {
    /// Policy files, or folders with `.assize` files below them
    #[arg(default_value = ".", value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// Change nothing: print what would change, and exit with 1 if anything would
    #[arg(long)]
    pub check: bool,

    /// Read standard input and write its formatted text to standard output
    #[arg(long, conflicts_with = "paths")]
    pub stdin: bool,
}

/// Arguments of `test`.
#[derive(Debug, Args)]
pub struct TestArgs {
    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment would become the help of a flattened group")]
    pub package: PackageArgs,

    /// Run only tests whose name contains this
    #[arg(long, value_name = "TEXT")]
    pub filter: Option<String>,

    /// Run with one engine instead of comparing both
    #[arg(long, value_enum)]
    pub engine: Option<EngineName>,
}

/// Arguments of `decide`.
#[derive(Debug, Args)]
pub struct DecideArgs {
    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment would become the help of a flattened group")]
    pub package: PackageArgs,

    /// Who asks: `User::"ann"`
    #[arg(long, value_name = "ENTITY", requires = "action", requires = "resource")]
    pub principal: Option<String>,

    /// What they want to do: `read`
    #[arg(long, value_name = "ACTION", requires = "principal")]
    pub action: Option<String>,

    /// To what: `Document::"d1"`
    #[arg(long, value_name = "ENTITY", requires = "principal")]
    pub resource: Option<String>,

    /// The context as JSON, or @FILE to read it from a file
    #[arg(long, value_name = "JSON", requires = "principal")]
    pub context: Option<String>,

    /// Entities of external types as a JSON array, or @FILE
    #[arg(long, value_name = "JSON", requires = "principal")]
    pub entities: Option<String>,

    /// Decide each line of this file, `-` for standard input, and print one decision for each
    #[arg(long, value_name = "FILE", conflicts_with = "principal", required_unless_present_any = ["principal", "cedar_requests"])]
    pub requests: Option<PathBuf>,

    /// The same for requests written for Cedar, to a package imported from it, with Cedar's names in requests and decisions
    #[arg(long, value_name = "FILE", conflicts_with_all = ["principal", "requests", "trust_now"])]
    pub cedar_requests: Option<PathBuf>,

    /// Entities and grants, JSON or NDJSON; may be given several times
    #[arg(long, value_name = "FILE")]
    pub data: Vec<PathBuf>,

    /// Leave out the data files that `assize.toml` names
    #[arg(long)]
    pub no_package_data: bool,

    /// Decide as if it were this time (RFC 3339) instead of asking the clock
    #[arg(long, value_name = "TIME")]
    pub now: Option<String>,

    /// Believe the `now` of a request; for replaying logs, never for requests from outside
    #[arg(long)]
    pub trust_now: bool,

    /// Which engine decides
    #[arg(long, value_enum, default_value_t = EngineName::Jit)]
    pub engine: EngineName,

    /// Tell in the end on standard error how much memory policies, data and machine code take
    #[arg(long)]
    pub stats: bool,
}

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// A code such as E0101, all codes are listed without one; with a request, a package folder or its files
    #[arg(value_name = "CODE|PATH")]
    pub about: Vec<String>,

    /// Who asks: `User::"ann"`
    #[arg(long, value_name = "ENTITY", requires = "action", requires = "resource")]
    pub principal: Option<String>,

    /// What they want to do: `read`
    #[arg(long, value_name = "ACTION", requires = "principal")]
    pub action: Option<String>,

    /// To what: `Document::"d1"`
    #[arg(long, value_name = "ENTITY", requires = "principal")]
    pub resource: Option<String>,

    /// The context as JSON, or @FILE to read it from a file
    #[arg(long, value_name = "JSON", requires = "principal")]
    pub context: Option<String>,

    /// Entities of external types as a JSON array, or @FILE
    #[arg(long, value_name = "JSON", requires = "principal")]
    pub entities: Option<String>,

    /// Entities and grants, JSON or NDJSON; may be given several times
    #[arg(long, value_name = "FILE", requires = "principal")]
    pub data: Vec<PathBuf>,

    /// Leave out the data files that `assize.toml` names
    #[arg(long, requires = "principal")]
    pub no_package_data: bool,

    /// Bind the params as this profile in `assize.toml` says
    #[arg(long, value_name = "NAME", requires = "principal")]
    pub profile: Option<String>,

    /// Decide as if it were this time (RFC 3339) instead of asking the clock
    #[arg(long, value_name = "TIME", requires = "principal")]
    pub now: Option<String>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_arguments_do_not_contradict_each_other() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_single_request_needs_all_three_parts() {
        let parse = |args: &str| Cli::try_parse_from(args.split(' '));
        assert!(parse("assize decide . --principal U --action read --resource D").is_ok());
        assert!(parse("assize decide . --principal U --action read").is_err());
        assert!(parse("assize decide .").is_err());
        assert!(parse("assize decide . --requests - --principal U --action read --resource D").is_err());
    }
}
