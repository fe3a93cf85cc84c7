//! How a diagnostic is shown, whatever it says.

use assize_lang::{Code, Diagnostic, Edit, RenderStyle, SourceFiles, Span, locate, render};

fn files<'a>(texts: &[(&str, &'a str)]) -> SourceFiles<'a> {
    let mut files = SourceFiles::new();
    for (name, text) in texts {
        files.add(*name, text);
    }
    files
}

macro_rules! snapshot {
    ($name:literal, $shown:expr) => {
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(concat!("rendering_", $name), $shown);
        });
    };
}

#[test]
fn labels_may_point_into_other_files() {
    let files = files(&[("a.assize", "entity User\n"), ("b.assize", "module x\n\nentity User\n")]);
    let mut finding =
        Diagnostic::new(Code("E0100"), Span::new(17, 21), "`User` is declared twice").label("again");
    finding.secondary.push(assize_lang::Label { file: Some(0), start: 7, end: 11, message: "first".into() });
    snapshot!("two_files", render(&files, 1, &finding, RenderStyle::default()));
    snapshot!("short", render(&files, 1, &finding, RenderStyle { short: true, ..RenderStyle::default() }));
}

#[test]
fn a_long_range_is_marked_on_its_first_line() {
    let text = "deny any\n".repeat(40);
    let files = files(&[("a.assize", &text)]);
    let finding = Diagnostic::new(Code("W0100"), Span::new(9, 300), "this is long").label("here");
    snapshot!("long_range", render(&files, 0, &finding, RenderStyle::default()));
    let finding = Diagnostic::new(Code("W0100"), Span::new(9, 30), "this is short").label("here");
    snapshot!("few_lines", render(&files, 0, &finding, RenderStyle::default()));
}

/// The text of a policy must not be able to drive the terminal of whoever checks it.
#[test]
fn control_characters_never_reach_the_terminal() {
    let text = "const X: String = \"\u{1b}[2J\u{9b}31m\u{202e}\"\n";
    let files = files(&[("a\u{1b}.assize", text)]);
    let finding =
        Diagnostic::new(Code("E0100"), Span::new(18, 20), "bad `\u{1b}[31m`").label("\u{7}").help("\u{8}");
    let shown = render(&files, 0, &finding, RenderStyle::default());
    assert!(shown.chars().all(|character| character == '\n' || !character.is_control()), "{shown:?}");
    assert!(!shown.contains('\u{202e}'));
    let colored = render(&files, 0, &finding, RenderStyle { colors: true, ..RenderStyle::default() });
    assert!(colored.contains("\u{1b}[0m"), "{colored:?}");
    assert!(!colored.contains("\u{1b}[2J") && !colored.contains('\u{9b}'), "{colored:?}");
}

#[test]
fn a_span_outside_of_the_text_is_still_shown() {
    let files = files(&[("a.assize", "é")]);
    for span in [Span::new(1, 1), Span::new(5, 90), Span::new(2, 1), Span::new(u32::MAX, u32::MAX)] {
        let shown = render(&files, 0, &Diagnostic::new(Code("E0100"), span, "odd"), RenderStyle::default());
        assert!(shown.starts_with("error[E0100]: odd"), "{shown}");
    }
    let shown = render(
        &files,
        7,
        &Diagnostic::new(Code("E0100"), Span::new(0, 1), "no file"),
        RenderStyle::default(),
    );
    assert!(shown.starts_with("error[E0100]: no file"), "{shown}");
}

#[test]
fn programs_get_files_lines_and_columns() {
    let files = files(&[("a.assize", "entity Usér in\n  Gruop\n")]);
    let finding = Diagnostic::new(Code("E0101"), Span::new(18, 23), "unknown type `Gruop`")
        .label("not declared")
        .also(Span::new(7, 12), "used by this")
        .help("declare it")
        .fix("write `Group`", vec![Edit { start: 18, end: 23, text: "Group".into() }], true);
    let json = serde_json::to_string_pretty(&locate(&files, 0, &finding)).expect("serialises");
    snapshot!("json", json);
}

#[test]
fn what_is_wrong_with_a_whole_file_draws_no_line_of_it() {
    let files = files(&[("no/such.assize", ""), ("assize.toml", "[package]\n")]);
    let missing = Diagnostic::new(Code("E0504"), Span::new(0, 0), "there is no `no/such.assize`");
    snapshot!("whole_file", render(&files, 0, &missing, RenderStyle::default()));
    let empty = Diagnostic::new(Code("E0507"), Span::new(0, 0), "this package has no policy files")
        .help("policies are files that end in `.assize`");
    snapshot!("whole_file_with_help", render(&files, 1, &empty, RenderStyle::default()));
    let short = render(&files, 1, &empty, RenderStyle { short: true, ..RenderStyle::default() });
    assert_eq!(short, "assize.toml: error[E0507]: this package has no policy files\n");
}

#[test]
fn a_repair_that_the_help_names_is_not_named_twice() {
    let files = files(&[("a.assize", "Gruop `x`")]);
    let edit = || vec![Edit { start: 0, end: 5, text: "Group".into() }];
    let finding = Diagnostic::new(Code("E0101"), Span::new(0, 5), "nothing here is called `Gruop`")
        .help("did you mean `Group`?")
        .fix("write `Group`", edit(), false);
    let shown = render(&files, 0, &finding, RenderStyle::default());
    assert_eq!(shown.matches("`Group`").count(), 1, "{shown}");
    let other = finding.help("declare it").fix("declare `Gruop`", edit(), false);
    let shown = render(&files, 0, &other, RenderStyle::default());
    assert!(shown.contains("fix: declare `Gruop`") && shown.contains("help: declare it"), "{shown}");
}
