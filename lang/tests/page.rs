//! The page of the language that the design shows parses without a finding, and into what it says.

use assize_lang::ast::*;
use assize_lang::{ParsedFile, parse};

const PAGE: &str = include_str!("page.assize");

fn parse_page() -> ParsedFile {
    let file = parse(PAGE);
    assert_eq!(file.diagnostics, []);
    for item in &file.items {
        assert_eq!(item.diagnostics, [], "{}", &PAGE[item.start as usize..]);
    }
    file
}

fn slice(start: u32, span: Span) -> &'static str {
    &PAGE[(start + span.start) as usize..(start + span.end) as usize]
}

#[test]
fn the_page_has_its_items_in_order() {
    let kinds: Vec<&str> = parse_page()
        .items
        .iter()
        .map(|parsed| match &parsed.item.kind {
            ItemKind::Module(_) => "module",
            ItemKind::Use(_) => "use",
            ItemKind::TypeParam { .. } => "param type",
            ItemKind::ActionParam { .. } => "param action",
            ItemKind::Entity(_) => "entity",
            ItemKind::ClosedEntity { .. } => "closed entity",
            ItemKind::Enum(_) => "enum",
            ItemKind::TypeAlias { .. } => "type",
            ItemKind::Action(_) => "action",
            ItemKind::Param(_) => "param",
            ItemKind::Const(_) => "const",
            ItemKind::Fn(_) => "fn",
            ItemKind::Policy(_) => "policy",
            ItemKind::Grant(_) => "grant",
            ItemKind::Obligation { .. } => "obligation",
            ItemKind::Test(_) => "test",
            ItemKind::Prove(_) => "prove",
            ItemKind::Error => "error",
        })
        .collect();
    assert_eq!(
        kinds.join(" "),
        "module param entity entity entity entity enum enum type action action action fn policy policy policy policy \
         grant grant policy obligation obligation policy test prove"
    );
}

#[test]
fn documentation_and_annotations_belong_to_the_declaration_below() {
    let file = parse_page();
    let user = &file.items[2];
    assert_eq!(user.item.docs, "People who sign in.");
    assert!(PAGE[user.start as usize..].starts_with("/// People who sign in.\nentity User"));
    assert!(slice(user.start, user.item.span).starts_with("entity User in Group {"));

    let secret = &file.items[15];
    assert_eq!(secret.item.docs, "Secret documents stay in the office, on managed devices.");
    let annotations: Vec<_> = secret.item.annotations.iter().map(|it| slice(secret.start, it.span)).collect();
    assert_eq!(annotations, [r#"@id("secret-stays-inside")"#, r#"@control("SOC2:CC6.1", "NIST:AC-3")"#]);
    assert_eq!(secret.item.annotations[1].args[1].value, "NIST:AC-3");
}

#[test]
fn policies_have_patterns_actions_and_clauses() {
    let file = parse_page();
    let ItemKind::Policy(shared) = &file.items[14].item.kind else { panic!("not a policy") };
    assert_eq!(shared.effect, Effect::Allow);
    let Actions::List(actions) = &shared.actions else { panic!("not a list") };
    let names: Vec<_> = actions.iter().map(|action| action.path.last().text.as_str()).collect();
    assert_eq!(names, ["read", "comment"]);
    let Some(Pattern { kind: PatternKind::Types { types, binding: Some(binding), within: None }, .. }) =
        &shared.resource
    else {
        panic!("not a typed pattern")
    };
    assert_eq!((types[0].last().text.as_str(), binding.text.as_str()), ("Document", "d"));
    let [Clause { kind: ClauseKind::When(condition), .. }] = shared.clauses.as_slice() else {
        panic!("not one `when`")
    };
    let ExprKind::Or(operands) = &*condition.kind else { panic!("not an `or`") };
    assert_eq!(operands.len(), 3);
    let ExprKind::Quantifier { all: false, types, variable, .. } = &*operands[2].kind else {
        panic!("not `any`")
    };
    assert_eq!((types[0].last().text.as_str(), variable.text.as_str()), ("Folder", "f"));
}

#[test]
fn a_test_has_data_names_and_expectations() {
    let file = parse_page();
    let parsed = &file.items[23];
    let ItemKind::Test(test) = &parsed.item.kind else { panic!("not a test") };
    let [TestItem::Data(rows), TestItem::Let { name, .. }, TestItem::Expect(first), _, _] =
        test.items.as_slice()
    else {
        panic!("unexpected shape: {:#?}", test.items)
    };
    assert_eq!((rows.len(), name.text.as_str()), (5, "office"));
    assert_eq!(first.by[0].value, "viewer");
    assert_eq!(
        slice(parsed.start, first.at.as_ref().expect("has a time").span),
        r#"time"2026-06-01T00:00:00Z""#
    );
    let DataRow::Grant { args, until: Some(_), .. } = &rows[4] else { panic!("not a grant row") };
    assert_eq!(args.len(), 2);
}

#[test]
fn facts_proofs_and_unions() {
    let file = parse_page();
    let ItemKind::Grant(blocked) = &file.items[18].item.kind else { panic!("not a grant") };
    assert!(blocked.body.is_none() && blocked.at_most.is_none());
    let TypeKind::Union(who) = &blocked.params[0].ty.kind else { panic!("not a union") };
    assert_eq!(who.len(), 2);
    let ItemKind::Prove(prove) = &file.items[24].item.kind else { panic!("not a proof") };
    assert!(!prove.claims[0].always);
}
