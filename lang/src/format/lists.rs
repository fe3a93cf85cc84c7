//! Lists in brackets: on one line; or the elements on a line of their own; or each on its own line.

use super::writer::Writer;
use crate::tokens::Token;

/// What a list looks like on one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Brackets {
    /// `[a, b]`, `(a, b)`
    Tight,
    /// `{ a, b }`
    Padded,
    /// `{ a }`, and no comma when broken.
    Attributes,
}

/// Lays out a list whose opening bracket is the next token. `ends` says where the elements end, `element` writes one.
pub fn list<'s, 'a, T>(
    writer: &mut Writer<'s, 'a>,
    brackets: Brackets,
    elements: &[T],
    end: impl Fn(&T) -> u32,
    mut element: impl FnMut(&mut Writer<'s, 'a>, &T),
) {
    writer.open();
    writer.token();
    if elements.is_empty() {
        if writer.has_comment() {
            writer.indent();
            writer.last_comments();
            writer.dedent();
            writer.hard_line();
        }
        writer.token();
        writer.close();
        return;
    }
    let edge = |writer: &mut Writer<'s, 'a>| match brackets {
        Brackets::Tight => writer.soft_line(),
        Brackets::Padded | Brackets::Attributes => writer.line(),
    };
    writer.indent();
    edge(writer);
    writer.open();
    let last = elements.len() - 1;
    for (nth, one) in elements.iter().enumerate() {
        element(writer, one);
        writer.until(end(one));
        if writer.peek() == Some(Token::Comma) {
            writer.skip();
        }
        if nth < last {
            writer.insert(",");
            writer.line();
        } else if brackets != Brackets::Attributes {
            writer.if_broken(",");
        }
    }
    writer.last_comments();
    writer.close();
    writer.dedent();
    edge(writer);
    writer.token();
    writer.close();
}

/// Lays out a list without brackets, whose lines end where they must: `a, b, c`.
pub fn filled<'s, 'a, T>(
    writer: &mut Writer<'s, 'a>,
    elements: &[T],
    end: impl Fn(&T) -> u32,
    mut element: impl FnMut(&mut Writer<'s, 'a>, &T),
) {
    for (nth, one) in elements.iter().enumerate() {
        if nth > 0 {
            if writer.peek() == Some(Token::Comma) {
                writer.skip();
                writer.insert(",");
            }
            writer.fill();
        }
        element(writer, one);
        writer.until(end(one));
    }
}
