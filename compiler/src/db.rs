//! The incremental database: what is remembered between two edits.
//!
//! ```text
//! SourceFile ─ split ─ SourceItem… ─ parse ─┬─ declaration_items ─ resolved ─ declarations
//!                                           └─ one check for each item (check.rs), reading `declarations`
//! ```
//!
//! An item is the same as before if its text is: where it starts is a field of its own, which no check reads. `declarations`
//! has no spans, so that most edits leave it equal and nothing that reads it runs again.

#![allow(missing_docs, reason = "salsa's macros add constructors and setters without documentation")]

use std::sync::Arc;

use assize_lang::Diagnostic;
use assize_lang::ast::Item;
use smol_str::SmolStr;

use crate::declarations::SharedDeclarations;
use crate::manifest::Manifest;
use crate::resolve::{Resolved, is_declaration, resolve};

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

/// What the package declares, with findings and places.
#[salsa::tracked(returns(ref))]
pub fn resolved(db: &dyn salsa::Database, package: Package) -> Arc<Resolved> {
    let trees: Vec<Vec<&Arc<Parsed>>> = package
        .files(db)
        .iter()
        .map(|file| declaration_items(db, *file).iter().map(|item| parse(db, *item)).collect())
        .collect();
    let items: Vec<Vec<&Item>> =
        trees.iter().map(|file| file.iter().map(|parsed| &parsed.item).collect()).collect();
    Arc::new(resolve(&items))
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
        assize_lang::ast::ItemKind::Module(path) => Some(crate::names::path_text(path)),
        _ => None,
    });
    let package = Package::get(db);
    declarations(db, package).module(&path.unwrap_or_default()).unwrap_or(0)
}
