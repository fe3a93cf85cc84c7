//! `assize inspect` and `assize verify`: what a bundle says, and whether it may be believed.

use std::io::Write;

use assize_runtime::bundle::{self, Bundle, BundleError, KeyId, Trust};
use assize_runtime::declared::{Kind, declarations};
use assize_runtime::literal::format_datetime;
use serde_json::{Value, json};

use super::{MAX_BUNDLE, open, read, unusable, verifying_key};
use crate::args::{Format, InspectArgs, VerifyArgs};
use crate::exit::{Exit, Stop};

/// Prints what a bundle has in it. Nobody has to be trusted for that, and nothing of it is proved.
pub fn inspect(args: &InspectArgs, format: Format, out: &mut impl Write) -> Result<Exit, Stop> {
    let bytes = read(&args.bundle, MAX_BUNDLE)?;
    let claims = bundle::inspect(&bytes).map_err(|error| unusable(&args.bundle, &error))?;
    let bundle = open(&args.bundle)?;
    match format {
        Format::Human => human(&bundle, &claims.signers, out)?,
        Format::Json => writeln!(out, "{}", as_json(&bundle, &claims.signers))?,
    }
    Ok(Exit::Success)
}

fn human(bundle: &Bundle, signers: &[KeyId], out: &mut impl Write) -> Result<(), Stop> {
    let manifest = &bundle.manifest;
    let name = if manifest.package.name.is_empty() { "(loose files)" } else { &manifest.package.name };
    writeln!(
        out,
        "package   {} {}",
        name.escape_debug(),
        manifest.package.version.as_deref().unwrap_or("").escape_debug()
    )?;
    writeln!(out, "revision  {}", manifest.revision)?;
    writeln!(out, "compiler  {}", manifest.compiler.escape_debug())?;
    writeln!(out, "zones     {}", manifest.zones.escape_debug())?;
    if let Some(commit) = &manifest.commit {
        writeln!(out, "commit    {}", commit.escape_debug())?;
    }
    if let Some(built) = manifest.built {
        writeln!(out, "built     {}", format_datetime(built))?;
    }
    match signers {
        [] => writeln!(out, "signed    by nobody")?,
        _ => writeln!(out, "signed    (it says; `assize verify` finds out)")?,
    }
    for signer in signers {
        writeln!(out, "  {signer}")?;
    }
    writeln!(out, "\nmade of")?;
    for input in &manifest.inputs {
        writeln!(out, "  {}  {}", input.sha256.escape_debug(), input.path.escape_debug())?;
    }
    writeln!(out, "\nsections")?;
    for section in &manifest.sections {
        writeln!(out, "  {:>10} bytes  {}", section.bytes, section.name.escape_debug())?;
    }
    if !bundle.profiles.is_empty() {
        let names: Vec<String> =
            bundle.profiles.iter().map(|(name, _)| name.escape_debug().to_string()).collect();
        writeln!(out, "\nprofiles  {}", names.join(", "))?;
    }
    let mut last = None;
    for (kind, name) in declarations(&bundle.program).keys() {
        if last != Some(*kind) {
            writeln!(out, "\n{}", plural(*kind))?;
            last = Some(*kind);
        }
        writeln!(out, "  {}", name.escape_debug())?;
    }
    Ok(())
}

fn plural(kind: Kind) -> &'static str {
    match kind {
        Kind::Entity => "entities",
        Kind::Enum => "enums",
        Kind::Action => "actions",
        Kind::Grant => "grants",
        Kind::Obligation => "obligations",
        Kind::Param => "params",
        Kind::Function => "functions",
        Kind::Policy => "policies",
    }
}

fn as_json(bundle: &Bundle, signers: &[KeyId]) -> Value {
    let declared: Vec<Value> = declarations(&bundle.program)
        .into_iter()
        .map(|((kind, name), text)| json!({ "kind": kind.word(), "name": name, "text": text }))
        .collect();
    let documentation: Vec<Value> = bundle
        .documentation
        .iter()
        .map(|(kind, name, text)| json!({ "kind": kind.as_str(), "name": name.as_str(), "text": text }))
        .collect();
    json!({
        "manifest": bundle.manifest,
        "signers": signers.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "profiles": bundle.profiles.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
        "sources": bundle.sources.iter().map(|(path, _)| path.as_str()).collect::<Vec<_>>(),
        "documentation": documentation,
        "declarations": declared,
    })
}

/// Says whether a bundle may be trusted: exit code 0 if so, 1 if not, 2 if it is no bundle.
pub fn verify(args: &VerifyArgs, format: Format, out: &mut impl Write) -> Result<Exit, Stop> {
    let keys = args.trusted.iter().map(|path| verifying_key(path)).collect::<Result<Vec<_>, _>>()?;
    let bytes = read(&args.bundle, MAX_BUNDLE)?;
    let mut trust =
        Trust::keys(keys).threshold(args.threshold as usize).minimum_revision(args.minimum_revision);
    if let Some(name) = &args.package {
        trust = trust.package(name.as_str());
    }
    let path = args.bundle.display();
    match bundle::read(&bytes, &trust) {
        Ok(bundle) => {
            let signers: Vec<String> = bundle.signers.iter().map(ToString::to_string).collect();
            match format {
                Format::Human => writeln!(
                    out,
                    "{path}: trusted; package `{}`, revision {}, signed by {}",
                    bundle.manifest.package.name,
                    bundle.manifest.revision,
                    signers.join(", ")
                )?,
                Format::Json => writeln!(
                    out,
                    "{}",
                    json!({ "trusted": true, "signers": signers, "manifest": bundle.manifest })
                )?,
            }
            Ok(Exit::Success)
        }
        Err(error @ (BundleError::NoBundle | BundleError::Format(_))) => Err(unusable(&args.bundle, &error)),
        Err(error) => {
            match format {
                Format::Human => writeln!(out, "{path}: not trusted; {error}")?,
                Format::Json => {
                    writeln!(out, "{}", json!({ "trusted": false, "reason": error.to_string() }))?;
                }
            }
            Ok(Exit::Findings)
        }
    }
}
