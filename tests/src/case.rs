//! From the sections of a Markdown file to cases, each of which is a package with expectations.
//!
//! Two kinds of file are read: those of `tests/language`, where each section is a case of its own with a sentence and an
//! expectation, and the pages of the book, whose examples are cases wherever they stand.

use std::path::{Path, PathBuf};

use crate::expect::{self, Expected};
use crate::markdown::{self, Block, Section};
use crate::notation::{self, Answer, Request};
use crate::session::{self, Command};

/// One named case: a package, its data, and what must come of them.
#[derive(Clone, Debug, Default)]
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
    /// Whether a block says `fine`, or is an example of the book: that nothing is found is then all that the case wants to show.
    pub fine: bool,
    /// What else lies in its folder: the manifest, requests, contexts.
    pub files: Vec<Source>,
    /// JSON requests, each with the decision that must come of it.
    pub answers: Vec<JsonAnswer>,
    /// Command lines with what they print, in order.
    pub commands: Vec<Command>,
    /// Whether its policies must already be in the one true format.
    pub formatted: bool,
    /// A JSON request, with its line, that waits for its decision.
    open_request: Option<(usize, String)>,
}

/// A request as JSON with its decision as JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonAnswer {
    /// The line of the decision in the Markdown file.
    pub line: usize,
    /// The request.
    pub request: String,
    /// The decision, or what is said of a request that makes no sense.
    pub decision: String,
}

/// How a file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// A file of `tests/language`: every section that has none below it is a case, with prose and an expectation.
    Suite,
    /// A page of the book: every section that has blocks to run is a case, and must give no finding that it does not announce. Files
    /// of outer headings belong to it too.
    Book,
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
    /// Whether it is an expression of the page, made a policy that allows when it is true.
    pub wrapped: bool,
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

/// The cases of one file. In the suite, a section with sections of a deeper level below it is no case: its blocks are shared by
/// all of those. A section without a case, a case without prose and a case without an expectation are failures.
pub fn cases(file: &Path, text: &str, style: Style) -> Result<Vec<Case>, Vec<Failure>> {
    let failure = |line, message: &str| Failure { file: file.to_owned(), line, message: message.to_owned() };
    let sections = match markdown::sections(text) {
        Ok(sections) => sections,
        Err(line) => return Err(vec![failure(line, "this fence is never closed")]),
    };
    let mut found = Vec::new();
    let mut failures = Vec::new();
    for (index, section) in sections.iter().enumerate() {
        let outer = outer_sections(&sections[..index], section.level);
        let mut made = match style {
            Style::Suite => suite_case(file, section, &outer, sections.get(index + 1), &mut failures),
            Style::Book => book_cases(file, section, &outer, &mut failures),
        };
        found.append(&mut made);
    }
    if failures.is_empty() { Ok(found) } else { Err(failures) }
}

/// The sections that a section of this level lies in, outermost first.
fn outer_sections(before: &[Section], mut level: usize) -> Vec<&Section> {
    let mut outer = Vec::new();
    for section in before.iter().rev() {
        if section.level < level {
            level = section.level;
            outer.push(section);
        }
    }
    outer.reverse();
    outer
}

fn suite_case(
    file: &Path,
    section: &Section,
    outer: &[&Section],
    next: Option<&Section>,
    failures: &mut Vec<Failure>,
) -> Vec<Case> {
    let failure = |line, message: &str| Failure { file: file.to_owned(), line, message: message.to_owned() };
    if section.level == 0 || next.is_some_and(|next| next.level > section.level) {
        return Vec::new();
    }
    let mut case = Case::new(file, section, outer);
    if section.blocks.is_empty() {
        failures.push(failure(section.line, "a heading without a case below it"));
    }
    if !section.prose {
        failures.push(failure(section.line, "a case without a sentence that says what holds and why"));
    }
    for block in outer.iter().flat_map(|outer| &outer.blocks).chain(&section.blocks) {
        if let Err((line, message)) = case.add(block) {
            failures.push(failure(line, &message));
        }
    }
    if !case.expects_something() {
        failures.push(failure(section.line, "a case without an expectation"));
    }
    vec![case]
}

/// What a section of the book makes: one case of its blocks, and one for each block that stands `apart` or `alone`.
fn book_cases(file: &Path, section: &Section, outer: &[&Section], failures: &mut Vec<Failure>) -> Vec<Case> {
    let fresh = |line| Case { line, fine: true, formatted: true, ..Case::new(file, section, outer) };
    let mut own = fresh(section.line);
    let mut inherited = fresh(section.line);
    let mut found = Vec::new();
    let mut add = |case: &mut Case, block: &Block| {
        if let Err((line, message)) = case.add(block) {
            failures.push(Failure { file: file.to_owned(), line, message });
        }
    };
    for block in outer.iter().flat_map(|outer| &outer.blocks) {
        if block.is_file() && !block.has("apart") && !block.has("alone") {
            add(&mut own, block);
            add(&mut inherited, block);
        }
    }
    let mut runs = false;
    for block in &section.blocks {
        if block.has("apart") || block.has("alone") {
            let mut case = if block.has("alone") { fresh(block.line) } else { inherited.clone() };
            case.line = block.line;
            add(&mut case, block);
            found.push(case);
        } else {
            runs |= !block.is_comparison();
            add(&mut own, block);
        }
    }
    if let Some(request) = own.open_request.take() {
        failures.push(Failure {
            file: file.to_owned(),
            line: request.0,
            message: "a `json request` without a `json decision` after it".to_owned(),
        });
    }
    if runs {
        found.push(own);
    }
    found
}

impl Case {
    /// One without blocks yet.
    fn new(file: &Path, section: &Section, outer: &[&Section]) -> Case {
        let titles = outer.iter().copied().chain([section]).map(|s| s.title.as_str());
        let name: Vec<_> = titles.filter(|title| !title.is_empty()).collect();
        Case { file: file.to_owned(), line: section.line, name: name.join(" / "), ..Case::default() }
    }

    fn add(&mut self, block: &Block) -> Result<(), (usize, String)> {
        let words: Vec<_> = block.words.iter().map(String::as_str).collect();
        let nobody = || Err((block.line - 1, format!("nothing runs a block of `{}`", block.info())));
        match (block.language.as_str(), words.as_slice()) {
            ("assize", ["true"]) if self.formatted => self.add_true(block),
            ("assize", words) => {
                self.fine |= words.contains(&"fine");
                let known = ["fine", "apart", "alone"];
                let mut name = format!("{}.assize", self.sources.len() + 1);
                for word in words {
                    if word.ends_with(".assize") {
                        name = (*word).to_owned();
                    } else if !known.contains(word) {
                        return Err((block.line - 1, format!("`{word}` says nothing about a policy block")));
                    }
                }
                let expected = expect::in_policies(&block.text, block.line)?;
                // A block that goes on with a file that is begun above.
                if let Some(begun) = self.sources.iter().find(|source| source.name == name) {
                    let message = format!("`{name}` has begun on line {}: give it another name", begun.line);
                    return Err((block.line - 1, message));
                }
                self.sources.push(Source {
                    name,
                    text: block.text.clone(),
                    line: block.line,
                    expected,
                    wrapped: false,
                });
            }
            ("data", []) | ("ndjson" | "json", ["data"] | ["data", _]) => {
                let name = match words.get(1) {
                    Some(name) => (*name).to_owned(),
                    None => format!("data-{}.ndjson", self.data.len() + 1),
                };
                let (text, expected) = expect::in_data(&block.text, block.line)?;
                let text = if block.language == "data" { notation::data(&text, block.line)? } else { text };
                self.data.push(Source { name, text, line: block.line, expected, wrapped: false });
            }
            ("requests", []) => self.requests.extend(notation::requests(&block.text, block.line)?),
            ("json", ["request"]) => self.open_request = Some((block.line, block.text.clone())),
            ("json", ["decision"]) => {
                let Some((_, request)) = self.open_request.take() else {
                    return Err((block.line - 1, "a `json decision` without a `json request`".to_owned()));
                };
                self.answers.push(JsonAnswer { line: block.line, request, decision: block.text.clone() });
            }
            ("toml" | "json" | "ndjson" | "cedar" | "cedarschema", _) if block.is_file() => {
                let name = words.first().map_or("assize.toml", |name| name);
                let is_manifest = block.language == "toml";
                let expected =
                    if is_manifest { expect::in_manifest(&block.text, block.line)? } else { Vec::new() };
                let file = Source {
                    name: name.to_owned(),
                    text: block.text.clone(),
                    line: block.line,
                    expected,
                    wrapped: false,
                };
                self.files.push(file);
            }
            ("sh", []) if self.formatted => self.commands.extend(session::commands(&block.text, block.line)?),
            // What another test runs, or what is here to be compared with.
            ("ebnf" | "cedar" | "cedarschema" | "rego", _) if self.formatted => {}
            ("text" | "sh" | "rust" | "toml", _) if !self.formatted => {}
            ("text", []) => {}
            _ => return nobody(),
        }
        Ok(())
    }

    /// An expression that is true: a policy whose condition it is must allow. It sees what the other files use.
    fn add_true(&mut self, block: &Block) {
        let uses = self.sources.iter().flat_map(|source| source.text.lines());
        let mut head: String =
            uses.filter(|line| line.starts_with("use ")).map(|line| format!("{line}\n")).collect();
        let nth = block.line;
        let (user, thing, action) = (format!("U{nth}"), format!("T{nth}"), format!("a{nth}"));
        head.push_str(&format!(
            "entity {user}\nentity {thing}\naction {action} on {thing} by {user}\n@id(\"example-{nth}\")\nallow {user} to {action} on {thing} when\n"
        ));
        let line = block.line.saturating_sub(head.lines().count());
        let name = format!("example-{nth}.assize");
        let text = head + &block.text;
        self.sources.push(Source { name, text, line, expected: Vec::new(), wrapped: true });
        let json = format!(
            "{{\"principal\": \"{user}::\\\"u\\\"\", \"action\": \"{action}\", \"resource\": \"{thing}::\\\"t\\\"\"}}"
        );
        let expected = Answer::Decision(vec![format!("allow by example-{nth}")]);
        self.requests.push(Request { line: block.line, json, at: None, expected });
    }

    /// The folder of the package in the folder of the case: that of the first manifest.
    pub fn package(&self) -> PathBuf {
        let is_manifest = |file: &&Source| file.name.ends_with("assize.toml");
        let manifest = self.files.iter().find(is_manifest).map(|file| Path::new(&file.name));
        manifest.and_then(Path::parent).unwrap_or(Path::new("")).to_owned()
    }

    fn expects_something(&self) -> bool {
        self.fine
            || !self.requests.is_empty()
            || self
                .sources
                .iter()
                .any(|source| !source.expected.is_empty() || source.text.contains("\n  expect "))
            || self.data.iter().chain(&self.files).any(|source| !source.expected.is_empty())
    }
}
