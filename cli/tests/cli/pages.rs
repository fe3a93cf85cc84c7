//! The page of a diagnostic is a test: every code has one, its failing example says what the page shows, and its repair says nothing.
//!
//! A page is a title, prose and fenced blocks. A block whose info string has the word `error` is a file of the failing example, any other
//! one replaces or adds a file in the repair; a name after it is the file's. The `text` block after a failing example is everything that
//! is said about it. `sh` blocks are the commands of an example that `assize check .` does not show.
//! After a change of a message, `ASSIZE_BLESS=1 cargo test -p assize-cli pages` writes the `text` blocks anew: read the difference.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use assize_lang::{Code, codes};

use crate::common::{Folder, repository};
use crate::refused_program;

/// A fenced block of a page.
#[derive(Debug)]
struct Block {
    /// The first word after the backquotes.
    language: String,
    /// Whether it is part of the failing example.
    failing: bool,
    /// The file that it is.
    name: String,
    text: String,
    /// The lines of the page that are its text.
    lines: std::ops::Range<usize>,
}

/// The files of an example by name, commands under the name `sh`.
type Files = BTreeMap<String, String>;

/// The fenced blocks of a page, or what is wrong with one.
fn blocks(page: &str) -> Result<Vec<Block>, String> {
    let mut found = Vec::new();
    let mut lines = page.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let Some(info) = line.strip_prefix("```") else { continue };
        let mut words = info.split(' ');
        let language = words.next().unwrap_or_default().to_owned();
        let mut words: Vec<&str> = words.collect();
        let failing = words.first() == Some(&"error");
        words.drain(..usize::from(failing));
        let usual = match language.as_str() {
            "assize" => "example.assize",
            "toml" => "assize.toml",
            "ndjson" => "data.ndjson",
            "sh" | "rust" | "text" => &language,
            other => return Err(format!("line {}: nothing runs a block of `{other}`", number + 1)),
        };
        let name = match words.as_slice() {
            [] => usual.to_owned(),
            [name] if name.contains('.') => (*name).to_owned(),
            other => return Err(format!("line {}: `{}` is no file name", number + 1, other.join(" "))),
        };
        let body: Vec<&str> =
            lines.by_ref().map(|(_, line)| line).take_while(|line| *line != "```").collect();
        let lines = number + 1..number + 1 + body.len();
        let text = body.iter().map(|line| format!("{line}\n")).collect();
        found.push(Block { language, failing, name, text, lines });
    }
    Ok(found)
}

/// What a page claims.
#[derive(Debug)]
enum Claim {
    /// This is said about these files; where the page says it, or the line after which it should.
    Fails { files: Files, said: Option<(String, std::ops::Range<usize>)>, after: usize },
    /// Nothing is said about these.
    Holds(Files),
}

/// A repair begins with the files of the failing example before it.
fn claims(blocks: Vec<Block>) -> Vec<Claim> {
    let mut claims: Vec<Claim> = Vec::new();
    let mut failing = Files::new();
    // What the current group of blocks has given so far.
    let mut given: Vec<String> = Vec::new();
    for block in blocks {
        if block.language == "text" {
            given.clear();
            if let Some(Claim::Fails { said, .. }) = claims.last_mut() {
                *said = Some((block.text, block.lines));
            }
            continue;
        }
        let same_group = !given.contains(&block.name)
            && match claims.last() {
                Some(Claim::Fails { said, .. }) => block.failing && said.is_none(),
                Some(Claim::Holds(_)) => !block.failing,
                None => false,
            };
        if !same_group {
            given.clear();
            claims.push(if block.failing {
                failing.clear();
                Claim::Fails { files: Files::new(), said: None, after: 0 }
            } else {
                let mut files = failing.clone();
                files.remove("rust");
                Claim::Holds(files)
            });
        }
        given.push(block.name.clone());
        match claims.last_mut() {
            Some(Claim::Fails { files, after, .. }) => {
                failing.insert(block.name.clone(), block.text.clone());
                files.insert(block.name, block.text);
                *after = block.lines.end;
            }
            Some(Claim::Holds(files)) => drop(files.insert(block.name, block.text)),
            None => unreachable!("one was pushed"),
        }
    }
    claims
}

/// Everything that is said about an example, one diagnostic an element. What is unused sets the scene, unless that is the point.
fn said(files: &Files, code: &str) -> Vec<String> {
    if files.contains_key("rust") {
        return vec![refused_program::rendered().trim_end().to_owned()];
    }
    let folder = files
        .iter()
        .filter(|(name, _)| *name != "sh")
        .fold(Folder::new(), |folder, (name, text)| folder.file(name, text));
    let commands = files.get("sh").map_or("assize check .", String::as_str);
    let binary = Path::new(env!("CARGO_BIN_EXE_assize"));
    #[allow(clippy::disallowed_methods, reason = "the commands of a page find `assize` as a user's do")]
    let path = format!("{}:{}", binary.parent().unwrap().display(), env::var("PATH").unwrap_or_default());
    let output = Command::new("sh")
        .args(["-c", commands])
        .current_dir(folder.dir())
        .env("PATH", path)
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    let all = String::from_utf8([output.stderr, output.stdout].concat()).unwrap();
    assert!(!all.contains("a fault of assize itself"), "{code}: {all}");
    let is_diagnostic = |text: &&str| {
        ["error", "warning"]
            .iter()
            .any(|word| text.strip_prefix(word).is_some_and(|rest| rest.starts_with('[')))
    };
    let is_scene = |text: &&str| code != "W0102" && text.starts_with("warning[W0102]");
    let paragraphs = all.split("\n\n").map(str::trim_end);
    let found: Vec<String> =
        paragraphs.filter(is_diagnostic).filter(|text| !is_scene(text)).map(str::to_owned).collect();
    let complaint = all.lines().find(|line| line.starts_with("error: "));
    if found.is_empty() { complaint.map(str::to_owned).into_iter().collect() } else { found }
}

/// What is wrong with the page of a code, after its `text` blocks were written anew if that is wanted.
fn judge(code: Code, path: &Path, update: bool) -> Vec<String> {
    let code = code.0;
    let Ok(page) = fs::read_to_string(path) else { return vec!["has no page".to_owned()] };
    let claims = match blocks(&page) {
        Ok(blocks) => claims(blocks),
        Err(fault) => return vec![fault],
    };
    let mut wrong = Vec::new();
    let mut lines: Vec<String> = page.lines().map(str::to_owned).collect();
    if !claims.iter().any(|claim| matches!(claim, Claim::Fails { .. })) {
        wrong.push("shows no failing example".to_owned());
    }
    if !claims.iter().any(|claim| matches!(claim, Claim::Holds(_))) {
        wrong.push("shows no repair".to_owned());
    }
    // From the last to the first, so that places stay true while lines are written.
    for claim in claims.iter().rev() {
        match claim {
            Claim::Holds(files) => {
                let found = said(files, code);
                if !found.is_empty() {
                    wrong.push(format!("its repair gives:\n{}", found.join("\n\n")));
                }
            }
            Claim::Fails { files, said: shown, after } => {
                let found = said(files, code);
                let head = [format!("error[{code}]"), format!("warning[{code}]")];
                if found.is_empty() || !found.iter().all(|one| head.iter().any(|head| one.starts_with(head)))
                {
                    wrong.push(format!("its example gives:\n{}", found.join("\n\n")));
                }
                let text = format!("{}\n", found.join("\n\n"));
                match shown {
                    Some((shown, _)) if *shown == text => {}
                    Some((_, place)) if update => {
                        drop(lines.splice(place.clone(), text.lines().map(str::to_owned)));
                    }
                    Some((shown, _)) => {
                        wrong.push(format!("shows:\n{shown}but its example gives:\n{text}{HOW_TO_UPDATE}"));
                    }
                    None if update => {
                        let block = format!("\n```text\n{text}```");
                        drop(lines.splice(after + 1..after + 1, block.lines().map(str::to_owned)));
                    }
                    None => wrong.push(format!("does not show what is said:\n{text}{HOW_TO_UPDATE}")),
                }
            }
        }
    }
    if update {
        fs::write(path, lines.join("\n") + "\n").unwrap();
    }
    wrong
}

const HOW_TO_UPDATE: &str = "`ASSIZE_BLESS=1 cargo test -p assize-cli pages` writes it, to be read\n";

fn page(code: &str) -> PathBuf {
    PathBuf::from(repository("docs/diagnostics")).join(format!("{code}.md"))
}

#[test]
fn every_code_has_a_page_whose_examples_give_what_it_shows() {
    #[allow(clippy::disallowed_methods, reason = "an update is asked for like one of snapshots")]
    let update = env::var_os("ASSIZE_BLESS").is_some();
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let halves = codes::ALL.chunks(codes::ALL.len().div_ceil(2));
        let workers: Vec<_> = halves
            .map(|half| {
                scope.spawn(move || {
                    let judged = half.iter().flat_map(|info| {
                        let wrong = judge(info.code, &page(info.code.0), update);
                        wrong.into_iter().map(|fault| format!("{} {fault}", info.code.0))
                    });
                    judged.collect::<Vec<_>>()
                })
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    assert!(wrong.is_empty(), "{}\n\n{} faults", wrong.join("\n\n"), wrong.len());
}

#[test]
fn every_page_belongs_to_a_code() {
    for entry in fs::read_dir(repository("docs/diagnostics")).unwrap() {
        let path = entry.unwrap().path();
        let code = path.file_stem().unwrap().to_str().unwrap();
        assert!(codes::find(code).is_some_and(|info| info.code.0 == code), "{}", path.display());
    }
}
