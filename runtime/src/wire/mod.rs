//! The byte form of a Program, for those who load what others compiled.
//!
//! ```text
//! form      a Program with each type of a node named by its number in one table
//! parts     types and values as lists of parts, operands before users: no reader recurses
//! names     what a number means in one build only is written by name: built-ins, time zones
//! ```
//! The bytes are those of `postcard` over [`form::Form`]: numbers of variable length, texts and lists with their length before
//! them, variants by position. `docs/reference/bundles.md` has all of it. A Program of this form is no more to be trusted than any other
//! that a stranger wrote: only [`crate::verify()`] turns it into something that can be run.

mod form;
mod names;
mod parts;
#[cfg(test)]
mod tests;

use form::Form;

use crate::program::Program;

/// The number of this form. A reader refuses every other.
pub const FORMAT: u32 = 1;

/// Why bytes are no Program.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("these bytes are no compiled policies of format {FORMAT}: {0}")]
pub struct WireError(String);

/// The bytes of a Program: always the same ones for the same Program.
pub fn encode(program: &Program) -> Vec<u8> {
    // Writing to memory cannot fail, and no part of a Program is a kind of thing that postcard cannot write.
    postcard::to_allocvec(&Form::of(program)).unwrap_or_default()
}

/// The Program that these bytes are. Time and memory are in proportion to their number.
pub fn decode(bytes: &[u8]) -> Result<Program, WireError> {
    let (form, rest): (Form, _) =
        postcard::take_from_bytes(bytes).map_err(|error| WireError(reason(&error)))?;
    if !rest.is_empty() {
        return Err(WireError(format!("{} bytes are left over", rest.len())));
    }
    form.program().map_err(|problem| WireError(problem.to_owned()))
}

fn reason(error: &postcard::Error) -> String {
    match error {
        postcard::Error::DeserializeUnexpectedEnd => "they end too early".to_owned(),
        postcard::Error::DeserializeBadUtf8 => "a text is not UTF-8".to_owned(),
        postcard::Error::DeserializeBadEnum => "a variant has a number that is unknown here".to_owned(),
        postcard::Error::DeserializeBadVarint => "a number is too large".to_owned(),
        postcard::Error::DeserializeBadBool | postcard::Error::DeserializeBadOption => {
            "a yes or no is neither".to_owned()
        }
        // What this module's own readers refuse arrives without its reason: postcard keeps none.
        _ => "a type, value, name or set is not of its form".to_owned(),
    }
}
