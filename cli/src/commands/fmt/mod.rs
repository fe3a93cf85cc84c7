//! `assize fmt`: the one true format.

mod files;

use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::Arc;

use assize_compiler::package::{Located, SourceText};
use assize_lang::{Formatted, MAX_FILE_SIZE, format as format_text, line_column};
use serde_json::json;

use crate::args::{FmtArgs, Format};
use crate::diagnostics::Report;
use crate::exit::{Exit, Stop};
use crate::parallel;
use crate::replace::{Replacement, unified_diff};

/// What standard input is called in messages.
const STDIN: &str = "<stdin>";

/// Formats, or says with `--check` what is not formatted. Everything is read before anything is written.
pub fn run(args: &FmtArgs, format: Format, out: &mut impl Write) -> Result<Exit, Stop> {
    if args.stdin {
        return stdin(args, format, out);
    }
    let mut texts = Vec::new();
    for path in files::policy_files(&args.paths)? {
        let text = files::read(&path)?;
        texts.push(source(&path.display().to_string(), &path, text));
    }
    let results: Vec<Formatted> = parallel::map(&texts, |source| format_text(&source.text));
    let mut changed = 0;
    for (source, result) in texts.iter().zip(&results) {
        let differs = *source.text != *result.text;
        changed += usize::from(differs);
        if differs && !args.check {
            Replacement::prepare(&source.path, &source.text, &result.text)?.make()?;
        }
        show(args, format, source, result, out)?;
    }
    if format == Format::Human {
        writeln!(out, "{}", summary(args.check, changed, texts.len()))?;
    }
    finish(args, format, &texts, &results)
}

/// What was done to how many files.
fn summary(check: bool, changed: usize, all: usize) -> String {
    let files = |count: usize| if count == 1 { "1 file".to_owned() } else { format!("{count} files") };
    match (check, all - changed) {
        _ if changed == 0 => format!("nothing to change in {}", files(all)),
        (true, _) => format!("{changed} of {} would change: run `assize fmt`", files(all)),
        (false, 0) => format!("{} formatted", files(changed)),
        (false, others) => format!("{} formatted, nothing to change in {}", files(changed), files(others)),
    }
}

fn stdin(args: &FmtArgs, format: Format, out: &mut impl Write) -> Result<Exit, Stop> {
    let mut bytes = Vec::new();
    let read = io::stdin().lock().take(MAX_FILE_SIZE as u64 + 1).read_to_end(&mut bytes);
    read.map_err(|error| Stop::usage(format!("cannot read standard input: {error}")))?;
    let source = source(STDIN, Path::new(STDIN), files::text_of(STDIN, bytes)?);
    let result = format_text(&source.text);
    match format {
        Format::Human if args.check => show(args, format, &source, &result, out)?,
        Format::Human => out.write_all(result.text.as_bytes())?,
        Format::Json => {
            let changed = *source.text != *result.text;
            writeln!(out, "{}", json!({ "file": STDIN, "changed": changed, "text": result.text }))?;
        }
    }
    finish(args, format, &[source], &[result])
}

fn source(name: &str, path: &Path, text: String) -> SourceText {
    SourceText { name: name.into(), path: path.to_owned(), text: Arc::from(text), dependency: false }
}

/// One file: its name if it changes, with `--check` how.
fn show(
    args: &FmtArgs,
    format: Format,
    source: &SourceText,
    result: &Formatted,
    out: &mut impl Write,
) -> Result<(), Stop> {
    let changed = *source.text != *result.text;
    match format {
        Format::Json if args.check && changed => {
            let diff = diff(source, result);
            writeln!(out, "{}", json!({ "file": source.name.as_str(), "changed": changed, "diff": diff }))?;
        }
        Format::Json => writeln!(out, "{}", json!({ "file": source.name.as_str(), "changed": changed }))?,
        Format::Human if !changed => {}
        Format::Human if args.check => out.write_all(diff(source, result).as_bytes())?,
        Format::Human => writeln!(out, "{}", source.name)?,
    }
    Ok(())
}

/// What would change, as a unified diff that `patch` understands.
fn diff(source: &SourceText, result: &Formatted) -> String {
    unified_diff(&source.name, "formatted", &source.text, &result.text)
}

/// Syntax errors on standard error, and the exit code.
fn finish(args: &FmtArgs, format: Format, texts: &[SourceText], results: &[Formatted]) -> Result<Exit, Stop> {
    let mut diagnostics = Vec::new();
    for (file, (source, result)) in (0u32..).zip(texts.iter().zip(results)) {
        let located = |diagnostic| Located { file, diagnostic };
        diagnostics.extend(result.errors.iter().cloned().map(located));
        for refused in &result.refused {
            let (line, _) = line_column(&source.text, refused.start);
            writeln!(
                io::stderr(),
                "note: {}:{line}: this is left as it is, because it would be read differently; please report it",
                source.name,
            )?;
        }
    }
    let report = Report { texts, diagnostics: &diagnostics };
    report.print_to_stderr(format)?;
    let unformatted =
        args.check && texts.iter().zip(results).any(|(source, result)| *source.text != *result.text);
    Ok(report.exit().max(if unformatted { Exit::Findings } else { Exit::Success }))
}
