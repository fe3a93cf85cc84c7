//! The tokens of an item, and the comments between them.

use crate::lexer::lex;
use crate::tokens::{Lexeme, Token};

/// A comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comment<'a> {
    /// From the slashes to the last visible character.
    pub text: &'a str,
    /// Whether it stands first on its line.
    pub own_line: bool,
    /// Whether a blank line stands above it.
    pub blank_before: bool,
}

/// An item's text, taken apart.
#[derive(Debug)]
pub struct Source<'a> {
    text: &'a str,
    lexemes: Vec<Lexeme>,
    comments: Vec<Comment<'a>>,
    /// For each token, how many comments stand before it.
    comments_before: Vec<usize>,
    /// For each token, whether a blank line stands directly above it.
    blank_before: Vec<bool>,
}

impl<'a> Source<'a> {
    /// Takes an item apart.
    pub fn new(text: &'a str) -> Self {
        let lexemes = lex(text).lexemes;
        let mut comments = Vec::new();
        let mut comments_before = Vec::with_capacity(lexemes.len());
        let mut blank_before = Vec::with_capacity(lexemes.len());
        let mut end = 0;
        for lexeme in &lexemes {
            let gap = text.get(end..lexeme.start as usize).unwrap_or_default();
            let blank = if gap.bytes().any(|byte| byte == b'\n' || byte == b'/') {
                read_gap(gap, end == 0, &mut comments)
            } else {
                false
            };
            comments_before.push(comments.len());
            blank_before.push(blank);
            end = lexeme.end as usize;
        }
        Source { text, lexemes, comments, comments_before, blank_before }
    }

    /// All comments, in order.
    pub fn comments(&self) -> Vec<&'a str> {
        self.comments.iter().map(|comment| comment.text).collect()
    }

    /// The comment with this number.
    pub fn comment(&self, number: usize) -> Option<Comment<'a>> {
        self.comments.get(number).copied()
    }

    /// How many comments stand before the token with this number.
    pub fn comments_before(&self, index: usize) -> usize {
        self.comments_before.get(index).copied().unwrap_or(self.comments.len())
    }

    /// Whether a blank line stands directly above the token with this number.
    pub fn blank_before(&self, index: usize) -> bool {
        self.blank_before.get(index).copied().unwrap_or(false)
    }

    /// The kind of the token with this number.
    pub fn token(&self, index: usize) -> Option<Token> {
        self.lexemes.get(index).map(|lexeme| lexeme.token)
    }

    /// Where the token with this number starts; the end of the text behind the last.
    pub fn start(&self, index: usize) -> u32 {
        self.lexemes.get(index).map_or(self.text.len() as u32, |lexeme| lexeme.start)
    }

    /// The text of the token with this number.
    pub fn slice(&self, index: usize) -> &'a str {
        self.lexemes
            .get(index)
            .and_then(|lexeme| self.text.get(lexeme.start as usize..lexeme.end as usize))
            .unwrap_or_default()
    }

    /// The number of the first token that starts at `offset` or behind it.
    pub fn index_at(&self, offset: u32) -> usize {
        self.lexemes.partition_point(|lexeme| lexeme.start < offset)
    }
}

/// Reads what stands between two tokens: adds its comments, and says whether it ends with a blank line. `at_start` says
/// that nothing stands before it on its first line.
pub fn read_gap<'a>(gap: &'a str, at_start: bool, comments: &mut Vec<Comment<'a>>) -> bool {
    let mut blank = false;
    let mut lines = gap.split('\n').enumerate().peekable();
    while let Some((nth, line)) = lines.next() {
        let line = line.trim();
        let starts_line = nth > 0 || at_start;
        if !line.is_empty() {
            comments.push(Comment { text: line, own_line: starts_line, blank_before: blank });
            blank = false;
        } else if starts_line && lines.peek().is_some() {
            blank = true;
        }
    }
    blank
}
