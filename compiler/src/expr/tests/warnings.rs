//! Warnings about conditions.

use super::*;

#[test]
fn conditions_that_are_always_true_or_false() {
    wrong("1 < 2", &["W0201 [1 < 2] this is always true"]);
    wrong("\"a\" == \"b\"", &["W0202 [\"a\" == \"b\"] this is always false"]);
    wrong("u == u", &["W0203 [u == u] `u` is compared with itself"]);
    wrong("principal == u", &["W0203 [principal == u] `principal` is compared with itself"]);
    wrong("u.age < u.age", &["W0203 [u.age < u.age] `u.age` is compared with itself"]);
    wrong("u is User", &["W0201 [u is User] `u` is always `User`"]);
    wrong("u is Group", &["W0202 [u is Group] `u` is `User`, never `Group`"]);
    wrong("u.age is some", &["W0201 [u.age is some] `u.age` is never absent"]);
    right("u is User in Group::\"eng\"");
    wrong("true", &["W0201 [true] the condition of `when` is always true"]);
    wrong("u.age > 3 or true", &["W0201 [u.age > 3 or true] the condition of `when` is always true"]);
    wrong("u.age > 3 and false", &["W0202 [u.age > 3 and false] the condition of `when` is always false"]);
    right("u.age > 3 and true");
    right("LIMIT == 3");
}

#[test]
fn what_was_asked_before() {
    wrong(
        "d.level == Level::secret and d.level == Level::public",
        &["W0202 [d.level == Level::public] `d.level` is already known to be something else"],
    );
    wrong(
        "d.level == Level::secret and d.level != Level::public",
        &["W0201 [d.level != Level::public] `d.level` is already known to be something else"],
    );
    wrong(
        "d.level == Level::secret and d.level == Level::secret",
        &["W0204 [d.level == Level::secret] `d.level` is already known to be this"],
    );
    wrong(
        "context has ip and context has ip",
        &["W0204 [context has ip] `context` is already known to have `ip`"],
    );
    wrong("d.author is User and d.author is User", &["W0201 [d.author is User] `d.author` is always `User`"]);
    wrong("u has nick and u.nick is some", &["W0204 [u.nick is some] `u.nick` is already known to be there"]);
    right("d.level == Level::secret or d.level == Level::public");
    right("d.owner == User::\"ann\" or d.owner == User::\"bob\"");
}

#[test]
fn a_default_that_lets_more_through() {
    wrong(
        "context.trusted ?? true",
        &[
            "W0205 [context.trusted ?? true] when `context.trusted` is absent, `?? true` lets the request through | write `context.trusted ?? false` if absence should be safe",
        ],
    );
    right("context.trusted ?? false");
    says(
        "deny User u to read on Document d when context.trusted ?? false",
        &[
            "W0205 [context.trusted ?? false] when `context.trusted` is absent, `?? false` lets the request through | write `context.trusted ?? true` if absence should be safe",
        ],
    );
    says("deny User u to read on Document d unless context.trusted ?? false", &[]);
    says("deny User u to read on Document d when not (context.trusted ?? false)", &[]);
    says(
        "allow User u to read on Document d unless context.trusted ?? false",
        &[
            "W0205 [context.trusted ?? false] when `context.trusted` is absent, `?? false` lets the request through | write `context.trusted ?? true` if absence should be safe",
        ],
    );
    says(
        "deny User u to read on Document d when u.suspended and (context.trusted ?? false)",
        &[
            "W0205 [context.trusted ?? false] when `context.trusted` is absent, `?? false` lets the request through | write `context.trusted ?? true` if absence should be safe",
        ],
    );
}

#[test]
fn all_over_nothing() {
    wrong(
        "all(r in d.reviewers: r.suspended)",
        &[
            "W0206 [all(r in d.reviewers: r.suspended)] `all` is true when `d.reviewers` is empty, which lets the request through | ask for an element first: `not d.reviewers.is_empty() and ..`",
        ],
    );
    right("not d.reviewers.is_empty() and all(r in d.reviewers: r.suspended)");
    right("not d.viewers.is_empty() and all(User v in d.viewers: v.suspended)");
    right("any(r in d.reviewers: r.age > 3) and all(r in d.reviewers: r.suspended)");
    for shown in [
        "d.reviewers.size() >= 2",
        "d.reviewers.size() > 0",
        "0 < d.reviewers.size()",
        "not (d.reviewers.size() < 1)",
        "d.reviewers.size() != 0",
        "d.reviewers.size() == 2",
        "d.reviewers != []",
        "d.reviewers == [u]",
        "d.reviewers.contains(u)",
        "u in d.reviewers",
        "d.reviewers.contains_any(d.viewers)",
        "d.reviewers.contains_all([u])",
    ] {
        right(&format!("{shown} and all(r in d.reviewers: r.suspended)"));
    }
    right("d.reviewers.contains_any(d.viewers) and all(v in d.viewers: v == u)");
    right(
        "not d.viewers.is_empty() and d.reviewers.contains_all(d.viewers) and all(r in d.reviewers: r.suspended)",
    );
    for empty in [
        "d.reviewers.size() >= 0",
        "d.reviewers.size() == LIMIT",
        "d.reviewers.size() >= u.age",
        "d.reviewers.size() <= 2",
        "not (d.reviewers.size() >= 2)",
        "d.reviewers.size() != 2",
        "d.reviewers == []",
        "d.viewers.size() >= 2",
        "not d.reviewers.contains(u)",
        "d.reviewers.contains_all(d.viewers)",
        "(d.reviewers.size() >= 2 or u.suspended)",
    ] {
        warns_of_empty(&format!("{empty} and all(r in d.reviewers: r.suspended)"));
    }
    says("deny User u to read on Document d when all(r in d.reviewers: r.suspended)", &[]);
    says(
        "deny User u to read on Document d unless all(r in d.reviewers: r.suspended)",
        &[
            "W0206 [all(r in d.reviewers: r.suspended)] `all` is true when `d.reviewers` is empty, which lets the request through | ask for an element first: `not d.reviewers.is_empty() and ..`",
        ],
    );
}

#[track_caller]
fn warns_of_empty(condition: &str) {
    let said = of_condition(condition);
    assert!(said.iter().any(|it| it.starts_with("W0206")), "{condition}: {said:?}");
}
