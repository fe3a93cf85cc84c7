//! Where things are in the file.
//!
//! ```text
//! "ASSIZE", a zero byte, the format as one byte
//! u32, little-endian: how many bytes of manifest; the manifest, JSON
//! u32, little-endian: how many bytes of signatures; the signatures, JSON
//! the sections, in the order and with the lengths that the manifest gives; nothing after them
//! ```

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};

use super::manifest::{Manifest, Section, digest};
use super::{BundleError, FORMAT, KeyId};
use crate::wire;

const MAGIC: &[u8; 7] = b"ASSIZE\0";
/// What is signed begins with this, so that no signature for something else fits.
const DOMAIN: &[u8] = b"assize bundle manifest\0";
/// The most bytes of a manifest; and of signatures.
const MOST: usize = 16 << 20;
/// The most sections: there are four kinds.
const MOST_SECTIONS: usize = 16;
/// The most signatures.
pub(super) const MOST_SIGNATURES: usize = 64;

/// One signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Signed {
    /// Which key made it.
    pub key: KeyId,
    /// 64 bytes in base64.
    signature: String,
}

impl Signed {
    pub(super) fn new(key: KeyId, signature: &[u8; 64]) -> Signed {
        Signed { key, signature: BASE64_STANDARD.encode(signature) }
    }

    /// `None` if it is none.
    pub(super) fn bytes(&self) -> Option<[u8; 64]> {
        BASE64_STANDARD.decode(&self.signature).ok()?.try_into().ok()
    }
}

/// The parts of a file, none of them believed yet.
#[derive(Debug)]
pub(super) struct Layout<'b> {
    pub manifest: Manifest,
    /// As it stands in the file.
    pub manifest_bytes: &'b [u8],
    pub signatures: Vec<Signed>,
    /// All sections.
    rest: &'b [u8],
}

impl<'b> Layout<'b> {
    pub(super) fn of(bytes: &'b [u8]) -> Result<Layout<'b>, BundleError> {
        let rest = bytes.strip_prefix(MAGIC).ok_or(BundleError::NoBundle)?;
        let (format, rest) = rest.split_first().ok_or_else(cut_off)?;
        if u32::from(*format) != FORMAT {
            return Err(BundleError::Format(u32::from(*format)));
        }
        let (manifest_bytes, rest) = counted(rest)?;
        let (signatures, rest) = counted(rest)?;
        let manifest: Manifest = json("the manifest", manifest_bytes)?;
        if manifest.format != FORMAT {
            return Err(BundleError::Format(manifest.format));
        }
        let signatures: Vec<Signed> = json("the list of signatures", signatures)?;
        if signatures.len() > MOST_SIGNATURES {
            return Err(BundleError::Damaged(format!("it has more than {MOST_SIGNATURES} signatures")));
        }
        sections_are_few_and_distinct(&manifest.sections)?;
        let layout = Layout { manifest, manifest_bytes, signatures, rest };
        let total =
            layout.manifest.sections.iter().try_fold(0_u64, |sum, section| sum.checked_add(section.bytes));
        match total {
            Some(total) if total == rest.len() as u64 => Ok(layout),
            Some(total) if total < rest.len() as u64 => {
                Err(BundleError::Damaged("something follows its last section".to_owned()))
            }
            _ => Err(cut_off()),
        }
    }

    /// What the signatures are over.
    pub(super) fn message(&self) -> Vec<u8> {
        message(self.manifest_bytes)
    }

    /// A section, if there is one, which must be the one that the manifest means.
    pub(super) fn section(&self, name: &str) -> Result<Option<&'b [u8]>, BundleError> {
        let mut at = 0_usize;
        for section in &self.manifest.sections {
            // All lengths together are the length of the rest.
            let bytes = &self.rest[at..at + section.bytes as usize];
            at += bytes.len();
            if section.name == name {
                return checked(section, bytes).map(Some);
            }
        }
        Ok(None)
    }

    pub(super) fn check_sections(&self) -> Result<(), BundleError> {
        self.manifest.sections.iter().try_for_each(|section| self.section(&section.name).map(|_| ()))
    }

    /// The file with these signatures.
    pub(super) fn with_signatures(&self, signatures: &[Signed]) -> Vec<u8> {
        whole(self.manifest_bytes, signatures, &[self.rest])
    }
}

fn sections_are_few_and_distinct(sections: &[Section]) -> Result<(), BundleError> {
    if sections.len() > MOST_SECTIONS {
        return Err(BundleError::Damaged(format!("it has more than {MOST_SECTIONS} sections")));
    }
    let names: std::collections::BTreeSet<_> = sections.iter().map(|section| &section.name).collect();
    if names.len() == sections.len() {
        Ok(())
    } else {
        Err(BundleError::Damaged("two of its sections have one name".to_owned()))
    }
}

fn checked<'b>(section: &Section, bytes: &'b [u8]) -> Result<&'b [u8], BundleError> {
    if section.form != wire::FORMAT {
        return Err(BundleError::Damaged(format!(
            "section `{}` has form {}, and this build reads form {}",
            section.name.escape_debug(),
            section.form,
            wire::FORMAT
        )));
    }
    if digest(bytes) == section.sha256 {
        Ok(bytes)
    } else {
        Err(BundleError::Changed(section.name.escape_debug().to_string()))
    }
}

/// What signatures of this manifest are over.
pub(super) fn message(manifest: &[u8]) -> Vec<u8> {
    [DOMAIN, manifest].concat()
}

/// A file.
pub(super) fn whole(manifest: &[u8], signatures: &[Signed], sections: &[&[u8]]) -> Vec<u8> {
    let signatures = serde_json::to_vec(signatures).unwrap_or_default();
    let mut bytes = MAGIC.to_vec();
    bytes.push(FORMAT as u8);
    for part in [manifest, &signatures] {
        // Far below `MOST`, unless the package has hundreds of thousands of files.
        bytes.extend_from_slice(&(part.len() as u32).to_le_bytes());
        bytes.extend_from_slice(part);
    }
    sections.iter().for_each(|section| bytes.extend_from_slice(section));
    bytes
}

fn counted(bytes: &[u8]) -> Result<(&[u8], &[u8]), BundleError> {
    let (count, rest) = bytes.split_first_chunk().ok_or_else(cut_off)?;
    let count = u32::from_le_bytes(*count) as usize;
    if count > MOST {
        return Err(BundleError::Damaged(format!("a part of it is larger than {} MiB", MOST >> 20)));
    }
    rest.split_at_checked(count).ok_or_else(cut_off)
}

fn json<T: serde::de::DeserializeOwned>(what: &str, bytes: &[u8]) -> Result<T, BundleError> {
    serde_json::from_slice(bytes).map_err(|error| BundleError::Damaged(format!("{what}: {error}")))
}

fn cut_off() -> BundleError {
    BundleError::Damaged("it is cut off".to_owned())
}
