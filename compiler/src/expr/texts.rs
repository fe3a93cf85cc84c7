//! `like` and `matches`: patterns are literals, compiled and judged here.

use assize_lang::ast::{Expr, StrLit};
use assize_lang::{Diagnostic, Span, codes};
use assize_runtime::program::{LikePattern, Op, compile_regex};
use assize_runtime::types::Type;
use smol_str::SmolStr;

use super::checker::{Checker, Typed};

impl Checker<'_> {
    /// `value like "a*"`
    pub(super) fn like(&mut self, value: &Expr, pattern: &StrLit, span: Span) -> Option<Typed> {
        let typed = self.operand(value, &Type::String, "like");
        let parts = match like_parts(&pattern.value) {
            Ok(parts) => parts,
            Err(problem) => {
                self.report(Diagnostic::new(codes::BAD_PATTERN, pattern.span, problem));
                return None;
            }
        };
        let typed = typed?;
        let pattern = self.patterns.like(LikePattern { parts: parts.into() });
        Some(self.push_bool(Op::Like { value: typed.node, pattern }, span))
    }

    /// `value matches r"[a-z]+"`
    pub(super) fn matches(&mut self, value: &Expr, pattern: &StrLit, span: Span) -> Option<Typed> {
        let typed = self.operand(value, &Type::String, "matches");
        if let Err(problem) = judge_regex(&pattern.value) {
            self.report(Diagnostic::new(codes::BAD_PATTERN, pattern.span, problem));
            return None;
        }
        let typed = typed?;
        let regex = self.patterns.regex(pattern.value.clone());
        Some(self.push_bool(Op::Matches { value: typed.node, regex }, span))
    }
}

/// Why a regular expression cannot be used, with the part that is at fault.
fn judge_regex(source: &str) -> Result<(), String> {
    let (problem, span) = match regex_syntax::parse(source) {
        // Well-formed, but it may be too large, or nested too deeply.
        Ok(_) => {
            return match compile_regex(source) {
                Ok(_) => Ok(()),
                Err(regex::Error::CompiledTooBig(_)) => {
                    Err("this pattern is too large when compiled".to_owned())
                }
                Err(_) => Err("this pattern is nested too deeply".to_owned()),
            };
        }
        Err(regex_syntax::Error::Parse(error)) => (error.kind().to_string(), *error.span()),
        Err(regex_syntax::Error::Translate(error)) => (error.kind().to_string(), *error.span()),
        Err(_) => return Err("this is no regular expression".to_owned()),
    };
    let at = source.get(..span.start.offset).map_or(0, |before| before.chars().count()) + 1;
    match source.get(span.start.offset..span.end.offset) {
        Some(part) if !part.is_empty() => {
            Err(format!("{problem}: `{part}`, at character {at} of the pattern"))
        }
        _ => Err(format!("{problem}, at character {at} of the pattern")),
    }
}

/// The literal parts of a raw pattern, between its stars.
fn like_parts(raw: &str) -> Result<Vec<SmolStr>, String> {
    let mut parts = Vec::new();
    let mut part = String::new();
    let mut chars = raw.chars();
    while let Some(c) = chars.next() {
        match c {
            '*' => parts.push(SmolStr::from(std::mem::take(&mut part))),
            '\\' => match chars.next() {
                Some(escaped @ ('*' | '\\' | '"')) => part.push(escaped),
                Some('n') => part.push('\n'),
                Some('r') => part.push('\r'),
                Some('t') => part.push('\t'),
                Some('0') => part.push('\0'),
                Some('u') => part.push(unicode_escape(&mut chars)?),
                Some(other) => {
                    return Err(format!(
                        "unknown escape `\\{other}` in this pattern: write `\\\\` for a backslash"
                    ));
                }
                None => {
                    return Err("this pattern ends in the middle of an escape: write `\\\\` for a backslash"
                        .to_owned());
                }
            },
            other => part.push(other),
        }
    }
    parts.push(part.into());
    Ok(parts)
}

/// What follows `\u`: `{1F600}`.
fn unicode_escape(chars: &mut std::str::Chars<'_>) -> Result<char, String> {
    let rest = chars.as_str();
    let digits = rest.strip_prefix('{').and_then(|rest| rest.split_once('}')).map(|(digits, _)| digits);
    let digits = digits.ok_or_else(|| "`\\u` needs a number in braces, as in `\\u{e9}`".to_owned())?;
    let letter = u32::from_str_radix(digits, 16).ok().and_then(char::from_u32);
    let letter = letter.ok_or_else(|| format!("`\\u{{{digits}}}` is no character"))?;
    *chars = rest[digits.len() + 2..].chars();
    Ok(letter)
}
