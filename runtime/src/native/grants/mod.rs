//! Rows of grants, and which of them can matter to an entity.
//!
//! ```text
//! table        for each grant its rows as words, [when it ends, word of each argument ...], and for each parameter that names
//!              entities which rows name which (see `table`, `lists`)
//! search       the rows that are for given entities and values
//! columns      what policies ask about grants, found out once for each Program
//! signature    where the answers fit a few hundred kilobytes: tables of bits that answer without a search
//! ```

mod columns;
mod lists;
mod search;
mod signature;
mod table;

pub(super) use columns::{Columns, plain_search};
pub(super) use search::{CURSOR_WORDS, Cursor, Plan, Test, intersects};
pub(super) use signature::{Signatures, WORDS, head, object_words};
pub(super) use table::{GrantTable, ROW_HEAD, entities_of};
