//! The arguments of `assize import`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Of what a package is made.
#[derive(Debug, Subcommand)]
pub enum ImportCommand {
    /// Of Cedar's policies, schema, entities and links of templates
    Cedar(ImportCedarArgs),
}

/// Arguments of `import cedar`.
#[derive(Debug, Args)]
pub struct ImportCedarArgs {
    /// Policies and templates: Cedar's text, or a policy set as JSON
    #[arg(long, value_name = "FILE")]
    pub policies: PathBuf,

    /// The schema: Cedar's text, or JSON; without one it is inferred from policies, links and entities
    #[arg(long, value_name = "FILE")]
    pub schema: Option<PathBuf>,

    /// Entities as JSON
    #[arg(long, value_name = "FILE")]
    pub entities: Option<PathBuf>,

    /// Links of templates as JSON
    #[arg(long, value_name = "FILE")]
    pub links: Option<PathBuf>,

    /// Where to make the package: a folder that is empty or not there
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,

    /// The package's name, unless that of the folder is right
    #[arg(long)]
    pub name: Option<String>,
}
