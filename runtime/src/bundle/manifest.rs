//! What a bundle says of itself, as JSON: the part that is signed.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The section with the Program, in the form of [`crate::wire`].
pub(super) const PROGRAM: &str = "program";
/// Profiles with the values of params.
pub(super) const PROFILES: &str = "profiles";
/// Paths and texts of the source files.
pub(super) const SOURCES: &str = "sources";
/// Kinds, names and documentation comments of declarations.
pub(super) const DOCUMENTATION: &str = "documentation";

/// What a bundle is, what it was made of and with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`super::FORMAT`].
    pub format: u32,
    /// The package.
    pub package: PackageName,
    /// Counts up with each release: a reader can refuse what is older than it has had.
    pub revision: u64,
    /// What made it, such as `assize 0.1.0`.
    pub compiler: String,
    /// The commit of the sources, if whoever made it said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// When it was made, in milliseconds since 1970-01-01T00:00:00Z, if whoever made it said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub built: Option<i64>,
    /// The release of the time zone database that its zones were checked against.
    pub zones: String,
    /// The files that it was made of, sorted by path.
    pub inputs: Vec<Input>,
    /// What follows in the file, in this order.
    pub sections: Vec<Section>,
}

/// Name and version of a package.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackageName {
    /// As `assize.toml` says; empty for loose files.
    pub name: String,
    /// As `assize.toml` says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

/// A file that a bundle was made of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// From the package's folder, with `/`.
    pub path: String,
    /// In lower-case hexadecimal digits.
    pub sha256: String,
}

/// A stretch of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// What it is.
    pub name: String,
    /// The version of its own form.
    pub form: u32,
    /// How long it is.
    pub bytes: u64,
    /// In lower-case hexadecimal digits.
    pub sha256: String,
}

/// The SHA-256 of bytes, in lower-case hexadecimal digits.
pub(super) fn digest(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
