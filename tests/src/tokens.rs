//! The tokens of a policy file as a person sees them: words, numbers, texts, marks. For changing one at a time.

/// Start and end of each token, in bytes; comments and blanks are none.
pub fn tokens(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        let length = match first {
            c if c.is_whitespace() => {
                at += c.len_utf8();
                continue;
            }
            '/' if rest.starts_with("//") => {
                at += rest.find('\n').unwrap_or(rest.len());
                continue;
            }
            '"' => quoted(rest, '"'),
            '`' => quoted(rest, '`'),
            c if c.is_alphanumeric() || c == '_' => {
                let is_part = |c: char| c.is_alphanumeric() || c == '_';
                let word = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
                // `ip".."` and its like are one token.
                match rest[word..].chars().next() {
                    Some('"') if c.is_alphabetic() => word + quoted(&rest[word..], '"'),
                    _ => word,
                }
            }
            c => {
                let pairs = ["==", "!=", "<=", ">=", "&&", "||", "?.", "??", "::", "->"];
                if pairs.iter().any(|pair| rest.starts_with(pair)) { 2 } else { c.len_utf8() }
            }
        };
        found.push((at, at + length));
        at += length;
    }
    found
}

fn quoted(rest: &str, mark: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            '\n' => return at,
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == mark => return at + c.len_utf8(),
            _ => {}
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_words_texts_and_marks() {
        let text = "allow `a b` x when u.n?.k >= ip\"1.2.3.4\" // no\n\"a\\\"b\" 8h";
        let shown: Vec<&str> = tokens(text).into_iter().map(|(start, end)| &text[start..end]).collect();
        let expected = [
            "allow",
            "`a b`",
            "x",
            "when",
            "u",
            ".",
            "n",
            "?.",
            "k",
            ">=",
            "ip\"1.2.3.4\"",
            "\"a\\\"b\"",
            "8h",
        ];
        assert_eq!(shown, expected);
    }
}
