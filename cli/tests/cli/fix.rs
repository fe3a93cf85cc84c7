//! `assize fix` makes the safe repairs, writes whole files or nothing, and says what is left.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::common::{Folder, assize};

const SLIPS: &str = "entity User { level: Int }
entity Doc { owner: User }
action read on Doc by User

/// Owners read.
@id(own)
allow User u to read on Doc d
  when d.owner = u   // the owner

grant reader(who: User, what: Doc) {
  allow User in who to read on Doc in what
  allow User u in who to read on Doc in what when u.level > 1_000
}
";

const REPAIRED: &str = "entity User { level: Int }
entity Doc { owner: User }
action read on Doc by User

/// Owners read.
@id(\"own\")
allow User u to read on Doc d
  when d.owner == u   // the owner

grant reader(who: User, what: Doc) {
  @id(\"policy#2\")
  allow User in who to read on Doc in what
  @id(\"policy#3\")
  allow User u in who to read on Doc in what when u.level > 1000
}
";

fn text(folder: &Folder, name: &str) -> String {
    fs::read_to_string(folder.path(name)).unwrap()
}

#[test]
fn safe_repairs_are_made_and_nothing_else_is_touched() {
    let folder = Folder::new().file("a.assize", SLIPS).file("b.assize", "entity   Team\n");
    fs::set_permissions(folder.path("a.assize"), fs::Permissions::from_mode(0o640)).unwrap();
    let run = assize(["fix", &folder.here()]).exits(0);
    assert_eq!(text(&folder, "a.assize"), REPAIRED);
    assert_eq!(text(&folder, "b.assize"), "entity   Team\n", "fix is not fmt");
    assert_eq!(fs::metadata(folder.path("a.assize")).unwrap().permissions().mode() & 0o777, 0o640);
    assert!(run.out.contains("a.assize:8:16: E0012: write `==`\n"), "{}", run.out);
    assert!(run.out.contains("5 repairs in 1 file\n"), "{}", run.out);
    assert_eq!(fs::read_dir(folder.dir()).unwrap().count(), 2, "no other file is left behind");
    let again = assize(["fix", &folder.here()]).exits(0);
    assert!(again.out.starts_with("nothing to repair\n"), "{}", again.out);
}

#[test]
fn a_dry_run_shows_the_difference_and_changes_nothing() {
    let folder = Folder::new().file("a.assize", SLIPS);
    let run = assize(["fix", "--dry-run", &folder.here()]).exits(1);
    assert_eq!(text(&folder, "a.assize"), SLIPS);
    let name = folder.arg("a.assize");
    assert!(run.out.starts_with(&format!("--- {name}\n+++ {name} (repaired)\n@@ ")), "{}", run.out);
    assert!(
        run.out.contains("\n-  when d.owner = u   // the owner\n+  when d.owner == u   // the owner\n"),
        "{}",
        run.out
    );
    assert!(run.out.contains("5 repairs would be made in 1 file\n"), "{}", run.out);
    let sound = Folder::new().file("a.assize", REPAIRED);
    assize(["fix", "--dry-run", &sound.here()]).exits(0);
}

#[test]
fn what_is_left_is_said_and_decides_the_exit_code() {
    let folder =
        Folder::new().file("a.assize", format!("{SLIPS}\n@id(\"x\")\nallow User u to raed on Doc\n"));
    let run = assize(["fix", &folder.here()]).exits(1).says(&["error[E0126]", "did you mean `read`?"]);
    assert!(run.out.ends_with("1 error left\n"), "{}", run.out);
    // Only on demand, since a name that is near may still be another.
    let run = assize(["fix", "--suggested", &folder.here()]).exits(0);
    assert!(run.out.contains("E0126: write `read`"), "{}", run.out);
    assert!(text(&folder, "a.assize").contains("to read on Doc\n"));
}

#[test]
fn programs_get_one_object() {
    let folder =
        Folder::new().file("a.assize", format!("{SLIPS}\n@id(\"x\")\nallow User u to raed on Doc\n"));
    let run = assize(["fix", "--dry-run", "--format", "json", &folder.here()]).exits(1);
    let report = run.json();
    assert_eq!(report["written"], false);
    assert_eq!(report["repairs"].as_array().unwrap().len(), 5);
    assert!(
        report["repairs"].as_array().unwrap().iter().any(|one| one["code"] == "E0012" && one["line"] == 8)
    );
    assert_eq!(report["left"][0]["code"], "E0126");
    assert!(report["files"][0]["diff"].as_str().unwrap().contains("+@id(\"own\")"));
    assert_eq!(report["refused"], serde_json::json!([]));
    assert!(text(&folder, "a.assize").starts_with(SLIPS));
}

#[test]
fn dependencies_are_never_touched() {
    let folder = Folder::new()
        .file("app/assize.toml", "[package]\nname = \"app\"\n[dependencies]\nbase = { path = \"../base\" }\n")
        .file("app/a.assize", "entity Doc\n")
        .file("base/assize.toml", "[package]\nname = \"base\"\n")
        .file("base/b.assize", "const X: Bool = 1 = 2\n");
    assize(["fix", &folder.arg("app")]).exits(1).says(&["E0012"]);
    assert_eq!(text(&folder, "base/b.assize"), "const X: Bool = 1 = 2\n");
}

#[test]
fn nothing_is_written_unless_everything_can_be() {
    let folder = Folder::new().file("a.assize", SLIPS).file("b.assize", "const X: Bool = 1 = 2\n");
    fs::set_permissions(folder.path("b.assize"), fs::Permissions::from_mode(0o440)).unwrap();
    assize(["fix", &folder.here()]).exits(2).says(&["b.assize", "read-only"]);
    assert_eq!(text(&folder, "a.assize"), SLIPS);
    assert_eq!(fs::read_dir(folder.dir()).unwrap().count(), 2);
    assize(["fix", "no/such/folder"]).exits(2).says(&["no/such/folder"]);
}

#[test]
fn check_says_what_fix_would_do() {
    let folder = Folder::new().file("a.assize", SLIPS);
    let run = assize(["check", &folder.here()]).exits(1);
    assert!(run.out.contains("`assize fix` repairs 5 of them"), "{}", run.out);
}
