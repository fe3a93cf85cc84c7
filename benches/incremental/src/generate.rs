//! A package of many policies in many files, and edits of it.

use std::fmt::Write;
use std::path::Path;

/// The file with the declarations.
pub const SCHEMA: &str = "schema.assize";

/// Kinds of documents, with an action set each.
const KINDS: usize = 40;

/// The name of a policy file.
pub fn file_name(nth: usize) -> String {
    format!("area{:02}/policies{nth:03}.assize", nth % 20)
}

/// Writes the package.
pub fn write(folder: &Path, policies: usize, files: usize) {
    std::fs::write(folder.join("assize.toml"), "name = \"large\"\n").expect("a folder that can be written");
    std::fs::write(folder.join(SCHEMA), schema()).expect("a folder that can be written");
    for nth in 0..files {
        let path = folder.join(file_name(nth));
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder that can be written");
        std::fs::write(path, text(nth, policies / files.max(1))).expect("a folder that can be written");
    }
}

fn schema() -> String {
    let mut text = String::from(
        "entity Team in Team\n\
         entity User in Team { name: String, department: String, clearance: Int, manager?: User, suspended: Bool }\n\
         enum Stage { draft, review, final }\n\
         type Session = { mfa: Bool, ip?: Ip, device: { managed: Bool, age: Duration } }\n\
         fn trusted(s: Session) -> Bool = s.mfa and s.device.managed\n\
         fn recent(d: Duration) -> Bool = d < 30d\n",
    );
    for kind in 0..KINDS {
        let _ = write!(
            text,
            "\nentity Doc{kind} in Team {{\n  owner: User\n  readers: Set<User | Team>\n  stage: Stage\n  size: Int\n  note?: String\n}}\n\
             action read{kind}, write{kind}, share{kind} on Doc{kind} by User with Session\n\
             action edit{kind} includes read{kind}, write{kind}\n"
        );
    }
    text
}

fn text(file: usize, policies: usize) -> String {
    let mut text = format!("// Policies of file {file}.\n");
    for nth in 0..policies {
        let number = file * policies + nth;
        policy(&mut text, number, file % KINDS);
    }
    text
}

fn policy(text: &mut String, number: usize, kind: usize) {
    let (action, limit) = (["read", "write", "share"][number % 3], number % 977 + 3);
    let _ = match number % 5 {
        0 => write!(
            text,
            "\n/// Owners may do this up to a size.\n@id(\"owner-{number}\")\nallow User u to {action}{kind} on Doc{kind} d\n  \
             when d.owner == u and d.size < {limit}\n"
        ),
        1 => write!(
            text,
            "\n@id(\"readers-{number}\")\nallow User u to {action}{kind} on Doc{kind} d\n  \
             when u in d.readers and d.size < {limit}\n  unless u.suspended\n"
        ),
        2 => write!(
            text,
            "\n@id(\"cleared-{number}\")\nallow User u in Team::\"team-{number}\" to {action}{kind} on Doc{kind} d\n  \
             when u.clearance > {limit} and trusted(context)\n"
        ),
        3 => write!(
            text,
            "\n@id(\"noted-{number}\")\nallow User u to {action}{kind} on Doc{kind} d\n  \
             when d has note and d.note == \"note-{number}\" and context.device.age < {limit}h\n"
        ),
        _ => write!(
            text,
            "\n@id(\"stop-{number}\")\ndeny User u to {action}{kind} on Doc{kind} d\n  \
             when d.stage == Stage::final and u.department == \"department-{number}\"\n  \
             because \"it is final, and department {number} is not to touch it\"\n"
        ),
    };
}

/// Another number in a condition.
pub fn other_limit(text: &str, nth: usize) -> String {
    text.replacen("d.size < ", &format!("d.size < 1{}", nth % 10), 1)
}

/// A condition that somebody is in the middle of.
pub fn half_typed(text: &str, nth: usize) -> String {
    let typed = "d.owner == u and d.stage ==";
    let part: String = typed.chars().take(3 + nth % (typed.len() - 3)).collect();
    text.replacen("d.owner == u", &part, 1)
}

/// A comment at the top.
pub fn comment(text: &str, nth: usize) -> String {
    format!("// somebody writes a comment here: {nth}\n\n{text}")
}

/// One more policy at the end.
pub fn new_policy(text: &str, nth: usize) -> String {
    format!(
        "{text}\n@id(\"new-{nth}\")\nallow User u to read0 on Doc0 d when d.size == {nth} and d.owner == u\n"
    )
}

/// One more attribute of an entity that some policies use.
pub fn new_attribute(text: &str, nth: usize) -> String {
    text.replacen("  size: Int\n", &format!("  size: Int\n  extra{nth}: Int\n"), 1)
}
