//! The place in a package that a question is about.

use std::path::Path;
use std::sync::Arc;

use assize_compiler::db::SourceFile;
use tower_lsp::lsp_types::{Position, Range};

use super::convert::Measured;
use crate::server::View;

/// A file of a package, as it is when the question is answered.
pub struct At {
    /// The package.
    pub view: View,
    /// The file.
    pub file: SourceFile,
    /// Its index.
    pub index: u32,
    /// Its text.
    pub text: Arc<str>,
}

impl At {
    /// A file of a package; `None` if the package does not have it.
    pub fn new(view: View, path: &Path) -> Option<At> {
        let (index, file) = view.file(path)?;
        let text = view.analysis.text(file).clone();
        Some(At { view, file, index, text })
    }

    /// For places in the file.
    pub fn measured(&self) -> Measured<'_> {
        Measured::new(&self.text, self.view.encoding)
    }

    /// The offset of a place in the file.
    pub fn offset(&self, position: Position) -> u32 {
        self.measured().offset(position)
    }

    /// The span of a range of the file.
    pub fn span(&self, range: Range) -> assize_lang::Span {
        self.measured().span(range)
    }
}
