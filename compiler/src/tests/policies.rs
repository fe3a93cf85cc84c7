//! Patterns, environments and the bodies of policies.

use super::{check_with_schema, compiled, findings};

const PAGE: &str = include_str!("../../../examples/drive/drive.assize");

#[test]
fn the_page_of_the_design_compiles_without_a_word() {
    let compilation = compiled(PAGE);
    assert_eq!(findings(&compilation), [""; 0]);
    assert!(compilation.is_ok());
}

#[test]
fn a_policy_has_an_id_or_gets_one_that_can_be_kept() {
    check_with_schema(
        "allow User to read on Document",
        &["W0101 @ allow: this policy has no `@id`: decisions call it `policy#1`, until its place changes"],
    );
    check_with_schema("@allow(\"W0101\") allow User to read on Document", &[]);
    let compilation =
        compiled(&format!("{}\n/// Why.\n@owner(\"x\")\nallow User to read on Document", super::SCHEMA));
    let diagnostic = &compilation.diagnostics[0].diagnostic;
    let edit = &diagnostic.fixes[0].edits[0];
    let mut text = compilation.files[0].text.to_string();
    text.replace_range(edit.start as usize..edit.end as usize, &edit.text);
    assert!(
        text.ends_with("/// Why.\n@id(\"policy#1\")\n@owner(\"x\")\nallow User to read on Document"),
        "{text}"
    );
    assert_eq!(findings(&compiled(&text)), [""; 0]);
}

#[test]
fn an_id_is_unique() {
    check_with_schema(
        "@id(\"a\") allow User to read on Document\n@id(\"a\") allow User to write on Document",
        &["E0306 @ \"a\": two policies have the id `a`"],
    );
    check_with_schema(
        "grant g(who: User) { allow User in who to read on Document }\n@id(\"g\") allow User to write on Document",
        &["E0306 @ \"g\": two policies have the id `g`"],
    );
}

#[test]
fn an_allow_says_on_what_and_a_deny_need_not() {
    check_with_schema(
        "@id(\"a\") allow User to read",
        &["E0303 @ read: an `allow` says on what: add `on ..`"],
    );
    check_with_schema("@id(\"a\") deny User to read", &[]);
}

#[test]
fn every_unknown_name_of_a_policy_is_said() {
    check_with_schema(
        "@id(\"a\") allow Usr to reed on Documnt",
        &[
            "E0101 @ Usr: nothing here is called `Usr`",
            "E0126 @ reed: there is no action `reed`",
            "E0101 @ Documnt: nothing here is called `Documnt`",
        ],
    );
}

#[test]
fn several_policies_with_errors_are_all_reported_and_nothing_is_left_to_run() {
    check_with_schema(
        "@id(\"a\") allow User u to read on Document d when d.\n\n@id(\"b\") allow User to reed on Document\n\
         @id(\"c\") allow User u to read on Document d when d.nope",
        &[
            "E0001 @ .: expected a name after `.`",
            "E0126 @ reed: there is no action `reed`",
            "E0102 @ nope: `Document` has no attribute `nope`",
        ],
    );
}

#[test]
fn a_policy_that_meets_no_request_can_never_apply() {
    check_with_schema(
        "@id(\"a\") allow User to deploy on Document",
        &["W0104 @ allow: this policy can never apply: none of its actions is for `User` on `Document`"],
    );
    check_with_schema(
        "@id(\"a\") allow User to deploy, read on Document",
        &["W0107 @ deploy: `deploy` is never done by `User` on `Document`"],
    );
}

#[test]
fn a_group_means_all_that_it_includes() {
    let compilation = compiled(&format!("{}\n@id(\"a\") allow User to edit on Document", super::SCHEMA));
    let program = compilation.program.unwrap();
    let names: Vec<&str> = program.policies[0]
        .actions
        .iter()
        .map(|at| program.schema.actions[at.index()].name.as_str())
        .collect();
    assert_eq!(names, ["read", "write", "edit"]);
}

#[test]
fn an_error_that_only_some_requests_meet_names_one() {
    check_with_schema(
        "@id(\"a\") allow User u to edit on any r when r.level == Level::low",
        &["E0102 @ level: `Folder` has no attribute `level` (for User, read, Folder)"],
    );
    check_with_schema(
        "@id(\"a\") allow User to * on any r when context.mfa",
        &["E0102 @ mfa: `context` has no field `mfa` (for User, deploy, Stage)"],
    );
}

#[test]
fn an_error_that_all_requests_meet_is_said_once() {
    check_with_schema(
        "@id(\"a\") allow User u to edit on any r when u.nope",
        &["E0102 @ nope: `User` has no attribute `nope`"],
    );
}

#[test]
fn types_with_the_same_code_share_a_variant_and_others_do_not() {
    let variants = |text: &str| {
        let compilation = compiled(&format!("{}\n{text}", super::SCHEMA));
        assert_eq!(findings(&compilation), [""; 0]);
        compilation.program.unwrap().policies[0].variants.len()
    };
    assert_eq!(variants("@id(\"a\") allow User to edit on any when context.mfa"), 1);
    // The owner of a folder and that of a document are read from different types.
    assert_eq!(variants("@id(\"a\") allow User u to edit on any r when r.owner == u"), 2);
    // Contexts of different types.
    assert_eq!(variants("@id(\"a\") deny User u to * on any when u.name == \"\""), 2);
    // Checked for each action, and the same for those that are none of these.
    assert_eq!(
        variants("@id(\"a\") allow User to edit on any when action == Action::read or context.mfa"),
        2
    );
}

#[test]
fn patterns_are_in_entities_that_can_hold_them() {
    check_with_schema(
        "@id(\"a\") allow User in Folder::\"x\" to read on Document",
        &["E0308 @ User in Folder::\"x\": a `User` is never in a `Folder`"],
    );
    check_with_schema(
        "@id(\"a\") allow User in principal to read on Document",
        &["E0305 @ principal: a pattern can only be `in` one entity"],
    );
    check_with_schema("@id(\"a\") allow in Team::\"x\" to read on in Folder::\"y\"", &[]);
    check_with_schema("@id(\"a\") allow User::\"ann\" to deploy on Stage::\"dev\"", &[]);
}

#[test]
fn closed_types_have_no_other_ids() {
    check_with_schema(
        "@id(\"a\") allow User to deploy on Stage::\"test\"",
        &["E0107 @ \"test\": `Stage` has no entity \"test\""],
    );
}

#[test]
fn one_name_means_one_thing_in_a_policy() {
    check_with_schema(
        "@id(\"a\") allow User x to read on Document x",
        &["E0310 @ x: `x` already means something else in this policy"],
    );
    check_with_schema(
        "@id(\"a\") allow User resource to read on Document context",
        &[
            "E0310 @ resource: `resource` always means that part of the request",
            "E0310 @ context: `context` always means that part of the request",
        ],
    );
    check_with_schema(
        "@id(\"a\") allow User principal to read on Document when resource.owner == principal",
        &[],
    );
}

#[test]
fn annotations_are_known_and_well_formed() {
    let on = |annotations: &str| format!("@id(\"a\") {annotations} allow User to read on Document");
    check_with_schema(&on("@ownr(\"x\")"), &["W0103 @ ownr: the annotation `@ownr` means nothing"]);
    check_with_schema(&on("@control"), &["E0307 @ @control: `@control` says nothing without a text"]);
    check_with_schema(&on("@review_by(\"soon\")"), &["E0307 @ \"soon\": `soon` is no date"]);
    check_with_schema(&on("@id(\"b\")"), &["E0307 @ @id(\"b\"): `@id` stands here twice"]);
    check_with_schema(
        &on("@allow(\"W9\", \"E0101\")"),
        &[
            "W0106 @ \"W9\": there is no warning `W9`",
            "W0106 @ \"E0101\": `E0101` is an error: it cannot be switched off",
        ],
    );
    check_with_schema(
        &on(
            "@owner(\"x\") @control(\"SOC2:CC6.1\", \"NIST:AC-2(1)\") @review_by(\"2027-01-01\") @deprecated",
        ),
        &[],
    );
    check(
        "@id(\"x\") entity U",
        &["W0103 @ @id(\"x\"): `@id` is for policies: other declarations have names"],
    );
    check("entity U { @ownr(\"x\") a: Int }", &["W0103 @ ownr: the annotation `@ownr` means nothing"]);
}

use super::check;

#[test]
fn each_policy_of_a_grant_looks_at_each_parameter() {
    check_with_schema(
        "grant g(who: User, what: Folder) { allow User in who to read on Document }",
        &["E0401 @ allow: this policy does not look at `what`: a row would grant more than it says"],
    );
    check_with_schema(
        "grant g(who: User, level: Level) { allow User in who to read on Document d when d.level <= level }",
        &[],
    );
    check_with_schema(
        "obligation log(text: String)\n\
         grant g(who: User, text: String) { allow User in who to read on Document oblige log(text) }",
        &["E0401 @ allow: this policy does not look at `text`: a row would grant more than it says"],
    );
}

#[test]
fn a_grant_only_allows() {
    check_with_schema(
        "grant g(who: User) { deny User in who to read on Document }",
        &["E0402 @ deny: the body of a grant holds only `allow`s: a row of data never forbids"],
    );
    check_with_schema(
        "grant g(n: Int) { allow User in n to read on Document }",
        &["E0305 @ n: nothing can be in `n`: it is no entity"],
    );
}

#[test]
fn policies_that_say_the_same_or_nothing_are_warnings() {
    check_with_schema(
        "@id(\"a\") allow User u to read on Document when context.mfa\n\
         @id(\"b\")   allow User x to read on Document\n  when context.mfa",
        &["W0105 @ allow: this policy says the same as `a`"],
    );
    check_with_schema(
        "@id(\"a\") allow User u to read on Document when u.name like \"a*\"\n\
         @id(\"b\") allow User u to read on Document when u.name like \"b*\"",
        &[],
    );
    check_with_schema(
        "@id(\"a\") allow User u to read on Document d when d.owner == u\n@id(\"b\") deny User to * on any",
        &["W0302 @ allow: this `allow` never has an effect: `b` always denies what it allows"],
    );
    check_with_schema(
        "@id(\"a\") allow any to * on any",
        &["W0301 @ allow: everybody may do everything to everything"],
    );
}

#[test]
fn a_trial_deny_overrides_nothing() {
    check_with_schema(
        "@id(\"a\") allow User u to read on Document d when d.owner == u\n@id(\"b\") trial deny User to * on any",
        &[],
    );
}

#[test]
fn a_deny_that_can_overflow_is_a_warning() {
    let deny = |condition: &str| {
        format!(
            "const N: Int = 2\naction count on Stage by User with {{ n: Int }}\n\
        @id(\"a\") deny User to count on any when {condition}"
        )
    };
    check_with_schema(
        &deny("context.n * N > 10"),
        &["W0303 @ context.n * N: this can leave its range, and then the `deny` applies"],
    );
    check_with_schema(&deny("context.n > N"), &[]);
}

#[test]
fn a_deny_whose_functions_overflow_is_warned_about() {
    let text = |policy: &str| {
        format!(
            "fn more(n: Int) -> Int = n + 1\nfn most(u: User) -> Bool = more(u.ancestors.size()) > 3\n@id(\"a\") {policy}"
        )
    };
    let found = ["W0303 @ most(u): this can leave its range, and then the `deny` applies"];
    check_with_schema(&text("deny User u to read on any when most(u)"), &found);
    check_with_schema(
        &text("deny User to read on any unless context.mfa and most(principal)"),
        &["W0303 @ most(principal): this can leave its range, and then the `deny` applies"],
    );
    check_with_schema(&text("allow User u to read on any when most(u)"), &[]);
    check_with_schema(&text("@allow(\"W0303\") deny User u to read on any when most(u)"), &[]);
    check_with_schema(&text("deny User u to read on any when most(u) on error skip"), &[]);
}

#[test]
fn contains_is_warned_about_where_what_it_overlooks_is_let_through() {
    let found =
        ["W0208 @ d.readers.contains(u): `u` may be in a group of `d.readers`, which `contains` overlooks"];
    check_with_schema("@id(\"a\") deny User u to read on Document d when d.readers.contains(u)", &found);
    check_with_schema("@id(\"a\") allow User u to read on Document d unless d.readers.contains(u)", &found);
    check_with_schema("@id(\"a\") allow User u to read on Document d when not d.readers.contains(u)", &found);
    check_with_schema("@id(\"a\") allow User u to read on Document d when d.readers.contains(u)", &[]);
    check_with_schema("@id(\"a\") deny User u to read on Document d unless d.readers.contains(u)", &[]);
    // Nothing is in a user.
    check_with_schema("@id(\"a\") deny User u to read on Document d when [d.owner].contains(u)", &[]);
}

#[test]
fn a_test_of_the_action_is_known_for_each_action() {
    check_with_schema(
        "@id(\"a\") deny any p to * on any r when action == Action::deploy or context.mfa",
        &[],
    );
    check_with_schema("@id(\"a\") deny any p to * on any r when action in Action::edit and context.mfa", &[]);
    check_with_schema(
        "@id(\"a\") deny any p to * on any r when action not in [Action::deploy] and context.mfa and r.owner == p",
        &[],
    );
    check_with_schema(
        "@id(\"a\") deny any p to * on any r when action == Action::write or context.mfa",
        &["E0102 @ mfa: `context` has no field `mfa` (for User, deploy, Stage)"],
    );
    check_with_schema(
        "@id(\"a\") deny User to read, write on any when action == Action::deploy",
        &["W0202 @ action == Action::deploy: this has the same answer for every action of the policy"],
    );
}

#[test]
fn a_condition_that_is_false_for_each_type_is_said_to_be() {
    let (one, other) =
        ("entity Robot { in_team: Team }", "action run on Document by Robot with { mfa: Bool }");
    let text = |policy: &str| format!("{one}\n{other}\n@id(\"a\") {policy}");
    // Worded differently for each type.
    check_with_schema(
        &text("deny any p to read, run on any when p in Folder::\"x\""),
        &["W0202 @ p in Folder::\"x\": `User` is never in `Folder` (for User, read, Folder)"],
    );
    // False for each of them in another part.
    check_with_schema(
        &text("deny any p to read, deploy on any r when r is Stage and action == Action::read"),
        &["W0104 @ deny: this policy can never apply: its condition is false for each combination of types"],
    );
    check_with_schema(
        &text("deny any p to read, deploy on any r when r is Stage and action == Action::deploy"),
        &[],
    );
}

#[test]
fn a_call_is_no_use_of_a_parameter_with_its_name() {
    check_with_schema(
        "fn what(t: Team) -> Bool = t in Team::\"a\"\n\
         grant g(who: Team, what: Folder) { allow User in who to read on Document when what(who) }",
        &["E0401 @ allow: this policy does not look at `what`: a row would grant more than it says"],
    );
    check_with_schema(
        "fn what(f: Folder) -> Bool = f in Folder::\"a\"\n\
         grant g(who: Team, what: Folder) { allow User in who to read on Document when what(what) }",
        &[],
    );
}

#[test]
fn an_id_that_cannot_be_used_is_not_missing_too() {
    check_with_schema(
        "@id(\"\") allow User to read on Document",
        &["E0307 @ @id(\"\"): `@id` takes one text that is not empty"],
    );
}
