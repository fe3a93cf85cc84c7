//! Copies the tokens of an item into a [`Layout`], with the comments between them.

use super::layout::Layout;
use super::source::Source;
use super::spacing::apart;
use crate::tokens::Token;

/// Reads tokens in order and lays them out.
#[derive(Debug)]
pub struct Writer<'s, 'a> {
    source: &'s Source<'a>,
    layout: Layout<'a>,
    /// The next token.
    index: usize,
    /// The next comment.
    comment: usize,
    /// What is due before the next token.
    separator: Separator,
    /// The token before.
    previous: Option<Token>,
}

/// What comes between a token and the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Separator {
    /// What [`apart`] says.
    Usual,
    /// Nothing, or what the layout has already.
    Given,
}

impl<'s, 'a> Writer<'s, 'a> {
    /// Starts with the first token.
    pub fn new(source: &'s Source<'a>) -> Self {
        Writer {
            source,
            layout: Layout::default(),
            index: 0,
            comment: 0,
            separator: Separator::Given,
            previous: None,
        }
    }

    /// The text, with at most `width` columns behind the indentation where that can be done.
    pub fn print(mut self, width: usize) -> String {
        self.until(u32::MAX);
        self.comments();
        self.layout.print(width)
    }

    // Tokens.

    /// The kind of the next token.
    pub fn peek(&self) -> Option<Token> {
        self.source.token(self.index)
    }

    /// Whether the next token has this kind and starts before `end`.
    pub fn at(&self, token: Token, end: u32) -> bool {
        self.peek() == Some(token) && self.is_before(end)
    }

    /// Copies the next token.
    pub fn token(&mut self) {
        let text = self.source.slice(self.index);
        self.token_as(text);
    }

    /// Copies the next token in another spelling.
    pub fn token_as(&mut self, text: &'a str) {
        let Some(token) = self.peek() else { return };
        let commented = self.comments();
        if self.separator == Separator::Usual
            && !commented
            && self.previous.is_some_and(|previous| apart(previous, token))
        {
            self.layout.space();
        }
        let text = if token == Token::QuotedName { without_backquotes(text) } else { text };
        self.layout.text(text);
        self.previous = Some(token);
        self.separator = Separator::Usual;
        self.index += 1;
    }

    /// Copies all tokens that start before `end`.
    pub fn until(&mut self, end: u32) {
        while self.is_before(end) {
            self.token();
        }
    }

    /// Whether there is a next token and it starts before `end`.
    pub fn is_before(&self, end: u32) -> bool {
        self.peek().is_some() && self.source.start(self.index) < end
    }

    /// Copies all tokens that start before the keyword that introduces what starts at `offset`, parentheses passed over.
    pub fn until_word_before(&mut self, offset: u32) {
        let mut word = self.source.index_at(offset).saturating_sub(1);
        while word > self.index && self.source.token(word) == Some(Token::OpenParen) {
            word -= 1;
        }
        self.until(self.source.start(word));
    }

    /// Leaves the next token out; comments before it stay.
    pub fn skip(&mut self) {
        self.index += 1;
    }

    /// Writes a text that is not in the source, such as a comma.
    pub fn insert(&mut self, text: &'a str) {
        self.layout.text(text);
    }

    /// Writes an opening parenthesis that is not in the source.
    pub fn insert_open(&mut self) {
        let commented = self.comments();
        if self.separator == Separator::Usual
            && !commented
            && self.previous.is_some_and(|previous| apart(previous, Token::OpenParen))
        {
            self.layout.space();
        }
        self.layout.text("(");
        self.separator = Separator::Given;
    }

    /// No blank before the next token.
    pub fn glue(&mut self) {
        self.separator = Separator::Given;
    }

    /// A blank before the next token.
    pub fn space(&mut self) {
        self.layout.space();
        self.separator = Separator::Given;
    }

    /// Writes the closing parenthesis to it.
    pub fn insert_close(&mut self) {
        self.layout.text(")");
        self.separator = Separator::Usual;
    }

    // Lines.

    /// A line end if the group around is broken, else a blank.
    pub fn line(&mut self) {
        self.trailing_comment();
        self.layout.line();
        self.separator = Separator::Given;
    }

    /// A line end if the group around is broken, else nothing.
    pub fn soft_line(&mut self) {
        self.trailing_comment();
        self.layout.soft_line();
        self.separator = Separator::Given;
    }

    /// A line end if what follows does not fit, else a blank.
    pub fn fill(&mut self) {
        self.trailing_comment();
        self.layout.fill();
        self.separator = Separator::Given;
    }

    /// A line end.
    pub fn hard_line(&mut self) {
        self.trailing_comment();
        self.layout.hard_line();
        self.separator = Separator::Given;
    }

    /// A line end, and the comments above the next token with the blank lines around them; `first` leaves out a blank
    /// line above all.
    pub fn next_line(&mut self, first: bool) {
        self.hard_line();
        let mut first = first;
        while self.comment < self.source.comments_before(self.index) {
            let Some(comment) = self.source.comment(self.comment) else { break };
            if comment.blank_before && !first {
                self.layout.blank();
            }
            first = false;
            self.layout.comment(comment.text, true);
            self.comment += 1;
        }
        if self.source.blank_before(self.index) && !first {
            self.layout.blank();
        }
    }

    /// As [`Writer::next_line`] before a closing bracket: without a blank line at the end.
    pub fn last_comments(&mut self) {
        self.trailing_comment();
        while self.comment < self.source.comments_before(self.index) {
            let Some(comment) = self.source.comment(self.comment) else { break };
            if comment.blank_before {
                self.layout.hard_line();
                self.layout.blank();
            }
            self.layout.comment(comment.text, true);
            self.comment += 1;
        }
    }

    /// Text for broken groups only.
    pub fn if_broken(&mut self, text: &'a str) {
        self.layout.if_broken(text);
    }

    /// Begins a group.
    pub fn open(&mut self) {
        if self.comments() {
            self.separator = Separator::Given;
        }
        self.layout.open();
    }

    /// Ends a group.
    pub fn close(&mut self) {
        self.layout.close();
    }

    /// One level further in.
    pub fn indent(&mut self) {
        self.layout.indent();
    }

    /// One level back.
    pub fn dedent(&mut self) {
        self.layout.dedent();
    }

    // Comments.

    /// Whether a comment stands between the token before and the next.
    pub fn has_comment(&self) -> bool {
        self.comment < self.source.comments_before(self.index)
    }

    /// Whether a comment stands somewhere behind the next token.
    pub fn has_comment_before_end(&self) -> bool {
        self.source.comment(self.source.comments_before(self.index)).is_some()
    }

    /// Whether a comment stands behind the next token.
    pub fn has_comment_behind_next(&self) -> bool {
        self.source.comments_before(self.index + 1) > self.source.comments_before(self.index)
    }

    /// Writes the comments before the next token, and says whether there were any.
    fn comments(&mut self) -> bool {
        let first = self.comment;
        while self.comment < self.source.comments_before(self.index) {
            let Some(comment) = self.source.comment(self.comment) else { break };
            self.layout.comment(comment.text, comment.own_line || self.comment > first);
            self.comment += 1;
        }
        self.comment > first
    }

    /// Writes the comment behind the token before, if the next thing is one.
    fn trailing_comment(&mut self) {
        if let Some(comment) = self.source.comment(self.comment)
            && self.has_comment()
            && !comment.own_line
        {
            self.layout.comment(comment.text, false);
            self.comment += 1;
        }
    }
}

/// A quoted name as a plain one, if it is one wherever it stands.
fn without_backquotes(quoted: &str) -> &str {
    let name = quoted.trim_matches('`');
    let mut lexer = <Token as logos::Logos>::lexer(name);
    match lexer.next() {
        Some(Ok(Token::Name)) if lexer.remainder().is_empty() => name,
        _ => quoted,
    }
}
