//! Printing diagnostics: for people on standard error, for programs as one JSON array.

use std::io::{self, IsTerminal, Write};

use assize_compiler::package::{Located, MANIFEST, SourceText};
use assize_lang::{Code, RenderStyle, Severity, SourceFiles, codes, locate, render};

use crate::args::Format;
use crate::exit::Exit;

/// Faults of input that could not even be read, as opposed to findings in what it says.
const UNREADABLE: &[Code] =
    &[codes::UNREADABLE, codes::NOT_UTF8, codes::NO_SOURCES, codes::OUTSIDE_PACKAGE, codes::FILE_TOO_LARGE];

/// Diagnostics with the texts that they point into.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// The texts, as the diagnostics count them.
    pub texts: &'a [SourceText],
    /// In the order in which they are shown.
    pub diagnostics: &'a [Located],
}

impl Report<'_> {
    /// How many diagnostics of this severity there are.
    pub fn count(&self, severity: Severity) -> usize {
        self.diagnostics.iter().filter(|located| located.diagnostic.severity == severity).count()
    }

    /// What a command ends with that cannot go on because of these.
    pub fn exit(&self) -> Exit {
        let codes = || self.diagnostics.iter().map(|located| located.diagnostic.code);
        if codes().any(|code| UNREADABLE.contains(&code)) {
            Exit::Usage
        } else if self.count(Severity::Error) > 0 {
            Exit::Findings
        } else {
            Exit::Success
        }
    }

    /// Of how many `assize fix` would make a repair.
    pub fn repairable(&self) -> usize {
        let own = |located: &&Located| {
            self.texts
                .get(located.file as usize)
                .is_some_and(|text| !text.dependency && !text.path.ends_with(MANIFEST))
        };
        let safe = |located: &&Located| located.diagnostic.fixes.iter().any(|fix| fix.safe);
        self.diagnostics.iter().filter(own).filter(safe).count()
    }

    /// On standard error, in either format.
    pub fn print_to_stderr(&self, format: Format) -> io::Result<()> {
        let mut err = io::BufWriter::new(io::stderr().lock());
        match format {
            Format::Human => self.write_human(&mut err, colors_on_stderr())?,
            Format::Json if self.diagnostics.is_empty() => {}
            Format::Json => self.write_json(&mut err)?,
        }
        err.flush()
    }

    fn write_human(&self, to: &mut impl Write, colors: bool) -> io::Result<()> {
        let files = self.files();
        let style = RenderStyle { colors, ..RenderStyle::default() };
        for located in self.diagnostics {
            to.write_all(render(&files, located.file, &located.diagnostic, style).as_bytes())?;
        }
        Ok(())
    }

    /// One JSON array, an element a line.
    pub fn write_json(&self, to: &mut impl Write) -> io::Result<()> {
        let files = self.files();
        let mut before = "[";
        for located in self.diagnostics {
            let value = serde_json::to_string(&locate(&files, located.file, &located.diagnostic))?;
            write!(to, "{before}\n{value}")?;
            before = ",";
        }
        writeln!(to, "{}]", if self.diagnostics.is_empty() { "[" } else { "\n" })
    }

    /// The texts, as the diagnostics count them.
    pub fn files(&self) -> SourceFiles<'_> {
        let mut files = SourceFiles::new();
        for text in self.texts {
            files.add(text.path.display().to_string(), &text.text);
        }
        files
    }
}

/// Whether standard error shows colours: a terminal, and nobody asked for plain text.
fn colors_on_stderr() -> bool {
    io::stderr().is_terminal() && !plain_wanted()
}

/// The same for standard output.
pub fn colors_on_stdout() -> bool {
    io::stdout().is_terminal() && !plain_wanted()
}

#[allow(clippy::disallowed_methods, reason = "how a message looks may depend on the environment")]
fn plain_wanted() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}
