//! A broken declaration hides nothing about its neighbours, and never becomes a rule.

use assize_lang::ast::*;
use assize_lang::{ParsedFile, Severity, parse};

fn errors(file: &ParsedFile) -> usize {
    let all = file.diagnostics.iter().chain(file.items.iter().flat_map(|parsed| &parsed.diagnostics));
    all.filter(|diagnostic| diagnostic.severity == Severity::Error).count()
}

/// What the top-level policies of a text are, each with whether its item has errors.
fn policies(file: &ParsedFile) -> Vec<(Effect, bool)> {
    file.items
        .iter()
        .filter_map(|parsed| match &parsed.item.kind {
            ItemKind::Policy(policy) => {
                let broken = parsed.diagnostics.iter().any(|finding| finding.severity == Severity::Error);
                Some((policy.effect, broken))
            }
            _ => None,
        })
        .collect()
}

#[test]
fn an_unfinished_policy_leaves_its_neighbours_whole() {
    let unfinished = [
        "allow",
        "allow User u",
        "allow User u to",
        "allow User u to read on",
        "allow User u to read on Document d when",
        "allow User u to read on Document d when d.",
        "allow User u to read on Document d when d has",
        "allow User u to read on Document d when (d.open and",
        "allow User u to read on Document d when d.owner ==",
        "allow User u to read on Document d when any(x in",
        "allow User u to read on Document d when f(a, [1, {b:",
        "allow User u to read on Document d when \"abc",
        "allow User u to read on Document d oblige log(",
        "@id(\"x\"",
        "@",
        "grant g(who: User) {\n  allow User in who to",
        "test \"t\" {\n  data { User::\"a\" {",
        "entity User {\n  name:",
        "action read on",
        "type T =",
        "fn f(",
    ];
    for middle in unfinished {
        let text = format!(
            "deny User u to * on any when u.one == 1\n\n{middle}\n\ndeny User u to * on any when u.two == \n\ndeny any to * on any\n"
        );
        let file = parse(&text);
        let kinds = policies(&file);
        let after_head_of_annotation = usize::from(middle.starts_with('@'));
        let expected_broken = 1 + usize::from(middle.starts_with("allow"));
        assert_eq!(kinds.first(), Some(&(Effect::Deny, false)), "{middle}");
        assert_eq!(kinds.last(), Some(&(Effect::Deny, false)), "{middle}");
        assert_eq!(
            kinds.iter().filter(|(_, broken)| *broken).count(),
            expected_broken,
            "{middle}: {kinds:?}"
        );
        // The error of the neighbour is there beside the error of the unfinished one.
        assert!(errors(&file) >= 2, "{middle}");
        assert_eq!(file.items.len(), 4 - after_head_of_annotation, "{middle}");
        assert!(kinds.iter().all(|(effect, broken)| *effect == Effect::Deny || *broken), "{middle}");
    }
}

#[test]
fn a_broken_expectation_never_becomes_a_policy() {
    let page = include_str!("page.assize");
    let sound = policies(&parse(page)).len();
    let expectation = "expect allow User::\"bob\" to read on Document::\"d1\"";
    let broken = [
        "expect allow",
        "expect allow User",
        "expect allow User::\"bob\" to read }",
        "expect allow User::\"bob\" to read on Document::\"d1\" with {",
        "expect allow User::\"bob\" to read on Document::\"d1\" with office )",
        "expect allow User::\"bob to read on Document::\"d1\"",
        "} expect allow User::\"bob\" to read on Document::\"d1\"",
        "expect }} allow User::\"bob\" to read on Document::\"d1\"",
        "allow User::\"bob\" to read on Document::\"d1\"",
        "expect expect allow User::\"bob\" to read on Document::\"d1\"",
    ];
    for replacement in broken {
        let text = page.replacen(expectation, replacement, 1);
        assert_ne!(text, page);
        let file = parse(&text);
        assert!(errors(&file) > 0, "{replacement}");
        let found = policies(&file);
        // Where the brackets are wrong enough that an `allow` stands outside of the test, it is in a broken item.
        let whole = found.iter().filter(|(_, broken)| !broken).count();
        assert!(whole <= sound, "{replacement}: {found:?}");
        let allows =
            |list: &[(Effect, bool)]| list.iter().filter(|it| it.0 == Effect::Allow && !it.1).count();
        assert!(allows(&found) <= allows(&policies(&parse(page))), "{replacement}: {found:?}");
    }
}

#[test]
fn a_condition_that_was_lost_is_an_error_node() {
    let file = parse("allow User u to read on Document d\n  when )");
    let ItemKind::Policy(policy) = &file.items[0].item.kind else { panic!("not a policy") };
    let ClauseKind::When(condition) = &policy.clauses[0].kind else { panic!("no condition") };
    assert!(matches!(*condition.kind, ExprKind::Error));
    assert!(errors(&file) > 0);
}

#[test]
fn a_member_access_that_is_being_typed_keeps_what_it_is_made_from() {
    let file = parse("allow User u to read on Document d\n  when d.owner.\n\ndeny any to * on any");
    let ItemKind::Policy(policy) = &file.items[0].item.kind else { panic!("not a policy") };
    let ClauseKind::When(condition) = &policy.clauses[0].kind else { panic!("no condition") };
    let ExprKind::Member { value, name, .. } = &*condition.kind else { panic!("not a member") };
    assert!(name.text.is_empty());
    assert!(matches!(&*value.kind, ExprKind::Member { name, .. } if name.text == "owner"));
    assert_eq!(policies(&file), [(Effect::Allow, true), (Effect::Deny, false)]);
}

#[test]
fn one_broken_line_of_a_declaration_leaves_the_others() {
    let file = parse("entity User {\n  name String\n  age: Int\n  : Bool\n  email: String\n}");
    let ItemKind::Entity(entity) = &file.items[0].item.kind else { panic!("not an entity") };
    let names: Vec<_> = entity.fields.iter().map(|field| field.name.text.as_str()).collect();
    assert!(names.contains(&"age") && names.contains(&"email"), "{names:?}");

    let file = parse("test \"t\" {\n  let x = \n  expect deny u to\n  expect allow u to read on d\n}");
    let ItemKind::Test(test) = &file.items[0].item.kind else { panic!("not a test") };
    assert!(matches!(test.items.last(), Some(TestItem::Expect(_))), "{:?}", test.items);
    assert!(errors(&file) >= 2);
}

#[test]
fn the_last_line_of_a_policy_that_lost_its_head_joins_nothing_silently() {
    // The line `deny User u to * on any` was deleted: its `when` would else narrow the allow above.
    let file = parse("allow User u to * on Document d\n  when d.owner == u\n\n  when u.suspended\n");
    assert!(errors(&file) > 0);
    let file = parse("allow User u to * on Document d\n\n  when u.suspended\n");
    assert!(errors(&file) > 0);
    let file = parse("allow User u to * on Document d\n  // a comment is no gap\n  when u.suspended\n");
    assert_eq!(errors(&file), 0);
}
