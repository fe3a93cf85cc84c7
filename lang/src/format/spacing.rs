//! Which tokens stand apart where the printers say nothing of it.

use crate::tokens::Token;

/// Whether a blank separates two tokens of one line.
pub fn apart(before: Token, after: Token) -> bool {
    use Token::*;
    let opens = matches!(before, OpenParen | OpenBracket | Dot | QuestionDot | ColonColon | AtSign);
    let closes = matches!(
        after,
        Comma | CloseParen | CloseBracket | Colon | Dot | QuestionDot | ColonColon | Question
    );
    let empty = before == OpenBrace && after == CloseBrace;
    !(opens || closes || empty)
}
