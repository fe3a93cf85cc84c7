//! Diagnostics for people: the text that a terminal shows.

use std::ops::Range;

use codespan_reporting::diagnostic as codespan;
use codespan_reporting::term::termcolor::Buffer;
use codespan_reporting::term::{Chars, Config, DisplayStyle, Styles, StylesWriter, emit_to_write_style};

use crate::excerpt::{Excerpt, Excerpts, clean};
use crate::sources::SourceFiles;
use crate::{Diagnostic, Fix, Label, Severity};

/// How a diagnostic is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RenderStyle {
    /// With escape sequences for colours.
    pub colors: bool,
    /// On one line: place, code and message only.
    pub short: bool,
}

/// The text for a diagnostic whose own spans count from the start of file number `file`. Ends with a line end; a
/// longer one is followed by an empty line.
pub fn render(files: &SourceFiles<'_>, file: u32, diagnostic: &Diagnostic, style: RenderStyle) -> String {
    let about_file = is_about_file(diagnostic);
    let labels = std::iter::once(&diagnostic.primary).chain(&diagnostic.secondary);
    let placed: Vec<(u32, Range<usize>, &Label)> =
        labels.filter(|_| !about_file).filter_map(|label| place(files, file, label)).collect();

    let mut numbers: Vec<u32> = Vec::new();
    let mut excerpts = Vec::new();
    for (number, ..) in &placed {
        if numbers.contains(number) {
            continue;
        }
        let marks: Vec<_> =
            placed.iter().filter(|(other, ..)| other == number).map(|(_, range, _)| range.clone()).collect();
        if let Some(source) = files.get(*number) {
            numbers.push(*number);
            excerpts.push(Excerpt::new(source, &marks));
        }
    }
    let labels = placed.iter().enumerate().filter_map(|(nth, (number, range, label))| {
        let id = numbers.iter().position(|other| other == number)?;
        let style = if nth == 0 { codespan::LabelStyle::Primary } else { codespan::LabelStyle::Secondary };
        let range = excerpts.get(id)?.locate(range.clone());
        Some(codespan::Label::new(style, id, range).with_message(clean(&label.message)))
    });
    let severity = match diagnostic.severity {
        Severity::Error => codespan::Severity::Error,
        Severity::Warning => codespan::Severity::Warning,
    };
    let help = diagnostic.help.iter().map(|help| format!("help: {}", clean(help)));
    let told = |fix: &&Fix| diagnostic.help.iter().any(|help| proposes_the_same(help, &fix.title));
    let fixes = diagnostic.fixes.iter().filter(|fix| !told(fix));
    let fixes = fixes.map(|fix| format!("fix: {}", clean(&fix.title)));
    let shown = codespan::Diagnostic::new(severity)
        .with_code(diagnostic.code.0)
        .with_message(clean(&diagnostic.message))
        .with_labels(labels.collect())
        .with_notes(fixes.chain(help).collect());
    let text = emit(&Excerpts(excerpts), &shown, style);
    match files.get(diagnostic.primary.file.unwrap_or(file)).filter(|_| about_file) {
        Some(source) => with_file(&text, &clean(source.name()), style),
        None => text,
    }
}

/// Whether a diagnostic is about a file as a whole, so that no line of it shows what is wrong.
fn is_about_file(diagnostic: &Diagnostic) -> bool {
    let primary = &diagnostic.primary;
    (primary.start, primary.end) == (0, 0) && primary.message.is_empty() && diagnostic.secondary.is_empty()
}

/// The text of a diagnostic without a place, with the name of its file where the place would stand.
fn with_file(text: &str, name: &str, style: RenderStyle) -> String {
    if style.short {
        return format!("{name}: {text}");
    }
    let (head, notes) = text.split_once('\n').unwrap_or((text, ""));
    let mut shown = format!("{head}\n  ┌─ {name}\n");
    for note in notes.lines() {
        // Set in as far as the notes of a diagnostic that shows lines of its file.
        let indent = if note.is_empty() { "" } else { " " };
        shown.push_str(&format!("{indent}{note}\n"));
    }
    shown
}

/// Whether a line of help says what the title of a repair says: `did you mean `a`?` and `write `a``.
fn proposes_the_same(help: &str, title: &str) -> bool {
    let quoted = |text: &str| Some(text.get(text.find('`')? + 1..text.rfind('`')?)?.to_owned());
    help == title || quoted(title).is_some_and(|proposed| quoted(help) == Some(proposed))
}

/// The file and range of a label, held within the file's text.
fn place<'l>(files: &SourceFiles<'_>, file: u32, label: &'l Label) -> Option<(u32, Range<usize>, &'l Label)> {
    let number = label.file.unwrap_or(file);
    let length = files.get(number)?.text().len();
    let start = (label.start as usize).min(length);
    Some((number, start..(label.end as usize).clamp(start, length), label))
}

fn emit(excerpts: &Excerpts<'_, '_>, shown: &codespan::Diagnostic<usize>, style: RenderStyle) -> String {
    let display_style = if style.short { DisplayStyle::Short } else { DisplayStyle::Rich };
    let config = Config { display_style, chars: Chars::box_drawing(), ..Config::default() };
    let mut buffer = if style.colors { Buffer::ansi() } else { Buffer::no_color() };
    let styles = Styles::default();
    let emitted = emit_to_write_style(&mut StylesWriter::new(&mut buffer, &styles), &config, excerpts, shown);
    match emitted {
        Ok(()) => String::from_utf8_lossy(buffer.as_slice()).into_owned(),
        // Nothing is lost to a label that cannot be drawn.
        Err(_) => format!("{}\n", shown.message),
    }
}
