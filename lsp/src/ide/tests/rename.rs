//! Other names, and names that are refused.

use assize_compiler::package::PackageSources;

use super::{Fixture, SCHEMA, several};
use crate::ide::rename::{applied, rename};

fn sources(texts: &[(&str, &str)]) -> PackageSources {
    let plain: Vec<(&str, String)> =
        texts.iter().map(|(name, text)| (*name, text.replace("$0", ""))).collect();
    PackageSources::from_texts(plain.iter().map(|(name, text)| (*name, text.as_str())))
}

fn renamed(texts: &[(&str, &str)], new: &str) -> Result<Vec<String>, String> {
    let Fixture { analysis, file, offset } = several(texts);
    let edits = rename(&analysis, &sources(texts), file, offset, new)?;
    let changed = edits.iter().map(|(file, edits)| {
        let file = analysis.file(*file).expect("a file");
        let (old, new) = (analysis.text(file), applied(analysis.text(file), edits));
        let lines = old.lines().zip(new.lines()).filter(|(old, new)| old != new);
        lines.map(|(_, new)| new.trim().to_owned()).collect::<Vec<_>>()
    });
    Ok(changed.flatten().collect())
}

#[track_caller]
fn check(text: &str, new: &str, expected: &[&str]) {
    let found = renamed(&[("schema.assize", SCHEMA), ("p.assize", text)], new);
    assert_eq!(found.expect("a name that is free"), expected);
}

#[track_caller]
fn refused(text: &str, new: &str, why: &str) {
    let found = renamed(&[("schema.assize", SCHEMA), ("p.assize", text)], new);
    assert_eq!(found.expect_err("a refusal"), why);
}

#[test]
fn a_declaration_is_renamed_in_all_files() {
    check(
        "@id(\"a\") deny User to wri$0te on Document",
        "change",
        &[
            "action change on Document by User with Session",
            "action edit includes read, change",
            "@id(\"a\") deny User to change on Document",
        ],
    );
    check(
        "@id(\"a\") deny User u to read on Folder when $0strong(context)",
        "firm",
        &[
            "fn firm(s: Session) -> Bool = s.mfa",
            "@id(\"a\") deny User u to read on Folder when firm(context)",
        ],
    );
}

#[test]
fn an_attribute_is_renamed_where_its_entity_has_it() {
    check(
        "@id(\"a\") deny User u to read on Folder when u.na$0me == \"n\"\n\
         test \"t\" { data { User::\"a\" { name: \"n\" } } expect deny User::\"a\" to read on Folder::\"f\" with { mfa: true } }",
        "title",
        &[
            "title: String",
            "@id(\"a\") deny User u to read on Folder when u.title == \"n\"",
            "test \"t\" { data { User::\"a\" { title: \"n\" } } expect deny User::\"a\" to read on Folder::\"f\" with { mfa: true } }",
        ],
    );
}

#[test]
fn names_of_an_item_and_ids_are_renamed() {
    check(
        "@id(\"a\") deny User u to read on Folder when $0u.name == \"u\"",
        "who",
        &["@id(\"a\") deny User who to read on Folder when who.name == \"u\""],
    );
    check(
        "@id(\"$0a\") deny User to read on Folder\n\
         test \"t\" { expect deny User::\"a\" to read on Folder::\"f\" with { mfa: true } by \"a\" }",
        "no",
        &[
            "@id(\"no\") deny User to read on Folder",
            "test \"t\" { expect deny User::\"a\" to read on Folder::\"f\" with { mfa: true } by \"no\" }",
        ],
    );
}

#[test]
fn a_name_that_is_no_word_is_put_into_backquotes() {
    check(
        "@id(\"a\") deny User to wri$0te on Document",
        "write it",
        &[
            "action `write it` on Document by User with Session",
            "action edit includes read, `write it`",
            "@id(\"a\") deny User to `write it` on Document",
        ],
    );
}

#[test]
fn another_name_of_a_use_stays() {
    let found = renamed(
        &[
            ("a.assize", "module a\nfn $0f(x: Int) -> Bool = x > 0"),
            ("b.assize", "module b\nuse a::f as positive\nfn g(x: Int) -> Bool = positive(x)"),
        ],
        "above",
    );
    assert_eq!(found.unwrap(), ["fn above(x: Int) -> Bool = x > 0", "use a::above as positive"]);
}

#[test]
fn a_name_that_is_taken_is_refused() {
    refused(
        "@id(\"a\") deny User to wri$0te on Document",
        "read",
        "`read` cannot be its name: action `read` is declared twice",
    );
    refused(
        "@id(\"a\") deny Us$0er to read on Folder",
        "Group",
        "`Group` cannot be its name: `Group` is declared twice",
    );
    refused(
        "@id(\"a\") deny User u to read on Folder f when f.owner == $0u",
        "f",
        "`f` cannot be its name: `f` already means something else in this policy",
    );
}

#[test]
fn a_name_that_would_catch_another_is_refused() {
    // The parameter would hide the constant.
    refused(
        "fn g(le$0ngth: Duration, other: Duration) -> Bool = length < other and other < LIMIT",
        "LIMIT",
        "something else is called `LIMIT` already",
    );
}

#[test]
fn what_the_language_or_several_entities_share_is_refused() {
    refused("deny User to read on Folder when con$0text.mfa", "c", "this name belongs to the language");
    refused(
        "deny User to read on Document | Folder d when d.own$0er == d.owner",
        "keeper",
        "`owner` is read here from `Folder` as well, whose attribute is another one",
    );
    refused(
        "deny User to \"r$0*\" on Folder",
        "x",
        "`\"r*\"` stands for this action and may not any more under another name",
    );
}
