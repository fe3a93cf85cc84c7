//! What is worked out again after an edit in an editor: the queries that run, by name.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use assize_compiler::compile::diagnose;
use assize_compiler::db::Database;
use tower_lsp::lsp_types::{Diagnostic, Url};

use super::unit::{Root, Unit};
use super::view::{Documents, View};
use crate::protocol::told::{Memory, Told};
use crate::text::Encoding;

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
        let unit = Unit::open_in(database, Root::Folder(root.clone()), &Documents::new(), &[]);
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

    fn view(&self) -> View {
        View {
            analysis: self.unit.analysis(),
            sources: self.unit.sources().clone(),
            failure: None,
            paths: self.unit.paths().clone(),
            documents: Arc::default(),
            encoding: Encoding::Utf16,
            known_ids: Arc::default(),
            shelf: Arc::default(),
            pages: |_| None,
        }
    }

    /// What a client is told in each step: how many findings of which file.
    fn told(&self, memory: &mut Memory) -> Vec<String> {
        let view = self.view();
        let mut said = Vec::new();
        for (name, step) in [
            ("first", Memory::first as fn(&mut Memory, &View, &mut Vec<Told>)),
            ("complete", Memory::complete),
        ] {
            let mut told = Vec::new();
            step(memory, &view, &mut told);
            let of_one = told.iter().filter(|told| told.uri.path().ends_with("one.assize"));
            said.extend(of_one.map(|told| format!("{name}: one.assize {}", told.found.len())));
        }
        said
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

/// The queries that look at what an item means.
fn checks(ran: &[String]) -> Vec<&str> {
    let known =
        ["parse", "rules", "function", "test", "param", "certainties", "visible", "resolve_all", "outlines"];
    ran.iter().map(String::as_str).filter(|name| known.contains(name)).collect()
}

fn count(ran: &[String], name: &str) -> usize {
    ran.iter().filter(|query| *query == name).count()
}

#[test]
fn an_edit_inside_a_policy_checks_that_policy_alone() {
    let mut session = Session::new();
    let ran = session.edit("one.assize", &policies("f.owner == u and u.name == \"x\"", ""));
    assert_eq!((count(&ran, "split"), count(&ran, "parse"), count(&ran, "rules")), (1, 1, 1), "{ran:?}");
    assert_eq!((count(&ran, "resolve_all"), count(&ran, "declarations")), (0, 0), "{ran:?}");
}

#[test]
fn blank_lines_and_comments_above_a_policy_check_nothing() {
    let mut session = Session::new();
    let ran = session.edit("one.assize", &policies("f.owner == u ", "\n// why\n\n"));
    assert_eq!(checks(&ran), [""; 0], "{ran:?}");
    assert_eq!((count(&ran, "split"), count(&ran, "together")), (1, 0), "{ran:?}");
}

#[test]
fn a_comment_in_the_schema_checks_nothing() {
    let mut session = Session::new();
    let ran = session.edit("schema.assize", &format!("// a comment\n{SCHEMA}"));
    assert_eq!(checks(&ran), [""; 0], "{ran:?}");
    assert_eq!((count(&ran, "split"), count(&ran, "together")), (1, 0), "{ran:?}");
}

#[test]
fn an_edit_of_an_entity_checks_the_policies_that_use_it() {
    let mut session = Session::new();
    let ran = session.edit("schema.assize", &SCHEMA.replace("name: String", "name: String, age: Int"));
    assert_eq!(
        (count(&ran, "parse"), count(&ran, "resolve_all"), count(&ran, "rules")),
        (1, 1, 3),
        "{ran:?}"
    );
    // Nobody has anything to do with it yet.
    let lamp = format!("{SCHEMA}entity Lamp {{ watt: Int }}\naction dim on Lamp by User\n");
    session.edit("schema.assize", &lamp);
    let ran = session.edit("schema.assize", &lamp.replace("watt: Int", "watt: Int, on_: Bool"));
    assert_eq!(
        (count(&ran, "parse"), count(&ran, "resolve_all"), count(&ran, "rules")),
        (1, 1, 0),
        "{ran:?}"
    );
    let policy = "@id(\"c\") deny User u to dim on Lamp l when l.watt > 3\n";
    session.edit("two.assize", policy);
    let ran = session.edit("schema.assize", &lamp.replace("watt: Int", "watt: Int, old: Bool"));
    assert_eq!((count(&ran, "resolve_all"), count(&ran, "rules")), (1, 1), "{ran:?}");
}

#[test]
fn an_edit_of_a_function_checks_the_function() {
    let mut session = Session::new();
    let function = "fn own(u: User, f: Folder) -> Bool = f.owner == u\n";
    session.edit("schema.assize", &format!("{SCHEMA}{function}"));
    session.edit("one.assize", &policies("own(u, f)", ""));
    session.edit("schema.assize", &format!("{SCHEMA}{function} "));
    let ran = session
        .edit("schema.assize", &format!("{SCHEMA}{}", function.replace("f.owner == u", "u == f.owner")));
    assert_eq!((count(&ran, "parse"), count(&ran, "function"), count(&ran, "rules")), (1, 1, 0), "{ran:?}");
}

#[test]
fn what_is_said_after_the_first_step_stays_where_its_item_goes() {
    let mut session = Session::new();
    let superfluous = "@id(\"d\") allow User u to read on Folder f when f.owner == u and u.name == \"d\"\n";
    let text = format!("{}{superfluous}", policies("f.owner == u", ""));
    session.edit("one.assize", &text);
    let mut memory = Memory::default();
    let told = session.told(&mut memory);
    assert_eq!(told, ["first: one.assize 0", "complete: one.assize 1"].map(String::from), "{text}");
    // The line of it moves, and it is said at once.
    session.edit("one.assize", &format!("\n{text}"));
    // The second step has only the place of the other policy to correct.
    assert_eq!(
        session.told(&mut memory),
        ["first: one.assize 1", "complete: one.assize 1"].map(String::from)
    );
    session.edit("one.assize", &text.replace("u.name == \"d\"", "u.name != \"d\""));
    assert_eq!(
        session.told(&mut memory),
        ["first: one.assize 0", "complete: one.assize 1"].map(String::from)
    );
}

/// A fixed sequence: the same edits in each run.
struct Choices(u64);

impl Choices {
    fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        ((self.0 >> 33) as usize) % count.max(1)
    }
}

/// Whatever was edited before, what a client was told in the end is what a server says that has just been started.
#[test]
fn what_was_told_in_pieces_is_what_there_is_to_say() {
    for seed in 0..6 {
        let mut choices = Choices(seed);
        let mut session = Session::new();
        let mut memory = Memory::default();
        let mut told: BTreeMap<Url, Vec<Diagnostic>> = BTreeMap::new();
        let names = ["one.assize", "two.assize", "schema.assize"];
        let first = [
            policies("f.owner == u", ""),
            policies("f.owner == u and u.name == \"x\"", ""),
            SCHEMA.to_owned(),
        ]
        .map(|text| text.replace("@id(\"b\")", ""));
        let words = [
            "owner",
            "name",
            "User",
            "Folder",
            "read",
            "write",
            "\n\n",
            "f.owner == u",
            "@id(\"a\")",
            "String",
            "// x\n",
            "",
        ];
        for nth in 0..30 {
            let at = choices.below(3);
            let mut text = first[at].clone();
            for _ in 0..choices.below(3) {
                let from = words[choices.below(words.len() - 1)];
                text = text.replacen(from, words[choices.below(words.len())], 1);
            }
            session.unit.touch();
            session.unit.set_text(&session.root.join(names[at]), &text.as_str().into());
            let view = session.view();
            let mut new = Vec::new();
            // Sometimes the next edit comes before the second step.
            memory.first(&view, &mut new);
            let whole = choices.below(4) > 0;
            if whole {
                memory.complete(&view, &mut new);
            }
            told.extend(new.into_iter().map(|told| (told.uri, told.found)));
            if whole {
                let mut fresh = Vec::new();
                Memory::default().complete(&view, &mut fresh);
                for Told { uri, found, .. } in fresh {
                    let known = told.get(&uri).cloned().unwrap_or_default();
                    assert_eq!(known, found, "edit {nth} with seed {seed} of {}: {uri}\n{text}", names[at]);
                }
            }
        }
    }
}
