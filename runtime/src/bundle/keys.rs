//! Ed25519 keys (RFC 8032), as PEM files that other tools write and read too: private ones as PKCS #8, public ones as
//! SubjectPublicKeyInfo (RFC 8410).

use std::fmt;

use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, DecodePublicKey, EncodePrivateKey, EncodePublicKey};
use ed25519_dalek::{Signature, Signer};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::manifest::hexadecimal;

/// What a public key is called: the first 16 bytes of its SHA-256, in lower-case hexadecimal digits. It only says which key to try.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct KeyId(String);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // It may come from a stranger's file, and goes to terminals.
        write!(f, "{}", self.0.escape_debug())
    }
}

/// Why a text is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not `-----BEGIN PUBLIC KEY-----` with an Ed25519 key in it.
    #[error("this is no public Ed25519 key in PEM")]
    Public,
    /// Not `-----BEGIN PRIVATE KEY-----` with an Ed25519 key in it.
    #[error("this is no private Ed25519 key in PEM")]
    Private,
    /// A key that signatures prove nothing about.
    #[error("this public key is a weak one, for which anybody can sign")]
    Weak,
}

/// A key to sign with. Whoever has it can make bundles that others trust.
#[derive(Clone)]
pub struct SigningKey(ed25519_dalek::SigningKey);

/// Not the key itself.
impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.verifying_key().id())
    }
}

impl SigningKey {
    /// The key that follows from 32 random bytes.
    pub fn from_seed(seed: [u8; 32]) -> SigningKey {
        SigningKey(ed25519_dalek::SigningKey::from_bytes(&seed))
    }

    /// From PEM.
    pub fn from_pem(text: &str) -> Result<SigningKey, KeyError> {
        ed25519_dalek::SigningKey::from_pkcs8_pem(text.trim_start())
            .map(SigningKey)
            .map_err(|_| KeyError::Private)
    }

    /// As PEM, which is a secret.
    pub fn to_pem(&self) -> Result<String, KeyError> {
        let pem = self.0.to_pkcs8_pem(LineEnding::LF).map_err(|_| KeyError::Private)?;
        Ok(pem.as_str().to_owned())
    }

    /// The key to verify with.
    pub fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey(self.0.verifying_key())
    }

    pub(super) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

/// A key to verify with. It is no secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifyingKey(ed25519_dalek::VerifyingKey);

impl VerifyingKey {
    /// From PEM.
    pub fn from_pem(text: &str) -> Result<VerifyingKey, KeyError> {
        let key = ed25519_dalek::VerifyingKey::from_public_key_pem(text.trim_start())
            .map_err(|_| KeyError::Public)?;
        if key.is_weak() { Err(KeyError::Weak) } else { Ok(VerifyingKey(key)) }
    }

    /// As PEM.
    pub fn to_pem(&self) -> Result<String, KeyError> {
        self.0.to_public_key_pem(LineEnding::LF).map_err(|_| KeyError::Public)
    }

    /// What it is called.
    pub fn id(&self) -> KeyId {
        let digest = Sha256::digest(self.0.as_bytes());
        KeyId(hexadecimal(&digest[..16]))
    }

    /// Strictly: one message has one signature of one key.
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        self.0.verify_strict(message, &Signature::from_bytes(signature)).is_ok()
    }
}
