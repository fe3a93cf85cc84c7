//! What string literals mean: escapes, raw strings and `like` patterns.

use smol_str::SmolStr;

use crate::Span;

/// A string literal taken apart.
#[derive(Clone, Copy, Debug)]
pub struct Quoted<'a> {
    /// What stands before the opening quote: `r`, `r#`, `ip` or nothing.
    pub prefix: &'a str,
    /// What stands between the quotes.
    pub content: &'a str,
    /// Where the content starts, counted from the start of the literal.
    pub content_start: usize,
}

impl Quoted<'_> {
    /// Whether backslashes mean themselves.
    pub fn is_raw(&self) -> bool {
        self.prefix.starts_with('r') && self.prefix[1..].bytes().all(|byte| byte == b'#')
    }
}

/// Whether a character opens or closes strings in some other language, or in a word processor.
pub fn is_wrong_quote(character: char) -> bool {
    matches!(character, '“' | '”' | '„' | '\'')
}

/// Takes a literal apart, whether or not it is complete.
pub fn take_apart(literal: &str) -> Quoted<'_> {
    let is_quote = |character| character == '"' || is_wrong_quote(character);
    let Some((quote_at, quote)) = literal.char_indices().find(|&(_, character)| is_quote(character)) else {
        return Quoted { prefix: "", content: literal, content_start: 0 };
    };
    let prefix = &literal[..quote_at];
    let content_start = quote_at + quote.len_utf8();
    let rest = &literal[content_start..];
    let hashes = prefix.bytes().filter(|&byte| byte == b'#').count();
    let unhashed = match rest.len().checked_sub(hashes) {
        Some(end) if rest.is_char_boundary(end) && rest[end..].bytes().all(|byte| byte == b'#') => {
            &rest[..end]
        }
        _ => rest,
    };
    let content = match unhashed.char_indices().next_back() {
        Some((end, last)) if is_quote(last) && !(quote == '"' && last != '"') => &unhashed[..end],
        _ => rest,
    };
    Quoted { prefix, content, content_start }
}

/// An escape that means nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadEscape {
    /// Where in the content.
    pub span: Span,
    /// The escape as written.
    pub text: String,
}

/// The text that `content` means, and the escapes in it that mean nothing (they are kept as written).
pub fn unescape(content: &str) -> (SmolStr, Vec<BadEscape>) {
    if !content.contains('\\') {
        return (SmolStr::new(content), Vec::new());
    }
    let mut text = String::with_capacity(content.len());
    let mut bad = Vec::new();
    let mut rest = content;
    while let Some(at) = rest.find('\\') {
        text.push_str(&rest[..at]);
        let (escape, meaning) = read_escape(&rest[at..]);
        match meaning {
            Some(character) => text.push(character),
            None => {
                let start = (content.len() - rest.len() + at) as u32;
                bad.push(BadEscape {
                    span: Span::new(start, start + escape.len() as u32),
                    text: escape.into(),
                });
                text.push_str(escape);
            }
        }
        rest = &rest[at + escape.len()..];
    }
    text.push_str(rest);
    (SmolStr::from(text), bad)
}

/// The escape at the start of `text`, which starts with a backslash, and what it means.
fn read_escape(text: &str) -> (&str, Option<char>) {
    let Some(letter) = text[1..].chars().next() else { return (text, None) };
    let short = &text[..1 + letter.len_utf8()];
    let meaning = match letter {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        '0' => '\0',
        '\\' => '\\',
        '"' => '"',
        'u' => {
            let Some(digits) = text[2..].strip_prefix('{') else { return (short, None) };
            let Some(length) = digits.find('}') else { return (short, None) };
            let escape = &text[..3 + length + 1];
            let digits = &digits[..length];
            let hexadecimal =
                (1..=6).contains(&length) && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            let code = if hexadecimal { u32::from_str_radix(digits, 16).ok() } else { None };
            return (escape, code.and_then(char::from_u32));
        }
        _ => return (short, None),
    };
    (short, Some(meaning))
}

/// A part of a `like` pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LikePart {
    /// Stands for itself.
    Text(String),
    /// `*`: any text, none included.
    Anything,
}

/// The parts of the pattern of an [`crate::ast::ExprKind::Like`]: no two texts and no two stars in a row.
pub fn like_parts(pattern: &str) -> Vec<LikePart> {
    let mut parts = Vec::new();
    let mut text = String::new();
    let mut rest = pattern;
    while let Some(character) = rest.chars().next() {
        let length = match character {
            '*' => {
                if !text.is_empty() {
                    parts.push(LikePart::Text(std::mem::take(&mut text)));
                }
                if parts.last() != Some(&LikePart::Anything) {
                    parts.push(LikePart::Anything);
                }
                1
            }
            '\\' if rest[1..].starts_with('*') => {
                text.push('*');
                2
            }
            '\\' => {
                let (escape, meaning) = read_escape(rest);
                match meaning {
                    Some(meaning) => text.push(meaning),
                    None => text.push_str(escape),
                }
                escape.len()
            }
            other => {
                text.push(other);
                other.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    if !text.is_empty() {
        parts.push(LikePart::Text(text));
    }
    parts
}

/// The escapes in a `like` pattern that mean nothing.
pub fn bad_like_escapes(content: &str) -> Vec<BadEscape> {
    let (_, bad) = unescape(content);
    bad.into_iter().filter(|escape| escape.text != "\\*").collect()
}

/// A raw string's content in the form in which `like` patterns are kept: only `\*` is an escape there, every other
/// backslash stands for itself.
pub fn raw_like_pattern(content: &str) -> SmolStr {
    let mut pattern = String::with_capacity(content.len());
    let mut characters = content.chars().peekable();
    while let Some(character) = characters.next() {
        pattern.push(character);
        if character == '\\' && characters.peek() != Some(&'*') {
            pattern.push('\\');
        }
    }
    SmolStr::from(pattern)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_taken_apart_whether_complete_or_not() {
        let content = |literal| take_apart(literal).content;
        assert_eq!(content(r#""ann""#), "ann");
        assert_eq!(content(r#""""#), "");
        assert_eq!(content(r#"""#), "");
        assert_eq!(content(r#""ann"#), "ann");
        assert_eq!(content(r##"r#"a"b"#"##), r#"a"b"#);
        assert_eq!(content(r#"ip"10.0.0.1""#), "10.0.0.1");
        assert_eq!(content("“ann”"), "ann");
        assert_eq!(content("'ann'"), "ann");
        assert_eq!(content(r#""it's'""#), "it's'");
        assert!(take_apart(r##"r#"x"#"##).is_raw());
        assert!(!take_apart(r#"ip"x""#).is_raw());
    }

    #[test]
    fn escapes_mean_what_they_say_and_strange_ones_are_kept() {
        assert_eq!(unescape(r#"a\n\t\"\\\u{1F600}"#), (SmolStr::from("a\n\t\"\\\u{1F600}"), vec![]));
        let (text, bad) = unescape(r"a\q\u{110000}\u12\");
        assert_eq!(text, r"a\q\u{110000}\u12\");
        let spans: Vec<_> = bad.iter().map(|escape| (escape.span.start, escape.text.as_str())).collect();
        assert_eq!(spans, [(1, r"\q"), (3, r"\u{110000}"), (13, r"\u"), (17, r"\")]);
    }

    #[test]
    fn stars_are_wild_unless_escaped() {
        let text = |text: &str| LikePart::Text(text.into());
        assert_eq!(like_parts("a**b"), [text("a"), LikePart::Anything, text("b")]);
        assert_eq!(like_parts(r"1\*2\\*\n"), [text("1*2\\"), LikePart::Anything, text("\n")]);
        assert_eq!(like_parts(&raw_like_pattern(r"C:\new\*")), [text(r"C:\new*")]);
        assert_eq!(like_parts(""), []);
        assert_eq!(bad_like_escapes(r"\*\d").len(), 1);
    }
}
