//! Questions at a cursor `$0` in inline text.

mod actions;
mod calls;
mod completion;
mod definition;
mod hints;
mod hover;
mod references;
mod rename;
mod signature;
mod structure;
mod symbols;
mod tokens;
mod typing;

use assize_compiler::db::{Database, SourceFile};
use assize_compiler::package::PackageSources;

use super::{Analysis, FileRange};

/// What most tests are about.
pub(crate) const SCHEMA: &str = r#"
/// People who sign in.
entity User in Group {
  /// What they are called.
  name: String
  manager?: User
}
entity Group in Group { lead: User }
entity Document in Folder { owner: User | Group, level: Level }
entity Folder in Folder { owner: User }
ordered enum Level { public, secret }
type Session = {
  /// A second factor was shown.
  mfa: Bool
  ip?: Ip
}
action read on Document | Folder by User with Session
action write on Document by User with Session
action edit includes read, write
const LIMIT: Duration = 90d
fn strong(s: Session) -> Bool = s.mfa
grant viewer(who: User | Group, what: Folder) {
  allow User in who to read on Document | Folder in what
}
"#;

/// A package of texts, one of which has a cursor.
pub(crate) struct Fixture {
    pub(crate) analysis: Analysis,
    pub(crate) file: SourceFile,
    pub(crate) offset: u32,
}

/// A package of the schema and one file, which has the cursor.
pub(crate) fn with_schema(text: &str) -> Fixture {
    several(&[("schema.assize", SCHEMA), ("p.assize", text)])
}

/// A package of several files.
pub(crate) fn several(texts: &[(&str, &str)]) -> Fixture {
    let (nth, offset) = texts
        .iter()
        .enumerate()
        .find_map(|(nth, (_, text))| Some((nth, text.find("$0")? as u32)))
        .expect("a cursor");
    let plain: Vec<(&str, String)> =
        texts.iter().map(|(name, text)| (*name, text.replace("$0", ""))).collect();
    let mut database = Database::default();
    let sources = PackageSources::from_texts(plain.iter().map(|(name, text)| (*name, text.as_str())));
    let package = database.set(&sources);
    let file = package.files(&database)[nth];
    Fixture { analysis: Analysis { database, package }, file, offset }
}

impl Fixture {
    /// `file:line: text` of a place.
    pub(crate) fn shown(&self, range: FileRange) -> String {
        let file = self.analysis.file(range.file).expect("a file");
        let text = self.analysis.text(file);
        let (line, _) = assize_lang::line_column(text, range.span.start);
        let (start, end) = (range.span.start as usize, range.span.end as usize);
        format!("{}:{line}: {}", file.name(&self.analysis.database), &text[start..end])
    }
}
