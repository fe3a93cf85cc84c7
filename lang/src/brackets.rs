//! Makes brackets match, so that everything after this file may rely on it.
//!
//! Layout is free, so a text whose brackets match is never judged by its layout. Only where they do not match, a word
//! that starts a declaration at the very start of a line is taken to mean what it looks like, and closes whatever is
//! still open. One forgotten brace thus costs one declaration and not the rest of the file.

use crate::codes;
use crate::lexer::at_line_start;
use crate::tokens::{Lexeme, Token};
use crate::words::is_name_by_neighbours;
use crate::{Diagnostic, Edit, Span};

/// More complaints about brackets than this in one item help nobody.
const MOST_REPORTS: usize = 3;

/// Whether every bracket is closed by its own kind, in order.
pub fn balanced(lexemes: &[Lexeme]) -> bool {
    let mut open = Vec::new();
    for lexeme in lexemes {
        if let Some(closer) = lexeme.token.closer() {
            open.push(closer);
        } else if lexeme.token.closes() && open.pop() != Some(lexeme.token) {
            return false;
        }
    }
    open.is_empty()
}

/// The brackets open at one place of a text.
#[derive(Debug, Default)]
pub struct OpenBrackets {
    open: Vec<OpenBracket>,
    /// How many of `open` wait for `)`, `]` and `}`: a look-up instead of a search, or a hostile text takes quadratic
    /// time.
    waiting: [u32; 3],
}

/// A bracket that is still open.
#[derive(Clone, Copy, Debug)]
pub struct OpenBracket {
    /// What will close it.
    pub closer: Token,
    /// Where it was opened.
    pub start: u32,
}

fn kind(closer: Token) -> usize {
    match closer {
        Token::CloseParen => 0,
        Token::CloseBracket => 1,
        _ => 2,
    }
}

impl OpenBrackets {
    /// How many are open.
    pub fn depth(&self) -> usize {
        self.open.len()
    }

    /// Notes an opening bracket, which `closer` will close.
    pub fn open(&mut self, closer: Token, start: u32) {
        self.open.push(OpenBracket { closer, start });
        self.waiting[kind(closer)] += 1;
    }

    /// Closes the innermost bracket.
    pub fn pop(&mut self) -> Option<OpenBracket> {
        let last = self.open.pop()?;
        self.waiting[kind(last.closer)] -= 1;
        Some(last)
    }

    /// What `closer` does here.
    pub fn effect_of(&self, closer: Token) -> Closing {
        if self.waiting[kind(closer)] > 0 {
            Closing::ItsOwn
        } else if self.open.is_empty() {
            Closing::Nothing
        } else {
            Closing::Another
        }
    }
}

/// What a closing bracket closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closing {
    /// The innermost bracket of its kind, and what is open inside of that.
    ItsOwn,
    /// The innermost bracket, which is of another kind: nothing of its own kind is open.
    Another,
    /// Nothing.
    Nothing,
}

/// Whether the lexeme at `index` says, in a text whose brackets do not match, that a new declaration starts here.
pub fn starts_afresh(text: &str, lexemes: &[Lexeme], index: usize) -> bool {
    let lexeme = lexemes[index];
    let starts = lexeme.token.starts_item() || lexeme.token.modifies_item() || lexeme.token == Token::AtSign;
    starts && at_line_start(text, lexeme.start) && !is_name_by_neighbours(text, lexemes, index)
}

/// The lexemes of one item with brackets that match: stray ones left out, missing ones put in, with a report for the
/// first few. `quiet` when a string swallowed the rest of its line: then brackets are missing for that reason.
pub fn repair(
    text: &str,
    lexemes: Vec<Lexeme>,
    quiet: bool,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Lexeme> {
    if balanced(&lexemes) {
        return lexemes;
    }
    let mut repaired = Vec::with_capacity(lexemes.len() + 8);
    let mut stack = OpenBrackets::default();
    let mut reports = if quiet { MOST_REPORTS } else { 0 };
    let mut report = |diagnostic: Diagnostic| {
        if reports < MOST_REPORTS {
            diagnostics.push(diagnostic);
        }
        reports += 1;
    };
    let mut end = 0;
    for (index, &lexeme) in lexemes.iter().enumerate() {
        if starts_afresh(text, &lexemes, index) {
            while let Some(bracket) = stack.pop() {
                report(unclosed(text, bracket));
                repaired.push(Lexeme { token: bracket.closer, start: end, end });
            }
        }
        if let Some(closer) = lexeme.token.closer() {
            stack.open(closer, lexeme.start);
        } else if lexeme.token.closes() {
            match stack.effect_of(lexeme.token) {
                Closing::Nothing => {
                    report(stray(text, lexeme));
                    continue;
                }
                Closing::Another => {
                    if let Some(bracket) = stack.pop() {
                        report(mistaken(text, lexeme, bracket));
                        repaired.push(Lexeme { token: bracket.closer, ..lexeme });
                    }
                    end = lexeme.end;
                    continue;
                }
                Closing::ItsOwn => {}
            }
            while let Some(bracket) = stack.pop() {
                if bracket.closer == lexeme.token {
                    break;
                }
                report(unclosed(text, bracket).also(span(lexeme), "this closes a bracket further out"));
                repaired.push(Lexeme { token: bracket.closer, start: end, end });
            }
        }
        end = lexeme.end;
        repaired.push(lexeme);
    }
    while let Some(bracket) = stack.pop() {
        report(unclosed(text, bracket));
        repaired.push(Lexeme { token: bracket.closer, start: end, end });
    }
    repaired
}

fn span(lexeme: Lexeme) -> Span {
    Span::new(lexeme.start, lexeme.end)
}

fn unclosed(text: &str, bracket: OpenBracket) -> Diagnostic {
    let place = Span::new(bracket.start, bracket.start + 1);
    let opener = &text[place.start as usize..place.end as usize];
    let closer = spelling(bracket.closer);
    Diagnostic::new(codes::UNCLOSED_BRACKET, place, format!("this `{opener}` is never closed"))
        .label(format!("needs a `{closer}`"))
}

fn mistaken(text: &str, lexeme: Lexeme, bracket: OpenBracket) -> Diagnostic {
    let place = Span::new(bracket.start, bracket.start + 1);
    let opener = &text[place.start as usize..place.end as usize];
    let found = &text[lexeme.start as usize..lexeme.end as usize];
    let closer = spelling(bracket.closer);
    let edit = Edit { start: lexeme.start, end: lexeme.end, text: closer.into() };
    Diagnostic::new(
        codes::UNCLOSED_BRACKET,
        span(lexeme),
        format!("a `{opener}` is not closed by a `{found}`"),
    )
    .also(place, "opened here")
    .fix(format!("write `{closer}`"), vec![edit], false)
}

fn spelling(closer: Token) -> &'static str {
    match closer {
        Token::CloseParen => ")",
        Token::CloseBracket => "]",
        _ => "}",
    }
}

fn stray(text: &str, lexeme: Lexeme) -> Diagnostic {
    let closer = &text[lexeme.start as usize..lexeme.end as usize];
    Diagnostic::new(codes::STRAY_BRACKET, span(lexeme), format!("this `{closer}` closes nothing"))
        .help(format!("remove the `{closer}`, or open a bracket before it"))
}
