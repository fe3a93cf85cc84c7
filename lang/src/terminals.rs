//! The tokens of an item as the grammar of the reference names them, for whoever compares that page with the parser.

use crate::Span;
use crate::item;
use crate::tokens::Token;

/// What a token is to the grammar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TerminalKind {
    /// A keyword or a mark, which is spelled as the grammar says.
    Fixed,
    /// A name, in backquotes or not.
    Name,
    /// `42`
    Int,
    /// `1.5`
    Decimal,
    /// `8h30m`
    Duration,
    /// A string, raw or not.
    Text,
    /// `ip"10.0.0.1"`
    Tagged,
    /// Text that is no token.
    Bad,
}

/// A token, after words were told from names and brackets were matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terminal {
    /// What it is.
    pub kind: TerminalKind,
    /// Counted from the start of the item; empty for a bracket that was put in.
    pub span: Span,
}

/// The tokens of one item, as [`crate::split`] cut it out.
pub fn terminals(text: &str) -> Vec<Terminal> {
    let terminal = |lexeme: &crate::tokens::Lexeme| Terminal {
        kind: kind(lexeme.token),
        span: Span::new(lexeme.start, lexeme.end),
    };
    item::lexemes(text).iter().map(terminal).collect()
}

fn kind(token: Token) -> TerminalKind {
    match token {
        Token::Name | Token::QuotedName => TerminalKind::Name,
        Token::Int => TerminalKind::Int,
        Token::Decimal => TerminalKind::Decimal,
        Token::Duration => TerminalKind::Duration,
        Token::Str | Token::RawStr => TerminalKind::Text,
        Token::Tagged => TerminalKind::Tagged,
        Token::Doc
        | Token::Comment
        | Token::OpenStr
        | Token::UnknownTagged
        | Token::BadNumber
        | Token::WrongQuotes
        | Token::BlockComment
        | Token::Unknown
        | Token::Bad => TerminalKind::Bad,
        _ => TerminalKind::Fixed,
    }
}
