//! A package at one moment, and its parts.

use std::sync::Arc;

use assize_compiler::db::{self, Database, Package, Parsed, SourceFile, SourceItem};
use assize_compiler::declarations::Declarations;
use assize_compiler::library;
use assize_compiler::resolve::Resolved;
use assize_lang::Span;

/// A package as it is at one moment. Another handle of the database may want to change it: then questions end by unwinding with
/// `salsa::Cancelled`, and whoever asked catches that.
#[derive(Clone)]
pub struct Analysis {
    /// Where everything is remembered.
    pub database: Database,
    /// What is compiled together.
    pub package: Package,
}

/// A place in a file of the package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileRange {
    /// Index of the file: those of the package, then those of the library that it uses.
    pub file: u32,
    /// Bytes from the start of the file.
    pub span: Span,
}

/// An item, and an offset in it.
#[derive(Clone, Copy)]
pub struct ItemAt<'db> {
    /// The item.
    pub item: SourceItem<'db>,
    /// Where it starts in its file.
    pub start: u32,
    /// Counted from the start of the item.
    pub offset: u32,
}

impl Analysis {
    /// All files: those of the package and of its dependencies, then those of the library that it uses.
    pub fn files(&self) -> &[SourceFile] {
        library::files(&self.database, self.package)
    }

    /// A file by its index.
    pub fn file(&self, index: u32) -> Option<SourceFile> {
        self.files().get(index as usize).copied()
    }

    /// The index of a file.
    pub fn index_of(&self, file: SourceFile) -> Option<u32> {
        self.files().iter().position(|known| *known == file).map(|at| at as u32)
    }

    /// Whether a file is one that the package answers for, rather than one of a dependency or of the library.
    pub fn is_own(&self, index: u32) -> bool {
        self.package.owners(&self.database).get(index as usize) == Some(&0)
    }

    /// The text of a file.
    pub fn text(&self, file: SourceFile) -> &Arc<str> {
        file.text(&self.database)
    }

    /// The items of a file, in source order.
    pub fn items(&self, file: SourceFile) -> &[SourceItem<'_>] {
        &db::split(&self.database, file).items
    }

    /// The tree of an item.
    pub fn tree<'db>(&'db self, item: SourceItem<'db>) -> &'db Parsed {
        db::parse(&self.database, item)
    }

    /// The item that `offset` is in, or that ends there.
    pub fn item_at(&self, file: SourceFile, offset: u32) -> Option<ItemAt<'_>> {
        let items = self.items(file);
        let behind = items.partition_point(|item| item.start(&self.database) <= offset);
        let item = *items.get(behind.checked_sub(1)?)?;
        let start = item.start(&self.database);
        let offset = offset - start;
        (offset as usize <= item.text(&self.database).len()).then_some(ItemAt { item, start, offset })
    }

    /// What the package declares.
    pub fn declarations(&self) -> &Declarations {
        db::declarations(&self.database, self.package)
    }

    /// What the package declares, with places.
    pub fn resolved(&self) -> &Resolved {
        db::resolved(&self.database, self.package)
    }

    /// The module of an item.
    pub fn module_of(&self, item: SourceItem<'_>) -> u32 {
        db::module_of(&self.database, item.file(&self.database))
    }
}
