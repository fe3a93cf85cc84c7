//! Where the parser was surprised once, it often is surprised again: what only follows from a mistake is not said beside it.
//!
//! The first message of an item always stays.

use crate::{Code, Diagnostic, codes};

/// Leaves out the consequences; the findings of one item come and go sorted by their place.
pub(crate) fn leave_out(text: &str, diagnostics: &mut Vec<Diagnostic>) {
    // They come in order, so each byte is looked at once.
    let (mut line, mut counted) = (0, 0);
    // The last syntax error, said or not, and the last of the parser's expectations.
    let mut last: Option<usize> = None;
    let mut expected: Option<(String, usize)> = None;
    let (mut guessed, mut astray) = (false, false);
    diagnostics.retain(|diagnostic| {
        if !diagnostic.code.0.starts_with("E00") {
            return true;
        }
        let start = (diagnostic.primary.start as usize).clamp(counted, text.len());
        let passed = text.as_bytes().get(counted..start).unwrap_or_default();
        line += passed.iter().filter(|byte| **byte == b'\n').count();
        counted = start;
        let same_line = last.replace(line) == Some(line);
        let follows = match diagnostic.code {
            codes::UNEXPECTED => {
                let wanted = diagnostic.message.split(", found").next().unwrap_or_default();
                // In rows and fields below each other the same thing is missed again and again.
                let again = expected.as_ref().is_some_and(|(before, at)| before == wanted && line <= at + 1);
                // Whoever has lost the way is surprised by all that comes.
                let is_lost = wanted.contains("the end of ") || wanted == "expected something else";
                let lost = astray && is_lost;
                astray |= is_lost || wanted.starts_with("expected a row ");
                expected = Some((wanted.to_owned(), line));
                // An operand that is missing follows from nothing.
                let of_its_own = wanted.starts_with("expected an expression");
                again || lost || (!of_its_own && (guessed || same_line))
            }
            codes::STRAY_BRACKET => guessed || expected.is_some(),
            code => same_line && !OF_ONE_TOKEN.contains(&code),
        };
        // A bracket that was put where its fellow probably is, or a type that swallowed the value.
        let is_guess = [codes::UNCLOSED_BRACKET, codes::STRAY_BRACKET, codes::GLUED_EQUALS];
        guessed |= is_guess.contains(&diagnostic.code);
        !follows
    });
}

/// What is wrong with a token whatever stands beside it.
const OF_ONE_TOKEN: [Code; 8] = [
    codes::UNTERMINATED_STRING,
    codes::UNKNOWN_CHARACTER,
    codes::BAD_NUMBER,
    codes::BAD_ESCAPE,
    codes::WRONG_QUOTES,
    codes::EQUALS_IN_EXPRESSION,
    codes::HIDDEN_CHARACTER,
    codes::UNCLOSED_BRACKET,
];
