//! Which words are keywords where: the words of the language stay usable as names.
//!
//! The grammar knows keywords only. Here, before the grammar, a word that cannot be one where it stands becomes a
//! [`Token::Name`]:
//!
//! - after `.`, `?.`, `::`, `@` and `has` on the same line, and before `:`, every word is a name;
//! - a word that starts declarations is one only as the first of its item ([`crate::chunks`] found the items);
//! - a word that stands between two things (`on`, `by`, `is`, ...) is one only behind something that can end;
//! - a word that starts something inside (`let`, `data`, `expect`, `never`, ...) is one only before what must follow it.
//!
//! What is left and always a keyword is [`Token::is_reserved`]. `log`, `resource`, `principal` and their like never are.

use crate::lexer::line_ends_between;
use crate::tokens::{Lexeme, Token};

/// Whether the tokens beside it make the word at `index` a name, whatever word it is.
pub fn is_name_by_neighbours(text: &str, lexemes: &[Lexeme], index: usize) -> bool {
    let kind = |at: usize| lexemes.get(at).map(|lexeme| lexeme.token);
    if kind(index + 1) == Some(Token::Colon)
        || (kind(index + 1) == Some(Token::Question) && kind(index + 2) == Some(Token::Colon))
    {
        return true;
    }
    index.checked_sub(1).and_then(|before| lexemes.get(before)).is_some_and(|previous| {
        introduces_name(previous.token) && !line_ends_between(text, previous.end, lexemes[index].start)
    })
}

fn introduces_name(token: Token) -> bool {
    matches!(token, Token::Dot | Token::QuestionDot | Token::ColonColon | Token::AtSign | Token::Has)
}

/// Settles every word of one item, whose brackets match: a keyword or a name. `on error skip` becomes one lexeme.
pub fn settle(text: &str, mut lexemes: Vec<Lexeme>) -> Vec<Lexeme> {
    let mut depth = 0u32;
    let mut item = None;
    for index in 0..lexemes.len() {
        let token = lexemes[index].token;
        if token.closer().is_some() {
            depth += 1;
        } else if token.closes() {
            depth = depth.saturating_sub(1);
        } else if token.is_keyword() {
            let keyword = !is_name_by_neighbours(text, &lexemes, index)
                && Place { lexemes: &lexemes, index, depth, item }.is_keyword(token);
            if !keyword {
                lexemes[index].token = Token::Name;
            } else if token.starts_item() && item.is_none() {
                item = Some(token);
            }
        }
    }
    join_on_error_skip(&mut lexemes);
    lexemes
}

/// Where a word stands. Lexemes before it are settled already, those after it are not.
struct Place<'a> {
    lexemes: &'a [Lexeme],
    index: usize,
    depth: u32,
    /// The word that started the item, once it was seen.
    item: Option<Token>,
}

impl Place<'_> {
    fn before(&self, steps: usize) -> Option<Token> {
        self.index.checked_sub(steps).map(|index| self.lexemes[index].token)
    }

    fn after(&self, steps: usize) -> Option<Token> {
        self.lexemes.get(self.index + steps).map(|lexeme| lexeme.token)
    }

    fn is_keyword(&self, token: Token) -> bool {
        use Token::*;
        if self.item == Option::Some(Enum) && self.depth > 0 {
            return false;
        }
        match token {
            Allow | Deny => true,
            Type | Action if self.is_kind_of_param() => true,
            _ if token.starts_item() => self.item.is_none(),
            Trial => matches!(self.after(1), Option::Some(Allow | Deny)),
            External | Ordered => self.item.is_none() && self.after(1).is_some_and(Token::starts_item),
            All => self.after(1) == Option::Some(OpenParen),
            Some => self.before(1) == Option::Some(Is),
            Error => self.before(1) == Option::Some(On) && self.after(1) == Option::Some(Skip),
            Skip => self.before(1) == Option::Some(Error),
            At if self.before(1) == Option::Some(For) => true,
            Most => self.before(1) == Option::Some(At) && self.before(2) == Option::Some(For),
            Expect => {
                self.depth > 0
                    && self.item == Option::Some(Test)
                    && (matches!(self.after(1), Option::Some(Allow | Deny))
                        || self.before(1) == Option::Some(OpenBrace)
                        || self.ends_operand())
            }
            Never | Always => self.depth > 0 && matches!(self.after(1), Option::Some(Allow | Deny | Trial)),
            Data => {
                self.depth > 0
                    && self.item == Option::Some(Test)
                    && matches!(self.after(1), Option::Some(OpenBrace | Str | RawStr | OpenStr))
            }
            Let => {
                self.depth > 0
                    && self.item == Option::Some(Test)
                    && self.after(1).is_some_and(can_be_name)
                    && (self.after(2) == Option::Some(Equal)
                        || self.before(1) == Option::Some(OpenBrace)
                        || self.ends_operand())
                    && !matches!(self.after(2), Option::Some(Colon | Question))
            }
            On if self.is_lone_action_name() => false,
            On | By | With | Includes | As | At | Until | For | Is | Has | Like | Matches => {
                self.ends_operand()
            }
            _ => true,
        }
    }

    /// `param type T`, `param action a`; before anything but a name, it is the name of a param itself.
    fn is_kind_of_param(&self) -> bool {
        self.item == Some(Token::Param)
            && self.before(1) == Some(Token::Param)
            && self.after(1).is_none_or(can_be_name)
    }

    /// Whether something that can be followed by an operator or clause ends just before.
    fn ends_operand(&self) -> bool {
        match self.before(1) {
            // `to *` ends, `a *` does not.
            Option::Some(Token::Star) => self.before(2) == Option::Some(Token::To),
            // Where an action's name is missing, `on` is still the clause.
            Option::Some(Token::To | Token::Comma) => {
                self.lexemes[self.index].token == Token::On && !self.is_lone_action_name()
            }
            Option::Some(token) => token.ends_operand(),
            None => false,
        }
    }

    /// `to on, read on Document`: an action that is called `on`.
    fn is_lone_action_name(&self) -> bool {
        matches!(self.before(1), Option::Some(Token::To | Token::Comma))
            && match self.after(1) {
                Option::Some(
                    Token::Comma | Token::On | Token::By | Token::CloseParen | Token::CloseBracket,
                )
                | None => true,
                Option::Some(next) => next.starts_clause() || !can_be_name(next) && next != Token::Any,
            }
    }
}

/// Whether a name may be spelled like this, or a word that is a name in the right place.
pub fn can_be_name(token: Token) -> bool {
    matches!(token, Token::Name | Token::QuotedName) || (token.is_keyword() && !token.is_reserved())
}

fn join_on_error_skip(lexemes: &mut Vec<Lexeme>) {
    let is_clause = |three: &[Lexeme]| {
        three[0].token == Token::On && three[1].token == Token::Error && three[2].token == Token::Skip
    };
    if !lexemes.windows(3).any(is_clause) {
        return;
    }
    let mut index = 0;
    let mut joined = Vec::with_capacity(lexemes.len());
    while index < lexemes.len() {
        let lexeme = lexemes[index];
        if lexemes.get(index..index + 3).is_some_and(is_clause) {
            joined.push(Lexeme {
                token: Token::OnErrorSkip,
                start: lexeme.start,
                end: lexemes[index + 2].end,
            });
            index += 3;
        } else {
            joined.push(lexeme);
            index += 1;
        }
    }
    *lexemes = joined;
}
