//! Flow typing.

use super::*;

#[test]
fn has_makes_an_optional_attribute_readable_to_its_right() {
    right("u has manager and u.manager == d.owner");
    right("u has nick and u.nick == \"bo\"");
    wrong(
        "u.manager == d.owner",
        &[
            "E0203 [u.manager] `u.manager` may be absent | guard it: `u has manager and ..` | or say what counts when it is absent: `u.manager ?? ..`",
        ],
    );
    wrong(
        "u.manager == d.owner and u has manager",
        &[
            "E0203 [u.manager] `u.manager` may be absent | guard it: `u has manager and ..` | or say what counts when it is absent: `u.manager ?? ..`",
        ],
    );
}

#[test]
fn principal_and_its_name_are_one_place() {
    right("principal has manager and u.manager == d.owner");
    right("resource has secret_of and d.secret_of.port == 443");
}

#[test]
fn context_fields_narrow_like_attributes() {
    right("context has ip and context.ip in OFFICE");
    right("context.device has os and context.device.os == \"x\"");
    right("context has tunnel.via and context.tunnel.via in OFFICE");
    right("context has tunnel and context.tunnel.kind == \"vpn\"");
    wrong(
        "context has tunnel and context.tunnel.via in OFFICE",
        &[
            "E0203 [context.tunnel.via] `context.tunnel.via` may be absent | guard it: `context.tunnel has via and ..` | or say what counts when it is absent: `context.tunnel.via ?? ..`",
        ],
    );
}

#[test]
fn a_path_of_has_tests_each_step() {
    right("u has manager.manager.nick and u.manager.manager.nick == \"x\"");
    right("u has home.zip and u.home.city == u.home.zip");
    wrong(
        "u.home has zip",
        &[
            "E0203 [u.home] `u.home` may be absent | guard it: `u has home and ..` | or say what counts when it is absent: `u.home ?? ..`",
        ],
    );
}

#[test]
fn or_knows_what_its_left_side_denied() {
    right("not (u has nick) or u.nick == \"x\"");
    right("not (u has nick and u.suspended) or u.suspended");
    wrong(
        "u has nick or u.nick == \"x\"",
        &[
            "E0203 [u.nick] `u.nick` may be absent | guard it: `u has nick and ..` | or say what counts when it is absent: `u.nick ?? ..`",
        ],
    );
}

#[test]
fn after_or_holds_what_both_sides_have_shown() {
    right("(u has nick and u.suspended or u has nick and d.level == Level::public) and u.nick == \"x\"");
    wrong(
        "(u has nick or u.suspended) and u.nick == \"x\"",
        &[
            "E0203 [u.nick] `u.nick` may be absent | guard it: `u has nick and ..` | or say what counts when it is absent: `u.nick ?? ..`",
        ],
    );
}

#[test]
fn not_swaps_what_is_known() {
    right("not not (u has nick) and u.nick == \"x\"");
    right("not (not (u has nick) or u.suspended) and u.nick == \"x\"");
}

#[test]
fn if_narrows_its_branches() {
    right("if u has nick then u.nick == \"x\" else u.suspended");
    right("if not (u has nick) then u.suspended else u.nick == \"x\"");
    right("(if u has nick then u.suspended else false) and u.nick == \"x\"");
    wrong(
        "if u has nick then u.suspended else u.nick == \"x\"",
        &[
            "E0203 [u.nick] `u.nick` may be absent | guard it: `u has nick and ..` | or say what counts when it is absent: `u.nick ?? ..`",
        ],
    );
}

#[test]
fn facts_flow_from_when_to_unless_to_oblige() {
    says("allow User u to read on Document d when u has nick unless u.nick == \"x\" oblige log(u.nick)", &[]);
    says("allow User u to read on Document d unless not (u has nick) oblige log(u.nick)", &[]);
    says(
        "allow User u to read on Document d unless u has nick oblige log(u.nick)",
        &[
            "E0203 [u.nick] `u.nick` may be absent | guard it: `u has nick and ..` | or say what counts when it is absent: `u.nick ?? ..`",
        ],
    );
}

#[test]
fn a_quantifier_knows_what_was_known_outside_but_tells_nothing_of_its_elements() {
    right("u has nick and any(r in d.reviewers: r.nick ?? \"\" == u.nick)");
    right("any(r in d.reviewers: r has nick and r.nick == \"x\")");
    wrong(
        "any(r in d.reviewers: r has nick) and any(r in d.reviewers: r.nick == \"x\")",
        &[
            "E0203 [r.nick] `r.nick` may be absent | guard it: `r has nick and ..` | or say what counts when it is absent: `r.nick ?? ..`",
        ],
    );
}

#[test]
fn is_narrows_a_union() {
    right("d.author is User and d.author.department == \"x\"");
    right("d.author is Service or d.author.department == \"x\"");
    right("if d.author is User then d.author.suspended else d.author.port == 1");
    right("not (d.author is User) and d.author.port == 1");
    wrong(
        "d.author.department == \"x\"",
        &[
            "E0102 [department] only `User` has `department`, but `d.author` may also be `Service` | guard it: `d.author is User and ..`",
        ],
    );
}

#[test]
fn is_with_a_place_of_the_hierarchy_narrows_too() {
    right("d.author is User in Group::\"eng\" and d.author.suspended");
    right("any(v in d.viewers: v is User in Group::\"eng\" and v.suspended)");
    wrong(
        "d.author is Service in Group::\"eng\"",
        &[
            "E0211 [d.author is Service in Group::\"eng\"] `Service` is never in `Group` | let it have such parents: `entity Service in Group`",
        ],
    );
}

#[test]
fn is_some_narrows_any_place() {
    right("u.nick is some and u.nick == \"x\"");
    right("d.labels[\"team\"] is some and d.labels[\"team\"] == u.department");
    wrong(
        "d.labels[\"team\"] == u.department",
        &[
            "E0203 [d.labels[\"team\"]] `d.labels[\"team\"]` may be absent | guard it: `d.labels[\"team\"] is some and ..` | or say what counts when it is absent: `d.labels[\"team\"] ?? ..`",
        ],
    );
    right("d.labels.contains_key(\"team\") and d.labels[\"team\"] == u.department");
}

#[test]
fn what_is_read_through_a_chain_is_there_together_with_its_way() {
    right("u.manager?.nick is some and u.manager.nick == \"x\"");
    right("context.tunnel?.via is some and context.tunnel.via in OFFICE");
    right("(context.trusted ?? false) and context.trusted");
}

#[test]
fn equality_narrows_a_union_to_the_types_of_both() {
    right("d.author == u and d.author.suspended");
    right("d.author == User::\"ann\" and d.author.suspended");
}

#[test]
fn has_narrows_a_union_to_the_types_that_have_it() {
    right("d.author has nick and d.author.nick == \"x\"");
    right("d.author has port and d.author.port == 1");
}

#[test]
fn one_wrong_test_is_one_finding() {
    wrong(
        "u has nikc and u.nick == \"x\"",
        &["E0102 [nikc] `User` has no attribute `nikc` | did you mean `nick`?"],
    );
    wrong(
        "u has nikc and u.nikc == \"x\"",
        &["E0102 [nikc] `User` has no attribute `nikc` | did you mean `nick`?"],
    );
    says(
        "allow User u to read on Document d when u has nikc unless u.nick == \"x\"",
        &["E0102 [nikc] `User` has no attribute `nikc` | did you mean `nick`?"],
    );
}

#[test]
fn what_an_environment_rules_out_is_not_checked_in_it() {
    says(
        "allow Service s to read on Document d when s is User and s.department == \"x\"",
        &["W0202 [s is User] `s` is `Service`, never `User`"],
    );
    says(
        "allow Service s to read on Document d when if s is Service then s.port == 1 else s.department == \"x\"",
        &["W0201 [s is Service] `s` is always `Service`"],
    );
    says(
        "allow Service s to read on Document d when s has department and s.department == \"x\"",
        &["W0202 [s has department] `s` never has `department`"],
    );
    says(
        "allow Service s to read on Document d when s is User unless s.department == \"x\" oblige log(s.department)",
        &["W0202 [s is User] `s` is `Service`, never `User`"],
    );
    says(
        "allow User u to write on Document d when context has ip and context.ip in OFFICE",
        &["W0202 [context has ip] `context` never has `ip`"],
    );
    // Names must be right everywhere.
    says(
        "allow Service s to read on Document d when s is User and nobody",
        &[
            "W0202 [s is User] `s` is `Service`, never `User`",
            "E0101 [nobody] nothing here is called `nobody`",
        ],
    );
}

#[test]
fn what_a_person_wrote_off_is_still_checked() {
    wrong(
        "false and u.nikc == \"x\"",
        &["E0102 [nikc] `User` has no attribute `nikc` | did you mean `nick`?"],
    );
}
