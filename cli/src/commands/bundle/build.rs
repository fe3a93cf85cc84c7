//! `assize build`: a package in one file.

use std::io::Write;
use std::path::PathBuf;

use assize_compiler::compile::{Compilation, compile};
use assize_compiler::documentation::documentation;
use assize_compiler::package::{SourceText, load};
use assize_lang::Severity;
use assize_runtime::Verified;
use assize_runtime::bundle::{self, Draft};
use serde_json::json;
use smol_str::{SmolStr, format_smolstr};

use super::{signing_key, write_whole};
use crate::args::{BuildArgs, Format};
use crate::clock;
use crate::commands::check::summary;
use crate::diagnostics::Report;
use crate::exit::{Exit, Stop};

/// Compiles, signs, and only then writes.
pub fn run(args: &BuildArgs, format: Format, out: &mut impl Write) -> Result<Exit, Stop> {
    let built = args.built.as_deref().map(|text| clock::read_named("--built", text)).transpose()?;
    let keys = args.sign.iter().map(|path| signing_key(path)).collect::<Result<Vec<_>, _>>()?;
    let compilation = match load(&args.package.paths) {
        Ok(sources) => compile(sources),
        Err(failure) => {
            let report = Report { texts: &failure.files, diagnostics: &failure.diagnostics };
            report.print_to_stderr(format)?;
            return Ok(report.exit().max(Exit::Findings));
        }
    };
    let report = Report { texts: &compilation.files, diagnostics: &compilation.diagnostics };
    report.print_to_stderr(format)?;
    let warned = args.deny_warnings && report.count(Severity::Warning) > 0;
    let program = match &compilation.program {
        Some(program) if !warned => program,
        _ => return Ok(report.exit().max(Exit::Findings)),
    };
    if let Some(profile) = &args.package.profile {
        return Err(Stop::usage(format!(
            "a bundle has all profiles: `--profile {profile}` is for those who load it"
        ))
        .help("leave `--profile` out"));
    }

    let mut draft = draft(&compilation, program, args);
    if let Some(at) = built {
        draft = draft.built(at);
    }
    let mut bytes = draft.to_bytes();
    for key in &keys {
        bytes = bundle::sign(&bytes, key)
            .map_err(|error| Stop::usage(format!("it cannot be signed: {error}")))?;
    }
    let path = args.out.clone().unwrap_or_else(|| default_path(&compilation));
    write_whole(&path, &bytes)?;
    match format {
        Format::Human => {
            let signed = match keys.len() {
                0 => "signed by nobody: services take it only if they are told to trust anybody".to_owned(),
                1 => "1 signature".to_owned(),
                count => format!("{count} signatures"),
            };
            writeln!(
                out,
                "{}: {}, revision {}, {} bytes, {signed}",
                path.display(),
                summary(&[(program.policies.len(), "policy")]),
                args.revision,
                bytes.len()
            )?;
        }
        Format::Json => {
            let signers: Vec<String> = keys.iter().map(|key| key.verifying_key().id().to_string()).collect();
            writeln!(
                out,
                "{}",
                json!({
                    "bundle": path.display().to_string(), "policies": program.policies.len(),
                    "revision": args.revision, "bytes": bytes.len(), "signers": signers,
                })
            )?;
        }
    }
    Ok(Exit::Success)
}

fn draft(compilation: &Compilation, program: &Verified, args: &BuildArgs) -> Draft {
    let manifest = &compilation.manifest;
    let name = manifest.name.as_ref().map_or("", |name| name.value.as_str());
    let profiles: Vec<_> =
        compilation.profiles.iter().map(|(name, values)| (name.clone(), values.clone())).collect();
    let mut draft = Draft::new(program)
        .package(name, manifest.version.as_ref().map(SmolStr::to_string))
        .revision(args.revision)
        .profiles(&profiles)
        .documentation(&documentation(&compilation.files));
    if let Some(commit) = &args.commit {
        draft = draft.commit(commit.as_str());
    }
    for text in &compilation.files {
        draft = draft.input(path_of(text), text.text.as_bytes());
    }
    if !args.without_sources {
        // A Program counts its files as its compilation does; manifests come after them.
        let policies = compilation.files.iter().take(program.files.len());
        let texts: Vec<(SmolStr, String)> =
            policies.map(|text| (path_of(text), text.text.to_string())).collect();
        draft = draft.sources(&texts);
    }
    draft
}

/// The same wherever the package lies.
fn path_of(text: &SourceText) -> SmolStr {
    if text.dependency { format_smolstr!("dependencies/{}", text.name) } else { text.name.clone() }
}

fn default_path(compilation: &Compilation) -> PathBuf {
    let name = compilation.manifest.name.as_ref().map_or("policies", |name| name.value.as_str());
    PathBuf::from(format!("{name}.bundle"))
}
