//! Commands about bundles: making, signing, judging and comparing them.

mod build;
mod diff;
mod inspect;
mod keys;

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

use assize_runtime::bundle::{self, Bundle, BundleError, SigningKey, Trust, VerifyingKey};
use tempfile::NamedTempFile;

use crate::exit::Stop;

pub use build::run as build;
pub use diff::run as diff;
pub use inspect::{inspect, verify};
pub use keys::{keygen, sign};

/// The largest bundle, in bytes.
const MAX_BUNDLE: u64 = 2 << 30;
/// The largest key file, in bytes.
const MAX_KEY: u64 = 1 << 16;

/// The bytes of a file.
fn read(path: &Path, most: u64) -> Result<Vec<u8>, Stop> {
    let unreadable = |error| Stop::usage(format!("cannot read `{}`: {error}", path.display()));
    let file = File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(most + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > most {
        return Err(Stop::usage(format!("`{}` is larger than {} MiB", path.display(), (most >> 20).max(1))));
    }
    Ok(bytes)
}

/// The text of a key file.
fn key_text(path: &Path) -> Result<String, Stop> {
    String::from_utf8(read(path, MAX_KEY)?)
        .map_err(|_| Stop::usage(format!("`{}` is no key: it is not text", path.display())))
}

fn signing_key(path: &Path) -> Result<SigningKey, Stop> {
    SigningKey::from_pem(&key_text(path)?).map_err(|error| {
        Stop::usage(format!("`{}`: {error}", path.display()))
            .help("`assize keygen NAME` makes a pair of keys")
    })
}

fn verifying_key(path: &Path) -> Result<VerifyingKey, Stop> {
    VerifyingKey::from_pem(&key_text(path)?).map_err(|error| {
        Stop::usage(format!("`{}`: {error}", path.display()))
            .help("the public key is in the file that ends in `.pub`, beside the private one")
    })
}

/// Puts a file in its place in one step: whoever reads it sees what was there before, or all of this.
fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Stop> {
    let write = || {
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let mut file = NamedTempFile::with_prefix_in(".assize-", folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        open_to_all(file.as_file())?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    };
    write()
        .map_err(|error: std::io::Error| Stop::usage(format!("cannot write `{}`: {error}", path.display())))
}

/// A temporary file is its owner's alone; a bundle is no secret.
#[cfg(unix)]
fn open_to_all(file: &File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn open_to_all(_: &File) -> std::io::Result<()> {
    Ok(())
}

/// A bundle to look at, whoever made it.
fn open(path: &Path) -> Result<Bundle, Stop> {
    bundle::read(&read(path, MAX_BUNDLE)?, &Trust::anybody()).map_err(|error| unusable(path, &error))
}

fn unusable(path: &Path, error: &BundleError) -> Stop {
    let stop = Stop::usage(format!("`{}`: {error}", path.display()));
    match error {
        BundleError::NoBundle => stop.help("`assize build` makes a bundle of a package"),
        BundleError::Format(_) => {
            stop.help("read it with the version of assize that made it, or build it again")
        }
        _ => stop,
    }
}
