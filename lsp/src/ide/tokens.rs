//! What each token is, for editors that colour by meaning.

use assize_compiler::db::SourceFile;
use assize_compiler::declarations::Def;
use assize_lang::{Span, TerminalKind, terminals};

use super::analysis::Analysis;
use super::meaning::{Meaning, Occurrence};
use super::names;

/// The kinds of token, in the order in which the protocol counts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TokenKind {
    /// A word of the language.
    Keyword,
    /// A mark between operands.
    Operator,
    /// A string, an id, or a literal in quotes.
    Text,
    /// A number or duration.
    Number,
    /// A comment.
    Comment,
    /// A module.
    Module,
    /// An entity type.
    Entity,
    /// An enum.
    Enum,
    /// A variant.
    Variant,
    /// A `type`, or a type of the language.
    Type,
    /// An action.
    Action,
    /// A param or const.
    Constant,
    /// A function, grant or obligation.
    Function,
    /// A built-in.
    Method,
    /// An attribute or field.
    Property,
    /// A name that the item gives.
    Parameter,
    /// `principal` and its like.
    Request,
    /// `@id`
    Annotation,
}

/// What else is to be known of a token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traits {
    /// It declares what it names.
    pub declares: bool,
    /// It belongs to the language or to the standard library.
    pub built_in: bool,
    /// It documents what follows.
    pub documents: bool,
}

/// A token with its meaning. It does not go beyond its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// In the file.
    pub span: Span,
    /// What it is.
    pub kind: TokenKind,
    /// What else.
    pub traits: Traits,
}

/// The tokens of a part of a file, in source order.
pub fn tokens(analysis: &Analysis, file: SourceFile, part: Span) -> Vec<Token> {
    let text = analysis.text(file).clone();
    let mut found: Vec<Token> = Vec::new();
    let mut end = 0;
    for item in analysis.items(file) {
        let start = item.start(&analysis.database);
        let own = item.text(&analysis.database);
        comments(&text, end, start, part, &mut found);
        end = start + own.len() as u32;
        if end < part.start || start > part.end {
            continue;
        }
        let named = names::of_item(analysis, *item);
        let mut here = 0;
        for terminal in terminals(own) {
            let span = terminal.span;
            comments(&text, start + here, start + span.start, part, &mut found);
            here = span.end.max(here);
            let word = own.get(span.start as usize..span.end as usize).unwrap_or_default();
            let meaning = named.iter().find(|it| it.span.start <= span.start && span.end <= it.span.end);
            if let Some((kind, traits)) = token(terminal.kind, word, span, meaning) {
                let span = Span::new(span.start + start, span.end + start);
                split_lines(&text, Token { span, kind, traits }, &mut found);
            }
        }
    }
    comments(&text, end, text.len() as u32, part, &mut found);
    found.retain(|token| token.span.end > part.start && token.span.start < part.end);
    found.sort_by_key(|token| token.span.start);
    found
}

fn token(
    kind: TerminalKind,
    word: &str,
    span: Span,
    meaning: Option<&Occurrence>,
) -> Option<(TokenKind, Traits)> {
    if let Some(named) = meaning.filter(|it| it.span == span || matches!(it.meaning, Meaning::Def(_))) {
        let traits = Traits { declares: named.declares, ..Traits::default() };
        if word == "::" {
            return None;
        }
        return Some(of_meaning(&named.meaning, traits));
    }
    let plain = |kind| Some((kind, Traits::default()));
    match kind {
        TerminalKind::Fixed if word.starts_with(|c: char| c.is_ascii_alphabetic()) => {
            plain(TokenKind::Keyword)
        }
        TerminalKind::Fixed
            if ["(", ")", "[", "]", "{", "}", ",", ".", ":", "::", "=", "@"].contains(&word) =>
        {
            None
        }
        TerminalKind::Fixed => plain(TokenKind::Operator),
        TerminalKind::Int | TerminalKind::Decimal | TerminalKind::Duration => plain(TokenKind::Number),
        TerminalKind::Text | TerminalKind::Tagged => plain(TokenKind::Text),
        TerminalKind::Name | TerminalKind::Bad => None,
    }
}

fn of_meaning(meaning: &Meaning, traits: Traits) -> (TokenKind, Traits) {
    let built_in = Traits { built_in: true, ..traits };
    match meaning {
        Meaning::Def(Def::EntityType(_)) => (TokenKind::Entity, traits),
        Meaning::Def(Def::Enum(_)) => (TokenKind::Enum, traits),
        Meaning::Def(Def::Alias(_)) => (TokenKind::Type, traits),
        Meaning::Def(Def::Action(_)) => (TokenKind::Action, traits),
        Meaning::Def(Def::Param(_) | Def::Const(_)) => (TokenKind::Constant, traits),
        Meaning::Def(Def::Function(_) | Def::Grant(_) | Def::Obligation(_)) => (TokenKind::Function, traits),
        Meaning::Def(Def::Module(_) | Def::Use(_)) => (TokenKind::Module, traits),
        Meaning::Attribute(..) | Meaning::Field(..) => (TokenKind::Property, traits),
        Meaning::Variant(..) => (TokenKind::Variant, traits),
        Meaning::Local(..) => (TokenKind::Parameter, traits),
        Meaning::Request(_) => (TokenKind::Request, built_in),
        Meaning::Builtin(_) | Meaning::Inherent(_) => (TokenKind::Method, built_in),
        Meaning::BuiltinType(_) => (TokenKind::Type, built_in),
        Meaning::Policy(_) | Meaning::Entity(..) => (TokenKind::Text, traits),
        Meaning::Annotation(_) => (TokenKind::Annotation, built_in),
    }
}

/// The comments between two offsets, between which stand nothing else.
fn comments(text: &str, from: u32, to: u32, part: Span, found: &mut Vec<Token>) {
    if to <= from || to < part.start || from > part.end {
        return;
    }
    let gap = text.get(from as usize..to as usize).unwrap_or_default();
    let mut line_start = from as usize;
    for line in gap.split('\n') {
        if let Some(at) = line.find("//") {
            let start = line_start + at;
            let comment = line.get(at..).unwrap_or_default().trim_end();
            let traits = Traits { documents: comment.starts_with("///"), ..Traits::default() };
            let span = Span::new(start as u32, (start + comment.len()) as u32);
            found.push(Token { span, kind: TokenKind::Comment, traits });
        }
        line_start += line.len() + 1;
    }
}

/// A string may go over several lines; a token of the protocol may not.
fn split_lines(text: &str, token: Token, found: &mut Vec<Token>) {
    let own = text.get(token.span.start as usize..token.span.end as usize).unwrap_or_default();
    let mut start = token.span.start;
    for line in own.split('\n') {
        let end = start + line.trim_end_matches('\r').len() as u32;
        if end > start {
            found.push(Token { span: Span::new(start, end), ..token });
        }
        start += line.len() as u32 + 1;
    }
}
