//! A name that nothing declares is one mistake with one message, and the message proposes the name that was meant: each name that an
//! example or a case of the language uses is misspelt, one at a time.

use std::collections::{BTreeMap, BTreeSet};

use assize_compiler::compile::compile;
use assize_compiler::package::Located;
use assize_tests::corpus::{self, Specimen};
use assize_tests::uses::{Kind, Use, uses};

const ANNOTATIONS: [&str; 6] = ["id", "owner", "control", "deprecated", "review_by", "allow"];

/// A slip of the pen; which one depends on where it happens. Two letters change places, one is left out, or one is typed twice.
fn misspelt(name: &str, place: usize) -> Option<String> {
    let letters: Vec<char> = name.chars().collect();
    let plain = |at: usize| letters.get(at).is_some_and(|letter| letter.is_alphanumeric());
    // The first and the last letter are seldom wrong.
    let inner = || (1..letters.len().saturating_sub(1)).rev();
    let mut slip = letters.clone();
    match place % 3 {
        0 => drop(slip.remove(inner().find(|at| plain(*at))?)),
        1 => {
            let at = inner().find(|at| plain(*at))?;
            slip.insert(at, letters[at]);
        }
        _ => {
            let at = inner().find(|at| plain(*at) && plain(at + 1) && letters[*at] != letters[at + 1])?;
            slip.swap(at, at + 1);
        }
    }
    Some(slip.into_iter().collect())
}

/// What is wrong with the answer to one slip.
fn judge(specimen: &Specimen, file: usize, used: Use, before: usize) -> Option<String> {
    let text = specimen.sources.policies[file].text.clone();
    let (start, end) = (used.span.start as usize, used.span.end as usize);
    let written = &text[start..end];
    let (quote, bare) = match written.chars().next()? {
        mark @ ('"' | '`') => (mark.to_string(), &written[1..written.len() - 1]),
        _ => (String::new(), written),
    };
    let is_known = used.kind != Kind::Annotation || ANNOTATIONS.contains(&bare);
    if bare.chars().count() < 3 || bare.contains('\\') || !is_known {
        return None;
    }
    let slip = misspelt(bare, start)?;
    let is_taken = |word: &str| specimen.sources.policies.iter().any(|source| mentions(&source.text, word));
    if is_taken(&slip) {
        return None;
    }
    let broken = format!("{}{quote}{slip}{quote}{}", &text[..start], &text[end..]);
    let compilation = compile(specimen.with_text(file, &broken));
    let errors: Vec<&Located> = compilation.diagnostics.iter().filter(|found| found.is_error()).collect();
    let place = format!("{} ({}): {}", specimen.name, written, line_at(&broken, start).trim());
    let show = |found: &[&Located]| {
        let show = |found: &&Located| {
            format!(
                "\n    {} {} {:?}",
                found.diagnostic.code.0, found.diagnostic.message, found.diagnostic.help
            )
        };
        found.iter().map(show).collect::<String>()
    };
    let found = match used.kind {
        // Text that nothing checks: an id of an open type, a key of a map, a field of a record that says its own type.
        Kind::Id | Kind::Init if errors.is_empty() => return None,
        Kind::Annotation => {
            let warnings = compilation.diagnostics.iter();
            let unknown: Vec<&Located> =
                warnings.filter(|found| found.diagnostic.code.0 == "W0103").collect();
            if unknown.len() != before + 1 || !errors.is_empty() {
                return Some(format!("{place}{}{}", show(&unknown), show(&errors)));
            }
            unknown
        }
        _ => errors,
    };
    let [only] = found[..] else {
        return (used.kind != Kind::Annotation)
            .then(|| format!("{} messages: {place}{}", found.len(), show(&found)));
    };
    let proposed = only.diagnostic.help.iter().any(|help| help.contains(bare));
    // With so few letters, more than one name is as close.
    (!proposed && slip.chars().count() > 4).then(|| format!("no proposal: {place}{}", show(&[only])))
}

fn line_at(text: &str, offset: usize) -> &str {
    let start = text[..offset].rfind('\n').map_or(0, |at| at + 1);
    text[start..].lines().next().unwrap_or_default()
}

/// Whether a word stands in a text.
fn mentions(text: &str, word: &str) -> bool {
    let part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    text.match_indices(word)
        .any(|(at, _)| !part(text[..at].chars().next_back()) && !part(text[at + word.len()..].chars().next()))
}

fn check(specimens: &[Specimen]) {
    let mut wrong: Vec<String> = Vec::new();
    let mut tried: BTreeMap<Kind, usize> = BTreeMap::new();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for (index, specimen) in specimens.iter().enumerate() {
        let before = compile(specimen.sources.clone());
        if !before.is_ok() {
            continue;
        }
        let unknown = before.diagnostics.iter().filter(|found| found.diagnostic.code.0 == "W0103").count();
        for (file, source) in specimen.sources.policies.iter().enumerate() {
            for used in uses(&source.text) {
                // Cases share what stands above them: of that, each tries another part.
                let is_new = seen.insert(line_at(&source.text, used.span.start as usize));
                if !is_new && !(used.span.start as usize + index).is_multiple_of(8) {
                    continue;
                }
                *tried.entry(used.kind).or_default() += 1;
                wrong.extend(judge(specimen, file, used, unknown));
            }
        }
    }
    assert!(wrong.is_empty(), "{}\n{} of {tried:?}", wrong.join("\n"), wrong.len());
    println!("{tried:?}");
}

#[test]
fn each_misspelt_name_of_the_examples_has_one_message_and_a_proposal() {
    check(&corpus::examples());
}

#[test]
fn each_misspelt_name_of_the_cases_has_one_message_and_a_proposal() {
    check(&corpus::language_cases());
}
