//! Why an engine could not be built.

use std::path::PathBuf;

use assize_compiler::package::{Located, SourceText};
use assize_lang::{Diagnostic, RenderStyle, SourceFiles, render};
use assize_runtime::UnknownProfile;
use assize_runtime::engine::EngineError;
use assize_runtime::json::DataFaults;

/// Why an engine could not be built. Its text is for the log of a service: several lines, every finding with its place.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The package does not compile.
    #[error("the policies do not compile\n{text}")]
    Policies {
        /// What is wrong; spans count from the start of their file.
        diagnostics: Vec<Diagnostic>,
        /// The same with its places, for people.
        text: String,
    },
    /// The manifest has no such profile.
    #[error(transparent)]
    Profile(#[from] UnknownProfile),
    /// A bundle is not trusted, or is none.
    #[cfg(feature = "bundle")]
    #[error(transparent)]
    Bundle(#[from] assize_runtime::bundle::BundleError),
    /// A data file or a bundle cannot be read.
    #[error("cannot read `{}`: {error}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        error: std::io::Error,
    },
    /// The data does not fit the schema; none of it was taken.
    #[error("the data does not fit\n{0}")]
    Data(#[from] DataFaults),
    /// No policies were named.
    #[error("nothing to decide with: name a package first, with `package`")]
    NoPackage,
    /// Params have no value, or native code was asked for in a build without it.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl BuildError {
    /// For these findings in these texts.
    pub(crate) fn policies(texts: &[SourceText], located: Vec<Located>) -> Self {
        let mut files = SourceFiles::new();
        for text in texts {
            files.add(text.path.display().to_string(), &text.text);
        }
        let errors = located.iter().filter(|located| located.is_error());
        let text =
            errors.map(|one| render(&files, one.file, &one.diagnostic, RenderStyle::default())).collect();
        BuildError::Policies { diagnostics: located.into_iter().map(|one| one.diagnostic).collect(), text }
    }
}
