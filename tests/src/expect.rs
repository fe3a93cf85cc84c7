//! Expectations written as comments: `// error[E0201]: text` at the end of the offending line, or alone on a line below it.

/// What a comment expects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// The line of the Markdown file that the finding must be on.
    pub line: usize,
    /// What kind of finding.
    pub kind: Kind,
    /// Must occur in the finding's message, labels or help; empty: any.
    pub text: String,
}

/// What kind of finding is expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A diagnostic with this code.
    Diagnostic(String),
    /// An expectation of a `test` that does not hold.
    FailedTest,
    /// A fault in data.
    DataFault,
}

/// The expectations in a policy file that begins at `line`.
pub fn in_policies(text: &str, line: usize) -> Result<Vec<Expected>, (usize, String)> {
    marked(text, line, &["// error", "// warning", "// fails"])
}

/// The expectations in a manifest, whose comments begin with `#`.
pub fn in_manifest(text: &str, line: usize) -> Result<Vec<Expected>, (usize, String)> {
    marked(text, line, &["# error[", "# warning["])
}

fn marked(text: &str, line: usize, markers: &[&str]) -> Result<Vec<Expected>, (usize, String)> {
    let mut expected = Vec::new();
    let mut offending = line;
    for (index, source) in text.lines().enumerate() {
        let number = line + index;
        let Some((before, comment)) = split(source, markers) else {
            offending = number;
            continue;
        };
        if !before.trim().is_empty() {
            offending = number;
        }
        let (head, message) = comment.split_once(": ").unwrap_or((comment, ""));
        let kind = match head.split_once('[') {
            None if head.trim() == "fails" => Kind::FailedTest,
            Some((severity, code)) => {
                let code = code.trim_end().trim_end_matches(']');
                // A manifest can make an error of a warning.
                let letter = if severity == "error" && !code.starts_with('W') { 'E' } else { 'W' };
                let digits = code.strip_prefix(letter).unwrap_or_default();
                if digits.len() != 4 || !digits.bytes().all(|b| b.is_ascii_digit()) {
                    return Err((number, format!("`{head}` must name a code such as `{letter}0101`")));
                }
                Kind::Diagnostic(code.to_owned())
            }
            None => return Err((number, format!("`{head}` must name a code: `error[E0101]: text`"))),
        };
        expected.push(Expected { line: offending, kind, text: message.trim().to_owned() });
    }
    Ok(expected)
}

/// Data without its comments, and what they expect: `// fault: text`.
pub fn in_data(text: &str, line: usize) -> Result<(String, Vec<Expected>), (usize, String)> {
    let mut expected = Vec::new();
    let mut rows = String::new();
    let mut offending = line;
    for (index, source) in text.lines().enumerate() {
        let (row, comment) = split(source, &["// fault"]).unwrap_or((source, ""));
        if !row.trim().is_empty() {
            offending = line + index;
        }
        if !comment.is_empty() {
            let Some(text) = comment.strip_prefix("fault: ") else {
                return Err((line + index, "a fault says what it is: `// fault: text`".to_owned()));
            };
            expected.push(Expected { line: offending, kind: Kind::DataFault, text: text.trim().to_owned() });
        }
        rows.push_str(row.trim_end());
        rows.push('\n');
    }
    Ok((rows, expected))
}

/// The text before the last of `markers`, and the text from the marker's word on.
fn split<'a>(line: &'a str, markers: &[&str]) -> Option<(&'a str, &'a str)> {
    let at = markers.iter().filter_map(|marker| line.rfind(marker)).max()?;
    Some((&line[..at], line[at..].trim_start_matches(['/', '#', ' '])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_alone_on_its_line_speaks_of_the_line_above() {
        let found = in_policies("a\n// error[E0101]: one\n  // error[E0102]\nb // warning[W0201]: two\n", 10)
            .expect("well formed");
        let lines: Vec<_> = found.iter().map(|e| (e.line, e.text.as_str())).collect();
        assert_eq!(lines, [(10, "one"), (10, ""), (13, "two")]);
        assert_eq!(found[1].kind, Kind::Diagnostic("E0102".to_owned()));
    }

    #[test]
    fn an_expectation_without_a_code_is_refused() {
        assert_eq!(in_policies("x\ny // error: text\n", 1).map_err(|(line, _)| line), Err(2));
        assert_eq!(in_policies("y // warning[E0101]\n", 1).map_err(|(line, _)| line), Err(1));
    }

    #[test]
    fn data_loses_its_comments_and_keeps_its_lines() {
        let (rows, found) = in_data("{\"a\": 1} // fault: no\n\n{}\n", 5).expect("well formed");
        assert_eq!(rows, "{\"a\": 1}\n\n{}\n");
        assert_eq!((found[0].line, found[0].text.as_str()), (5, "no"));
    }
}
