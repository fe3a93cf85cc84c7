//! The incremental database: what is remembered between two edits.
//!
//! ```text
//! SourceFile ─ split ─ SourceItem… ─ parse ─┬─ declaration_items ─ resolved ─ declarations
//!                                           └─ rules, function, param, notes: one for each item, reading of `declarations` what is
//!                                              `visible` from there
//! ```
//! What is made of all that together is in [`crate::program`].
//!
//! An item is the same as before if its text is: where it starts is a field of its own, which no check reads. `declarations`
//! has no spans, so that most edits leave it equal and nothing that reads it runs again.

#![allow(missing_docs, reason = "salsa's macros add constructors and setters without documentation")]

use std::sync::Arc;

use assize_lang::ast::{Item, ItemKind};
use assize_lang::{Diagnostic, Severity};
use assize_lang::{codes, lost_names};
use salsa::{Durability, Setter};
use smol_str::SmolStr;

use crate::annotations::{self, Annotations};
use crate::cases::{self, CheckedTest};
use crate::controls::{self, Frameworks};
use crate::declarations::{Def, Finding, SharedDeclarations};
use crate::findings::{self, Functions};
use crate::functions::{self, CheckedFunction};
use crate::library;
use crate::lints::{self, conditions::Certainties};
use crate::manifest::Manifest;
use crate::package::PackageSources;
use crate::policy::{self, CheckedRules};
use crate::resolve::{Resolved, declared_name, declares, is_declaration, resolve};
use crate::values::{self, CheckedParam};
use crate::visible::{depend_on_all, visible};

/// The incremental compiler's memory.
#[salsa::db]
#[derive(Clone, Default)]
pub struct Database {
    storage: salsa::Storage<Self>,
}

#[salsa::db]
impl salsa::Database for Database {}

impl Database {
    /// Calls `ran` with the name of each query that runs rather than being remembered.
    pub fn watched(ran: impl Fn(String) + Send + Sync + 'static) -> Database {
        let report = move |event: salsa::Event| {
            if let salsa::EventKind::WillExecute { database_key } = event.kind {
                ran(format!("{database_key:?}"));
            }
        };
        Database { storage: salsa::Storage::new(Some(Box::new(report))) }
    }

    /// Makes these the texts that are compiled. Only what differs from before is an edit.
    ///
    /// They count as texts that hardly ever change: an editor gives those that somebody types in [`Durability::LOW`], so that what hangs
    /// on the others alone need not be looked at after a key is pressed. What is [`Known`] of all together is in between.
    pub fn set(&mut self, sources: &PackageSources) -> Package {
        let old = Package::try_get(self);
        let known: Vec<SourceFile> = old.map(|package| package.files(self).clone()).unwrap_or_default();
        let mut by_name: indexmap::IndexMap<SmolStr, SourceFile> =
            known.iter().map(|file| (file.name(self).clone(), *file)).collect();
        let mut files = Vec::with_capacity(sources.policies.len());
        for source in &sources.policies {
            files.push(match by_name.swap_remove(&source.name) {
                Some(file) => {
                    if **file.text(self) != *source.text {
                        file.set_text(self).to(source.text.clone());
                    }
                    file
                }
                None => SourceFile::builder(source.name.clone(), source.text.clone())
                    .durability(Durability::HIGH)
                    .new(self),
            });
        }
        let Some(package) = old else {
            let library = library::source_files(self);
            return Package::builder(files, sources.owner_of_each(), library, sources.manifest.clone())
                .durability(Durability::HIGH)
                .new(self);
        };
        if files != known {
            package.set_files(self).to(files);
        }
        let owners = sources.owner_of_each();
        if *package.owners(self) != owners {
            package.set_owners(self).to(owners);
        }
        if package.manifest(self) != &sources.manifest {
            package.set_manifest(self).to(sources.manifest.clone());
        }
        package
    }
}

/// A file of the package or of one that it depends on.
#[salsa::input(debug)]
pub struct SourceFile {
    /// Its name as the user would type it.
    #[returns(ref)]
    pub name: SmolStr,
    /// Its text.
    #[returns(ref)]
    pub text: Arc<str>,
}

/// What is compiled together. A database holds one.
#[salsa::input(singleton, debug)]
pub struct Package {
    /// In the order in which diagnostics and policies are listed.
    #[returns(ref)]
    pub files: Vec<SourceFile>,
    /// For each file which package it belongs to.
    #[returns(ref)]
    pub owners: Vec<u32>,
    /// All modules of the standard library, whether the package uses them or not; see [`library::files`].
    #[returns(ref)]
    pub library: Vec<SourceFile>,
    /// What `assize.toml` says, apart from what the files came from.
    #[returns(ref)]
    pub manifest: Arc<Manifest>,
}

/// One item of a file. Two items are the same when their text is.
#[salsa::tracked(debug)]
pub struct SourceItem<'db> {
    /// Where it stands.
    #[returns(copy)]
    pub file: SourceFile,
    /// Its text.
    #[returns(ref)]
    pub text: Arc<str>,
    /// Byte offset in the file.
    #[tracked]
    #[returns(copy)]
    pub start: u32,
}

/// A file cut into items.
#[derive(Clone, Debug, PartialEq, Eq, salsa::SalsaValue)]
pub struct FileItems<'db> {
    /// In source order.
    pub items: Vec<SourceItem<'db>>,
    /// What belongs to no item; spans count from the start of the file.
    pub diagnostics: Vec<Diagnostic>,
}

/// A parsed item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed {
    /// The tree.
    pub item: Item,
    /// Spans count from the start of the item.
    pub diagnostics: Vec<Diagnostic>,
}

/// Cuts a file into its items.
#[salsa::tracked(returns(ref))]
pub fn split<'db>(db: &'db dyn salsa::Database, file: SourceFile) -> FileItems<'db> {
    let text = file.text(db);
    let split = assize_lang::split(text);
    let items = split
        .chunks
        .iter()
        .map(|chunk| SourceItem::new(db, file, chunk.text(text).into(), chunk.start))
        .collect();
    FileItems { items, diagnostics: split.diagnostics }
}

/// Parses an item.
#[salsa::tracked(returns(ref))]
pub fn parse<'db>(db: &'db dyn salsa::Database, item: SourceItem<'db>) -> Arc<Parsed> {
    let (item, diagnostics) = assize_lang::parse_chunk(item.text(db));
    Arc::new(Parsed { item, diagnostics })
}

/// The items of a file that declare names: those that [`resolve`] looks at.
#[salsa::tracked(returns(ref))]
pub fn declaration_items<'db>(db: &'db dyn salsa::Database, file: SourceFile) -> Vec<SourceItem<'db>> {
    let items = split(db, file).items.iter().copied();
    items.filter(|item| is_declaration(&parse(db, *item).item.kind)).collect()
}

/// Names that declarations with a syntax error were about to declare.
#[salsa::tracked(returns(ref))]
pub fn lost_in(db: &dyn salsa::Database, file: SourceFile) -> Vec<SmolStr> {
    let mut lost = Vec::new();
    for item in &split(db, file).items {
        let (parsed, text) = (parse(db, *item), item.text(db));
        let unread = || parsed.diagnostics.iter().any(|found| found.severity == Severity::Error);
        match &parsed.item.kind {
            ItemKind::Error => {
                lost.extend(lost_names(text));
                // What stands below belongs to a module that is not known.
                lost.extend(text.trim_start().starts_with("module").then(SmolStr::default));
            }
            // What follows in the same item may have been a declaration of its own.
            kind if is_declaration(kind) && unread() => {
                lost.extend(lost_names(text).into_iter().filter(|name| !declares(kind, name)));
                // Nor are all of its attributes or variants known.
                lost.extend(declared_name(kind).map(|name| smol_str::format_smolstr!("{}.", name.text)));
            }
            _ => {}
        }
        // A misspelt word starts no item of its own: it follows another declaration.
        for slip in parsed.diagnostics.iter().filter(|it| it.code == codes::NOT_A_DECLARATION) {
            lost.extend(lost_names(text.get(slip.primary.start as usize..).unwrap_or_default()));
        }
    }
    lost
}

/// What is known of all files together, put down as if it were given: so what hangs on it need not be looked at when somebody types in a
/// file that changes nothing of it. Only editors have one, and keep it up to date ([`Database::put_down`]).
#[salsa::input(singleton, debug)]
pub struct Known {
    /// What [`resolve_all`] says.
    #[returns(ref)]
    pub resolved: Arc<Resolved>,
    /// What [`controls::declared_frameworks`] says.
    #[returns(ref)]
    pub frameworks: Arc<Frameworks>,
    /// What [`library::reached_by_all`] says.
    #[returns(ref)]
    pub reached: Vec<usize>,
    /// What [`lost_anywhere`] says.
    #[returns(copy)]
    pub lost: bool,
    /// What [`findings::of_functions`] says.
    #[returns(ref)]
    pub functions: Arc<Functions>,
}

impl Database {
    /// Puts down what is known of all files together; to be called after each edit, by those who want later edits to be quick, and the first
    /// time before anything else is asked.
    ///
    /// # Why before anything else
    /// What is worked out while nothing is put down hangs on texts. Were it asked again once something is, it would hang on an input that is older
    /// than the answer and less durable than the texts were: salsa would see no change, would not tell those that hang on the answer that
    /// it is less durable now, and these would no longer be looked at when that input is set.
    pub fn put_down(&mut self, package: Package) {
        let known = match Known::try_get(self) {
            Some(known) => known,
            None => Known::builder(Arc::default(), Arc::default(), Vec::new(), false, Arc::default())
                .durability(Durability::MEDIUM)
                .new(self),
        };
        // Each rests on those before it.
        let reached = library::reached_by_all(self, package).clone();
        if *known.reached(self) != reached {
            known.set_reached(self).to(reached);
        }
        let resolved = resolve_all(self, package).clone();
        if *known.resolved(self) != resolved {
            known.set_resolved(self).to(resolved);
        }
        let frameworks = controls::declared_frameworks(self, package).clone();
        if *known.frameworks(self) != frameworks {
            known.set_frameworks(self).to(frameworks);
        }
        let lost = lost_anywhere(self, package);
        if known.lost(self) != lost {
            known.set_lost(self).to(lost);
        }
        let functions = findings::of_functions(self, package).clone();
        if *known.functions(self) != functions {
            known.set_functions(self).to(functions);
        }
    }
}

/// What the package declares, with findings and places.
pub fn resolved(db: &dyn salsa::Database, package: Package) -> &Arc<Resolved> {
    match Known::try_get(db) {
        Some(known) => known.resolved(db),
        None => resolve_all(db, package),
    }
}

/// Whether something was lost of what is declared.
#[salsa::tracked(returns(copy))]
pub fn lost_anywhere(db: &dyn salsa::Database, package: Package) -> bool {
    library::files(db, package).iter().any(|file| !lost_in(db, *file).is_empty())
}

/// As [`resolved`], from the texts.
#[salsa::tracked(returns(ref))]
pub fn resolve_all(db: &dyn salsa::Database, package: Package) -> Arc<Resolved> {
    let files = library::files(db, package);
    let trees: Vec<Vec<&Arc<Parsed>>> = files
        .iter()
        .map(|file| declaration_items(db, *file).iter().map(|item| parse(db, *item)).collect())
        .collect();
    let items: Vec<Vec<&Item>> =
        trees.iter().map(|file| file.iter().map(|parsed| &parsed.item).collect()).collect();
    let mut lost = Vec::new();
    for file in files {
        lost.extend(lost_in(db, *file).iter().cloned());
    }
    Arc::new(resolve(&items, package.owners(db), &lost))
}

/// What the package declares: changes only when the meaning of some declaration does.
#[salsa::tracked(returns(ref))]
pub fn declarations(db: &dyn salsa::Database, package: Package) -> SharedDeclarations {
    resolved(db, package).declarations.clone()
}

/// The module that a file belongs to, as an index into the modules of [`declarations`].
#[salsa::tracked(returns(copy))]
pub fn module_of(db: &dyn salsa::Database, file: SourceFile) -> u32 {
    let path = declaration_items(db, file).iter().find_map(|item| match &parse(db, *item).item.kind {
        ItemKind::Module(path) => Some(crate::names::path_text(path)),
        _ => None,
    });
    let package = Package::get(db);
    declarations(db, package).module(&path.unwrap_or_default()).unwrap_or(0)
}

/// A policy, or the policies of a grant, checked.
#[salsa::tracked(returns(ref))]
pub fn rules<'db>(db: &'db dyn salsa::Database, item: SourceItem<'db>) -> Arc<CheckedRules> {
    let frameworks = controls::frameworks(db, Package::get(db));
    let declarations = &visible(db, item).declarations;
    let checked =
        policy::check(declarations, frameworks, module_of(db, item.file(db)), &parse(db, item).item);
    if !checked.findings.is_empty() || checked.rules.iter().any(|rule| rule.policy.is_none()) {
        depend_on_all(db);
    }
    Arc::new(checked)
}

/// A function, checked.
#[salsa::tracked(returns(ref))]
pub fn function<'db>(db: &'db dyn salsa::Database, item: SourceItem<'db>) -> Arc<CheckedFunction> {
    let declarations = &visible(db, item).declarations;
    let checked = functions::check(declarations, module_of(db, item.file(db)), &parse(db, item).item);
    if !checked.findings.is_empty() || checked.body.is_none() {
        depend_on_all(db);
    }
    Arc::new(checked)
}

/// The item of a function, by its index in [`declarations`].
#[salsa::tracked(returns(copy))]
pub fn function_item<'db>(
    db: &'db dyn salsa::Database,
    package: Package,
    index: u32,
) -> Option<SourceItem<'db>> {
    let (key, _) = resolved(db, package).places.get(&Def::Function(index))?;
    let file = package.files(db).get(key.file as usize)?;
    declaration_items(db, *file).get(key.item as usize).copied()
}

/// What is certain about the conditions of an item, beyond what its check has said.
#[salsa::tracked(returns(ref))]
pub fn certainties<'db>(db: &'db dyn salsa::Database, item: SourceItem<'db>) -> Arc<Certainties> {
    Arc::new(lints::conditions::of_item(db, item))
}

/// A param with its value, checked.
#[salsa::tracked(returns(ref))]
pub fn param<'db>(db: &'db dyn salsa::Database, item: SourceItem<'db>) -> Arc<CheckedParam> {
    let declarations = &visible(db, item).declarations;
    let checked = values::check_param(declarations, module_of(db, item.file(db)), &parse(db, item).item);
    if !checked.findings.is_empty() || checked.index.is_none() {
        depend_on_all(db);
    }
    Arc::new(checked)
}

/// A `test` or `prove` block, checked.
#[salsa::tracked(returns(ref))]
pub fn test<'db>(db: &'db dyn salsa::Database, item: SourceItem<'db>) -> Arc<CheckedTest> {
    let declarations = &visible(db, item).declarations;
    let checked = cases::check(declarations, module_of(db, item.file(db)), &parse(db, item).item);
    if !checked.findings.is_empty() {
        depend_on_all(db);
    }
    Arc::new(checked)
}

/// The annotations of an item that is no policy, those of its fields included.
#[salsa::tracked(returns(ref))]
pub fn notes<'db>(db: &'db dyn salsa::Database, item: SourceItem<'db>) -> Arc<(Annotations, Vec<Finding>)> {
    Arc::new(annotations::of_item(&parse(db, item).item, controls::frameworks(db, Package::get(db))))
}
