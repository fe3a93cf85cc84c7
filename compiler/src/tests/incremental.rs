//! What does not run again after an edit.

use std::sync::{Arc, Mutex};

use super::SCHEMA;
use crate::compile::compile_in;
use crate::db::Database;
use crate::package::PackageSources;

/// A database that knows a package of a schema and two policies, and what ran in it since.
pub(super) struct Session {
    database: Database,
    ran: Arc<Mutex<Vec<String>>>,
}

impl Session {
    pub(super) fn new(text: &str) -> Session {
        let ran = Arc::new(Mutex::new(Vec::new()));
        let log = ran.clone();
        let database = Database::watched(move |query| log.lock().unwrap().push(query));
        let mut session = Session { database, ran };
        session.edit(text);
        session
    }

    /// The names of the queries that run to compile this text.
    pub(super) fn edit(&mut self, text: &str) -> Vec<String> {
        self.ran.lock().unwrap().clear();
        let compilation = compile_in(&mut self.database, PackageSources::from_texts([("p.assize", text)]));
        assert_eq!(super::findings(&compilation), [""; 0]);
        let ran = self.ran.lock().unwrap();
        let mut names: Vec<String> =
            ran.iter().map(|query| query.split('(').next().unwrap_or_default().to_owned()).collect();
        names.sort();
        names
    }
}

fn text(between: &str, condition: &str) -> String {
    format!(
        "{SCHEMA}\n@id(\"first\") allow User u to read on Document d when d.owner == u\n{between}\n\
         @id(\"second\") allow User u to write on Document d when {condition}\n"
    )
}

#[test]
fn a_blank_line_above_a_policy_checks_no_policy_again() {
    let mut session = Session::new(&text("", "d.owner == u"));
    assert_eq!(session.edit(&text("\n\n", "d.owner == u")), ["assembled", "split"]);
}

#[test]
fn an_edit_inside_a_policy_checks_only_that_policy() {
    let mut session = Session::new(&text("", "d.owner == u"));
    let ran = session.edit(&text("", "d.owner == u and context.mfa"));
    let count = |name: &str| ran.iter().filter(|query| *query == name).count();
    assert_eq!((count("rules"), count("parse")), (1, 1), "{ran:?}");
    assert_eq!((count("resolve_all"), count("declarations"), count("module_of")), (0, 0, 0), "{ran:?}");
}

#[test]
fn an_edit_inside_a_function_checks_no_policy_again() {
    let with = |body: &str| {
        let function = format!("fn same(a: User, b: User) -> Bool = {body}");
        text(&function, "same(d.owner, u)")
    };
    let mut session = Session::new(&with("a == b"));
    let ran = session.edit(&with("b == a"));
    assert!(ran.contains(&"resolve_all".to_owned()) && !ran.contains(&"rules".to_owned()), "{ran:?}");
}

#[test]
fn the_same_text_again_runs_nothing() {
    let mut session = Session::new(&text("", "d.owner == u"));
    assert_eq!(session.edit(&text("", "d.owner == u")), [""; 0]);
}

#[test]
fn only_an_edit_of_a_framework_checks_controls_again() {
    let with = |variants: &str, body: &str| {
        let framework = format!("@framework(\"ACME\") enum Handbook {{ {variants} }}");
        let function = format!("fn same(a: User, b: User) -> Bool = {body}");
        let policy = "@id(\"third\") @control(\"ACME:one\") allow User to write on Folder";
        text(&format!("{framework}\n{function}\n{policy}"), "same(d.owner, u)")
    };
    let mut session = Session::new(&with("one", "a == b"));
    let ran = session.edit(&with("one", "b == a"));
    assert!(ran.contains(&"declared_frameworks".to_owned()) && !ran.contains(&"rules".to_owned()), "{ran:?}");
    let ran = session.edit(&with("one, two", "b == a"));
    assert!(ran.contains(&"rules".to_owned()), "{ran:?}");
}
