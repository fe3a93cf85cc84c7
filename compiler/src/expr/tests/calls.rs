//! Functions, grants as facts, built-ins.

use super::*;

#[test]
fn functions_take_exactly_their_parameters() {
    right("older(u, 18)");
    right("who(d.owner)");
    wrong("older(u)", &["E0206 [older] `older` takes 2 arguments, not 1"]);
    wrong("older(u, 1, 2)", &["E0206 [2] `older` takes 2 arguments, not 3"]);
    wrong("older(d, 18)", &["E0201 [d] argument `u` of `older` must be `User`, but this is `Document`"]);
    wrong(
        "older(d.author, 18)",
        &[
            "E0201 [d.author] argument `u` of `older` must be `User`, but this is `User | Service` | guard it: `d.author is User and ..`",
        ],
    );
    wrong(
        "older(u.manager, 18)",
        &[
            "E0203 [u.manager] `u.manager` may be absent | guard it: `u has manager and ..` | or say what counts when it is absent: `u.manager ?? ..`",
        ],
    );
    wrong("OFFICE(u)", &["E0108 [OFFICE] `OFFICE` is a param and cannot be called"]);
    wrong(
        "log(\"x\")",
        &[
            "E0108 [log] `log` is an obligation and cannot be called | obligations stand in an `oblige` clause",
        ],
    );
    wrong("(u.age)(1)", &["E0108 [(u.age)] only functions, grants and methods can be called"]);
}

#[test]
fn mistakes_inside_the_arguments_of_an_unknown_function_are_told_too() {
    wrong(
        "form_office(contxt)",
        &[
            "E0101 [contxt] nothing here is called `contxt` | did you mean `context`?",
            "E0101 [form_office] there is no function or grant `form_office` | did you mean `from_office`?",
        ],
    );
}

#[test]
fn a_grant_is_a_fact_about_entities_in_its_rows() {
    right("viewer(u, d)");
    right("viewer(d.owner, Folder::\"plans\")");
    right("not viewer(u, d)");
    right("quota(u, Field::ssn, Group::\"a\", 3)");
    right("quota(u, [Field::ssn], [Group::\"a\"], u.age)");
    right("staff(u, d)");
    right("d.author is User and viewer(d.author, d)");
    wrong("viewer(u)", &["E0206 [viewer] `viewer` takes 2 arguments, not 1"]);
    wrong(
        "viewer(d, u)",
        &[
            "W0202 [d] `Document` is never in `User | Group`, which `who` of `viewer` is",
            "W0202 [u] `User` is never in `Folder | Document`, which `what` of `viewer` is",
        ],
    );
    wrong(
        "viewer(Folder::\"x\", d)",
        &["E0211 [Folder::\"x\"] `Folder` is never in `User | Group`, which `who` of `viewer` is"],
    );
    wrong(
        "quota(u, Field::ssn, Group::\"a\", 1.5)",
        &["E0201 [1.5] argument `size` of `quota` must be `Int`, but this is `Decimal`"],
    );
    wrong(
        "quota(u, Level::secret, Group::\"a\", 1)",
        &["E0201 [Level::secret] argument `kinds` of `quota` must be `Field`, but this is `Level`"],
    );
}

#[test]
fn built_ins_are_methods() {
    right("u.department.starts_with(\"x\")");
    right("u.department.lower() == \"x\"");
    right("u.tags.is_empty()");
    right("u.tags.contains_all([\"a\", \"b\"])");
    right("d.viewers.contains_any(d.reviewers)");
    right("u.tags.union([\"x\"]).size() > 1");
    right("d.labels.keys().contains(\"x\")");
    right("u.age.max(3) > 4");
    wrong(
        "u.department.strats_with(\"x\")",
        &["E0102 [strats_with] `String` has no method `strats_with` | did you mean `starts_with`?"],
    );
    wrong("u.department.starts_with(1)", &["E0201 [1] `starts_with` takes `String` here, but this is `Int`"]);
    wrong("u.department.starts_with()", &["E0206 [starts_with] `starts_with` takes one argument, not 0"]);
    wrong(
        "u.department()",
        &[
            "E0102 [department] `User` has no method `department` | it is an attribute: write `.department` without `()`",
        ],
    );
    wrong(
        "u.department.is_empty",
        &["E0102 [is_empty] `String` has no attributes | call it: `.is_empty(..)`"],
    );
    wrong(
        "starts_with(u.department, \"x\")",
        &[
            "E0101 [starts_with] there is no function or grant `starts_with` | built-ins are written after a value: `value.starts_with(..)`",
        ],
    );
    wrong(
        "u.nick.lower() == \"x\"",
        &[
            "E0203 [u.nick] `u.nick` may be absent | guard it: `u has nick and ..` | or say what counts when it is absent: `u.nick ?? ..`",
        ],
    );
}

#[test]
fn the_type_variable_widens_as_far_as_needed() {
    right("d.viewers.contains_all(d.reviewers)");
    right("d.reviewers.union([Group::\"a\"]).is_empty()");
    wrong(
        "u.tags.contains_all([1])",
        &["E0201 [[1]] `contains_all` takes `Set<String>` here, but this is `Set<Int>`"],
    );
    wrong(
        "d.reviewers.contains_any([Group::\"a\"])",
        &["E0201 [[Group::\"a\"]] `contains_any` takes `Set<User>` here, but this is `Set<Group>`"],
    );
}

#[test]
fn some_built_ins_belong_to_a_type() {
    right("Ip.parse(u.department) is some");
    right("Int.parse(u.department) ?? 0 > 3");
    right("Ip.parse(u.department) is some or Datetime.parse(u.department) is some");
    wrong(
        "Ip.prase(u.department) is some",
        &["E0102 [prase] `Ip` has no function `prase` | did you mean `parse`?"],
    );
    wrong("Ip.parse(1) is some", &["E0201 [1] `Ip.parse` takes `String` here, but this is `Int`"]);
}

#[test]
fn obligations_are_called_in_their_clause() {
    says("allow User u to read on Document d oblige mask([Field::ssn]), log(u.department)", &[]);
    says("allow User u to read on Document d oblige mask([])", &[]);
    says(
        "allow User u to read on Document d oblige mask(Field::ssn)",
        &[
            "E0201 [Field::ssn] argument `fields` of `mask` must be `Set<Field>`, but this is `Field` | write a set: `[Field::ssn]`",
        ],
    );
    says("allow User u to read on Document d oblige log()", &["E0206 [log] `log` takes one argument, not 0"]);
    says(
        "allow User u to read on Document d oblige lag(\"x\")",
        &["E0101 [lag] nothing here is called `lag` | did you mean `log`?"],
    );
    says(
        "allow User u to read on Document d oblige older(u, 1)",
        &["E0108 [older] `older` is a function, not an obligation | declare one: `obligation older(..)`"],
    );
}
