//! Folds, selections and links.

use super::with_schema;
use crate::ide::structure::{data_files, folds, selections};

#[test]
fn whatever_goes_over_several_lines_can_be_folded() {
    let fixture = with_schema(
        "// one\n// two\nuse std::net\nuse std::time\n\n@id(\"a\")\nallow User to read on Folder\n  when context.mfa\n$0\nentity Short\n",
    );
    let text = fixture.analysis.text(fixture.file).clone();
    let found: Vec<(String, String)> = folds(&fixture.analysis, fixture.file)
        .iter()
        .map(|fold| {
            (text[fold.span.start as usize..fold.span.end as usize].to_owned(), format!("{:?}", fold.kind))
        })
        .collect();
    let expected = [
        ("// one\n// two", "Comment"),
        ("use std::net\nuse std::time", "Uses"),
        ("allow User to read on Folder\n  when context.mfa", "Region"),
    ];
    assert_eq!(found, expected.map(|(text, kind)| (text.to_owned(), kind.to_owned())));
}

#[test]
fn a_selection_grows_from_a_name_to_the_file() {
    let fixture = with_schema("allow User u to read on Folder f when u.name == \"x\" and f.own$0er == u");
    let text = fixture.analysis.text(fixture.file).clone();
    let found: Vec<&str> = selections(&fixture.analysis, fixture.file, fixture.offset)
        .iter()
        .map(|span| &text[span.start as usize..span.end as usize])
        .collect();
    assert_eq!(
        found,
        [
            "owner",
            "f.owner",
            "f.owner == u",
            "u.name == \"x\" and f.owner == u",
            "when u.name == \"x\" and f.owner == u",
            "allow User u to read on Folder f when u.name == \"x\" and f.owner == u",
        ]
    );
}

#[test]
fn between_a_mark_and_a_word_the_word_is_selected() {
    for (text, expected) in [("f.$0owner", "owner"), ("f$0.owner", "f"), ("(f.owner$0)", "owner")] {
        let fixture = with_schema(&format!("allow User u to read on Folder f when {text} == u"));
        let text = fixture.analysis.text(fixture.file).clone();
        let spans = selections(&fixture.analysis, fixture.file, fixture.offset);
        assert_eq!(&text[spans[0].start as usize..spans[0].end as usize], expected);
    }
}

#[test]
fn a_data_file_is_a_link() {
    let fixture = with_schema("test \"t\" { data \"da$0ta.ndjson\" }");
    let text = fixture.analysis.text(fixture.file).clone();
    let (span, name) = &data_files(&fixture.analysis, fixture.file)[0];
    assert_eq!(
        (&text[span.start as usize..span.end as usize], name.as_str()),
        ("data.ndjson", "data.ndjson")
    );
}
