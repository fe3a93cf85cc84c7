//! The notation of the grammar page.
//!
//! ```text
//! rule = one two | "word" NAME     a rule begins at the left margin; indented lines continue it
//! x?  x*  x+  ( .. )               as everywhere
//! a & b & c                        each at most once, in any order
//! ```

use std::collections::BTreeMap;

/// What a rule stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// `"word"`, quotes included, or `NAME`.
    Terminal(String),
    /// Another rule.
    Rule(String),
    /// One after the other.
    Sequence(Vec<Form>),
    /// One of them.
    Choice(Vec<Form>),
    /// `x?`
    Optional(Box<Form>),
    /// `x*`
    Many(Box<Form>),
    /// `x+`
    Some(Box<Form>),
    /// `a & b`
    AnyOrder(Vec<Form>),
}

/// Rules by name.
pub type Grammar = BTreeMap<String, Form>;

/// The rules of the texts of all blocks, or what is wrong with them.
pub fn read(text: &str) -> Result<Grammar, String> {
    let mut rules: Vec<String> = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        match rules.last_mut() {
            Some(rule) if line.starts_with(' ') => {
                rule.push(' ');
                rule.push_str(line.trim());
            }
            _ => rules.push(line.trim_end().to_owned()),
        }
    }
    let mut grammar = Grammar::new();
    for rule in rules {
        let (name, body) = rule.split_once(" =").ok_or(format!("no rule: {rule}"))?;
        let mut words = words(body)?;
        words.reverse();
        let form = choice(&mut words)?;
        if let Some(word) = words.pop() {
            return Err(format!("`{word}` is too much in: {rule}"));
        }
        if grammar.insert(name.trim().to_owned(), form).is_some() {
            return Err(format!("`{name}` is defined twice"));
        }
    }
    Ok(grammar)
}

fn words(text: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let end = match first {
            '"' => rest[1..].find('"').ok_or(format!("an open quote in: {text}"))? + 2,
            '|' | '&' | '(' | ')' | '?' | '*' | '+' => 1,
            c if c.is_alphabetic() => {
                rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())
            }
            other => return Err(format!("`{other}` means nothing in: {text}")),
        };
        words.push(rest[..end].to_owned());
        rest = rest[end..].trim_start();
    }
    Ok(words)
}

/// Reads from the end of `words`, which stand in reverse.
fn choice(words: &mut Vec<String>) -> Result<Form, String> {
    let mut found = vec![any_order(words)?];
    while words.last().is_some_and(|word| word == "|") {
        words.pop();
        found.push(any_order(words)?);
    }
    Ok(if found.len() == 1 { found.remove(0) } else { Form::Choice(found) })
}

fn any_order(words: &mut Vec<String>) -> Result<Form, String> {
    let mut found = vec![sequence(words)?];
    while words.last().is_some_and(|word| word == "&") {
        words.pop();
        found.push(sequence(words)?);
    }
    Ok(if found.len() == 1 { found.remove(0) } else { Form::AnyOrder(found) })
}

fn sequence(words: &mut Vec<String>) -> Result<Form, String> {
    let mut found = Vec::new();
    while let Some(word) = words.last().filter(|word| !matches!(word.as_str(), "|" | "&" | ")")).cloned() {
        words.pop();
        let mut form = if word == "(" {
            let inner = choice(words)?;
            if words.pop().as_deref() != Some(")") {
                return Err("a `(` is never closed".to_owned());
            }
            inner
        } else if word.starts_with('"') || word.chars().all(|c| c.is_uppercase() || c == '_') {
            Form::Terminal(word)
        } else if word.starts_with(char::is_alphabetic) {
            Form::Rule(word)
        } else {
            return Err(format!("`{word}` stands behind nothing"));
        };
        while let Some(mark) = words.last().filter(|word| matches!(word.as_str(), "?" | "*" | "+")).cloned() {
            words.pop();
            form = match mark.as_str() {
                "?" => Form::Optional(Box::new(form)),
                "*" => Form::Many(Box::new(form)),
                _ => Form::Some(Box::new(form)),
            };
        }
        found.push(form);
    }
    if found.is_empty() {
        return Err("an empty alternative".to_owned());
    }
    Ok(if found.len() == 1 { found.remove(0) } else { Form::Sequence(found) })
}

/// Every terminal and rule that is mentioned.
pub fn mentioned(grammar: &Grammar) -> (Vec<&str>, Vec<&str>) {
    let (mut terminals, mut rules) = (Vec::new(), Vec::new());
    let mut open: Vec<&Form> = grammar.values().collect();
    while let Some(form) = open.pop() {
        match form {
            Form::Terminal(name) => terminals.push(name.as_str()),
            Form::Rule(name) => rules.push(name.as_str()),
            Form::Sequence(of) | Form::Choice(of) | Form::AnyOrder(of) => open.extend(of),
            Form::Optional(of) | Form::Many(of) | Form::Some(of) => open.push(of),
        }
    }
    for list in [&mut terminals, &mut rules] {
        list.sort_unstable();
        list.dedup();
    }
    (terminals, rules)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read() {
        let grammar = read("a = \"x\" b? | (NAME \",\")*\n  | b\nb = \"y\" & \"z\"+\n").expect("a grammar");
        assert_eq!(grammar.len(), 2);
        assert_eq!(mentioned(&grammar), (vec!["\",\"", "\"x\"", "\"y\"", "\"z\"", "NAME"], vec!["b"]));
        assert!(matches!(&grammar["a"], Form::Choice(three) if three.len() == 3));
        assert!(matches!(&grammar["b"], Form::AnyOrder(two) if two.len() == 2));
    }

    #[test]
    fn what_is_no_grammar_is_refused() {
        for text in ["a", "a = (b", "a = b)", "a = |", "a = ?", "a = \"x", "a = b\na = c\n", "a = b - c"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
