//! What can follow a part of an item, according to the grammar: for editors that complete what is typed.

use std::cell::Cell;

use lalrpop_util::ParseError;

use crate::build::Builder;
use crate::item::parser;
use crate::lexer::lex;
use crate::syntax_errors::SyntaxError;
use crate::tokens::{Lexeme, Token};
use crate::words;

/// A token that the grammar has nowhere.
const STRANGER: Token = Token::Comment;

/// The terminals that can follow `text`, the beginning of an item, as the grammar writes them: `"when"`, `name`, `int`. Behind
/// something that cannot be read they are what can follow if that is left out.
pub fn expected_after(text: &str) -> Vec<String> {
    let lexed = lex(text);
    let mut lexemes = words::settle(text, lexed.lexemes);
    let end = text.len() as u32;
    // Where this is met, the parser says what it would have liked.
    lexemes.push(Lexeme { token: STRANGER, start: end, end });
    let recoveries = Cell::new(0);
    let mut builder = Builder::new(text, &lexemes, &lexed.docs, &recoveries);
    builder.wanted = Some(Vec::new());
    let fed = lexemes.iter().map(|lexeme| Ok((lexeme.start, lexeme.token, lexeme.end)));
    let result = parser().parse(&mut builder, fed);
    if let Err(error) = result {
        note(&mut builder, &error);
    }
    builder.wanted.unwrap_or_default()
}

/// Remembers what would have been read in place of the stranger, if that is what an error is about.
pub(crate) fn note(builder: &mut Builder<'_>, error: &SyntaxError) {
    if let Some(wanted) = &mut builder.wanted
        && wanted.is_empty()
        && let ParseError::UnrecognizedToken { token: (_, STRANGER, _), expected } = error
    {
        wanted.extend(expected.iter().cloned());
    }
}

#[cfg(test)]
mod tests {
    use super::expected_after;

    #[track_caller]
    fn check(text: &str, with: &[&str], without: &[&str]) {
        let found = expected_after(text);
        let has = |word: &str| found.iter().any(|it| it == word || *it == format!("\"{word}\""));
        let missing: Vec<_> = with.iter().filter(|word| !has(word)).collect();
        let strange: Vec<_> = without.iter().filter(|word| has(word)).collect();
        assert!(missing.is_empty() && strange.is_empty(), "{missing:?} {strange:?} {found:?}");
    }

    #[test]
    fn a_policy_goes_on_as_the_grammar_says() {
        check("", &["allow", "entity", "@"], &["when", "to", "name"]);
        check("allow ", &["any", "name", "in"], &["to", "when"]);
        check("allow User u ", &["to", "in"], &["when", "and"]);
        check("allow User to ", &["*", "name"], &["when", "true"]);
        check("allow User to read ", &["on", ",", "when"], &["true", "and"]);
        check("allow User to read on Doc ", &["when", "unless", "because", "oblige", "in"], &["and", "true"]);
        check("allow User to read on Doc when ", &["name", "not", "true", "any", "if"], &["and", "unless"]);
        check("allow User to read on Doc when x ", &["and", "==", "in", "unless", "has"], &["on", "true"]);
    }

    #[test]
    fn open_brackets_are_no_hindrance() {
        check("test \"t\" { ", &["expect", "data", "let", "}"], &["allow", "when"]);
        check(
            "test \"t\" { expect allow User::\"a\" to read on Doc::\"d\" ",
            &["with", "at", "by"],
            &["when"],
        );
        check("entity E { a: Int, b: ", &["name", "{"], &["true"]);
        check("allow User to read on Doc when any(x in y: ", &["name", "not", "true"], &["and"]);
    }

    #[test]
    fn behind_what_cannot_be_read_it_goes_on() {
        check("allow allow allow == ", &["any", "name"], &["when"]);
        check("deny User to read on Doc when x == when ", &["name"], &[]);
    }
}
