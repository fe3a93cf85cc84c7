//! Refactorings.

use assize_lang::Span;

use super::with_schema;
use crate::ide::actions::{ActionKind, actions};
use crate::ide::rename::applied;

/// The text after the only action of a kind; `$0` is the cursor, or the start of a selection that ends at `$1`.
#[track_caller]
fn check(text: &str, kind: ActionKind, expected: Option<&str>) {
    let end = text.find("$1").map(|at| at as u32 - 2);
    let fixture = with_schema(&text.replace("$1", ""));
    let selected = Span::new(fixture.offset, end.unwrap_or(fixture.offset));
    let found = actions(&fixture.analysis, fixture.file, selected);
    let changed = found.iter().find(|action| action.kind == kind);
    let changed = changed.map(|action| applied(fixture.analysis.text(fixture.file), &action.edits));
    assert_eq!(changed.as_deref(), expected);
}

#[test]
fn an_expression_becomes_a_function() {
    check(
        "deny User u to read on Folder f when context.mfa and $0f.owner == u or context.mfa$1",
        ActionKind::Extract,
        None,
    );
    check(
        "deny User u to read on Folder f when context.mfa and $0f.owner == u$1",
        ActionKind::Extract,
        Some(
            "fn extracted(f: Folder, u: User) -> Bool = f.owner == u\n\n\
             deny User u to read on Folder f when context.mfa and extracted(f, u)",
        ),
    );
    check(
        "deny User to read on Folder when $0principal.name == \"principal\"$1",
        ActionKind::Extract,
        Some(
            "fn extracted(who: User) -> Bool = who.name == \"principal\"\n\n\
             deny User to read on Folder when extracted(principal)",
        ),
    );
}

#[test]
fn what_has_several_types_is_not_extracted() {
    check("deny User u to read on Document | Folder d when $0d.owner == u$1", ActionKind::Extract, None);
}

#[test]
fn a_constant_is_written_out() {
    check(
        "deny User to read on Folder when now - now < LIM$0IT",
        ActionKind::Inline,
        Some("deny User to read on Folder when now - now < 90d"),
    );
}

#[test]
fn a_negated_condition_becomes_unless() {
    check(
        "deny User u to read on Folder f\n  when $0f.owner == u and not (context.mfa)",
        ActionKind::Rewrite,
        Some("deny User u to read on Folder f\n  when f.owner == u\n  unless context.mfa"),
    );
    check(
        "deny User to read on Folder when n$0ot context.mfa",
        ActionKind::Rewrite,
        Some("deny User to read on Folder unless context.mfa"),
    );
    check(
        "deny User u to read on Folder f when not context.mfa and $0f.owner == u",
        ActionKind::Rewrite,
        None,
    );
}

#[test]
fn what_may_be_absent_gets_a_guard() {
    check(
        "deny User u to read on Folder f when f.owner == u and u.mana$0ger == f.owner",
        ActionKind::Rewrite,
        Some("deny User u to read on Folder f when f.owner == u and u has manager and u.manager == f.owner"),
    );
    check(
        "deny User u to read on Folder f when f.owner == u or u.mana$0ger == f.owner",
        ActionKind::Rewrite,
        Some("deny User u to read on Folder f when f.owner == u or (u has manager and u.manager == f.owner)"),
    );
    check(
        "deny User u to read on Folder f when any(User a in [u]: a.mana$0ger == u)",
        ActionKind::Rewrite,
        Some("deny User u to read on Folder f when any(User a in [u]: a has manager and a.manager == u)"),
    );
    let guarded = "deny User u to read on Folder f when u has manager and u.mana$0ger == f.owner";
    check(guarded, ActionKind::Rewrite, None);
    check("deny User u to read on Folder f when f.own$0er == u", ActionKind::Rewrite, None);
}

#[test]
fn a_row_gets_the_attributes_that_it_needs() {
    check(
        "test \"t\" { data { User::\"$0a\" } }",
        ActionKind::Rewrite,
        Some("test \"t\" { data { User::\"a\" { name: \"\" } } }"),
    );
    check(
        "test \"t\" { data { Document::\"a\" { lev$0el: Level::secret } } }",
        ActionKind::Rewrite,
        Some("test \"t\" { data { Document::\"a\" { level: Level::secret, owner: User::\"a\" } } }"),
    );
}

#[test]
fn uses_are_sorted_and_stand_once() {
    check(
        "use std::time\nuse std::net\n\nuse std::time\nentity E$0",
        ActionKind::SortUses,
        Some("use std::net\nuse std::time\nentity E"),
    );
    check("use std::net\nuse std::time\nentity E$0", ActionKind::SortUses, None);
}
