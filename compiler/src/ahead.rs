//! Checks the items of a large package on all processors, before they are put together.
//!
//! Queries are functions of the texts: who asks for one first changes when it runs and never what it says. So threads, each with its
//! own handle of the database, ask ahead for what [`crate::program`] will ask for in order, and find most of it done.

use std::collections::BTreeSet;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use assize_lang::ast::ItemKind;

use crate::compile::Checking;
use crate::db::{self, Database, Package, SourceItem};
use crate::lints::{self, PlacedRule, pairs};

/// Packages with less text are done before threads have begun, in bytes.
pub const LARGE: usize = 1 << 18;

/// Items that a thread takes at once.
pub const BLOCK: usize = 64;

/// As much as the first thread of a process usually has: how deep a check may go must not depend on who makes it.
const STACK: usize = 8 << 20;

/// Parses and checks all items, on all processors; nothing for a small package.
pub fn check(database: &Database, package: Package, wanted: Checking) {
    let lints = wanted == Checking::Everything;
    let files = package.files(database);
    let size: usize = files.iter().map(|file| file.text(database).len()).sum();
    let threads = threads();
    if size < LARGE || threads < 2 {
        return;
    }
    let files: Vec<_> = (0..files.len()).collect();
    on_all(
        || database.clone(),
        threads,
        &files,
        |database, file| {
            if let Some(file) = package.files(database).get(*file) {
                db::split(database, *file);
            }
        },
    );
    let mut blocks = Vec::new();
    for (at, file) in package.files(database).iter().enumerate() {
        let count = db::split(database, *file).items.len();
        blocks.extend((0..count).step_by(BLOCK).map(|start| (at, start)));
    }
    on_all(
        || database.clone(),
        threads,
        &blocks,
        |database, block| {
            for item in items(database, package, *block) {
                db::parse(database, *item);
            }
        },
    );
    // Every check reads them.
    db::declarations(database, package);
    on_all(
        || database.clone(),
        threads,
        &blocks,
        |database, block| {
            for item in items(database, package, *block) {
                if lints {
                    lints::words_of(database, *item);
                }
                match db::parse(database, *item).item.kind {
                    ItemKind::Policy(_) | ItemKind::Grant(_) => {
                        db::rules(database, *item);
                        if lints {
                            db::certainties(database, *item);
                            pairs::outlines(database, *item);
                        }
                    }
                    ItemKind::Fn(_) => {
                        db::function(database, *item);
                        if lints {
                            db::certainties(database, *item);
                        }
                    }
                    ItemKind::Test(_) | ItemKind::Prove(_) => drop(db::test(database, *item).clone()),
                    _ => {}
                }
            }
        },
    );
    if lints {
        compare(database, package, threads);
    }
}

/// Compares policies with each other.
fn compare(database: &Database, package: Package, threads: usize) {
    // Which policies are worth comparing shows only when all are known; the comparisons are independent again.
    let mut rules = Vec::new();
    for (at, file) in package.files(database).iter().enumerate() {
        for item in &db::split(database, *file).items {
            if matches!(db::parse(database, *item).item.kind, ItemKind::Policy(_) | ItemKind::Grant(_)) {
                let checked = db::rules(database, *item).rules.iter().enumerate();
                rules.extend(checked.map(|(index, rule)| PlacedRule {
                    item: *item,
                    index,
                    file: at as u32,
                    rule,
                }));
            }
        }
    }
    let comparisons = pairs::comparisons(database, &rules, &BTreeSet::new());
    on_all(
        || database.clone(),
        threads,
        &comparisons,
        |database, comparison| {
            comparison.first_covering(database, 0);
        },
    );
}

/// The items of a block: index of the file, index of its first item.
fn items(database: &Database, package: Package, (file, start): (usize, usize)) -> &[SourceItem<'_>] {
    let file = package.files(database).get(file);
    let items = file.map_or(&[][..], |file| &db::split(database, *file).items);
    items.get(start..items.len().min(start + BLOCK)).unwrap_or_default()
}

/// How many threads there is a processor for.
pub fn threads() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

/// Does some work on each piece, by several threads, each with something of its own; the results are in order.
pub fn on_all<T: Sync, H: Send, R: Send>(
    own: impl Fn() -> H,
    threads: usize,
    pieces: &[T],
    work: impl Fn(&H, &T) -> R + Sync,
) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let run = &|own: H| {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(piece) = pieces.get(at) else { return done };
            done.push((at, work(&own, piece)));
        }
    };
    let mut done: Vec<(usize, R)> = thread::scope(|scope| {
        let others: Vec<_> = (1..threads.min(pieces.len()))
            .map_while(|_| {
                let handle = own();
                // Where there are no threads, the caller's does it all.
                thread::Builder::new().stack_size(STACK).spawn_scoped(scope, move || run(handle)).ok()
            })
            .collect();
        let mut done = run(own());
        for other in others {
            match other.join() {
                Ok(others) => done.extend(others),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        done
    });
    done.sort_unstable_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}
