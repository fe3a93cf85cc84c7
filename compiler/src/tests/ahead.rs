//! A large package is checked on all processors, and comes out as if it had been checked by one.

use std::fmt::Write;

use super::SCHEMA;
use crate::compile::{compile, compile_in, compile_to_run};
use crate::db::Database;
use crate::once;
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

/// Policies with names and without, of grants, behind comments, for trial, between declarations.
const MIXED: &str = r#"
allow User to read on Document
/// Of one's own.
// Or so.
@id("own") @allow("W0304")
allow User u to read on Document d when d.owner == u and u.name like "a*"
@allow(
  "W0304"
) allow User u to write on Document d when u.name like "f*"
grant reader(who: User, what: Document) {
  allow User u in who to read on Document d in what when u.name matches r"b.*" and is_near(u, d)
}
trial deny User u to read on Document d when u.name like "c*"
fn is_near(u: User, d: Document) -> Bool = d.owner == u and u.name like "d*"
deny User u to read on Document d
  when u.name matches r"e.*" and not is_near(u, d)
@id("last") deny User u to read on Document d when u.name == "allow"
"#;

#[test]
fn what_is_compiled_once_keeps_policies_out_of_the_database() {
    let files = [
        ("a.assize", format!("{SCHEMA}{MIXED}")),
        ("b.assize", "allow User to read on Document\n".to_owned()),
    ];
    let sources = PackageSources::from_texts(files.iter().map(|(name, text)| (*name, text.as_str())));
    let everything = compile(sources.clone());
    assert!(everything.is_ok(), "{:?}", everything.diagnostics);
    let (database, package, once) = once::assembled(&sources).expect("it has no error");
    let texts = package.files(&database).iter().map(|file| file.text(&database).to_string());
    let texts: String = texts.collect();
    for word in ["trial", "@id", "like \"a*\"", "like \"f*\"", "u.name =="] {
        assert!(!texts.contains(word), "`{word}` is in the database:\n{texts}");
    }
    for word in ["grant reader", "fn is_near"] {
        assert!(texts.contains(word), "`{word}` is not in the database:\n{texts}");
    }
    assert_eq!(once.program, **everything.program.as_ref().unwrap());
    assert_eq!(once.program.policies.len(), 8);
    assert_eq!(compile_to_run(sources).program.as_deref(), everything.program.as_deref());
}

#[test]
fn what_may_have_an_error_goes_through_the_database() {
    for broken in [
        "allow User u to read on Document d when u.naem == \"x\"\n",
        "allow User u to read on Document d when u.name ==\n",
        "@id(\"x\") allow User to read on Document\n@id(\"x\") allow User to read on Document\n",
        "allow User to read on Document }\n",
        "fn f(u: User) -> Bool = u.naem == \"x\"\nallow User to read on Document\n",
        "deny allow User to read on Document\n",
    ] {
        let text = format!("{SCHEMA}\n{broken}");
        let sources = PackageSources::from_texts([("a.assize", text.as_str())]);
        assert!(once::assembled(&sources).is_none(), "{broken}");
        let (errors, everything) = (compile_to_run(sources.clone()), compile(sources));
        assert!(!errors.is_ok() && !errors.diagnostics.is_empty(), "{broken}");
        let expected: Vec<_> = everything.diagnostics.iter().filter(|it| it.is_error()).collect();
        assert_eq!(errors.diagnostics.iter().collect::<Vec<_>>(), expected, "{broken}");
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
