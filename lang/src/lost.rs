//! What a declaration that cannot be read was going to declare, so that those who use it are not blamed too.

use smol_str::SmolStr;

use crate::lexer::{at_line_start, lex};
use crate::near_words;
use crate::tokens::{Lexeme, Token};
use crate::words::{can_be_name, is_name_by_neighbours};

/// How far into a broken text is looked.
const MAX_LOOKED_AT: usize = 10_000;

/// The names that the text of an unreadable item was probably going to declare. One of them is empty if the item begins like a
/// declaration and its very name is missing: then any unknown name may be the one.
pub fn lost_names(text: &str) -> Vec<SmolStr> {
    let lexemes = lex(text).lexemes;
    let lexemes = &lexemes[..lexemes.len().min(MAX_LOOKED_AT)];
    let first = lexemes.iter().position(|lexeme| !matches!(lexeme.token, Token::External | Token::Ordered));
    let mut lost = Vec::new();
    for (at, lexeme) in lexemes.iter().enumerate() {
        let is_first = first == Some(at);
        let starts = is_first || at_line_start(text, lexeme.start);
        let Some(declarer) = declarer(text, *lexeme, starts) else { continue };
        if is_name_by_neighbours(text, lexemes, at) {
            continue;
        }
        let before = lost.len();
        collect(text, &lexemes[at + 1..], declarer, &mut lost);
        if lost.len() == before && is_first {
            lost.push(SmolStr::default());
        }
    }
    lost
}

/// The word of the language that begins a declaration of names here, even if it is misspelt at the start of the item or of a line.
fn declarer(text: &str, lexeme: Lexeme, starts: bool) -> Option<Token> {
    let meant = match lexeme.token {
        Token::Name if starts => {
            let word = word(text, lexeme);
            let meant = near_words::close_declaration(word).or_else(|| near_words::declaration_for(word))?;
            lex(meant).lexemes.first()?.token
        }
        token => token,
    };
    let declares = matches!(
        meant,
        Token::Entity
            | Token::Enum
            | Token::Type
            | Token::Action
            | Token::Param
            | Token::Const
            | Token::Fn
            | Token::Grant
            | Token::Obligation
            | Token::Use
    );
    declares.then_some(meant)
}

/// The name that follows the word `declarer`: several for an action, each step of a path for `use`.
fn collect(text: &str, rest: &[Lexeme], declarer: Token, lost: &mut Vec<SmolStr>) {
    let joint = match declarer {
        Token::Action => Some(Token::Comma),
        Token::Use => Some(Token::ColonColon),
        _ => None,
    };
    let mut rest = rest.iter();
    while let Some(name) = rest.next() {
        let is_clause =
            matches!(name.token, Token::On | Token::By | Token::With | Token::Includes | Token::In);
        let is_text = declarer == Token::Action && name.token == Token::Str;
        // A `use` that goes on with something else brings names that cannot be told: `use a::*`, `use a.X`.
        let brings_unknown = declarer == Token::Use;
        if is_clause || !(can_be_name(name.token) || is_text) {
            lost.extend(brings_unknown.then(SmolStr::default));
            return;
        }
        lost.push(word(text, *name).trim_matches(['`', '"']).into());
        let next = rest.next().map(|lexeme| lexeme.token);
        if joint.is_none() || next != joint {
            lost.extend((brings_unknown && next.is_some()).then(SmolStr::default));
            return;
        }
    }
}

fn word(text: &str, lexeme: Lexeme) -> &str {
    text.get(lexeme.start as usize..lexeme.end as usize).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::lost_names;

    #[test]
    fn the_names_are_those_that_follow_the_word() {
        assert_eq!(lost_names("entity User ( type: Int )"), ["User"]);
        assert_eq!(lost_names("external entity `a b` ="), ["a b"]);
        assert_eq!(lost_names("action read, \"s3:Get\", write on"), ["read", "s3:Get", "write"]);
        assert_eq!(lost_names("use a::b::"), ["a", "b"]);
        assert_eq!(lost_names("use a::*"), ["a", ""]);
        assert_eq!(lost_names("import a.X"), ["a", ""]);
        assert_eq!(lost_names("test \"x\" { entity A enum B"), ["A", "B"]);
    }

    #[test]
    fn a_slip_in_the_word_changes_nothing() {
        assert_eq!(lost_names("entitty User { a: Int }"), ["User"]);
        assert_eq!(lost_names("actoin read, write on"), ["read", "write"]);
        assert_eq!(lost_names("alow User u to read on Doc"), [""; 0]);
    }

    #[test]
    fn a_missing_name_may_be_any() {
        assert_eq!(lost_names("entity { a: Int }"), [""]);
        assert_eq!(lost_names("entity in { }"), [""]);
        assert_eq!(lost_names("action on Doc"), [""]);
        assert_eq!(lost_names("when type"), [""; 0]);
    }
}
