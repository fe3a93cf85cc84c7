//! From text to lexemes, and the documentation comments beside them.
//!
//! Lexing reports nothing: what looks wrong is a token kind of its own, which [`crate::slips`] reports once, when the
//! item that it stands in is parsed.

use logos::Logos;
use smol_str::SmolStr;

use crate::tokens::{Lexeme, Token};

/// The lexemes of a text.
#[derive(Debug, Default)]
pub struct Lexed {
    /// In source order, comments left out.
    pub lexemes: Vec<Lexeme>,
    /// Documentation comments that stand first on their line, in source order.
    pub docs: Vec<DocLine>,
}

/// One `///` line.
#[derive(Clone, Copy, Debug)]
pub struct DocLine {
    /// Start of the lexeme that follows, which it documents; `u32::MAX` at the end of the text.
    pub documents: u32,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// Lexes `text`, which must be shorter than 4 GiB. A byte order mark at the start is passed over.
pub fn lex(text: &str) -> Lexed {
    let skipped = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut lexed = Lexed { lexemes: Vec::with_capacity(text.len() / 6), docs: Vec::new() };
    let mut undocumented = 0;
    for (result, span) in Token::lexer(&text[skipped..]).spanned() {
        let (start, end) = ((span.start + skipped) as u32, (span.end + skipped) as u32);
        let token = result.unwrap_or(Token::Unknown);
        match token {
            Token::Comment => continue,
            Token::Doc => {
                if stands_first_on_line(text, start) {
                    lexed.docs.push(DocLine { documents: u32::MAX, start, end });
                }
                continue;
            }
            Token::Unknown => {
                // A run of strange characters is one slip.
                if let Some(last) = lexed.lexemes.last_mut()
                    && last.token == Token::Unknown
                    && last.end == start
                {
                    last.end = end;
                    continue;
                }
            }
            _ => {}
        }
        for line in &mut lexed.docs[undocumented..] {
            line.documents = start;
        }
        undocumented = lexed.docs.len();
        lexed.lexemes.push(Lexeme { token, start, end });
    }
    lexed
}

/// The text of consecutive documentation lines: without markers and one following space, joined by newlines.
pub fn doc_text(text: &str, lines: &[DocLine]) -> SmolStr {
    let mut joined = String::new();
    for (index, line) in lines.iter().enumerate() {
        let content = text[line.start as usize..line.end as usize].trim_start_matches("///").trim_end();
        if index > 0 {
            joined.push('\n');
        }
        joined.push_str(content.strip_prefix(' ').unwrap_or(content));
    }
    SmolStr::from(joined)
}

/// Whether only blanks stand between the start of the line and `offset`.
fn stands_first_on_line(text: &str, offset: u32) -> bool {
    let before = text[..offset as usize].trim_start_matches('\u{feff}');
    let blanks = before.bytes().rev().find(|byte| !matches!(byte, b' ' | b'\t'));
    matches!(blanks, None | Some(b'\n'))
}

/// Whether `offset` is the first byte of a line.
pub fn at_line_start(text: &str, offset: u32) -> bool {
    offset == 0 || text.as_bytes().get(offset as usize - 1) == Some(&b'\n')
}

/// Whether a line ends between two offsets.
pub fn line_ends_between(text: &str, from: u32, to: u32) -> bool {
    text.as_bytes().get(from as usize..to as usize).is_some_and(|between| between.contains(&b'\n'))
}
