//! What can be typed at a cursor: a function from (database, file, offset) to plain data, for language servers.
//!
//! A name is put where the cursor is if none stands there, the item around it is parsed once more, and the checker looks at what
//! stands before that name ([`crate::expr::probe_clauses`]). So `d.` in the middle of a policy is understood although the file
//! has errors, and what tests to its left have shown is known. Other items are as the database remembers them.

mod docs;
mod members;

#[cfg(test)]
mod tests;

use assize_lang::ast::Item;
use assize_lang::{Span, parse_chunk};
use salsa::Database;

use crate::db::{self, Package, SourceFile};
use crate::declarations::Declarations;
use crate::expr::{Probed, probe_expression};
use crate::policy;
use crate::see::each_expression;

pub use members::{Member, MemberKind};

/// What can follow the `.` or `has` before a cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Members {
    /// The type of what stands before the `.`, as one would write it; several where a policy meets several.
    pub types: Vec<String>,
    /// Whether what stands before may be absent, so that it is read with `?.`.
    pub optional: bool,
    /// Attributes and fields first, then methods, each by name.
    pub members: Vec<Member>,
    /// What to put a member in place of: the part of its name that has been typed. From the start of the file.
    pub replaced: Span,
}

/// What is put where a name is going to be typed.
const PLACEHOLDER: &str = "cursor_";

/// The members that can be typed at `offset` of a file; `None` where no member can stand.
pub fn members_at(
    database: &dyn Database,
    package: Package,
    file: SourceFile,
    offset: u32,
) -> Option<Members> {
    let text = file.text(database);
    let word = word_at(text, offset)?;
    let items = &db::split(database, file).items;
    let item = items.iter().rev().find(|item| item.start(database) <= word.start)?;
    let start = item.start(database);
    let end = (start as usize + item.text(database).len()).max(offset as usize);
    let mut around = text.get(start as usize..end)?.to_owned();
    if word.start == word.end {
        around.insert_str((offset - start) as usize, PLACEHOLDER);
    }
    let (tree, _) = parse_chunk(&around);
    let module = db::module_of(database, file);
    let resolved = db::resolved(database, package);
    let probed = probe(&resolved.declarations, module, &tree, word.start - start + 1);
    if probed.is_empty() {
        return None;
    }
    let docs = docs::Docs { database, package, resolved };
    Some(members::of(&resolved.declarations, &docs, &probed, word))
}

/// The word that the cursor is in or at the end of; an empty one if there is none.
fn word_at(text: &str, offset: u32) -> Option<Span> {
    let (before, after) = (text.get(..offset as usize)?, text.get(offset as usize..)?);
    let is_part = |c: &char| c.is_alphanumeric() || *c == '_';
    let typed: usize = before.chars().rev().take_while(is_part).map(char::len_utf8).sum();
    let rest: usize = after.chars().take_while(is_part).map(char::len_utf8).sum();
    Some(Span::new(offset - typed as u32, offset + rest as u32))
}

/// What the checker finds before the name that `offset` is in.
fn probe(declarations: &Declarations, module: u32, item: &Item, offset: u32) -> Vec<Probed> {
    let mut found = policy::probe(declarations, module, item, offset);
    each_expression(declarations, module, item, &mut |scope, expr, expected| {
        found.extend(probe_expression(scope, expr, expected, offset));
    });
    found
}
