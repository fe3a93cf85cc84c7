//! The standard library: its own tests in `stdlib/tests`, and the examples in its documentation.
//!
//! In a `///` comment, a block of `assize true` is an expression that is true where the module is in use; a block of `assize` is a
//! package, or the rest of one that begins with the `use` of the module, which checks without a warning and passes its tests.

use std::fs;
use std::path::Path;

use assize_compiler::library::{LibraryModule, MODULES};
use assize_lang::ast::{Item, ItemKind};
use assize_tests::markdown;
use assize_tests::package::Package;
use assize_tests::run::DEFAULT_TIME;

/// The package, which has nothing wrong with it, passes its tests, and may or must have some.
fn sound(name: &str, text: &str) -> Package {
    let compiled = Package::compile(&[("p.assize", text)]);
    assert!(compiled.findings.is_empty(), "{name}: {:#?}\n{text}", compiled.findings);
    let package = compiled.package.expect("no findings");
    let failed = package.run_tests();
    assert!(failed.is_empty(), "{name}: {failed:#?}");
    package
}

#[test]
fn every_module_has_tests_and_passes_them() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../stdlib/tests");
    for module in MODULES {
        let name = module.file.trim_start_matches("std/").replace('/', "-");
        let text = fs::read_to_string(folder.join(&name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        let used = text.lines().any(|line| line.starts_with(&format!("use {}", module.path)));
        assert!(used, "{name} does not use {}", module.path);
        assert!(sound(&name, &text).tests() > 0, "{name} has no tests");
    }
}

#[test]
fn everything_is_documented_and_every_example_is_true() {
    for module in MODULES {
        let items = assize_lang::parse(module.text).items;
        let mut examples = 0;
        for item in items.iter().map(|item| &item.item) {
            let name = format!("{}: {}", module.path, name_of(item));
            if matches!(item.kind, ItemKind::Use(_)) || name_of(item).starts_with('_') {
                continue;
            }
            assert!(!item.docs.is_empty(), "{name} has no documentation");
            let found = run_examples(module, &name, item);
            let needs_one = !matches!(item.kind, ItemKind::Module(_) | ItemKind::Policy(_));
            assert!(found > 0 || !needs_one, "{name} has no example");
            examples += found;
        }
        assert!(examples > 0, "{} has no examples", module.path);
    }
}

fn name_of(item: &Item) -> String {
    match &item.kind {
        ItemKind::Module(_) => "the module".to_owned(),
        ItemKind::Entity(decl) => decl.name.text.to_string(),
        ItemKind::ClosedEntity { name, .. }
        | ItemKind::TypeAlias { name, .. }
        | ItemKind::Obligation { name, .. } => name.text.to_string(),
        ItemKind::TypeParam { name, .. } | ItemKind::ActionParam { name } => name.text.to_string(),
        ItemKind::Enum(decl) => decl.name.text.to_string(),
        ItemKind::Param(decl) | ItemKind::Const(decl) => decl.name.text.to_string(),
        ItemKind::Fn(decl) => decl.name.text.to_string(),
        ItemKind::Grant(decl) => decl.name.text.to_string(),
        _ => format!("{:?}", item.span),
    }
}

/// How many examples there are; all of them hold.
fn run_examples(module: &LibraryModule, name: &str, item: &Item) -> usize {
    let sections = markdown::sections(&item.docs).unwrap_or_else(|_| panic!("{name}: an open fence"));
    let blocks = sections.iter().flat_map(|section| &section.blocks);
    let mut count = 0;
    for block in blocks.filter(|block| block.language == "assize") {
        count += 1;
        match block.words.as_slice() {
            [] if block.text.contains("use std::") => drop(sound(name, &block.text)),
            [] => drop(sound(name, &format!("use {}\n{}", module.path, block.text))),
            [word] if word == "true" => is_true(module, name, &block.text),
            words => panic!("{name}: an example is `assize` or `assize true`, not {words:?}"),
        }
    }
    count
}

fn is_true(module: &LibraryModule, name: &str, expression: &str) {
    let text = format!(
        "use {}\nentity User\nentity Doc\naction read on Doc by User\n\
         @id(\"example\") allow User to read on Doc when {expression}\n",
        module.path
    );
    // That an example is always true is no fault of it.
    let compiled = Package::compile(&[("p.assize", &text)]);
    let errors: Vec<_> = compiled.findings.iter().filter(|finding| finding.code.starts_with('E')).collect();
    assert!(errors.is_empty(), "{name}: {errors:#?}\n{expression}");
    let deployed = compiled.package.expect("no errors").deploy(&[], DEFAULT_TIME).expect("no data");
    let request =
        r#"{"principal": "User::\"u\"", "action": "read", "resource": "Doc::\"d\"", "context": {}}"#;
    let query = deployed.query(request, DEFAULT_TIME).expect("it fits");
    let found = deployed.decide(&query).expect("both engines agree");
    assert_eq!(found, ["allow by example"], "{name}: {expression}");
}
