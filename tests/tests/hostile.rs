//! Input that is large, deep or circular on purpose: an error that says so, or a decision, within bounded time and stack.

use std::fmt::Write as _;

use assize_compiler::package::PackageSources;
use assize_tests::package::{Compiled, Package};
use assize_tests::run::DEFAULT_TIME;

const SCHEMA: &str = "entity User in User { n: Int }\nentity Doc\naction read on Doc by User\n";

fn compile(policies: &str) -> Compiled {
    Package::compile(&[("a.assize", &format!("{SCHEMA}{policies}"))])
}

fn errors(compiled: &Compiled) -> Vec<&str> {
    compiled.findings.iter().map(|found| found.code.as_str()).filter(|code| code.starts_with('E')).collect()
}

/// The decision about `User::"u"` reading `Doc::"d"`.
fn decide(package: &Package, data: &str) -> Vec<String> {
    let deployed = package.deploy(&[("data.ndjson", data)], DEFAULT_TIME).expect("the data fits");
    let request = r#"{"principal": "User::\"u\"", "action": "read", "resource": "Doc::\"d\""}"#;
    let query = deployed.query(request, DEFAULT_TIME).expect("the request fits");
    deployed.decide(&query).expect("the engines agree")
}

const USER: &str = r#"{"uid": "User::\"u\"", "attrs": {"n": 1}}"#;

#[test]
fn an_expression_can_be_too_large() {
    let elements: Vec<String> = (0..140_000).map(|n| n.to_string()).collect();
    let compiled =
        compile(&format!("@id(\"a\") allow User u to read on Doc when u.n in [{}]\n", elements.join(", ")));
    assert_eq!(errors(&compiled), ["E0705"]);
}

#[test]
fn a_package_can_have_too_many_combinations() {
    let mut text = String::new();
    for index in 0..600 {
        writeln!(text, "entity T{index}").expect("a text");
    }
    let all: Vec<String> = (0..600).map(|index| format!("T{index}")).collect();
    let all = all.join(" | ");
    writeln!(text, "action go on {all} by {all}\n@id(\"a\") allow any to go on any when true")
        .expect("a text");
    assert!(errors(&compile(&text)).contains(&"E0708"));
}

#[test]
fn a_file_can_have_too_many_declarations() {
    let text = "enum A{b}\n".repeat(500_001);
    let found = assize_lang::split(&text).diagnostics;
    assert_eq!(found.iter().map(|diagnostic| diagnostic.code.0).collect::<Vec<_>>(), ["E0704"]);
}

#[test]
fn a_long_chain_of_conditions_is_decided() {
    let chain: Vec<String> = (0..1_000).map(|n| format!("u.n != {}", n + 2)).collect();
    let compiled = compile(&format!("@id(\"a\") allow User u to read on Doc when {}\n", chain.join(" and ")));
    let package = compiled.package.unwrap_or_else(|| panic!("{:?}", compiled.findings));
    assert_eq!(decide(&package, USER), ["allow by a"]);
}

#[test]
fn functions_that_multiply_each_other_end() {
    let mut text = "fn f0(n: Int) -> Int = n + 0\n".to_owned();
    for index in 1..64 {
        writeln!(text, "fn f{index}(n: Int) -> Int = f{0}(n) + f{0}(n)", index - 1).expect("a text");
    }
    text.push_str("@id(\"a\") allow User u to read on Doc when f63(u.n) > 0\n");
    let compiled = compile(&text);
    assert!(compiled.package.is_none() && !errors(&compiled).is_empty(), "2^63 calls would not end");
}

#[test]
fn a_chain_of_functions_can_be_too_long() {
    let mut text = "fn f0(n: Int) -> Int = n\n".to_owned();
    for index in 1..5_000 {
        writeln!(text, "fn f{index}(n: Int) -> Int = f{}(n)", index - 1).expect("a text");
    }
    text.push_str("@id(\"a\") allow User u to read on Doc when f4999(u.n) > 0\n");
    assert!(errors(&compile(&text)).contains(&"E0707"));
}

#[test]
fn deep_text_is_one_error() {
    for (open, inner, close) in [
        ("(", "true", ")"),
        ("[", "", "]"),
        ("not ", "true", ""),
        ("{ a: ", "1", " }"),
        ("-", "1", ""),
        ("if true then true else ", "true", ""),
    ] {
        let text = format!(
            "@id(\"a\") allow User u to read on Doc when {}{inner}{}\n",
            open.repeat(100_000),
            close.repeat(100_000)
        );
        let compiled = compile(&text);
        assert!(compiled.package.is_none(), "{open}");
        assert!(errors(&compiled).contains(&"E0702"), "{open}: {:?}", errors(&compiled));
        assert!(compiled.findings.len() < 10, "{open}: {} findings", compiled.findings.len());
    }
}

#[test]
fn deep_json_is_an_error() {
    let compiled = compile("@id(\"a\") allow User u to read on Doc when u.n > 0\n");
    let package = compiled.package.expect("it compiles");
    for deep in ["[".repeat(200_000), "{\"a\":".repeat(200_000), "[".repeat(200_000) + &"]".repeat(200_000)] {
        assert!(package.deploy(&[("data.ndjson", &deep)], DEFAULT_TIME).is_err());
        let deployed = package.deploy(&[], DEFAULT_TIME).expect("no data");
        assert!(deployed.query(&deep, DEFAULT_TIME).is_err());
        let request = format!(
            "{{\"principal\": \"User::\\\"u\\\"\", \"action\": \"read\", \"resource\": \"Doc::\\\"d\\\"\", \"context\": {deep}}}"
        );
        assert!(deployed.query(&request, DEFAULT_TIME).is_err());
    }
}

#[test]
fn a_hierarchy_may_be_deep_and_wide() {
    let compiled = compile("@id(\"a\") allow User u to read on Doc when u in User::\"u1500\"\n");
    let package = compiled.package.expect("it compiles");
    let mut data = String::new();
    for index in 0..1_500 {
        let below = if index == 0 { "u".to_owned() } else { format!("u{index}") };
        writeln!(
            data,
            r#"{{"uid": "User::\"{below}\"", "parents": ["User::\"u{}\""], "attrs": {{"n": 1}}}}"#,
            index + 1
        )
        .expect("a text");
    }
    assert_eq!(decide(&package, &data), ["allow by a"]);
    let circle = data + r#"{"uid": "User::\"u1500\"", "parents": ["User::\"u\""], "attrs": {"n": 1}}"#;
    assert!(package.deploy(&[("data.ndjson", &circle)], DEFAULT_TIME).is_err());
}

#[test]
fn no_bytes_are_a_panic() {
    let package =
        compile("@id(\"a\") allow User u to read on Doc when u.n > 0\n").package.expect("it compiles");
    let deployed = package.deploy(&[], DEFAULT_TIME).expect("no data");
    let request = r#"{"principal": "User::\"ü\"", "action": "read", "resource": {"type": "Doc", "id": "\ud83e\udd89"}, "context": {}}"#;
    assert!(deployed.query(request, DEFAULT_TIME).is_ok());
    for end in (0..request.len()).filter(|end| request.is_char_boundary(*end)) {
        assert!(deployed.query(&request[..end], DEFAULT_TIME).is_err(), "{}", &request[..end]);
    }
    let page =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/drive/drive.assize"))
            .expect("the page");
    for end in (0..page.len()).step_by(37).filter(|end| page.is_char_boundary(*end)) {
        assize_compiler::compile::compile(PackageSources::from_texts([("cut.assize", &page[..end])]));
    }
}
