//! Diagnostics for people: the text that a terminal shows.

use std::ops::Range;

use codespan_reporting::diagnostic as codespan;
use codespan_reporting::term::termcolor::Buffer;
use codespan_reporting::term::{Chars, Config, DisplayStyle, Styles, StylesWriter, emit_to_write_style};

use crate::excerpt::{Excerpt, Excerpts, clean};
use crate::sources::SourceFiles;
use crate::{Diagnostic, Label, Severity};

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
    let labels = std::iter::once(&diagnostic.primary).chain(&diagnostic.secondary);
    let placed: Vec<(u32, Range<usize>, &Label)> =
        labels.filter_map(|label| place(files, file, label)).collect();

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
    let fixes = diagnostic.fixes.iter().map(|fix| format!("fix: {}", clean(&fix.title)));
    let shown = codespan::Diagnostic::new(severity)
        .with_code(diagnostic.code.0)
        .with_message(clean(&diagnostic.message))
        .with_labels(labels.collect())
        .with_notes(fixes.chain(help).collect());
    emit(&Excerpts(excerpts), &shown, style)
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
