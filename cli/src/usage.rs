//! What is said when a command could not do its work: for people, or as one JSON object for programs.

use std::ffi::OsStr;
use std::io::{self, Write};

use clap::error::ErrorKind;
use serde_json::json;

use crate::exit::Exit;

/// Writes a message with its faults and its way out.
pub fn write(
    to: &mut impl Write,
    as_json: bool,
    message: &str,
    faults: &[String],
    help: Option<&str>,
) -> io::Result<()> {
    if as_json {
        let mut error = json!({ "kind": "usage", "message": message });
        if let Some(fields) = error.as_object_mut() {
            if !faults.is_empty() {
                fields.insert("faults".into(), faults.into());
            }
            if let Some(help) = help {
                fields.insert("help".into(), help.into());
            }
        }
        return writeln!(to, "{}", json!({ "error": error }));
    }
    writeln!(to, "error: {message}")?;
    for fault in faults {
        writeln!(to, "{fault}")?;
    }
    match help {
        Some(help) => writeln!(to, "  help: {help}"),
        None => Ok(()),
    }
}

/// What clap has to say about the arguments: a mistake in them, or the help or version that they ask for.
pub fn arguments(error: &clap::Error, as_json: bool) -> Exit {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        let _ = error.print();
        return Exit::Success;
    }
    if !as_json {
        let _ = error.print();
        return Exit::Usage;
    }
    let text = error.render().to_string();
    let mut paragraphs = text.trim().split("\n\n").map(str::trim);
    let message = paragraphs.next().unwrap_or_default();
    let help: Vec<&str> = paragraphs.collect();
    let help = help.join("\n");
    let help = Some(help.as_str()).filter(|help| !help.is_empty());
    let message = message.strip_prefix("error: ").unwrap_or(message);
    let _ = write(&mut io::stderr().lock(), true, message, &[], help);
    Exit::Usage
}

/// Whether arguments, which need not make sense as a whole, ask for a format that programs read.
pub fn wants_json<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> bool {
    let mut after_format = false;
    for arg in args {
        let Some(arg) = arg.as_ref().to_str() else { continue };
        let value = if after_format { Some(arg) } else { arg.strip_prefix("--format=") };
        if matches!(value, Some("json" | "sarif")) {
            return true;
        }
        after_format = arg == "--format";
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_is_seen_among_arguments_that_make_no_sense() {
        let wants = |args: &str| wants_json(args.split(' '));
        assert!(wants("assize chek --format json"));
        assert!(wants("assize --format=sarif check --no-such-flag"));
        assert!(!wants("assize check json --format human"));
        assert!(!wants("assize check --format"));
    }
}
