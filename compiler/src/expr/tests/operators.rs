//! Equality, order, arithmetic, `and`, `or`, `not`, `if`.

use super::*;

#[test]
fn only_what_can_be_equal_is_compared() {
    right("d.author == u");
    right("d.author == Service::\"s\"");
    right("d.viewers == d.reviewers");
    right("u.home is some and u.home == { city: \"a\", zip: \"b\" }");
    right("{ city: \"a\" } == { city: u.department }");
    wrong(
        "action != Action::read",
        &["W0202 [action != Action::read] this has the same answer for every action of the policy"],
    );
    wrong("d == u", &["E0202 [==] `Document` and `User` are never equal"]);
    wrong(
        "u == d.viewers",
        &["E0202 [==] `User` and `Set<User | Group>` are never equal | ask for membership: `u in d.viewers`"],
    );
    wrong("u.age != u.department", &["E0202 [!=] `Int` and `String` are never equal"]);
    wrong("d.reviewers == [Group::\"a\"]", &["E0202 [==] `Set<User>` and `Set<Group>` are never equal"]);
    wrong(
        "{ a: 1 } == { b: 1 }",
        &[
            "E0202 [==] `{ a: Int }` and `{ b: Int }` are never equal | records are equal only if they have the same fields",
        ],
    );
    wrong("Folder::\"a\" == Document::\"a\"", &["E0202 [==] `Folder` and `Document` are never equal"]);
}

#[test]
fn only_what_has_an_order_is_ordered() {
    right("d.level < Level::secret");
    right("d.level >= Level::internal and u.clearance >= d.level");
    right("u.joined < now");
    right("now - d.created < 90d");
    right("d.price <= u.budget");
    wrong("u.department < \"x\"", &["E0204 [<] `<` does not work on `String`, which has no order"]);
    wrong(
        "Field::ssn < Field::iban",
        &[
            "E0204 [<] `<` does not work on `Field`, which has no order | declare it as `ordered enum Field` if its variants go from least to greatest",
        ],
    );
    wrong("u < d.owner", &["E0204 [<] `<` does not work on `User`, which has no order"]);
    wrong(
        "u.age < 1.5",
        &[
            "E0204 [<] `<` cannot compare `Int` with `Decimal` | there are no conversions: only an integer literal can be a `Decimal`",
        ],
    );
    wrong("u.joined < 90d", &["E0204 [<] `<` cannot compare `Datetime` with `Duration`"]);
    wrong("d.level < Field::ssn", &["E0204 [<] `<` cannot compare `Level` with `Field`"]);
}

#[test]
fn arithmetic_keeps_units_apart() {
    right("u.age + 1 > 3");
    right("d.price * 2 > u.budget - 1");
    right("2 * d.price > 1.5 + u.budget");
    right("d.created + 90d > now");
    right("90d + d.created > now");
    right("(now - d.created) * 2 > 3 * 30d");
    right("-(now - d.created) < 0s");
    right("-u.age < 0");
    wrong(
        "now + now > now",
        &[
            "E0204 [+] `+` does not work on `Datetime` and `Datetime` | two times have no sum; their difference is a `Duration`",
        ],
    );
    wrong(
        "now + 90 > now",
        &["E0204 [+] `+` does not work on `Datetime` and `Int` | say the unit: `90d`, `8h30m`, `5s`"],
    );
    wrong(
        "90d - now > now",
        &[
            "E0204 [-] `-` does not work on `Duration` and `Datetime` | write the time first: a `Datetime` minus a `Duration`",
        ],
    );
    wrong(
        "d.price * u.budget > 1",
        &[
            "E0204 [*] `*` does not work on `Decimal` and `Decimal` | a `Decimal` can be multiplied by an `Int`",
        ],
    );
    wrong("u.department + \"x\" == \"y\"", &["E0204 [+] `+` does not work on `String` and `String`"]);
    wrong("-u.department == \"y\"", &["E0204 [u.department] `-` does not work on `String`"]);
    wrong(
        "u.age + u.nick > 1",
        &[
            "E0203 [u.nick] `u.nick` may be absent | guard it: `u has nick and ..` | or say what counts when it is absent: `u.nick ?? ..`",
        ],
    );
}

#[test]
fn arithmetic_that_always_fails_is_an_error() {
    wrong(
        "u.age > 9223372036854775807 + 1",
        &["E0213 [9223372036854775807 + 1] this always leaves the range of `Int`"],
    );
    wrong(
        "now > time\"9999-12-31T23:59:59Z\" + 106751991167d",
        &["E0213 [time\"9999-12-31T23:59:59Z\" + 106751991167d] this always leaves the range of `Datetime`"],
    );
    right("u.age > 9223372036854775806 + 1");
}

#[test]
fn conditions_are_boolean() {
    wrong("u.age", &["E0201 [u.age] the condition of `when` must be `Bool`, but this is `Int`"]);
    wrong("u.suspended and u.age", &["E0201 [u.age] an operand of `and` must be `Bool`, but this is `Int`"]);
    wrong("not u.age", &["E0201 [u.age] an operand of `not` must be `Bool`, but this is `Int`"]);
    wrong(
        "if u.age then true else false",
        &["E0201 [u.age] an operand of `if` must be `Bool`, but this is `Int`"],
    );
    wrong(
        "context.trusted",
        &[
            "E0203 [context.trusted] `context.trusted` may be absent | guard it: `context has trusted and ..` | or say what counts when it is absent: `context.trusted ?? ..`",
        ],
    );
    says(
        "allow User u to read on Document d unless u.age",
        &["E0201 [u.age] the condition of `unless` must be `Bool`, but this is `Int`"],
    );
}

#[test]
fn branches_meet_in_one_type() {
    has_type("if true then 1 else 2", "Int");
    has_type("if true then User::\"a\" else Group::\"b\"", "User | Group");
    has_type("if true then [] else [1]", "Set<Int>");
    right("(if u.suspended then u.nick else \"x\") is some");
    right("(if u.suspended then u.manager else d.author) is some");
    right("(if u.suspended then u else d.author) == d.owner");
    wrong(
        "(if u.suspended then 1 else \"x\") == 1",
        &["E0212 [\"x\"] both branches of `if` need one type, not `Int` and `String`"],
    );
}

#[test]
fn what_is_absent_takes_no_part() {
    wrong(
        "u.nick == \"x\"",
        &[
            "E0203 [u.nick] `u.nick` may be absent | guard it: `u has nick and ..` | or say what counts when it is absent: `u.nick ?? ..`",
        ],
    );
    wrong(
        "u.manager in d.viewers",
        &[
            "E0203 [u.manager] `u.manager` may be absent | guard it: `u has manager and ..` | or say what counts when it is absent: `u.manager ?? ..`",
        ],
    );
    wrong(
        "(if u.suspended then u.nick else u.nick) == \"x\"",
        &[
            "E0203 [(if u.suspended then u.nick else u.nick)] this value may be absent | say what counts when it is absent with `?? ..`",
        ],
    );
}

#[test]
fn evaluation_gives_what_the_reference_says() {
    is_true("if 1 < 2 then true else false");
    is_true("2 * 1.5 == 3");
    is_true("1d + 2h == 26h");
    is_true("not (true and false) and (false or true)");
    is_true("[1, 2] == [2, 1]");
    is_true("{ a: 1, b: [] }.a == 1");
    is_true("time\"2026-03-02T00:00:00Z\" - time\"2026-03-01T00:00:00Z\" == 1d");
    is_true("1d + time\"2026-03-01T00:00:00Z\" == time\"2026-03-02T00:00:00Z\"");
    is_true("all(x in [1, 2, 3]: x > 0) and not any(x in [1, 2, 3]: x > 3)");
    is_true("Level::public < Level::secret");
}
