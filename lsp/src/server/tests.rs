//! What is worked out again after an edit in an editor: the queries that run, by name.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use assize_compiler::compile::diagnose;
use assize_compiler::db::Database;

use super::unit::{Root, Unit};
use super::view::Documents;

const SCHEMA: &str =
    "entity User { name: String }\nentity Folder { owner: User }\naction read, write on Folder by User\n";

fn policies(condition: &str, above: &str) -> String {
    format!(
        "{above}@id(\"a\") allow User u to read on Folder f when {condition}\n\
         @id(\"b\") allow User u to write on Folder f when f.owner == u\n"
    )
}

/// A package of three files on disk, opened, and what has run in it.
struct Session {
    _folder: tempfile::TempDir,
    unit: Unit,
    root: PathBuf,
    ran: Arc<Mutex<Vec<String>>>,
}

impl Session {
    fn new() -> Session {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().to_owned();
        let other = "@id(\"c\") deny User u to read on Folder f when u.name == \"c\"\n";
        let files = [
            ("assize.toml", "name = \"p\"\n".to_owned()),
            ("schema.assize", SCHEMA.to_owned()),
            ("one.assize", policies("f.owner == u", "")),
            ("two.assize", other.to_owned()),
        ];
        for (name, text) in files {
            std::fs::write(root.join(name), text).expect("a folder that can be written");
        }
        let ran = Arc::new(Mutex::new(Vec::new()));
        let log = ran.clone();
        let database = Database::watched(move |query| log.lock().expect("no panic").push(query));
        let unit = Unit::open_in(database, Root::Folder(root.clone()), &Documents::new());
        let mut session = Session { _folder: folder, unit, root, ran };
        session.findings();
        // The first edit of a file makes it one that is being typed in.
        session.edit("one.assize", &policies("f.owner == u ", ""));
        session.edit("schema.assize", &format!("{SCHEMA} "));
        session
    }

    fn findings(&mut self) -> usize {
        let analysis = self.unit.analysis();
        diagnose(&analysis.database, analysis.package, self.unit.sources()).len()
    }

    /// The names of the queries that run after an edit, sorted.
    fn edit(&mut self, name: &str, text: &str) -> Vec<String> {
        self.ran.lock().expect("no panic").clear();
        self.unit.touch();
        self.unit.set_text(&self.root.join(Path::new(name)), &text.into());
        self.findings();
        let ran = self.ran.lock().expect("no panic");
        let mut names: Vec<String> =
            ran.iter().map(|query| query.split('(').next().unwrap_or_default().to_owned()).collect();
        names.sort();
        names
    }
}

fn count(ran: &[String], name: &str) -> usize {
    ran.iter().filter(|query| *query == name).count()
}

#[test]
fn an_edit_inside_a_policy_checks_that_policy_alone() {
    let mut session = Session::new();
    let ran = session.edit("one.assize", &policies("f.owner == u and u.name == \"x\"", ""));
    assert_eq!((count(&ran, "split"), count(&ran, "parse"), count(&ran, "rules")), (1, 1, 1), "{ran:?}");
    assert_eq!((count(&ran, "resolved"), count(&ran, "declarations")), (0, 0), "{ran:?}");
}

#[test]
fn blank_lines_and_comments_above_a_policy_check_nothing() {
    let mut session = Session::new();
    let ran = session.edit("one.assize", &policies("f.owner == u ", "\n// why\n\n"));
    assert_eq!(ran, ["assembled", "split"]);
}

#[test]
fn a_comment_in_the_schema_checks_nothing() {
    let mut session = Session::new();
    let ran = session.edit("schema.assize", &format!("// a comment\n{SCHEMA}"));
    assert_eq!(ran, ["assembled", "split"]);
}

#[test]
fn an_edit_of_an_entity_checks_policies_again() {
    let mut session = Session::new();
    let ran = session.edit("schema.assize", &SCHEMA.replace("name: String", "name: String, age: Int"));
    assert_eq!((count(&ran, "parse"), count(&ran, "resolved"), count(&ran, "rules")), (1, 1, 3), "{ran:?}");
}
