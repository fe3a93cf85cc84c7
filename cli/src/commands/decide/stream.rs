//! Many requests: one line in, one line out, in order, in bounded memory.

use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal, Write};
use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};

use super::answer::Answers;
use crate::args::Format;
use crate::exit::{Exit, Stop};
use crate::lines::{Line, Lines, MAX_LINE};

/// How many lines pass between two looks at the progress bar.
const LINES_PER_TICK: u64 = 4096;

/// Decides every line of `path`, `-` for standard input. Lines that make no sense have a line out that says so, and the exit
/// code tells that there were some.
pub fn run(path: &Path, answers: &Answers<'_>, format: Format, out: &mut impl Write) -> Result<Exit, Stop> {
    if path == Path::new("-") {
        let lines = Lines::new(BufReader::with_capacity(1 << 16, io::stdin().lock()));
        return decide_all(lines, "standard input", answers, format, out, ProgressBar::hidden());
    }
    let name = path.display().to_string();
    let unreadable = |error| Stop::usage(format!("cannot read `{name}`: {error}"));
    let file = File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if metadata.is_dir() {
        return Err(Stop::usage(format!("`{name}` is a folder")).help("name a file with one request a line"));
    }
    let progress = progress(metadata.len());
    decide_all(Lines::new(BufReader::with_capacity(1 << 16, file)), &name, answers, format, out, progress)
}

fn decide_all<R: BufRead>(
    mut lines: Lines<R>,
    name: &str,
    answers: &Answers<'_>,
    format: Format,
    out: &mut impl Write,
    progress: ProgressBar,
) -> Result<Exit, Stop> {
    let mut exit = Exit::Success;
    let mut count = 0_u64;
    loop {
        let line =
            lines.next_line().map_err(|error| Stop::usage(format!("cannot read `{name}`: {error}")))?;
        let answered = match line {
            None => break,
            Some(Line::Bytes(bytes)) if bytes.trim_ascii().is_empty() => continue,
            Some(Line::Bytes(bytes)) => match std::str::from_utf8(bytes) {
                Ok(text) => answers.line(text, format, out)?,
                Err(_) => answers.refuse_line("a request is UTF-8 text", format, out)?,
            },
            Some(Line::TooLong) => {
                let message = format!("a request has at most {} MiB", MAX_LINE >> 20);
                answers.refuse_line(&message, format, out)?
            }
        };
        if !answered {
            exit = Exit::Usage;
        }
        count += 1;
        if count.is_multiple_of(LINES_PER_TICK) {
            progress.set_position(lines.consumed());
        }
    }
    progress.finish_and_clear();
    Ok(exit)
}

/// A bar on standard error if that is a terminal and the decisions go elsewhere.
fn progress(size: u64) -> ProgressBar {
    if io::stdout().is_terminal() || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {percent}% of {total_bytes}, {eta} left");
    ProgressBar::new(size).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
