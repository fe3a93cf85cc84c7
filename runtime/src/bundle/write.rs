//! From a package to the bytes of a bundle, and one more signature on it.

use smol_str::SmolStr;

use super::layout::{Layout, MOST_SIGNATURES, Signed, message, whole};
use super::manifest::{DOCUMENTATION, PROFILES, PROGRAM, SOURCES, digest};
use super::{BundleError, FORMAT, Input, Manifest, PackageName, Section, SigningKey};
use crate::program::Program;
use crate::value::Value;
use crate::wire;
use crate::zone::Zone;

/// A bundle that is being made. The same contents give the same bytes, on every machine.
#[derive(Clone, Debug)]
pub struct Draft {
    manifest: Manifest,
    sections: Vec<(&'static str, Vec<u8>)>,
}

impl Draft {
    /// A bundle of this Program, which says nothing yet of where it comes from.
    pub fn new(program: &Program) -> Draft {
        let manifest = Manifest {
            format: FORMAT,
            package: PackageName::default(),
            revision: 0,
            compiler: concat!("assize ", env!("CARGO_PKG_VERSION")).to_owned(),
            commit: None,
            built: None,
            zones: Zone::release().to_owned(),
            inputs: Vec::new(),
            sections: Vec::new(),
        };
        Draft { manifest, sections: vec![(PROGRAM, wire::encode(program))] }
    }

    /// Which package it is of.
    pub fn package(mut self, name: impl Into<String>, version: Option<String>) -> Draft {
        self.manifest.package = PackageName { name: name.into(), version };
        self
    }

    /// Which release it is: the next one has a greater number.
    pub fn revision(mut self, revision: u64) -> Draft {
        self.manifest.revision = revision;
        self
    }

    /// Which commit its sources are of.
    pub fn commit(mut self, commit: impl Into<String>) -> Draft {
        self.manifest.commit = Some(commit.into());
        self
    }

    /// When it was made, in milliseconds since 1970-01-01T00:00:00Z.
    pub fn built(mut self, at: i64) -> Draft {
        self.manifest.built = Some(at);
        self
    }

    /// Names a file that it was made of; the bundle has its digest.
    pub fn input(mut self, path: impl Into<String>, bytes: &[u8]) -> Draft {
        self.manifest.inputs.push(Input { path: path.into(), sha256: digest(bytes) });
        self.manifest.inputs.sort();
        self
    }

    /// Brings the values that profiles give to params.
    pub fn profiles(self, profiles: &[(SmolStr, Vec<(SmolStr, Value)>)]) -> Draft {
        self.list(PROFILES, profiles)
    }

    /// Brings the texts of the policy files, by path.
    pub fn sources(self, sources: &[(SmolStr, String)]) -> Draft {
        self.list(SOURCES, sources)
    }

    /// Brings what stands above declarations: kind, name, text.
    pub fn documentation(self, documentation: &[(SmolStr, SmolStr, String)]) -> Draft {
        self.list(DOCUMENTATION, documentation)
    }

    fn list<T: serde::Serialize>(mut self, name: &'static str, list: &[T]) -> Draft {
        // Texts and values: all of them can be written, and memory is all that it takes.
        self.sections.push((name, postcard::to_allocvec(list).unwrap_or_default()));
        self
    }

    /// The file, which nobody has signed yet.
    pub fn to_bytes(&self) -> Vec<u8> {
        let section = |(name, bytes): &(&'static str, Vec<u8>)| Section {
            name: (*name).to_owned(),
            form: wire::FORMAT,
            bytes: bytes.len() as u64,
            sha256: digest(bytes),
        };
        let sections = self.sections.iter().map(section).collect();
        let manifest = Manifest { sections, ..self.manifest.clone() };
        let manifest = serde_json::to_vec(&manifest).unwrap_or_default();
        let sections: Vec<&[u8]> = self.sections.iter().map(|(_, bytes)| bytes.as_slice()).collect();
        whole(&manifest, &[], &sections)
    }
}

/// The bundle with a signature of this key in addition to those that it has, or as it was if it has that one. What it says is not judged: the
/// one who signs does that before.
pub fn sign(bundle: &[u8], key: &SigningKey) -> Result<Vec<u8>, BundleError> {
    let layout = Layout::of(bundle)?;
    layout.check_sections()?;
    let signed = Signed::new(key.verifying_key().id(), &key.sign(&message(layout.manifest_bytes)));
    let mut signatures = layout.signatures.clone();
    // A signature of this key that is not valid makes room for one that is.
    signatures.retain(|other| other.key != signed.key);
    if signatures.len() >= MOST_SIGNATURES {
        return Err(BundleError::Damaged(format!("it has {MOST_SIGNATURES} signatures already")));
    }
    signatures.push(signed);
    signatures.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(layout.with_signatures(&signatures))
}
