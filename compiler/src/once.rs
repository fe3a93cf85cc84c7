//! Compiles a package that is compiled once, and holds nothing to say: what a service does when it starts.
//!
//! The database remembers the tree and the result of each item for the next edit, which is most of the memory that compiling takes.
//! Policies are most of the items and nothing else depends on them, so they stay outside here:
//!
//! ```text
//! text ─┬─ policies ── parsed and checked on all processors, trees dropped ─┐
//!       └─ the rest, policies blanked out ── database ── declarations ──────┴─ program::assemble
//! ```
//! As soon as anything is not as expected (an error, above all), this gives up, and the whole package goes through the database: there
//! is one place that says what is wrong with a package.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use assize_lang::ast::ItemKind;
use assize_lang::{Chunk, Diagnostic, Severity};

use crate::ahead::{BLOCK, LARGE, on_all, threads};
use crate::compile::Checking;
use crate::controls;
use crate::db::{self, Database, Package};
use crate::library;
use crate::package::PackageSources;
use crate::policy::{self, Rule};
use crate::program::{Assembled, assemble};

/// A policy that the database does not know.
pub struct Apart {
    /// Where its item begins in its file.
    pub start: u32,
    /// What its check has found.
    pub rule: Rule,
}

/// The package put together, with the database that holds all but its policies. `None` if it has an error, or may have.
pub fn assembled(sources: &PackageSources) -> Option<(Database, Package, Assembled)> {
    let size: usize = sources.policies.iter().map(|source| source.text.len()).sum();
    let threads = if size < LARGE { 1 } else { threads() };
    let files = on_all(|| (), threads, &sources.policies, |(), source| cut(&source.text));
    let files: Vec<Cut> = files.into_iter().collect::<Option<_>>()?;

    let mut rest = sources.clone();
    for (source, file) in rest.policies.iter_mut().zip(&files) {
        source.text = blanked(&source.text, file);
    }
    let mut database = Database::default();
    let package = database.set(&rest);
    for (file, cut) in package.files(&database).iter().zip(&files) {
        let split = db::split(&database, *file);
        let left = split.items.iter().map(|item| (item.start(&database), item.text(&database).len()));
        let expected = cut.rest.iter().map(|chunk| (chunk.start, (chunk.end - chunk.start) as usize));
        if !split.diagnostics.is_empty() || !left.eq(expected) {
            return None;
        }
    }

    let policies = check(&database, package, sources, &files, threads)?;
    let assembled = assemble(&database, package, Checking::Errors, policies);
    let is_sound = !assembled.diagnostics.iter().any(crate::package::Located::is_error);
    is_sound.then_some((database, package, assembled))
}

/// A file's items: those that look like policies, and the others.
struct Cut {
    policies: Vec<Chunk>,
    rest: Vec<Chunk>,
}

/// `None` if something is wrong with the text as a whole.
fn cut(text: &str) -> Option<Cut> {
    let split = assize_lang::split(text);
    let (policies, rest) = split.chunks.into_iter().partition(|chunk| looks_like_policy(chunk.text(text)));
    split.diagnostics.is_empty().then_some(Cut { policies, rest })
}

/// Whether the first word after comments and annotations says so. What only looks like one is found out when it is parsed; what is one and
/// looks like something else, because of a bracket in a text above it, goes through the database.
fn looks_like_policy(item: &str) -> bool {
    let mut rest = item.trim_start();
    loop {
        rest = if let Some(comment) = rest.strip_prefix("//") {
            comment.split_once('\n').map_or("", |(_, rest)| rest)
        } else if let Some(annotation) = rest.strip_prefix('@') {
            let name_end = annotation.find(|c: char| !c.is_alphanumeric() && c != '_');
            let behind = annotation.get(name_end.unwrap_or(annotation.len())..).unwrap_or_default();
            match behind.strip_prefix('(') {
                Some(arguments) => arguments.split_once(')').map_or("", |(_, rest)| rest),
                None => behind,
            }
        } else {
            break;
        }
        .trim_start();
    }
    matches!(rest.split_ascii_whitespace().next(), Some("allow" | "deny" | "trial"))
}

/// The text with blanks in the place of policies, so that everything else stays where it is; nothing behind the last other item.
fn blanked(text: &str, file: &Cut) -> Arc<str> {
    let mut left = String::new();
    for chunk in &file.rest {
        let (start, end) = (chunk.start as usize, chunk.end as usize);
        left.extend(std::iter::repeat_n('\n', start.saturating_sub(left.len())));
        left.push_str(text.get(start..end).unwrap_or_default());
    }
    left.into()
}

/// All policies by file, checked; `None` if one has an error.
fn check(
    database: &Database,
    package: Package,
    sources: &PackageSources,
    files: &[Cut],
    threads: usize,
) -> Option<Vec<Vec<Apart>>> {
    let declarations = db::declarations(database, package);
    let frameworks = controls::frameworks(database, package);
    let modules: Vec<u32> =
        library::files(database, package).iter().map(|file| db::module_of(database, *file)).collect();
    let blocks: Vec<(usize, &[Chunk])> = files
        .iter()
        .enumerate()
        .flat_map(|(at, file)| file.policies.chunks(BLOCK).map(move |chunks| (at, chunks)))
        .collect();
    let has_error = AtomicBool::new(false);
    let checked = on_all(
        || (),
        threads,
        &blocks,
        |(), (at, chunks)| {
            let (Some(source), Some(module)) = (sources.policies.get(*at), modules.get(*at)) else {
                return None;
            };
            let mut found = Vec::with_capacity(chunks.len());
            for chunk in *chunks {
                let (item, diagnostics) = assize_lang::parse_chunk(chunk.text(&source.text));
                let is_policy = matches!(item.kind, ItemKind::Policy(_)) && !diagnostics.iter().any(is_error);
                let checked = is_policy.then(|| policy::check(declarations, frameworks, *module, &item));
                let sound = checked.filter(|checked| {
                    let findings = checked.findings.iter().map(|finding| &finding.diagnostic);
                    !findings.into_iter().any(is_error)
                        && checked.rules.iter().all(|rule| rule.policy.is_some())
                });
                let Some(checked) = sound.filter(|_| !has_error.load(Ordering::Relaxed)) else {
                    has_error.store(true, Ordering::Relaxed);
                    return None;
                };
                found.extend(checked.rules.into_iter().map(|rule| Apart { start: chunk.start, rule }));
            }
            Some(found)
        },
    );
    let mut policies: Vec<Vec<Apart>> =
        files.iter().map(|file| Vec::with_capacity(file.policies.len())).collect();
    for ((at, _), found) in blocks.iter().zip(checked) {
        policies.get_mut(*at)?.extend(found?);
    }
    Some(policies)
}

fn is_error(diagnostic: &Diagnostic) -> bool {
    diagnostic.severity == Severity::Error
}
