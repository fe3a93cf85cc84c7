//! A large package is checked on all processors, and comes out as if it had been checked by one.

use std::fmt::Write;

use super::SCHEMA;
use crate::compile::{compile, compile_in, compile_to_run};
use crate::db::Database;
use crate::package::{PackageSources, load};

/// Files of many policies, about one in ten with something to say about it.
fn files(broken: bool) -> Vec<(String, String)> {
    let mut files = vec![("schema.assize".to_owned(), format!("module m\n{SCHEMA}"))];
    for file in 0..6 {
        let mut text = "module m\n\n".to_owned();
        let _ = writeln!(text, "fn near_{file}(u: User, d: Document) -> Bool = d.owner == u");
        for nth in 0..60 {
            let condition = match nth % 30 {
                0 => "u.naem == \"x\"".to_owned(),
                10 => "1 == 1".to_owned(),
                20 => "d.level > Level::low and".to_owned(),
                21 => format!("near_{file}(u, d) and u.name matches r\"a{nth}.*\""),
                _ => format!("u.name like \"{nth}*\" and d.owner in Team::\"t{file}\" or u in d.readers"),
            };
            // Long texts, so that few policies are a large package.
            let about = "Who may read what, and why. ".repeat(40);
            let _ = write!(text, "\n/// {about}\nallow User u to read on Document d\n  when {condition}\n");
        }
        if !broken {
            text = text
                .replace("naem", "name")
                .replace("low and\n", "low\n")
                .replace("owner in", "owner is User and u in");
        }
        files.push((format!("p{file}.assize"), text));
    }
    files
}

#[test]
fn the_same_comes_out_on_one_processor_and_on_all() {
    for broken in [true, false] {
        let files = files(broken);
        let texts = files.iter().map(|(name, text)| (name.as_str(), text.as_str()));
        let sources = PackageSources::from_texts(texts);
        let size: usize = files.iter().map(|(_, text)| text.len()).sum();
        assert!(size > 300_000, "{size} bytes are too few to be checked ahead");

        let on_all = compile_in(&mut Database::default(), sources.clone());
        // A database that knows the package already asks for nothing ahead.
        let mut database = Database::default();
        database.set(&sources);
        let on_one = compile_in(&mut database, sources);

        assert!(on_all.counts().1 > 100, "{:?}", on_all.counts());
        assert_eq!(on_all.is_ok(), !broken);
        assert_eq!(on_all.diagnostics, on_one.diagnostics);
        assert_eq!(on_all.named, on_one.named);
        assert_eq!(on_all.program.as_deref(), on_one.program.as_deref());
    }
}

#[test]
fn without_lints_the_same_errors_are_found() {
    for broken in [true, false] {
        let files = files(broken);
        let texts = files.iter().map(|(name, text)| (name.as_str(), text.as_str()));
        let sources = PackageSources::from_texts(texts);
        let everything = compile(sources.clone());
        let errors = compile_to_run(sources);
        let expected: Vec<_> = everything.diagnostics.iter().filter(|it| it.is_error()).collect();
        assert_eq!(errors.diagnostics.iter().collect::<Vec<_>>(), expected);
        assert_eq!(expected.is_empty(), !broken);
        assert_eq!(errors.program.as_deref(), everything.program.as_deref());
        assert_eq!(errors.named, everything.named);
    }
}

/// A service must not start with what its authors forbid.
#[test]
fn a_warning_that_the_manifest_denies_is_an_error_without_lints_too() {
    let root = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(root.path().join(name), text).unwrap();
    write("assize.toml", "[package]\nname = \"p\"\nversion = \"0.1.0\"\n\n[lints]\nW0102 = \"deny\"\n");
    write(
        "p.assize",
        &format!("{SCHEMA}\nconst LIMIT: Int = 1\n@id(\"a\") allow User to read on Document\n"),
    );
    let sources = load(&[root.path().to_path_buf()]).unwrap();
    let everything = compile(sources.clone());
    let errors = compile_to_run(sources);
    assert_eq!(everything.counts().0, 1, "{:?}", everything.diagnostics);
    assert_eq!(
        errors.diagnostics,
        everything.diagnostics.into_iter().filter(|it| it.is_error()).collect::<Vec<_>>()
    );
    assert!(!errors.is_ok());
}
