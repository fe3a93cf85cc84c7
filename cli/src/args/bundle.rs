//! The arguments of commands about bundles.

use std::path::PathBuf;

use clap::Args;

use super::PackageArgs;

/// Arguments of `build`.
#[derive(Debug, Args)]
pub struct BuildArgs {
    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment would become the help of a flattened group")]
    pub package: PackageArgs,

    /// The file to write; the package's name with `.bundle`, unless said
    #[arg(long, short, value_name = "FILE")]
    pub out: Option<PathBuf>,

    /// Which release this is: services can refuse what is older than what they have
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub revision: u64,

    /// The commit of the sources
    #[arg(long, value_name = "HASH")]
    pub commit: Option<String>,

    /// When it is built (RFC 3339). The clock is not asked, so that the same sources give the same bytes
    #[arg(long, value_name = "TIME")]
    pub built: Option<String>,

    /// Sign with this private key; may be given several times
    #[arg(long, value_name = "KEY")]
    pub sign: Vec<PathBuf>,

    /// Leave the texts of the policies out
    #[arg(long)]
    pub without_sources: bool,

    /// Build nothing if there are warnings
    #[arg(long, short = 'D')]
    pub deny_warnings: bool,
}

/// Arguments of `keygen`.
#[derive(Debug, Args)]
pub struct KeygenArgs {
    /// Writes NAME.key, to sign with, and NAME.pub, to verify with; neither may be there already
    #[arg(value_name = "NAME")]
    pub name: PathBuf,
}

/// Arguments of `sign`.
#[derive(Debug, Args)]
pub struct SignArgs {
    /// The bundle, which gets the signatures in addition to those that it has
    #[arg(value_name = "BUNDLE")]
    pub bundle: PathBuf,

    /// Sign with this private key; may be given several times
    #[arg(long, value_name = "KEY", required = true)]
    pub key: Vec<PathBuf>,
}

/// Whom a command trusts.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// The bundle
    #[arg(value_name = "BUNDLE")]
    pub bundle: PathBuf,

    /// A public key that is trusted; may be given several times
    #[arg(long, value_name = "KEY", required = true)]
    pub trusted: Vec<PathBuf>,

    /// How many of the trusted keys must have signed
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub threshold: u32,

    /// Refuse an earlier revision than this
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub minimum_revision: u64,

    /// Refuse the bundle of another package than this
    #[arg(long, value_name = "NAME")]
    pub package: Option<String>,
}

/// Arguments of `inspect`.
#[derive(Debug, Args)]
pub struct InspectArgs {
    /// The bundle
    #[arg(value_name = "BUNDLE")]
    pub bundle: PathBuf,
}

/// Arguments of `diff`.
#[derive(Debug, Args)]
pub struct DiffArgs {
    /// A bundle, or a package folder
    #[arg(value_name = "OLD")]
    pub old: PathBuf,

    /// A bundle, or a package folder
    #[arg(value_name = "NEW")]
    pub new: PathBuf,
}
