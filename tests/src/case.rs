//! From the sections of a Markdown file to cases, each of which is a package with expectations.

use std::path::{Path, PathBuf};

use crate::expect::{self, Expected};
use crate::markdown::{self, Block};
use crate::notation::{self, Request};

/// One named case: a package, its data, and what must come of them.
#[derive(Clone, Debug)]
pub struct Case {
    /// The Markdown file.
    pub file: PathBuf,
    /// The line of its heading.
    pub line: usize,
    /// Its headings, outermost first, joined by ` / `.
    pub name: String,
    /// The policy files, the shared ones first.
    pub sources: Vec<Source>,
    /// The data files, the shared ones first.
    pub data: Vec<Source>,
    /// In order.
    pub requests: Vec<Request>,
    /// Whether a block says `fine`: that nothing is found is then all that the case wants to show.
    pub fine: bool,
}

/// A file of a case.
#[derive(Clone, Debug)]
pub struct Source {
    /// The name that diagnostics give it.
    pub name: String,
    /// Its text; line `n` of it is line `line + n` (from 0) of the Markdown file.
    pub text: String,
    /// Where it begins.
    pub line: usize,
    /// What the comments in it expect.
    pub expected: Vec<Expected>,
}

/// Something wrong with the Markdown itself, or a case that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The Markdown file.
    pub file: PathBuf,
    /// A line in it.
    pub line: usize,
    /// What is wrong; several lines.
    pub message: String,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}: {}", self.file.display(), self.line, self.message)
    }
}

/// The cases of one file. A section with sections of a deeper level below it is no case: its blocks are shared by all of those.
/// A section without a case, a case without prose and a case without an expectation are failures.
pub fn cases(file: &Path, text: &str) -> Result<Vec<Case>, Vec<Failure>> {
    let failure = |line, message: &str| Failure { file: file.to_owned(), line, message: message.to_owned() };
    let sections = match markdown::sections(text) {
        Ok(sections) => sections,
        Err(line) => return Err(vec![failure(line, "this fence is never closed")]),
    };
    let mut found = Vec::new();
    let mut failures = Vec::new();
    for (index, section) in sections.iter().enumerate().filter(|(_, section)| section.level > 0) {
        if sections.get(index + 1).is_some_and(|next| next.level > section.level) {
            continue;
        }
        let mut above = Vec::new();
        let mut level = section.level;
        for outer in sections[..index].iter().rev() {
            if outer.level < level {
                level = outer.level;
                above.push(outer);
            }
        }
        above.reverse();
        let name: Vec<_> =
            above.iter().chain([&section]).map(|s| s.title.as_str()).filter(|t| !t.is_empty()).collect();
        let mut case = Case {
            file: file.to_owned(),
            line: section.line,
            name: name.join(" / "),
            sources: Vec::new(),
            data: Vec::new(),
            requests: Vec::new(),
            fine: false,
        };
        if section.blocks.is_empty() {
            failures.push(failure(section.line, "a heading without a case below it"));
        }
        if !section.prose {
            failures.push(failure(section.line, "a case without a sentence that says what holds and why"));
        }
        for block in above.iter().flat_map(|outer| &outer.blocks).chain(&section.blocks) {
            if let Err((line, message)) = case.add(block) {
                failures.push(failure(line, &message));
            }
        }
        if !case.expects_something() {
            failures.push(failure(section.line, "a case without an expectation"));
        }
        found.push(case);
    }
    if failures.is_empty() { Ok(found) } else { Err(failures) }
}

impl Case {
    fn add(&mut self, block: &Block) -> Result<(), (usize, String)> {
        let words: Vec<_> = block.words.iter().map(String::as_str).collect();
        match (block.language.as_str(), words.as_slice()) {
            ("assize", words) => {
                self.fine |= words.contains(&"fine");
                let named = words.iter().find(|word| word.ends_with(".assize"));
                if let Some(word) = words.iter().find(|word| **word != "fine" && !word.ends_with(".assize")) {
                    return Err((block.line - 1, format!("`{word}` says nothing about a policy block")));
                }
                let name = match named {
                    Some(name) => (*name).to_owned(),
                    None => format!("{}.assize", self.sources.len() + 1),
                };
                let expected = expect::in_policies(&block.text, block.line)?;
                self.sources.push(Source { name, text: block.text.clone(), line: block.line, expected });
            }
            ("data", []) | ("ndjson", ["data"]) => {
                let name = format!("data-{}.ndjson", self.data.len() + 1);
                let (text, expected) = expect::in_data(&block.text, block.line)?;
                let text = if block.language == "data" { notation::data(&text, block.line)? } else { text };
                self.data.push(Source { name, text, line: block.line, expected });
            }
            ("requests", []) => self.requests.extend(notation::requests(&block.text, block.line)?),
            ("text" | "sh" | "rust" | "toml", _) => {}
            (other, _) => {
                return Err((
                    block.line - 1,
                    format!("nothing runs a block of `{other} {}`", words.join(" ")),
                ));
            }
        }
        Ok(())
    }

    fn expects_something(&self) -> bool {
        self.fine
            || !self.requests.is_empty()
            || self
                .sources
                .iter()
                .any(|source| !source.expected.is_empty() || source.text.contains("\n  expect "))
            || self.data.iter().any(|source| !source.expected.is_empty())
    }
}
