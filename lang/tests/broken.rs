//! What a policy author reads when something is written wrong: the full rendering for one slip at a time.
//!
//! Each snapshot holds the text and everything that is said about it. `check` also makes sure of what holds for all of
//! them: there is an error, and no finding is repeated.

use assize_lang::{Diagnostic, Fix, RenderStyle, Severity, SourceFiles, parse, render};

fn findings(text: &str) -> Vec<Diagnostic> {
    let file = parse(text);
    let in_items = file.items.into_iter().flat_map(|parsed| {
        parsed.diagnostics.into_iter().map(move |diagnostic| diagnostic.offset_by(parsed.start))
    });
    file.diagnostics.into_iter().chain(in_items).collect()
}

fn rendered(text: &str) -> String {
    let mut files = SourceFiles::new();
    let file = files.add("policy.assize", text);
    findings(text).iter().map(|diagnostic| render(&files, file, diagnostic, RenderStyle::default())).collect()
}

/// The text with the edits of a repair made.
fn apply(text: &str, fix: &Fix) -> String {
    let mut edits: Vec<_> = fix.edits.iter().collect();
    edits.sort_by_key(|edit| edit.start);
    let mut repaired = text.to_owned();
    for edit in edits.into_iter().rev() {
        repaired.replace_range(edit.start as usize..edit.end as usize, &edit.text);
    }
    repaired
}

fn check(text: &str) -> String {
    let findings = findings(text);
    assert!(findings.iter().any(|finding| finding.severity == Severity::Error), "no error in {text:?}");
    for fix in findings.iter().flat_map(|finding| &finding.fixes) {
        let repaired = apply(text, fix);
        let errors = |text: &str| {
            self::findings(text).iter().filter(|finding| finding.severity == Severity::Error).count()
        };
        // A repair may uncover the next slip, but it adds none.
        assert!(errors(&repaired) <= errors(text), "{} in {text:?} gives {repaired:?}", fix.title);
        assert_ne!(self::findings(&repaired), findings, "{} changes nothing", fix.title);
    }
    for (nth, finding) in findings.iter().enumerate() {
        assert!(!findings[..nth].contains(finding), "said twice: {finding:?}");
        assert!(!finding.message.ends_with('.'), "{}", finding.message);
    }
    format!("{text}\n\n{}", rendered(text))
}

macro_rules! broken {
    ($($name:ident: $text:expr;)*) => {
        $(#[test]
        fn $name() {
            insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
                insta::assert_snapshot!(stringify!($name), check($text));
            });
        })*
    };
}

broken! {
    // The head of a policy.
    to_is_missing: "allow User u read on Document d";
    actions_are_missing: "allow User u to on Document d\n  when d.owner == u";
    principal_is_missing: "allow to read on Document";
    resource_is_missing_after_on: "allow User u to read on\n  when u.active";
    head_is_only_a_word: "deny";
    actions_without_comma: "allow User u to read write on Document";
    action_is_a_reserved_word: "allow User u to in on Document";
    policy_of_another_language: "permit(principal, action, resource);";
    effect_is_misspelt: "@id(\"x\")\nalow User u to read on Document";
    annotation_without_quotes: "@id(owner)\nallow User u to read on Document";

    annotation_without_name: "@\nallow User u to read on Document";

    // What a `use` brings and binds.
    use_binds_nothing_yet: "use std::rbac with\n\nentity User in Team";
    use_binds_a_name_only: "use std::rbac with Subject\n\nentity User in Team";
    use_binds_to_nothing_yet: "use std::rbac with Subject =\n\nentity User in Team";
    use_binds_half_a_union: "use std::rbac with Subject = User |\nentity User in Team";
    use_binds_with_a_comma_too_many: "use std::rbac with Subject = User,\nentity User in Team";
    use_binds_with_a_colon: "use std::rbac with Subject: User, Scope = Org";
    use_binds_without_a_comma: "use std::rbac with Subject = User Scope = Org";
    use_binds_in_braces: "use std::rbac with { Subject = User }";
    use_brings_everything: "use a::*";
    use_brings_from_a_list_of_paths: "use a::{b::C, D}";
    use_brings_from_open_braces: "use a::{User, Doc\n\nentity Team";
    use_brings_two_without_braces: "use a::User, b::Doc";
    param_type_without_a_name: "param type\n\nentity Team";
    param_type_with_a_colon: "param type Subject: User";
    param_action_with_a_list: "param action viewing, editing";

    // Clauses.
    clause_of_another_language: "allow User u to read on Document d\n  where d.owner == u";
    if_for_when: "allow User u to read on Document d\n  if d.owner == u\n  because \"own\"";
    condition_is_missing: "allow User u to read on Document d\n  when\n\nentity User";
    condition_ends_early: "allow User u to read on Document d\n  when d.owner ==\n  unless u.suspended";
    attribute_is_missing: "allow User u to read on Document d\n  when d.\n\nallow User u to write on Document d";
    has_without_attribute: "deny User u to * on any\n  when u has\n  because \"x\"";
    two_when_clauses: "allow User u to read on Document d\n  when u.active\n  when d.open";
    clauses_out_of_order: "deny User u to * on any\n  because \"no\"\n  when u.suspended";
    clause_is_cut_off: "allow User u to read on Document d\n  when d.open\n\n  unless u.suspended";
    clause_without_policy: "entity User\n\nwhen d.open";
    clause_at_the_start: "when d.open";
    because_without_string: "deny User u to * on any because nothing";
    oblige_without_call: "allow User u to read on any oblige log";

    // Expressions.
    comparison_chain: "const X: Bool = 1 < 2 < 3";
    single_equals: "allow User u to read on Document d when d.owner = u";
    null_is_no_value: "allow User u to read on Document d when d.owner != null";
    if_with_braces: "const X: Int = if true { 1 } else { 2 }";
    if_without_else: "const X: Int = if true then 1";
    set_without_comma: "const X: Set<Int> = [1 2]";
    call_without_comma: "const X: Bool = f(1 2)";
    trailing_operator: "const X: Int = 1 +";
    quantifier_without_body: "const X: Bool = any(x in xs)";
    quantifier_without_in: "const X: Bool = all(User u: u.active)";
    division: "const X: Int = 4 / 2";
    single_ampersand: "const X: Bool = a & b";
    like_needs_a_literal: "const X: Bool = name like pattern";
    is_needs_a_type: "const X: Bool = u is 5";
    record_with_equals: "const X: R = { a = 1, b: 2 }";
    mixed_and_or_and_an_error: "const X: Bool = a or b and c or\n";

    fn_with_braces: "fn f(x: Int) -> Bool { x > 1 }";
    actions_in_brackets: "allow User u to [read, write] on Document";
    principal_in_parentheses: "allow (User u) to read on Document";
    not_before_in: "const X: Bool = a !in b";
    enum_with_one_colon: "const X: Bool = d.level == Level:secret";
    if_with_colon: "const X: Int = if a: 1 else 2";
    includes_nothing: "action edit includes";
    two_principals_without_bar: "allow User Group u to read on Document";
    binding_before_type: "allow u: User to read on Document";
    assignment_in_policy: "allow User u to read on Document d\n  when let x = 1";
    empty_parentheses: "const X: Int = ()";
    member_is_a_number: "const X: Int = a.1";
    double_not: "const X: Bool = a not not in b";
    unknown_word_in_test: "test \"t\" {\n  assert allow u to read on d\n  expect deny u to read on d\n}";
    permit_in_a_test: "test \"t\" {\n  permit u to read on d\n}";
    misspelt_policy_after_another: "allow User u to read on Document\n\ndney User u to read on Document\n\nallow User u to edit on Document d when";

    // Literals.
    unterminated_string: "const X: String = \"abc\n\nconst Y: Int = 1";
    unterminated_string_with_bracket: "const X: Bool = f(\"abc)\n\nconst Y: Int = 1";
    unterminated_raw_string: "const X: String = r#\"abc\"";
    unknown_escape: r#"const X: String = "a\qb\u{zz}""#;
    unknown_prefix: "const X: Datetime = date\"2026-01-01\"";
    typographic_quotes: "@id(“owner”)\nallow User u to read on Document";
    single_quotes: "const X: String = 'it'";
    underscore_in_number: "const X: Int = 1_000";
    long_unit: "const X: Duration = 5days";
    number_garbage: "const X: Int = 0x1F";
    unpaired_backquote: "entity `User";
    semicolon: "const X: Int = 1;\nconst Y: Int = 2;";
    block_comment: "/* hello */\nentity User";
    nul_bytes: "entity User\0\nentity Group";
    emoji: "entity User 🙂";
    hidden_character: "// \u{202e}nettirw si siht\nentity User";

    // Declarations.
    not_a_declaration: "hello world";
    entity_is_misspelt: "entiy User { name: String }";
    entity_without_name: "entity { name: String }";
    entity_name_is_reserved: "entity in { name: String }";
    field_without_type: "entity User {\n  name\n  age: Int\n}";
    field_without_colon: "entity User {\n  name String\n  age: Int\n}";
    enum_with_number: "enum Level { public, 2, secret }";
    type_is_missing: "type Session =\n\nentity User";
    param_without_type: "param LIMIT = 3";
    fn_without_result: "fn f(x: Int) = x";
    fn_with_colon: "fn f(x: Int): Int = x";
    parameter_without_type: "grant viewer(who, what: Folder)";
    glued_equals: "const X: Set<Int>= [1]";
    action_clause_twice: "action read on Document by User on Folder";
    action_without_name: "action on Document by User";
    grant_limit_without_unit: "grant g(who: User) for at most 4 {\n  allow User in who to read on Doc\n}";
    comparison_of_another_language: "const X: Bool = a === b\nconst Y: Bool = a !== b";
    choice_of_another_language: "const X: Int = a ? 1 : 2";
    import_of_another_language: "module b\nimport a::X\nentity Y in X";
    use_with_a_point: "use a.X\nentity Y in X";
    grant_limit_is_no_duration: "grant g(who: User) for at most four hours";
    grant_body_is_no_policy: "grant viewer(who: User) {\n  read on Document\n}";

    // Conditions in braces.
    condition_in_braces: "allow User u to read on Document d\n  when { d.patient.vip }\n  unless {\n    u.active\n  };";
    braces_hold_an_operand: "allow User u to read on Document d\n  when{u.a or u.b} and d.open";
    braces_touch_words: "deny User u to read on Document d when{u.a}unless{u.b}";
    braces_with_a_comment: "deny User u to read on Document d\n  when {\n    u.a // why\n  }";
    braces_of_a_record: "deny User u to read on Document d\n  when { a: 1, b } == u.x";
    braces_with_two_conditions: "deny User u to read on Document d\n  when { u.a, u.b }";
    braces_never_closed: "deny User u to read on Document d\n  when { u.a\n  unless u.b\n\nentity Document";

    // Brackets.
    unclosed_brace: "entity User {\n  name: String\n\nentity Group\n";
    unclosed_paren: "allow User u to read on Document d\n  when (d.open and u.active\n\nentity Group";
    stray_brace: "entity User { name: String } }\n\nentity Group";
    wrong_bracket: "const X: Set<Int> = [1, 2)";
    bracket_in_the_middle: "const X: Int = f(g(1, h[2)";

    // Tests and proofs.
    expect_without_effect: "test \"t\" {\n  expect User::\"a\" to read on D::\"d\"\n}";
    expect_without_on: "test \"t\" {\n  expect allow User::\"a\" to read D::\"d\"\n  expect deny User::\"a\" to read on D::\"d\"\n}";
    expect_clause_twice: "test \"t\" {\n  expect allow u to read on d with { } with { }\n}";
    let_without_value: "test \"t\" {\n  let x =\n  expect allow u to read on d\n}";
    data_row_with_one_colon: "test \"t\" {\n  data {\n    User:\"ann\" { age: 3 }\n    User::\"bob\" { age: 4 }\n  }\n}";
    data_field_without_value: "test \"t\" { data { User::\"ann\" { age: , name: \"x\" } } }";
    test_without_name: "test {\n  expect allow u to read on d\n}";
    trial_in_a_proof: "prove \"p\" {\n  never trial allow User u to read on D\n}";
    prove_without_never: "prove \"p\" {\n  allow User u to read on D\n}";
}

/// A hundred errors are enough; one more says so, and is an error itself.
#[test]
fn findings_of_a_file_are_capped() {
    let text = "const X: Int = \n".repeat(300);
    let findings = findings(&text);
    assert_eq!(findings.len(), assize_lang::MAX_DIAGNOSTICS + 1);
    let last =
        findings.iter().find(|finding| finding.code.0 == "E0703").expect("says that some are left out");
    assert_eq!(last.severity, Severity::Error);
}

#[test]
fn what_ends_a_line_in_some_editors_only_is_refused_even_in_a_comment() {
    for hidden in ["\r", "\u{85}", "\u{2028}", "\u{2029}"] {
        let text = format!("allow any to read on any when a // b{hidden} unless c\r\n");
        let codes: Vec<_> =
            assize_lang::parse(&text).diagnostics.iter().map(|diagnostic| diagnostic.code.0).collect();
        assert_eq!(codes, ["E0021"], "{hidden:?}");
    }
}
