//! Outlines and searches.

use super::{SCHEMA, several, with_schema};
use crate::ide::symbols::{Symbol, document, workspace};

fn shown(symbols: &[Symbol], depth: usize, lines: &mut Vec<String>) {
    for symbol in symbols {
        lines.push(format!("{}{:?} {} | {}", "  ".repeat(depth), symbol.kind, symbol.name, symbol.detail));
        shown(&symbol.children, depth + 1, lines);
    }
}

#[test]
fn a_file_has_an_outline() {
    let fixture = with_schema(
        "entity Car in Group { plate: String, seats?: Int }\naction drive, park on Car by User\n\
         @id(\"own\") allow User to drive on Car\ndeny User to * on Car\n\
         grant lent(who: User, car: Car) { allow User in who to drive on Car in car }\n\
         test \"t\" { }\nallow broken$0",
    );
    let mut lines = Vec::new();
    shown(&document(&fixture.analysis, fixture.file), 0, &mut lines);
    assert_eq!(
        lines,
        [
            "Entity Car | in Group",
            "  Field plate | String",
            "  Field seats | Int, may be absent",
            "Action drive | on Car",
            "Action park | on Car",
            "Policy own | allow User to drive",
            "Policy deny | deny User to *",
            "Grant lent | ",
            "  Policy allow | allow User in who to drive",
            "Test t | test",
            "Policy allow | allow broken to ..",
        ]
    );
}

#[test]
fn a_search_finds_letters_in_their_order() {
    let fixture = several(&[("a.assize", SCHEMA), ("b.assize", "fn stranger() -> Bool = true$0")]);
    let found = workspace(&fixture.analysis, "str");
    let shown: Vec<String> = found.iter().map(|(range, _)| fixture.shown(*range)).collect();
    assert_eq!(shown, ["a.assize:21: strong", "b.assize:1: stranger"]);
}
