//! The book in `docs/`: which pages it has, and which of them are written by a program.
//!
//! `ASSIZE_BLESS=1 cargo test -p assize-tests --test book` writes the generated pages and brings the examples of all others into the
//! one true format; what command lines print is written below them. Read the difference like code.

use std::fs;
use std::path::{Path, PathBuf};

use crate::case::{Style, cases};
use crate::{folder, markdown, session, suite};

/// The environment variable that has pages rewritten instead of compared.
pub const BLESS: &str = "ASSIZE_BLESS";

/// The repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate lies in the workspace")
}

/// The pages whose examples run, without those of diagnostics, which have a form and a test of their own.
pub fn pages() -> Vec<PathBuf> {
    let mut pages = suite::markdown_files(&root().join("docs"));
    pages.retain(|page| !page.starts_with(root().join("docs/diagnostics")));
    pages
}

/// Whether pages are to be rewritten.
#[allow(clippy::disallowed_methods, reason = "the person who runs the tests asks for it")]
pub fn is_blessing() -> bool {
    std::env::var_os(BLESS).is_some()
}

/// Panics unless the file at `path`, from the root, holds `text`; writes it when blessing.
pub fn assert_committed(path: &str, text: &str) {
    let file = root().join(path);
    if is_blessing() {
        let folder = file.parent().expect("a file in the repository");
        fs::create_dir_all(folder).unwrap_or_else(|error| panic!("{path}: {error}"));
        fs::write(&file, text).unwrap_or_else(|error| panic!("{path}: {error}"));
        return;
    }
    let committed = fs::read_to_string(&file).unwrap_or_default();
    let differs = committed.lines().zip(text.lines()).position(|(old, new)| old != new);
    let line = differs.unwrap_or_else(|| committed.lines().count().min(text.lines().count()));
    assert!(
        committed == text,
        "{path} is generated and no longer true from line {} on: run `{BLESS}=1 cargo test -p assize-tests --test book`\n- {}\n+ {}",
        line + 1,
        committed.lines().nth(line).unwrap_or("(the end)"),
        text.lines().nth(line).unwrap_or("(the end)")
    );
}

/// A page with its policies in the one true format.
pub fn formatted(page: &str) -> String {
    let Ok(sections) = markdown::sections(page) else { return page.to_owned() };
    let blocks = sections.into_iter().flat_map(|section| section.blocks);
    let mut lines: Vec<String> = page.lines().map(str::to_owned).collect();
    let policies: Vec<_> = blocks.filter(|block| block.language == "assize" && !block.has("true")).collect();
    for block in policies.iter().rev() {
        let new = assize_lang::format(&block.text).text;
        let first = block.line - 1;
        lines.splice(first..first + block.text.lines().count(), new.lines().map(str::to_owned));
    }
    lines.join("\n") + "\n"
}

/// A page with what its command lines print, where that is not what it says. Outputs with a line `...` are left alone.
pub fn with_output(file: &Path, page: &str, binaries: &Path) -> Result<String, String> {
    let cases = cases(file, page, Style::Book).map_err(|failures| format!("{failures:?}"))?;
    let mut printed: Vec<(usize, usize, Vec<String>)> = Vec::new();
    for case in cases.iter().filter(|case| !case.commands.is_empty()) {
        let folder = folder::write(case)?;
        for command in &case.commands {
            let (_, lines) = session::printed(command, folder.path(), binaries)?;
            if !command.output.iter().any(|line| line == "...") {
                let first = command.line + command.text.lines().count() - 1;
                printed.push((first, command.output.len(), lines));
            }
        }
    }
    let mut lines: Vec<String> = page.lines().map(str::to_owned).collect();
    printed.sort();
    for (first, length, output) in printed.into_iter().rev() {
        lines.splice(first..first + length, output);
    }
    Ok(lines.join("\n") + "\n")
}
