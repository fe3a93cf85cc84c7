//! `assize fmt`: in place, to standard output, or only as a question.

use std::fs;

use tempfile::TempDir;

use crate::common::{assize, assize_with_input};

const LOOSE: &str = "entity   User{suspended:Bool}\naction read on User by User\n\nallow User u to read on User when !u.suspended && u==u";
const FORMATTED: &str = "entity User { suspended: Bool }\naction read on User by User\n\nallow User u to read on User\n  when not u.suspended and u == u\n";

fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

#[test]
fn formats_in_place_below_a_folder_and_nothing_else() {
    let made = folder(&[
        ("a.assize", LOOSE.as_bytes()),
        ("sub/b.assize", FORMATTED.as_bytes()),
        (".hidden/c.assize", LOOSE.as_bytes()),
        ("notes.txt", LOOSE.as_bytes()),
    ]);
    let run = assize(["fmt", made.path().to_str().unwrap()]).exits(0);
    assert!(run.out.ends_with("a.assize\n1 file formatted, nothing to change in 1 file\n"), "{}", run.out);
    let text = |path: &str| fs::read_to_string(made.path().join(path)).unwrap();
    assert_eq!(text("a.assize"), FORMATTED);
    assert_eq!(text(".hidden/c.assize"), LOOSE);
    assert_eq!(text("notes.txt"), LOOSE);
    let left: Vec<_> = fs::read_dir(made.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 4, "a temporary file stayed: {left:?}");
    let again = assize(["fmt", "--check", made.path().to_str().unwrap()]).exits(0);
    assert_eq!(again.out, "nothing to change in 2 files\n");
}

#[test]
fn check_prints_a_diff_and_changes_nothing() {
    let made = folder(&[("a.assize", LOOSE.as_bytes())]);
    let path = made.path().join("a.assize");
    let run = assize(["fmt", "--check", path.to_str().unwrap()]).exits(1);
    let shown = path.display();
    assert!(run.out.starts_with(&format!("--- {shown}\n+++ {shown} (formatted)\n@@ ")), "{}", run.out);
    assert!(
        run.out.contains("\n-entity   User{suspended:Bool}\n+entity User { suspended: Bool }\n"),
        "{}",
        run.out
    );
    assert!(run.out.ends_with("1 of 1 file would change: run `assize fmt`\n"), "{}", run.out);
    assert_eq!(fs::read_to_string(&path).unwrap(), LOOSE);

    let json = assize(["fmt", "--check", "--format", "json", path.to_str().unwrap()]).exits(1);
    let value: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(value["changed"], true);
    assert!(value["diff"].as_str().unwrap().contains("+entity User"));
}

#[test]
fn standard_input_to_standard_output() {
    let run = assize_with_input(["fmt", "--stdin"], LOOSE).exits(0);
    assert_eq!(run.out, FORMATTED);
    assize_with_input(["fmt", "--stdin", "--check"], LOOSE).exits(1);
    let run = assize_with_input(["fmt", "--stdin", "--check"], FORMATTED).exits(0);
    assert_eq!(run.out, "");
    assize_with_input(["fmt", "--stdin", "x.assize"], LOOSE).exits(2);
}

#[test]
fn a_broken_declaration_is_reported_and_left_and_the_others_are_formatted() {
    let broken = "entity   User{}\n\nallow User  u to\n\nentity   Group{}\n";
    let made = folder(&[("a.assize", broken.as_bytes())]);
    let path = made.path().join("a.assize");
    let run = assize(["fmt", path.to_str().unwrap()]).exits(1);
    assert!(run.err.contains("error[E"), "{}", run.err);
    assert_eq!(fs::read_to_string(&path).unwrap(), "entity User {}\n\nallow User  u to\n\nentity Group {}\n");
}

#[test]
fn what_is_not_text_stops_all_before_anything_is_written() {
    let made = folder(&[("a.assize", LOOSE.as_bytes()), ("b.assize", b"entity User // \xff\n")]);
    let run = assize(["fmt", made.path().to_str().unwrap()]).exits(2);
    assert!(run.err.contains("b.assize` is not UTF-8 text: line 1 has other bytes"), "{}", run.err);
    assert_eq!(fs::read_to_string(made.path().join("a.assize")).unwrap(), LOOSE);
    assize(["fmt", made.path().join("none").to_str().unwrap()]).exits(2);
}

#[cfg(unix)]
#[test]
fn permissions_and_links_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let made = folder(&[("real.assize", LOOSE.as_bytes())]);
    let (real, link) = (made.path().join("real.assize"), made.path().join("link.assize"));
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    symlink(&real, &link).unwrap();
    assize(["fmt", link.to_str().unwrap()]).exits(0);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::read_to_string(&real).unwrap(), FORMATTED);
    assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
    fs::write(&real, LOOSE).unwrap();
    fs::set_permissions(&real, fs::Permissions::from_mode(0o440)).unwrap();
    assize(["fmt", real.to_str().unwrap()]).exits(2);
    assert_eq!(fs::read_to_string(&real).unwrap(), LOOSE);
}
