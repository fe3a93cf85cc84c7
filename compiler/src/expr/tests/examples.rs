//! The packages of `examples/` are right: no check of an expression may say anything about them.

use std::path::PathBuf;

use crate::compile::compile;
use crate::package::load;

#[test]
fn nothing_is_said_of_the_conditions_of_the_examples() {
    for name in ["drive", "forge", "payroll", "releases", "todo"] {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../examples").join(name);
        let sources = load(&[path]).unwrap_or_else(|_| panic!("examples/{name} can be read"));
        let compiled = compile(sources);
        let told: Vec<_> = compiled
            .diagnostics
            .iter()
            .map(|located| {
                let text = &compiled.files[located.file as usize].text;
                let primary = &located.diagnostic.primary;
                let line = text[..primary.start as usize].lines().count();
                let marked = &text[primary.start as usize..primary.end as usize];
                format!("{}:{line} [{marked}] {}", located.diagnostic.code.0, located.diagnostic.message)
            })
            .filter(|line| ["E01", "E02", "W02"].iter().any(|range| line.starts_with(range)))
            .collect();
        assert_eq!(told, [] as [&str; 0], "examples/{name}");
        assert!(compiled.is_ok(), "examples/{name}: {:?}", compiled.diagnostics);
    }
}
