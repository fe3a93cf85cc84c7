//! Cuts off what is nested too deeply before the grammar sees it.
//!
//! The parser's stack grows with everything that is open: brackets, `if`s, `not`s, `??`s and the `<` of types. Its
//! recovery from errors takes time proportional to that stack for each token that it drops, so the stack must be
//! short whatever the text is. The count here is an upper bound that is made from the tokens alone; the height of the tree is checked
//! again, exactly, where expressions are built.

use crate::codes;
use crate::tokens::{Lexeme, Token};
use crate::{Diagnostic, MAX_DEPTH, Span};

/// What is open inside one pair of brackets.
#[derive(Clone, Copy, Default)]
struct Level {
    /// `if` and `??`, which stay open to the right.
    rightward: u32,
    /// `not`, `!` and `-` directly in a row.
    prefixes: u32,
    /// `Set<` and its like.
    angles: u32,
}

impl Level {
    fn open(self) -> u32 {
        self.rightward + self.prefixes + self.angles
    }

    fn see(&mut self, token: Token, previous: Option<Token>) {
        use Token::*;
        if !matches!(token, Not | Bang | Minus) {
            self.prefixes = 0;
        }
        match token {
            If | QuestionQuestion => self.rightward += 1,
            Not | Bang | Minus => self.prefixes += 1,
            Less if matches!(previous, Option::Some(Name | QuotedName)) => self.angles += 1,
            Greater | GreaterEqual => self.angles = self.angles.saturating_sub(1),
            Comma | Colon => self.rightward = 0,
            Let | Expect | Equal => *self = Level::default(),
            _ if token.starts_clause() => *self = Level::default(),
            // What no type contains ends the types before it: that `<` was a comparison.
            And | Or | AndAnd | OrOr | Then | Else | Int | Decimal | Duration | Dot | QuestionDot => {
                self.angles = 0
            }
            _ => {}
        }
    }
}

/// The lexemes of one item, whose brackets match, with whatever is too deep replaced by one [`Token::Bad`], reported
/// once.
pub fn cut(lexemes: Vec<Lexeme>, diagnostics: &mut Vec<Diagnostic>) -> Vec<Lexeme> {
    let limit = u32::from(MAX_DEPTH);
    let mut kept = Vec::with_capacity(lexemes.len());
    let mut outer: Vec<Level> = Vec::new();
    let mut outer_open = 0u32;
    let mut level = Level::default();
    // While cutting: how many brackets are open inside the level that is being cut.
    let mut cutting: Option<u32> = None;
    let mut reported = false;
    let mut previous = None;
    for lexeme in lexemes {
        let token = lexeme.token;
        if let Some(inside) = cutting {
            if token.closer().is_some() {
                cutting = Some(inside + 1);
                continue;
            }
            let ends = if token.closes() { inside == 0 } else { inside == 0 && token.starts_clause() };
            if !ends {
                if token.closes() {
                    cutting = Some(inside - 1);
                }
                continue;
            }
            cutting = None;
            level = Level::default();
        }
        level.see(token, previous);
        previous = Some(token);
        let opens = u32::from(token.closer().is_some());
        if outer.len() as u32 + outer_open + level.open() + opens > limit {
            if !reported {
                reported = true;
                diagnostics.push(too_deep(Span::new(lexeme.start, lexeme.end)));
            }
            kept.push(Lexeme { token: Token::Bad, ..lexeme });
            cutting = Some(opens);
            continue;
        }
        if opens == 1 {
            outer_open += level.open();
            outer.push(level);
            level = Level::default();
        } else if token.closes() {
            level = outer.pop().unwrap_or_default();
            outer_open -= level.open();
        }
        kept.push(lexeme);
    }
    kept
}

/// The report for what is nested too deeply.
pub fn too_deep(span: Span) -> Diagnostic {
    Diagnostic::new(codes::NESTED_TOO_DEEPLY, span, "this is nested too deeply")
        .label(format!("more than {MAX_DEPTH} levels"))
        .help("move parts of it into a `fn`")
}
