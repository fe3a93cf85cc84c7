//! How values are written: one reader and one printer for each literal type, shared by the compiler, the built-ins and data files.
//!
//! Reading is strict and never rounds; what a printer writes, its reader reads back as the same value.

mod address;
pub(crate) mod civil;
mod datetime;
mod duration;
mod number;
#[cfg(test)]
mod tests;
mod zone;

pub use address::{parse_cidr, parse_ip};
pub use datetime::{format_datetime, parse_datetime};
pub use duration::{format_duration, parse_duration};
pub use number::{parse_decimal, parse_int};
pub use zone::parse_zone;

/// Why a text is no literal of a type, in the author's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct LiteralError {
    /// Lower case, no full stop, names what would be right.
    pub message: String,
    /// A text that was probably meant instead.
    pub instead: Option<String>,
}

impl LiteralError {
    fn new(message: impl Into<String>) -> Self {
        LiteralError { message: message.into(), instead: None }
    }
}
