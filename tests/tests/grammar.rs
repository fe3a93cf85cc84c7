//! The grammar page of the reference says what the parser does, in both directions.
//! `ASSIZE_SENTENCES=100000` makes that many, `ASSIZE_SEED=7` others.

use std::collections::BTreeSet;
use std::fs;

use assize_lang::{Severity, parse_chunk, split};
use assize_tests::book::root;
use assize_tests::grammar::earley::Recogniser;
use assize_tests::grammar::ebnf::{Form, Grammar, mentioned, read};
use assize_tests::grammar::sentences::Sentences;
use assize_tests::grammar::tokens;
use assize_tests::pages::words;
use assize_tests::{markdown, suite};

fn grammar() -> Grammar {
    let page = fs::read_to_string(root().join("docs/reference/grammar.md")).expect("the page");
    let sections = markdown::sections(&page).expect("fences are closed");
    let blocks = sections.iter().flat_map(|section| &section.blocks);
    let text: String = blocks.filter(|b| b.language == "ebnf").map(|b| b.text.clone() + "\n").collect();
    read(&text).expect("the page is a grammar")
}

#[allow(clippy::disallowed_methods, reason = "the person who runs the tests picks seeds")]
fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

/// The first syntax error in a text, if there is one.
fn error(text: &str) -> Option<String> {
    let (_, diagnostics) = parse_chunk(text);
    let errors = diagnostics.into_iter().find(|finding| finding.severity == Severity::Error);
    errors.map(|finding| format!("{} {}", finding.code.0, finding.message))
}

#[test]
fn every_rule_is_defined_and_used_and_every_word_has_its_place() {
    let grammar = grammar();
    let (terminals, rules) = mentioned(&grammar);
    let defined: BTreeSet<&str> = grammar.keys().map(String::as_str).collect();
    let mut used: BTreeSet<&str> = rules.into_iter().collect();
    used.insert("item");
    assert_eq!(defined, used);
    let words: BTreeSet<String> = words::tokens().into_iter().map(|(_, spelling)| spelling).collect();
    let mentioned: BTreeSet<String> =
        terminals.iter().flat_map(|one| one.trim_matches('"').split(' ')).map(str::to_owned).collect();
    let missing: Vec<_> = words.difference(&mentioned).collect();
    assert!(missing.is_empty(), "no rule has {missing:?}");
}

#[test]
fn the_parser_accepts_every_sentence_of_the_page() {
    // Whether a soft word is a name depends on what follows, which a grammar cannot say.
    let mut grammar = grammar();
    grammar.insert("soft_word".to_owned(), Form::Terminal("NAME".to_owned()));
    let seed = setting("ASSIZE_SEED", 1);
    let mut sentences = Sentences::new(&grammar, seed);
    let mut wrong = Vec::new();
    for _ in 0..setting("ASSIZE_SENTENCES", 5_000) {
        let text = sentences.sentence("item").join(" ");
        let chunks = split(&text).chunks;
        let found = match chunks.as_slice() {
            [_] => error(&text),
            more => Some(format!("{} items", more.len())),
        };
        wrong.extend(found.map(|found| format!("{found}\n  {text}")));
    }
    wrong.sort_by_key(String::len);
    wrong.truncate(5);
    assert!(wrong.is_empty(), "sentences of the page that the parser refuses:\n{}", wrong.join("\n"));
}

/// Every policy text of the repository, by where it stands.
fn texts() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for folder in ["tests/language", "docs"] {
        for file in suite::markdown_files(&root().join(folder)) {
            let text = fs::read_to_string(&file).expect("a page is text");
            let sections = markdown::sections(&text).expect("fences are closed");
            for block in sections.into_iter().flat_map(|section| section.blocks) {
                if block.language == "assize" && !block.has("true") {
                    found.push((format!("{}:{}", file.display(), block.line), block.text));
                }
            }
        }
    }
    let mut open: Vec<_> = ["examples", "stdlib", "lang/tests"].map(|folder| root().join(folder)).into();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(fs::read_dir(path).expect("a folder").map(|entry| entry.expect("an entry").path()));
        } else if path.extension().is_some_and(|ending| ending == "assize") {
            found.push((path.display().to_string(), fs::read_to_string(&path).expect("policies are text")));
        }
    }
    found
}

#[test]
fn every_declaration_of_the_repository_is_a_sentence_of_the_page() {
    let recogniser = Recogniser::new(&grammar());
    let (mut wrong, mut seen) = (Vec::new(), BTreeSet::new());
    let (mut sound, mut broken) = (0, 0);
    for (place, text) in texts() {
        for chunk in split(&text).chunks {
            let item = chunk.text(&text);
            if !seen.insert(item.to_owned()) {
                continue;
            }
            let tokens = tokens(item);
            let recognised = recogniser.recognise("item", &tokens);
            match (error(item), recognised) {
                (None, Ok(())) => sound += 1,
                (None, Err(at)) => {
                    let near = tokens[at.saturating_sub(4)..tokens.len().min(at + 2)].join(" ");
                    wrong.push(format!("{place}: no sentence of the page, near {near}"));
                }
                // What the parser finds no place for, the page must have no place for either.
                (Some(error), Ok(())) if error.starts_with("E0001 ") => {
                    wrong.push(format!("{place}: a sentence of the page, but {error}\n{item}"));
                }
                (Some(_), _) => broken += 1,
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(sound > 1_000 && broken > 30, "{sound} sound and {broken} broken declarations");
}
