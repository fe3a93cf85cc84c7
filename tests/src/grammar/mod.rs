//! The grammar page of the reference, read as a grammar: so that it can be compared with the parser, in both directions.
//!
//! ```text
//! page ──ebnf──> rules ──sentences──> texts that the parser must accept
//!                      ──earley────> a recogniser, which must accept every text that the parser accepts
//! ```

pub mod earley;
pub mod ebnf;
pub mod sentences;

use assize_lang::{TerminalKind, terminals};

/// The tokens of an item as the page writes them: `"allow"` for what is always spelled the same, `NAME` for a kind of token.
pub fn tokens(item: &str) -> Vec<String> {
    let spelled =
        |span: assize_lang::Span| item.get(span.start as usize..span.end as usize).unwrap_or_default();
    let token = |terminal: &assize_lang::Terminal| match terminal.kind {
        TerminalKind::Fixed => {
            format!("\"{}\"", spelled(terminal.span).split_whitespace().collect::<Vec<_>>().join(" "))
        }
        TerminalKind::Name => "NAME".to_owned(),
        TerminalKind::Int => "INT".to_owned(),
        TerminalKind::Decimal => "DECIMAL".to_owned(),
        TerminalKind::Duration => "DURATION".to_owned(),
        TerminalKind::Text => "TEXT".to_owned(),
        TerminalKind::Tagged => "TAGGED".to_owned(),
        TerminalKind::Bad => "BAD".to_owned(),
    };
    terminals(item).iter().map(token).collect()
}
