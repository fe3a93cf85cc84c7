//! What a finding proposes to write is right once it is written.

use super::*;

/// Applies every fix of every finding, then checks what has become of the condition.
#[track_caller]
fn repaired(condition: &str, expected: &str) {
    let text = format!("allow User u to read on Document d when {condition}");
    let (_, findings) = policy(&text);
    let mut edits: Vec<_> = findings
        .iter()
        .flat_map(|finding| &finding.diagnostic.fixes)
        .flat_map(|fix| fix.edits.iter().cloned())
        .collect();
    assert!(!edits.is_empty(), "{condition} has no repair");
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.start));
    let mut text = text;
    for edit in edits {
        text.replace_range(edit.start as usize..edit.end as usize, &edit.text);
    }
    let fixed = text.split_once(" when ").expect("a condition").1;
    assert_eq!(fixed, expected);
    right(fixed);
}

#[test]
fn every_edit_makes_the_condition_right() {
    repaired("d.ownr == u", "d.owner == u");
    repaired("d.level == Level::secrt", "d.level == Level::secret");
    repaired("d.level == \"secret\"", "d.level == Level::secret");
    repaired("\"secret\" == d.level", "Level::secret == d.level");
    repaired("d.owner == \"ann\"", "d.owner == User::\"ann\"");
    repaired("d.owner == User::ann", "d.owner == User::\"ann\"");
    repaired("d.created < \"2026-01-01T00:00:00Z\"", "d.created < time\"2026-01-01T00:00:00Z\"");
    repaired(
        "context has ip and context.ip == \"10.0.0.1\"",
        "context has ip and context.ip == ip\"10.0.0.1\"",
    );
    repaired("any_of(d.level)", "any_of([d.level])");
    repaired("form_office(context)", "from_office(context)");
    repaired("u.department.strats_with(\"x\")", "u.department.starts_with(\"x\")");
    repaired("u has nikc", "u has nick");
    repaired(
        "from_office({ mfaa: true, device: { managed: true } })",
        "from_office({ mfa: true, device: { managed: true } })",
    );
}
