//! From the items of all files to what their declarations mean.
//!
//! ```text
//! modules   which module each file belongs to, and the names that it declares     collect.rs
//! uses      the names that `use` brings in                                         uses.rs
//! bindings  what the parameters of modules stand for                               bindings.rs
//! aliases   what each `type` stands for, those that others need first              aliases.rs, types.rs
//! shapes    entity types, grants, obligations, signatures                          shapes.rs
//! actions   what they apply to and what they include                               actions.rs
//! limits    whether it is too much                                                  limits.rs
//! consts    their values, those that others need first                             consts.rs
//! ```
//!
//! Conditions, bodies of functions and values of params are not looked at here: an edit in one of them changes nothing
//! that this stage makes.

mod actions;
mod aliases;
mod bindings;
mod collect;
mod consts;
mod limits;
pub mod order;
mod shapes;
pub mod types;
mod uses;

use std::collections::BTreeMap;
use std::sync::Arc;

use assize_lang::ast::{Item, ItemKind, Name};
use assize_lang::{Diagnostic, Span};
use assize_runtime::types::ActionId;
use smol_str::SmolStr;

use crate::declarations::{Declarations, Def, Finding, SharedDeclarations};
use crate::names::qualified;

pub use collect::{declared_name, declares};

/// An item of the package: which file, and which of the items given for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ItemKey {
    /// Index of the file.
    pub file: u32,
    /// Index among the items of the file that were given to [`resolve`].
    pub item: u32,
}

/// What the declarations of a package mean, with what is wrong with them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Resolved {
    /// For all who use names.
    pub declarations: SharedDeclarations,
    /// Spans count from the start of the item.
    pub findings: Vec<(ItemKey, Finding)>,
    /// Where the name of each declaration stands.
    pub places: BTreeMap<Def, (ItemKey, Span)>,
    /// The module of each file.
    pub file_modules: Vec<u32>,
}

/// Whether [`resolve`] looks at items of this kind.
pub fn is_declaration(kind: &ItemKind) -> bool {
    !matches!(kind, ItemKind::Policy(_) | ItemKind::Test(_) | ItemKind::Prove(_) | ItemKind::Error)
}

/// Resolves the declarations of a package; `files` holds those items of each file that [`is_declaration`] picks, `lost` the
/// names that syntax errors kept from being declared, an empty one for a name that is not known. `owners` says which package
/// each file belongs to, 0 being the one that is compiled; files behind those are the standard library's.
pub fn resolve(files: &[Vec<&Item>], owners: &[u32], lost: &[SmolStr]) -> Resolved {
    let mut resolver = Resolver {
        items: items_of(files),
        declarations: Declarations::default(),
        findings: Vec::new(),
        places: BTreeMap::new(),
        file_modules: Vec::new(),
        declared: Vec::new(),
        action_names: BTreeMap::new(),
        bindings: bindings::Bindings::default(),
        brought: BTreeMap::new(),
        places_in_uses: 0,
    };
    resolver.declarations.broken.extend(lost.iter().cloned());
    collect::run(&mut resolver, files, owners);
    bindings::collect(&mut resolver);
    uses::run(&mut resolver);
    bindings::report_unbound(&mut resolver);
    aliases::run(&mut resolver);
    shapes::run(&mut resolver);
    actions::run(&mut resolver);
    limits::run(&mut resolver);
    consts::run(&mut resolver);
    resolver.findings.sort_by_key(|(key, finding)| (*key, finding.diagnostic.primary.start));
    Resolved {
        declarations: Arc::new(resolver.declarations),
        findings: resolver.findings,
        places: resolver.places,
        file_modules: resolver.file_modules,
    }
}

/// The stage at work: what later phases add to.
struct Resolver<'a> {
    items: Vec<(ItemKey, &'a Item)>,
    declarations: Declarations,
    findings: Vec<(ItemKey, Finding)>,
    places: BTreeMap<Def, (ItemKey, Span)>,
    file_modules: Vec<u32>,
    /// What each name that an item declares stands for: one for each item, but for each name of an `action`. A repeated
    /// declaration has no entry.
    declared: Vec<Declared<'a>>,
    /// Actions by full name.
    action_names: BTreeMap<SmolStr, ActionId>,
    bindings: bindings::Bindings<'a>,
    /// By module and name: the `use` that brought it.
    brought: BTreeMap<(u32, SmolStr), (ItemKey, Span)>,
    /// How many [`Def::Use`] there are.
    places_in_uses: u32,
}

/// One name declared by one item.
#[derive(Clone)]
struct Declared<'a> {
    key: ItemKey,
    item: &'a Item,
    module: u32,
    name: &'a Name,
    def: Def,
}

impl Resolver<'_> {
    fn report(&mut self, key: ItemKey, finding: impl Into<Finding>) {
        self.findings.push((key, finding.into()));
    }

    fn report_all(&mut self, key: ItemKey, findings: impl IntoIterator<Item = Finding>) {
        self.findings.extend(findings.into_iter().map(|finding| (key, finding)));
    }

    /// A finding that points at the declaration of `def` too.
    fn report_with(&mut self, key: ItemKey, diagnostic: Diagnostic, def: Def, why: impl Into<String>) {
        self.findings.push((key, Finding { diagnostic, related: vec![(def, why.into())] }));
    }

    /// A name for a place in a `use`, to point at in findings.
    fn place_in_use(&mut self, key: ItemKey, span: Span) -> Def {
        let def = Def::Use(self.places_in_uses);
        self.places_in_uses += 1;
        self.places.insert(def.clone(), (key, span));
        def
    }

    fn module_path(&self, module: u32) -> SmolStr {
        self.declarations.modules.get(module as usize).map(|module| module.path.clone()).unwrap_or_default()
    }

    /// Takes the name of a declaration that had an error out of scope: using it is no second mistake.
    fn set_broken(&mut self, declared: &Declared<'_>) {
        let full = qualified(&self.module_path(declared.module), &declared.name.text);
        self.declarations.broken.insert(full);
        self.declarations.broken.insert(declared.name.text.clone());
    }
}

fn items_of<'a>(files: &[Vec<&'a Item>]) -> Vec<(ItemKey, &'a Item)> {
    let key = |file: usize, item: usize| ItemKey { file: file as u32, item: item as u32 };
    files
        .iter()
        .enumerate()
        .flat_map(|(file, items)| items.iter().enumerate().map(move |(at, item)| (key(file, at), *item)))
        .collect()
}
