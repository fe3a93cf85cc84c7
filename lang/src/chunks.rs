//! Finds where the items of a file begin and end, without parsing them.
//!
//! A chunk is the text of one item: documentation, annotations, declaration. It begins at a word that starts a
//! declaration outside of all brackets, and ends with the last token before the next. Chunks are parsed on their own, so
//! that a broken one cannot swallow or bend its neighbours, and an edit in one leaves the others as they were.

use crate::brackets::{self, Closing, OpenBrackets};
use crate::codes;
use crate::lexer::{Lexed, at_line_start, lex, line_ends_between};
use crate::tokens::{Lexeme, Token};
use crate::words::{can_be_name, is_name_by_neighbours};
use crate::{Chunk, Diagnostic, MAX_FILE_SIZE, MAX_ITEMS, Span, SplitFile};

/// Splits a file into the texts of its items. What stands before the first declaration and belongs to none is a chunk of
/// its own, which will not parse.
pub fn split(text: &str) -> SplitFile {
    let mut file = SplitFile::default();
    if text.len() > MAX_FILE_SIZE {
        let limit = MAX_FILE_SIZE >> 20;
        let message = format!("this file is too large: a policy file has at most {limit} MiB");
        file.diagnostics.push(
            Diagnostic::new(codes::FILE_TOO_LARGE, Span::new(0, 0), message)
                .help("split it into several files; many rows of data belong into a data file"),
        );
        return file;
    }
    report_hidden_characters(text, &mut file.diagnostics);
    let Lexed { lexemes, docs } = lex(text);
    let starts = item_starts(text, &lexemes);
    if starts.len() > MAX_ITEMS {
        let place = lexemes[starts[MAX_ITEMS]];
        let message = format!("this file has more than {MAX_ITEMS} declarations");
        file.diagnostics.push(
            Diagnostic::new(codes::TOO_MANY_DECLARATIONS, Span::new(place.start, place.end), message)
                .help("split it into several files"),
        );
        // Like a file that is too large: what is refused as a whole is not looked at further.
        return file;
    }
    let mut docs = docs.iter().peekable();
    for (nth, &first) in starts.iter().enumerate() {
        let next = starts.get(nth + 1).copied().unwrap_or(lexemes.len());
        let (first, last) = (lexemes[first], lexemes[next - 1]);
        while docs.next_if(|line| line.documents < first.start).is_some() {}
        let start = docs.next_if(|line| line.documents == first.start).map_or(first.start, |line| line.start);
        file.chunks.push(Chunk { start, end: last.end });
    }
    file
}

/// Indices of the lexemes with which the items begin; the first is 0 unless there are no lexemes.
fn item_starts(text: &str, lexemes: &[Lexeme]) -> Vec<usize> {
    let balanced = brackets::balanced(lexemes);
    let mut starts = Vec::new();
    let mut brackets = OpenBrackets::default();
    // Whether annotations or `trial` and its like were read and the word that they belong to was not.
    let mut in_head = false;
    for (index, lexeme) in lexemes.iter().enumerate() {
        let token = lexeme.token;
        if !balanced && brackets::starts_afresh(text, lexemes, index) {
            brackets = OpenBrackets::default();
        }
        if let Some(closer) = token.closer() {
            brackets.open(closer, lexeme.start);
            // Of annotations only the arguments are in brackets.
            in_head &= token == Token::OpenParen;
        } else if token.closes() {
            match brackets.effect_of(token) {
                Closing::ItsOwn => while brackets.pop().is_some_and(|bracket| bracket.closer != token) {},
                Closing::Another => drop(brackets.pop()),
                Closing::Nothing => {}
            }
        } else if brackets.depth() == 0 {
            let is_head = token == Token::AtSign || is_modifier(text, lexemes, index);
            if is_head || starts_item(text, lexemes, index, in_head) {
                if !in_head {
                    starts.push(index);
                }
                in_head = is_head;
            } else {
                in_head &= index > 0 && lexemes[index - 1].token == Token::AtSign;
            }
        }
        if starts.is_empty() {
            starts.push(0);
        }
    }
    starts
}

fn is_modifier(text: &str, lexemes: &[Lexeme], index: usize) -> bool {
    let next = lexemes.get(index + 1).map(|lexeme| lexeme.token);
    let fits = match lexemes[index].token {
        Token::Trial => {
            matches!(next, Some(Token::Allow | Token::Deny)) && !follows_claim_word(text, lexemes, index)
        }
        Token::External => next == Some(Token::Entity),
        Token::Ordered => next == Some(Token::Enum),
        _ => false,
    };
    // `when x == trial`, with an `allow` on the next line.
    let is_operand = !at_line_start(text, lexemes[index].start)
        && index.checked_sub(1).is_some_and(|before| lexemes[before].token.wants_operand());
    fits && !is_operand && !is_name_by_neighbours(text, lexemes, index)
}

/// Whether the lexeme at `index`, outside of all brackets, is the word with which a declaration starts.
fn starts_item(text: &str, lexemes: &[Lexeme], index: usize, in_head: bool) -> bool {
    let lexeme = lexemes[index];
    if !lexeme.token.starts_item() || is_name_by_neighbours(text, lexemes, index) {
        return false;
    }
    if is_kind_of_param(text, lexemes, index) {
        return false;
    }
    match lexeme.token {
        // The expectations of a test whose brackets went wrong must not become rules.
        Token::Allow | Token::Deny => in_head || !follows_claim_word(text, lexemes, index),
        _ if in_head => true,
        Token::Param if is_kind_of_param(text, lexemes, index + 1) => true,
        _ if introduces_declaration(lexemes, index) => true,
        // Unfinished, but alone at the start of a line, where an operand is not awaited.
        _ => {
            at_line_start(text, lexeme.start)
                && !index.checked_sub(1).is_some_and(|before| lexemes[before].token.wants_operand())
        }
    }
}

/// Whether the lexeme at `index` is the second word of `param type T` or `param action a`.
fn is_kind_of_param(text: &str, lexemes: &[Lexeme], index: usize) -> bool {
    let Some([param, kind]) = index.checked_sub(1).and_then(|first| lexemes.get(first..index + 1)) else {
        return false;
    };
    param.token == Token::Param
        && matches!(kind.token, Token::Type | Token::Action)
        && lexemes.get(index + 1).is_none_or(|name| can_be_name(name.token))
        && !line_ends_between(text, param.end, kind.start)
}

/// Whether `expect`, `never` or `always` stands before the lexeme at `index`, and not as an operand that ends its line.
fn follows_claim_word(text: &str, lexemes: &[Lexeme], index: usize) -> bool {
    let Some(before) = index.checked_sub(1) else { return false };
    let word = lexemes[before];
    let is_operand = line_ends_between(text, word.end, lexemes[index].start)
        && before.checked_sub(1).is_some_and(|earlier| lexemes[earlier].token.wants_operand());
    matches!(word.token, Token::Expect | Token::Never | Token::Always) && !is_operand
}

/// Whether what follows fits a declaration that starts with the word at `index`, rather than a name spelled like it.
fn introduces_declaration(lexemes: &[Lexeme], index: usize) -> bool {
    let Some(next) = lexemes.get(index + 1).map(|lexeme| lexeme.token) else { return false };
    let is_string = matches!(next, Token::Str | Token::RawStr | Token::OpenStr);
    match lexemes[index].token {
        Token::Test | Token::Prove => is_string,
        Token::Action if is_string => true,
        _ if matches!(next, Token::On | Token::By | Token::With | Token::Includes) => false,
        // Operators: `action in [...]`, `type is User`.
        _ if matches!(next, Token::Is | Token::Has | Token::Like | Token::Matches) => false,
        // `when action` and then `type T = ..`: the second word starts the declaration.
        _ if next.starts_item() || next.modifies_item() => {
            can_be_name(next) && !surely_declares(lexemes, index + 1)
        }
        _ => can_be_name(next),
    }
}

/// As [`introduces_declaration`], with the token behind the name.
fn surely_declares(lexemes: &[Lexeme], index: usize) -> bool {
    let kind = |steps: usize| lexemes.get(index + steps).map(|lexeme| lexeme.token);
    let Some(next) = kind(1) else { return false };
    match lexemes[index].token {
        Token::Test | Token::Prove => matches!(next, Token::Str | Token::RawStr | Token::OpenStr),
        Token::External => next == Token::Entity,
        Token::Ordered => next == Token::Enum,
        Token::Trial => matches!(next, Token::Allow | Token::Deny),
        Token::Type => kind(2) == Some(Token::Equal),
        Token::Param if matches!(next, Token::Type | Token::Action) => kind(2).is_some_and(can_be_name),
        Token::Param | Token::Const => kind(2) == Some(Token::Colon),
        Token::Fn | Token::Grant | Token::Obligation => kind(2) == Some(Token::OpenParen),
        Token::Enum => kind(2) == Some(Token::OpenBrace),
        _ => can_be_name(next) && !matches!(next, Token::On | Token::By | Token::With | Token::Includes),
    }
}

/// Characters that make a line read differently from what it says have no place in a policy, not even in a comment: those that
/// reorder the line, and those that end it in an editor while here the comment goes on.
fn report_hidden_characters(text: &str, diagnostics: &mut Vec<Diagnostic>) {
    let bytes = text.as_bytes();
    let mut rest = 0;
    // The first bytes of all of them: a lone carriage return, U+0085, U+2028 and its like.
    while let Some(found) = bytes[rest..].iter().position(|&byte| matches!(byte, b'\r' | 0xC2 | 0xE2)) {
        let at = rest + found;
        rest = at + 1;
        let Some(character) = text.get(at..).and_then(|tail| tail.chars().next()) else { continue };
        let why = match character {
            '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => {
                "makes this line read differently from what it says"
            }
            '\r' if bytes.get(rest) == Some(&b'\n') => continue,
            '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => "ends the line in some editors, but not here",
            _ => continue,
        };
        let span = Span::new(at as u32, (at + character.len_utf8()) as u32);
        let code = u32::from(character);
        let message = format!("a hidden character (U+{code:04X}) {why}");
        diagnostics.push(
            Diagnostic::new(codes::HIDDEN_CHARACTER, span, message)
                .help(format!("remove it; in a string, write it as `\\u{{{code:x}}}`")),
        );
        if diagnostics.len() >= crate::MAX_DIAGNOSTICS {
            return;
        }
    }
}
