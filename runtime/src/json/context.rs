//! A context by itself, for questions that are about one context and several actions.

use std::sync::Arc;

use smol_str::SmolStr;

use super::request::{RequestError, RequestErrorKind};
use super::tree::{Json, Kind, read};
use super::value::Typing;
use crate::types::RecordType;
use crate::value::Value;
use crate::verify::Verified;

/// The names of the fields that a JSON object has.
pub(crate) fn context_fields(text: &str) -> Result<Vec<SmolStr>, RequestError> {
    match object(text)?.kind {
        Kind::Object(members) => Ok(members.into_iter().map(|member| member.key).collect()),
        _ => Ok(Vec::new()),
    }
}

/// The context of this type that a JSON object spells: all of it, or those of its fields that the type declares.
pub(crate) fn read_context(
    program: &Verified,
    record: &RecordType,
    text: &str,
    only_declared: bool,
) -> Result<Value, RequestError> {
    let mut json = object(text)?;
    if let Kind::Object(members) = &mut json.kind
        && only_declared
    {
        members.retain(|member| record.field(&member.key).is_some());
    }
    let mut typing = Typing::new(&program.schema, program.names());
    let fields = typing.record(&json, record);
    match (fields, typing.faults.into_iter().next()) {
        (Some(fields), None) => Ok(Value::Record(Arc::new(fields))),
        (_, Some(fault)) => {
            let path = if fault.path.is_empty() { String::new() } else { format!(".{}", fault.path) };
            let path = format!("context{path}");
            Err(RequestError { kind: RequestErrorKind::BadContext, message: fault.message, path })
        }
        (None, None) => Err(bad("this does not fit")),
    }
}

fn object(text: &str) -> Result<Json<'_>, RequestError> {
    let json = read(text).map_err(|fault| bad(format!("{} (at byte {})", fault.message, fault.at)))?;
    match json.kind {
        Kind::Object(_) => Ok(json),
        _ => Err(bad("a context is an object")),
    }
}

fn bad(message: impl Into<String>) -> RequestError {
    RequestError::new(RequestErrorKind::BadContext, "context", message)
}
