//! Every link from one document of the repository to another leads somewhere, anchors included. Nothing is fetched.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use assize_tests::book::root;
use assize_tests::suite::markdown_files;

/// The documents: those at the top, and every page below these folders.
fn documents() -> Vec<PathBuf> {
    let entries = fs::read_dir(root()).expect("the repository").map(|entry| entry.expect("an entry").path());
    let mut found: Vec<_> =
        entries.filter(|path| path.extension().is_some_and(|ending| ending == "md")).collect();
    for folder in ["docs", "examples", "stdlib", "tests/language"] {
        found.extend(markdown_files(&root().join(folder)));
    }
    found.push(root().join("benches/README.md"));
    found.sort();
    found
}

/// Lines outside of fences, with their numbers.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fence = 0;
    text.lines().enumerate().filter_map(move |(index, line)| {
        let ticks = line.bytes().take_while(|byte| *byte == b'`').count();
        if ticks >= 3 && (fence == 0 || ticks >= fence) {
            fence = if fence == 0 { ticks } else { 0 };
            return None;
        }
        (fence == 0).then_some((index + 1, line))
    })
}

/// Targets of the links in a line. What stands between backquotes is no link, unless it is the text of one.
fn targets(line: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut code = false;
    for (at, c) in line.char_indices() {
        code ^= c == '`';
        if !code
            && line[at..].starts_with("](")
            && let Some(end) = line[at..].find(')')
        {
            found.push(line[at + 2..at + end].split(' ').next().unwrap_or_default());
        }
    }
    found
}

/// The anchors of a page: its headings as GitHub and mdBook spell them.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (_, line) in prose(text) {
        let title = line.trim_start_matches('#');
        if title.len() == line.len() || !title.starts_with(' ') {
            continue;
        }
        let kept = title.trim().chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        let slug: String = kept.map(|c| if c == ' ' { '-' } else { c }).collect::<String>().to_lowercase();
        let mut own = slug.clone();
        let mut nth = 0;
        while !found.insert(own) {
            nth += 1;
            own = format!("{slug}-{nth}");
        }
    }
    found
}

/// What is wrong with a link from `file`.
fn fault(file: &Path, target: &str) -> Option<String> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (path, anchor) = target.split_once('#').map_or((target, None), |(path, anchor)| (path, Some(anchor)));
    let folder = file.parent().unwrap_or(Path::new(""));
    let to = if path.is_empty() { file.to_owned() } else { folder.join(path) };
    if !to.exists() {
        return Some(format!("there is no {path}"));
    }
    let anchor = anchor?;
    let text = fs::read_to_string(&to).unwrap_or_default();
    (!anchors(&text).contains(anchor)).then(|| format!("no heading of {} is #{anchor}", to.display()))
}

#[test]
fn no_link_is_dead() {
    let (mut dead, mut links) = (Vec::new(), 0);
    for file in documents() {
        let text = fs::read_to_string(&file).expect("a document is text");
        for (number, line) in prose(&text) {
            for target in targets(line) {
                links += 1;
                if let Some(fault) = fault(&file, target) {
                    let name = file.strip_prefix(root()).unwrap_or(&file).display();
                    dead.push(format!("{name}:{number}: `{target}`: {fault}"));
                }
            }
        }
    }
    assert!(dead.is_empty(), "{}", dead.join("\n"));
    assert!(links > 100, "only {links} links were found");
}

#[test]
fn links_and_headings_are_read_as_they_are_meant() {
    assert_eq!(targets("see [a](b.md#c) and `[x](y)`, [`d`](e)"), ["b.md#c", "e"]);
    let text = "# The `+` sign\n```\n# no heading\n```\n## A, b\n## A, b\n#tag\n";
    let expected = ["a-b", "a-b-1", "the--sign"];
    assert_eq!(anchors(text).iter().map(String::as_str).collect::<Vec<_>>(), expected);
}
