//! Names.

use super::*;

#[test]
fn an_unknown_name_gets_a_proposal_of_its_kind() {
    wrong("OFICE == OFFICE", &["E0101 [OFICE] nothing here is called `OFICE` | did you mean `OFFICE`?"]);
    wrong("contxt.mfa", &["E0101 [contxt] nothing here is called `contxt` | did you mean `context`?"]);
    wrong(
        "any(reader in d.reviewers: raeder == u)",
        &["E0101 [raeder] nothing here is called `raeder` | did you mean `reader`?"],
    );
    wrong(
        "d.level == Level::secrt",
        &["E0101 [secrt] `Level` has no variant `secrt` | did you mean `secret`?"],
    );
    wrong(
        "d.level == Level::hot",
        &["E0101 [hot] `Level` has no variant `hot` | its variants are `public`, `internal` and `secret`"],
    );
    wrong(
        "d.level == Levle::secret",
        &["E0101 [Levle] nothing here is called `Levle` | did you mean `Level`?"],
    );
    wrong("d.owner == Usr::\"ann\"", &["E0101 [Usr] nothing here is called `Usr` | did you mean `User`?"]);
    wrong("d.owner is Usr", &["E0101 [Usr] nothing here is called `Usr` | did you mean `User`?"]);
    wrong(
        "form_office(context)",
        &["E0101 [form_office] there is no function or grant `form_office` | did you mean `from_office`?"],
    );
    wrong(
        "veiwer(u, d)",
        &["E0101 [veiwer] there is no function or grant `veiwer` | did you mean `viewer`?"],
    );
}

#[test]
fn actions_are_named_by_word_or_string() {
    wrong(
        "action == Action::`s3:Get`",
        &["W0202 [action == Action::`s3:Get`] this has the same answer for every action of the policy"],
    );
    wrong(
        "action == Action::\"s3:Get\"",
        &["W0202 [action == Action::\"s3:Get\"] this has the same answer for every action of the policy"],
    );
    let told = of_condition("action == Action::raed");
    assert!(told[0].contains("[raed] there is no action `raed` | did you mean `read`?"), "{told:?}");
    wrong(
        "action == read",
        &["E0101 [read] nothing here is called `read` | the action is written `Action::read`"],
    );
}

#[test]
fn what_is_no_value_says_what_it_is() {
    wrong(
        "d.owner == User",
        &["E0104 [User] `User` is an entity type, not a value | one entity is written `User::\"..\"`"],
    );
    wrong(
        "d.level == Level",
        &["E0104 [Level] `Level` is an enum, not a value | one of its variants is written `Level::public`"],
    );
    wrong(
        "from_office",
        &["E0104 [from_office] `from_office` is a function, not a value | call it: `from_office(..)`"],
    );
    wrong("viewer", &["E0104 [viewer] `viewer` is a grant, not a value | call it: `viewer(..)`"]);
    wrong(
        "mask",
        &["E0104 [mask] `mask` is an obligation, not a value | obligations stand in an `oblige` clause"],
    );
    wrong(
        "d.owner == User::ann",
        &["E0104 [User::ann] the id of an entity is written in quotes: `User::\"ann\"`"],
    );
    wrong(
        "d.level == Level::\"secret\"",
        &[
            "E0105 [Level::\"secret\"] `Level` is an enum, whose variants are written without quotes | write `Level::secret`",
        ],
    );
    wrong("d.owner is Level", &["E0105 [Level] `Level` is no entity type"]);
    wrong("d.owner is String", &["E0105 [String] `String` is no entity type"]);
}

#[test]
fn closed_types_list_their_ids() {
    says("allow User u to deploy on Release r when r.stage == Stage::\"prod\"", &[]);
    says(
        "allow User u to deploy on Release r when r.stage == Stage::\"prd\"",
        &["E0107 [\"prd\"] `Stage` has no entity \"prd\" | did you mean `\"prod\"`?"],
    );
}

#[test]
fn only_policies_have_a_request() {
    function(
        "fn f(x: User) -> Bool = x == principal",
        &[
            "E0103 [principal] there is no `principal` here | in a function, take it as a parameter and let the policy pass `principal`",
        ],
    );
    function(
        "fn f(x: User) -> Bool = context.mfa",
        &[
            "E0103 [context] there is no `context` here | in a function, take it as a parameter and let the policy pass `context`",
        ],
    );
    function("fn f(t: Datetime) -> Bool = now > t", &[]);
}

#[test]
fn a_parameter_comes_before_a_declaration() {
    function("fn f(LIMIT: String) -> Bool = LIMIT == \"x\"", &[]);
}

#[test]
fn a_variable_must_not_hide_another_name() {
    wrong(
        "any(u in d.reviewers: u.suspended)",
        &["E0106 [u] `u` already means something else here | give the variable another name"],
    );
    wrong(
        "any(r in d.reviewers: any(r in d.reviewers: r.suspended))",
        &["E0106 [r] `r` already means something else here | give the variable another name"],
    );
    wrong(
        "any(resource in d.reviewers: resource.suspended)",
        &["E0106 [resource] `resource` already means something else here | give the variable another name"],
    );
    right("any(r in d.reviewers: r.suspended) or any(r in d.reviewers: r.age > 3)");
}

#[test]
fn two_mistakes_are_two_findings() {
    wrong(
        "d.ownr == u and d.level == Level::secrt",
        &[
            "E0102 [ownr] `Document` has no attribute `ownr` | did you mean `owner`?",
            "E0101 [secrt] `Level` has no variant `secrt` | did you mean `secret`?",
        ],
    );
}
