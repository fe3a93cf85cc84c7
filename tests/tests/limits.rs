//! The page of limits has the numbers of the code.

use std::fs;

use assize_tests::book::root;

/// The value of `const NAME: .. = VALUE;` in a source: a number, or one number shifted by another.
fn constant(path: &str, name: &str) -> Option<u64> {
    let source = fs::read_to_string(root().join(path)).ok()?;
    let rest = source.split(&format!("const {name}: ")).nth(1)?;
    let value = rest.split_once(" = ")?.1.split(';').next()?.replace('_', "");
    let number = |text: &str| text.trim().parse::<u64>().ok();
    match value.split_once("<<") {
        Some((base, shift)) => Some(number(base)? << number(shift)?),
        None => match value.rsplit_once("::") {
            // A constant that is another one.
            Some((_, other)) => constant("runtime/src/verify/mod.rs", other.trim()),
            None => number(&value),
        },
    }
}

#[test]
fn the_page_of_limits_has_the_numbers_of_the_code() {
    let page = fs::read_to_string(root().join("docs/reference/limits.md")).expect("the page");
    let mut rows = 0;
    for row in page.lines().filter(|line| line.contains("` in `")) {
        let cells: Vec<&str> = row.trim_matches(['|', ' ']).split(" | ").collect();
        let [_, limit, place] = cells[..] else { panic!("three cells: {row}") };
        let (name, path) = place.trim_matches('`').split_once("` in `").expect("a name in a file");
        let limit = match limit.split_once(" MiB") {
            Some((number, _)) => number.parse::<u64>().expect("a number") << 20,
            None => limit.parse().expect("a number"),
        };
        assert_eq!(constant(path, name), Some(limit), "{row}");
        rows += 1;
    }
    assert!(rows > 20, "only {rows} limits");
}
