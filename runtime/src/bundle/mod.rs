//! Bundles: a compiled package in one file, with where it comes from and who vouches for it.
//!
//! ```text
//! layout     where things are in the file: manifest, signatures, sections
//! manifest   what the bundle is, what it was made of, and the digest of each section
//! keys       Ed25519 keys, to sign with and to trust
//! trust      what must be so before anything else is looked at
//! write      from a package to bytes; one more signature
//! ```
//! Signatures are over the manifest, and the manifest has the SHA-256 of everything else, so that whoever signed it signed all of it.
//! Nothing is read of a bundle that is not trusted but its manifest; and [`crate::verify()`] judges the Program of one that is.
//! `docs/reference/bundles.md` specifies the format.
//!
//! ```
//! # use assize_runtime::bundle::{self, Draft, SigningKey, Trust};
//! # use assize_runtime::program::Program;
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let ann = SigningKey::from_seed([7; 32]);
//! let bytes = bundle::sign(&Draft::new(&Program::default()).revision(3).to_bytes(), &ann)?;
//!
//! let trust = Trust::keys([ann.verifying_key()]).minimum_revision(2);
//! let bundle = bundle::read(&bytes, &trust)?;
//! assert_eq!(bundle.manifest.revision, 3);
//!
//! let bob = SigningKey::from_seed([8; 32]);
//! assert!(bundle::read(&bytes, &Trust::keys([bob.verifying_key()])).is_err());
//! # Ok(())
//! # }
//! ```

mod keys;
mod layout;
mod manifest;
#[cfg(test)]
mod tests;
mod trust;
mod write;

use smol_str::SmolStr;

use crate::params::{UnknownProfile, profile_params};
use crate::value::Value;
use crate::verify::{Verified, VerifyError, verify};
use crate::wire::{self, WireError};

pub use keys::{KeyError, KeyId, SigningKey, VerifyingKey};
pub use manifest::{Input, Manifest, PackageName, Section};
pub use trust::Trust;
pub use write::{Draft, sign};

use layout::Layout;
use manifest::{DOCUMENTATION, PROFILES, PROGRAM, SOURCES};

/// The number of this format. A reader refuses every other.
pub const FORMAT: u32 = 1;

/// A bundle that is trusted, with a Program that is verified.
#[derive(Clone, Debug)]
pub struct Bundle {
    /// What it is and where it comes from.
    pub manifest: Manifest,
    /// Which of the trusted keys signed it; empty if unsigned bundles are trusted.
    pub signers: Vec<KeyId>,
    /// What it means.
    pub program: Verified,
    /// Values of params by profile, as [`crate::EngineOptions::params`] takes them; what `default` says goes for each.
    pub profiles: Vec<(SmolStr, Vec<(SmolStr, Value)>)>,
    /// The texts that it was made of, by path, for those who show policies; none if they were left out.
    pub sources: Vec<(SmolStr, String)>,
    /// What stands above declarations, by kind and name.
    pub documentation: Vec<(SmolStr, SmolStr, String)>,
}

impl Bundle {
    /// What a deployment binds params to: what the profile `default` says, if there is one, and over it what the named one says.
    pub fn params(&self, profile: Option<&str>) -> Result<Vec<(SmolStr, Value)>, UnknownProfile> {
        profile_params(self.profiles.iter().map(|(name, values)| (name, values)), profile)
    }
}

/// What a bundle says of itself, before anybody has decided whether to believe it.
#[derive(Clone, Debug)]
pub struct Claims {
    /// What it says that it is.
    pub manifest: Manifest,
    /// The keys that it says it was signed with.
    pub signers: Vec<KeyId>,
}

/// Why a bundle is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// It is no file of this kind.
    #[error("this is no Assize bundle")]
    NoBundle,
    /// Another version of the format.
    #[error("the bundle has format {0}, and this build reads format {FORMAT}")]
    Format(u32),
    /// It is cut off, too long, or not put together as the format says.
    #[error("the bundle is damaged: {0}")]
    Damaged(String),
    /// A section is not what the manifest says.
    #[error("the bundle was changed after it was made: section `{0}` is not what its manifest says")]
    Changed(String),
    /// Too few of the trusted keys have signed it.
    #[error(
        "the bundle is signed by {} of the trusted keys, and {needed} must have signed it (it says: {})",
        trusted.len(),
        list(claimed)
    )]
    Untrusted {
        /// Those that did.
        trusted: Vec<KeyId>,
        /// Those that it says signed it.
        claimed: Vec<KeyId>,
        /// How many must.
        needed: usize,
    },
    /// It is older than what is wanted: perhaps somebody wants to bring back a policy that was withdrawn.
    #[error("the bundle has revision {found}, and at least {least} is wanted")]
    Rollback {
        /// Its own.
        found: u64,
        /// The least that is taken.
        least: u64,
    },
    /// It is one of another package.
    #[error("the bundle is of package `{found}`, and `{wanted}` is wanted")]
    Package {
        /// Its own.
        found: String,
        /// The only one that is taken.
        wanted: String,
    },
    /// Its Program cannot be read.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// Its Program is none that this build admits.
    #[error("the bundle's policies are not sound: {0}")]
    Unsound(#[from] VerifyError),
}

fn list(keys: &[KeyId]) -> String {
    match keys {
        [] => "by nobody".to_owned(),
        keys => keys.iter().map(KeyId::to_string).collect::<Vec<_>>().join(", "),
    }
}

/// The bundle that these bytes are, if it may be trusted.
pub fn read(bytes: &[u8], trust: &Trust) -> Result<Bundle, BundleError> {
    let layout = Layout::of(bytes)?;
    let signers = trust.check(&layout)?;
    let section = |name| layout.section(name);
    let program = section(PROGRAM)?.ok_or_else(|| BundleError::Damaged("it has no Program".to_owned()))?;
    Ok(Bundle {
        program: verify(wire::decode(program)?)?,
        profiles: list_of(PROFILES, section(PROFILES)?)?,
        sources: list_of(SOURCES, section(SOURCES)?)?,
        documentation: list_of(DOCUMENTATION, section(DOCUMENTATION)?)?,
        manifest: layout.manifest,
        signers,
    })
}

/// What a bundle says of itself. Nothing of it is proved but that its sections are those that its manifest speaks of.
pub fn inspect(bytes: &[u8]) -> Result<Claims, BundleError> {
    let layout = Layout::of(bytes)?;
    layout.check_sections()?;
    let signers = layout.signatures.iter().map(|signature| signature.key.clone()).collect();
    Ok(Claims { manifest: layout.manifest, signers })
}

fn list_of<T: serde::de::DeserializeOwned>(name: &str, bytes: Option<&[u8]>) -> Result<Vec<T>, BundleError> {
    let Some(bytes) = bytes else { return Ok(Vec::new()) };
    match postcard::take_from_bytes(bytes) {
        Ok((list, [])) => Ok(list),
        _ => Err(BundleError::Damaged(format!("section `{name}` is not of its form"))),
    }
}
