//! Applying the repairs that diagnostics carry, to texts in memory.
//!
//! In come the texts of a package; out come its texts with repairs made, what was done, and what is left to say about them. It goes in
//! rounds: all repairs of a round that do not touch each other are made at once, and the package is compiled again. A repair that
//! makes things worse is taken back, whatever its diagnostic promised; which one that is, is found by halving.

use std::collections::BTreeMap;
use std::sync::Arc;

use assize_lang::{Code, Edit, Fix, line_column};

use crate::compile::{Compilation, compile_in};
use crate::db::Database;
use crate::package::{Located, PackageSources};

/// Rounds after which nothing further is repaired.
const MAX_ROUNDS: usize = 20;

/// Which repairs are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Those that are safe.
    Safe,
    /// Those as well that are the only suggestion of their diagnostic.
    Suggested,
}

/// A package after its repairs.
#[derive(Clone, Debug)]
pub struct Repaired {
    /// Its texts as they are now.
    pub sources: PackageSources,
    /// What there is to say about them.
    pub compilation: Compilation,
    /// Repairs that were made, in the order in which they were.
    pub made: Vec<Repair>,
    /// Repairs that would have led to other findings, and were not made.
    pub refused: Vec<Repair>,
}

/// A repair with its place in the text that it was made in: earlier rounds may have moved it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repair {
    /// Index of the text.
    pub file: u32,
    /// Line, counted from 1.
    pub line: u32,
    /// Column in characters, counted from 1.
    pub column: u32,
    /// The code of the diagnostic.
    pub code: Code,
    /// What it does.
    pub title: String,
}

/// Makes the repairs of a package's own policy files. Texts of dependencies and manifests are never changed.
pub fn repair(sources: PackageSources, choice: Choice) -> Repaired {
    let mut database = Database::default();
    let compilation = compile_in(&mut database, sources.clone());
    let mut state = Repaired { sources, compilation, made: Vec::new(), refused: Vec::new() };
    for _ in 0..MAX_ROUNDS {
        let candidates = candidates(&state.sources, &state.compilation, choice);
        if candidates.is_empty() {
            state.refused.clear();
            break;
        }
        let round = Round { sources: &state.sources, before: &state.compilation, candidates: &candidates };
        let Settled { kept, result } = round.settle(&mut database);
        let described = |wanted: bool| {
            let chosen = candidates.iter().enumerate().filter(|(nth, _)| kept.contains(nth) == wanted);
            chosen.map(|(_, candidate)| candidate.describe(&state.sources)).collect::<Vec<_>>()
        };
        let (made, refused) = (described(true), described(false));
        state.refused = refused;
        let Some((sources, compilation)) = result else { break };
        state.made.extend(made);
        (state.sources, state.compilation) = (sources, compilation);
    }
    state
}

/// A repair that may be made.
struct Candidate<'c> {
    located: &'c Located,
    fix: &'c Fix,
}

impl Candidate<'_> {
    fn describe(&self, sources: &PackageSources) -> Repair {
        let Located { file, diagnostic } = self.located;
        let text = sources.policies.get(*file as usize).map_or("", |source| &source.text);
        let (line, column) = line_column(text, diagnostic.primary.start);
        Repair { file: *file, line, column, code: diagnostic.code, title: self.fix.title.clone() }
    }
}

/// The repairs to make next: at most one for each diagnostic, none touching another.
fn candidates<'c>(
    sources: &PackageSources,
    compilation: &'c Compilation,
    choice: Choice,
) -> Vec<Candidate<'c>> {
    // By file, the edits that are taken, by their start.
    let mut taken: BTreeMap<u32, BTreeMap<u32, u32>> = BTreeMap::new();
    let mut candidates = Vec::new();
    for located in &compilation.diagnostics {
        let fixes = &located.diagnostic.fixes;
        let only = || fixes.first().filter(|_| choice == Choice::Suggested && fixes.len() == 1);
        let Some(fix) = fixes.iter().find(|fix| fix.safe).or_else(only) else { continue };
        let Some(source) = sources.policies.get(located.file as usize) else { continue };
        if source.dependency || replaced(&source.text, fix.edits.iter()).is_none() {
            continue;
        }
        let taken = taken.entry(located.file).or_default();
        let free = fix.edits.iter().all(|edit| {
            // What ends or starts where this starts or ends counts as touching: the order of two insertions is not known.
            let before = taken.range(..=edit.end).next_back();
            before.is_none_or(|(_, end)| *end < edit.start)
        });
        if free {
            taken.extend(fix.edits.iter().map(|edit| (edit.start, edit.end)));
            candidates.push(Candidate { located, fix });
        }
    }
    candidates
}

/// A text with edits made; `None` if they overlap or do not fit it.
fn replaced<'e>(text: &str, edits: impl Iterator<Item = &'e Edit>) -> Option<String> {
    let mut edits: Vec<&Edit> = edits.collect();
    edits.sort_by_key(|edit| (edit.start, edit.end));
    let mut result = String::with_capacity(text.len() + 16);
    let mut done = 0;
    for edit in edits {
        result.push_str(text.get(done..edit.start as usize)?);
        text.get(edit.start as usize..edit.end as usize)?;
        result.push_str(&edit.text);
        done = edit.end as usize;
    }
    result.push_str(text.get(done..)?);
    Some(result)
}

/// Repairs to be made together, and what they start from.
struct Round<'c> {
    sources: &'c PackageSources,
    before: &'c Compilation,
    candidates: &'c [Candidate<'c>],
}

/// What is left of a round.
#[derive(Default)]
struct Settled {
    /// Indices of the candidates that were made.
    kept: Vec<usize>,
    /// What came of them; `None` if there are none.
    result: Option<(PackageSources, Compilation)>,
}

impl Round<'_> {
    fn settle(&self, database: &mut Database) -> Settled {
        let mut settled = Settled::default();
        self.add(database, &mut settled, 0..self.candidates.len());
        settled
    }

    /// Adds these candidates to those that are made, or as many of them as make nothing worse.
    fn add(&self, database: &mut Database, settled: &mut Settled, range: std::ops::Range<usize>) {
        let kept: Vec<usize> = settled.kept.iter().copied().chain(range.clone()).collect();
        let Some(sources) = self.with(&kept) else { return };
        let compilation = compile_in(database, sources.clone());
        if self.is_better(&compilation, &kept) {
            *settled = Settled { kept, result: Some((sources, compilation)) };
        } else if range.len() > 1 {
            let middle = range.start + range.len() / 2;
            self.add(database, settled, range.start..middle);
            self.add(database, settled, middle..range.end);
        }
    }

    /// The texts with these candidates made.
    fn with(&self, kept: &[usize]) -> Option<PackageSources> {
        let mut sources = self.sources.clone();
        for (file, source) in (0u32..).zip(&mut sources.policies) {
            let fixes = kept.iter().filter_map(|nth| self.candidates.get(*nth));
            let mut edits = fixes
                .filter(|candidate| candidate.located.file == file)
                .flat_map(|candidate| &candidate.fix.edits)
                .peekable();
            if edits.peek().is_some() {
                source.text = Arc::from(replaced(&source.text, edits)?);
            }
        }
        Some(sources)
    }

    /// Whether these repairs did what they are for: their diagnostics are gone, and no others came instead. Only where a
    /// declaration can be read that could not before, what else is wrong with it may come to light.
    fn is_better(&self, after: &Compilation, kept: &[usize]) -> bool {
        let kept = || kept.iter().filter_map(|nth| self.candidates.get(*nth));
        let (before, left) = (count(self.before, key), count(after, key));
        let gone = kept().fold(BTreeMap::new(), |mut gone: BTreeMap<Key<'_>, usize>, candidate| {
            *gone.entry(key(candidate.located)).or_default() += 1;
            gone
        });
        let number = |counts: &BTreeMap<Key<'_>, usize>, key| counts.get(key).copied().unwrap_or_default();
        if gone.iter().any(|(key, gone)| number(&left, key) + gone > number(&before, key)) {
            return false;
        }
        // A message may name what the repair has changed, so new findings are told by their codes.
        let (before, left) = (count(self.before, kind), count(after, kind));
        let fixed = |matches: fn(&Located) -> bool| kept().any(|candidate| matches(candidate.located));
        let (syntax, any_error) = (fixed(is_syntax), fixed(Located::is_error));
        let no_more_errors = after.counts().0 <= self.before.counts().0;
        after.diagnostics.iter().all(|located| {
            let kind = kind(located);
            left.get(&kind) <= before.get(&kind)
                || !is_syntax(located) && (syntax || any_error && no_more_errors)
        })
    }
}

/// What makes two findings the same, wherever they stand.
type Key<'d> = (u32, Code, &'d str);

fn key(located: &Located) -> Key<'_> {
    (located.file, located.diagnostic.code, &located.diagnostic.message)
}

fn kind(located: &Located) -> (u32, Code) {
    (located.file, located.diagnostic.code)
}

/// How many findings there are of each sort.
fn count<'c, K: Ord>(compilation: &'c Compilation, sort: impl Fn(&'c Located) -> K) -> BTreeMap<K, usize> {
    let mut counts = BTreeMap::new();
    for located in &compilation.diagnostics {
        *counts.entry(sort(located)).or_default() += 1;
    }
    counts
}

fn is_syntax(located: &Located) -> bool {
    located.is_error() && located.diagnostic.code.0.starts_with("E00")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCENE: &str =
        "entity User { level: Int }\nentity Doc { owner: User }\naction read on Doc by User\n";

    fn repaired(policies: &str, choice: Choice) -> Repaired {
        let text = format!("{SCENE}{policies}");
        repair(PackageSources::from_texts([("a.assize", text.as_str())]), choice)
    }

    fn text(repaired: &Repaired) -> &str {
        repaired.sources.policies[0].text.strip_prefix(SCENE).expect("the scene stays")
    }

    #[test]
    fn slips_of_several_kinds_are_repaired_over_several_rounds() {
        let found = repaired(
            "allow User u to read on Doc d\n  when d.owner = u or u.level > 1_000 and u.level < 2_000;\n",
            Choice::Safe,
        );
        assert_eq!(
            text(&found),
            "@id(\"policy#1\")\nallow User u to read on Doc d\n  when d.owner == u or (u.level > 1000 and u.level < 2000)\n"
        );
        assert_eq!(found.compilation.diagnostics, []);
        assert_eq!((found.made.len(), found.refused.len()), (6, 0), "{:?}", found.made);
        let places: Vec<_> = found.made.iter().map(|repair| (repair.line, repair.column)).collect();
        assert!(places.contains(&(4, 1)) && places.contains(&(5, 16)), "{places:?}");
    }

    #[test]
    fn suggestions_wait_to_be_asked_for() {
        let policy = "@id(\"a\")\nallow User u to raed on Doc d\n  when d.ownr == u\n";
        let safe = repaired(policy, Choice::Safe);
        assert_eq!((text(&safe), safe.made.len()), (policy, 0));
        let suggested = repaired(policy, Choice::Suggested);
        assert_eq!(text(&suggested), "@id(\"a\")\nallow User u to read on Doc d\n  when d.owner == u\n");
        assert!(suggested.compilation.is_ok());
    }

    #[test]
    fn what_comes_to_light_when_text_can_be_read_again_is_no_fault_of_the_repair() {
        let found =
            repaired("@id(\"a\")\nallow User u to read on Doc d\n  when d.nothing = u\n", Choice::Safe);
        assert!(text(&found).contains("d.nothing == u"));
        assert_eq!(found.compilation.diagnostics[0].diagnostic.code.0, "E0102");
    }

    #[test]
    fn a_repair_that_makes_things_worse_is_taken_back_and_the_others_stay() {
        let text = format!("{SCENE}@id(\"a\")\nallow User u to read on Doc d\n  when d.owner = u\n");
        let sources = PackageSources::from_texts([("a.assize", text.as_str())]);
        let mut before = crate::compile::compile(sources.clone());
        let at = text.find("Doc d").unwrap() as u32;
        // As if a diagnostic promised too much.
        let mut wrong = before.diagnostics[0].clone();
        wrong.diagnostic.code = assize_lang::codes::UNEXPECTED;
        wrong.diagnostic.fixes[0].edits = vec![Edit { start: at, end: at + 3, text: ")".to_owned() }];
        before.diagnostics.push(wrong);
        let candidates = candidates(&sources, &before, Choice::Safe);
        assert_eq!(candidates.len(), 2);
        let round = Round { sources: &sources, before: &before, candidates: &candidates };
        let settled = round.settle(&mut Database::default());
        assert_eq!(settled.kept, [0]);
        assert!(settled.result.is_some_and(|(_, compilation)| compilation.is_ok()));
    }

    #[test]
    fn repairs_that_touch_each_other_wait_for_another_round_and_nonsense_is_never_made() {
        let edit = |start, end| Edit { start, end, text: "x".to_owned() };
        assert_eq!(replaced("abc", [edit(1, 2), edit(0, 1)].iter()).as_deref(), Some("xxc"));
        assert_eq!(replaced("abc", [edit(0, 2), edit(1, 3)].iter()), None);
        assert_eq!(replaced("abc", [edit(2, 9)].iter()), None);
        assert_eq!(replaced("é", [edit(1, 2)].iter()), None);
    }
}
