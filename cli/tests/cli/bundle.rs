//! Bundles: from a package to a file that those who trust its makers take.

use std::fs;

use crate::common::{Folder, Run, assize};

const POLICIES: &str = r#"
module doors

/// People.
entity User { badge: Bool }
entity Door
action enter on Door by User
param OPEN: Bool = true

/// Those with a badge may enter.
@id("badge")
allow User u to enter on Door
  when u.badge and OPEN

@id("nobody-at-night")
deny User to enter on Door
  when now.hour(zone"UTC") < 6
  because "the house is closed"
"#;

fn package() -> Folder {
    let manifest = "[package]\nname = \"doors\"\nversion = \"1.2.0\"\n\n[params.closed]\nOPEN = false\n";
    Folder::new().file("doors/assize.toml", manifest).file("doors/doors.assize", POLICIES)
}

fn build(folder: &Folder, out: &str, more: &[&str]) -> Run {
    let (package, out) = (folder.arg("doors"), folder.arg(out));
    assize([["build", package.as_str(), "--out", out.as_str()].as_slice(), more].concat())
}

#[test]
fn a_package_becomes_a_signed_bundle_that_is_trusted() {
    let folder = package();
    let (name, bundle) = (folder.arg("release"), folder.arg("doors.bundle"));
    assize(["keygen", &name]).exits(0);
    build(&folder, "doors.bundle", &["--revision", "4"]).exits(0);
    let verify = |more: &[&str]| {
        let trusted = format!("{name}.pub");
        assize([["verify", bundle.as_str(), "--trusted", trusted.as_str()].as_slice(), more].concat())
    };
    assert!(verify(&[]).exits(1).out.contains("signed by 0 of the trusted keys"));
    assize(["sign", &bundle, "--key", &format!("{name}.key")]).exits(0);
    assert!(
        verify(&["--minimum-revision", "4", "--package", "doors"])
            .exits(0)
            .out
            .contains("package `doors`, revision 4")
    );
    assert!(verify(&["--minimum-revision", "5"]).exits(1).out.contains("revision 4, and at least 5"));
    assert!(verify(&["--package", "gates"]).exits(1).out.contains("of package `doors`"));
    assert!(verify(&["--threshold", "2"]).exits(1).out.contains("and 2 must have signed"));
    let judged = verify(&["--format", "json"]).exits(0).json();
    assert_eq!((judged["trusted"].as_bool(), judged["manifest"]["revision"].as_u64()), (Some(true), Some(4)));

    let mut bytes = fs::read(&bundle).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&bundle, bytes).unwrap();
    assert!(verify(&[]).exits(1).out.contains("was changed after it was made"));
    assize(["sign", &bundle, "--key", &format!("{name}.key")])
        .exits(2)
        .says(&["was changed after it was made"]);
}

#[test]
fn the_same_package_gives_the_same_bytes_wherever_it_lies() {
    let (here, there) = (package(), package());
    let options = ["--revision", "1", "--commit", "0123abc", "--built", "2026-06-01T00:00:00Z"];
    build(&here, "a", &options).exits(0);
    build(&there, "a", &options).exits(0);
    let read = |folder: &Folder| fs::read(folder.path("a")).unwrap();
    assert_eq!(read(&here), read(&there));
    build(&there, "a", &["--revision", "2"]).exits(0);
    assert_ne!(read(&here), read(&there));
    build(&here, "without", &["--without-sources"]).exits(0);
    assert!(!String::from_utf8_lossy(&fs::read(here.path("without")).unwrap()).contains("when u.badge"));
}

#[test]
fn a_bundle_shows_what_it_has() {
    let folder = package();
    build(&folder, "b", &["--commit", "0123abc", "--built", "2026-06-01T00:00:00Z"]).exits(0);
    let shown = assize(["inspect", &folder.arg("b")]).exits(0).out;
    for part in [
        "doors 1.2.0",
        "commit    0123abc",
        "2026-06-01T00:00:00Z",
        "by nobody",
        "doors.assize",
        "assize.toml",
        "closed",
        "nobody-at-night",
    ] {
        assert!(shown.contains(part), "`{part}` is not in:\n{shown}");
    }
    let json = assize(["inspect", &folder.arg("b"), "--format", "json"]).exits(0).json();
    assert_eq!(json["sources"][0], "doors.assize");
    let documented = &json["documentation"][0];
    assert_eq!(
        (documented["kind"].as_str(), documented["name"].as_str()),
        (Some("entity"), Some("doors::User"))
    );
    assert_eq!(documented["text"], "People.");
    let policies = json["declarations"].as_array().unwrap();
    assert!(
        policies
            .iter()
            .any(|one| one["name"] == "badge" && one["text"].as_str().unwrap().contains("/// Those with"))
    );
}

#[test]
fn two_bundles_differ_by_declarations_and_not_by_lines() {
    let folder = package();
    build(&folder, "old", &[]).exits(0);
    fs::write(folder.path("doors/doors.assize"), format!("// moved\n\n{POLICIES}")).unwrap();
    build(&folder, "new", &[]).exits(0);
    assert_eq!(
        assize(["diff", &folder.arg("old"), &folder.arg("new")]).exits(0).out,
        "both declare the same\n"
    );

    let changed = POLICIES.replace("< 6", "< 7").replace("entity Door\n", "entity Door { floor: Int }\n");
    fs::write(folder.path("doors/doors.assize"), format!("{changed}\nentity Gate\n")).unwrap();
    let shown = assize(["diff", &folder.arg("old"), &folder.arg("doors")]).exits(1).out;
    for part in [
        "changed entity doors::Door",
        "added entity doors::Gate",
        "changed policy nobody-at-night",
        "6: Int",
        "7: Int",
    ] {
        assert!(shown.contains(part), "`{part}` is not in:\n{shown}");
    }
    assert!(!shown.contains("badge"), "{shown}");
    let changes =
        assize(["diff", &folder.arg("doors"), &folder.arg("old"), "--format", "json"]).exits(1).json();
    let gate = changes.as_array().unwrap().iter().find(|change| change["name"] == "doors::Gate").unwrap();
    assert_eq!((gate["change"].as_str(), gate["new"].is_null()), (Some("removed"), true));
}

#[test]
fn nothing_is_written_if_anything_is_wrong() {
    let folder = package().file("doors/more.assize", "allow User to fly on Door\n");
    build(&folder, "b", &[]).exits(1).says(&["more.assize"]).without_result();
    assert!(!folder.path("b").exists());
    let folder = package();
    build(&folder, "b", &["--sign", &folder.arg("no.key")]).exits(2).says(&["cannot read", "no.key"]);
    build(&folder, "b", &["--sign", &folder.arg("doors/assize.toml")])
        .exits(2)
        .says(&["no private Ed25519 key"]);
    build(&folder, "b", &["--built", "today"]).exits(2).says(&["`--built today` is no time"]);
    build(&folder, "nowhere/b", &[]).exits(2).says(&["cannot write"]);
    assert!(!folder.path("b").exists());
}

#[test]
fn keys_are_made_once_and_kept_from_others() {
    let folder = Folder::new();
    let name = folder.arg("release");
    let made = assize(["keygen", &name, "--format", "json"]).exits(0).json();
    let private = fs::read(folder.path("release.key")).unwrap();
    assize(["keygen", &name]).exits(2).says(&["cannot write", "never overwritten"]).without_result();
    assert_eq!(fs::read(folder.path("release.key")).unwrap(), private);
    assert_eq!(made["key"].as_str().unwrap().len(), 32);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(folder.path("release.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    fs::remove_file(folder.path("release.pub")).unwrap();
    assize(["keygen", &name]).exits(2);
    assert!(!folder.path("release.pub").exists(), "a public key without its private one is of no use");
}

#[test]
fn what_is_no_bundle_is_refused_with_a_way_out() {
    let folder = package().file("text", "not a bundle").file("newer", b"ASSIZE\0\x09rest").file("empty", "");
    assize(["inspect", &folder.arg("text")])
        .exits(2)
        .says(&["this is no Assize bundle", "assize build"])
        .without_result();
    assize(["inspect", &folder.arg("empty")]).exits(2).says(&["this is no Assize bundle"]);
    assize(["inspect", &folder.arg("newer")]).exits(2).says(&["has format 9", "build it again"]);
    assize(["inspect", &folder.arg("missing")]).exits(2).says(&["cannot read"]);
    assize(["diff", &folder.arg("text"), &folder.arg("doors")]).exits(2);
}
