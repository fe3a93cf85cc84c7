//! What tokens are.

use assize_lang::Span;

use super::with_schema;
use crate::ide::tokens::tokens;

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let fixture = with_schema(&format!("{text}$0"));
    let whole = fixture.analysis.text(fixture.file).clone();
    let all = tokens(&fixture.analysis, fixture.file, Span::new(0, whole.len() as u32));
    let shown: Vec<String> = all
        .iter()
        .map(|token| {
            let traits = token.traits;
            let marks = [(traits.declares, "+"), (traits.built_in, "*"), (traits.documents, "/")];
            let marks: String = marks.iter().filter(|(on, _)| *on).map(|(_, mark)| *mark).collect();
            format!("{} {:?}{marks}", &whole[token.span.start as usize..token.span.end as usize], token.kind)
        })
        .collect();
    assert_eq!(shown, expected);
}

#[test]
fn every_name_is_what_it_means() {
    check(
        "/// why\n@id(\"a\") // because\ndeny User u to write on Document d\n  when d.level == Level::secret and strong(context)",
        &[
            "/// why Comment/",
            "id Annotation*",
            "\"a\" Text+",
            "// because Comment",
            "deny Keyword",
            "User Entity",
            "u Parameter+",
            "to Keyword",
            "write Action",
            "on Keyword",
            "Document Entity",
            "d Parameter+",
            "when Keyword",
            "d Parameter",
            "level Property",
            "== Operator",
            "Level Enum",
            "secret Variant",
            "and Keyword",
            "strong Function",
            "context Request*",
        ],
    );
}

#[test]
fn words_that_are_names_here_are_no_keywords() {
    check(
        "entity Thing { on: Bool, test: Int }",
        &["entity Keyword", "Thing Entity+", "on Property+", "Bool Type*", "test Property+", "Int Type*"],
    );
}

#[test]
fn a_string_over_several_lines_is_a_token_on_each() {
    check(
        "const T: String = \"a\nb\"",
        &["const Keyword", "T Constant+", "String Type*", "\"a Text", "b\" Text"],
    );
}

#[test]
fn a_broken_item_keeps_the_colours_of_its_words() {
    check(
        "deny User u to write on Document d when d.level ==",
        &[
            "deny Keyword",
            "User Entity",
            "u Parameter+",
            "to Keyword",
            "write Action",
            "on Keyword",
            "Document Entity",
            "d Parameter+",
            "when Keyword",
            "d Parameter",
            "level Property",
            "== Operator",
        ],
    );
}
