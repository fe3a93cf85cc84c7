//! Words that are not in the file.

use assize_lang::Span;

use super::with_schema;
use crate::ide::hints::hints;

#[track_caller]
fn check(text: &str, expected: &str) {
    let fixture = with_schema(&format!("{text}$0"));
    let mut shown = fixture.analysis.text(fixture.file).to_string();
    let whole = Span::new(0, shown.len() as u32);
    for hint in hints(&fixture.analysis, fixture.file, whole).iter().rev() {
        shown.insert_str(hint.offset as usize, &format!("<{}>", hint.label));
    }
    assert_eq!(shown, expected);
}

#[test]
fn groups_of_actions_are_expanded() {
    check("deny User to * on Document", "deny User to *< = read, write> on Document");
    check("deny User to edit on Document", "deny User to edit< = read, write> on Document");
    check("deny User to read on Document", "deny User to read on Document");
}

#[test]
fn types_that_are_not_written_are_shown() {
    check(
        "fn f(all: Set<User>) -> Bool = any(u in all: u.name == \"x\")",
        "fn f(all: Set<User>) -> Bool = any(u<: User> in all: u.name == \"x\")",
    );
    check(
        "test \"t\" { let u = User::\"a\" expect deny u to read on Folder::\"f\" with { mfa: true } }",
        "test \"t\" { let u<: User> = User::\"a\" expect deny u to read on Folder::\"f\" with { mfa: true } }",
    );
}

#[test]
fn long_sets_are_counted_and_durations_said_in_larger_units() {
    check("const A: Set<Int> = [1, 2, 3, 4]", "const A: Set<Int> = [1, 2, 3, 4]< 4 elements>");
    check("const A: Duration = 2160h", "const A: Duration = 2160h< = 90d>");
    check("const A: Duration = 25h", "const A: Duration = 25h");
}
