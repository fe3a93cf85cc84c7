//! The one call that turns the texts of a package into a Program that can be run, and everything there is to say about them.

use std::sync::Arc;

use assize_lang::{Diagnostic, Severity, Span, codes};
use assize_runtime::Verified;

use crate::db::Database;
use crate::manifest::{LintLevel, Manifest};
use crate::package::{Located, PackageSources, SourceText};
use crate::program::assembled;

/// A compiled package, or why there is none.
#[derive(Clone, Debug)]
pub struct Compilation {
    /// Texts by [`Located::file`]: policy files, then manifests.
    pub files: Vec<SourceText>,
    /// Sorted by file, place and code.
    pub diagnostics: Vec<Located>,
    /// What the package means. `None` if any diagnostic is an error: leaving out only what is broken could lose a `deny`.
    pub program: Option<Verified>,
    /// What `assize.toml` says.
    pub manifest: Arc<Manifest>,
}

impl Compilation {
    /// Whether the package can be run.
    pub fn is_ok(&self) -> bool {
        self.program.is_some()
    }

    /// How many errors and how many warnings there are.
    pub fn counts(&self) -> (usize, usize) {
        let errors = self.diagnostics.iter().filter(|located| located.is_error()).count();
        (errors, self.diagnostics.len() - errors)
    }
}

/// Compiles a package once.
pub fn compile(sources: PackageSources) -> Compilation {
    compile_in(&mut Database::default(), sources)
}

/// Compiles a package, remembering in `database` what the next call with other texts need not do again.
pub fn compile_in(database: &mut Database, sources: PackageSources) -> Compilation {
    let package = database.set(&sources);
    let assembled = assembled(database, package);
    let mut diagnostics: Vec<Located> = assembled.diagnostics.clone();
    diagnostics.retain(|located| located.is_error() || !is_dependency(&sources, located.file));
    apply_levels(&sources.manifest, &mut diagnostics);
    let mut program = None;
    if !diagnostics.iter().any(Located::is_error) {
        match assize_runtime::verify(assembled.program.clone()) {
            Ok(verified) => program = Some(verified),
            Err(error) => {
                let message = format!("the compiler made a program that its own verifier refuses: {error}");
                let diagnostic = Diagnostic::new(codes::REFUSED_BY_VERIFIER, Span::new(0, 0), message)
                    .help("this is a fault of Assize, not of the policies: please report it");
                diagnostics.push(Located { file: 0, diagnostic });
            }
        }
    }
    sort(&mut diagnostics);
    Compilation { files: sources.texts(), diagnostics, program, manifest: sources.manifest }
}

fn is_dependency(sources: &PackageSources, file: u32) -> bool {
    sources.policies.get(file as usize).is_some_and(|source| source.dependency)
}

/// The manifest decides which warnings are shown, and which count as errors.
fn apply_levels(manifest: &Manifest, diagnostics: &mut Vec<Located>) {
    diagnostics.retain_mut(|located| {
        let diagnostic = &mut located.diagnostic;
        match manifest.lints.get(&diagnostic.code) {
            Some(LintLevel::Allow) => false,
            Some(LintLevel::Deny) => {
                diagnostic.severity = Severity::Error;
                true
            }
            Some(LintLevel::Warn) | None => true,
        }
    });
}

fn sort(diagnostics: &mut [Located]) {
    diagnostics.sort_by(|a, b| {
        let key = |it: &Located| {
            (it.file, it.diagnostic.primary.start, it.diagnostic.primary.end, it.diagnostic.code)
        };
        key(a).cmp(&key(b)).then_with(|| a.diagnostic.message.cmp(&b.diagnostic.message))
    });
}
