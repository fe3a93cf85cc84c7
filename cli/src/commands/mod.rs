//! One file for each command.

pub mod check;
pub mod decide;
pub mod explain;
pub mod fix;
pub mod fmt;
pub mod init;
#[cfg(feature = "lsp")]
pub mod lsp;
pub mod query;
pub mod test;
