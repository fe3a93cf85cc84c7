//! What attacks begin with: the examples of the language's reference and tests, which are in the repository anyway.

use std::path::{Path, PathBuf};

use assize_runtime::bundle::Draft;
use assize_runtime::wire;

use crate::targets::compiled;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn texts(folder: &str, extension: &str) -> Vec<String> {
    let folder = repository().join(folder);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|of| of == extension));
    paths.sort();
    paths.iter().filter_map(|path| std::fs::read_to_string(path).ok()).collect()
}

/// The fenced blocks of this kind: those above the first section, then those of each section.
fn blocks(page: &str, kind: &str) -> Vec<String> {
    let mut sections = vec![String::new()];
    let mut inside = None;
    for line in page.lines() {
        match inside {
            None if line.starts_with("## ") => sections.push(String::new()),
            None => inside = line.strip_prefix("```").map(|info| info.split(' ').next() == Some(kind)),
            Some(_) if line == "```" => inside = None,
            Some(true) => {
                if let Some(section) = sections.last_mut() {
                    section.push_str(line);
                    section.push('\n');
                }
            }
            Some(false) => {}
        }
    }
    sections
}

/// A package for each section of the tests of the language: what the page begins with, and what the section adds.
pub fn packages() -> Vec<String> {
    let mut found = Vec::new();
    for page in texts("tests/language", "md") {
        let mut sections = blocks(&page, "assize").into_iter();
        let shared = sections.next().unwrap_or_default();
        found.extend(
            sections.filter(|section| !section.is_empty()).map(|section| format!("{shared}{section}")),
        );
    }
    found
}

fn cedar() -> Vec<String> {
    let mut found = Vec::new();
    for file in texts("import/tests/equal/cases", "case") {
        let mut sections = file.split("\n=== ");
        let shared = sections.next().unwrap_or_default();
        for section in sections {
            let part = |name: &str| {
                let of = |text: &str| {
                    let (_, rest) = text.split_once(&format!("--- {name}\n"))?;
                    Some(rest.split("\n--- ").next().unwrap_or_default().to_owned())
                };
                of(section).or_else(|| of(shared)).unwrap_or_default()
            };
            let entities =
                Some(part("entities")).filter(|text| text.trim_start().starts_with('[')).unwrap_or_default();
            found.push([part("policies"), part("schema"), entities, part("links")].join("\0"));
        }
    }
    found
}

/// Writes a folder of files for each target.
pub fn write(folder: &Path) {
    let put = |target: &str, at: usize, bytes: &[u8]| {
        let folder = folder.join(target);
        std::fs::create_dir_all(&folder).expect("a folder for seeds");
        std::fs::write(folder.join(at.to_string()), bytes).expect("a seed");
    };
    for (at, text) in packages().iter().enumerate() {
        for target in ["parse", "format", "check"] {
            put(target, at, text.as_bytes());
        }
        let choices: Vec<u8> =
            (0..255).map(|number: u8| number.wrapping_mul(at as u8).wrapping_add(number)).collect();
        put("mutants", at, &[&[at as u8, (at >> 8) as u8][..], &choices].concat());
        put("source", at, &choices);
        if let Some(program) = compiled(text).program {
            put("decide", at, &[text.as_bytes(), &[0], &choices].concat());
            put("program", at, &wire::encode(&program));
            put("bundle", at, &Draft::new(&program).to_bytes());
        }
    }
    for (at, files) in cedar().iter().enumerate() {
        put("import", at, files.as_bytes());
    }
    let lines = [include_str!("targets/data.ndjson"), include_str!("targets/requests.ndjson")];
    for (target, lines) in ["data", "request"].into_iter().zip(lines) {
        for (at, line) in lines.lines().enumerate() {
            put(target, at, line.as_bytes());
        }
    }
    put("data", 1_000, lines[0].as_bytes());
}
