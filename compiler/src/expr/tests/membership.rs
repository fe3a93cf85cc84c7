//! `in`.

use super::*;

#[test]
fn an_entity_is_in_an_entity_or_in_one_of_a_set() {
    right("u in Group::\"eng\"");
    right("d in Folder::\"plans\"");
    right("u in d.viewers");
    right("u not in d.viewers");
    right("u in [Group::\"a\", Group::\"b\"]");
    right("d.owner in d.viewers");
    right("u in d.reviewers");
    right("u in User::\"ann\"");
}

#[test]
fn what_the_hierarchy_can_never_make_true_is_told() {
    wrong(
        "d.owner in Folder::\"x\"",
        &["E0211 [in] `User` is never in `Folder` | let it have such parents: `entity User in Folder`"],
    );
    wrong(
        "d.owner in [Folder::\"x\"]",
        &["E0211 [in] `User` is never in `Folder` | let it have such parents: `entity User in Folder`"],
    );
    // The principal has another type in another environment.
    wrong("u in Folder::\"x\"", &["W0202 [u in Folder::\"x\"] `User` is never in `Folder`"]);
    wrong("d.author in Group::\"x\"", &[]);
}

#[test]
fn actions_are_in_groups_of_actions() {
    wrong(
        "action in Action::edits",
        &["W0202 [action in Action::edits] this has the same answer for every action of the policy"],
    );
    wrong(
        "action in [Action::read, Action::write]",
        &[
            "W0201 [action in [Action::read, Action::write]] this has the same answer for every action of the policy",
        ],
    );
    right("action in MODES");
    wrong(
        "action == Action::read",
        &["W0201 [action == Action::read] this has the same answer for every action of the policy"],
    );
    wrong("action in []", &["W0202 [action in []] this has the same answer for every action of the policy"]);
    // For another action to check.
    wrong(
        "action == Action::write and d.nope",
        &["W0202 [action == Action::write] this has the same answer for every action of the policy"],
    );
    wrong(
        "action != Action::read and d.nope",
        &["W0202 [action != Action::read] this has the same answer for every action of the policy"],
    );
    wrong(
        "action in Action::edits and d.nope",
        &["W0202 [action in Action::edits] this has the same answer for every action of the policy"],
    );
    wrong(
        "action not in Action::edits and u.age > 3",
        &["W0201 [action not in Action::edits] this has the same answer for every action of the policy"],
    );
    wrong("u not in Folder::\"x\"", &["W0201 [u not in Folder::\"x\"] `User` is never in `Folder`"]);
}

#[test]
fn plain_values_are_members() {
    right("d.level in [Level::secret, Level::internal]");
    right("\"x\" in u.tags");
    right("u.age in [1, 2, 3]");
    right("1 in [u.age]");
    right("not (u.department in [\"a\"])");
    wrong("u.age in u.tags", &["E0204 [in] `Set<String>` never holds `Int`"]);
    wrong("d.level in [\"secret\"]", &["E0204 [in] `Set<String>` never holds `Level`"]);
}

#[test]
fn addresses_are_in_ranges() {
    right("context has ip and context.ip in cidr\"10.0.0.0/8\"");
    right("context has ip and context.ip in OFFICE");
    right("context has ip and context.ip in [cidr\"10.0.0.0/8\", cidr\"::/0\"]");
    right("context has ip and context.ip in [ip\"10.0.0.1\"]");
    right("cidr\"10.1.0.0/16\" in cidr\"10.0.0.0/8\"");
    is_true("ip\"10.1.2.3\" in cidr\"10.0.0.0/8\"");
    is_true("ip\"10.1.2.3\" in [cidr\"11.0.0.0/8\", cidr\"10.0.0.0/8\"]");
    wrong(
        "context.ip in OFFICE",
        &[
            "E0203 [context.ip] `context.ip` may be absent | guard it: `context has ip and ..` | or say what counts when it is absent: `context.ip ?? ..`",
        ],
    );
    wrong(
        "context has ip and context.ip in ip\"10.0.0.1\"",
        &["E0204 [in] `Ip` cannot be in `Ip` | ask with `==`"],
    );
}

#[test]
fn maps_and_texts_have_other_words() {
    wrong(
        "\"a\" in d.labels",
        &["E0204 [in] `String` cannot be in `Map<String, String>` | ask for the key: `d.labels[..] is some`"],
    );
    wrong(
        "\"a\" in u.department",
        &["E0204 [in] `String` cannot be in `String` | ask with `.contains(..)` or `like`"],
    );
}

#[test]
fn contains_is_plain_membership() {
    right("d.viewers.contains(u)");
    right("d.reviewers.contains(d.owner)");
    right("u.tags.contains(\"x\")");
    right("u.department.contains(\"x\")");
    wrong("u.tags.contains(1)", &["E0202 [1] `Set<String>` never holds `Int`"]);
    wrong("d.reviewers.contains(Group::\"x\")", &["E0202 [Group::\"x\"] `Set<User>` never holds `Group`"]);
    wrong("u.tags.contains()", &["E0206 [contains] `contains` takes one argument, not 0"]);
}
