//! `any` and `all`.

use super::*;

#[test]
fn a_quantifier_runs_over_a_set() {
    right("any(r in d.reviewers: r == u)");
    right("any(t in u.tags: t.starts_with(\"x\"))");
    right("any(f in d.ancestors: f.private)");
    right("any(r in d.reviewers: any(t in r.tags: t in u.tags))");
    wrong(
        "any(x in d.owner: x == u)",
        &[
            "E0204 [d.owner] this runs over a set, and `d.owner` is `User` | what it is in are its ancestors: `d.owner.ancestors`",
        ],
    );
    wrong(
        "any(x in d.labels: x == \"a\")",
        &[
            "E0204 [d.labels] this runs over a set, and `d.labels` is `Map<String, String>` | run over its keys or values: `d.labels.keys()`, `d.labels.values()`",
        ],
    );
    wrong("any(x in []: x == 1)", &["E0214 [[]] the elements of `[]` have no type"]);
    wrong(
        "any(x in d.reviewers: x.age)",
        &["E0201 [x.age] what is asked of each element must be `Bool`, but this is `Int`"],
    );
}

#[test]
fn a_type_passes_over_other_elements() {
    right("any(User v in d.viewers: v.suspended)");
    right("any(User | Group v in d.viewers: v == u)");
    right("any(User | Service v in d.viewers: v == u and v.suspended)");
    wrong("any(Service v in d.viewers: v.port == 1)", &["E0211 [Service] `d.viewers` never has a `Service`"]);
    wrong(
        "any(User v in u.tags: v.suspended)",
        &["E0204 [User] only entities can be chosen by type, and these are `String`"],
    );
    wrong(
        "any(Usr v in d.viewers: v.suspended)",
        &["E0101 [Usr] nothing here is called `Usr` | did you mean `User`?"],
    );
}

#[test]
fn a_variable_is_known_in_its_body_only() {
    wrong("any(r in d.reviewers: r == u) and r == u", &["E0101 [r] nothing here is called `r`"]);
}
