//! A safe repair does what it promises, wherever one is proposed in the language tests and on the pages of diagnostics: its finding is
//! gone, no other came, and a package that compiled before has the same meaning.

use std::path::PathBuf;

use assize_compiler::compile::compile;
use assize_compiler::package::{Located, PackageSources};
use assize_compiler::repairs::{Choice, repair};
use assize_runtime::program::Program;
use assize_tests::case::{Style, cases};
use assize_tests::markdown::sections;
use assize_tests::suite::markdown_files;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The policy files of every language case, and every policy block of every page, each with a name.
fn packages() -> Vec<(String, Vec<(String, String)>)> {
    let mut found = Vec::new();
    let readme = |file: &PathBuf| file.ends_with("README.md");
    for file in markdown_files(&root().join("tests/language")).into_iter().filter(|file| !readme(file)) {
        let text = std::fs::read_to_string(&file).expect("readable");
        for case in cases(&file, &text, Style::Suite).expect("well formed") {
            let texts = case.sources.iter().map(|source| (source.name.clone(), source.text.clone()));
            found.push((format!("{}: {}", file.display(), case.name), texts.collect()));
        }
    }
    for file in markdown_files(&root().join("docs/diagnostics")) {
        let text = std::fs::read_to_string(&file).expect("readable");
        let blocks = sections(&text).expect("well formed").into_iter().flat_map(|section| section.blocks);
        for block in blocks.filter(|block| block.language == "assize") {
            found.push((format!("{}:{}", file.display(), block.line), vec![("a.assize".into(), block.text)]));
        }
    }
    found
}

/// These, and once more without the `@id`s of their policies.
fn packages_and_without_ids() -> Vec<(String, Vec<(String, String)>)> {
    let mut found = packages();
    let without: Vec<_> = found
        .iter()
        .map(|(name, texts)| {
            let texts = texts.iter().map(|(file, text)| (file.clone(), without_ids(text)));
            (format!("{name}, without ids"), texts.collect())
        })
        .collect();
    found.extend(without);
    found
}

/// A text whose policies all lack their `@id`.
fn without_ids(text: &str) -> String {
    let mut parts = text.split("@id(");
    let mut out = parts.next().unwrap_or_default().to_owned();
    parts.for_each(|part| out.push_str(part.split_once(')').map_or(part, |(_, rest)| rest)));
    out
}

/// Both Programs without what only a `use` that nobody needed had brought into the first: a module of the library, whose functions
/// nothing calls.
fn without_idle_modules(before: &Program, after: &Program) -> (Program, Program) {
    let (mut before, mut after) = (before.clone(), after.clone());
    let is_gone = |file: u32| {
        let name = &before.files[file as usize];
        name.starts_with("std/") && !after.files.contains(name)
    };
    let gone: Vec<u32> = (0..before.files.len() as u32).filter(|file| is_gone(*file)).collect();
    if gone.is_empty() {
        return (before, after);
    }
    assert!(before.policies.iter().all(|policy| !gone.contains(&policy.origin.file)));
    // Functions and files have other numbers now; both are told by name below, and policies here call none.
    let kept = before.functions.iter().filter(|function| !gone.contains(&function.origin.file));
    let kept: Vec<_> = kept.map(|function| function.name.clone()).collect();
    assert_eq!(kept, after.functions.iter().map(|function| function.name.clone()).collect::<Vec<_>>());
    assert!(!format!("{:?}", before.policies).contains("Call {"));
    for program in [&mut before, &mut after] {
        program.functions.clear();
        for policy in &mut program.policies {
            policy.origin.file = 0;
        }
        program.files.clear();
    }
    (before, after)
}

/// A Program without the places of its source.
fn meaning(program: &Program) -> String {
    let text = format!("{program:?}");
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) =
        ["start: ", "end: "].iter().filter_map(|word| Some(rest.find(word)? + word.len())).min()
    {
        out.push_str(&rest[..at]);
        rest = rest[at..].trim_start_matches(|c: char| c.is_ascii_digit());
    }
    out + rest
}

#[test]
fn every_safe_repair_of_the_corpus_repairs_and_changes_no_meaning() {
    let (mut repaired_packages, mut compared) = (0, 0);
    for (name, texts) in packages_and_without_ids() {
        let sources =
            || PackageSources::from_texts(texts.iter().map(|(name, text)| (name.as_str(), text.as_str())));
        let before = compile(sources());
        let promises = |located: &Located| located.diagnostic.fixes.iter().any(|fix| fix.safe);
        if !before.diagnostics.iter().any(promises) {
            continue;
        }
        let after = repair(sources(), Choice::Safe);
        assert_eq!(after.refused, [], "{name}");
        let left: Vec<_> = after.compilation.diagnostics.iter().filter(|located| promises(located)).collect();
        assert!(left.is_empty(), "{name}: {left:#?}");
        if let Some(program) = &before.program {
            let program_after = after.compilation.program.as_ref().unwrap_or_else(|| panic!("{name}"));
            let (before, after) = without_idle_modules(program, program_after);
            assert_eq!(meaning(&before), meaning(&after), "{name}");
            compared += 1;
        }
        repaired_packages += 1;
    }
    assert!(repaired_packages > 300 && compared > 200, "{repaired_packages} repaired, {compared} compared");
}

#[test]
fn suggestions_never_add_errors() {
    for (name, texts) in packages() {
        let sources =
            PackageSources::from_texts(texts.iter().map(|(name, text)| (name.as_str(), text.as_str())));
        let before = compile(sources.clone());
        if before.diagnostics.iter().all(|located| located.diagnostic.fixes.is_empty()) {
            continue;
        }
        let after = repair(sources, Choice::Suggested);
        let syntax = before.diagnostics.iter().any(|located| located.diagnostic.code.0.starts_with("E00"));
        assert!(syntax || after.compilation.counts().0 <= before.counts().0, "{name}");
    }
}
