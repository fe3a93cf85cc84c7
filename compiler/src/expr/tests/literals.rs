//! Literals, and what is expected of them.

use super::*;

#[test]
fn each_literal_has_its_type() {
    has_type("true", "Bool");
    has_type("42", "Int");
    has_type("-42", "Int");
    has_type("1.5", "Decimal");
    has_type("90d", "Duration");
    has_type("\"x\"", "String");
    has_type("ip\"10.0.0.1\"", "Ip");
    has_type("cidr\"10.0.0.0/8\"", "Cidr");
    has_type("time\"2026-03-01T00:00:00Z\"", "Datetime");
    has_type("Level::secret", "Level");
    has_type("User::\"ann\"", "User");
    has_type("Action::read", "Action");
    has_type("Action::\"s3:Get\"", "Action");
    has_type("[1, 2]", "Set<Int>");
    has_type("[]", "Set<..>");
    has_type("{ b: 1, a: \"x\" }", "{ a: String, b: Int }");
}

#[test]
fn an_integer_may_be_a_decimal_where_one_is_needed() {
    right("d.price == 5");
    right("5 < d.price");
    right("d.price in [1, 2.5, 3]");
    right("rated(5) == 5");
    right("rated(-5) == -5");
    right("rated(if u.suspended then 1 else 2) == 1");
    has_type("[1, 2.5]", "Set<Decimal>");
    has_type("[2.5, 1]", "Set<Decimal>");
    has_type("if true then 1 else 2.5", "Decimal");
    wrong(
        "rated(u.age) == 1",
        &[
            "E0201 [u.age] argument `value` of `rated` must be `Decimal`, but this is `Int` | there are no conversions: only an integer literal can be a `Decimal`",
        ],
    );
    wrong(
        "d.price == u.age",
        &[
            "E0202 [==] `Decimal` and `Int` are never equal | there are no conversions: only an integer literal can be a `Decimal`",
        ],
    );
}

#[test]
fn numbers_keep_to_their_range() {
    right("u.age > -9223372036854775808");
    assert_eq!(value("-9223372036854775808", &Type::Int), Value::Int(i64::MIN));
    assert_eq!(wrongs("u.age > 9223372036854775808"), ["E0205 [9223372036854775808]"]);
    assert_eq!(wrongs("d.price > 1.23456"), ["E0205 [1.23456]"]);
    assert_eq!(wrongs("d.price > 99999999999999999"), ["E0205 [99999999999999999]"]);
}

#[test]
fn addresses_and_times_are_read_when_compiled() {
    assert_eq!(wrongs("ip\"10.0.0\" in OFFICE"), ["E0205 [\"10.0.0\"]"]);
    assert_eq!(wrongs("d.created < time\"2026-13-01T00:00:00Z\""), ["E0205 [\"2026-13-01T00:00:00Z\"]"]);
    assert_eq!(wrongs("cidr\"10.0.0.0/33\" in OFFICE"), ["E0205 [\"10.0.0.0/33\"]"]);
}

/// Codes and marked texts, where the reason is the runtime's to word.
fn wrongs(condition: &str) -> Vec<String> {
    let mut told = of_condition(condition);
    for line in &mut told {
        let end = line.find("] ").expect("a marked text") + 1;
        line.truncate(end);
    }
    told
}

#[test]
fn elements_of_a_set_have_one_type() {
    wrong(
        "u.department in [\"a\", 1]",
        &["E0212 [1] a set has elements of one type, not `String` and `Int`"],
    );
    has_type("[User::\"a\", Group::\"b\"]", "Set<User | Group>");
    has_no_type("[1, \"a\"]", &["E0212 [1] a set has elements of one type, not `String` and `Int`"]);
    has_no_type(
        "[[1], [\"a\"]]",
        &["E0212 [[\"a\"]] a set has elements of one type, not `Set<Int>` and `Set<String>`"],
    );
    wrong("any_of([Level::secret, 1])", &["E0201 [1] an element must be `Level`, but this is `Int`"]);
    wrong(
        "u.department in [u.nick]",
        &[
            "E0203 [u.nick] `u.nick` may be absent | guard it: `u has nick and ..` | or say what counts when it is absent: `u.nick ?? ..`",
        ],
    );
}

#[test]
fn the_empty_set_is_any_set() {
    right("any_of([])");
    right("d.viewers == []");
    right("[] == d.viewers");
    right("{ kinds: [] } == { kinds: [Field::ssn] }");
}

#[test]
fn a_record_literal_has_the_fields_that_are_needed() {
    right("from_office({ mfa: true, device: { managed: true } })");
    right("from_office({ mfa: true, ip: ip\"10.0.0.1\", device: { managed: true, os: \"x\" } })");
    right("u has manager and from_office({ mfa: true, ip: context.ip, device: context.device })");
    wrong(
        "from_office({ mfa: true })",
        &[
            "E0207 [{ mfa: true }] `device` is missing here | add `device: ..`, which is `{ managed: Bool, os?: String }`",
        ],
    );
    wrong(
        "from_office({ mfaa: true, device: { managed: 1 } })",
        &[
            "E0208 [mfaa] no field `mfaa` belongs here | did you mean `mfa`?",
            "E0201 [1] `managed` must be `Bool`, but this is `Int`",
        ],
    );
    wrong(
        "from_office({ mfa: true, mfa: true, device: { managed: true } })",
        &["E0209 [mfa] `mfa` is given twice"],
    );
}

#[test]
fn braces_are_a_map_where_a_map_is_needed() {
    right("d.labels == { team: \"x\", `a b`: \"y\" }");
    right("d.limits == {}");
    wrong("d.limits == { team: \"x\" }", &["E0201 [\"x\"] `team` must be `Int`, but this is `String`"]);
}

#[test]
fn records_may_have_more_fields_than_an_argument_needs() {
    right("from_office(context)");
    function("fn f(s: Session) -> Plain = s", &[]);
    function(
        "fn f(s: Plain) -> Session = s",
        &[
            "E0201 [s] expected `{ device: { managed: Bool, os?: String }, ip?: Ip, mfa: Bool, trusted?: Bool, tunnel?: { kind: String, via?: Ip } }`, but this is `{ mfa: Bool }` | it has no field `device`",
        ],
    );
}

#[test]
fn a_string_in_the_wrong_place_is_told_how_to_be_right() {
    wrong(
        "d.level == \"secret\"",
        &["E0202 [==] `Level` and `String` are never equal | write `Level::secret`"],
    );
    wrong("d.owner == \"ann\"", &["E0202 [==] `User` and `String` are never equal | write `User::\"ann\"`"]);
    wrong(
        "d.created < \"2026-01-01T00:00:00Z\"",
        &["E0204 [<] `<` cannot compare `Datetime` with `String` | write `time\"2026-01-01T00:00:00Z\"`"],
    );
    wrong(
        "context has ip and context.ip == \"10.0.0.1\"",
        &["E0202 [==] `Ip` and `String` are never equal | write `ip\"10.0.0.1\"`"],
    );
}

#[test]
fn like_patterns_tell_a_star_from_an_escaped_one() {
    is_true("\"a*c\" like \"a\\*c\"");
    is_true("not (\"abc\" like \"a\\*c\")");
    is_true("\"abc\" like \"a*c\"");
    is_true("\"\" like \"*\"");
    is_true("\"a\\\\b\\\"\" like \"a\\\\*\\\"\"");
    wrong("u.age like \"x\"", &["E0201 [u.age] an operand of `like` must be `String`, but this is `Int`"]);
}

#[test]
fn regular_expressions_are_judged_when_compiled() {
    is_true("\"abc-12\" matches r\"[a-z]+-[0-9]+\"");
    is_true("not (\"xabc-12\" matches r\"abc-[0-9]+\")");
    wrong(
        "u.department matches r\"a(b\"",
        &["E0210 [r\"a(b\"] unclosed group: `(`, at character 2 of the pattern"],
    );
    wrong(
        "u.department matches r\"a{1000}{1000}\"",
        &["E0210 [r\"a{1000}{1000}\"] this pattern is too large when compiled"],
    );
    wrong(
        "u.department matches r\"(?P<x>a)\\1\"",
        &["E0210 [r\"(?P<x>a)\\1\"] backreferences are not supported: `\\1`, at character 9 of the pattern"],
    );
}
