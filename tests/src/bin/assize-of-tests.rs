//! The binary `assize` under another name, so that tests of this crate can run the command lines of the book.

use std::process::ExitCode;

fn main() -> ExitCode {
    assize_cli::main()
}
