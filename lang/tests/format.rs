//! The one true format: what it looks like, and what it never changes.

use std::fs;
use std::path::{Path, PathBuf};

use assize_lang::format;
use meaning::check;
use proptest::prelude::*;

mod meaning;

const PAGE: &str = include_str!("page.assize");

fn policy_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            policy_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "assize") {
            found.push(path);
        }
    }
}

#[test]
fn the_page_and_every_policy_file_of_the_repository_have_the_format() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut files = vec![root.join("lang/tests/page.assize")];
    for folder in ["examples", "cli/src/template", "stdlib", "tests"] {
        let folder = root.join(folder);
        if folder.is_dir() {
            policy_files(&folder, &mut files);
        }
    }
    assert!(files.len() > 10, "{files:?}");
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        assert!(check(&text) == text, "{} has not the format: run `assize fmt`", file.display());
    }
}

/// Blanks, line ends and comments, to stand between two tokens.
fn blank() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(vec![
        " ",
        "  ",
        "\n",
        "\n  ",
        "\r\n",
        "\n\n",
        "\n\n\n",
        " // one\n",
        "\n// two\n",
        "\n\n  // three\n\n",
        " /// four\n",
        "\n/// five\n",
        " // six\r\n  // seven\n",
        "\t",
    ])
}

/// The page with other blanks: those between tokens where the choice is not `None`.
fn respaced(choices: &[Option<&'static str>]) -> String {
    let mut out = String::new();
    let mut choices = choices.iter().copied();
    for line in PAGE.split_inclusive('\n') {
        if line.contains("//") {
            out.push_str(line);
            continue;
        }
        let mut quoted = false;
        for character in line.chars() {
            quoted ^= character == '"';
            if matches!(character, ' ' | '\n') && !quoted {
                match choices.next().flatten() {
                    Some(blank) => out.push_str(blank),
                    None => out.push(character),
                }
            } else {
                out.push(character);
            }
        }
    }
    out
}

fn token() -> impl Strategy<Value = &'static str> {
    let all: Vec<&'static str> = PAGE
        .split_whitespace()
        .chain([
            "(",
            ")",
            "[",
            "]",
            "{",
            "}",
            ",",
            ":",
            "::",
            ".",
            "?.",
            "?",
            "??",
            "!",
            "=",
            "==",
            ">=",
            "<",
            ">",
            "->",
            "|",
            "@",
            "*",
            "-",
            "+",
            "\"x\"",
            "r#\"x\"#",
            "`x`",
            "`in`",
            "1",
            "90d",
            "// c\n",
            "\n// d\n",
            "/// e\n",
            "\n",
            "\n\n",
            "\r\n",
            "é",
            "\u{feff}",
            "x",
            "&&",
            "||",
            "not",
            "if",
            "then",
            "else",
            "any",
            "is",
            "has",
            "when",
            "unless",
            "allow User u to read on any when",
            "@id(\"x\")",
            "fn f() -> Bool =",
            "entity E",
            "trial",
        ])
        .collect();
    proptest::sample::select(all)
}

/// Expressions with every operator, as text with parentheses only where they were put.
fn expression() -> impl Strategy<Value = String> {
    let leaf = proptest::sample::select(vec![
        "a",
        "u.b",
        "1",
        "\"s\"",
        "ip\"10.0.0.1\"",
        "90d",
        "User::\"x\"",
        "`in`",
        "`plain`",
        "{}",
        "[]",
        "true",
        "a_name_that_is_quite_long.and_an_attribute_of_it",
        "f(a, b)",
        "m[\"k\"]",
    ])
    .prop_map(str::to_owned);
    leaf.prop_recursive(5, 40, 4, |inner| {
        let op = proptest::sample::select(vec![
            "and", "or", "&&", "||", "==", "<", "in", "not in", "+", "-", "*", "??", "!=",
        ]);
        let comment = proptest::sample::select(vec![" ", " ", " ", " ", "\n", " // c\n", "\n  // d\n"]);
        prop_oneof![
            (inner.clone(), op, inner.clone(), comment.clone())
                .prop_map(|(left, op, right, blank)| format!("{left}{blank}{op} {right}")),
            inner.clone().prop_map(|one| format!("!{one}")),
            inner.clone().prop_map(|one| format!("! {one}")),
            inner.clone().prop_map(|one| format!("not {one}")),
            inner.clone().prop_map(|one| format!("-{one}")),
            (inner.clone(), comment.clone()).prop_map(|(one, blank)| format!("({one}{blank})")),
            (inner.clone(), comment.clone()).prop_map(|(one, blank)| format!("[{one},{blank}{one}]")),
            (inner.clone(), comment.clone())
                .prop_map(|(one, blank)| format!("{{ a: {one}{blank} b: {one} }}")),
            (inner.clone(), inner.clone())
                .prop_map(|(set, body)| format!("any(User | Group x in {set}: {body})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("if {a} then {b} else {a}")),
            inner.clone().prop_map(|one| format!("{one} is User | Group")),
            inner.clone().prop_map(|one| format!("{one} has x.y")),
            inner.prop_map(|one| format!("{one}.contains({one})")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn blanks_and_comments_between_the_tokens_of_the_page(
        choices in proptest::collection::vec(proptest::option::weighted(0.03, blank()), 600)
    ) {
        check(&respaced(&choices));
    }

    #[test]
    fn tokens_in_any_order(
        tokens in proptest::collection::vec((token(), proptest::sample::select(vec![" ", " ", "", "\n"])), 0..60)
    ) {
        let text: String = tokens.iter().flat_map(|(token, blank)| [*token, *blank]).collect();
        let once = format(&text).text;
        prop_assert_eq!(&format(&once).text, &once);
    }

    #[test]
    fn the_page_with_tokens_put_in(at in 0..PAGE.len(), tokens in proptest::collection::vec(token(), 1..4)) {
        let at = (0..=at).rev().find(|&at| PAGE.is_char_boundary(at)).unwrap_or(0);
        let text = format!("{} {} {}", &PAGE[..at], tokens.join(" "), &PAGE[at..]);
        let once = format(&text).text;
        prop_assert_eq!(&format(&once).text, &once);
    }

    #[test]
    fn any_text(text in any::<String>()) {
        let once = format(&text).text;
        prop_assert_eq!(&format(&once).text, &once);
    }

    #[test]
    fn any_expression(expression in expression()) {
        check(&format!("fn f() -> Bool = {expression}\n"));
        check(&format!("deny any to * on any\n  when {expression}\n  because \"x\"\n"));
    }
}

#[test]
fn a_word_that_only_its_colon_makes_a_name_gets_no_parentheses() {
    let text = "fn f() -> Bool = any(User | Group x in ! true: a)\n";
    assert_eq!(check(text), text);
    check("fn f() -> Bool = any(x in !!true: !`true`)\n");
}

#[test]
fn deep_and_wide_texts_are_formatted_without_a_stack_or_quadratic_time() {
    check(&format!("fn f() -> Bool = {}a{}\n", "(".repeat(200), ")".repeat(200)));
    check(&format!("fn f() -> Bool = {}a{}\n", "[".repeat(200), ", b]".repeat(200)));
    check(&format!("fn f() -> Bool = {}a\n", "!".repeat(200)));
    check(&format!("param P: Set<Int> = [{}]\n", "1, ".repeat(20_000)));
    check(&format!("fn f() -> Bool = {}b\n", "a and // c\n".repeat(20_000)));
    check(&format!("const C: String = \"{}\"\n", "long ".repeat(10_000)));
    // Too deep for the parser: left, byte for byte.
    let deep = format!("fn f() -> Bool = {}a{}\n", "(".repeat(2000), ")".repeat(2000));
    assert_eq!(format(&deep).text, deep);
}

#[test]
fn a_broken_item_stays_byte_for_byte() {
    let text = "entity   A{}\n\nallow  User u  to\r\n   on x(\n\nentity   B{}";
    let formatted = format(text);
    assert!(!formatted.errors.is_empty());
    assert!(formatted.text.contains("allow  User u  to\r\n   on x("), "{}", formatted.text);
    assert!(formatted.text.starts_with("entity A {}\n"), "{}", formatted.text);
}

/// A snapshot of what becomes of a text.
fn shown(name: &str, text: &str) {
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(format!("format_{name}"), check(text));
    });
}

#[test]
fn policies() {
    shown(
        "policies",
        r#"/// Doc.
// why
@id("a")  @owner("team-with-quite-a-long-name")@control("SOC2:CC6.1", "NIST:AC-3", "ISO27001:A.9.2.3")
trial   allow User|Group u in who to read,comment,"s3:Get*" on Document|Folder d in Folder::"plans"
when a_long_condition_of(u) && another_long_condition_of(d) && !(u.suspended||d.archived) && x not in y // why
// and why not
unless !u.suspended == true or a and b
because "no" oblige mask( [Field::ssn,] ),log("x")
deny any to * on any
allow User_with_a_long_name | Another_type_with_a_long_name u to read, write, share, comment, delete, restore on Document"#,
    );
}

#[test]
fn declarations() {
    shown(
        "declarations",
        "\u{feff}module  a::b\r\nuse c::d   as e   // short\r\n\r\n\r\nentity A in (B|C) { x : Int }\nentity B { x?:Set<(A|B)>,y:Map<String,{a:Int,b:(Int)?}>,\n\n/// doc\n@deprecated(\"no\")`plain`:Int, `in`:Int // last\n// end\n}\nexternal  entity C{}\nentity D=\"a\"|\"b\"\nordered enum E{a b,c}\naction read,write on A|B by C with {mfa:Bool} includes \"s3:*\"\nparam P:Set<Int> =[1,2,// two\n3]\nconst L:Int=-1\nfn f(a:Int,b:(A|B))->Bool=if a==1 then true else if a==2 then b has x and b.x>3 else any(A|B z in [b]:z.x==1)\ngrant g(who:User,what:Doc) for  at most 4h{@id(\"x\")allow User in who to read on Doc in what}\nobligation o()\n// the end",
    );
}

#[test]
fn uses_and_parameters() {
    shown(
        "uses",
        "module m\nuse a :: { B,C as  D , }\nuse a::{ a_very_long_name_indeed, another_very_long_name as a_short_one, a_third_very_long_name, and_more, // why\nlast}\nuse std::rbac   with Subject=User|Team,Scope = Organization // here\nuse std::rbac as roles with Subject = people::User | people::Team | people::ServiceAccount, Scope = Organization | Repository, viewing = \"s3:Get*\" | list\nparam   type Subject\n/// Doc.\nparam type Scope=Organization|Repository\nparam action viewing",
    );
}

#[test]
fn tests_and_proofs() {
    shown(
        "tests",
        r#"test "t" { data { User::"a" in [Group::"b",Group::"c"] {name:"x",age:1}, g(User::"a",Doc::"d") until time"2026-01-01T00:00:00Z"

// more
User::"with-a-long-name" {department:"engineering-and-operations",clearance:Level::internal,suspended:false,manager:User::"ann"}}
data "x.json" let c={mfa:true}
expect allow User::"a" to read on Doc::"d" with c at time"2026-01-01T00:00:00Z" by "a","b" expect deny User::"a" to read on Doc::"d"}
prove "p"{never allow any to read on any when x always deny any to read on any}"#,
    );
}
