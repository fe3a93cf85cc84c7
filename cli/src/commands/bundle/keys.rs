//! `assize keygen` and `assize sign`.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use assize_runtime::bundle::{self, SigningKey};
use serde_json::json;

use super::{MAX_BUNDLE, read, signing_key, unusable, write_whole};
use crate::args::{Format, KeygenArgs, SignArgs};
use crate::exit::{Exit, Stop};

/// Makes a pair of keys in two new files.
pub fn keygen(args: &KeygenArgs, format: Format, out: &mut impl Write) -> Result<Exit, Stop> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)
        .map_err(|error| Stop::usage(format!("the system gives no random numbers: {error}")))?;
    let key = SigningKey::from_seed(seed);
    let public = key.verifying_key();
    let (private_path, public_path) = (with_ending(&args.name, "key"), with_ending(&args.name, "pub"));
    let texts = key.to_pem().and_then(|private| Ok((private, public.to_pem()?)));
    let (private_text, public_text) = texts.map_err(Stop::usage)?;
    // The public one first: if anything fails, no secret is left behind.
    create(&public_path, &public_text, 0o644)?;
    if let Err(stop) = create(&private_path, &private_text, 0o600) {
        let _ = fs::remove_file(&public_path);
        return Err(stop);
    }
    let (private_path, public_path) = (private_path.display(), public_path.display());
    match format {
        Format::Human => {
            writeln!(out, "key {}", public.id())?;
            writeln!(out, "{private_path}: to sign with; keep it secret")?;
            writeln!(out, "{public_path}: to verify with; give it to those who load bundles")?;
        }
        Format::Json => writeln!(
            out,
            "{}",
            json!({
                "key": public.id().to_string(), "private": private_path.to_string(), "public": public_path.to_string(),
            })
        )?,
    }
    Ok(Exit::Success)
}

/// `release` becomes `release.key`, and `a.b` becomes `a.b.key`.
fn with_ending(name: &Path, ending: &str) -> PathBuf {
    let mut path = name.as_os_str().to_owned();
    path.push(format!(".{ending}"));
    path.into()
}

/// Writes a file that must not be there: a key that is lost cannot be had back.
fn create(path: &Path, text: &str, mode: u32) -> Result<(), Stop> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(mode);
    }
    #[cfg(not(unix))]
    let _ = mode;
    let write = || {
        let mut file = options.open(path)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()
    };
    write().map_err(|error| {
        let stop = Stop::usage(format!("cannot write `{}`: {error}", path.display()));
        match error.kind() {
            std::io::ErrorKind::AlreadyExists => stop.help("keys are never overwritten: choose another name"),
            _ => stop,
        }
    })
}

/// Adds signatures to a bundle.
pub fn sign(args: &SignArgs, format: Format, out: &mut impl Write) -> Result<Exit, Stop> {
    let keys = args.key.iter().map(|path| signing_key(path)).collect::<Result<Vec<_>, _>>()?;
    let mut bytes = read(&args.bundle, MAX_BUNDLE)?;
    for key in &keys {
        bytes = bundle::sign(&bytes, key).map_err(|error| unusable(&args.bundle, &error))?;
    }
    let claims = bundle::inspect(&bytes).map_err(|error| unusable(&args.bundle, &error))?;
    write_whole(&args.bundle, &bytes)?;
    let signers: Vec<String> = claims.signers.iter().map(ToString::to_string).collect();
    match format {
        Format::Human => {
            writeln!(out, "{}: it now says that it is signed by", args.bundle.display())?;
            signers.iter().try_for_each(|signer| writeln!(out, "  {signer}"))?;
        }
        Format::Json => {
            writeln!(out, "{}", json!({ "bundle": args.bundle.display().to_string(), "signers": signers }))?;
        }
    }
    Ok(Exit::Success)
}
