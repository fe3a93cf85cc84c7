//! One file for each command.

pub mod bundle;
pub mod check;
pub mod decide;
pub mod explain;
pub mod fix;
pub mod fmt;
#[cfg(feature = "cedar")]
pub mod import;
#[cfg(not(feature = "cedar"))]
#[path = "no_import.rs"]
pub mod import;
pub mod init;
#[cfg(feature = "lsp")]
pub mod lsp;
pub mod query;
pub mod test;

/// Whether a package may be called so.
fn is_package_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}
