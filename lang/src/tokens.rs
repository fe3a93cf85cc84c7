//! The kinds of token, and what is known about each from the kind alone.
//!
//! Every word of the language has a kind of its own here; [`crate::words`] decides later, from the tokens around it,
//! where such a word is only a name.

use logos::{Lexer, Logos};

/// One kind of token. The text is always looked up in the source, so that a token is a kind and a span.
#[derive(Logos, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[logos(skip r"[ \t\r\n]+")]
pub enum Token {
    // Words that start a declaration.
    #[token("module")]
    Module,
    #[token("use")]
    Use,
    #[token("entity")]
    Entity,
    #[token("external")]
    External,
    #[token("enum")]
    Enum,
    #[token("ordered")]
    Ordered,
    #[token("type")]
    Type,
    #[token("action")]
    Action,
    #[token("param")]
    Param,
    #[token("const")]
    Const,
    #[token("fn")]
    Fn,
    #[token("allow")]
    Allow,
    #[token("deny")]
    Deny,
    #[token("trial")]
    Trial,
    #[token("grant")]
    Grant,
    #[token("obligation")]
    Obligation,
    #[token("test")]
    Test,
    #[token("prove")]
    Prove,

    // Words inside declarations.
    #[token("as")]
    As,
    #[token("to")]
    To,
    #[token("on")]
    On,
    #[token("by")]
    By,
    #[token("with")]
    With,
    #[token("includes")]
    Includes,
    #[token("when")]
    When,
    #[token("unless")]
    Unless,
    #[token("because")]
    Because,
    #[token("oblige")]
    Oblige,
    #[token("error")]
    Error,
    #[token("skip")]
    Skip,
    #[token("for")]
    For,
    #[token("at")]
    At,
    #[token("most")]
    Most,
    #[token("data")]
    Data,
    #[token("let")]
    Let,
    #[token("expect")]
    Expect,
    #[token("until")]
    Until,
    #[token("never")]
    Never,
    #[token("always")]
    Always,
    /// The three words `on error skip`; made by [`crate::words`], never by the lexer.
    OnErrorSkip,

    // Words of expressions.
    #[token("and")]
    And,
    #[token("or")]
    Or,
    #[token("not")]
    Not,
    #[token("if")]
    If,
    #[token("then")]
    Then,
    #[token("else")]
    Else,
    #[token("in")]
    In,
    #[token("is")]
    Is,
    #[token("some")]
    Some,
    #[token("has")]
    Has,
    #[token("like")]
    Like,
    #[token("matches")]
    Matches,
    #[token("any")]
    Any,
    #[token("all")]
    All,
    #[token("true")]
    True,
    #[token("false")]
    False,

    // Marks.
    #[token("&&")]
    AndAnd,
    #[token("||")]
    OrOr,
    #[token("!")]
    Bang,
    #[token("==")]
    EqualEqual,
    #[token("!=")]
    NotEqual,
    #[token("<")]
    Less,
    #[token("<=")]
    LessEqual,
    #[token(">")]
    Greater,
    #[token(">=")]
    GreaterEqual,
    #[token("+")]
    Plus,
    #[token("-")]
    Minus,
    #[token("*")]
    Star,
    #[token("=")]
    Equal,
    #[token("->")]
    Arrow,
    #[token(".")]
    Dot,
    #[token("?.")]
    QuestionDot,
    #[token("??")]
    QuestionQuestion,
    #[token("?")]
    Question,
    #[token(":")]
    Colon,
    #[token("::")]
    ColonColon,
    #[token(",")]
    Comma,
    #[token("|")]
    Bar,
    #[token("@")]
    AtSign,
    #[token("(")]
    OpenParen,
    #[token(")")]
    CloseParen,
    #[token("[")]
    OpenBracket,
    #[token("]")]
    CloseBracket,
    #[token("{")]
    OpenBrace,
    #[token("}")]
    CloseBrace,

    // Names and literals.
    #[regex(r"[A-Za-z_][A-Za-z0-9_]*", priority = 2)]
    Name,
    #[regex(r"`[^`\r\n]+`")]
    QuotedName,
    #[regex(r"[0-9]+", priority = 5)]
    Int,
    #[regex(r"[0-9]+\.[0-9]+", priority = 6)]
    Decimal,
    #[regex(r"([0-9]+(d|h|m|s|ms))+", priority = 8)]
    Duration,
    #[regex(r#""([^"\\\r\n]|\\[^\r\n])*""#)]
    Str,
    #[regex(r##"r#*""##, raw_string, priority = 20)]
    RawStr,
    #[regex(r#"(ip|cidr|time|zone)"([^"\\\r\n]|\\[^\r\n])*""#, priority = 20)]
    Tagged,

    // Comments. Only those that document something reach the parser, beside the tokens.
    #[regex(r"///([^/\n][^\n]*)?", allow_greedy = true, priority = 30)]
    Doc,
    #[regex(r"//[^\n]*", allow_greedy = true, priority = 10)]
    Comment,

    // What looks like a token and is not. Each is reported where the file is lexed and then stands for what it
    // resembles, so that one slip is one message.
    /// A string without its closing quote, up to the end of the line.
    #[regex(r#""([^"\\\r\n]|\\[^\r\n])*\\?"#, priority = 1)]
    OpenStr,
    /// `x"..."` with an unknown word before the quote.
    #[regex(r#"([A-Za-qs-z_][A-Za-z0-9_]*|r[A-Za-z0-9_]+)"([^"\\\r\n]|\\[^\r\n])*"?"#, priority = 3)]
    UnknownTagged,
    /// Digits and letters that are neither a number nor a duration.
    #[regex(r"[0-9][0-9A-Za-z_]*[A-Za-z_][0-9A-Za-z_]*", priority = 4)]
    BadNumber,
    /// A string between typographic or single quotes.
    #[regex("[“”„][^“”\"\r\n]*[“”\"]")]
    #[regex(r"'[^'\r\n]*'")]
    WrongQuotes,
    /// A comment as other languages have it.
    #[token("/*", block_comment)]
    BlockComment,
    /// A character that no token starts with.
    Unknown,
    /// Text that was reported already.
    Bad,
}

/// Reads a raw string from behind `r##"`: up to a quote followed by as many `#`, on the same line.
fn raw_string(lexer: &mut Lexer<'_, Token>) -> Token {
    let hashes = lexer.slice().len() - 2;
    let rest = lexer.remainder();
    let line = rest.split('\n').next().unwrap_or(rest);
    let line = line.strip_suffix('\r').unwrap_or(line);
    let mut from = 0;
    while let Some(quote) = line[from..].find('"') {
        let after = &line[from + quote + 1..];
        let closing = after.bytes().take(hashes).take_while(|&byte| byte == b'#').count();
        if closing == hashes {
            lexer.bump(from + quote + 1 + hashes);
            return Token::RawStr;
        }
        from += quote + 1;
    }
    lexer.bump(line.len());
    Token::OpenStr
}

/// Reads a comment from behind `/*` to its end, if it has one.
fn block_comment(lexer: &mut Lexer<'_, Token>) {
    if let Some(end) = lexer.remainder().find("*/") {
        lexer.bump(end + 2);
    }
}

impl Token {
    /// Whether it can be the first word of a declaration, annotations and `trial`, `external`, `ordered` apart.
    pub fn starts_item(self) -> bool {
        use Token::*;
        matches!(
            self,
            Module
                | Use
                | Entity
                | Enum
                | Type
                | Action
                | Param
                | Const
                | Fn
                | Allow
                | Deny
                | Grant
                | Obligation
                | Test
                | Prove
        )
    }

    /// Whether it may stand before the first word of a declaration.
    pub fn modifies_item(self) -> bool {
        matches!(self, Token::Trial | Token::External | Token::Ordered)
    }

    /// Whether it starts a clause of a policy.
    pub fn starts_clause(self) -> bool {
        matches!(self, Token::When | Token::Unless | Token::Because | Token::Oblige | Token::OnErrorSkip)
    }

    /// The bracket that closes this one.
    pub fn closer(self) -> Option<Token> {
        match self {
            Token::OpenParen => Option::Some(Token::CloseParen),
            Token::OpenBracket => Option::Some(Token::CloseBracket),
            Token::OpenBrace => Option::Some(Token::CloseBrace),
            _ => None,
        }
    }

    /// Whether it closes a bracket.
    pub fn closes(self) -> bool {
        matches!(self, Token::CloseParen | Token::CloseBracket | Token::CloseBrace)
    }

    /// Whether it is spelled with letters and means something to the grammar.
    pub fn is_keyword(self) -> bool {
        (self as u8) <= (Token::False as u8)
    }

    /// Whether it is a word that nothing but a name context frees from its meaning.
    pub fn is_reserved(self) -> bool {
        use Token::*;
        matches!(
            self,
            Allow
                | Deny
                | To
                | When
                | Unless
                | Because
                | Oblige
                | And
                | Or
                | Not
                | If
                | Then
                | Else
                | In
                | Any
                | True
                | False
        )
    }

    /// Whether it can end an operand, a type or a pattern, so that a following `on`, `is` or the like is a keyword.
    pub fn ends_operand(self) -> bool {
        use Token::*;
        matches!(
            self,
            Name | QuotedName
                | Int
                | Decimal
                | Duration
                | Str
                | RawStr
                | Tagged
                | True
                | False
                | Any
                | Some
                | Skip
                | OnErrorSkip
                | CloseParen
                | CloseBracket
                | CloseBrace
                | Question
                | OpenStr
                | UnknownTagged
                | BadNumber
                | WrongQuotes
                | Unknown
                | Bad
        )
    }

    /// Whether an operand must follow.
    pub fn wants_operand(self) -> bool {
        use Token::*;
        matches!(
            self,
            When | Unless
                | And
                | Or
                | Not
                | If
                | Then
                | Else
                | In
                | AndAnd
                | OrOr
                | Bang
                | EqualEqual
                | NotEqual
                | Less
                | LessEqual
                | Greater
                | GreaterEqual
                | Plus
                | Minus
                | Equal
                | QuestionQuestion
                | Colon
        )
    }
}

/// A token with its place. Offsets count from the start of the text that was lexed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lexeme {
    /// Its kind.
    pub token: Token,
    /// First byte.
    pub start: u32,
    /// One past the last byte; equal to `start` for a bracket that was put in to balance the others.
    pub end: u32,
}
