//! The compact notation of data rows and requests in cases, and its translation to the JSON that the product reads.
//!
//! ```text
//! User::"bob" in Group::"eng", Group::"all" { age: 3, level: Level::secret, boss: User::"ann" }
//! viewer(who: Group::"eng", what: Folder::"plans") until 2027-01-01T00:00:00Z
//!
//! allow User::"bob" read Document::"d1" { mfa: true } at 2026-06-01T00:00:00Z by viewer, owner
//!   grant viewer(Group::"eng", Folder::"plans") until 2027-01-01T00:00:00Z
//!   because "a message"
//!   oblige log("x")
//!   error owner: overflow
//!   would have strict
//! refused User::"bob" fly Document::"d1"
//!   saying "no action `fly`"
//! ```
//!
//! A row or request begins at the left margin; indented lines continue it. What a request does not mention must not be there:
//! `deny` alone is a deny for want of any allow. Raw JSON is passed on as it stands: a line that starts with `{` in data, or the rest of
//! the line after `allow`, `deny` or `refused`.

use std::fmt::Write as _;

/// A request with what must come of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Its line in the Markdown file.
    pub line: usize,
    /// The request as JSON text.
    pub json: String,
    /// The time of the decision, if it matters.
    pub at: Option<String>,
    /// What must come of it.
    pub expected: Answer,
}

/// What must come of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A decision with exactly these reasons, as lines: `allow by owner`, then the other clauses in their order.
    Decision(Vec<String>),
    /// An error whose text holds these parts.
    Refused(Vec<String>),
}

/// The NDJSON of a block in compact notation that begins at `line`; rows keep their lines.
pub fn data(text: &str, line: usize) -> Result<String, (usize, String)> {
    let mut out = String::new();
    for (number, lines, row) in joined(text, line) {
        out.push_str(&data_row(&row).map_err(|message| (number, message))?);
        out.push_str(&"\n".repeat(lines));
    }
    Ok(out)
}

/// The requests of a block that begins at `line`.
pub fn requests(text: &str, line: usize) -> Result<Vec<Request>, (usize, String)> {
    let mut found: Vec<Request> = Vec::new();
    for (index, source) in text.lines().enumerate() {
        let number = line + index;
        let trimmed = source.trim();
        if trimmed.is_empty() {
            continue;
        }
        if source.starts_with([' ', '\t']) {
            let request = found.last_mut().ok_or((number, "a clause of no request".to_owned()))?;
            clause(request, trimmed).map_err(|message| (number, message))?;
        } else {
            found.push(request(trimmed, number).map_err(|message| (number, message))?);
        }
    }
    Ok(found)
}

/// First line, number of lines and text of each row, with indented lines joined to the line above.
fn joined(text: &str, line: usize) -> Vec<(usize, usize, String)> {
    let mut rows: Vec<(usize, usize, String)> = Vec::new();
    for (index, source) in text.lines().enumerate() {
        match rows.last_mut() {
            Some((_, lines, row)) if source.starts_with([' ', '\t']) && !source.trim().is_empty() => {
                *lines += 1;
                row.push(' ');
                row.push_str(source.trim());
            }
            _ => rows.push((line + index, 1, source.trim_end().to_owned())),
        }
    }
    rows
}

fn data_row(row: &str) -> Result<String, String> {
    if row.is_empty() || row.starts_with('{') {
        return Ok(row.to_owned());
    }
    if let Some((uid, rest)) = entity(row) {
        let (parents, attrs) = match rest.find('{') {
            Some(brace) => (&rest[..brace], &rest[brace..]),
            None => (rest, "{}"),
        };
        let parents = parents.trim().strip_prefix("in ").unwrap_or(parents.trim());
        return Ok(format!(
            "{{\"uid\": {uid}, \"parents\": [{}], \"attrs\": {}}}",
            json(parents),
            json(attrs)
        ));
    }
    let (grant, rest) = row.split_once('(').ok_or("neither an entity nor a grant row")?;
    let (args, until) = rest.rsplit_once(')').ok_or("a grant row ends with `)`")?;
    let until = match until.trim().strip_prefix("until ") {
        Some(until) => format!(", \"until\": \"{}\"", until.trim()),
        None if until.trim().is_empty() => String::new(),
        None => return Err(format!("`{until}` after a grant row")),
    };
    Ok(format!("{{\"grant\": \"{grant}\", \"args\": {{{}}}{until}}}", json(args)))
}

fn request(text: &str, line: usize) -> Result<Request, String> {
    let (verb, rest) = text.split_once(' ').unwrap_or((text, ""));
    let rest = rest.trim_start();
    let expected = match verb {
        "allow" | "deny" => Answer::Decision(vec![verb.to_owned()]),
        "refused" => Answer::Refused(Vec::new()),
        _ => return Err(format!("a request begins with allow, deny or refused, not `{verb}`")),
    };
    let (json, tail) = if rest.starts_with('{') {
        let end = object_end(rest);
        (rest[..end].to_owned(), &rest[end..])
    } else {
        let (principal, rest) = entity(rest).ok_or("who?")?;
        let (action, rest) = action(rest.trim_start()).ok_or("does what?")?;
        let (resource, rest) = entity(rest.trim_start()).ok_or("on what?")?;
        let rest = rest.trim_start();
        let end = if rest.starts_with('{') { object_end(rest) } else { 0 };
        let context = if end == 0 { "{}".to_owned() } else { self::json(&rest[..end]) };
        let json = format!(
            "{{\"principal\": {principal}, \"action\": {action}, \"resource\": {resource}, \"context\": {context}}}"
        );
        (json, &rest[end..])
    };
    let mut request = Request { line, json, at: None, expected };
    let mut tail = tail.trim();
    if let Some(rest) = tail.strip_prefix("at ") {
        let (at, rest) = rest.split_once(' ').unwrap_or((rest, ""));
        request.at = Some(at.to_owned());
        tail = rest.trim();
    }
    if !tail.is_empty() {
        clause(&mut request, tail)?;
    }
    Ok(request)
}

fn clause(request: &mut Request, text: &str) -> Result<(), String> {
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    if word == "entity" {
        let row = data_row(rest)?;
        let json = request.json.strip_suffix('}').ok_or("no place for an entity")?;
        request.json = match json.strip_suffix(']') {
            Some(json) if json.contains("\"entities\": [") => format!("{json}, {row}]}}"),
            _ => format!("{json}, \"entities\": [{row}]}}"),
        };
        return Ok(());
    }
    match (&mut request.expected, word) {
        (Answer::Decision(lines), "by") => write!(lines[0], " by {rest}").map_err(|error| error.to_string()),
        (Answer::Decision(lines), "grant" | "because" | "oblige" | "error" | "would") => {
            lines.push(text.to_owned());
            Ok(())
        }
        (Answer::Refused(parts), "saying") => {
            let part =
                rest.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).ok_or("saying \"what\"")?;
            parts.push(part.to_owned());
            Ok(())
        }
        _ => Err(format!("`{word}` says nothing here")),
    }
}

/// `Type::"id"` at the start as JSON, and what follows it.
fn entity(text: &str) -> Option<(String, &str)> {
    let quote = text.find('"')?;
    let ty = text[..quote].strip_suffix("::")?;
    if ty.is_empty() || !ty.chars().all(|c| c.is_alphanumeric() || c == '_' || c == ':') {
        return None;
    }
    let end = quote + string_end(&text[quote..]);
    Some((format!("{{\"type\": \"{ty}\", \"id\": {}}}", &text[quote..end]), &text[end..]))
}

fn action(text: &str) -> Option<(String, &str)> {
    if text.starts_with('"') {
        let end = string_end(text);
        return Some((text[..end].to_owned(), &text[end..]));
    }
    let end = text.find(' ')?;
    Some((format!("\"{}\"", &text[..end]), &text[end..]))
}

/// The JSON of what may have entities, enum variants and keys without quotes.
pub fn json(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if first == '"' {
            let end = string_end(rest);
            out.push_str(&rest[..end]);
            rest = &rest[end..];
        } else if first.is_alphabetic() || first == '_' {
            if let Some((uid, after)) = entity(rest) {
                out.push_str(&uid);
                rest = after;
                continue;
            }
            let word =
                |text: &str| text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
            let mut end = word(rest);
            let mut last = &rest[..end];
            while let Some(after) = rest[end..].strip_prefix("::") {
                last = &after[..word(after)];
                end += 2 + last.len();
            }
            let key = rest[end..].trim_start().starts_with(':');
            match last {
                "true" | "false" | "null" if !key => out.push_str(last),
                _ => {
                    let _ = write!(out, "\"{last}\"");
                }
            }
            rest = &rest[end..];
        } else {
            out.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    out
}

/// Where the string that `text` starts with ends, quotes included.
fn string_end(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '"' if !escaped => return at + 1,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    text.len()
}

/// Where the object that `text` starts with ends, braces included.
fn object_end(text: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        match c {
            '"' => {
                at += string_end(&text[at..]);
                continue;
            }
            '{' => depth += 1,
            '}' if depth == 1 => return at + 1,
            '}' => depth -= 1,
            _ => {}
        }
        at += c.len_utf8();
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_rows_become_json() {
        let text = "User::\"bob\" in Group::\"eng\", Group::\"all\"\n  { age: 3, level: Level::secret, boss: a::User::\"ann\", on: true }\n\nviewer(who: User::\"x)\") until 2027-01-01T00:00:00Z\n";
        let rows = data(text, 1).expect("well formed");
        let lines: Vec<_> = rows.lines().collect();
        assert_eq!(
            lines[0],
            r#"{"uid": {"type": "User", "id": "bob"}, "parents": [{"type": "Group", "id": "eng"}, {"type": "Group", "id": "all"}], "attrs": { "age": 3, "level": "secret", "boss": {"type": "a::User", "id": "ann"}, "on": true }}"#
        );
        assert_eq!(
            lines[3],
            r#"{"grant": "viewer", "args": {"who": {"type": "User", "id": "x)"}}, "until": "2027-01-01T00:00:00Z"}"#
        );
    }

    #[test]
    fn requests_carry_their_answers() {
        let text = "allow User::\"a\" read Doc::\"d\" { x: { y: 1 } } at 2026-01-01T00:00:00Z by p, q\n  oblige log(\"x\")\n  entity User::\"a\" { b: 1 }\nrefused {\"principal\": 1}\n  saying \"uid\"\n";
        let found = requests(text, 7).expect("well formed");
        assert_eq!(
            found[0].expected,
            Answer::Decision(vec!["allow by p, q".to_owned(), "oblige log(\"x\")".to_owned()])
        );
        assert_eq!(found[0].at.as_deref(), Some("2026-01-01T00:00:00Z"));
        assert!(found[0].json.ends_with(r#""context": { "x": { "y": 1 } }, "entities": [{"uid": {"type": "User", "id": "a"}, "parents": [], "attrs": { "b": 1 }}]}"#), "{}", found[0].json);
        assert_eq!((found[1].line, found[1].json.as_str()), (10, "{\"principal\": 1}"));
        assert_eq!(found[1].expected, Answer::Refused(vec!["uid".to_owned()]));
    }

    #[test]
    fn what_is_not_understood_is_an_error() {
        assert!(requests("allow\n", 1).is_err());
        assert!(requests("  by p\n", 1).is_err());
        assert!(requests("deny User::\"a\" read Doc::\"d\"\n  maybe\n", 1).is_err());
        assert!(data("User\n", 1).is_err());
    }
}
