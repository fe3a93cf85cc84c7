//! What is called the same in several files: ids of policies, names of tests.

use std::sync::Arc;

use assize_lang::Span;
use assize_lang::ast::ItemKind;
use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use super::index_of;
use crate::annotations;
use crate::cases::CheckedTest;
use crate::db::{self, Package, SourceFile, SourceItem};
use crate::library;
use crate::policy::Rule;
use crate::remarks;

/// What the policies of a file are called, without places.
pub(super) type Ids = Vec<Option<SmolStr>>;

/// Ids are read off the text, so that an edit of a declaration need not look at policies for them.
#[salsa::tracked(returns(ref))]
pub(super) fn ids_in(db: &dyn salsa::Database, file: SourceFile) -> Arc<Ids> {
    let mut ids = Vec::new();
    for item in &db::split(db, file).items {
        let tree = &db::parse(db, *item).item;
        match tree.kind {
            ItemKind::Policy(_) => ids.push(annotations::id_of(&tree.annotations)),
            // How many policies a grant has depends on its parameters.
            ItemKind::Grant(_) => {
                ids.extend(rules_of(db, *item).iter().map(|rule| rule.id.as_ref().map(|(id, _)| id.clone())));
            }
            _ => {}
        }
    }
    Arc::new(ids)
}

pub(super) fn rules_of<'db>(db: &'db dyn salsa::Database, item: SourceItem<'db>) -> &'db [Rule] {
    match db::parse(db, item).item.kind {
        ItemKind::Policy(_) | ItemKind::Grant(_) => &db::rules(db, item).rules,
        _ => &[],
    }
}

/// A policy as the `nth` of a file.
pub(super) type NthRule = (u32, u32);

/// The ids of all policies.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct AllIds {
    /// For each id the first policy that has it.
    pub(super) first: FxHashMap<SmolStr, NthRule>,
    /// Further ones, with the first.
    pub(super) repeated: Vec<(NthRule, NthRule)>,
    /// For each file how many policies its module has in files before it.
    pub(super) before: Vec<u32>,
}

#[salsa::tracked(returns(ref))]
pub(super) fn all_ids(db: &dyn salsa::Database, package: Package) -> Arc<AllIds> {
    let declarations = db::declarations(db, package);
    let mut counts = vec![0; declarations.modules.len()];
    let mut all = AllIds::default();
    for (file, at) in library::files(db, package).iter().zip(0..) {
        let own = ids_in(db, *file);
        let module = db::module_of(db, *file) as usize;
        let path = declarations.modules.get(module).map_or("", |module| &module.path);
        let mut none = 0;
        let count = counts.get_mut(module).unwrap_or(&mut none);
        all.before.push(*count);
        for (id, nth) in own.iter().zip(0..) {
            *count += 1;
            let id = id.clone().unwrap_or_else(|| remarks::derived_id(path, *count));
            match all.first.get(&id) {
                Some(first) => all.repeated.push(((at, nth), *first)),
                None => drop(all.first.insert(id, (at, nth))),
            }
        }
    }
    Arc::new(all)
}

/// As [`AllIds`], what one file needs of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct IdsFor {
    pub(super) before: u32,
    pub(super) repeated: Vec<(NthRule, NthRule)>,
}

#[salsa::tracked(returns(ref))]
pub(super) fn ids_for(db: &dyn salsa::Database, file: SourceFile) -> Arc<IdsFor> {
    let all = all_ids(db, Package::get(db));
    let Some(at) = index_of(db, file) else { return Arc::default() };
    let repeated = all.repeated.iter().filter(|((file, _), _)| *file == at).copied().collect();
    Arc::new(IdsFor { before: all.before.get(at as usize).copied().unwrap_or_default(), repeated })
}

/// Where a policy has its id, or its effect if it has none: in the file.
pub(super) fn id_place(db: &dyn salsa::Database, package: Package, (file, nth): NthRule) -> Option<Span> {
    let file = library::files(db, package).get(file as usize)?;
    let items = db::split(db, *file).items.iter();
    let mut placed = items.flat_map(|item| rules_of(db, *item).iter().map(|rule| (*item, rule)));
    let (item, rule) = placed.nth(nth as usize)?;
    let span = rule.id.as_ref().map_or(rule.effect_span, |(_, span)| *span);
    Some(moved(span, item.start(db)))
}

pub(super) fn moved(span: Span, start: u32) -> Span {
    Span::new(span.start.saturating_add(start), span.end.saturating_add(start))
}

/// The tests of a file by name.
#[salsa::tracked(returns(ref))]
pub(super) fn test_names(db: &dyn salsa::Database, file: SourceFile) -> Vec<SmolStr> {
    tests_of(db, file).map(|(_, test)| test.name.clone()).collect()
}

pub(super) fn tests_of<'db>(
    db: &'db dyn salsa::Database,
    file: SourceFile,
) -> impl Iterator<Item = (SourceItem<'db>, &'db Arc<CheckedTest>)> {
    let is_test = |item: &&SourceItem<'db>| matches!(db::parse(db, **item).item.kind, ItemKind::Test(_));
    db::split(db, file).items.iter().filter(is_test).map(|item| (*item, db::test(db, *item)))
}

/// For each test whose name another has before it: which, and that other.
#[salsa::tracked(returns(ref))]
pub(super) fn repeated_tests(db: &dyn salsa::Database, package: Package) -> Arc<Vec<(NthRule, NthRule)>> {
    let mut first: FxHashMap<&SmolStr, NthRule> = FxHashMap::default();
    let mut repeated = Vec::new();
    for (file, at) in library::files(db, package).iter().zip(0..) {
        for (name, nth) in test_names(db, *file).iter().zip(0..) {
            match first.get(name) {
                Some(first) => repeated.push(((at, nth), *first)),
                None => drop(first.insert(name, (at, nth))),
            }
        }
    }
    Arc::new(repeated)
}
