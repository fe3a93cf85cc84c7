//! The formatter on texts that nobody would write: every policy text of this repository and random packages, with other blanks and
//! comments between all tokens, and with tokens lost, doubled, exchanged and made up.
//!
//! Whatever the text: comments stay, in order; each declaration keeps its meaning, or its bytes if it is broken; and formatting
//! once more changes nothing ([`meaning::check`]).

use std::fs;
use std::path::{Path, PathBuf};

use assize_examples::Rng;
use assize_tests::{markdown, random};

#[path = "../../lang/tests/meaning/mod.rs"]
mod meaning;

/// Texts of policies: files, blocks of the reference and of the language cases, random packages.
fn texts() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a folder above");
    let mut texts = Vec::new();
    for folder in ["examples", "stdlib", "tests/language", "docs", "lang/tests"] {
        for path in files(&root.join(folder)) {
            let text = || fs::read_to_string(&path).expect("a text");
            match path.extension().and_then(|extension| extension.to_str()) {
                Some("assize") => texts.push(text()),
                Some("md") => {
                    let sections = markdown::sections(&text()).expect("closed fences");
                    let blocks = sections.into_iter().flat_map(|section| section.blocks);
                    texts.extend(blocks.filter(|block| block.language == "assize").map(|block| block.text));
                }
                _ => {}
            }
        }
    }
    assert!(texts.len() > 200, "only {} texts", texts.len());
    texts.extend((0..6).map(|seed| random::package(seed, 12, 0).text));
    texts
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths.into_iter().flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// A text cut into tokens and comments, without the blanks between them; strings stay whole. Not the lexer of the language: what
/// it takes for a token matters little, as long as no string or comment is cut.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '"' => string_end(rest, 1, ""),
            '`' => rest[1..].find(['`', '\n']).map_or(rest.len(), |at| at + 2),
            c if c.is_alphanumeric() || c == '_' => {
                let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
                let hashes = rest[word..].chars().take_while(|c| *c == '#').count();
                match rest[word + hashes..].starts_with('"') {
                    true => string_end(rest, word + hashes + 1, &rest[word..word + hashes]),
                    false => word,
                }
            }
            _ => ["::", "?.", "??", "==", "!=", "<=", ">=", "->", "&&", "||"]
                .iter()
                .find(|operator| rest.starts_with(**operator))
                .map_or(first.len_utf8(), |operator| operator.len()),
        };
        let (piece, after) = rest.split_at(length);
        pieces.push(piece);
        rest = after.trim_start();
    }
    pieces
}

/// Where the string ends whose content begins at `at`.
fn string_end(text: &str, at: usize, hashes: &str) -> usize {
    let raw = text.starts_with('r');
    let mut rest = at;
    while let Some(found) = text[rest..].find(['"', '\\', '\n']) {
        let here = rest + found;
        match text.as_bytes()[here] {
            b'"' if text[here + 1..].starts_with(hashes) => return here + 1 + hashes.len(),
            b'\n' if hashes.is_empty() => return here,
            b'\\' if !raw => {
                let escaped = text[here + 1..].chars().next().map_or(0, char::len_utf8);
                rest = here + 1 + escaped;
            }
            _ => rest = here + 1,
        }
    }
    text.len()
}

/// What may stand between two tokens. Whoever writes documentation there has to live with what becomes of it: see
/// [`meaning::check_what_is_formatted`].
const BLANKS: &[&str] = &[
    " ",
    " ",
    " ",
    "  ",
    "\n",
    "\n",
    "\n      ",
    "\r\n",
    "\n\n",
    "\n\n\n",
    "\t",
    " // one\n",
    "\n// two\n",
    "\n\n  // three\n\n",
    " // six\r\n  // seven\n",
    " // \u{5b57}\u{1f600}\n",
];
const DOCUMENTED: &[&str] = &["\n/// four\n", " /// five\n", " ", "\n"];

/// The pieces with random blanks and comments between them, in `percent` of 100 places; one blank in the others.
fn respaced(rng: &mut Rng, pieces: &[&str], percent: usize, blanks: &[&'static str]) -> String {
    let mut out = String::new();
    for (at, piece) in pieces.iter().enumerate() {
        out.push_str(piece);
        let blank = if rng.chance(percent) { rng.pick(blanks).copied() } else { None };
        // A comment ends with its line.
        match (piece.starts_with("//"), blank) {
            (true, Some(blank)) => out.extend(["\n", blank]),
            (true, None) => out.push('\n'),
            (false, blank) => out.push_str(blank.unwrap_or(" ")),
        }
        // Documentation begins one.
        if pieces.get(at + 1).is_some_and(|next| next.starts_with("///")) && !out.ends_with('\n') {
            out.push('\n');
        }
    }
    out
}

const MADE_UP: &[&str] = &[
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    "::",
    ".",
    "?.",
    "==",
    ">=",
    "=",
    "!",
    "@",
    "|",
    "->",
    "\"x\"",
    "\"open",
    "r#\"x\"#",
    "`in`",
    "`",
    "90d",
    "1_0",
    "allow",
    "deny",
    "when",
    "unless",
    "and",
    "or",
    "not",
    "if",
    "then",
    "else",
    "in",
    "has",
    "is",
    "any",
    "entity",
    "action",
    "test",
    "expect",
    "grant",
    "@id(\"x\")",
    "// c\n",
    "/// d\n",
    "\u{feff}",
    "\u{e9}",
    "&",
    "'x'",
];

/// One to three of the pieces lost, doubled, exchanged or made up.
fn mutated<'a>(rng: &mut Rng, pieces: &[&'a str]) -> Vec<&'a str> {
    let mut pieces = pieces.to_vec();
    for _ in 0..1 + rng.below(3) {
        if pieces.is_empty() {
            break;
        }
        let at = rng.below(pieces.len());
        let other = rng.below(pieces.len());
        match rng.below(5) {
            0 => drop(pieces.remove(at)),
            1 => pieces.insert(at, pieces[other]),
            2 => pieces.swap(at, other),
            3 => pieces[at] = MADE_UP[rng.below(MADE_UP.len())],
            _ => pieces.insert(at, MADE_UP[rng.below(MADE_UP.len())]),
        }
    }
    pieces
}

#[test]
fn every_text_of_the_repository_as_it_stands() {
    for text in texts() {
        meaning::check(&text);
        meaning::check(&text.replace('\n', "\r\n"));
    }
}

#[test]
fn other_blanks_and_comments_between_all_tokens() {
    let mut rng = Rng::new(1);
    for text in texts() {
        let pieces = pieces(&text);
        for percent in [0, 5, 30, 100] {
            meaning::check(&respaced(&mut rng, &pieces, percent, BLANKS));
        }
        meaning::check_what_is_formatted(&respaced(&mut rng, &pieces, 20, DOCUMENTED));
    }
}

#[test]
fn tokens_lost_doubled_exchanged_and_made_up() {
    let mut rng = Rng::new(2);
    for text in texts() {
        let pieces = pieces(&text);
        // Long texts have more places where something can go wrong.
        for _ in 0..4 + pieces.len() / 400 {
            let broken = mutated(&mut rng, &pieces);
            let (percent, blanks) = ([0, 3, 20][rng.below(3)], [BLANKS, DOCUMENTED][rng.below(2)]);
            meaning::check_what_is_formatted(&respaced(&mut rng, &broken, percent, blanks));
        }
    }
}
