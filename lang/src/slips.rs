//! Tokens that are slips: strings without an end, strange characters, numbers that are none. Each is reported once and
//! then stands for what it resembles.

use crate::literals::{is_wrong_quote, take_apart};
use crate::tokens::{Lexeme, Token};
use crate::{Diagnostic, Edit, Span, codes};

/// More slips than this in one item are not reported one by one.
const MOST_REPORTS: usize = 10;

/// What [`report`] leaves.
pub struct Mended {
    /// Lexemes without slips; what resembles nothing is [`Token::Bad`].
    pub lexemes: Vec<Lexeme>,
    /// Whether a string swallowed the rest of its line, and maybe brackets with it.
    pub swallowed: bool,
}

/// Reports the slips among the lexemes of one item.
pub fn report(text: &str, mut lexemes: Vec<Lexeme>, diagnostics: &mut Vec<Diagnostic>) -> Mended {
    let mut swallowed = false;
    let mut reports = 0;
    join_long_comparisons(&mut lexemes, diagnostics);
    for lexeme in &mut lexemes {
        let source = text.get(lexeme.start as usize..lexeme.end as usize).unwrap_or_default();
        let (code_and_words, becomes) = match lexeme.token {
            Token::OpenStr => (unterminated(*lexeme, source), Token::Str),
            Token::UnknownTagged if !is_closed(source) => (unterminated(*lexeme, source), Token::Str),
            Token::UnknownTagged => (unknown_prefix(*lexeme, source), Token::Str),
            Token::WrongQuotes => (wrong_quotes(*lexeme, source), Token::Str),
            Token::BadNumber => (bad_number(*lexeme, source), Token::Int),
            Token::BlockComment => (block_comment(*lexeme), Token::Bad),
            Token::Unknown => (unknown_character(*lexeme, text), Token::Bad),
            _ => continue,
        };
        swallowed |= code_and_words.code == codes::UNTERMINATED_STRING;
        lexeme.token = becomes;
        reports += 1;
        if reports <= MOST_REPORTS {
            diagnostics.push(code_and_words);
        }
    }
    // A semicolon ends nothing here; without it, and without comments, the rest reads as it was meant.
    lexemes.retain(|lexeme| {
        let source = text.get(lexeme.start as usize..lexeme.end as usize).unwrap_or_default();
        lexeme.token != Token::Bad || !(source == ";" || source.starts_with("/*"))
    });
    Mended { lexemes, swallowed }
}

/// `===` and `!==` of other languages, each taken for the comparison that it is.
fn join_long_comparisons(lexemes: &mut Vec<Lexeme>, diagnostics: &mut Vec<Diagnostic>) {
    let mut last: Option<Lexeme> = None;
    let before = diagnostics.len();
    lexemes.retain(|lexeme| {
        let shorter = last.filter(|last| last.end == lexeme.start && lexeme.token == Token::Equal);
        last = Some(*lexeme);
        let shorter = shorter.and_then(|last| match last.token {
            Token::EqualEqual => Some((last, "==")),
            Token::NotEqual => Some((last, "!=")),
            _ => None,
        });
        let Some((start, right)) = shorter else { return true };
        if diagnostics.len() - before < MOST_REPORTS {
            let place = Span::new(start.start, lexeme.end);
            let edit = Edit { start: lexeme.start, end: lexeme.end, text: String::new() };
            let message = format!("this comparison is written `{right}`");
            diagnostics.push(Diagnostic::new(codes::EQUALS_IN_EXPRESSION, place, message).fix(
                format!("write `{right}`"),
                vec![edit],
                true,
            ));
        }
        false
    });
}

fn span(lexeme: Lexeme) -> Span {
    Span::new(lexeme.start, lexeme.end)
}

fn is_closed(source: &str) -> bool {
    let quoted = take_apart(source);
    quoted.content_start + quoted.content.len() < source.len()
}

fn unterminated(lexeme: Lexeme, source: &str) -> Diagnostic {
    let quoted = take_apart(source);
    let quote = lexeme.start + quoted.content_start.saturating_sub(1) as u32;
    let closing = format!("\"{}", quoted.prefix.replace(|character| character != '#', ""));
    Diagnostic::new(
        codes::UNTERMINATED_STRING,
        Span::new(lexeme.start, quote + 1),
        "this string has no closing quote",
    )
    .label("starts here")
    .help(format!("a string ends on the line on which it starts: add `{closing}`"))
}

fn unknown_prefix(lexeme: Lexeme, source: &str) -> Diagnostic {
    let quoted = take_apart(source);
    let prefix = quoted.prefix;
    let place = Span::new(lexeme.start, lexeme.start + prefix.len() as u32);
    let known = match prefix {
        "date" | "datetime" | "timestamp" | "instant" => Some("time"),
        "ipaddr" | "addr" | "ipv4" | "ipv6" | "IP" | "Ip" => Some("ip"),
        "net" | "network" | "range" | "CIDR" | "Cidr" => Some("cidr"),
        "tz" | "timezone" | "Zone" | "TZ" => Some("zone"),
        "re" | "regex" | "raw" | "R" => Some("r"),
        _ => None,
    };
    let diagnostic =
        Diagnostic::new(codes::UNKNOWN_LITERAL, place, format!("no string has the prefix `{prefix}`"));
    match known {
        Some(known) => {
            let edit = Edit { start: place.start, end: place.end, text: known.into() };
            diagnostic.fix(format!("write `{known}`"), vec![edit], true)
        }
        None if prefix == "duration" => {
            diagnostic.help("durations are written without quotes: `90d`, `8h30m`")
        }
        None => diagnostic
            .help("the prefixes are `ip`, `cidr`, `time`, `zone` and, for raw strings, `r`")
            .help("put a blank between a word and a string"),
    }
}

fn wrong_quotes(lexeme: Lexeme, source: &str) -> Diagnostic {
    let content = take_apart(source).content;
    let escaped = content.replace('\\', "\\\\").replace('"', "\\\"");
    let text = format!("\"{escaped}\"");
    let title = if text.len() <= 60 { format!("write `{text}`") } else { "write `\"`".into() };
    Diagnostic::new(codes::WRONG_QUOTES, span(lexeme), "strings are written in straight double quotes").fix(
        title,
        vec![Edit { start: lexeme.start, end: lexeme.end, text }],
        // Whether `'\n'` was meant as two characters or as one cannot be told.
        !content.contains('\\'),
    )
}

fn bad_number(lexeme: Lexeme, source: &str) -> Diagnostic {
    let diagnostic = |message: String| Diagnostic::new(codes::BAD_NUMBER, span(lexeme), message);
    let shown: String = source.chars().take(40).collect();
    let digits_end = source.find(|character: char| !character.is_ascii_digit()).unwrap_or(source.len());
    let (digits, unit) = source.split_at(digits_end);
    if source.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_') {
        let plain = source.replace('_', "");
        let edit = Edit { start: lexeme.start, end: lexeme.end, text: plain.clone() };
        return diagnostic("numbers are written without `_`".into()).fix(
            format!("write `{plain}`"),
            vec![edit],
            true,
        );
    }
    let letter = match unit.trim_start_matches('_') {
        "day" | "days" | "D" => "d",
        "hour" | "hours" | "hr" | "hrs" | "H" => "h",
        "minute" | "minutes" | "min" | "mins" | "M" => "m",
        "second" | "seconds" | "sec" | "secs" | "S" => "s",
        "milliseconds" | "millis" => "ms",
        "w" | "week" | "weeks" => {
            return diagnostic(format!("`{shown}` is not a duration"))
                .help("the units are `d`, `h`, `m`, `s` and `ms`; a week is `7d`");
        }
        _ => "",
    };
    if !letter.is_empty() {
        let text = format!("{digits}{letter}");
        let edit = Edit { start: lexeme.start, end: lexeme.end, text: text.clone() };
        return diagnostic(format!("`{shown}` is not a duration")).fix(
            format!("write `{text}`"),
            vec![edit],
            // `M` may be minutes or months.
            unit.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'),
        );
    }
    diagnostic(format!("`{shown}` is neither a number nor a duration"))
        .help("numbers are written like `42` and `1.5`, durations like `90d` and `8h30m`")
}

fn block_comment(lexeme: Lexeme) -> Diagnostic {
    let opening = Span::new(lexeme.start, lexeme.start + 2);
    Diagnostic::new(codes::UNKNOWN_CHARACTER, opening, "comments start with `//`")
        .help("put `//` before each line of the comment")
}

fn unknown_character(lexeme: Lexeme, text: &str) -> Diagnostic {
    let source = text.get(lexeme.start as usize..lexeme.end as usize).unwrap_or_default();
    let first = source.chars().next().unwrap_or_default();
    let shown: String = if first.is_control() || first.is_whitespace() || is_invisible(first) {
        format!("U+{:04X}", u32::from(first))
    } else {
        format!("`{}`", source.chars().take(10).collect::<String>())
    };
    let diagnostic = |message: String| Diagnostic::new(codes::UNKNOWN_CHARACTER, span(lexeme), message);
    match source {
        ";" => diagnostic("nothing ends with a `;`".into()).fix(
            "remove it",
            vec![Edit { start: lexeme.start, end: lexeme.end, text: String::new() }],
            // In the middle of a line it may separate what must not become one expression: `a; -b`.
            ends_line(text, lexeme.end),
        ),
        "#" => diagnostic("comments start with `//`".into()),
        "/" | "%" => {
            diagnostic(format!("there is no operator {shown}")).help("numbers have `+`, `-` and `*`")
        }
        "&" => diagnostic("there is no operator `&`".into()).help("write `and`"),
        _ if first == '`' => diagnostic("this backquote has no partner".into())
            .help("a name in backquotes ends on the line on which it starts"),
        "$" => diagnostic("names do not start with `$`".into()),
        _ if first == '\0' || first == '\u{fffd}' => {
            diagnostic(format!("{shown} does not belong in a policy file"))
                .help("is this file really UTF-8 text?")
        }
        _ if first.is_alphabetic() => {
            diagnostic(format!("names are spelled with ASCII letters, not {shown}"))
                .help("write other names in backquotes")
        }
        _ if is_wrong_quote(first) => diagnostic(format!("this {shown} opens no string"))
            .help("strings are written in straight double quotes, and end on the line on which they start"),
        _ => diagnostic(format!("{shown} means nothing here")),
    }
}

/// Whether only blanks and a comment stand between this offset and the end of the line.
fn ends_line(text: &str, offset: u32) -> bool {
    let line =
        text.get(offset as usize..).unwrap_or_default().lines().next().unwrap_or_default().trim_start();
    line.is_empty() || line.starts_with("//")
}

fn is_invisible(character: char) -> bool {
    matches!(character, '\u{00AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}')
}
