//! `assize lsp`: the language server.

use std::io::Write;

use crate::exit::Exit;
use crate::pages;

/// Serves until the client goes.
pub fn run() -> Exit {
    match assize_lsp::serve_stdio(assize_lsp::Options { pages: pages::page }) {
        Ok(()) => Exit::Success,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: the language server cannot start: {error}");
            Exit::Usage
        }
    }
}
