//! The reference is executed: the `assize` blocks below one heading are a package that checks and whose tests pass.

use std::fs;

use crate::common::{Folder, assize, repository};

#[test]
fn the_examples_of_the_language_page_check_and_pass() {
    let text = fs::read_to_string(repository("docs/reference/language.md")).unwrap();
    let mut sections = 0;
    for section in text.split("\n## ") {
        let heading = section.lines().next().unwrap_or_default();
        // The first piece of a block is prose, then every second one is code.
        let source: String = section
            .split("```assize\n")
            .skip(1)
            .filter_map(|rest| rest.split("\n```").next())
            .map(|block| format!("{block}\n"))
            .collect();
        if source.is_empty() {
            continue;
        }
        let folder = Folder::new().file("example.assize", &source);
        assize(["check", &folder.arg("example.assize")]).exits(0);
        if source.contains("\ntest ") {
            assize(["test", &folder.arg("example.assize")]).exits(0);
        }
        assert!(!heading.is_empty());
        sections += 1;
    }
    assert!(sections >= 7, "only {sections} sections have examples");
}

#[test]
fn the_paths_that_the_documents_name_exist() {
    const FOLDERS: [&str; 8] =
        ["assize/", "cli/", "compiler/", "docs/", "examples/", "lang/", "runtime/", "stdlib/"];
    let mut missing = Vec::new();
    for document in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "docs/reference/README.md"] {
        let text = fs::read_to_string(repository(document)).unwrap();
        // Odd pieces stand between backquotes; blocks of code are cut out first.
        let prose: String = text.split("```").step_by(2).collect();
        for name in prose.split('`').skip(1).step_by(2) {
            let named = FOLDERS.iter().any(|folder| name.starts_with(folder));
            if named && !name.contains([' ', '*']) && !std::path::Path::new(&repository(name)).exists() {
                missing.push(format!("{document} names `{name}`"));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}
