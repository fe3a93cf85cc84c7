//! Findings by file, for editors: after an edit, only what it touches is worked out again.
//!
//! [`crate::program`] puts a whole package together to make a Program of it, and says everything that there is to say on the way. Here
//! the same is said file by file, without a Program:
//!
//! ```text
//! items of a file ─────────── of_file ─┬─ complete       what the client is told in the end
//!   ids, functions: small             │
//!   queries over all files ───────────┘
//! all policies ── together ── together_in ┘              what they say together: the slow part
//! ```
//! [`of_file`] is there at once. [`complete`] has what needs a look at all policies too: one that another makes superfluous, declarations
//! that nothing uses. That both ways say the same is tested with every package that tests compile.

mod names;

use std::path::Path;
use std::sync::Arc;

use assize_lang::ast::ItemKind;
use assize_lang::{Code, Diagnostic, Label, MAX_DIAGNOSTICS, Severity, Span, codes};
use assize_runtime::verify::{MAX_APPLICABLE, MAX_POLICIES};
use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use crate::cases::{CheckedTest, attach};
use crate::compile::weigh_file;
use crate::controls::{self, Frameworks};
use crate::db::{self, Known, Package, SourceFile, SourceItem};
use crate::declarations::{Declarations, Def, Finding};
use crate::deprecated;
use crate::functions::{self, Order, Size};
use crate::library;
use crate::lints::{self, Placed, PlacedRule};
use crate::package::Located;
use crate::policy::{CheckedRules, Rule};
use crate::remarks;
use crate::resolve::{ItemKey, Resolved};
use crate::unused_uses;
use crate::visible::{looks_of, visible};

pub use names::IdsFor;
use names::{all_ids, id_place, ids_for, ids_in, moved, repeated_tests, rules_of, tests_of};

/// What a file says without a look at the policies of others.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OfFile {
    /// As they are shown.
    pub diagnostics: Arc<Vec<Located>>,
    /// How many errors there are before some are left out.
    errors: u32,
    /// Tests that need data files: where each item starts, and the test.
    with_files: Vec<(u32, Arc<CheckedTest>)>,
}

/// Places of files among all, as diagnostics count them.
#[salsa::tracked(returns(ref))]
fn indices(db: &dyn salsa::Database, package: Package) -> Arc<FxHashMap<SourceFile, u32>> {
    Arc::new(library::files(db, package).iter().copied().zip(0..).collect())
}

#[salsa::tracked(returns(copy))]
fn index_of(db: &dyn salsa::Database, file: SourceFile) -> Option<u32> {
    indices(db, Package::get(db)).get(&file).copied()
}

/// What the items of a file say each by itself, and what it takes to add to that.
#[derive(Clone, Debug, Default, PartialEq, salsa::SalsaValue)]
struct Alone<'db> {
    /// As they are shown if there is nothing to add.
    ready: OfFile,
    /// All of them, as they were found.
    raw: Vec<Located>,
    /// With where each starts.
    tests: Vec<(SourceItem<'db>, u32)>,
}

/// What the items of a file say each by itself.
#[salsa::tracked(returns(ref))]
fn alone<'db>(db: &'db dyn salsa::Database, file: SourceFile) -> Arc<Alone<'db>> {
    let Some(mut said) = Said::new(db, file) else { return Arc::default() };
    let at = said.at;
    said.syntax();
    for (key, finding) in resolved_in(db, file).iter() {
        let Some(item) = db::declaration_items(db, file).get(key.item as usize) else { continue };
        if !db::notes(db, *item).0.allowed.contains(&finding.diagnostic.code) {
            said.report(item.start(db), finding.clone());
        }
    }
    let mut tests = Vec::new();
    for item in &db::split(db, file).items {
        said.item(*item, &mut tests);
    }
    for (key, finding) in all_functions(db, said.package).findings.iter().filter(|(key, _)| key.file == at) {
        if let Some(item) = db::declaration_items(db, file).get(key.item as usize) {
            said.report(item.start(db), finding.clone());
        }
    }
    let ready = finished(db, file, said.all.clone(), &tests);
    Arc::new(Alone { ready, raw: said.all, tests })
}

/// What a file says without a look at the policies of others: there as soon as its own items are checked.
#[salsa::tracked(returns(ref))]
pub fn of_file(db: &dyn salsa::Database, file: SourceFile) -> OfFile {
    let alone = alone(db, file);
    let Some(mut said) = Said::new(db, file) else { return OfFile::default() };
    let (ids, names) = (ids_in(db, file), ids_for(db, file));
    if !names.repeated.is_empty() || ids.iter().any(Option::is_none) {
        said.ids();
    }
    for (nth, (item, start)) in alone.tests.iter().enumerate() {
        said.repeated_test(nth as u32, db::test(db, *item), *start);
    }
    for item in &db::split(db, file).items {
        if matches!(db::parse(db, *item).item.kind, ItemKind::Test(_) | ItemKind::Prove(_)) {
            said.unknown_policies(db::test(db, *item), item.start(db));
        }
    }
    if said.all.is_empty() {
        return alone.ready.clone();
    }
    said.all.extend(alone.raw.iter().cloned());
    finished(db, file, said.all, &alone.tests)
}

/// What [`of_file`] depends on beside the text of the file, for files of which [`is_plain`] holds.
#[derive(Clone, Debug)]
pub struct Outlook {
    looks: u64,
    ids: Arc<IdsFor>,
    functions: Arc<Functions>,
    frameworks: Arc<Frameworks>,
}

impl PartialEq for Outlook {
    fn eq(&self, other: &Outlook) -> bool {
        self.looks == other.looks
            && self.ids == other.ids
            && Arc::ptr_eq(&self.functions, &other.functions)
            && Arc::ptr_eq(&self.frameworks, &other.frameworks)
    }
}

/// What a file sees of all others: where that and its text are the same, so is [`of_file`], and need not be asked.
pub fn outlook(db: &dyn salsa::Database, file: SourceFile) -> Outlook {
    let package = Package::get(db);
    Outlook {
        looks: looks_of(db, file),
        ids: ids_for(db, file).clone(),
        functions: all_functions(db, package).clone(),
        frameworks: controls::frameworks(db, package).clone(),
    }
}

/// Whether there is nothing to say about a file that has no tests: then nothing depends on what was lost elsewhere, or on names that
/// might be proposed.
pub fn is_plain(db: &dyn salsa::Database, file: SourceFile) -> bool {
    let alone = alone(db, file);
    alone.raw.is_empty() && alone.tests.is_empty() && of_file(db, file).errors == 0
}

/// What is shown of what was found in a file, with what its tests say.
fn finished<'db>(
    db: &'db dyn salsa::Database,
    file: SourceFile,
    mut all: Vec<Located>,
    tests: &[(SourceItem<'db>, u32)],
) -> OfFile {
    let Some(at) = index_of(db, file) else { return OfFile::default() };
    let errors = all.iter().filter(|it| it.is_error()).count() as u32;
    weigh_file(db, file, at, &mut all);
    let mut with_files = Vec::new();
    if is_own(db, file) && !all.iter().any(is_error_of_its_own) {
        for (item, start) in tests {
            let test = db::test(db, *item);
            if test.files.is_empty() {
                let found = attached(db, *item).iter().map(|it| it.clone().offset_by(*start));
                all.extend(found.map(|diagnostic| Located { file: at, diagnostic }));
            } else {
                with_files.push((*start, test.clone()));
            }
        }
    }
    crate::compile::sort(&mut all);
    OfFile { diagnostics: Arc::new(all), errors, with_files }
}

/// Whether a finding is an error by itself, and not a warning that the manifest calls one.
pub fn is_error_of_its_own(located: &Located) -> bool {
    located.is_error() && located.diagnostic.code.0.starts_with('E')
}

/// Whether the package answers for a file: it is no dependency's and not the library's.
fn is_own(db: &dyn salsa::Database, file: SourceFile) -> bool {
    let package = Package::get(db);
    index_of(db, file).is_some_and(|at| package.owners(db).get(at as usize) == Some(&0))
}

/// What does not fit in the rows of a test that needs no file; spans count from the start of the item.
#[salsa::tracked(returns(ref))]
fn attached<'db>(db: &'db dyn salsa::Database, item: SourceItem<'db>) -> Vec<Diagnostic> {
    let schema = &visible(db, item).declarations.schema;
    attach(schema, db::test(db, item), 0, 0, Path::new("")).err().unwrap_or_default()
}

/// What is wrong with the declarations of a file.
#[salsa::tracked(returns(ref))]
fn resolved_in(db: &dyn salsa::Database, file: SourceFile) -> Arc<Vec<(ItemKey, Finding)>> {
    let resolved = db::resolved(db, Package::get(db));
    let found = index_of(db, file).map_or(&[][..], |at| {
        let start = resolved.findings.partition_point(|(key, _)| key.file < at);
        let end = resolved.findings.partition_point(|(key, _)| key.file <= at);
        resolved.findings.get(start..end).unwrap_or_default()
    });
    Arc::new(found.to_vec())
}

/// What is known of functions only when all are seen; by their index in the declarations.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Functions {
    sizes: Vec<Size>,
    overflowing: Vec<bool>,
    findings: Vec<(ItemKey, Finding)>,
}

fn all_functions(db: &dyn salsa::Database, package: Package) -> &Arc<Functions> {
    match Known::try_get(db) {
        Some(known) => known.functions(db),
        None => of_functions(db, package),
    }
}

/// What is known of functions when all are seen.
#[salsa::tracked(returns(ref))]
pub fn of_functions(db: &dyn salsa::Database, package: Package) -> Arc<Functions> {
    let resolved = db::resolved(db, package);
    let count = resolved.declarations.functions.len();
    let mut found: Vec<Option<SourceItem<'_>>> = vec![None; count];
    let mut calls = vec![Vec::new(); count];
    for file in library::files(db, package) {
        for item in db::declaration_items(db, *file) {
            if matches!(db::parse(db, *item).item.kind, ItemKind::Fn(_)) {
                let checked = db::function(db, *item);
                if let Some(index) = checked.index {
                    found[index as usize] = Some(*item);
                    calls[index as usize] = checked.calls.clone();
                }
            }
        }
    }
    let mut known = Functions {
        sizes: vec![Size::default(); count],
        overflowing: vec![false; count],
        findings: Vec::new(),
    };
    let place = |index: u32| resolved.places.get(&Def::Function(index)).copied();
    let Order { order, cycles } = functions::sort(&calls);
    for cycle in &cycles {
        if let Some((first, others)) = cycle.split_first()
            && let Some((key, span)) = place(*first)
            && let Some(signature) = resolved.declarations.functions.get(*first as usize)
        {
            known.findings.push((key, remarks::recursion(&signature.name, span, others)));
        }
    }
    for at in order {
        let Some(item) = found.get(at as usize).copied().flatten() else { continue };
        let Some(body) = &db::function(db, item).body else { continue };
        let size = Size::of(&body.body, &known.sizes);
        let overflows = functions::overflow(&body.body, &known.overflowing).is_some();
        known.sizes[at as usize] = size;
        known.overflowing[at as usize] = overflows;
        if !size.fits()
            && let Some((key, span)) = place(at)
        {
            known.findings.push((key, remarks::too_deep(span)));
        }
    }
    Arc::new(known)
}

/// Whether some policy could not be read or has an error, so that its id may be unknown.
#[salsa::tracked(returns(copy))]
fn loses_policies(db: &dyn salsa::Database, file: SourceFile) -> bool {
    db::split(db, file).items.iter().any(|item| match &db::parse(db, *item).item.kind {
        ItemKind::Error => true,
        ItemKind::Fn(_) => is_unread(db, *item),
        ItemKind::Policy(_) => db::rules(db, *item).rules.iter().any(|rule| rule.policy.is_none()),
        ItemKind::Grant(decl) => {
            let rules = &db::rules(db, *item).rules;
            decl.body.as_ref().is_some_and(|body| rules.len() < body.len())
                || rules.iter().any(|rule| rule.policy.is_none())
        }
        _ => false,
    })
}

fn is_unread(db: &dyn salsa::Database, item: SourceItem<'_>) -> bool {
    db::parse(db, item).diagnostics.iter().any(|it| it.severity == Severity::Error)
}

#[salsa::tracked(returns(copy))]
fn any_policy_lost(db: &dyn salsa::Database, package: Package) -> bool {
    library::files(db, package).iter().any(|file| loses_policies(db, *file))
}

/// Whether the name of some declaration could not be read.
#[salsa::tracked(returns(copy))]
pub fn any_name_lost(db: &dyn salsa::Database, package: Package) -> bool {
    db::declarations(db, package).broken.contains("")
}

/// Whether something was lost of what is declared.
pub fn anything_lost(db: &dyn salsa::Database, package: Package) -> bool {
    match Known::try_get(db) {
        Some(known) => known.lost(db),
        None => db::lost_anywhere(db, package),
    }
}

/// Says what one file has to say.
struct Said<'db> {
    db: &'db dyn salsa::Database,
    package: Package,
    file: SourceFile,
    at: u32,
    all: Vec<Located>,
}

impl<'db> Said<'db> {
    fn new(db: &'db dyn salsa::Database, file: SourceFile) -> Option<Said<'db>> {
        Some(Said { db, package: Package::get(db), file, at: index_of(db, file)?, all: Vec::new() })
    }

    fn report(&mut self, start: u32, finding: Finding) {
        let mut diagnostic = finding.diagnostic.offset_by(start);
        for (def, message) in finding.related {
            let Some((other, span)) = self.place(&def) else { continue };
            let file = (other != self.at).then_some(other);
            diagnostic.secondary.push(Label { file, start: span.start, end: span.end, message });
        }
        self.all.push(Located { file: self.at, diagnostic });
    }

    /// Where a declaration's name stands in its file.
    fn place(&self, def: &Def) -> Option<(u32, Span)> {
        let resolved: &Resolved = db::resolved(self.db, self.package);
        let (key, span) = resolved.places.get(def)?;
        let file = library::files(self.db, self.package).get(key.file as usize)?;
        let item = db::declaration_items(self.db, *file).get(key.item as usize)?;
        Some((key.file, moved(*span, item.start(self.db))))
    }

    fn syntax(&mut self) {
        let split = db::split(self.db, self.file);
        let mut left = MAX_DIAGNOSTICS;
        for diagnostic in &split.diagnostics {
            self.report(0, diagnostic.clone().into());
        }
        for item in &split.items {
            let found = &db::parse(self.db, *item).diagnostics;
            if found.is_empty() {
                continue;
            }
            let start = item.start(self.db);
            for diagnostic in found {
                if left == 0 {
                    self.report(0, assize_lang::too_many_diagnostics(start).into());
                    return;
                }
                left -= usize::from(diagnostic.severity == Severity::Error);
                self.report(start, diagnostic.clone().into());
            }
        }
    }

    /// An item by itself; tests go to `tests`.
    fn item(&mut self, item: SourceItem<'db>, tests: &mut Vec<(SourceItem<'db>, u32)>) {
        let db = self.db;
        let kind = &db::parse(db, item).item.kind;
        let start = item.start(db);
        let (mut allowed, mut notes) = (&[][..], &[][..]);
        // Those of a policy are read where it is checked.
        if !matches!(kind, ItemKind::Policy(_)) {
            let (annotations, findings) = &**db::notes(db, item);
            (allowed, notes) = (annotations.allowed.as_slice(), findings.as_slice());
        }
        notes.iter().for_each(|finding| self.report(start, finding.clone()));
        let is_said = |code: Code| !allowed.contains(&code);
        match kind {
            ItemKind::Fn(_) => {
                let found = db::function(db, item).findings.iter().cloned();
                let certain = db::certainties(db, item).findings.iter().flatten().cloned();
                found
                    .chain(certain.map(Finding::from))
                    .filter(|it| is_said(it.diagnostic.code))
                    .for_each(|finding| self.report(start, finding));
            }
            ItemKind::Param(_) => {
                let found = &db::param(db, item).findings;
                found.iter().for_each(|finding| self.report(start, finding.clone()));
            }
            ItemKind::Policy(_) | ItemKind::Grant(_) => self.policies(item, start, allowed),
            ItemKind::Test(_) | ItemKind::Prove(_) => {
                let checked = db::test(db, item);
                let found = checked.findings.iter().filter(|it| is_said(it.diagnostic.code));
                found
                    .filter(|it| !self.follows_from_syntax(item, it))
                    .cloned()
                    .collect::<Vec<_>>()
                    .into_iter()
                    .for_each(|finding| self.report(start, finding));
                if matches!(kind, ItemKind::Test(_)) {
                    tests.push((item, start));
                }
            }
            _ => {}
        }
    }

    fn follows_from_syntax(&self, item: SourceItem<'db>, finding: &Finding) -> bool {
        finding.diagnostic.code == codes::ALLOW_WITHOUT_RESOURCE && is_unread(self.db, item)
    }

    fn policies(&mut self, item: SourceItem<'db>, start: u32, allowed: &[Code]) {
        let db = self.db;
        let checked: &CheckedRules = db::rules(db, item);
        for finding in checked.findings.iter().filter(|it| !allowed.contains(&it.diagnostic.code)) {
            if !self.follows_from_syntax(item, finding) {
                self.report(start, finding.clone());
            }
        }
        for (rule, certain) in checked.rules.iter().zip(&db::certainties(db, item).findings) {
            let is_said = |code| !rule.allowed.contains(code) && !allowed.contains(code);
            for diagnostic in certain.iter().filter(|it| is_said(&it.code)) {
                self.report(start, diagnostic.clone().into());
            }
        }
        let known = all_functions(db, self.package).clone();
        for rule in &checked.rules {
            let Some(policy) = &rule.policy else { continue };
            let bodies = policy.variants.iter().flat_map(|variant| {
                variant.condition.iter().chain(variant.obligations.iter().flat_map(|call| &call.args))
            });
            if !bodies.into_iter().all(|body| Size::of(body, &known.sizes).fits()) {
                self.report(start, remarks::too_deep(rule.effect_span));
            }
            if let Some(diagnostic) = lints::deny_that_overflows(rule, &known.overflowing) {
                self.report(start, diagnostic.into());
            }
        }
    }

    /// What is to be said of the ids of policies.
    fn ids(&mut self) {
        let mut nth = 0;
        for item in &db::split(self.db, self.file).items {
            for rule in rules_of(self.db, *item) {
                self.id(rule, *item, item.start(self.db), nth);
                nth += 1;
            }
        }
    }

    /// What is to be said of the id of the `nth` policy of the file.
    fn id(&mut self, rule: &Rule, item: SourceItem<'db>, start: u32, nth: u32) {
        let db = self.db;
        let ids = ids_for(db, self.file);
        let id = rule.id.as_ref().map(|(id, _)| id.clone());
        let id = id.unwrap_or_else(|| {
            let modules = &visible(db, item).declarations.modules;
            let path = modules.get(db::module_of(db, self.file) as usize).map_or("", |module| &module.path);
            remarks::derived_id(path, ids.before + nth + 1)
        });
        if rule.id.is_none() && !rule.allowed.contains(&codes::MISSING_ID) {
            self.report(start, remarks::missing_id(rule, &id, item.text(db)).into());
        }
        let repeated = ids.repeated.iter().find(|((_, at), _)| *at == nth);
        if let Some((_, first)) = repeated
            && let Some(first_place) = id_place(db, self.package, *first)
        {
            let span = rule.id.as_ref().map_or(rule.effect_span, |(_, span)| *span);
            let label = remarks::first_one(self.at, (first.0, first_place));
            self.report(0, remarks::duplicate_id(&id, moved(span, start), label).into());
        }
    }

    fn unknown_policies(&mut self, checked: &CheckedTest, start: u32) {
        let named = checked.expectations.iter().flat_map(|expectation| &expectation.by);
        for (id, span) in named {
            let ids = &all_ids(self.db, self.package).first;
            if !ids.contains_key(id) && !any_policy_lost(self.db, self.package) {
                let all = ids.keys().map(SmolStr::as_str);
                self.report(start, remarks::unknown_policy(id, *span, all).into());
            }
        }
    }

    /// The `nth` test of the file may have the name of another.
    fn repeated_test(&mut self, nth: u32, checked: &CheckedTest, start: u32) {
        let (db, at) = (self.db, self.at);
        let repeated = repeated_tests(db, self.package);
        let Some((_, first)) = repeated.iter().find(|(later, _)| *later == (at, nth)) else { return };
        let Some(file) = library::files(db, self.package).get(first.0 as usize) else { return };
        let Some((item, other)) = tests_of(db, *file).nth(first.1 as usize) else { return };
        let label = remarks::first_one(at, (first.0, moved(other.name_span, item.start(db))));
        let place = moved(checked.name_span, start);
        self.report(0, remarks::duplicate_test(&checked.name, place, label).into());
    }
}

#[salsa::tracked(returns(copy))]
fn errors_in(db: &dyn salsa::Database, file: SourceFile) -> u32 {
    of_file(db, file).errors
}

/// How many errors there are.
#[salsa::tracked(returns(copy))]
pub fn errors(db: &dyn salsa::Database, package: Package) -> u32 {
    library::files(db, package).iter().map(|file| errors_in(db, *file)).sum()
}

/// What the policies of a file cost whoever compiles them, and how many there are.
#[salsa::tracked(returns(copy))]
fn work_in(db: &dyn salsa::Database, file: SourceFile) -> (u64, u32) {
    let (mut work, mut count) = (0_u64, 0);
    for item in &db::split(db, file).items {
        for rule in rules_of(db, *item) {
            let Some(policy) = &rule.policy else { continue };
            count += 1;
            let actions = &visible(db, *item).declarations.schema.actions;
            let variants = policy.variants.iter().flat_map(|variant| &variant.actions);
            for action in policy.actions.iter().chain(variants) {
                let applies = actions.get(action.index()).and_then(|action| action.applies.as_ref());
                let cost = applies
                    .map_or(0, |it| it.principals.iter().len() as u64 * it.resources.iter().len() as u64);
                work = work.saturating_add(cost);
            }
        }
    }
    (work, count)
}

/// Whether a package is larger than may be: then there is something to say for which all of it has to be put together.
#[salsa::tracked(returns(copy))]
pub fn is_too_large(db: &dyn salsa::Database, package: Package) -> bool {
    let (mut work, mut count) = (0_u64, 0_usize);
    for file in library::files(db, package) {
        let own = work_in(db, *file);
        work = work.saturating_add(own.0);
        count += own.1 as usize;
    }
    work > MAX_APPLICABLE || count > MAX_POLICIES
}

/// What is said where all items are looked at together, by file.
#[salsa::tracked(returns(ref))]
fn together<'db>(db: &'db dyn salsa::Database, package: Package) -> Arc<Vec<Placed<'db>>> {
    let resolved = db::resolved(db, package);
    let declarations: &Declarations = &resolved.declarations;
    let mut rules = Vec::new();
    let mut tests = Vec::new();
    db.unwind_if_revision_cancelled();
    for (source, file) in library::files(db, package).iter().zip(0..) {
        for item in &db::split(db, *source).items {
            match db::parse(db, *item).item.kind {
                ItemKind::Policy(_) | ItemKind::Grant(_) => {
                    let checked = db::rules(db, *item).rules.iter().enumerate();
                    rules.extend(checked.map(|(index, rule)| PlacedRule { item: *item, index, file, rule }));
                }
                ItemKind::Test(_) => tests.push(db::test(db, *item).clone()),
                _ => {}
            }
        }
    }
    let mut found = lints::unused(db, package, resolved);
    found.extend(unused_uses::unused(db, package, resolved));
    found.extend(deprecated::uses(db, package, resolved));
    found.extend(lints::package(db, &declarations.schema, &rules));
    if errors(db, package) == 0 {
        let owners = package.owners(db);
        let own = rules.iter().filter(|placed| {
            let allowed = &db::notes(db, placed.item).0.allowed;
            owners.get(placed.file as usize) == Some(&0) && !allowed.contains(&codes::UNTRIED_CONTEXT)
        });
        found.extend(lints::untried::fields(&declarations.schema, own, &tests));
    }
    found.sort_by_key(|placed| placed.file);
    Arc::new(found)
}

#[salsa::tracked(returns(ref))]
fn together_in<'db>(db: &'db dyn salsa::Database, file: SourceFile) -> Arc<Vec<Placed<'db>>> {
    let all = together(db, Package::get(db));
    let own = index_of(db, file).map_or(&[][..], |at| {
        let start = all.partition_point(|placed| placed.file < at);
        let end = all.partition_point(|placed| placed.file <= at);
        all.get(start..end).unwrap_or_default()
    });
    Arc::new(own.to_vec())
}

/// Everything that there is to say about a file, but for what data files say of its tests ([`with_data_files`]).
#[salsa::tracked(returns(ref))]
pub fn complete(db: &dyn salsa::Database, file: SourceFile) -> Arc<Vec<Located>> {
    let own = &of_file(db, file).diagnostics;
    let placed = together_in(db, file);
    let Some(at) = index_of(db, file).filter(|_| !placed.is_empty()) else { return own.clone() };
    let mut more: Vec<Located> = placed.iter().map(|placed| placed.located(db)).collect();
    weigh_file(db, file, at, &mut more);
    if more.is_empty() {
        return own.clone();
    }
    more.extend(own.iter().cloned());
    crate::compile::sort(&mut more);
    Arc::new(more)
}

/// What data files of the tests of a file say: they are read each time, since nobody tells when they change.
pub fn with_data_files(db: &dyn salsa::Database, file: SourceFile, folder: &Path) -> Vec<Located> {
    let tests = &of_file(db, file).with_files;
    let Some(at) = index_of(db, file).filter(|_| !tests.is_empty()) else { return Vec::new() };
    let schema = &db::declarations(db, Package::get(db)).schema;
    let found = tests.iter().flat_map(|(start, test)| attach(schema, test, at, *start, folder).err());
    found.flatten().map(|diagnostic| Located { file: at, diagnostic }).collect()
}
