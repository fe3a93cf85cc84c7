//! Every place that names the same thing.

use super::{several, with_schema};
use crate::ide::references::{highlights, references};

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let fixture = with_schema(text);
    let found = references(&fixture.analysis, fixture.file, fixture.offset).unwrap_or_default();
    let shown: Vec<String> = found.iter().map(|found| fixture.shown(found.range)).collect();
    assert_eq!(shown, expected);
}

#[test]
fn uses_are_found_in_all_files() {
    check(
        "deny User to wri$0te on Document\ntest \"write\" { expect deny User::\"a\" to write on Document::\"d\" with { mfa: true } }",
        &["schema.assize:18: write", "schema.assize:19: write", "p.assize:1: write", "p.assize:2: write"],
    );
}

#[test]
fn an_attribute_is_found_where_its_entity_has_it() {
    check(
        "deny User u to read on Folder f when f.own$0er == u\n\
         deny User u to write on Document d when d.owner == u\n\
         test \"t\" { data { Folder::\"f\" { owner: User::\"u\" } } }",
        &["schema.assize:10: owner", "p.assize:1: owner", "p.assize:3: owner"],
    );
}

#[test]
fn a_binding_is_found_in_its_own_policy() {
    check(
        "deny User u to read on Folder when $0u.name == \"u\" or u.name == \"v\"\ndeny User u to write on Document when u.name == \"\"",
        &["p.assize:1: u", "p.assize:1: u", "p.assize:1: u"],
    );
}

#[test]
fn another_name_for_it_counts() {
    let fixture = several(&[
        ("a.assize", "module a\nfn $0f(x: Int) -> Bool = x > 0"),
        ("b.assize", "module b\nuse a::f as positive\nfn g(x: Int) -> Bool = positive(x)"),
    ]);
    let found = references(&fixture.analysis, fixture.file, fixture.offset).unwrap_or_default();
    let shown: Vec<String> = found.iter().map(|found| fixture.shown(found.range)).collect();
    assert_eq!(shown, ["a.assize:2: f", "b.assize:2: f", "b.assize:2: positive", "b.assize:3: positive"]);
}

#[test]
fn highlights_stay_in_the_file() {
    let fixture = with_schema("deny User to write on Document\ndeny Us$0er to read on Folder");
    let found = highlights(&fixture.analysis, fixture.file, fixture.offset).unwrap_or_default();
    let shown: Vec<String> = found.iter().map(|found| fixture.shown(found.range)).collect();
    assert_eq!(shown, ["p.assize:1: User", "p.assize:2: User"]);
}
