//! House rules that a reader cannot be asked to check: which crate may name what, how long a file may be, and that every
//! diagnostic code is declared, used and exercised.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use assize_lang::codes;

/// Longest source file, in lines.
const LONGEST: usize = 700;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate lies in the workspace")
}

/// Every file below `folder` with one of these endings, with its path from the root and its text.
fn files(folder: &str, endings: &[&str]) -> Vec<(String, String)> {
    let mut open = vec![root().join(folder)];
    let mut found = Vec::new();
    while let Some(path) = open.pop() {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            if name != "target" && !(name.starts_with('.') && name.len() > 1) {
                open.extend(
                    std::fs::read_dir(&path).expect("readable").map(|entry| entry.expect("readable").path()),
                );
            }
        } else if endings.iter().any(|ending| name.ends_with(ending)) {
            let text = std::fs::read_to_string(&path).expect("UTF-8");
            let path: PathBuf = path.strip_prefix(root()).expect("below the root").into();
            found.push((path.to_string_lossy().into_owned(), text));
        }
    }
    found.sort();
    assert!(!found.is_empty(), "nothing found in {folder}: the rule would hold for nothing");
    found
}

/// Lines of Rust that are no comment, with their number.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(index, line)| (index + 1, line)).filter(|(_, line)| {
        let line = line.trim_start();
        !line.starts_with("//")
    })
}

/// Whether `line` has `word` as a word of its own or as a crate's name with a longer tail (`cranelift_codegen`).
fn names(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_')
    })
}

fn offenders(word: &str, allowed: &str) -> Vec<String> {
    let mut found = Vec::new();
    for crate_folder in ["lang", "runtime", "compiler", "assize", "import", "cli"] {
        for (path, text) in files(crate_folder, &[".rs"]) {
            if !path.starts_with(allowed) {
                let lines = code(&text).filter(|(_, line)| names(line, word));
                found.extend(lines.map(|(number, line)| format!("{path}:{number}: {}", line.trim())));
            }
        }
        let manifest = format!("{crate_folder}/Cargo.toml");
        if !allowed.starts_with(crate_folder) {
            let text = std::fs::read_to_string(root().join(&manifest)).expect("every crate has a manifest");
            let lines = text.lines().filter(|line| names(line, word));
            found.extend(lines.map(|line| format!("{manifest}: {line}")));
        }
    }
    found
}

fn assert_none(found: &[String], rule: &str) {
    assert!(found.is_empty(), "{rule}:\n{}", found.join("\n"));
}

#[test]
fn only_lang_names_the_lexer_and_parser_generators() {
    assert_none(&offenders("logos", "lang/"), "only `lang` may name logos");
    assert_none(&offenders("lalrpop", "lang/"), "only `lang` may name lalrpop");
}

#[test]
fn only_the_native_folder_names_cranelift() {
    assert_none(
        &offenders("cranelift", "runtime/src/native"),
        "only `runtime/src/native` may name Cranelift",
    );
}

#[test]
fn only_the_compiler_names_salsa() {
    assert_none(&offenders("salsa", "compiler/"), "only `compiler` may name salsa");
}

#[test]
fn only_the_importer_names_the_crates_of_cedar() {
    assert_none(&offenders("cedar_policy", "import/"), "only `import` may name Cedar's crates");
    assert_none(&offenders("cedar-policy", "import/"), "only `import` may name Cedar's crates");
}

#[test]
fn the_runtime_knows_no_source_text_and_lang_knows_no_values() {
    let rules =
        [("runtime", ["assize_lang", "assize_compiler"]), ("lang", ["assize_runtime", "assize_compiler"])];
    for (crate_folder, forbidden) in rules {
        for (path, text) in files(crate_folder, &[".rs"]) {
            for name in forbidden {
                let found = code(&text).find(|(_, line)| names(line, name));
                assert!(found.is_none(), "{path} names `{name}`: {found:?}");
            }
        }
        let manifest =
            std::fs::read_to_string(root().join(crate_folder).join("Cargo.toml")).expect("a manifest");
        for name in forbidden {
            let name = name.replace('_', "-");
            assert!(!manifest.contains(&name), "{crate_folder}/Cargo.toml names `{name}`");
        }
    }
}

#[test]
fn no_source_file_is_a_giant() {
    let mut found = Vec::new();
    for folder in ["lang", "runtime", "compiler", "assize", "import", "cli", "tests", "examples"] {
        for (path, text) in files(folder, &[".rs", ".lalrpop"]) {
            let lines = text.lines().count();
            if lines > LONGEST {
                found.push(format!("{path} has {lines} lines"));
            }
        }
    }
    assert_none(&found, "a file is one story, of at most 700 lines");
}

/// As ARCHITECTURE.md lists them, and told there with what their safety rests on.
#[test]
fn unsafe_code_is_only_where_the_architecture_says() {
    let architecture = std::fs::read_to_string(root().join("ARCHITECTURE.md")).expect("it is there");
    let (_, section) = architecture.split_once("\n## Unsafe code\n").expect("it tells of unsafe code");
    let section = section.split("\n## ").next().unwrap_or_default();
    let listed: BTreeSet<String> = section
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|name| name.ends_with(".rs"))
        .map(|name| format!("runtime/src/native/{name}"))
        .collect();
    let mut found = BTreeSet::new();
    for folder in ["lang", "runtime/src", "compiler", "assize", "import", "cli", "examples"] {
        for (path, text) in files(folder, &[".rs"]) {
            // Tests keep what they call safe; they are not what runs in a service.
            if !path.contains("/tests/") && code(&text).any(|(_, line)| names(line, "unsafe")) {
                found.insert(path);
            }
        }
    }
    assert!(!found.is_empty() && !listed.is_empty(), "nothing found: the rule would hold for nothing");
    let others: Vec<String> = found.difference(&listed).cloned().collect();
    assert_none(&others, "files with unsafe code that ARCHITECTURE.md does not list");
}

#[test]
fn nothing_is_ignored() {
    for folder in ["lang", "runtime", "compiler", "assize", "import", "cli", "tests", "examples"] {
        for (path, text) in files(folder, &[".rs"]) {
            let ignored = code(&text).find(|(_, line)| line.trim_start().starts_with("#[ignore"));
            assert!(ignored.is_none(), "{path} has a test that nobody runs: {ignored:?}");
        }
    }
}

#[test]
fn nothing_is_left_to_do() {
    let words = ["todo!(", "unimplemented!(", "dbg!("];
    let mut found = Vec::new();
    for folder in ["lang", "runtime", "compiler", "assize", "cli", "examples"] {
        for (path, text) in files(folder, &[".rs"]) {
            let lines = code(&text).filter(|(_, line)| words.iter().any(|word| names(line, word)));
            found.extend(lines.map(|(number, line)| format!("{path}:{number}: {}", line.trim())));
        }
    }
    assert_none(&found, "finished code has no stubs");
}

/// The constants of the table, by code.
fn constants() -> Vec<(String, String)> {
    let table = std::fs::read_to_string(root().join("lang/src/codes.rs")).expect("the table");
    let found: Vec<_> = table
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            let (name, code) = (words.next()?, words.next()?);
            let code = code.strip_prefix('"')?.strip_suffix('"')?;
            name.chars()
                .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
                .then(|| (code.to_owned(), name.to_owned()))
        })
        .collect();
    assert_eq!(found.len(), codes::ALL.len(), "the table is not written as this test reads it");
    found
}

#[test]
fn every_code_is_declared_in_the_table() {
    let mut found = Vec::new();
    for folder in ["lang", "runtime", "compiler", "assize", "cli"] {
        for (path, text) in files(folder, &[".rs"]) {
            if path == "lang/src/codes.rs" || !path.contains("/src/") {
                continue;
            }
            let lines = code(&text).filter(|(_, line)| names(line, "Code(\"E") || names(line, "Code(\"W"));
            found.extend(lines.map(|(number, line)| format!("{path}:{number}: {}", line.trim())));
        }
    }
    assert_none(&found, "a code is declared in lang/src/codes.rs and nowhere else");
}

#[test]
fn every_declared_code_is_used() {
    let mut sources = String::new();
    for folder in ["lang", "compiler", "assize", "cli"] {
        for (path, text) in files(folder, &[".rs", ".lalrpop"]) {
            if path != "lang/src/codes.rs" {
                sources.push_str(&text);
            }
        }
    }
    let words: BTreeSet<&str> = sources.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let found: Vec<_> = constants()
        .into_iter()
        .filter(|(_, name)| !words.contains(name.as_str()))
        .map(|(code, name)| format!("{code} {name}"))
        .collect();
    assert_none(&found, "a code that nothing reports explains nothing");
}

#[test]
fn every_declared_code_is_exercised_by_a_test() {
    let mut tests = String::new();
    let is_test = |path: &str| {
        path.starts_with("tests/language/")
            || path.ends_with(".snap")
            || path.contains("/tests/")
            || path.ends_with("tests.rs")
    };
    for folder in ["lang", "compiler", "assize", "cli", "tests"] {
        for (path, text) in files(folder, &[".rs", ".md", ".snap"]) {
            if is_test(&path) && path != "tests/tests/tidy.rs" {
                tests.push_str(&text);
            } else if let Some((_, unit_tests)) = text.split_once("#[cfg(test)]") {
                tests.push_str(unit_tests);
            }
        }
    }
    let words: BTreeSet<&str> = tests.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let is_exercised = |code: &str, name: &str| words.contains(code) || words.contains(name);
    let missing = constants().into_iter().filter(|(code, name)| !is_exercised(code, name));
    let found: Vec<String> = missing.map(|(code, name)| format!("{code} {name} is in no test")).collect();
    assert_none(&found, "each code has a test that shows it");
}
