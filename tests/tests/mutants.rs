//! Files as they are while somebody types: cut off anywhere, or with one token missing, doubled or out of place. Whatever is
//! broken, nothing panics, the mistakes in other items are still found, and one mistake seldom has more than one message.

use std::collections::BTreeMap;

use assize_compiler::compile::compile_in;
use assize_compiler::db::Database;
use assize_compiler::package::Located;
use assize_tests::corpus::{self, Specimen};
use assize_tests::tokens::tokens;

/// A mistake of its own, in an item of its own.
const SENTINEL: &str = "\n\nfn sentinel() -> Bool = 1 == \"sentinel\"\n";

/// The errors of a package with this text in place of one of its files.
fn errors(database: &mut Database, specimen: &Specimen, file: usize, text: &str) -> Vec<Located> {
    let compilation = compile_in(database, specimen.with_text(file, text));
    compilation.diagnostics.into_iter().filter(Located::is_error).collect()
}

fn is_sentinel(found: &Located) -> bool {
    found.diagnostic.code.0 == "E0202" && found.diagnostic.message.contains("`Int` and `String`")
}

#[track_caller]
fn assert_sentinel(specimen: &Specimen, what: &str, found: &[Located]) {
    let shown: Vec<_> = found.iter().map(|it| (it.diagnostic.code.0, &it.diagnostic.message)).collect();
    assert!(found.iter().any(is_sentinel), "{}: {what} hides what follows: {shown:#?}", specimen.name);
}

#[test]
fn a_file_may_end_anywhere() {
    for specimen in corpus::examples() {
        let mut database = Database::default();
        for (file, source) in specimen.sources.policies.iter().enumerate().filter(|(_, it)| !it.dependency) {
            for (start, end) in tokens(&source.text).into_iter().step_by(16) {
                // After a token, and in the middle of it.
                let middle = (start + end).div_ceil(2);
                for cut in [end, middle].into_iter().filter(|at| source.text.is_char_boundary(*at)) {
                    let before = &source.text[..cut];
                    let found = errors(&mut database, &specimen, file, &format!("{before}{SENTINEL}"));
                    assert_sentinel(&specimen, &format!("ending at {:?}", tail(before)), &found);
                }
            }
        }
    }
}

fn tail(text: &str) -> &str {
    let start = text.char_indices().rev().take(60).last().map_or(0, |(at, _)| at);
    &text[start..]
}

/// What can happen to a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Accident {
    Deleted,
    Doubled,
    Swapped,
}

/// The share of mutants with an error that may have more than one, in percent. A bracket that is lost has consequences.
const MOST_WITH_SEVERAL: usize = 20;

/// Every so many tokens one is tried. At each, it is one of nine that has more than one message.
const SAMPLED: usize = 7;

#[test]
fn one_token_out_of_place_is_seldom_more_than_one_mistake() {
    let mut outcomes: BTreeMap<Accident, [usize; 3]> = BTreeMap::new();
    let mut several = Vec::new();
    for specimen in corpus::examples() {
        let mut database = Database::default();
        for (file, source) in specimen.sources.policies.iter().enumerate().filter(|(_, it)| !it.dependency) {
            let tokens = tokens(&source.text);
            for (index, &(start, end)) in tokens.iter().enumerate().step_by(SAMPLED) {
                let accidents = [Accident::Deleted, Accident::Doubled, Accident::Swapped];
                let accident = accidents[index / SAMPLED % accidents.len()];
                let (text, token) = (&source.text, &source.text[start..end]);
                let broken = match (accident, tokens.get(index + 1)) {
                    (Accident::Doubled, _) => format!("{} {token}{}", &text[..end], &text[end..]),
                    (Accident::Swapped, Some(&(next, last))) => {
                        let between = &text[end..next];
                        format!("{}{}{between}{token}{}", &text[..start], &text[next..last], &text[last..])
                    }
                    _ => format!("{}{}", &text[..start], &text[end..]),
                };
                let found = errors(&mut database, &specimen, file, &format!("{broken}{SENTINEL}"));
                assert_sentinel(
                    &specimen,
                    &format!("{token:?} {accident:?} after {:?}", tail(&text[..start])),
                    &found,
                );
                let others: Vec<_> = found.iter().filter(|it| !is_sentinel(it)).collect();
                outcomes.entry(accident).or_default()[others.len().min(2)] += 1;
                if others.len() > 1 {
                    let show =
                        |it: &&Located| format!("\n    {} {}", it.diagnostic.code.0, it.diagnostic.message);
                    let shown: String = others.iter().take(5).map(show).collect();
                    several.push(format!(
                        "{} {token:?} {accident:?} after {:?}{shown}",
                        specimen.name,
                        tail(&text[..start])
                    ));
                }
            }
        }
    }
    println!("{}\n{outcomes:?}: with none, one, more", several.join("\n"));
    for (accident, [_, one, more]) in outcomes {
        assert!(more * 100 <= (one + more) * MOST_WITH_SEVERAL, "{accident:?}: {more} of {}", one + more);
    }
}
