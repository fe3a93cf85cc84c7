//! Parses the text of one item: the one place where the steps of this crate are put together.

use std::cell::Cell;

use lalrpop_util::lalrpop_mod;

use crate::ast::{Item, ItemKind};
use crate::build::{Builder, MOST_RECOVERIES, Stop};
use crate::lexer::{Lexed, lex};
use crate::syntax_errors::Place;
use crate::tokens::Lexeme;
use crate::{Diagnostic, Severity, braces, brackets, codes, consequences, nesting, slips, words};

lalrpop_mod!(
    #[allow(clippy::all, clippy::pedantic, missing_docs, unused_imports, unused_parens, dead_code)]
    #[rustfmt::skip]
    grammar
);

/// Parses the text of one item, as [`crate::split`] cut it out. Spans count from the start of `text`; the result depends
/// on `text` and on nothing else, so that it can be kept for as long as the text is the same.
///
/// When anything is wrong with the syntax there is at least one diagnostic of severity error.
pub fn parse_chunk(text: &str) -> (Item, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let Lexed { lexemes, docs } = lex(text);
    let lexemes = settled(text, lexemes, &mut diagnostics);

    let recoveries = Cell::new(0);
    let mut builder = Builder::new(text, &lexemes, &docs, &recoveries);
    builder.too_deep_reported = diagnostics.iter().any(|finding| finding.code == codes::NESTED_TOO_DEEPLY);
    let parsed = grammar::ItemParser::new().parse(&mut builder, feed(&lexemes, &recoveries));
    let item = parsed.unwrap_or_else(|error| {
        recoveries.set(recoveries.get() + 1);
        // Where only slips stood, they are all that there is to say.
        if !lexemes.is_empty() {
            builder.report(&error, Place::Item);
        }
        let start = lexemes.first().map_or(0, |lexeme| lexeme.start);
        let end = lexemes.last().map_or(start, |lexeme| lexeme.end);
        builder.item(Vec::new(), ItemKind::Error, start, end)
    });
    diagnostics.append(&mut builder.diagnostics);
    diagnostics.extend(builder.mixed.report());
    // What was recovered must never pass for sound, whatever the reports above left out.
    if recoveries.get() > 0 && !diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
        diagnostics.push(Diagnostic::new(codes::UNEXPECTED, item.span, "this declaration cannot be read"));
    }
    diagnostics.sort_by_key(|diagnostic| (diagnostic.primary.start, diagnostic.primary.end));
    consequences::leave_out(text, &mut diagnostics);
    (item, diagnostics)
}

/// The parser of items.
pub(crate) fn parser() -> grammar::ItemParser {
    grammar::ItemParser::new()
}

/// The lexemes of an item as the grammar sees them.
pub(crate) fn lexemes(text: &str) -> Vec<Lexeme> {
    settled(text, lex(text).lexemes, &mut Vec::new())
}

fn settled(text: &str, lexemes: Vec<Lexeme>, diagnostics: &mut Vec<Diagnostic>) -> Vec<Lexeme> {
    let slips::Mended { mut lexemes, swallowed } = slips::report(text, lexemes, diagnostics);
    braces::report(text, &mut lexemes, diagnostics);
    let lexemes = brackets::repair(text, lexemes, swallowed, diagnostics);
    let lexemes = words::settle(text, lexemes);
    nesting::cut(lexemes, diagnostics)
}

/// What the parser reads, until it recovered too often.
fn feed<'a>(
    lexemes: &'a [Lexeme],
    recoveries: &'a Cell<u32>,
) -> impl Iterator<Item = Result<(u32, crate::tokens::Token, u32), Stop>> + 'a {
    lexemes.iter().map(|lexeme| {
        if recoveries.get() > MOST_RECOVERIES {
            Err(Stop)
        } else {
            Ok((lexeme.start, lexeme.token, lexeme.end))
        }
    })
}
