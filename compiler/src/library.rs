//! The standard library: the modules of `stdlib/`, and which of them a package is compiled with.
//!
//! A module comes with the first `use std::..` that names it or something in it, and brings those that it uses itself. All others
//! do not exist for the package: their entity types, grants and policies are in no schema. A module of the library is a file like
//! any other to the rest of the compiler, except that the package does not answer for its warnings and tests.

use std::path::PathBuf;
use std::sync::Arc;

use assize_lang::ast::{ItemKind, Path};
use salsa::Durability;
use smol_str::SmolStr;

use crate::db::{self, Known, Package, SourceFile};
use crate::package::SourceText;

/// A module of the library, which is one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LibraryModule {
    /// `std::net`
    pub path: &'static str,
    /// What diagnostics call its file.
    pub file: &'static str,
    /// Its text.
    pub text: &'static str,
}

macro_rules! modules {
    ($($path:literal $file:literal;)*) => {
        /// All modules, by path.
        pub const MODULES: &[LibraryModule] = &[$(LibraryModule {
            path: $path,
            file: concat!("std/", $file),
            text: include_str!(concat!("../../stdlib/", $file)),
        }),*];
    };
}

// One line for each module, sorted.
modules! {
    "std::controls" "controls.assize";
    "std::geo" "geo.assize";
    "std::net" "net.assize";
    "std::rbac" "rbac.assize";
    "std::rebac" "rebac.assize";
    "std::session" "session.assize";
    "std::sod" "sod.assize";
    "std::time" "time.assize";
}

/// The module that `path` names or leads into: `std::net::is_private` leads into `std::net`.
pub fn module_of(path: &str) -> Option<usize> {
    let leads_into = |module: &LibraryModule| {
        path.strip_prefix(module.path).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    };
    // Should there ever be modules in modules, the innermost is meant.
    let candidates = MODULES.iter().enumerate().filter(|(_, module)| leads_into(module));
    candidates.max_by_key(|(_, module)| module.path.len()).map(|(at, _)| at)
}

/// Whether a path is kept for the library.
pub fn is_reserved(path: &str) -> bool {
    path == "std" || path.starts_with("std::")
}

/// Whether a path as written begins with `std`.
pub fn is_below(path: &Path) -> bool {
    path.segments.first().is_some_and(|first| first.text == "std")
}

/// The text of a module as one more file of the package.
pub fn source_text(at: usize) -> Option<SourceText> {
    let module = MODULES.get(at)?;
    Some(SourceText {
        name: module.file.into(),
        path: PathBuf::from(module.file),
        text: Arc::from(module.text),
        dependency: true,
    })
}

/// The files of all modules, for a new database: none is parsed before it is used.
pub(crate) fn source_files(db: &dyn salsa::Database) -> Vec<SourceFile> {
    let file = |module: &LibraryModule| {
        SourceFile::builder(SmolStr::new_static(module.file), module.text.into())
            .durability(Durability::HIGH)
            .new(db)
    };
    MODULES.iter().map(file).collect()
}

/// The modules that a file names in `use`, as indices of [`MODULES`].
#[salsa::tracked(returns(ref))]
fn named_in(db: &dyn salsa::Database, file: SourceFile) -> Vec<usize> {
    let mut named = Vec::new();
    for item in db::declaration_items(db, file) {
        if let ItemKind::Use(decl) = &db::parse(db, *item).item.kind
            && is_below(&decl.path)
        {
            named.extend(module_of(&crate::names::path_text(&decl.path)));
        }
    }
    named
}

/// The modules that a package is compiled with, as indices of [`MODULES`], in their order.
pub fn reached(db: &dyn salsa::Database, package: Package) -> &Vec<usize> {
    match Known::try_get(db) {
        Some(known) => known.reached(db),
        None => reached_by_all(db, package),
    }
}

/// As [`reached`], from the texts.
#[salsa::tracked(returns(ref))]
pub fn reached_by_all(db: &dyn salsa::Database, package: Package) -> Vec<usize> {
    let mut reached = vec![false; MODULES.len()];
    let mut work: Vec<SourceFile> = package.files(db).clone();
    while let Some(file) = work.pop() {
        for &at in named_in(db, file) {
            if !std::mem::replace(&mut reached[at], true) {
                work.push(package.library(db)[at]);
            }
        }
    }
    (0..MODULES.len()).filter(|at| reached[*at]).collect()
}

/// All files that are compiled together: those of the package and of its dependencies, then those of the library.
#[salsa::tracked(returns(ref))]
pub fn files(db: &dyn salsa::Database, package: Package) -> Vec<SourceFile> {
    let library = reached(db, package).iter().map(|at| package.library(db)[*at]);
    package.files(db).iter().copied().chain(library).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_is_the_module_that_the_table_says() {
        for module in MODULES {
            assert_eq!(module.file, format!("{}.assize", module.path.replace("::", "/")));
            let header = format!("module {}", module.path);
            assert!(module.text.lines().any(|line| line == header), "{} lacks `{header}`", module.file);
        }
        assert!(MODULES.is_sorted_by_key(|module| module.path));
    }

    #[test]
    fn a_path_leads_into_a_module() {
        assert_eq!(module_of("std::net").map(|at| MODULES[at].path), Some("std::net"));
        assert_eq!(module_of("std::net::is_private").map(|at| MODULES[at].path), Some("std::net"));
        assert_eq!(module_of("std::network"), None);
        assert_eq!(module_of("std"), None);
    }
}
