//! What must be so of a bundle before it is read.

use std::collections::BTreeSet;

use super::layout::Layout;
use super::{BundleError, KeyId, VerifyingKey};

/// Which bundles are taken. There is no default: whoever loads a bundle says whom they trust, or that they trust anybody.
#[derive(Clone, Debug)]
pub struct Trust {
    keys: Vec<VerifyingKey>,
    /// How many of the keys must have signed; 0 only for bundles that nobody need have signed.
    threshold: usize,
    minimum_revision: u64,
    package: Option<String>,
}

impl Trust {
    /// Bundles that one of these keys has signed. Without any key no bundle is trusted.
    pub fn keys(keys: impl IntoIterator<Item = VerifyingKey>) -> Trust {
        Trust { keys: keys.into_iter().collect(), threshold: 1, minimum_revision: 0, package: None }
    }

    /// Every bundle, signed or not: whoever can write the file makes the decisions.
    pub fn anybody() -> Trust {
        Trust { keys: Vec::new(), threshold: 0, minimum_revision: 0, package: None }
    }

    /// So many of the keys must have signed, at least one. It does nothing to [`Trust::anybody`].
    pub fn threshold(mut self, threshold: usize) -> Trust {
        if self.threshold > 0 {
            self.threshold = threshold.max(1);
        }
        self
    }

    /// Refuses bundles of an earlier revision, signed as they may be: a policy that was withdrawn does not come back.
    pub fn minimum_revision(mut self, revision: u64) -> Trust {
        self.minimum_revision = revision;
        self
    }

    /// Refuses bundles of other packages, so that those who sign for many cannot be made to vouch for the wrong one.
    pub fn package(mut self, name: impl Into<String>) -> Trust {
        self.package = Some(name.into());
        self
    }

    /// The keys among the trusted ones that signed this.
    pub(super) fn check(&self, layout: &Layout<'_>) -> Result<Vec<KeyId>, BundleError> {
        let message = layout.message();
        let signed_by = |key: &VerifyingKey| {
            let id = key.id();
            let signatures = layout.signatures.iter().filter(|signature| signature.key == id);
            let mut bytes = signatures.filter_map(|signature| signature.bytes());
            bytes.any(|bytes| key.verifies(&message, &bytes)).then_some(id)
        };
        // A key that is named twice is one key.
        let trusted: BTreeSet<KeyId> = self.keys.iter().filter_map(signed_by).collect();
        if trusted.len() < self.threshold {
            return Err(BundleError::Untrusted {
                trusted: trusted.into_iter().collect(),
                claimed: layout.signatures.iter().map(|signature| signature.key.clone()).collect(),
                needed: self.threshold,
            });
        }
        let manifest = &layout.manifest;
        if let Some(wanted) = self.package.as_ref().filter(|wanted| **wanted != manifest.package.name) {
            let found = manifest.package.name.escape_debug().to_string();
            return Err(BundleError::Package { found, wanted: wanted.clone() });
        }
        if manifest.revision < self.minimum_revision {
            return Err(BundleError::Rollback { found: manifest.revision, least: self.minimum_revision });
        }
        layout.check_sections()?;
        Ok(trusted.into_iter().collect())
    }
}
