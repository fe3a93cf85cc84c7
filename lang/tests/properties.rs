//! What holds for every text, however strange.

use assize_lang::ast::*;
use assize_lang::{
    Chunk, Diagnostic, ParsedFile, RenderStyle, Severity, SourceFiles, locate, parse, parse_chunk, render,
    split,
};
use proptest::prelude::*;

const PAGE: &str = include_str!("page.assize");

/// Checks everything that must hold, and returns the file.
fn check(text: &str) -> ParsedFile {
    let file = parse(text);
    let chunks = split(text).chunks;
    assert_eq!(chunks.len(), file.items.len());
    let mut end = 0;
    for (chunk, parsed) in chunks.iter().zip(&file.items) {
        assert!(end <= chunk.start && chunk.start < chunk.end && chunk.end as usize <= text.len());
        end = chunk.end;
        assert_eq!(chunk.start, parsed.start);
        let own = chunk.text(text);
        assert!(!own.is_empty());
        // What was lost is an error, or the package would compile without it.
        let lost = format!("{:?}", parsed.item).contains("Error");
        let has_error = parsed.diagnostics.iter().any(|finding| finding.severity == Severity::Error);
        assert!(!lost || has_error || file.items.len() > 100, "nothing said about {own:?}");
        check_span(own, parsed.item.span);
        for finding in &parsed.diagnostics {
            check_finding(own, finding);
        }
    }
    let mut files = SourceFiles::new();
    let number = files.add("x", text);
    for finding in &file.diagnostics {
        check_finding(text, finding);
    }
    for parsed in file.items.iter().take(20) {
        for finding in &parsed.diagnostics {
            let finding = finding.clone().offset_by(parsed.start);
            let shown = render(&files, number, &finding, RenderStyle::default());
            assert!(shown.contains(finding.code.0) && shown.len() < 20_000, "{shown}");
            assert!(locate(&files, number, &finding).place.line >= 1);
        }
    }
    file
}

fn check_span(text: &str, span: Span) {
    assert!(span.start <= span.end, "{span:?}");
    assert!(text.get(span.start as usize..span.end as usize).is_some(), "{span:?} in {text:?}");
}

fn check_finding(text: &str, finding: &Diagnostic) {
    for label in std::iter::once(&finding.primary).chain(&finding.secondary) {
        check_span(text, Span::new(label.start, label.end));
    }
    for fix in &finding.fixes {
        let mut edits: Vec<_> = fix.edits.iter().collect();
        edits.sort_by_key(|edit| (edit.start, edit.end));
        for edit in &edits {
            check_span(text, Span::new(edit.start, edit.end));
        }
        assert!(edits.windows(2).all(|pair| pair[0].end <= pair[1].start), "{finding:?}");
    }
}

/// Words, marks and literals, and things that look like them.
fn token() -> impl Strategy<Value = &'static str> {
    let all: Vec<&'static str> = PAGE
        .split_whitespace()
        .chain([
            "(", ")", "[", "]", "{", "}", ",", ":", "::", ".", "?.", "?", "??", "!", "=", "==", ">=", "<",
            ">", "->", "|", "@", "*", "-", "+", "\"", "\"x\"", "r#\"x\"#", "`x`", "`", "'", "“", "1", "1.5",
            "90d", "5x", "ip\"1\"", "/*", "*/", "//", "///", "\n", "\n\n", "\r\n", "\0", "é", "🙂",
            "\u{feff}", "\u{202e}", "\\", ";", "#", "x", "User", "in", "not", "if", "then", "else", "any",
            "all", "is", "some", "has", "like", "matches", "on", "error", "skip", "for", "at", "most",
            "until", "let", "data", "expect", "never", "always", "trial", "external", "ordered", "action",
            "allow", "deny", "test", "prove", "param",
        ])
        .collect();
    proptest::sample::select(all)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_gives_items_and_findings(text in any::<String>()) {
        check(&text);
    }

    #[test]
    fn any_tokens_give_items_and_findings(
        tokens in proptest::collection::vec((token(), proptest::sample::select(vec![" ", "", "\n"])), 0..60)
    ) {
        let text: String = tokens.iter().flat_map(|(token, blank)| [*token, *blank]).collect();
        check(&text);
    }

    /// The page with a few tokens put in somewhere.
    #[test]
    fn the_page_with_tokens_put_in(at in 0..PAGE.len(), tokens in proptest::collection::vec(token(), 1..4)) {
        let at = (0..=at).rev().find(|&at| PAGE.is_char_boundary(at)).unwrap_or(0);
        check(&format!("{} {} {}", &PAGE[..at], tokens.join(" "), &PAGE[at..]));
    }

    /// An edit inside one item leaves what the others are parsed into as it was.
    #[test]
    fn an_edit_in_one_item_leaves_the_others(nth in 0usize..25, tokens in proptest::collection::vec(
        proptest::sample::select(vec!["x", "1", "==", "and", "\"s\"", "User", ",", "::", "\n", "// c\n", "[1]", "(x)", "{ }"]), 0..6)
    ) {
        let before = parse(PAGE);
        let chunks = split(PAGE).chunks;
        let at = chunks[nth].end as usize;
        let text = format!("{} {} {}", &PAGE[..at], tokens.join(" "), &PAGE[at..]);
        let after = check(&text);
        prop_assert_eq!(before.items.len(), after.items.len());
        for (index, (old, new)) in before.items.iter().zip(&after.items).enumerate() {
            if index != nth {
                prop_assert_eq!(&old.item, &new.item);
                prop_assert_eq!(&old.diagnostics, &new.diagnostics);
            }
        }
    }
}

#[test]
fn every_prefix_of_the_page() {
    for end in (0..=PAGE.len()).filter(|&end| PAGE.is_char_boundary(end)) {
        check(&PAGE[..end]);
    }
}

/// The pieces of the page between blanks, each left out once.
#[test]
fn every_word_of_the_page_left_out() {
    let mut at = 0;
    for word in PAGE.split_inclusive(char::is_whitespace) {
        let end = at + word.len();
        check(&format!("{}{}", &PAGE[..at], &PAGE[end..]));
        at = end;
    }
}

#[test]
fn every_character_of_the_page_left_out() {
    for (at, character) in PAGE.char_indices() {
        let without = format!("{}{}", &PAGE[..at], &PAGE[at + character.len_utf8()..]);
        check(&without);
    }
}

#[test]
fn an_item_is_parsed_from_its_own_text_alone() {
    let file = parse(PAGE);
    for (Chunk { start, end }, parsed) in split(PAGE).chunks.into_iter().zip(&file.items) {
        let (item, findings) = parse_chunk(&PAGE[start as usize..end as usize]);
        assert_eq!((&item, &findings), (&parsed.item, &parsed.diagnostics));
    }
    // And where it stands does not matter.
    let moved = parse(&format!("\n\n// moved\n\n{}", PAGE.replace("\n\n", "\n\n\n// more\n\n")));
    for (old, new) in file.items.iter().zip(&moved.items) {
        if !matches!(old.item.kind, ItemKind::Test(_) | ItemKind::Prove(_)) {
            assert_eq!(old.item, new.item);
        }
    }
}

#[test]
fn line_ends_make_no_difference() {
    let unix = parse(PAGE);
    let windows = parse(&PAGE.replace('\n', "\r\n"));
    assert_eq!(unix.items.len(), windows.items.len());
    assert!(windows.items.iter().all(|parsed| parsed.diagnostics.is_empty()));
    assert_eq!(unix.items[15].item.docs, windows.items[15].item.docs);
}
