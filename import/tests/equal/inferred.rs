//! Packages without a schema: what is inferred decides as Cedar does with the schema that people would have written, and what follows
//! from nothing is named.

use crate::oracle::Oracle;
use crate::ours::{Fault, Ours, imported};
use crate::package::Package;

const POLICIES: &str = r#"
@id("own") permit (principal, action in Action::"reading", resource) when { resource.owner == principal };
@id("staff") permit (principal in Team::"staff", action == Action::"edit", resource is Doc)
when { principal.level >= resource.level && context.addr.isInRange(ip("10.0.0.0/8")) };
@id("late") forbid (principal is User, action == Action::"edit", resource)
when { context has session.since && context.now.durationSince(context.session.since) > duration("8h") };
@id("word") permit (principal, action == Action::"view", resource)
when { resource.hasTag("open") && resource.getTag("open") like "y*" && !context.quiet };
@id("overflow") forbid (principal, action == Action::"view", resource) when { principal.level + 1 < 0 };
@id("nick") permit (principal, action == Action::"view", resource is Doc) when { principal has nick && principal.nick == "ace" };
@id("role") permit (principal == ?principal, action in [Action::"view", Action::"edit"], resource in ?resource);
"#;

const SCHEMA: &str = r#"
entity Team;
entity User in [Team] { level: Long, nick?: String };
entity Folder;
entity Doc in [Folder] { owner: User, level: Long } tags String;
action reading;
action view in [reading] appliesTo { principal: [User], resource: [Doc], context: { quiet: Bool } };
action edit appliesTo { principal: [User], resource: [Doc], context: { addr: ipaddr, now: datetime, session?: { since?: datetime } } };
"#;

const ENTITIES: &str = r#"[
 {"uid": {"type": "Action", "id": "view"}, "attrs": {}, "parents": [{"type": "Action", "id": "reading"}]},
 {"uid": {"type": "User", "id": "ann"}, "attrs": {"level": 2, "nick": "ace"}, "parents": [{"type": "Team", "id": "staff"}]},
 {"uid": {"type": "User", "id": "bob"}, "attrs": {"level": 9223372036854775807}, "parents": []},
 {"uid": {"type": "Doc", "id": "d"}, "attrs": {"owner": {"__entity": {"type": "User", "id": "bob"}}, "level": 1}, "parents": [{"type": "Folder", "id": "f"}], "tags": {"open": "yes"}},
 {"uid": {"type": "Doc", "id": "e"}, "attrs": {"owner": {"__entity": {"type": "User", "id": "ann"}}, "level": 3}, "parents": []}
]"#;

const LINKS: &str = r#"[{"templateId": "role", "newId": "link", "values": {"?principal": {"type": "User", "id": "bob"}, "?resource": {"type": "Folder", "id": "f"}}}]"#;

fn package(schema: &str) -> Package {
    let mut requests = Vec::new();
    let contexts = [
        ("view", r#"{"quiet": false}"#),
        ("view", r#"{"quiet": true}"#),
        ("edit", r#"{"addr": "10.0.0.1", "now": "2026-01-02"}"#),
        ("edit", r#"{"addr": "10.0.0.1", "now": "2026-01-02", "session": {"since": "2026-01-01"}}"#),
        ("edit", r#"{"addr": "::1", "now": "2026-01-02", "session": {}}"#),
    ];
    for user in ["ann", "bob", "nobody"] {
        for doc in ["d", "e", "nothing"] {
            for (action, context) in contexts {
                requests.push(format!(
                    r#"{{"principal": {{"type": "User", "id": "{user}"}}, "action": {{"type": "Action", "id": "{action}"}}, "resource": {{"type": "Doc", "id": "{doc}"}}, "context": {context}}}"#
                ));
            }
        }
    }
    Package {
        schema: schema.to_owned(),
        policies: POLICIES.to_owned(),
        entities: ENTITIES.to_owned(),
        links: LINKS.to_owned(),
        requests,
    }
}

#[test]
fn a_schema_is_inferred_from_policies_links_and_entities() {
    let with_schema = package(SCHEMA);
    let oracle = Oracle::new(&with_schema).expect("a package");
    let ours = Ours::new(&package("")).unwrap_or_else(|fault| panic!("{fault:?}"));
    let mut allowed = 0;
    for (line, theirs) in with_schema.requests.iter().zip(oracle.answers(&with_schema)) {
        let answer = ours.answer(line).unwrap_or_else(|fault| panic!("{fault:?}"));
        assert_eq!(answer, theirs, "{line}\n{}", ours.text);
        allowed += usize::from(theirs.is_some_and(|said| said.allow));
    }
    assert!(allowed > 5, "{allowed}");
}

#[test]
fn what_follows_from_nothing_is_named() {
    let policies = r#"
permit (principal, action == Action::"read", resource is Doc) when { context.a == context.b };
permit (principal is User, action == Action::"read", resource) when { context.c };
forbid (principal, action == Action::"write", resource) when { context.d.e };
"#;
    let package = Package { policies: policies.to_owned(), ..Package::default() };
    let Err(Fault::Refused(message)) = imported(&package) else { panic!("it was not refused") };
    for part in [
        "policies.cedar:2: nothing says of which type `a` of the context of Action::\"read\" is",
        "policies.cedar:2: nothing says of which type `b` of the context of Action::\"read\" is",
    ] {
        assert!(message.contains(part), "{message}");
    }
    assert!(!message.contains("`c`") && !message.contains("`e`"), "{message}");
}
