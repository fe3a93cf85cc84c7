//! What is being called.

use super::with_schema;
use crate::ide::signature::signature;

#[track_caller]
fn check(text: &str, expected: Option<&str>) {
    let fixture = with_schema(text);
    let found = signature(&fixture.analysis, fixture.file, fixture.offset);
    let shown = found.map(|it| {
        let active = it.params.get(it.active).map(|span| &it.label[span.start as usize..span.end as usize]);
        format!("{} | {}", it.label, active.unwrap_or("-"))
    });
    assert_eq!(shown.as_deref(), expected);
}

#[test]
fn functions_grants_and_obligations_show_their_parameters() {
    check("deny User to read on Folder when strong($0", Some("strong(s: Session) -> Bool | s: Session"));
    check(
        "deny User u to read on Folder f when viewer(u, $0)",
        Some("viewer(who: User | Group, what: Folder) -> Bool | what: Folder"),
    );
    check(
        "obligation log(category: String)\ndeny User to read on Folder oblige log($0\"x\")",
        Some("log(category: String) | category: String"),
    );
}

#[test]
fn methods_show_theirs() {
    check(
        "deny User u to read on Folder when u.name.starts_with($0)",
        Some("starts_with(String) -> Bool | String"),
    );
    check("deny User u to read on Folder when Ip.parse($0", Some("Ip.parse(String) -> Ip? | String"));
}

#[test]
fn outside_of_a_call_there_is_nothing_to_show() {
    check("deny User to read on Folder when strong(context)$0", None);
    check("deny User u to read on Folder when (u.name == $0", None);
    check("$0", None);
}
