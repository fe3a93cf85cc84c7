//! What is shown about a name.

use super::with_schema;
use crate::ide::hover::hover;

/// The lines that are shown, without fences and blank lines.
#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let fixture = with_schema(text);
    let found = hover(&fixture.analysis, fixture.file, fixture.offset);
    let markdown = found.map(|found| found.markdown).unwrap_or_default();
    let lines: Vec<&str> =
        markdown.lines().filter(|line| !line.is_empty() && !line.starts_with("```")).collect();
    assert_eq!(lines, expected);
}

#[test]
fn a_type_shows_its_declaration_and_documentation() {
    check(
        "deny Us$0er to read on Folder",
        &[
            "entity User in Group {",
            "  /// What they are called.",
            "  name: String",
            "  manager?: User",
            "}",
            "People who sign in.",
        ],
    );
}

#[test]
fn a_binding_shows_its_type() {
    check("deny User u to read on Document d when $0u == d.owner", &["u: User"]);
    check("deny User $0u to read on Document d when u == d.owner", &["u: User"]);
    check("deny User u to read on Document | Folder d when u == $0d.owner", &["d: Document | Folder"]);
}

#[test]
fn an_attribute_shows_where_it_belongs_its_type_and_documentation() {
    check(
        "deny User u to read on Folder when u.na$0me == \"x\"",
        &["User.name: String", "What they are called."],
    );
    check("deny User u to read on Folder when u has mana$0ger", &["User.manager?: User"]);
}

#[test]
fn a_field_of_the_context_shows_its_documentation() {
    check("deny User u to read on Folder when context.$0mfa", &["mfa: Bool", "A second factor was shown."]);
}

#[test]
fn an_action_shows_the_policies_that_can_apply() {
    check(
        "@id(\"no\") deny User to re$0ad on Folder",
        &[
            "action read on Document | Folder by User with Session",
            "Policies that can apply: `viewer`, `no`.",
        ],
    );
    check(
        "action nothing on Folder by User\ndeny User to not$0hing on Folder",
        &["action nothing on Folder by User", "Policies that can apply: one without `@id`."],
    );
}

#[test]
fn a_constant_shows_its_value_and_a_function_its_signature() {
    check("deny User to read on Folder when now - now < LIM$0IT", &["const LIMIT: Duration = 90d"]);
    check("deny User to read on Folder when str$0ong(context)", &["fn strong(s: Session) -> Bool"]);
    check(
        "deny User u to read on Folder f when view$0er(u, f)",
        &["grant viewer(who: User | Group, what: Folder)"],
    );
}

#[test]
fn a_built_in_shows_its_documentation_and_example() {
    let fixture = with_schema("deny User u to read on Folder when u.name.starts$0_with(\"x\")");
    let found = hover(&fixture.analysis, fixture.file, fixture.offset).expect("a hover");
    assert!(
        found.markdown.starts_with("```assize\nString.starts_with(String) -> Bool\n```"),
        "{}",
        found.markdown
    );
}

#[test]
fn a_name_in_a_policy_with_an_error_still_shows() {
    check("deny User u to read on Folder f when f.$0owner == ", &["Folder.owner: User"]);
}

#[test]
fn a_variant_and_a_literal_show_their_type() {
    check(
        "deny User to read on Document d when d.level == Level::sec$0ret",
        &["Level::secret", "Variant 2 of 2 of the ordered enum."],
    );
    check("deny User to read on Folder when now - now < 9$00d", &["Duration"]);
}

#[test]
fn nothing_is_shown_of_what_is_no_name() {
    check("deny User $0 to read on Folder", &[]);
    check("// no $0comment", &[]);
}
