//! Whole packages: the examples, manifests, data files.

use std::fs;
use std::path::Path;

use assize_runtime::Params;

use super::{SCHEMA, findings};
use crate::cases::run::{Interpreter, run};
use crate::compile::{Compilation, compile};
use crate::package::load;

#[test]
fn the_examples_compile_without_a_word_and_pass_their_tests() {
    for name in ["drive", "forge", "todo", "payroll", "releases"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").join(name);
        let compilation = compile(load(&[folder]).unwrap());
        assert_eq!(findings(&compilation), [""; 0], "{name}");
        let program = compilation.program.unwrap();
        let params = Params::bind(&program, []).unwrap();
        assert!(!compilation.tests.is_empty());
        for case in &compilation.tests {
            let result = run(&program, &params, case, &Interpreter { program: &program, params: &params });
            let failed: Vec<_> = result.expectations.iter().filter_map(|it| it.message()).collect();
            assert_eq!(failed, [""; 0], "{name}: {}", case.name);
        }
    }
}

/// Compiles a package of these files.
fn package(files: &[(&str, &str)]) -> Compilation {
    let root = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = root.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    compile(load(&[root.path().join("p")]).unwrap())
}

fn with_manifest(manifest: &str, text: &str) -> Vec<String> {
    let manifest = format!("[package]\nname = \"p\"\n{manifest}");
    let policies = format!("{SCHEMA}\n{text}");
    findings(&package(&[("p/assize.toml", &manifest), ("p/p.assize", &policies)]))
}

const NO_ID: &str = "allow User to read on Document";

#[test]
fn the_manifest_says_what_a_warning_is_worth() {
    assert_eq!(with_manifest("[lints]\nW0101 = \"allow\"", NO_ID), [""; 0]);
    assert_eq!(with_manifest("[lints]\nunused = \"allow\"", NO_ID), [""; 0]);
    assert_eq!(with_manifest("[lints]\nall = \"allow\"", NO_ID), [""; 0]);
    assert_eq!(with_manifest("[lints]\nconditions = \"allow\"", NO_ID).len(), 1);
    // The closer name counts, wherever it stands.
    assert_eq!(with_manifest("[lints]\nW0101 = \"warn\"\nunused = \"allow\"", NO_ID).len(), 1);
    assert_eq!(with_manifest("[lints]\nunused = \"allow\"\nall = \"deny\"", NO_ID), [""; 0]);
    let (_, said) = crate::manifest::read("[package]\nname = \"p\"\n[lints]\nunusd = \"allow\"");
    assert_eq!(said[0].message, "there is no warning or group of warnings `unusd`");
    assert!(said[0].help.iter().any(|help| help.contains("did you mean `unused`?")), "{:?}", said[0].help);
    assert_eq!(with_manifest("[lints]\nW0101 = \"warn\"", NO_ID).len(), 1);
    let manifest = "[package]\nname = \"p\"\n[lints]\nW0101 = \"deny\"";
    let policies = format!("{SCHEMA}\n{NO_ID}");
    let compilation = package(&[("p/assize.toml", manifest), ("p/p.assize", &policies)]);
    assert_eq!((compilation.counts(), compilation.is_ok()), ((1, 0), false));
}

#[test]
fn profiles_give_params_values_of_their_types() {
    let text = "param NETS: Set<Cidr> = []\n@id(\"a\") allow User to read on Document when NETS.is_empty()";
    assert_eq!(with_manifest("[params.office]\nNETS = [\"10.0.0.0/8\"]", text), [""; 0]);
    assert_eq!(
        with_manifest("[params.office]\nNETZ = []", text),
        ["E0509 @ []: profile `office` gives a value to `NETZ`, but there is no such param"]
    );
    let found = with_manifest("[params.office]\nNETS = [\"10.0.0.0/99\"]", text);
    assert!(
        found[0].starts_with("E0509 @ [\"10.0.0.0/99\"]: this is no value of param `NETS`: "),
        "{found:?}"
    );
    let manifest = "[package]\nname = \"p\"\n[params.office]\nNETS = [\"10.0.0.0/8\"]";
    let policies = format!("{SCHEMA}\n{text}");
    let compilation = package(&[("p/assize.toml", manifest), ("p/p.assize", &policies)]);
    let program = compilation.program.unwrap();
    assert!(Params::bind(&program, compilation.profiles["office"].clone()).is_ok());
}

#[test]
fn a_dependency_brings_its_policies_and_keeps_its_warnings() {
    let base = format!("module base\n{SCHEMA}\n{NO_ID}");
    let found = findings(&package(&[
        ("p/assize.toml", "[package]\nname = \"p\"\n[dependencies]\nbase = { path = \"../base\" }"),
        ("p/p.assize", "module app\nuse base::User\n@id(\"a\") deny User to base::read on base::Folder"),
        ("base/assize.toml", "[package]\nname = \"base\""),
        ("base/base.assize", &base),
    ]));
    assert_eq!(found, [""; 0]);
}

#[test]
fn a_test_reads_data_files_of_its_package() {
    let policies = |file: &str| {
        format!(
            "{SCHEMA}\n@id(\"a\") allow User u to edit on Document d when d.owner == u\n\
             test \"t\" {{ data \"{file}\" expect deny User::\"x\" to read on Document::\"d\" with {{ mfa: true }} }}"
        )
    };
    let team = "{\"uid\": {\"type\": \"Team\", \"id\": \"x\"}}\n";
    let with = |file: &str, data: &str| {
        let policies = policies(file);
        let files = [
            ("p/assize.toml", "[package]\nname = \"p\""),
            ("p/p.assize", policies.as_str()),
            ("p/d/x.ndjson", data),
        ];
        findings(&package(&files))
    };
    assert_eq!(with("d/x.ndjson", team), [""; 0]);
    assert_eq!(
        with("../x.ndjson", team),
        ["E0413 @ \"../x.ndjson\": `../x.ndjson` leads out of the package"]
    );
    let found = with("d/x.ndjson", "{\"uid\": {\"type\": \"Tem\", \"id\": \"x\"}}");
    assert!(
        found[0].starts_with("E0413 @ \"d/x.ndjson\": this data does not fit: d/x.ndjson:1"),
        "{found:?}"
    );
}

/// The entities that a policy names and data of one group, `Team::"eng"`, does not hold.
fn absent(manifest: &str, text: &str) -> Vec<String> {
    let manifest = format!("[package]\nname = \"p\"\n{manifest}");
    let policies = format!("{SCHEMA}\nexternal entity Token\naction push on Document by Token\n{text}");
    let compilation = package(&[("p/assize.toml", &manifest), ("p/p.assize", &policies)]);
    assert_eq!(findings(&compilation), [""; 0]);
    let schema = &compilation.program.as_ref().unwrap().schema;
    let rows = br#"{"uid": {"type": "Team", "id": "eng"}, "parents": [], "attrs": {}}"#;
    let data = assize_runtime::json::load(schema, [("rows", &rows[..])], 0).unwrap();
    let text = &compilation.files[0].text;
    let show = |located: &crate::package::Located| {
        let place = &located.diagnostic.primary;
        format!("{} @ {}", located.diagnostic.message, &text[place.start as usize..place.end as usize])
    };
    compilation.absent_from(&data).iter().map(show).collect()
}

#[test]
fn an_entity_that_the_data_lacks_is_said_at_its_first_place() {
    let said = |text: &str| absent("", text);
    assert_eq!(said("@id(\"a\") allow User in Team::\"eng\" to read on Document"), [""; 0]);
    assert_eq!(
        said("@id(\"a\") deny User in Team::\"egn\" to read on Document::\"d\""),
        [
            "the data holds no `Team::\"egn\"` @ Team::\"egn\"",
            "the data holds no `Document::\"d\"` @ Document::\"d\""
        ]
    );
    assert_eq!(
        said(
            "const ADMINS: Set<User> = [User::\"root\"]\nfn ops(u: User) -> Bool = u in Team::\"ops\"\n\
             @id(\"a\") deny User u to read on any when (now.hour() > 3 and ops(u)) or u in ADMINS or u in Team::\"ops\""
        ),
        ["the data holds no `Team::\"ops\"` @ Team::\"ops\"", "the data holds no `User::\"root\"` @ ADMINS"]
    );
    // Closed types are declared in the text, external ones come with a request.
    assert_eq!(
        said(
            "@id(\"a\") deny User to deploy on Stage::\"dev\"\n@id(\"b\") allow Token::\"t\" to push on Document"
        ),
        [""; 0]
    );
    assert_eq!(said("@id(\"a\") @allow(\"W0108\") deny User in Team::\"egn\" to read on any"), [""; 0]);
    let quiet = "[lints]\nW0108 = \"allow\"";
    assert_eq!(absent(quiet, "@id(\"a\") deny User in Team::\"egn\" to read on any"), [""; 0]);
}

#[test]
fn an_error_behind_any_number_of_warnings_stops_the_package() {
    let mut text = String::from("entity U { a: Int }\naction read on U by U\n");
    for at in 0..10_050 {
        text.push_str(&format!("allow U u to read on U when u.a == {at}\n"));
    }
    text.push_str("@id(\"stop\") deny U u to read on U when u.b == 1\n");
    let compilation = super::compiled(&text);
    assert!(compilation.program.is_none());
    assert_eq!(compilation.counts(), (1, 10_050));
}

#[test]
fn a_flood_of_errors_is_cut_off_and_says_so() {
    let mut text = String::from("entity U { a: Int }\naction read on U by U\n");
    for at in 0..1_050 {
        text.push_str(&format!("@id(\"p{at}\") allow U u to read on U when u.b == {at}\n"));
    }
    let compilation = super::compiled(&text);
    assert!(compilation.program.is_none());
    assert_eq!(compilation.counts().0, 1_001);
    let last = compilation.diagnostics.last().expect("there are some");
    assert_eq!(
        last.diagnostic.message,
        "this package has more than 1000 errors; further findings are left out"
    );
}

#[test]
fn a_flood_of_slips_of_syntax_is_cut_off_and_says_so() {
    let compilation = super::compiled(&"entity {}\n".repeat(101));
    assert_eq!(compilation.counts().0, 101);
    let last = compilation.diagnostics.last().expect("there are some");
    assert_eq!(last.diagnostic.code.0, "E0703");
}
