//! Giving something another name, everywhere it is named.
//!
//! Whether the new name is free is not worked out from rules: the edits are made in a copy of the package, which is compiled. If that
//! finds anything that was not found before, or if in the copy other places than those edited mean the renamed thing, the name is
//! refused.

use std::collections::BTreeMap;

use assize_compiler::compile::diagnose;
use assize_compiler::db::{Database, SourceFile};
use assize_compiler::names::written;
use assize_compiler::package::{Located, PackageSources};
use assize_lang::{Edit, Span};
use smol_str::SmolStr;

use super::analysis::{Analysis, FileRange};
use super::meaning::Meaning;
use super::names::{self, NameAt};
use super::places;

/// The name that would be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renamable {
    /// Where it stands, without quotes.
    pub range: FileRange,
    /// The name as it is.
    pub name: SmolStr,
}

/// Edits by file, each file's in order.
pub type Edits = BTreeMap<u32, Vec<Edit>>;

/// Whether the name at an offset can be given another; the error says why not, in words for people.
pub fn prepare(analysis: &Analysis, file: SourceFile, offset: u32) -> Result<Renamable, String> {
    let at = names::at(analysis, file, offset).ok_or("there is no name here")?;
    let name = old_name(analysis, &at)?;
    Ok(Renamable { range: bare(analysis, at.range), name })
}

/// The edits that give the thing at an offset the name `new`; the error says why that cannot be.
pub fn rename(
    analysis: &Analysis,
    sources: &PackageSources,
    file: SourceFile,
    offset: u32,
    new: &str,
) -> Result<Edits, String> {
    let at = names::at(analysis, file, offset).ok_or("there is no name here")?;
    let old = old_name(analysis, &at)?;
    if new.is_empty() || new.contains(['`', '"', '\\', '\n', '\r']) || new.chars().any(char::is_control) {
        return Err("this is no name".to_owned());
    }
    let found = places::of_meanings(analysis, &at);
    let mut edits = Edits::new();
    for place in &found {
        let range = place.range;
        if !analysis.is_own(range.file) {
            return Err("it is declared or used in a package that this one depends on".to_owned());
        }
        let text = analysis.file(range.file).map(|file| analysis.text(file).clone()).unwrap_or_default();
        let there = text.get(range.span.start as usize..range.span.end as usize).unwrap_or_default();
        let quoted = there.starts_with('"');
        let plain = there.trim_matches(['`', '"']);
        if plain != old {
            // A name that a `use` gave it stays; what stands for several things at once does not.
            if there.contains('*') {
                return Err(format!(
                    "`{there}` stands for this action and may not any more under another name"
                ));
            }
            continue;
        }
        let text = if quoted { format!("\"{new}\"") } else { written(new) };
        edits.entry(range.file).or_default().push(Edit {
            start: range.span.start,
            end: range.span.end,
            text,
        });
    }
    let whole: Vec<SmolStr> = whole_meaning(analysis, &found);
    if let Some(other) = whole.first() {
        return Err(format!("`{old}` is read here from `{other}` as well, whose attribute is another one"));
    }
    if edits.is_empty() {
        return Err("nothing here can be renamed".to_owned());
    }
    if new != old.as_str() {
        refuse_clash(analysis, sources, &at, &edits, &old, new)?;
    }
    Ok(edits)
}

/// The name of something that can be renamed.
fn old_name(analysis: &Analysis, at: &NameAt<'_>) -> Result<SmolStr, String> {
    use assize_compiler::declarations::Def;
    let first = at.meanings.first().ok_or("there is no name here")?;
    if at.meanings.iter().any(|it| it.meaning != first.meaning) {
        return Err("this name stands for several things".to_owned());
    }
    match &first.meaning {
        Meaning::Def(Def::Module(_) | Def::Use(_)) => {
            Err("modules are renamed by editing their headers: every file of one has its own".to_owned())
        }
        Meaning::Field(..) => Err(
            "fields are matched by name wherever records meet: data and requests would have to change with this one"
                .to_owned(),
        ),
        Meaning::Request(_) | Meaning::Inherent(_) | Meaning::Builtin(_) | Meaning::BuiltinType(_) => {
            Err("this name belongs to the language".to_owned())
        }
        Meaning::Annotation(_) => Err("annotations have fixed names".to_owned()),
        meaning => Ok(places::name_of(analysis, meaning)),
    }
}

/// Other entity types from which one of these places reads the same attribute: they would have to be renamed with it.
fn whole_meaning(analysis: &Analysis, found: &[places::Found]) -> Vec<SmolStr> {
    let schema = &analysis.declarations().schema;
    let declared: Vec<_> = found
        .iter()
        .filter(|place| place.occurrence.declares)
        .filter_map(|place| match &place.occurrence.meaning {
            Meaning::Attribute(types, _) => Some(types.as_slice()),
            _ => None,
        })
        .flatten()
        .copied()
        .collect();
    let used = found.iter().filter_map(|place| match &place.occurrence.meaning {
        Meaning::Attribute(types, _) => Some(types.as_slice()),
        _ => None,
    });
    let mut others = Vec::new();
    // With one attribute meant, all places must mean that one alone.
    for id in used.flatten().filter(|_| declared.len() > 1) {
        let name = schema.entity_types.get(id.index()).map(|ty| ty.name.clone()).unwrap_or_default();
        if declared.first() != Some(id) && !others.contains(&name) {
            others.push(name);
        }
    }
    others
}

fn bare(analysis: &Analysis, range: FileRange) -> FileRange {
    let text = analysis.file(range.file).map(|file| analysis.text(file).clone()).unwrap_or_default();
    let there = text.get(range.span.start as usize..range.span.end as usize).unwrap_or_default();
    if there.len() >= 2 && there.starts_with(['"', '`']) {
        return FileRange { span: Span::new(range.span.start + 1, range.span.end - 1), ..range };
    }
    range
}

/// Makes the edits in a copy and looks whether everything else stays as it was.
fn refuse_clash(
    analysis: &Analysis,
    sources: &PackageSources,
    at: &NameAt<'_>,
    edits: &Edits,
    old: &str,
    new: &str,
) -> Result<(), String> {
    let before = diagnose(&analysis.database, analysis.package, sources);
    let mut changed = sources.clone();
    for (file, edits) in edits {
        let source = changed.policies.get_mut(*file as usize).ok_or("a file is gone")?;
        source.text = applied(&source.text, edits).into();
    }
    let mut database = Database::default();
    let package = database.set(&changed);
    let after = diagnose(&database, package, &changed);
    let refused =
        |strange: &Located| Err(format!("`{new}` cannot be its name: {}", strange.diagnostic.message));
    let strange = first_new(&before, &after, old, new);
    if let Some(error) = strange.filter(|it| it.is_error()) {
        return refused(error);
    }
    let copy = Analysis { database, package };
    let moved = |offset: u32, file: u32| {
        let own = edits.get(&file).map_or(&[][..], Vec::as_slice);
        let before = own.iter().filter(|edit| edit.end <= offset);
        before.fold(i64::from(offset), |at, edit| {
            at + edit.text.len() as i64 - i64::from(edit.end - edit.start)
        }) as u32
    };
    let start = moved(at.range.span.start, at.range.file);
    let expected: Vec<(u32, u32)> = places::of_meanings(analysis, at)
        .iter()
        .map(|place| (place.range.file, moved(place.range.span.start, place.range.file)))
        .collect();
    let file = copy.file(at.range.file).ok_or("a file is gone")?;
    let there = names::at(&copy, file, start + 1).or_else(|| names::at(&copy, file, start));
    let there = there.ok_or_else(|| format!("`{new}` would be read as something else here"))?;
    let found: Vec<(u32, u32)> = places::of_meanings(&copy, &there)
        .iter()
        .map(|place| (place.range.file, place.range.span.start))
        .collect();
    if found != expected {
        return Err(format!("something else is called `{new}` already"));
    }
    strange.map_or(Ok(()), refused)
}

/// A finding that was not there before, an error if there is one.
fn first_new<'f>(before: &[Located], after: &'f [Located], old: &str, new: &str) -> Option<&'f Located> {
    let key = |located: &Located, name: &str| {
        let diagnostic = &located.diagnostic;
        (located.file, diagnostic.code, diagnostic.message.replace(name, "\u{0}"))
    };
    let mut known: Vec<_> = before.iter().map(|located| key(located, old)).collect();
    let mut strange: Vec<&Located> = after
        .iter()
        .filter(|located| {
            let wanted = key(located, new);
            match known.iter().position(|it| *it == wanted) {
                Some(at) => {
                    known.swap_remove(at);
                    false
                }
                None => true,
            }
        })
        .collect();
    // Which of several warnings is given may hang on the order of names.
    strange.retain(|it| it.is_error() || !known.iter().any(|left| left.1 == it.diagnostic.code));
    strange.sort_by_key(|it| !it.is_error());
    strange.first().copied()
}

/// A text with edits made, which are in order and do not overlap.
pub fn applied(text: &str, edits: &[Edit]) -> String {
    let mut result = String::with_capacity(text.len() + 64);
    let mut done = 0;
    for edit in edits {
        result.push_str(text.get(done..edit.start as usize).unwrap_or_default());
        result.push_str(&edit.text);
        done = edit.end as usize;
    }
    result.push_str(text.get(done..).unwrap_or_default());
    result
}
