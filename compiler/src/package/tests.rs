use std::fs;
use std::path::PathBuf;

use super::{LoadFailure, PackageSources, load};

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = root.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    root
}

fn names(sources: &PackageSources) -> Vec<&str> {
    sources.policies.iter().map(|text| text.name.as_str()).collect()
}

/// `CODE file "source": message` for each diagnostic, with the folder's own path cut out.
fn findings(root: &tempfile::TempDir, failure: &LoadFailure) -> Vec<String> {
    let prefix = format!("{}/", root.path().display());
    let show = |located: &super::Located| {
        let (file, diagnostic) = (&failure.files[located.file as usize], &located.diagnostic);
        let source = &file.text[diagnostic.primary.start as usize..diagnostic.primary.end as usize];
        let line = format!("{} {} {source:?}: {}", diagnostic.code.0, file.name, diagnostic.message);
        line.replace(&prefix, "")
    };
    failure.diagnostics.iter().map(show).collect()
}

const MANIFEST: &str = "[package]\nname = \"p\"\n";

#[test]
fn a_package_without_sources_takes_every_policy_file_below_it_in_order() {
    let root = folder(&[
        ("assize.toml", MANIFEST),
        ("z.assize", ""),
        ("policies/b.assize", ""),
        ("policies/a.assize", ""),
        ("policies/notes.txt", ""),
        (".hidden/x.assize", ""),
        ("target/x.assize", ""),
        ("nested/assize.toml", MANIFEST),
        ("nested/x.assize", ""),
    ]);
    let sources = load(&[root.path().to_owned()]).unwrap();
    assert_eq!(names(&sources), ["policies/a.assize", "policies/b.assize", "z.assize"]);
}

#[test]
fn sources_name_files_and_folders() {
    let manifest = "[package]\nname = \"p\"\nsources = [\"one.assize\", \"more\"]\n";
    let root =
        folder(&[("assize.toml", manifest), ("one.assize", ""), ("two.assize", ""), ("more/x.assize", "")]);
    let sources = load(&[root.path().join("assize.toml")]).unwrap();
    assert_eq!(names(&sources), ["more/x.assize", "one.assize"]);
}

#[test]
fn loose_files_and_plain_folders_need_no_manifest() {
    let root = folder(&[("b.assize", ""), ("a.assize", ""), ("sub/c.assize", "")]);
    let sources = load(&[root.path().to_owned()]).unwrap();
    assert_eq!(names(&sources), ["a.assize", "b.assize", "sub/c.assize"]);
    let sources = load(&[root.path().join("b.assize"), root.path().join("a.assize")]).unwrap();
    assert_eq!(sources.policies.len(), 2);
}

#[test]
fn what_cannot_be_loaded_is_said_with_its_place() {
    let root = folder(&[
        (
            "assize.toml",
            "[package]\nname = \"p\"\nsources = [\"../x\", \"gone\", \"empty\"]\nverison = \"1\"\n\
             [lints]\nE0101 = \"allow\"\nW0101 = \"off\"\n",
        ),
        ("empty/readme", ""),
    ]);
    let failure = load(&[root.path().to_owned()]).unwrap_err();
    assert_eq!(
        findings(&root, &failure),
        [
            "E0506 assize.toml \"\\\"../x\\\"\": `../x` leads out of the package",
            "E0504 assize.toml \"\\\"gone\\\"\": there is no `gone`",
            "E0507 assize.toml \"\\\"empty\\\"\": no policy files in `empty`",
            "E0502 assize.toml \"verison\": unknown key `verison`",
            "E0502 assize.toml \"E0101\": `E0101` is an error: it cannot be switched off",
            "E0503 assize.toml \"\\\"off\\\"\": `off` is no level of a warning",
        ]
    );
}

#[test]
fn a_manifest_may_name_the_time_of_the_command_line() {
    let read = |now: &str| {
        let (manifest, findings) =
            crate::manifest::read(&format!("[package]\nname = \"a\"\n[decide]\nnow = {now}\n"));
        (manifest.now, findings.into_iter().map(|finding| finding.message).collect::<Vec<_>>())
    };
    assert_eq!(read("\"1970-01-01T00:00:01Z\""), (Some(1000), vec![]));
    let (now, findings) = read("\"noon\"");
    assert_eq!(now, None);
    assert!(findings.len() == 1 && findings[0].starts_with("`noon` is no time"), "{findings:?}");
    assert_eq!(read("12"), (None, vec!["`now` is a string, not a number".to_owned()]));
}

#[test]
fn a_manifest_that_is_not_toml_is_one_finding() {
    let root = folder(&[("assize.toml", "[package\nname = 1\n"), ("a.assize", "")]);
    let failure = load(&[root.path().to_owned()]).unwrap_err();
    assert!(findings(&root, &failure)[0].starts_with("E0501 assize.toml"), "{failure:?}");
}

#[test]
fn files_that_are_no_text_are_refused() {
    let root = folder(&[("a.assize", "")]);
    fs::write(root.path().join("b.assize"), b"module x\n\xff\xfe").unwrap();
    let failure = load(&[root.path().to_owned()]).unwrap_err();
    assert_eq!(
        findings(&root, &failure),
        ["E0505 b.assize \"\": `b.assize` is not UTF-8 text: line 2 has other bytes"]
    );
}

#[test]
fn what_is_not_there_is_said() {
    let root = folder(&[("readme.md", "")]);
    let failure = load(&[root.path().join("gone.assize")]).unwrap_err();
    assert_eq!(findings(&root, &failure), ["E0504 gone.assize \"\": there is no `gone.assize`"]);
    let failure = load(&[root.path().to_owned()]).unwrap_err();
    assert_eq!(failure.diagnostics[0].diagnostic.code.0, "E0507");
    let failure = load(&[root.path().join("readme.md")]).unwrap_err();
    assert_eq!(findings(&root, &failure), ["E0504 readme.md \"\": `readme.md` is no policy file"]);
    assert_eq!(load(&[]).unwrap_err().diagnostics.len(), 1);
}

#[cfg(unix)]
#[test]
fn links_neither_leave_the_package_nor_go_round() {
    let outside = folder(&[("secret.assize", "")]);
    let root = folder(&[("assize.toml", MANIFEST), ("a/x.assize", "")]);
    std::os::unix::fs::symlink(root.path().join("a"), root.path().join("a/again")).unwrap();
    let failure = load(&[root.path().to_owned()]).unwrap_err();
    assert_eq!(
        findings(&root, &failure),
        ["E0504 assize.toml \"\": `a/again` is a link to a folder that holds it"]
    );
    fs::remove_file(root.path().join("a/again")).unwrap();
    std::os::unix::fs::symlink(outside.path(), root.path().join("a/out")).unwrap();
    let failure = load(&[root.path().to_owned()]).unwrap_err();
    assert_eq!(
        findings(&root, &failure),
        ["E0506 assize.toml \"\": `a/out` is a link that leads out of the package"]
    );
}

#[test]
fn dependencies_come_along_once_and_never_in_a_circle() {
    let depends = |name: &str, on: &[&str]| {
        let lines: String = on.iter().map(|on| format!("{on} = {{ path = \"../{on}\" }}\n")).collect();
        format!("[package]\nname = \"{name}\"\n[dependencies]\n{lines}")
    };
    let root = folder(&[
        ("app/assize.toml", &depends("app", &["left", "right"])),
        ("app/app.assize", ""),
        ("left/assize.toml", &depends("left", &["base"])),
        ("left/left.assize", ""),
        ("right/assize.toml", &depends("right", &["base"])),
        ("right/right.assize", ""),
        ("base/assize.toml", &depends("base", &[])),
        ("base/base.assize", ""),
    ]);
    let app = root.path().join("app");
    let sources = load(&[PathBuf::from(&app)]).unwrap();
    assert_eq!(
        names(&sources),
        ["app.assize", "../left/left.assize", "../left/../base/base.assize", "../right/right.assize"]
    );
    assert_eq!(sources.policies.iter().filter(|text| text.dependency).count(), 3);

    fs::write(root.path().join("base/assize.toml"), depends("base", &["app"])).unwrap();
    let failure = load(&[app]).unwrap_err();
    assert_eq!(
        findings(&root, &failure)[0],
        "E0508 ../left/../base/assize.toml \"\\\"../app\\\"\": packages depend on each other: app -> left -> base -> app"
    );
}

#[test]
fn a_dependency_goes_by_its_own_name() {
    let root = folder(&[
        (
            "app/assize.toml",
            "[package]\nname = \"app\"\n[dependencies]\nother = { path = \"../base\", git = 1 }\n",
        ),
        ("app/app.assize", ""),
        ("base/assize.toml", "[package]\nname = \"base\"\n"),
        ("base/base.assize", ""),
    ]);
    let failure = load(&[root.path().join("app")]).unwrap_err();
    assert_eq!(
        findings(&root, &failure),
        [
            "E0503 assize.toml \"\\\"../base\\\"\": the package in `../base` is called `base`, not `other`",
            "E0502 assize.toml \"git\": unknown key `git`",
        ]
    );
}

#[test]
fn a_name_is_one_package() {
    let package = |name: &str, rest: &str| format!("[package]\nname = \"{name}\"\n{rest}");
    let root = folder(&[
        (
            "app/assize.toml",
            &package("app", "[dependencies]\nbase = { path = \"../a\" }\nmore = { path = \"../more\" }\n"),
        ),
        ("app/app.assize", ""),
        ("a/assize.toml", &package("base", "")),
        ("a/a.assize", ""),
        ("more/assize.toml", &package("more", "[dependencies]\nbase = { path = \"../b\" }\n")),
        ("more/more.assize", ""),
        ("b/assize.toml", &package("base", "")),
        ("b/b.assize", ""),
    ]);
    let failure = load(&[root.path().join("app")]).unwrap_err();
    let found = findings(&root, &failure);
    let [only] = found.as_slice() else { panic!("{found:?}") };
    assert!(only.starts_with("E0131 "), "{only}");
    assert!(only.contains("two packages are called `base`"), "{only}");
}
