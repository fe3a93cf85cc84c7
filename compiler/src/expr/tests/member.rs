//! Attributes, fields, keys and optional chains.

use super::*;

#[test]
fn an_unknown_attribute_gets_a_proposal() {
    wrong("d.ownr == u", &["E0102 [ownr] `Document` has no attribute `ownr` | did you mean `owner`?"]);
    wrong("context.mfaa", &["E0102 [mfaa] `context` has no field `mfaa` | did you mean `mfa`?"]);
    wrong("d.owner.level == Level::secret", &["E0102 [level] `User` has no attribute `level`"]);
    wrong("u.department.x == 1", &["E0102 [x] `String` has no attributes"]);
    wrong(
        "context.device.manged",
        &["E0102 [manged] `context.device` has no field `manged` | did you mean `managed`?"],
    );
}

#[test]
fn one_unknown_attribute_is_reported_once() {
    wrong(
        "d.ownr == u or d.ownr == d.owner",
        &["E0102 [ownr] `Document` has no attribute `ownr` | did you mean `owner`?"],
    );
}

#[test]
fn an_optional_attribute_can_be_given_a_default() {
    right("u.nick ?? \"none\" == \"x\"");
    right("(u.manager ?? u) == d.owner");
    right("u.nick ?? u.manager?.nick ?? \"x\" == \"y\"");
    wrong("u.nick ?? 1 == \"x\"", &["E0212 [1] `??` needs a `String` here, but this is `Int`"]);
}

#[test]
fn a_chain_reads_on_only_where_there_is_something() {
    right("u.manager?.nick is some");
    right("u.manager?.age ?? 0 > 3");
    right("u.manager?.manager?.manager?.age ?? 0 > 3");
    right("u.home?.city ?? \"\" == \"x\"");
    right("u.nick?.lower() ?? \"\" == \"x\"");
    wrong(
        "u.manager.age > 3",
        &[
            "E0203 [u.manager] `u.manager` may be absent | guard it: `u has manager and ..` | or say what counts when it is absent: `u.manager ?? ..`",
        ],
    );
    wrong(
        "u.manager?.age > 3",
        &[
            "E0203 [u.manager?.age] `u.manager?.age` may be absent | guard it: `u.manager?.age is some and ..` | or say what counts when it is absent: `u.manager?.age ?? ..`",
        ],
    );
    wrong(
        "u.manager?.manager.age > 3",
        &[
            "E0203 [u.manager?.manager] `u.manager?.manager` may be absent | guard it: `u.manager?.manager is some and ..` | or say what counts when it is absent: `u.manager?.manager ?? ..`",
        ],
    );
    wrong(
        "d.owner?.age ?? 0 > 3",
        &[
            "W0207 [d.owner?.age] `?.` has no use: `d.owner` is never absent here",
            "W0207 [0] `??` has no use: `d.owner?.age` is never absent here",
        ],
    );
}

#[test]
fn maps_are_read_by_key() {
    right("d.labels[\"team\"] ?? \"\" == u.department");
    right("d.labels[u.department] is some");
    wrong(
        "d.labels.team == \"x\"",
        &["E0102 [team] `Map<String, String>` has no attributes | read a key with `d.labels[\"team\"]`"],
    );
    wrong(
        "d.labels has team",
        &[
            "E0204 [team] `has` asks for attributes, and `d.labels` is `Map<String, String>` | write `d.labels[\"team\"] is some`",
        ],
    );
    wrong(
        "context[\"mfa\"]",
        &[
            "E0204 [context] `[..]` reads maps, and this is `{ device: { managed: Bool, os?: String }, ip?: Ip, mfa: Bool, trusted?: Bool, tunnel?: { kind: String, via?: Ip } }` | write `context.mfa`",
        ],
    );
    wrong("d.labels[1] is some", &["E0201 [1] an operand of `[..]` must be `String`, but this is `Int`"]);
}

#[test]
fn an_attribute_of_a_union_is_one_of_all_its_types() {
    right("any(v in d.viewers: v is Group and v.title == \"x\")");
    wrong(
        "any(v in d.viewers: v.title == \"x\")",
        &[
            "E0102 [title] only `Group` has `title`, but `v` may also be `User` | guard it: `v is Group and ..`",
        ],
    );
    wrong(
        "any(v in d.viewers: v.nothing == \"x\")",
        &["E0102 [nothing] `User | Group` has no attribute `nothing`"],
    );
}

#[test]
fn ancestors_are_the_types_above() {
    right("any(f in d.ancestors: f.owner == u)");
    right("u.ancestors == [Group::\"eng\"]");
    wrong("any(x in d.author.ancestors: x == Group::\"a\")", &[]);
    wrong(
        "Service::\"s\".ancestors == []",
        &[
            "E0102 [Service::\"s\".ancestors] `Service` has no ancestors | an entity type says what its entities can be in: `entity Document in Folder`",
        ],
    );
}

#[test]
fn has_asks_for_what_may_be_missing() {
    right("u has department");
    wrong(
        "u has departmnt",
        &["E0102 [departmnt] `User` has no attribute `departmnt` | did you mean `department`?"],
    );
    wrong("context has mfa", &["W0201 [context has mfa] `context` always has `mfa`"]);
    wrong("context has tunnel.kind", &[]);
    wrong("u has nick and u has nick", &["W0204 [u has nick] `u` is already known to have `nick`"]);
    wrong(
        "context.device has colour",
        &["E0102 [colour] `context.device` has no field `colour` | it has `managed` and `os`"],
    );
    wrong("u.age has x", &["E0102 [x] `Int` has no attributes"]);
}

#[test]
fn a_word_still_being_typed_has_no_second_error() {
    // The parser has reported it; the tree has an empty name.
    let text = "fn f(u: User) -> Bool = u. == 1";
    let parsed = assize_lang::parse(text);
    assert!(parsed.items.iter().any(|item| !item.diagnostics.is_empty()));
    for item in &parsed.items {
        if let ItemKind::Fn(decl) = &item.item.kind {
            let bindings = vec![("u".into(), Binding::Local(0, Type::entity(entity_type("User"))))];
            let scope = Scope { declarations: world(), module: 0, environment: None, bindings, now: true };
            let (checked, findings) = check_expression(&scope, &decl.body, &Type::Bool);
            assert!(checked.is_none());
            assert_eq!(findings, []);
        }
    }
}
