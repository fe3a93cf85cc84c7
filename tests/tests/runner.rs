//! The runner itself: what does not hold must fail, with the line on which it is written.

use std::path::Path;

use assize_tests::case::{Failure, Style, cases};
use assize_tests::suite::isolated;

/// Everything that a package of these cases needs; the cases follow.
const SHARED: &str = r#"# Shared

```assize
entity User { age: Int }
entity Doc
action read on Doc by User
@id("old") allow User u to read on Doc when u.age > 17
@id("huge") allow User u to read on Doc when u.age + 1 > 100
```

```data
User::"ann" { age: 40 }
User::"kid" { age: 4 }
User::"max" { age: 9223372036854775807 }
```

## Case

Why.

"#;

/// Line and text of each failure of a case that consists of these blocks.
fn failures(blocks: &str) -> Vec<(usize, String)> {
    let text = format!("{SHARED}{blocks}");
    let first = SHARED.lines().count();
    let found: Vec<Failure> = match cases(Path::new("case.md"), &text, Style::Suite) {
        Ok(cases) => cases.into_iter().flat_map(|case| isolated(case, Path::new("."))).collect(),
        Err(failures) => failures,
    };
    found.into_iter().map(|failure| (failure.line.saturating_sub(first), failure.message)).collect()
}

fn assert_fails(blocks: &str, line: usize, text: &str) {
    let found = failures(blocks);
    let is_it = |(at, message): &(usize, String)| *at == line && message.contains(text);
    assert!(
        found.len() == 1 && found.iter().all(is_it),
        "expected one failure on line {line} with `{text}`: {found:#?}"
    );
}

#[test]
fn a_case_that_holds_has_no_failures() {
    let blocks =
        "```requests\nallow User::\"ann\" read Doc::\"d\" by old\ndeny User::\"kid\" read Doc::\"d\"\n```\n";
    assert_eq!(failures(blocks), []);
}

#[test]
fn a_wrong_decision_fails() {
    assert_fails("```requests\ndeny User::\"ann\" read Doc::\"d\"\n```\n", 2, "+ allow by old");
    assert_fails("```requests\nallow User::\"kid\" read Doc::\"d\" by old\n```\n", 2, "- allow by old");
}

#[test]
fn a_missing_or_additional_reason_fails() {
    assert_fails("```requests\nallow User::\"ann\" read Doc::\"d\"\n```\n", 2, "+ allow by old");
    assert_fails(
        "```requests\nallow User::\"ann\" read Doc::\"d\" by old, huge\n```\n",
        2,
        "- allow by old, huge",
    );
}

#[test]
fn a_missing_or_additional_error_fails() {
    assert_fails(
        "```requests\nallow User::\"max\" read Doc::\"d\" by old\n```\n",
        2,
        "+ error huge: overflow",
    );
    let blocks = "```requests\nallow User::\"ann\" read Doc::\"d\" by old\n  error huge: overflow\n```\n";
    assert_fails(blocks, 2, "- error huge: overflow");
}

#[test]
fn a_refusal_for_another_reason_fails() {
    assert_fails(
        "```requests\nrefused User::\"ann\" read Doc::\"d\"\n```\n",
        2,
        "decided instead of refused",
    );
    assert_fails("```requests\nallow User::\"ann\" fly Doc::\"d\" by old\n```\n", 2, "refused");
    let blocks = "```requests\nrefused User::\"ann\" fly Doc::\"d\"\n  saying \"swim\"\n```\n";
    assert_fails(blocks, 2, "without saying `swim`");
}

#[test]
fn an_unexpected_diagnostic_fails() {
    assert_fails("```assize fine\n@id(\"x\") allow Usr to read on Doc\n```\n", 2, "unexpected E0101");
}

#[test]
fn a_diagnostic_that_does_not_come_fails() {
    assert_fails(
        "```assize\n@id(\"x\") allow User to read on Doc // error[E0101]: User\n```\n",
        2,
        "nothing found, expected E0101",
    );
}

#[test]
fn another_code_text_or_line_fails() {
    for (blocks, line) in [
        ("```assize\n@id(\"x\") allow Usr to read on Doc // error[E0102]: User\n```\n", 2),
        ("```assize\n@id(\"x\") allow Usr to read on Doc // error[E0101]: Group\n```\n", 2),
        ("```assize\n@id(\"x\") // error[E0101]: User\nallow Usr to read on Doc\n```\n", 2),
    ] {
        let found = failures(blocks);
        assert_eq!(found.len(), 2, "{found:#?}");
        assert!(
            found.iter().any(|(at, message)| *at == line && message.contains("nothing found")),
            "{found:#?}"
        );
    }
}

#[test]
fn a_test_that_fails_unexpectedly_fails() {
    let test =
        "```assize\ntest \"t\" {\n  expect allow User::\"kid\" to read on Doc::\"d\" by \"old\"\n}\n```\n";
    let found = failures(test);
    assert!(found.len() == 1 && found[0].0 == 3, "{found:#?}");
    let expected = test.replace("\"old\"", "\"old\" // fails: denied");
    assert_eq!(failures(&expected), []);
    let holds = "```assize\ntest \"t\" {\n  expect deny User::\"kid\" to read on Doc::\"d\" // fails: allow\n}\n```\n";
    assert!(failures(holds).iter().any(|(line, message)| *line == 3 && message.contains("nothing found")));
}

#[test]
fn data_faults_are_compared_too() {
    assert_fails("```data\nUser::\"x\" {}\n```\n\n```assize fine\n```\n", 2, "unexpected fault");
    assert_fails("```data\nUser::\"x\" { age: 1 } // fault: age\n```\n", 2, "nothing found, expected fault");
}

#[test]
fn requests_to_what_does_not_compile_or_load_fail() {
    let broken = "```assize\nallow Usr to read on Doc // error[E0101]\n```\n\n```requests\ndeny User::\"a\" read Doc::\"d\"\n```\n";
    assert_fails(broken, 6, "does not compile");
    let refused =
        "```data\nUser::\"x\" {} // fault: age\n```\n\n```requests\ndeny User::\"a\" read Doc::\"d\"\n```\n";
    assert_fails(refused, 6, "data that was refused");
}

#[test]
fn a_case_must_expect_something_and_say_why() {
    let only_prose = failures("");
    assert!(only_prose.iter().any(|(_, message)| message.contains("without a case")), "{only_prose:?}");
    let nothing = failures("```assize\nentity Other\n```\n");
    assert!(nothing.iter().any(|(_, message)| message.contains("without an expectation")), "{nothing:?}");
    let text = SHARED.replace("Why.\n", "") + "```requests\ndeny User::\"kid\" read Doc::\"d\"\n```\n";
    let found = cases(Path::new("case.md"), &text, Style::Suite).expect_err("no prose");
    assert!(found.iter().any(|failure| failure.message.contains("without a sentence")), "{found:?}");
}

#[test]
fn a_block_that_nothing_runs_is_a_failure() {
    let found = failures("```asize\nallow any to * on any\n```\n\n```assize fine\n```\n");
    assert!(found.iter().any(|(_, message)| message.contains("nothing runs a block of `asize")), "{found:?}");
}

/// The same for a page of the book.
fn failures_of_a_page(text: &str) -> Vec<(usize, String)> {
    let found: Vec<Failure> = match cases(Path::new("page.md"), text, Style::Book) {
        Ok(cases) => cases.into_iter().flat_map(|case| isolated(case, Path::new("."))).collect(),
        Err(failures) => failures,
    };
    found.into_iter().map(|failure| (failure.line, failure.message)).collect()
}

#[test]
fn an_example_of_the_book_must_check_without_findings_and_be_formatted() {
    let page = "# Page\n\n```assize\nentity User\n```\n\n## Part\n\n";
    assert_eq!(failures_of_a_page(&format!("{page}```assize\nentity Other in User\n```\n")), []);
    let wrong = failures_of_a_page(&format!("{page}```assize\nentity Other in Usr\n```\n"));
    assert!(wrong.len() == 1 && wrong[0].0 == 10 && wrong[0].1.contains("E0101"), "{wrong:?}");
    let announced = "```assize\nentity Other in Usr   // error[E0101]: `User`\n```\n";
    assert_eq!(failures_of_a_page(&format!("{page}{announced}")), []);
    let untidy = failures_of_a_page(&format!("{page}```assize\nentity  Other\n```\n"));
    assert!(untidy.len() == 1 && untidy[0].0 == 10 && untidy[0].1.contains("formatter"), "{untidy:?}");
}

#[test]
fn blocks_of_the_book_that_stand_apart_are_packages_of_their_own() {
    let page = "# Page\n\n```assize\nentity User\n```\n\n```assize apart\nentity User\n```\n";
    assert_eq!(failures_of_a_page(page), []);
    let inner = "# Page\n\n```assize\nentity User\n```\n\n## Part\n\n```assize apart\nentity A in User\n```\n\n```assize alone\nentity User\n```\n";
    assert_eq!(failures_of_a_page(inner), []);
    let twice = failures_of_a_page(&inner.replace("alone", "apart"));
    assert!(twice.iter().any(|(line, _)| *line == 14) && !twice.is_empty(), "{twice:?}");
}

#[test]
fn the_book_has_no_example_that_expects_nothing() {
    for block in ["sh\nassize check", "json\n{}", "yaml\na: 1", "json request\n{}", "json decision\n{}"] {
        let found = failures_of_a_page(&format!("# Page\n\n```{block}\n```\n"));
        assert_eq!(found.len(), 1, "{block}: {found:?}");
    }
}

#[test]
fn command_lines_and_answers_of_the_book_are_compared() {
    let page = "# Page\n\n```assize a.assize\nentity User\n```\n\n```sh\n$ cat a.assize\nentity User\n```\n";
    assert_eq!(failures_of_a_page(page), []);
    let other =
        failures_of_a_page(&page.replace("\nentity User\n```\n\n```sh", "\nentity Uzer\n```\n\n```sh"));
    assert!(other.len() == 1 && other[0].0 == 8 && other[0].1.contains("prints"), "{other:?}");
    let page = "# Page\n\n```assize\nentity User\naction read on User by User\n```\n\n```json request\n{\"principal\": \"User::\\\"a\\\"\", \"action\": \"read\", \"resource\": \"User::\\\"a\\\"\"}\n```\n\n```json decision\n{\"decision\": \"allow\"}\n```\n";
    let found = failures_of_a_page(page);
    assert!(found.len() == 1 && found[0].0 == 13 && found[0].1.contains("\"deny\""), "{found:?}");
}
