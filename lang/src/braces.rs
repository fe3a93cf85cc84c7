//! Conditions in braces, as other policy languages write them: `when { r.open }`.
//!
//! Braces that hold no record are taken for parentheses, so that the condition is read and the slip is said once.

use crate::tokens::{Lexeme, Token};
use crate::words::is_name_by_neighbours;
use crate::{Diagnostic, Edit, Span, codes};

/// More of them in one item are not reported one by one.
const MOST_REPORTS: usize = 10;

/// Reports conditions in braces and makes parentheses of their braces.
pub fn report(text: &str, lexemes: &mut [Lexeme], diagnostics: &mut Vec<Diagnostic>) {
    let mut reports = 0;
    for at in 0..lexemes.len() {
        let is_clause = matches!(lexemes[at].token, Token::When | Token::Unless);
        if !is_clause || is_name_by_neighbours(text, lexemes, at) {
            continue;
        }
        let open = at + 1;
        let Some(close) = end_of_condition(lexemes, open) else { continue };
        reports += 1;
        if reports <= MOST_REPORTS {
            diagnostics.push(diagnostic(text, lexemes, open, close));
        }
        lexemes[open].token = Token::OpenParen;
        lexemes[close].token = Token::CloseParen;
    }
}

/// The brace that closes the one at `open`, if there is one and a single condition stands between them.
fn end_of_condition(lexemes: &[Lexeme], open: usize) -> Option<usize> {
    let token = |at: usize| lexemes.get(at).map(|lexeme| lexeme.token);
    if token(open) != Some(Token::OpenBrace) {
        return None;
    }
    let is_record = matches!(token(open + 1), Some(Token::CloseBrace))
        || matches!(token(open + 2), Some(Token::Colon | Token::Question));
    if is_record {
        return None;
    }
    let mut expected = Vec::new();
    for (at, lexeme) in lexemes.iter().enumerate().skip(open) {
        let token = lexeme.token;
        if let Some(closer) = token.closer() {
            expected.push(closer);
        } else if token.closes() {
            if expected.pop() != Some(token) {
                return None;
            }
            if expected.is_empty() {
                return Some(at);
            }
        } else if token.starts_clause() || (expected.len() == 1 && token == Token::Comma) {
            // What stands there is no condition, or the brace is closed in another place than was meant.
            return None;
        }
    }
    None
}

fn diagnostic(text: &str, lexemes: &[Lexeme], open: usize, close: usize) -> Diagnostic {
    let (first, last) = (lexemes[open], lexemes[close]);
    let diagnostic =
        Diagnostic::new(codes::FOREIGN_WORD, Span::new(first.start, first.end), "conditions have no braces")
            .also(Span::new(last.start, last.end), "closed here");
    // Behind anything but a clause, the braces hold together what precedence would part.
    let ends = lexemes.get(close + 1).is_none_or(|next| {
        next.token.starts_clause()
            || next.token.starts_item()
            || matches!(next.token, Token::AtSign | Token::CloseBrace)
    });
    if !ends {
        let parenthesis = |at: Lexeme, text: &str| Edit { start: at.start, end: at.end, text: text.into() };
        let edits = vec![parenthesis(first, "("), parenthesis(last, ")")];
        return diagnostic.fix("write parentheses", edits, false);
    }
    let between = |start: u32, end: u32| text.get(start as usize..end as usize).unwrap_or_default();
    let (next, before) = (lexemes[open + 1], lexemes[close - 1]);
    let is_blank = |start: u32, end: u32| between(start, end).trim().is_empty();
    let whole = is_blank(first.end, next.start) && is_blank(before.end, last.start);
    let (from, to) = if whole { (next.start, before.end) } else { (first.end, last.start) };
    // Words that the braces parted stay apart.
    let touches = |rest: &str| !rest.starts_with(char::is_whitespace) && !rest.is_empty();
    let behind = text.get(last.end as usize..).unwrap_or_default();
    let in_front = text.get(..first.start as usize).unwrap_or_default();
    let gap = |needed: bool| if needed { " " } else { "" };
    let edits = vec![
        Edit { start: first.start, end: from, text: gap(!in_front.ends_with(char::is_whitespace)).into() },
        Edit { start: to, end: last.end, text: gap(touches(behind)).into() },
    ];
    diagnostic.fix("write the condition without braces", edits, whole)
}
