//! The page of a diagnostic is a test: its first example gives exactly that code, its repair gives none.

use std::fs;

use crate::common::{Folder, assize, repository};

/// The fenced blocks of a Markdown text whose info string is `info`.
fn blocks(text: &str, info: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.strip_prefix("```") == Some(info) {
            found.push(
                lines.by_ref().take_while(|line| *line != "```").map(|line| format!("{line}\n")).collect(),
            );
        }
    }
    found
}

/// Codes that `check` reports, without those of style that an example need not care about; `data` are the rows of its package.
fn codes(source: &str, data: &str) -> Vec<String> {
    let folder = Folder::new()
        .file("example/assize.toml", "[package]\nname = \"example\"\ndata = [\"rows.ndjson\"]\n")
        .file("example/rows.ndjson", data)
        .file("example/example.assize", source);
    let path = if data.is_empty() { "example/example.assize" } else { "example" };
    let run = assize(["check", &folder.arg(path), "--format", "json"]);
    let all = run.json();
    let codes = all.as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap().to_owned());
    // Unused declarations set the scene.
    let mut codes: Vec<String> = codes.filter(|code| code != "W0102").collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

#[test]
fn each_page_shows_its_diagnostic_and_a_repair() {
    let mut wrong = Vec::new();
    let mut pages = 0;
    for entry in fs::read_dir(repository("docs/diagnostics")).unwrap() {
        let path = entry.unwrap().path();
        let code = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(&path).unwrap();
        let (failing, repaired) = (blocks(&text, "assize error"), blocks(&text, "assize"));
        let data = blocks(&text, "ndjson").concat();
        assert!(!failing.is_empty() && !repaired.is_empty(), "{code} lacks an example or its repair");
        for source in failing.iter().filter(|source| codes(source, &data) != [code.as_str()]) {
            wrong.push(format!("{code}: its example gives {:?}", codes(source, &data)));
        }
        for source in repaired.iter().filter(|source| !codes(source, &data).is_empty()) {
            wrong.push(format!("{code}: its repair gives {:?}", codes(source, &data)));
        }
        pages += 1;
    }
    wrong.sort();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(pages > 20);
}
