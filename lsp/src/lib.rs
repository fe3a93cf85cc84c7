//! The language server: what an editor asks about policies, and the Language Server Protocol around it.
//!
//! In come messages of a client; out come answers, and findings as the text changes. Two layers, and between them the state:
//!
//! ```text
//! ide       questions as functions: (a package at one moment, file, offset) -> plain data     no protocol
//! server    packages that are open, one thread that owns them, readers
//! protocol  messages <-> events, questions and data                     `framework.rs` alone knows the framework
//! ```
//!
//! Start at [`ide`] for what a feature does, at [`server`] for how edits and questions stay in order.

pub mod ide;
pub mod protocol;
pub mod server;
pub mod shelf;
pub mod text;

use std::io;

/// What the server is given by the program that it is part of.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Pages about diagnostic codes.
    pub pages: server::view::Pages,
}

impl Default for Options {
    fn default() -> Self {
        Options { pages: |_| None }
    }
}

/// Speaks with a client on standard input and output until it goes.
pub fn serve_stdio(options: Options) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    runtime.block_on(async {
        protocol::framework::serve(tokio::io::stdin(), tokio::io::stdout(), options).await;
    });
    // A read of standard input that nobody waits for any more must not hold up the end.
    runtime.shutdown_background();
    Ok(())
}
