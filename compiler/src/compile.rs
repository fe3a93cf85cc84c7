//! The one call that turns the texts of a package into a Program that can be run, and everything there is to say about them.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use assize_lang::{Code, Diagnostic, Severity, Span, codes};
pub use assize_runtime::UnknownProfile;
use assize_runtime::json::parse_value;
use assize_runtime::names::Names;
use assize_runtime::program::{ParamDecl, Program};
use assize_runtime::types::{Schema, Type};
use assize_runtime::{Value, Verified, profile_params};
use indexmap::IndexMap;
use smol_str::SmolStr;

use crate::ahead;
use crate::cases::{TestCase, attach};
use crate::db::{self, Database, Package, SourceFile};
use crate::expr::type_text;
use crate::findings;
use crate::library;
use crate::manifest::{LintLevel, Manifest};
use crate::named::NamedEntity;
use crate::names::suggest;
use crate::once;
use crate::package::{Located, PackageSources, SourceText};
use crate::program::{Assembled, assemble, assembled};

/// A compiled package, or why there is none.
#[derive(Clone, Debug)]
pub struct Compilation {
    /// Texts by [`Located::file`]: policy files, then manifests.
    pub files: Vec<SourceText>,
    /// Errors of syntax first; then by file, place and code.
    pub diagnostics: Vec<Located>,
    /// What the package means. `None` if any diagnostic is an error: leaving out only what is broken could lose a `deny`.
    pub program: Option<Verified>,
    /// Tests, by file and place; none if the package has an error.
    pub tests: Vec<TestCase>,
    /// What `assize.toml` says.
    pub manifest: Arc<Manifest>,
    /// Values of params by profile, checked; empty if the package has an error.
    pub profiles: IndexMap<SmolStr, Vec<(SmolStr, Value)>>,
    /// Entities that its own policies and functions name.
    pub named: Vec<NamedEntity>,
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

impl Compilation {
    /// What a deployment binds params to: what the profile `default` says, if there is one, and over it what the named one says.
    pub fn bound_params(&self, profile: Option<&str>) -> Result<Vec<(SmolStr, Value)>, UnknownProfile> {
        profile_params(self.profiles.iter(), profile)
    }
}

/// Errors of one package that are shown.
const MAX_SHOWN_ERRORS: usize = 1000;

/// Warnings that rest on all that is declared.
const GUESSES: [Code; 16] = [
    codes::UNUSED,
    codes::NEVER_APPLIES,
    codes::ACTION_NEVER_FITS,
    codes::ABSENT_ENTITY,
    codes::UNUSED_USE,
    codes::ALWAYS_TRUE,
    codes::ALWAYS_FALSE,
    codes::CHECKED_BEFORE,
    codes::DEFAULT_WEAKENS,
    codes::NEVER_ABSENT,
    codes::IGNORES_MEMBERS,
    codes::CONTRADICTS,
    codes::REDUNDANT,
    codes::ALLOWS_EVERYTHING,
    codes::OVERRIDDEN,
    codes::SUBSUMED,
];

/// What is wanted to be known about a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checking {
    /// Whether it can be run, and what stands against that: no warnings, apart from those that the manifest makes errors. For services,
    /// which have no reader for them.
    Errors,
    /// All that there is to say.
    Everything,
}

impl Checking {
    /// A warning that the manifest calls an error has to be looked for.
    fn under(self, manifest: &Manifest) -> Checking {
        if manifest.lints.values().any(|level| *level == LintLevel::Deny) {
            Checking::Everything
        } else {
            self
        }
    }
}

/// Compiles a package once, with everything there is to say about it.
pub fn compile(sources: PackageSources) -> Compilation {
    compile_in(&mut Database::default(), sources)
}

/// Compiles a package once for those who only want to run it: errors are the same as [`compile`] finds, other findings are left out.
pub fn compile_to_run(sources: PackageSources) -> Compilation {
    let wanted = Checking::Errors.under(&sources.manifest);
    if wanted == Checking::Errors
        && let Some((database, package, assembled)) = once::assembled(&sources)
    {
        let compilation = finish(&database, package, sources.clone(), Cow::Owned(assembled));
        if compilation.is_ok() {
            return without_warnings(compilation);
        }
    }
    let mut database = Database::default();
    let package = database.set(&sources);
    ahead::check(&database, package, wanted);
    let assembled = assemble(&database, package, wanted, Vec::new());
    without_warnings(finish(&database, package, sources, Cow::Owned(assembled)))
}

fn without_warnings(mut compilation: Compilation) -> Compilation {
    compilation.diagnostics.retain(Located::is_error);
    compilation
}

/// Compiles a package, remembering in `database` what the next call with other texts need not do again.
pub fn compile_in(database: &mut Database, sources: PackageSources) -> Compilation {
    let fresh = Package::try_get(database).is_none();
    let package = database.set(&sources);
    if fresh {
        ahead::check(database, package, Checking::Everything);
    }
    finish(database, package, sources, Cow::Borrowed(assembled(database, package)))
}

/// Everything there is to say about the package in `database`, whose texts are those of `sources`: the same as [`compile_in`] says,
/// without making a Program. For editors.
pub fn diagnose(database: &Database, package: Package, sources: &PackageSources) -> Vec<Located> {
    let mut diagnostics = Vec::new();
    if is_beyond_limits(database, package) {
        let mut sources = sources.clone();
        diagnostics = weigh(database, package, &mut sources, assembled(database, package)).diagnostics;
    } else {
        for file in library::files(database, package) {
            diagnostics.extend(diagnose_file(database, *file, sources).iter().cloned());
        }
        diagnostics.extend(diagnose_manifest(database, package, sources));
    }
    sort(&mut diagnostics);
    leave_out_further_errors(&mut diagnostics);
    diagnostics
}

/// As [`diagnose`], what it says of one file; to be asked where the package is not beyond limits.
pub fn diagnose_file(database: &Database, file: SourceFile, sources: &PackageSources) -> Arc<Vec<Located>> {
    let known = findings::complete(database, file);
    let folder = sources.folder.clone().unwrap_or_default();
    let more = findings::with_data_files(database, file, &folder);
    if more.is_empty() {
        return known.clone();
    }
    let mut all = Vec::clone(known);
    all.extend(more);
    sort(&mut all);
    Arc::new(all)
}

/// As [`diagnose`], what it says of the manifest.
pub fn diagnose_manifest(database: &Database, package: Package, sources: &PackageSources) -> Vec<Located> {
    let mut found = Vec::new();
    if !sources.manifest.profiles.is_empty() {
        let declarations = db::declarations(database, package);
        let params: Vec<ParamDecl> = declarations
            .params
            .iter()
            .map(|param| ParamDecl { name: param.name.clone(), ty: param.ty.clone(), default: None })
            .collect();
        let at = sources.policies.len() + library::reached(database, package).len();
        profiles(&sources.manifest, at as u32, &declarations.schema, &params, &mut found);
    }
    found
}

/// Whether there is more wrong with a package than is shown: then what is shown of a file depends on all others.
pub fn is_beyond_limits(database: &Database, package: Package) -> bool {
    findings::errors(database, package) as usize > MAX_SHOWN_ERRORS
        || findings::is_too_large(database, package)
}

/// Leaves out what need not be said about a file: the findings are all of this one.
pub fn weigh_file(db: &dyn salsa::Database, file: SourceFile, at: u32, diagnostics: &mut Vec<Located>) {
    let package = Package::get(db);
    if diagnostics.is_empty() {
        return;
    }
    let is_dependency = package.owners(db).get(at as usize) != Some(&0);
    diagnostics.retain(|located| located.is_error() || !is_dependency);
    drop_consequences(|_| Some(file.text(db)), diagnostics);
    if findings::any_name_lost(db, package) {
        drop_strangers(diagnostics);
    }
    if findings::anything_lost(db, package) {
        diagnostics.retain(|located| located.is_error() || !GUESSES.contains(&located.diagnostic.code));
    }
    apply_levels(package.manifest(db), diagnostics);
}

/// The package in `database`, whose texts are those of `sources`, as [`compile_in`] makes it.
pub fn compiled(database: &Database, package: Package, sources: &PackageSources) -> Compilation {
    finish(database, package, sources.clone(), Cow::Borrowed(assembled(database, package)))
}

/// What a package has that no item says alone.
struct Weighed {
    diagnostics: Vec<Located>,
    tests: Vec<TestCase>,
    profiles: IndexMap<SmolStr, Vec<(SmolStr, Value)>>,
}

/// Adds what the manifest has to say, and leaves out what need not be said.
fn weigh(
    database: &Database,
    package: Package,
    sources: &mut PackageSources,
    assembled: &Assembled,
) -> Weighed {
    // From here on its files are those of the package, as diagnostics count them.
    sources
        .policies
        .extend(library::reached(database, package).iter().filter_map(|at| library::source_text(*at)));
    let mut diagnostics: Vec<Located> = assembled.diagnostics.clone();
    diagnostics.retain(|located| located.is_error() || !is_dependency(sources, located.file));
    let text = |file: u32| sources.policies.get(file as usize).map(|source| &source.text);
    drop_consequences(text, &mut diagnostics);
    if crate::db::declarations(database, package).broken.contains("") {
        drop_strangers(&mut diagnostics);
    }
    // A warning about what policies mean is a guess where a declaration is not known whole.
    if library::files(database, package).iter().any(|file| !crate::db::lost_in(database, *file).is_empty()) {
        diagnostics.retain(|located| located.is_error() || !GUESSES.contains(&located.diagnostic.code));
    }
    apply_levels(&sources.manifest, &mut diagnostics);
    let mut tests = Vec::new();
    let folder = sources.folder.clone().unwrap_or_default();
    let broken: BTreeSet<u32> =
        diagnostics.iter().filter(|it| findings::is_error_of_its_own(it)).map(|it| it.file).collect();
    for (file, start, test) in &assembled.tests {
        // A package answers for its own tests.
        if broken.contains(file) || is_dependency(sources, *file) {
            continue;
        }
        match attach(&assembled.program.schema, test, *file, *start, &folder) {
            Ok(case) => tests.push(case),
            Err(found) => {
                diagnostics.extend(found.into_iter().map(|diagnostic| Located { file: *file, diagnostic }));
            }
        }
    }
    // The package's own manifest is the first.
    let file = sources.policies.len() as u32;
    let Program { schema, params, .. } = &assembled.program;
    let profiles = profiles(&sources.manifest, file, schema, params, &mut diagnostics);
    Weighed { diagnostics, tests, profiles }
}

/// Makes the package into something that can be run, if nothing stands against it.
fn finish(
    database: &Database,
    package: Package,
    mut sources: PackageSources,
    assembled: Cow<'_, Assembled>,
) -> Compilation {
    let Weighed { mut diagnostics, mut tests, profiles } = weigh(database, package, &mut sources, &assembled);
    let own = |entity: &&NamedEntity| !is_dependency(&sources, entity.file);
    let named = assembled.named.iter().filter(own).cloned().collect();
    let mut program = None;
    if !diagnostics.iter().any(Located::is_error) {
        let assembled = match assembled {
            Cow::Borrowed(assembled) => assembled.program.clone(),
            Cow::Owned(assembled) => assembled.program,
        };
        match assize_runtime::verify(assembled) {
            Ok(verified) => program = Some(verified),
            Err(error) => diagnostics.push(Located { file: 0, diagnostic: refused_by_verifier(&error) }),
        }
    }
    sort(&mut diagnostics);
    leave_out_further_errors(&mut diagnostics);
    if program.is_none() {
        tests.clear();
    }
    let files = sources.texts();
    Compilation { files, diagnostics, program, tests, manifest: sources.manifest, profiles, named }
}

/// The finding for a Program of our own making that the verifier refuses.
pub fn refused_by_verifier(error: &assize_runtime::VerifyError) -> Diagnostic {
    let message = format!("the compiler made a program that its own verifier refuses: {error}");
    Diagnostic::new(codes::REFUSED_BY_VERIFIER, Span::new(0, 0), message)
        .help("this is a fault of Assize, not of the policies: please report it")
}

/// The values of each profile of the manifest, checked against the params that there are.
fn profiles(
    manifest: &Manifest,
    file: u32,
    schema: &Schema,
    params: &[ParamDecl],
    diagnostics: &mut Vec<Located>,
) -> IndexMap<SmolStr, Vec<(SmolStr, Value)>> {
    let names = Names::new(schema);
    let mut profiles = IndexMap::new();
    for (profile, values) in &manifest.profiles {
        let mut bound = Vec::new();
        for (name, placed) in values {
            let mut refuse = |diagnostic: Diagnostic| diagnostics.push(Located { file, diagnostic });
            let is_meant = |param: &&ParamDecl| {
                param.name == *name || param.name.rsplit("::").next() == Some(name.as_str())
            };
            let mut meant = params.iter().filter(is_meant);
            let Some(param) = meant.next() else {
                let message =
                    format!("profile `{profile}` gives a value to `{name}`, but there is no such param");
                let mut diagnostic = Diagnostic::new(codes::PARAM_VALUE, placed.span, message);
                let bare =
                    |param: &'_ ParamDecl| param.name.rsplit("::").next().unwrap_or_default().to_owned();
                let known: Vec<String> = params.iter().map(bare).collect();
                if let Some(candidate) = suggest(name, known.iter().map(String::as_str)) {
                    diagnostic = diagnostic.help(format!("did you mean `{candidate}`?"));
                }
                refuse(diagnostic);
                continue;
            };
            if let Some(other) = meant.next().filter(|_| param.name != *name) {
                let message = format!("`{name}` may be `{}` or `{}`", param.name, other.name);
                let diagnostic = Diagnostic::new(codes::PARAM_VALUE, placed.span, message);
                refuse(diagnostic.help(format!("write its module too: `\"{}\" = ..`", param.name)));
                continue;
            }
            // Its type has an error of its own.
            if param.ty == Type::Never {
                continue;
            }
            match parse_value(schema, &names, &param.ty, &placed.value.to_string()) {
                Ok(value) => bound.push((param.name.clone(), value)),
                Err(fault) => {
                    let message = format!("this is no value of param `{name}`: {fault}");
                    let ty = type_text(schema, &param.ty);
                    let diagnostic = Diagnostic::new(codes::PARAM_VALUE, placed.span, message);
                    refuse(
                        diagnostic.help(format!("its type is `{ty}`; values are written as in data files")),
                    );
                }
            }
        }
        profiles.insert(profile.clone(), bound);
    }
    profiles
}

fn is_dependency(sources: &PackageSources, file: u32) -> bool {
    sources.policies.get(file as usize).is_some_and(|source| source.dependency)
}

/// Nobody reads beyond the first thousand errors; the last one kept says that there are more.
fn leave_out_further_errors(diagnostics: &mut Vec<Located>) {
    let mut errors = diagnostics.iter().enumerate().filter(|(_, located)| located.is_error());
    let Some((at, first_left_out)) = errors.nth(MAX_SHOWN_ERRORS) else { return };
    let message =
        format!("this package has more than {MAX_SHOWN_ERRORS} errors; further findings are left out");
    let place = &first_left_out.diagnostic.primary;
    let span = Span::new(place.start, place.end);
    let diagnostic = Diagnostic::new(codes::TOO_MANY_DIAGNOSTICS, span, message);
    let note = Located { file: first_left_out.file, diagnostic };
    diagnostics.truncate(at);
    diagnostics.push(note);
}

fn is_syntax(located: &Located) -> bool {
    located.diagnostic.code.0.starts_with("E00")
}

/// What is found on the line of a syntax error is mostly the same mistake once more: what could not be read is what is missing.
fn drop_consequences<'a>(text: impl Fn(u32) -> Option<&'a Arc<str>>, diagnostics: &mut Vec<Located>) {
    let mut broken: BTreeMap<u32, Vec<std::ops::Range<usize>>> = BTreeMap::new();
    for located in diagnostics.iter().filter(|located| is_syntax(located)) {
        let Some(text) = text(located.file) else { continue };
        let at = (located.diagnostic.primary.start as usize).min(text.len());
        let (before, after) = text.split_at_checked(at).unwrap_or_default();
        let start = before.rfind('\n').map_or(0, |line_end| line_end + 1);
        let end = after.find('\n').map_or(text.len() + 1, |line_end| at + line_end);
        broken.entry(located.file).or_default().push(start..end);
    }
    let on_broken_line = |located: &Located| {
        let at = located.diagnostic.primary.start as usize;
        broken.get(&located.file).is_some_and(|lines| lines.iter().any(|line| line.contains(&at)))
    };
    diagnostics.retain(|located| is_syntax(located) || !located.is_error() || !on_broken_line(located));
}

/// Where some declaration has lost its name, an unknown name that resembles no other is probably that one. The declaration's own
/// error stays.
fn drop_strangers(diagnostics: &mut Vec<Located>) {
    let is_stranger = |diagnostic: &Diagnostic| {
        [codes::UNKNOWN_NAME, codes::UNKNOWN_ACTION].contains(&diagnostic.code) && diagnostic.fixes.is_empty()
    };
    diagnostics.retain(|located| !is_stranger(&located.diagnostic));
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

pub(crate) fn sort(diagnostics: &mut [Located]) {
    // What follows from a text that cannot be read may stand in a file before it.
    diagnostics.sort_by(|a, b| {
        let key = |it: &Located| {
            (
                !is_syntax(it),
                it.file,
                it.diagnostic.primary.start,
                it.diagnostic.primary.end,
                it.diagnostic.code,
            )
        };
        key(a).cmp(&key(b)).then_with(|| a.diagnostic.message.cmp(&b.diagnostic.message))
    });
}
