//! Where things are declared and used.

use assize_compiler::db;
use assize_compiler::db::{SourceFile, SourceItem};
use assize_compiler::declarations::Def;
use assize_lang::Span;
use smol_str::SmolStr;

use super::analysis::{Analysis, FileRange};
use super::meaning::{Meaning, Occurrence};
use super::names::{NameAt, of_item};

/// An occurrence with its place in the package.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Where it stands.
    pub range: FileRange,
    /// What it is.
    pub occurrence: Occurrence,
}

/// Every place in the package that means one of these things, declarations included, by file and place.
pub fn of_meanings(analysis: &Analysis, at: &NameAt<'_>) -> Vec<Found> {
    let search = Search::of(analysis, at);
    if search.meanings.iter().all(|meaning| meaning.is_local()) {
        return in_one_file(analysis, at);
    }
    let mut found = Vec::new();
    for (index, file) in analysis.files().iter().enumerate() {
        search.in_file(index as u32, *file, &mut found);
    }
    found
}

/// As [`of_meanings`], in the file of the name alone.
pub fn in_one_file(analysis: &Analysis, at: &NameAt<'_>) -> Vec<Found> {
    let search = Search::of(analysis, at);
    let mut found = Vec::new();
    if search.meanings.iter().all(|meaning| meaning.is_local()) {
        // Other items have such names of their own.
        in_item(analysis, at.range.file, at.around.item, &search.meanings, &mut found);
    } else if let Some(file) = analysis.file(at.range.file) {
        search.in_file(at.range.file, file, &mut found);
    }
    found
}

/// What is looked for.
struct Search<'a> {
    analysis: &'a Analysis,
    meanings: Vec<&'a Meaning>,
    /// Words of which one stands in every text that names it, unless that gives it a name of its own.
    words: Vec<SmolStr>,
    /// Whether `"s3:*"` may mean it.
    by_pattern: bool,
}

impl<'a> Search<'a> {
    fn of(analysis: &'a Analysis, at: &'a NameAt<'_>) -> Search<'a> {
        let meanings: Vec<&Meaning> = at.meanings.iter().map(|it| &it.meaning).collect();
        let words = meanings.iter().filter_map(|meaning| word(analysis, meaning)).collect();
        let by_pattern = meanings.iter().any(|meaning| matches!(meaning, Meaning::Def(Def::Action(_))));
        Search { analysis, meanings, words, by_pattern }
    }

    /// Whether a text can name it. Nearly none does.
    fn may_be_in(&self, text: &str) -> bool {
        self.words.iter().any(|word| text.contains(word.as_str())) || (self.by_pattern && text.contains('*'))
    }

    fn in_file(&self, index: u32, file: SourceFile, found: &mut Vec<Found>) {
        let text = self.analysis.text(file);
        // A `use` may give it another name for the whole module.
        let renamed = text.contains(" as ");
        if !renamed && !self.may_be_in(text) {
            return;
        }
        for item in self.analysis.items(file) {
            if renamed || self.may_be_in(item.text(&self.analysis.database)) {
                in_item(self.analysis, index, *item, &self.meanings, found);
            }
        }
    }
}

fn in_item(
    analysis: &Analysis,
    file: u32,
    item: SourceItem<'_>,
    meanings: &[&Meaning],
    found: &mut Vec<Found>,
) {
    let start = item.start(&analysis.database);
    for occurrence in of_item(analysis, item) {
        if meanings.iter().any(|meaning| occurrence.meaning.is_same(meaning)) {
            let span = Span::new(occurrence.span.start + start, occurrence.span.end + start);
            let range = FileRange { file, span };
            if found.last().is_none_or(|last| last.range != range) {
                found.push(Found { range, occurrence });
            }
        }
    }
}

/// The word that must stand in the text of whoever names this, unless it gives it another name.
fn word(analysis: &Analysis, meaning: &Meaning) -> Option<SmolStr> {
    let last = |name: &str| SmolStr::new(name.rsplit("::").next().unwrap_or(name));
    match meaning {
        Meaning::Def(def @ Def::Action(id)) => {
            let full = analysis.declarations().qualified_name(def)?;
            let module = analysis.declarations().action_modules.get(id.index())?;
            let bare = full.strip_prefix(module.as_str()).and_then(|rest| rest.strip_prefix("::"));
            Some(bare.filter(|_| !module.is_empty()).unwrap_or(full).into())
        }
        Meaning::Def(def) => analysis.declarations().qualified_name(def).map(|name| last(name)),
        Meaning::Attribute(_, name)
        | Meaning::Field(_, name)
        | Meaning::Variant(_, name)
        | Meaning::Local(name, _)
        | Meaning::Policy(name)
        | Meaning::Annotation(name)
        | Meaning::Entity(_, name) => Some(name.clone()),
        Meaning::Request(word) | Meaning::Inherent(word) | Meaning::BuiltinType(word) => Some((*word).into()),
        Meaning::Builtin(at) => assize_runtime::builtins::all().get(*at).map(|it| it.name.into()),
    }
}

/// The name of what is meant, as it stands where it is declared.
pub fn name_of(analysis: &Analysis, meaning: &Meaning) -> SmolStr {
    word(analysis, meaning).unwrap_or_default()
}

/// Where a declaration's name stands, and its item.
pub fn of_def<'db>(analysis: &'db Analysis, def: &Def) -> Option<(FileRange, SourceItem<'db>)> {
    let (key, span) = analysis.resolved().places.get(def)?;
    let file = analysis.file(key.file)?;
    let item = *db::declaration_items(&analysis.database, file).get(key.item as usize)?;
    let start = item.start(&analysis.database);
    let span = Span::new(span.start + start, span.end + start);
    Some((FileRange { file: key.file, span }, item))
}
