//! What the formatter must keep, found out by other ways than its own.

use assize_lang::ast::Item;
use assize_lang::{Chunk, Severity, format, parse_chunk, split};

/// Formats, and checks what holds for every text: the same declarations with the same documentation, the same comments,
/// and nothing left to do.
pub fn check(text: &str) -> String {
    assert!(format(text).refused.is_empty(), "not formatted: {text}");
    check_what_is_formatted(text)
}

/// As [`check`], where declarations may stand as they are because the result would be read differently: documentation in a place
/// where it documents nothing can come to stand where it does.
pub fn check_what_is_formatted(text: &str) -> String {
    let once = format(text);
    let twice = format(&once.text);
    assert_eq!(once.text, twice.text, "not settled after one pass:\n{text}");
    assert_eq!(once.errors.len(), twice.errors.len(), "{text}");
    assert_eq!(comments(text), comments(&once.text), "comments of:\n{text}");
    let (before, after) = (items(text), items(&once.text));
    assert_eq!(before.len(), after.len(), "declarations of:\n{text}");
    for (old, new) in before.iter().zip(&after) {
        assert_eq!(meaning(&old.item), meaning(&new.item), "meaning of:\n{text}");
        if old.broken {
            assert_eq!(old.text, new.text, "not left as it was:\n{text}");
        }
    }
    once.text
}

/// A declaration of a file.
struct Declaration<'a> {
    text: &'a str,
    item: Item,
    broken: bool,
}

fn items(text: &str) -> Vec<Declaration<'_>> {
    let declaration = |chunk: Chunk| {
        let text = chunk.text(text);
        let (item, findings) = parse_chunk(text);
        Declaration { text, item, broken: findings.iter().any(|it| it.severity == Severity::Error) }
    };
    split(text).chunks.into_iter().map(declaration).collect()
}

/// A declaration without places and parentheses, by another way than the formatter's own check.
fn meaning(item: &Item) -> String {
    let tree = format!("{item:?}");
    let mut out = String::with_capacity(tree.len() / 2);
    let mut rest = tree.as_str();
    while let Some(at) = rest.find("Span {").into_iter().chain(rest.find("depth: ")).min() {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end =
            if rest.starts_with("Span") { rest.find('}') } else { rest.find([',', ' ', '}']).map(|_| 6) };
        rest = &rest[end.map_or(rest.len(), |end| end + 1)..];
        rest = rest.trim_start_matches(|character: char| character.is_ascii_digit());
    }
    out.push_str(rest);
    without_parens(&out)
}

/// `Paren(Expr { kind: K, span: , depth:  })` as `K`.
fn without_parens(tree: &str) -> String {
    let mut out = String::new();
    let mut open = Vec::new();
    let mut depth = 0usize;
    let mut rest = tree;
    let marker = "Paren(Expr { kind: ";
    let mut quoted = false;
    while let Some(character) = rest.chars().next() {
        if !quoted && rest.starts_with(marker) {
            open.push(depth);
            depth += 2;
            rest = &rest[marker.len()..];
            continue;
        }
        let step = if quoted && character == '\\' { 2 } else { character.len_utf8() };
        match character {
            '"' => quoted = !quoted,
            '(' | '{' | '[' if !quoted => depth += 1,
            ')' | '}' | ']' if !quoted => depth -= 1,
            _ => {}
        }
        let kept = &rest[..step.min(rest.len())];
        rest = &rest[kept.len()..];
        if !quoted && open.last().is_some_and(|&at| depth == at + 1) && character == '}' {
            // The end of the expression in parentheses: what follows its kind was only places.
            let kind = out.rfind(", span: ").unwrap_or(out.len());
            out.truncate(kind);
            rest = rest.strip_prefix(')').unwrap_or(rest);
            depth -= 1;
            open.pop();
            continue;
        }
        out.push_str(kept);
    }
    out
}

/// The comments of a text without strings that look like them.
fn comments(text: &str) -> Vec<String> {
    text.lines()
        .filter_map(|line| {
            let mut quoted = false;
            let mut at = 0;
            let bytes = line.as_bytes();
            while at < bytes.len() {
                match bytes[at] {
                    b'\\' if quoted => at += 1,
                    b'"' => quoted = !quoted,
                    b'/' if !quoted && bytes.get(at + 1) == Some(&b'/') => {
                        return Some(line[at..].trim().to_owned());
                    }
                    _ => {}
                }
                at += 1;
            }
            None
        })
        .collect()
}
