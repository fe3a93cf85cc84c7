//! Every example of another language in the book is sound in that language.

use std::fs;
use std::path::{Path, PathBuf};

use assize_bench_book::faults;
use assize_bench_book::markdown::sections;

fn pages(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            pages(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
}

#[test]
fn examples_of_cedar_and_rego_are_sound() {
    let mut files = Vec::new();
    pages(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs"), &mut files);
    files.sort();
    let (mut wrong, mut blocks) = (Vec::new(), 0);
    for file in files {
        let text = fs::read_to_string(&file).expect("a page is text");
        for section in sections(&text).expect("fences are closed") {
            let foreign = |language: &str| matches!(language, "cedar" | "cedarschema" | "rego");
            blocks += section.blocks.iter().filter(|block| foreign(&block.language)).count();
            let found = faults(&section);
            wrong.extend(found.iter().map(|(line, what)| format!("{}:{line}: {what}", file.display())));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(blocks >= 8, "only {blocks} blocks of other languages");
}

#[test]
fn what_is_not_sound_is_found() {
    let of = |text: &str| faults(&sections(text).expect("fences are closed")[0]);
    assert_eq!(of("```cedar\nallow (principal, action, resource);\n```\n").len(), 1);
    assert_eq!(of("```rego\npackage a\nallow if {\n```\n").len(), 1);
    assert_eq!(of("```cedarschema\nentity User in [Nothing];\n```\n").len(), 1);
    let page = "```cedarschema\nentity User { age: Long };\naction a appliesTo { principal: [User], resource: [User] };\n```\n```cedar\npermit (principal, action, resource) when { principal.name == \"a\" };\n```\n";
    assert_eq!(of(page).len(), 1);
    let data = "```cedarschema\nentity User { age: Long };\n```\n```json entities.cedar.json\n[{\"uid\": {\"type\": \"User\", \"id\": \"a\"}, \"attrs\": {}, \"parents\": []}]\n```\n";
    assert_eq!(of(data).len(), 1);
}
