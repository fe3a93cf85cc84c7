//! What can be typed at a cursor.

use super::{several, with_schema};
use crate::ide::completion::{OfferKind, complete};
use crate::ide::rename::applied;

/// Labels of offers, without words of the language and snippets.
fn names(text: &str) -> Vec<String> {
    let fixture = with_schema(text);
    let found = complete(&fixture.analysis, fixture.file, fixture.offset).unwrap_or_default();
    let plain =
        found.offers.into_iter().filter(|it| !matches!(it.kind, OfferKind::Keyword | OfferKind::Snippet));
    plain.map(|it| it.label).collect()
}

fn keywords(text: &str) -> Vec<String> {
    let fixture = with_schema(text);
    let found = complete(&fixture.analysis, fixture.file, fixture.offset).unwrap_or_default();
    found.offers.into_iter().filter(|it| it.kind == OfferKind::Keyword).map(|it| it.label).collect()
}

#[track_caller]
fn offers(text: &str, with: &[&str], without: &[&str]) {
    let found = names(text);
    let has = |word: &&&str| found.iter().any(|it| it == *word);
    assert!(with.iter().all(|it| has(&it)) && !without.iter().any(|it| has(&it)), "{found:?}");
}

#[test]
fn members_are_those_of_the_type() {
    offers("deny User u to read on Folder f when f.$0", &["owner"], &["name", "level"]);
    offers("deny User u to read on Folder f when u.na$0", &["name", "manager"], &["owner"]);
    offers("deny User u to read on Folder f when context has $0", &["ip"], &["mfa"]);
}

#[test]
fn actions_fit_the_principal_and_the_resource() {
    offers("deny User to $0 on Document", &["read", "write", "edit"], &["User"]);
    offers("deny User to $0 on Folder", &["read", "edit"], &["write"]);
    offers("action fly on Folder by Group\ndeny Group to $0", &["fly"], &["read"]);
}

#[test]
fn types_stand_where_types_stand() {
    offers("deny $0", &["User", "Group"], &["read", "LIMIT"]);
    offers("deny User to read on $0", &["Document", "Folder"], &["read"]);
    offers("fn f(a: $0", &["User", "Session", "Level", "Bool", "Set"], &["LIMIT", "strong"]);
}

#[test]
fn values_stand_where_values_stand() {
    offers(
        "deny User u to read on Folder f when $0",
        &["u", "f", "context", "now", "strong", "viewer", "LIMIT", "Level"],
        &["read", "Session"],
    );
    offers("deny User to read on Document d when d.level == Level::$0", &["public", "secret"], &["read"]);
    offers("deny User to read on Folder when action == Action::$0", &["read", "write"], &["public"]);
}

#[test]
fn ids_that_are_known_stand_in_quotes() {
    offers(
        "test \"t\" { expect deny User::\"ann\" to read on Folder::\"f\" }\ndeny User::\"$0\" to read on Folder",
        &["ann"],
        &["f"],
    );
    offers(
        "@id(\"no\") deny User to read on Folder\ntest \"t\" { expect deny User::\"a\" to read on Folder::\"f\" by \"$0\" }",
        &["no", "viewer"],
        &[],
    );
}

#[test]
fn words_of_the_language_stand_where_they_can() {
    assert!(keywords("deny User $0").contains(&"to".to_owned()));
    let found = keywords("deny User to read on Folder $0");
    assert!(["when", "unless", "because"].iter().all(|word| found.iter().any(|it| it == word)), "{found:?}");
    assert!(!found.contains(&"and".to_owned()), "{found:?}");
    let found = keywords("deny User u to read on Folder when u.name == \"x\" $0");
    assert!(["and", "or", "unless"].iter().all(|word| found.iter().any(|it| it == word)), "{found:?}");
    let found = keywords("entity E\n$0");
    assert!(["allow", "test", "fn"].iter().all(|word| found.iter().any(|it| it == word)), "{found:?}");
}

#[test]
fn a_name_of_another_module_brings_its_use() {
    let fixture = several(&[
        ("a.assize", "module a\nfn positive(x: Int) -> Bool = x > 0"),
        ("b.assize", "module b\nfn g(x: Int) -> Bool = pos$0"),
    ]);
    let found = complete(&fixture.analysis, fixture.file, fixture.offset).expect("offers");
    let offer = found.offers.iter().find(|it| it.label == "positive").expect("the function");
    let text = fixture.analysis.text(fixture.file);
    assert_eq!(applied(text, &offer.edits), "module b\nuse a::positive\nfn g(x: Int) -> Bool = pos");
}

#[test]
fn annotations_and_modules_have_their_places() {
    let fixture = with_schema("@$0\ndeny User to read on Folder");
    let found = complete(&fixture.analysis, fixture.file, fixture.offset).expect("offers");
    assert!(found.offers.iter().any(|it| it.label == "id" && it.insert == "id(\"$1\")"), "{found:?}");
    offers("use $0", &["std::net"], &["User"]);
    offers("use std::$0", &["net"], &["User"]);
}

#[test]
fn nothing_is_offered_in_comments_and_texts() {
    assert_eq!(names("// allow $0"), [""; 0]);
    assert_eq!(names("const T: String = \"us$0"), [""; 0]);
}
