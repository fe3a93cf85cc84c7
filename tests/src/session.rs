//! Command lines of the book with what they print: run in the folder of their case, with the binary that was built.
//!
//! ```text
//! $ assize check .
//! checked 1 file: no errors
//! $ assize check broken.assize   # exit 1
//! ...
//! ```
//!
//! A line that begins with `$ ` is a command for the shell; `# exit N` behind it is its exit code (0 without it). The lines below it are
//! everything that it prints, standard output first. A line `...` stands for any number of lines.

use std::path::Path;

/// A command line with what must come of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// Its line in the Markdown file.
    pub line: usize,
    /// What the shell is given.
    pub text: String,
    /// The exit code.
    pub exit: i32,
    /// Its output.
    pub output: Vec<String>,
}

/// The commands of a block that begins at `line`.
pub fn commands(text: &str, line: usize) -> Result<Vec<Command>, (usize, String)> {
    let mut found: Vec<Command> = Vec::new();
    for (index, source) in text.lines().enumerate() {
        if let Some(command) = source.strip_prefix("$ ") {
            found.push(Command { line: line + index, text: command.to_owned(), exit: 0, output: Vec::new() });
            continue;
        }
        match found.last_mut() {
            // A command that goes on.
            Some(command) if command.output.is_empty() && command.text.ends_with('\\') => {
                command.text.push('\n');
                command.text.push_str(source);
            }
            Some(command) => command.output.push(source.trim_end().to_owned()),
            None => return Err((line + index, "output of no command: commands begin with `$ `".to_owned())),
        }
    }
    if found.is_empty() {
        return Err((line, "no command: commands begin with `$ `".to_owned()));
    }
    for command in &mut found {
        if let Some((text, exit)) = command.text.rsplit_once("# exit ") {
            command.exit = exit.trim().parse().map_err(|_| (command.line, "`# exit N`".to_owned()))?;
            command.text = text.trim_end().to_owned();
        }
    }
    Ok(found)
}

/// Runs a command in `folder`, with `binaries` before everything else on the search path: its exit code, and all that it prints
/// without blank lines at the end, standard output first.
#[allow(clippy::disallowed_methods, reason = "a shell needs a search path")]
pub fn printed(command: &Command, folder: &Path, binaries: &Path) -> Result<(i32, Vec<String>), String> {
    let path = std::env::var("PATH").unwrap_or_default();
    let output = std::process::Command::new("sh")
        .arg("-c")
        .arg(&command.text)
        .current_dir(folder)
        .env("PATH", format!("{}:{path}", binaries.display()))
        .env("NO_COLOR", "1")
        .stdin(std::process::Stdio::null())
        .output()
        .map_err(|error| format!("no shell: {error}"))?;
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    let lines = text.trim_end().lines().map(|line| line.trim_end().to_owned()).collect();
    Ok((output.status.code().unwrap_or(-1), lines))
}

/// Runs a command, and says what is not as it must be.
pub fn run(command: &Command, folder: &Path, binaries: &Path) -> Result<(), String> {
    let (code, found) = printed(command, folder, binaries)?;
    if code != command.exit {
        return Err(format!(
            "`{}` ends with {code}, not {}:\n{}",
            command.text,
            command.exit,
            found.join("\n")
        ));
    }
    let found: Vec<&str> = found.iter().map(String::as_str).collect();
    let expected: Vec<&str> = command.output.iter().map(String::as_str).collect();
    let end = expected.iter().rposition(|line| !line.is_empty()).map_or(0, |last| last + 1);
    if matches(&expected[..end], &found) {
        return Ok(());
    }
    Err(format!("`{}` prints something else:\n{}", command.text, found.join("\n")))
}

/// Whether `found` is what `expected` says, where a line `...` is any number of lines.
fn matches(expected: &[&str], found: &[&str]) -> bool {
    match expected.split_first() {
        None => found.is_empty(),
        Some((&"...", rest)) => (0..=found.len()).any(|skip| matches(rest, &found[skip..])),
        Some((line, rest)) => found.first() == Some(line) && matches(rest, &found[1..]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_has_its_output_and_exit_code() {
        let found = commands("$ a \\\n  b\nout\n\n$ false  # exit 1\n", 5).expect("well formed");
        assert_eq!((found[0].text.as_str(), found[0].exit, found[0].line), ("a \\\n  b", 0, 5));
        assert_eq!(found[0].output, ["out", ""]);
        assert_eq!((found[1].text.as_str(), found[1].exit), ("false", 1));
        assert!(commands("assize check\n", 1).is_err() && commands("", 1).is_err());
    }

    #[test]
    fn output_must_be_all_that_was_printed() {
        let here = Path::new(".");
        let of = |text: &str| commands(text, 1).expect("well formed").remove(0);
        assert_eq!(run(&of("$ echo a; echo b >&2\na\nb\n"), here, here), Ok(()));
        assert_eq!(run(&of("$ echo a; echo b; echo c\na\n...\n"), here, here), Ok(()));
        assert!(run(&of("$ echo a\n"), here, here).is_err());
        assert!(run(&of("$ echo a\na\nb\n"), here, here).is_err());
        assert!(run(&of("$ exit 3\n"), here, here).is_err());
        assert_eq!(run(&of("$ exit 3 # exit 3\n"), here, here), Ok(()));
    }
}
