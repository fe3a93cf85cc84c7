//! Diagnostics as data. Every crate that judges text makes these; the command line renders them.

use serde::Serialize;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The package still compiles.
    Warning,
    /// The package does not compile.
    Error,
}

/// A stable code such as `E0101`. All of them are declared in `lang/src/codes.rs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Code(pub &'static str);

impl Code {
    /// Errors start with `E`, warnings with `W`.
    pub fn severity(self) -> Severity {
        if self.0.starts_with('E') { Severity::Error } else { Severity::Warning }
    }
}

/// A marked range with what it shows. `span` is relative to whatever the diagnostic is relative to: an item while
/// it is being made, the file once [`Diagnostic::offset_by`] has moved it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Label {
    /// The file when it is not the diagnostic's own, as an index into the package's files; then `span` counts from
    /// the start of that file and [`Diagnostic::offset_by`] leaves it alone.
    pub file: Option<u32>,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
    /// Lower case, no full stop; may be empty.
    pub message: String,
}

/// Text to put in place of a range, as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Edit {
    /// First byte replaced.
    pub start: u32,
    /// One past the last byte replaced.
    pub end: u32,
    /// What stands there afterwards.
    pub text: String,
}

/// A repair that `assize fix` and editors can apply.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Fix {
    /// What it does: "write `level`".
    pub title: String,
    /// Non-overlapping.
    pub edits: Vec<Edit>,
    /// Whether it can be applied unseen. Of a warning: the package decides every request as before, with the same policies by the
    /// same ids. Of a slip in the syntax: nothing else that is written like this could have been meant. Everything else is only
    /// suggested; see `docs/reference/findings.md`.
    pub safe: bool,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Diagnostic {
    /// Its code.
    pub code: Code,
    /// Derived from the code unless a lint level changed it.
    pub severity: Severity,
    /// In the author's words: lower case, no full stop, source text in backquotes; makes sense alone.
    pub message: String,
    /// The smallest wrong thing.
    pub primary: Label,
    /// Why we expected otherwise.
    pub secondary: Vec<Label>,
    /// What the author can type; one proposal a line.
    pub help: Vec<String>,
    /// Repairs.
    pub fixes: Vec<Fix>,
}

impl Diagnostic {
    /// A finding with the severity of its code and no label text, secondary label, help or fix.
    pub fn new(code: Code, span: crate::Span, message: impl Into<String>) -> Self {
        Diagnostic {
            code,
            severity: code.severity(),
            message: message.into(),
            primary: Label { file: None, start: span.start, end: span.end, message: String::new() },
            secondary: Vec::new(),
            help: Vec::new(),
            fixes: Vec::new(),
        }
    }

    /// With text at the primary span.
    pub fn label(mut self, message: impl Into<String>) -> Self {
        self.primary.message = message.into();
        self
    }

    /// With a second place in the same file.
    pub fn also(mut self, span: crate::Span, message: impl Into<String>) -> Self {
        self.secondary.push(Label { file: None, start: span.start, end: span.end, message: message.into() });
        self
    }

    /// With a proposal.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// With a repair, which is safe or only suggested: see [`Fix::safe`].
    pub fn fix(mut self, title: impl Into<String>, edits: Vec<Edit>, safe: bool) -> Self {
        self.fixes.push(Fix { title: title.into(), edits, safe });
        self
    }

    /// Moves every span of the diagnostic's own file by `offset` bytes: from item to file.
    pub fn offset_by(mut self, offset: u32) -> Self {
        let own = self.secondary.iter_mut().filter(|label| label.file.is_none());
        for label in std::iter::once(&mut self.primary).chain(own) {
            label.start += offset;
            label.end += offset;
        }
        for edit in self.fixes.iter_mut().flat_map(|fix| &mut fix.edits) {
            edit.start += offset;
            edit.end += offset;
        }
        self
    }
}
