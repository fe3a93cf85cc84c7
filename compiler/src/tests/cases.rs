//! `test` and `prove` blocks, checked and run.

use assize_runtime::Params;

use super::{check_with_schema, compiled, findings};
use crate::cases::run::{Interpreter, run};

/// What fails in the tests of a file that begins with the small schema.
#[track_caller]
fn failures(text: &str) -> Vec<String> {
    let compilation = compiled(&format!("{}\n{text}", super::SCHEMA));
    assert_eq!(findings(&compilation), [""; 0]);
    let program = compilation.program.unwrap();
    let params = Params::bind(&program, []).unwrap();
    let engine = Interpreter { program: &program, params: &params };
    let results = compilation.tests.iter().map(|case| run(&program, &params, case, &engine));
    results.flat_map(|result| result.expectations).filter_map(|result| result.message()).collect()
}

const OWNER: &str = "@id(\"owner\") allow User u to edit on Document d when d.owner == u\n";

const DATA: &str = "data {
  User::\"ann\" { name: \"ann\", level: Level::low }
  User::\"bob\" { name: \"bob\", level: Level::low }
  Document::\"d\" { owner: User::\"ann\", level: Level::low, readers: [] }
}
let c = { mfa: true }\n";

#[test]
fn an_expectation_is_met_or_says_what_happened() {
    let test = |expect: &str| failures(&format!("{OWNER} test \"t\" {{ {DATA} expect {expect} }}"));
    assert_eq!(test("allow User::\"ann\" to read on Document::\"d\" with c"), [""; 0]);
    assert_eq!(test("allow User::\"ann\" to read on Document::\"d\" with c by \"owner\""), [""; 0]);
    assert_eq!(test("deny User::\"bob\" to read on Document::\"d\" with c"), [""; 0]);
    assert_eq!(
        test("allow User::\"bob\" to read on Document::\"d\" with c"),
        ["this is denied, not allowed: by no policy"]
    );
    assert_eq!(
        test("deny User::\"ann\" to read on Document::\"d\" with c"),
        ["this is allowed, not denied: by `owner`"]
    );
}

#[test]
fn by_names_all_that_decide() {
    let two = format!("{OWNER} @id(\"any\") allow User to read on Document when context.mfa\n");
    assert_eq!(
        failures(&format!(
            "{two} test \"t\" {{ {DATA} expect allow User::\"ann\" to read on Document::\"d\" with c by \"any\" }}"
        )),
        ["decided by `owner`, `any`, not by `any`"]
    );
}

#[test]
fn what_depends_on_the_time_says_the_time() {
    let policy = "@id(\"a\") allow User to read on Document when now < time\"2026-01-01T00:00:00Z\"\n";
    let test = |at: &str| {
        failures(&format!(
            "{policy} test \"t\" {{ {DATA} expect allow User::\"ann\" to read on Document::\"d\" with c {at} }}"
        ))
    };
    assert_eq!(test("at time\"2025-12-31T00:00:00Z\""), [""; 0]);
    assert_eq!(test(""), ["this depends on the time: say it with `at time\"2026-01-01T00:00:00Z\"`"]);
}

#[test]
fn test_data_fits_the_schema() {
    let data = |rows: &str| format!("test \"t\" {{ data {{ {rows} }} }}");
    check_with_schema(
        &data("User::\"a\" in Folder::\"x\" { name: \"a\", level: Level::low }"),
        &["E0410 @ Folder::\"x\": a `User` is never in a `Folder`"],
    );
    check_with_schema(
        &data("User::\"a\" { name: 1, level: Level::low }"),
        &["E0201 @ 1: `name` must be `String`, but this is `Int`"],
    );
    check_with_schema(
        &data("User::\"a\" { name: \"a\" }"),
        &["E0207 @ User::\"a\": `level` is missing here"],
    );
    check_with_schema(
        &data("User::\"a\" { name: \"a\", level: Level::low, mangr: User::\"b\" }"),
        &["E0208 @ mangr: no field `mangr` belongs here"],
    );
    check_with_schema(
        &data("Team::\"x\" Team::\"x\""),
        &["E0410 @ Team::\"x\": this entity stands here twice"],
    );
    check_with_schema(
        &data("Team::\"x\" in Team::\"y\" Team::\"y\" in Team::\"x\""),
        &[
            "E0410 @ Team::\"y\" in Team::\"x\": the hierarchy would have a cycle: `Team::\"y\"` in `Team::\"x\"` in `Team::\"y\"`",
        ],
    );
    check_with_schema(&data("nope(1)"), &["E0101 @ nope: nothing here is called `nope`"]);
    check_with_schema(&data("Stage::\"test\""), &["E0107 @ \"test\": `Stage` has no entity \"test\""]);
}

#[test]
fn rows_of_grants_fit_their_grant() {
    let test = |rows: &str| {
        format!(
            "grant s(who: User) for at most 4h {{ allow User in who to read on Document }}\n\
             test \"t\" {{ data {{ {rows} }} expect deny User::\"x\" to read on Document::\"d\" with {{ mfa: true }} \
             at time\"2026-01-01T00:00:00Z\" }}"
        )
    };
    check_with_schema(&test("s(User::\"a\") until time\"2026-01-01T04:00:00Z\""), &[]);
    check_with_schema(
        &test("s(User::\"a\") until time\"2026-01-01T05:00:00Z\""),
        &[
            "E0410 @ s(User::\"a\") until time\"2026-01-01T05:00:00Z\": grant `s` is for at most 4h: give an `until` within that time from now",
        ],
    );
    check_with_schema(
        &test("s(User::\"a\")"),
        &["E0410 @ s(User::\"a\"): grant `s` is for at most 4h: give an `until` within that time from now"],
    );
    check_with_schema(&test("s(1)"), &["E0201 @ 1: expected `User`, but this is `Int`"]);
    check_with_schema(&test("s(User::\"a\", 2)"), &["E0410 @ s(User::\"a\", 2): a row of `s` is `s(who)`"]);
}

#[test]
fn an_expectation_is_a_request_that_can_be_made() {
    let expect = |expect: &str| format!("{OWNER} test \"t\" {{ expect {expect} }}");
    check_with_schema(
        &expect("allow User::\"a\" to reed on Document::\"d\""),
        &["E0126 @ reed: there is no action `reed`"],
    );
    check_with_schema(
        &expect("allow Document::\"d\" to read on User::\"a\" with { mfa: true }"),
        &[
            "E0411 @ Document::\"d\": `read` is never done by a `Document`",
            "E0411 @ User::\"a\": `read` is never done on a `User`",
        ],
    );
    check_with_schema(
        &expect("allow User::\"a\" to edit on Document::\"d\""),
        &["E0411 @ edit: `edit` is a group of actions: nobody does it as such"],
    );
    check_with_schema(
        &expect("allow User::\"a\" to read on Document::\"d\""),
        &["E0411 @ read: `read` needs a context with `mfa`"],
    );
    check_with_schema(
        &expect("allow User::\"a\" to read on Document::\"d\" with { mfa: 1 }"),
        &["E0201 @ 1: `mfa` must be `Bool`, but this is `Int`"],
    );
    check_with_schema(
        &expect("allow User::\"a\" to read on Document::\"d\" with { mfa: true, x: 1 }"),
        &["E0208 @ x: no field `x` belongs here"],
    );
    check_with_schema(
        &expect("allow User::\"a\" to read on Document::\"d\" with { mfa: true } by \"ownr\""),
        &["E0412 @ \"ownr\": no policy has the id `ownr`"],
    );
    check_with_schema(
        &expect("deny User::\"a\" to deploy on Stage::\"dev\" at 3"),
        &["E0201 @ 3: expected `Datetime`, but this is `Int`"],
    );
}

#[test]
fn lets_are_checked_even_when_nothing_uses_them() {
    check_with_schema("test \"t\" { let a = nope }", &["E0101 @ nope: nothing here is called `nope`"]);
    check_with_schema("test \"t\" { let a = 1 let a = 2 }", &["E0120 @ a: `a` stands for something already"]);
}

#[test]
fn a_test_has_a_name_of_its_own() {
    check_with_schema("test \"t\" { }\ntest \"t\" { }", &["E0414 @ \"t\": two tests are called \"t\""]);
}

#[test]
fn claims_are_checked_like_policies() {
    check_with_schema(
        "prove \"p\" { never allow User u to reed on Document d never allow User u to read on Document d when d.nope }",
        &["E0126 @ reed: there is no action `reed`", "E0102 @ nope: `Document` has no attribute `nope`"],
    );
    check_with_schema("prove \"p\" { never allow User u to read on Document d when d.owner != u }", &[]);
}

#[test]
fn rows_of_external_types_come_with_the_request() {
    let text = "external entity Token { scope: String }\naction call on Stage by Token\n\
                @id(\"a\") allow Token t to call on Stage when t.scope == \"all\"\n\
                test \"t\" { data { Token::\"x\" { scope: \"all\" } }\n\
                expect allow Token::\"x\" to call on Stage::\"dev\" expect deny Token::\"y\" to call on Stage::\"dev\" }";
    assert_eq!(failures(text), [""; 0]);
}
