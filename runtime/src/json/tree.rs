//! JSON as a tree in which each value and key knows where it stands. Numbers stay text, so that none is rounded on the way.

use std::collections::BTreeSet;

use jiter::{Jiter, JiterError, JiterErrorType, JsonErrorType, Peek};
use smol_str::SmolStr;

/// How deep arrays and objects may be nested.
pub const MAX_JSON_DEPTH: usize = 64;

/// A value and where it begins, as a byte offset.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Json<'j> {
    pub at: usize,
    pub kind: Kind<'j>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind<'j> {
    Null,
    Bool(bool),
    /// As written.
    Number(&'j str),
    String(SmolStr),
    Array(Vec<Json<'j>>),
    /// In order; keys are distinct.
    Object(Vec<Member<'j>>),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Member<'j> {
    pub key: SmolStr,
    pub key_at: usize,
    pub value: Json<'j>,
}

/// Where and why a text is no JSON that we read.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SyntaxFault {
    pub at: usize,
    pub message: String,
}

impl Json<'_> {
    /// What it is, for messages: `a string`.
    pub fn describe(&self) -> &'static str {
        match self.kind {
            Kind::Null => "null",
            Kind::Bool(_) => "a boolean",
            Kind::Number(_) => "a number",
            Kind::String(_) => "a string",
            Kind::Array(_) => "an array",
            Kind::Object(_) => "an object",
        }
    }
}

/// Reads values from a text, one after the other.
pub(super) struct Reader<'j> {
    text: &'j str,
    jiter: Jiter<'j>,
    /// Where the text that `jiter` reads begins.
    base: usize,
}

impl<'j> Reader<'j> {
    /// From `base` on.
    pub fn new(text: &'j str, base: usize) -> Self {
        Reader { text, jiter: Jiter::new(&text.as_bytes()[base..]), base }
    }

    /// The byte that comes next after white space, with its offset; `None` at the end.
    pub fn next_byte(&self) -> Option<(u8, usize)> {
        let from = self.position();
        let bytes = self.text.as_bytes().get(from..)?;
        let at = bytes.iter().position(|byte| !matches!(byte, b' ' | b'\t' | b'\n' | b'\r'))?;
        Some((bytes[at], from + at))
    }

    fn position(&self) -> usize {
        self.base + self.jiter.current_index()
    }

    /// The next value, whole.
    pub fn value(&mut self) -> Result<Json<'j>, SyntaxFault> {
        let peek = self.jiter.peek().map_err(|error| self.fault(error))?;
        self.known(peek, 0)
    }

    /// Steps into an array: whether it has a first element, which [`Reader::element`] reads.
    pub fn enter_array(&mut self) -> Result<Option<Peek>, SyntaxFault> {
        self.jiter.next_array().map_err(|error| self.fault(error))
    }

    /// An element, and what follows it.
    pub fn element(&mut self, peek: Peek) -> Result<(Json<'j>, Option<Peek>), SyntaxFault> {
        let element = self.known(peek, 1)?;
        let next = self.jiter.array_step().map_err(|error| self.fault(error))?;
        Ok((element, next))
    }

    fn known(&mut self, peek: Peek, depth: usize) -> Result<Json<'j>, SyntaxFault> {
        let at = self.position();
        if depth > MAX_JSON_DEPTH {
            return Err(SyntaxFault {
                at,
                message: format!("values are nested deeper than {MAX_JSON_DEPTH} levels"),
            });
        }
        let kind = match peek {
            Peek::Null => self.jiter.known_null().map(|()| Kind::Null).map_err(|error| self.fault(error))?,
            Peek::True | Peek::False => {
                self.jiter.known_bool(peek).map(Kind::Bool).map_err(|error| self.fault(error))?
            }
            Peek::String => {
                let text = self.jiter.known_str().map(SmolStr::new);
                Kind::String(text.map_err(|error| self.fault(error))?)
            }
            Peek::Array => {
                let mut elements = Vec::new();
                let mut next = self.jiter.known_array().map_err(|error| self.fault(error))?;
                while let Some(peek) = next {
                    elements.push(self.known(peek, depth + 1)?);
                    next = self.jiter.array_step().map_err(|error| self.fault(error))?;
                }
                Kind::Array(elements)
            }
            Peek::Object => Kind::Object(self.members(depth)?),
            Peek::NaN | Peek::Infinity => {
                return Err(SyntaxFault { at, message: "JSON has no such number".to_owned() });
            }
            _ => {
                let text = self.jiter.known_number_bytes(peek).map(|bytes| bytes.len());
                let length = text.map_err(|error| self.fault(error))?;
                Kind::Number(self.text.get(at..at + length).unwrap_or_default())
            }
        };
        Ok(Json { at, kind })
    }

    fn members(&mut self, depth: usize) -> Result<Vec<Member<'j>>, SyntaxFault> {
        let mut members: Vec<Member<'j>> = Vec::new();
        // Only for objects with many keys; in small ones a look at each is quicker.
        let mut many = BTreeSet::new();
        let mut before = self.position();
        let mut key = self.jiter.known_object().map(|key| key.map(SmolStr::new));
        loop {
            let Some(name) = key.map_err(|error| self.fault(error))? else { return Ok(members) };
            let key_at = self.key_position(before);
            let peek = self.jiter.peek().map_err(|error| self.fault(error))?;
            let repeated = match members.len() {
                0..16 => members.iter().any(|member| member.key == name),
                16 => {
                    many.extend(members.iter().map(|member| member.key.clone()));
                    !many.insert(name.clone())
                }
                _ => !many.insert(name.clone()),
            };
            if repeated {
                return Err(SyntaxFault {
                    at: key_at,
                    message: format!("key `{name}` appears twice in one object"),
                });
            }
            let value = self.known(peek, depth + 1)?;
            members.push(Member { key: name, key_at, value });
            before = self.position();
            key = self.jiter.next_key().map(|key| key.map(SmolStr::new));
        }
    }

    /// Where the key begins that was read from `before` on.
    fn key_position(&self, before: usize) -> usize {
        let bytes = &self.text.as_bytes()[before.min(self.text.len())..];
        before + bytes.iter().position(|byte| *byte == b'"').unwrap_or(0)
    }

    fn fault(&self, error: JiterError) -> SyntaxFault {
        let message = match &error.error_type {
            JiterErrorType::JsonError(kind) => describe(kind),
            JiterErrorType::WrongType { .. } => "this is not the JSON that was expected".to_owned(),
        };
        SyntaxFault { at: (self.base + error.index).min(self.text.len()), message }
    }
}

/// Reads a text that is one value.
pub(super) fn read(text: &str) -> Result<Json<'_>, SyntaxFault> {
    let mut reader = Reader::new(text, 0);
    let value = reader.value()?;
    match reader.next_byte() {
        None => Ok(value),
        Some((_, at)) => {
            Err(SyntaxFault { at, message: "something follows after the end of the value".to_owned() })
        }
    }
}

fn describe(kind: &JsonErrorType) -> String {
    let text = match kind {
        JsonErrorType::EofWhileParsingList => "the text ends inside an array",
        JsonErrorType::EofWhileParsingObject => "the text ends inside an object",
        JsonErrorType::EofWhileParsingString => "the text ends inside a string",
        JsonErrorType::EofWhileParsingValue => "the text ends where a value is expected",
        JsonErrorType::ExpectedColon => "expected `:` after a key",
        JsonErrorType::ExpectedListCommaOrEnd => "expected `,` or `]` after an element",
        JsonErrorType::ExpectedObjectCommaOrEnd => "expected `,` or `}` after a member",
        JsonErrorType::ExpectedSomeIdent | JsonErrorType::ExpectedSomeValue => "expected a value",
        JsonErrorType::KeyMustBeAString => "expected a key in double quotes",
        JsonErrorType::TrailingComma => "a comma stands before the closing bracket",
        JsonErrorType::InvalidNumber => "this is no JSON number",
        JsonErrorType::NumberOutOfRange => "this number is too large",
        JsonErrorType::InvalidEscape => "this escape means nothing in JSON",
        JsonErrorType::InvalidUnicodeCodePoint
        | JsonErrorType::LoneLeadingSurrogateInHexEscape
        | JsonErrorType::UnexpectedEndOfHexEscape => "this escape is no Unicode character",
        JsonErrorType::ControlCharacterWhileParsingString => {
            "a control character stands unescaped in a string"
        }
        JsonErrorType::RecursionLimitExceeded => "values are nested too deeply",
        _ => "this is no JSON",
    };
    text.to_owned()
}
