//! Who calls what.

use super::with_schema;
use crate::ide::calls::{incoming, outgoing, prepare};

const TEXT: &str = "fn outer(s: Session) -> Bool = strong(s) or strong(s)\n\
    @id(\"a\") deny User u to read on Folder f when outer(context) and viewer(u, f)\n";

#[test]
fn calls_lead_both_ways() {
    let fixture = with_schema(&TEXT.replace("strong(s) or", "str$0ong(s) or"));
    let found = prepare(&fixture.analysis, fixture.file, fixture.offset).expect("a function");
    assert_eq!(
        (found.name.as_str(), fixture.shown(found.range).as_str()),
        ("strong", "schema.assize:21: strong")
    );
    let callers = incoming(&fixture.analysis, found.range);
    let shown: Vec<(&str, usize)> =
        callers.iter().map(|(it, spans)| (it.name.as_str(), spans.len())).collect();
    assert_eq!(shown, [("outer", 2)]);
    let callers = incoming(&fixture.analysis, callers[0].0.range);
    let shown: Vec<(&str, usize)> =
        callers.iter().map(|(it, spans)| (it.name.as_str(), spans.len())).collect();
    assert_eq!(shown, [("a", 1)]);
    let called = outgoing(&fixture.analysis, callers[0].0.range);
    let shown: Vec<&str> = called.iter().map(|(it, _)| it.name.as_str()).collect();
    assert_eq!(shown, ["outer", "viewer"]);
}

#[test]
fn a_policy_can_be_asked_about_anywhere_in_it() {
    let fixture = with_schema(&TEXT.replace("deny User u", "deny $0User u"));
    let found = prepare(&fixture.analysis, fixture.file, fixture.offset).expect("a policy");
    assert_eq!(found.name, "a");
}
