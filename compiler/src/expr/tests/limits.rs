//! Large and deep expressions end in a result or a finding, on a small stack, in reasonable time.

use super::*;

/// Runs on a stack of one megabyte, half of what a thread usually has.
fn on_small_stack(run: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(1 << 20).spawn(run).expect("a thread");
    thread.join().expect("no panic and no overflow");
}

/// `before` and `after` around `inside`, as often as the parser allows.
fn nested(before: &str, inside: &str, after: &str, times: usize) -> String {
    format!("{}{inside}{}", before.repeat(times), after.repeat(times))
}

#[test]
fn the_deepest_trees_are_checked_on_a_small_stack() {
    let shapes = [
        nested("not ", "u.suspended", "", 250),
        nested("(", "u.suspended", ")", 250),
        nested("if u.suspended then (", "true", ") else false", 120),
        nested("(u.suspended and ", "u.suspended", ")", 120),
        nested("(u.suspended or ", "u.suspended", ")", 120),
        format!("{} > 1", nested("(1 + ", "u.age", ")", 120)),
        format!("{} > 1", nested("-(", "u.age", ")", 120)),
        format!("u.manager{}?.nick is some", "?.manager".repeat(200)),
        format!("{} > 1", nested("u.age.max(", "u.age", ")", 240)),
        format!("{} == 1", nested("rated(", "1", ")", 240)),
        format!("{} == \"x\"", nested("(u.nick ?? ", "\"x\"", ")", 120)),
        (0..120).fold("true".to_owned(), |inside, at| format!("any(x{at} in d.reviewers: {inside})")),
    ];
    for shape in shapes {
        on_small_stack(move || {
            let told = of_condition(&shape);
            let only_warnings = told.iter().all(|line| line.starts_with('W'));
            assert!(only_warnings, "{told:?} in {}", &shape[..shape.len().min(200)]);
        });
    }
}

#[test]
fn types_deeper_than_a_program_may_have_are_a_finding() {
    on_small_stack(|| {
        for shape in [nested("[", "1", "]", 200), nested("{ a: ", "1", " }", 200)] {
            let told = of_open(&shape).expect_err("too deep");
            assert_eq!(told.len(), 1);
            assert!(told[0].starts_with("E0705"), "{told:?}");
        }
        has_type(&nested("[", "1", "]", 20), &nested("Set<", "Int", ">", 20));
    });
}

#[test]
fn a_long_path_of_has_is_a_finding() {
    let path = vec!["manager"; 60].join(".");
    assert_eq!(of_condition(&format!("u has {path}")), [] as [&str; 0]);
    let path = vec!["manager"; 5000].join(".");
    let told = of_condition(&format!("u has {path}"));
    assert!(told.len() == 1 && told[0].starts_with("E0705"), "{:.200}", told[0]);
}

#[test]
fn a_set_with_too_many_elements_is_one_finding() {
    let elements: Vec<_> = (0..200_000).map(|at| at.to_string()).collect();
    let told = of_condition(&format!("u.age in [{}]", elements.join(", ")));
    assert!(told.len() == 1 && told[0].starts_with("E0705"), "{:.200}", told[0]);
    let elements = elements[..50_000].join(", ");
    right(&format!("u.age in [{elements}]"));
}

#[test]
fn thousands_of_facts_cost_no_more_than_themselves() {
    let tests: Vec<_> = (0..4000)
        .map(|at| format!("(d.labels[\"k{at}\"] is some and d.labels[\"k{at}\"] == \"x\")"))
        .collect();
    right(&tests.join(" and "));
    right(&tests.join(" or "));
}

#[test]
fn a_let_that_doubles_at_each_step_is_a_finding() {
    let mut text = "test \"t\" { let x0 = [1]".to_owned();
    for at in 1..60 {
        text.push_str(&format!(" let x{at} = [x{}.size(), x{}.size()]", at - 1, at - 1));
    }
    text.push('}');
    lets(&text, &["E0705"]);
}

#[test]
fn lets_that_stand_in_each_other_for_ever_are_a_finding() {
    let mut text = "test \"t\" { let x0 = 1".to_owned();
    for at in 1..5000 {
        text.push_str(&format!(" let x{at} = (((((((((((((((x{})))))))))))))))", at - 1));
    }
    text.push('}');
    on_small_stack(move || lets(&text, &["E0705"]));
}

/// Checks the last `let` of a test with those before it in scope.
fn lets(text: &str, codes: &[&str]) {
    let items = items(text);
    let ItemKind::Test(test) = &items[0].kind else { panic!("no test") };
    let values = test.items.iter().map(|item| match item {
        assize_lang::ast::TestItem::Let { name, value } => (name.text.clone(), value),
        other => panic!("{other:?}"),
    });
    let values: Vec<_> = values.collect();
    let (last, before) = values.split_last().expect("a let");
    let bindings = before.iter().map(|(name, value)| (name.clone(), Binding::Let(value))).collect();
    let scope = Scope { declarations: world(), module: 0, environment: None, bindings, now: true };
    let (_, findings) = check_open(&scope, last.1);
    let told: Vec<_> = findings.iter().map(|finding| finding.diagnostic.code.0).collect();
    assert_eq!(told, codes);
}

#[test]
fn a_let_takes_the_type_that_its_use_needs() {
    let text = "test \"t\" { let office = { mfa: true, ip: ip\"10.0.0.1\", device: { managed: true } } }";
    let items = items(text);
    let ItemKind::Test(test) = &items[0].kind else { panic!("no test") };
    let assize_lang::ast::TestItem::Let { value, .. } = &test.items[0] else { panic!("no let") };
    let bindings = vec![("office".into(), Binding::Let(value))];
    let scope = Scope { declarations: world(), module: 0, environment: None, bindings, now: true };
    let alias = named("Session");
    let Def::Alias(alias) = alias else { panic!("{alias:?}") };
    let session = world().aliases[alias as usize].1.clone().expect("it has no error");
    let name = assize_lang::ast::Name { text: "office".into(), span: Default::default() };
    let path = assize_lang::ast::Path { segments: vec![name] };
    let kind = Box::new(assize_lang::ast::ExprKind::Path(path));
    let used = assize_lang::ast::Expr { kind, span: Default::default(), depth: 1 };
    let (checked, findings) = check_expression(&scope, &used, &session);
    assert_eq!(findings, []);
    assert_eq!(checked.map(|checked| checked.ty()), Some(session));
}
