//! What can be typed at `$0`, in policies that are half written.

use super::{MemberKind, Members, members_at};
use crate::db::Database;
use crate::package::PackageSources;

const SCHEMA: &str = r#"
entity User in Group {
  /// What they are called.
  name: String
  manager?: User
  nick?: String
  tags: Set<String>
}
entity Group in Group { lead: User }
entity Robot { port: Int, name: String }
entity Doc in Folder { owner: User | Group, reviewer?: User, `due date`: Datetime, labels: Map<String, String> }
entity Folder in Folder { owner: User }
type Session = {
  /// A second factor was shown.
  mfa: Bool
  ip?: Ip
  device: { os?: String }
}
action read on Doc by User with Session
action fly on Doc by Robot with { height: Int }
action open on Folder by User
"#;

/// What is offered at `$0`.
fn at(text: &str) -> Option<Members> {
    let whole = format!("{SCHEMA}{text}");
    let offset = whole.find("$0").expect("a cursor") as u32;
    let whole = whole.replace("$0", "");
    let mut database = Database::default();
    let package = database.set(&PackageSources::from_texts([("p.assize", whole.as_str())]));
    let file = package.files(&database)[0];
    members_at(&database, package, file, offset)
}

fn attributes_of(text: &str, also_methods: bool) -> String {
    let Some(found) = at(text) else { return "nothing".to_owned() };
    let members = found.members.iter().filter(|it| also_methods || it.kind != MemberKind::Method);
    let show = |it: &super::Member| {
        let optional = if it.optional { "?" } else { "" };
        let partly = if it.everywhere { "" } else { " (partly)" };
        format!("{}{optional}: {}{partly}", it.insert, it.signature)
    };
    let members: Vec<String> = members.map(show).collect();
    let question = if found.optional { " with `?.`" } else { "" };
    format!("{}{question} has {}", found.types.join(" or "), members.join(", "))
}

/// Asserts the attributes and fields that are offered.
#[track_caller]
fn check(text: &str, expected: &str) {
    assert_eq!(attributes_of(text, false), expected, "{text}");
}

const USER: &str =
    "User has ancestors: Set<Group>, manager?: User, name: String, nick?: String, tags: Set<String>";

#[test]
fn after_a_dot_at_the_end_of_a_policy() {
    check("allow User u to read on Doc when u.$0", USER);
    check("allow User u to read on Doc when u.$0\n\n@id(\"b\")\nallow User to read on Doc", USER);
    check("allow User u to read on Doc when principal.$0", USER);
}

#[test]
fn in_the_middle_of_a_condition() {
    check("allow User u to read on Doc d when u.$0 and d.owner == u", USER);
    check("allow User u to read on Doc d when d.owner == u and (u.$0 or true)", USER);
    check("allow User u to read on Doc d when not u.$0", USER);
    check("allow User u to read on Doc d when if u.$0 then true else false", USER);
    check("allow User u to read on Doc d when [u.$0].contains(1)", USER);
    check("allow User u to read on Doc d when any(x in u.tags: u.$0 == x)", USER);
    check("allow User u to read on Doc d when true unless u.$0", USER);
    check("allow User u to read on Doc d when 1 + u.$0", USER);
    check("allow User u to read on Doc d when \"a\" in u.$0", USER);
}

#[test]
fn a_part_of_the_name_may_be_there() {
    let found = at("allow User u to read on Doc when u.na$0m == \"x\"").expect("members");
    let length = found.replaced.end - found.replaced.start;
    assert_eq!((found.types.as_slice(), length), (&["User".to_owned()][..], 3));
}

#[test]
fn whatever_else_is_wrong_in_the_file() {
    check("enum { \nallow User to fly fly\nallow User u to read on Doc when u.$0\nfn f( -> Bool", USER);
    check("allow User u to raed on Doc when u.$0", USER);
    check("allow User u to read on Doc when u.nmae == 3 and u.$0", USER);
    check("allow User u in Gruop::\"x\" to read on Doc when u.$0", USER);
    check("allow User u to read on Doc when u.$0 because", USER);
    check("allow User u to on Doc when u.$0", USER);
}

#[test]
fn what_has_been_tested_is_present() {
    let known =
        "User has ancestors: Set<Group>, manager?: User, name: String, nick: String, tags: Set<String>";
    check("allow User u to read on Doc when u has nick and u.$0", known);
    check("allow User u to read on Doc when not (u has nick) or u.$0", known);
    check("allow User u to read on Doc when u has nick unless u.$0", known);
    check("allow User u to read on Doc when u has nick and any(t in u.tags: t == u.$0)", known);
    check("allow User u to read on Doc when u has nick or u.$0", USER);
}

#[test]
fn an_entity_of_several_types_has_what_any_of_them_has() {
    check(
        "allow User u to read on Doc d when d.owner.$0",
        "User | Group has ancestors: Set<Group>, lead: User (partly), manager?: User (partly), name: String (partly), nick?: String (partly), tags: Set<String> (partly)",
    );
    check(
        "allow User u to read on Doc d when d.owner is Group and d.owner.$0",
        "Group has ancestors: Set<Group>, lead: User",
    );
    check("allow User u to read on Doc d when not (d.owner is Group) and d.owner.$0", USER);
}

#[test]
fn a_policy_on_several_types_meets_each() {
    check(
        "allow any p to read, fly on Doc when p.$0",
        "User or Robot has ancestors: Set<Group> (partly), manager?: User (partly), name: String, nick?: String (partly), port: Int (partly), tags: Set<String> (partly)",
    );
    check("allow any p to read, fly on Doc when p is Robot and p.$0", "Robot has name: String, port: Int");
}

#[test]
fn a_context_is_that_of_its_actions() {
    let session = "{ device: { os?: String }, ip?: Ip, mfa: Bool }";
    check(
        "allow User to read on Doc when context.$0",
        &format!("{session} has device: {{ os?: String }}, ip?: Ip, mfa: Bool"),
    );
    check(
        "allow any to read, fly on Doc when action == Action::fly and context.$0",
        "{ height: Int } has height: Int",
    );
    check("allow User to read on Doc when context.device.$0", "{ os?: String } has os?: String");
}

#[test]
fn what_may_be_absent_is_read_with_a_question_mark() {
    check(
        "allow User u to read on Doc when u.manager?.$0 == \"x\"",
        &USER.replace("User has", "User? with `?.` has"),
    );
    check(
        "allow User u to read on Doc when u.manager?.manager?.$0",
        &USER.replace("User has", "User? with `?.` has"),
    );
    check("allow User u to read on Doc when u has manager and u.manager.$0", USER);
}

#[test]
fn after_has_stands_what_may_be_absent() {
    check("allow User u to read on Doc when u has $0", "User has manager?: User, nick?: String");
    check(
        "allow User u to read on Doc when u has $0 and u.name == \"x\"",
        "User has manager?: User, nick?: String",
    );
    check("allow User u to read on Doc when u has manager.$0", "User has manager?: User, nick?: String");
    check(
        "allow User u to read on Doc when context has $0",
        "{ device: { os?: String }, ip?: Ip, mfa: Bool } has ip?: Ip",
    );
}

#[test]
fn in_functions_grants_obligations_and_claims() {
    check("fn f(u: User, n: Int) -> Bool = u.$0", USER);
    check("fn f(u: User?) -> Bool = u is some and u.$0", USER);
    check(
        "grant viewer(who: Group, what: Doc) {\n  allow User u in who to read on Doc d in what when u.$0\n}",
        USER,
    );
    check(
        "grant viewer(who: Group, what: Doc) {\n  allow User u in who to read on Doc d in what when who.$0\n}",
        "Group has ancestors: Set<Group>, lead: User",
    );
    check("obligation log(s: String)\nallow User u to read on Doc oblige log(u.$0)", USER);
    check("prove \"p\" { never allow User u to read on Doc d when u.$0 }", USER);
}

#[test]
fn a_quantifier_names_elements() {
    check(
        "allow User u to read on Doc d when any(Folder f in d.ancestors: f.$0)",
        "Folder has ancestors: Set<Folder>, owner: User",
    );
    check(
        "allow User u to read on Doc d when any(Folder f in d.ancestors: f.owner == u and f.$0)",
        "Folder has ancestors: Set<Folder>, owner: User",
    );
}

#[test]
fn methods_come_with_signatures_and_documentation() {
    let found = at("allow User u to read on Doc when u.name.$0").expect("members");
    let method = found.members.iter().find(|it| it.name == "starts_with").expect("a method");
    assert_eq!(method.signature, "(String) -> Bool");
    assert!(!method.docs.is_empty() && method.everywhere);
    let found = at("allow User u to read on Doc when u.tags.$0").expect("members");
    let names: Vec<_> = found.members.iter().map(|it| format!("{}{}", it.name, it.signature)).collect();
    assert!(names.contains(&"contains(String) -> Bool".to_owned()), "{names:?}");
    assert!(names.contains(&"union(Set<String>) -> Set<String>".to_owned()), "{names:?}");
}

#[test]
fn attributes_and_fields_come_with_documentation() {
    let docs = |text: &str, name: &str| {
        let found = at(text).expect("members");
        found.members.iter().find(|it| it.name == name).expect("a member").docs.clone()
    };
    assert_eq!(docs("allow User u to read on Doc when u.$0", "name"), "What they are called.");
    assert_eq!(docs("allow User u to read on Doc when context.$0", "mfa"), "A second factor was shown.");
}

#[test]
fn names_that_are_no_words_come_in_backquotes() {
    let found = at("allow User u to read on Doc d when d.$0").expect("members");
    assert!(found.members.iter().any(|it| it.insert == "`due date`"));
}

#[test]
fn elsewhere_there_are_no_members() {
    for text in [
        "allow User u to read on Doc when u$0.name == \"x\"",
        "allow User u to read on Doc when \"u.$0\" == u.name",
        "allow User u to read on Doc // u.$0",
        "allow User$0 u to read on Doc",
        "$0",
        "entity Thing { a.$0: Int }",
        "allow User u to read on Doc when nobody.$0",
    ] {
        assert_eq!(attributes_of(text, true), "nothing", "{text}");
    }
}

#[test]
fn every_position_of_a_file_has_an_answer() {
    let text = "allow User u to read on Doc d when u has nick and d.labels[\"a\"]?.starts_with(u.nick) ?? false because \"é\"";
    let mut database = Database::default();
    let package = database.set(&PackageSources::from_texts([("p.assize", text)]));
    let file = package.files(&database)[0];
    for offset in 0..=text.len() as u32 + 3 {
        // Offsets inside a letter or beyond the end are no place.
        let _ = members_at(&database, package, file, offset);
    }
    assert_eq!(members_at(&database, package, file, text.len() as u32 + 1), None);
}
