//! What the documents say of the repository is true. (Their examples run in `tests/tests/book.rs`.)

use std::fs;

use crate::common::repository;

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
