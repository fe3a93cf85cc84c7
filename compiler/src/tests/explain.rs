//! The page about a decision shows what each part of a condition came to.

use assize_runtime::interpret::explain::explain;
use assize_runtime::{Params, Query};

use super::{SCHEMA, compiled};
use crate::explain::page;

/// The page of the first expectation of the only test of a package.
#[track_caller]
fn explained(text: &str) -> String {
    let compilation = compiled(&format!("{SCHEMA}\n{text}"));
    let program = compilation.program.as_ref().unwrap_or_else(|| panic!("{:?}", compilation.diagnostics));
    let params = Params::bind(program, Vec::new()).expect("there are none");
    let case = &compilation.tests[0];
    let query = Query::from(&case.expectations[0]);
    page(program, &compilation.files, &query, &explain(program, &params, &case.data, &query))
}

const DATA: &str = "data {\n  User::\"ann\" { name: \"Ann\", level: Level::low }\n  \
                    User::\"bob\" { name: \"Bob\", level: Level::high }\n  \
                    Document::\"d\" { owner: User::\"ann\", level: Level::high, readers: [User::\"bob\"] }\n}";

#[test]
fn each_part_is_shown_with_its_value_and_what_was_not_looked_at_says_so() {
    let page = explained(&format!(
        "@id(\"own\") allow User u to read on Document d when d.owner == u and d.level == Level::high\n  \
         unless u.name == \"Ann\"\n\
         @id(\"readers\") allow User u to read on Document d when u in d.readers\n\
         test \"t\" {{ {DATA} expect allow User::\"bob\" to read on Document::\"d\" with {{ mfa: true }} }}"
    ));
    assert!(page.starts_with("# allow\n\n`User::\"bob\"` to `read` on `Document::\"d\"`\n"), "{page}");
    for line in [
        "Allowed by `readers`, and denied by nothing.",
        "## `readers` (allow) applies",
        "- `u in d.readers`: **true**",
        "  - `d.readers`: `[User::\"bob\"]`",
        "## `own` (allow) does not apply",
        "`d.owner == u`: **false**",
        "`d.owner`: `User::\"ann\"`",
        "`d.level == Level::high`: *not looked at*",
        "`u.name == \"Ann\"`: *not looked at* (in `unless`)",
    ] {
        assert!(page.contains(line), "`{line}` is not in\n{page}");
    }
}

#[test]
fn an_unless_that_holds_is_shown_as_it_is_written() {
    let page = explained(&format!(
        "@id(\"own\") allow User u to read on Document d when d.owner == u unless u.name != \"Bob\"\n\
         test \"t\" {{ {DATA} expect deny User::\"ann\" to read on Document::\"d\" with {{ mfa: true }} }}"
    ));
    assert!(page.contains("Denied, since nothing allows it."), "{page}");
    assert!(page.contains("- `u.name != \"Bob\"`: **true** (in `unless`)"), "{page}");
}

#[test]
fn errors_repeated_parts_and_rows_of_grants_are_shown() {
    let page = explained(&format!(
        "grant helper(who: User, what: Document) {{ allow User in who to read on Document in what }}\n\
         @id(\"any\") allow User u to read on Document d when any(User r in d.readers: r.name == \"Bob\")\n\
         @id(\"err\") allow User u to read on Document d when d.owner.name == \"Zoe\" and User::\"zoe\".level == Level::low\n\
         test \"t\" {{ {DATA} data {{ helper(User::\"bob\", Document::\"d\") }}\n  \
         expect allow User::\"bob\" to read on Document::\"d\" with {{ mfa: true }} }}"
    ));
    for line in [
        "for the row `helper(User::\"bob\", Document::\"d\")`",
        "`r.name == \"Bob\"`: **true**",
        "`d.owner.name == \"Zoe\"`: **false**",
    ] {
        assert!(page.contains(line), "`{line}` is not in\n{page}");
    }
}

#[test]
fn a_policy_for_others_is_not_looked_into() {
    let page = explained(&format!(
        "@id(\"team\") allow User u in Team::\"x\" to read on Document d when d.owner == u\n\
         test \"t\" {{ {DATA} expect deny User::\"bob\" to read on Document::\"d\" with {{ mfa: true }} }}"
    ));
    assert!(page.contains("## `team` (allow) is for others"), "{page}");
    assert!(!page.contains("d.owner == u"), "{page}");
}
