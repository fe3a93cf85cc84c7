//! Where names lead to.

use super::{Fixture, several, with_schema};
use crate::ide::definition::{Targets, definition, implementations, type_definition};

fn shown(fixture: &Fixture, found: Option<Targets>) -> Vec<String> {
    let targets = found.map(|found| found.targets).unwrap_or_default();
    targets.iter().map(|target| fixture.shown(target.name)).collect()
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let fixture = with_schema(text);
    assert_eq!(shown(&fixture, definition(&fixture.analysis, fixture.file, fixture.offset)), expected);
}

#[test]
fn names_lead_to_their_declarations() {
    check("deny Us$0er to read on Folder", &["schema.assize:3: User"]);
    check("deny User to re$0ad on Folder", &["schema.assize:17: read"]);
    check("deny User to \"re*$0\" on Folder", &["schema.assize:17: read"]);
    check("deny User to read on Folder when str$0ong(context)", &["schema.assize:21: strong"]);
    check("deny User u to read on Document d when d.level == Level::$0secret", &["schema.assize:11: secret"]);
    check("deny User u to read on Document d when d.level == Lev$0el::secret", &["schema.assize:11: Level"]);
}

#[test]
fn members_lead_to_attributes_and_fields() {
    check("deny User u to read on Folder when u.man$0ager is some", &["schema.assize:6: manager"]);
    check("deny User to read on Folder when context has i$0p", &["schema.assize:15: ip"]);
    check(
        "deny User to read on Document | Folder d when d.own$0er == d.owner",
        &["schema.assize:9: owner", "schema.assize:10: owner"],
    );
}

#[test]
fn names_of_an_item_lead_into_it() {
    check("deny User u to read on Folder\n  when $0u.name == \"x\"", &["p.assize:1: u"]);
    check("fn f(a: Int) -> Bool = a$0 > 1", &["p.assize:1: a"]);
    check(
        "deny User u to read on Folder f when any(Group g in u.ancestors: g.lead == u and $0g.lead == u)",
        &["p.assize:1: g"],
    );
    check(
        "test \"t\" {\n let s = { mfa: true }\n expect deny User::\"a\" to read on Folder::\"f\" with $0s\n}",
        &["p.assize:2: s"],
    );
}

#[test]
fn an_id_leads_to_its_policy() {
    check(
        "@id(\"no\") deny User to read on Folder\ntest \"t\" { expect deny User::\"a\" to read on Folder::\"f\" by \"n$0o\" }",
        &["p.assize:1: \"no\""],
    );
}

#[test]
fn a_use_leads_into_its_module() {
    let fixture = several(&[
        ("a.assize", "module a\nfn f(x: Int) -> Bool = x > 0"),
        ("b.assize", "module b\nuse a::$0f\nfn g(x: Int) -> Bool = f(x)"),
    ]);
    let found = definition(&fixture.analysis, fixture.file, fixture.offset);
    assert_eq!(shown(&fixture, found), ["a.assize:2: f"]);
}

#[test]
fn a_value_leads_to_its_type() {
    let fixture = with_schema("deny User to read on Document d when d.own$0er == d.owner");
    let found = type_definition(&fixture.analysis, fixture.file, fixture.offset);
    assert_eq!(shown(&fixture, found), ["schema.assize:3: User", "schema.assize:8: Group"]);
    let fixture = with_schema("deny User to read on Folder when strong(con$0text)");
    let found = type_definition(&fixture.analysis, fixture.file, fixture.offset);
    assert_eq!(shown(&fixture, found), ["schema.assize:12: Session"]);
}

#[test]
fn an_action_leads_to_the_policies_that_can_apply() {
    let fixture = with_schema("deny User to re$0ad on Folder\nallow User to write on Document");
    let found = implementations(&fixture.analysis, fixture.file, fixture.offset);
    assert_eq!(shown(&fixture, found), ["schema.assize:23: allow", "p.assize:1: deny"]);
}
