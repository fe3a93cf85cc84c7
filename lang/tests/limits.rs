//! Hostile texts take bounded time and memory, and say what is wrong.

use std::time::{Duration, Instant};

use assize_lang::{MAX_FILE_SIZE, ParsedFile, RenderStyle, Severity, SourceFiles, parse, render};

/// Generous: a text that takes quadratic time takes hours.
const PATIENCE: Duration = Duration::from_secs(30);

fn codes(file: &ParsedFile) -> Vec<&'static str> {
    let all = file.diagnostics.iter().chain(file.items.iter().flat_map(|parsed| &parsed.diagnostics));
    all.filter(|finding| finding.severity == Severity::Error).map(|finding| finding.code.0).collect()
}

#[allow(clippy::disallowed_methods, reason = "how long it takes is what is tested")]
fn check(text: &str) -> Vec<&'static str> {
    let start = Instant::now();
    let codes = codes(&parse(text));
    let took = start.elapsed();
    assert!(took < PATIENCE, "{took:?} for {:?}...", &text.chars().take(40).collect::<String>());
    codes
}

fn nested(open: &str, close: &str, times: usize) -> String {
    format!("const X: Bool = {}x{}\n\nentity User\n", open.repeat(times), close.repeat(times))
}

#[test]
fn a_hundred_thousand_brackets_are_one_finding() {
    for (open, close) in [
        ("(", ")"),
        ("[", "]"),
        ("f(", ")"),
        ("{a: ", "}"),
        ("any(y in z: ", ")"),
        ("if ", " then a else b"),
        ("if a then b else ", ""),
        ("not ", ""),
        ("!", ""),
        ("- ", ""),
        ("a ?? ", ""),
        ("", ".y"),
        ("", " + y"),
        ("", "(z)"),
        ("", "[z]"),
        ("not (", ")"),
    ] {
        let codes = check(&nested(open, close, 100_000));
        assert_eq!(codes, ["E0702"], "{open} {close}");
    }
    assert_eq!(check(&format!("type T = {}Int{}", "Set<".repeat(100_000), ">".repeat(100_000))), ["E0702"]);
    assert_eq!(check(&format!("type T = {}Int{}", "{a: ".repeat(100_000), "}".repeat(100_000))), ["E0702"]);
}

#[test]
fn long_flat_texts_are_fine() {
    for text in [
        format!("const X: Bool = a{}", " and not a".repeat(50_000)),
        format!("const X: Bool = a{}", " or a < b".repeat(50_000)),
        format!("const X: Set<Int> = [{}]", "-1, ".repeat(50_000)),
        format!("const X: Set<Int> = [{}]", "if a then b else c, ".repeat(50_000)),
        format!("type T = {{ {} }}", (0..50_000).map(|n| format!("a{n}: Set<Int> ")).collect::<String>()),
        format!("allow any to {}b on any", "a, ".repeat(50_000)),
    ] {
        assert!(check(&text).is_empty(), "{}", &text[..60]);
    }
}

#[test]
fn unbalanced_and_senseless_texts_end() {
    for text in [
        "(".repeat(1 << 16),
        ")".repeat(1 << 16),
        "([{".repeat(1 << 15),
        "(]".repeat(1 << 15),
        format!("{}{}", "(".repeat(1 << 16), "]".repeat(1 << 16)),
        "a ".repeat(1 << 16),
        "allow ".repeat(1 << 16),
        "allow allow.".repeat(1 << 15),
        "@".repeat(1 << 16),
        "@a ".repeat(1 << 15),
        "\0".repeat(1 << 16),
        "é".repeat(1 << 16),
        "\"".repeat((1 << 16) + 1),
        "'".repeat(1 << 16),
        "\"\\".repeat(1 << 16),
        "r#\"".repeat(1 << 16),
        format!("const X: Int = {}", "1 ".repeat(1 << 16)),
        format!("const X: Int = [{}]", "1 ".repeat(1 << 16)),
        format!("const X: Int = {}", ") ".repeat(1 << 16)),
        format!("test \"t\" {{ {} }}", "expect allow ".repeat(1 << 15)),
        format!("test \"t\" {{ data {{ {} }} }}", "a { b ".repeat(1 << 15)),
        format!("entity E {{ {} }}", "a ".repeat(1 << 16)),
        format!("deny any to * on any {}", "when ".repeat(1 << 16)),
        format!("deny any to * on any {}", "when true ".repeat(1 << 16)),
        format!("const X: Bool = {}", "a < ".repeat(1 << 16)),
        format!("const X: Bool = {}", "not ) ".repeat(1 << 15)),
        format!("const X: Bool = a {}", "= a ".repeat(1 << 16)),
        "/*".repeat(1 << 16),
        "\u{202e}".repeat(1 << 16),
        "x: ".repeat(1 << 16),
        "///\n".repeat(1 << 16),
        format!("{}entity X", "/// a\n".repeat(1 << 16)),
        "a::".repeat(1 << 16),
        "`".repeat(1 << 16),
        "1e".repeat(1 << 16),
    ] {
        check(&text);
    }
}

#[test]
fn a_file_that_is_too_large_is_one_finding() {
    let line = "a".repeat(50 << 20);
    assert_eq!(check(&line), ["E0701"]);
    assert_eq!(check(&"allow User u to read on D\n".repeat(MAX_FILE_SIZE / 26 + 1)), ["E0701"]);
}

#[test]
fn a_very_long_line_is_cut_where_it_is_shown() {
    let text = format!("{}const X: Int = ;{}", " ".repeat(1 << 20), "// long".repeat(1 << 18));
    let file = parse(&text);
    let parsed = &file.items[0];
    let mut files = SourceFiles::new();
    let number = files.add("long.assize", &text);
    for finding in &parsed.diagnostics {
        let shown = render(&files, number, &finding.clone().offset_by(parsed.start), RenderStyle::default());
        assert!(shown.len() < 2_000, "{} bytes", shown.len());
        assert!(shown.contains("long.assize:1:10485"), "{shown}");
        assert!(shown.contains("const X: Int = ;"), "{shown}");
    }
}
