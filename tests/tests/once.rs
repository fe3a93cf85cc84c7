//! What a service compiles is what everybody compiles: a package with text changed at random has the same Program and the same errors by
//! `compile_to_run`, which keeps policies out of the database, as by `compile`, which knows no short cut.

use assize_compiler::compile::{Compilation, compile, compile_to_run};
use assize_compiler::package::{Located, PackageSources};
use assize_examples::Rng;
use assize_tests::corpus;
use assize_tests::tokens::tokens;

/// Changes tried on each package: more of them if the variable says so.
#[allow(clippy::disallowed_methods, reason = "nothing that is compiled depends on how long a test runs")]
fn cases(few: u64) -> u64 {
    std::env::var("ASSIZE_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(few)
}

/// What can make an item begin or end elsewhere, or look like another.
const TEXTS: [&str; 30] = [
    "allow ",
    "deny ",
    "trial ",
    "trial allow ",
    "module m\n",
    "use std::net\n",
    "use a::b\n",
    "@id(\"x\") ",
    "@id(\"a\")\n",
    "@allow(\"W0304\") ",
    "\"",
    "\\\"",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    "//",
    "/// doc\n",
    "\n",
    "\r\n",
    "\u{feff}",
    ";",
    ",",
    "entity E\n",
    "test \"t\" { }\n",
    "grant g(a: User) { ",
    "const C: Int = 1\n",
    " allow any to go on any\n",
];

/// The text with one change, mostly of where items are.
fn changed(text: &str, dice: &mut Rng) -> String {
    let items: Vec<&str> = assize_lang::split(text).chunks.iter().map(|chunk| chunk.text(text)).collect();
    let place = |dice: &mut Rng| {
        let tokens = tokens(text);
        tokens.get(dice.below(tokens.len().max(1))).copied().unwrap_or((0, 0))
    };
    let joined = |items: Vec<&str>, dice: &mut Rng| {
        let between = ["\n", "\n\n", " ", "", " // \n", "\r\n", "\t"];
        items.join(dice.pick(&between).unwrap_or(&"\n"))
    };
    match dice.below(8) {
        // Items in another order, one doubled or left out; on one line, or with what stands between them.
        0 | 1 if items.len() > 1 => {
            let mut items = items;
            let (from, to) = (dice.below(items.len()), dice.below(items.len()));
            match dice.below(4) {
                0 => items.swap(from, to),
                1 => items.insert(to, items[from]),
                2 => drop(items.remove(from)),
                _ => {
                    let item = items.remove(from);
                    items.insert(to, item);
                }
            }
            joined(items, dice)
        }
        2 => joined(items, dice),
        3 => {
            let (start, end) = place(dice);
            format!("{}{}", &text[..start], &text[end..])
        }
        4 => {
            let ((start, end), (to, _)) = (place(dice), place(dice));
            format!("{}{} {}", &text[..to], &text[start..end], &text[to..])
        }
        5 => {
            let (start, _) = place(dice);
            text[..start].to_owned()
        }
        _ => {
            let at = if dice.below(2) == 0 {
                place(dice).0
            } else {
                // Where an item begins.
                let item = dice.pick(&items).copied().unwrap_or(text);
                item.as_ptr() as usize - text.as_ptr() as usize
            };
            format!("{}{}{}", &text[..at], dice.pick(&TEXTS).unwrap_or(&""), &text[at..])
        }
    }
}

/// Whether it compiles.
fn assert_same(sources: PackageSources, what: &str) -> bool {
    let (run, whole): (Compilation, Compilation) =
        (compile_to_run(sources.clone()), compile(sources.clone()));
    let shown = || sources.policies.iter().map(|it| &*it.text).collect::<Vec<_>>().join("\n-----\n");
    let expected: Vec<_> = whole.diagnostics.iter().filter(|it| Located::is_error(it)).collect();
    assert_eq!(run.diagnostics.iter().collect::<Vec<_>>(), expected, "{what}:\n{}", shown());
    assert_eq!(run.program.as_deref(), whole.program.as_deref(), "{what}:\n{}", shown());
    assert_eq!((&run.named, &run.profiles), (&whole.named, &whole.profiles), "{what}:\n{}", shown());
    assert_eq!(run.tests.len(), whole.tests.len(), "{what}:\n{}", shown());
    whole.is_ok()
}

#[test]
fn a_package_changed_at_random_is_the_same_to_a_service() {
    let (mut sound, mut broken) = (0, 0);
    let specimens: Vec<_> = corpus::language_cases().into_iter().chain(corpus::examples()).collect();
    for (number, specimen) in specimens.iter().enumerate() {
        let own: Vec<_> = (0..specimen.sources.policies.len())
            .filter(|at| !specimen.sources.policies[*at].dependency)
            .collect();
        for case in 0..cases(2) {
            let mut dice = Rng::new((number as u64) << 20 | case);
            let Some(file) = dice.pick(&own).copied() else { continue };
            let mut text = specimen.sources.policies[file].text.to_string();
            for _ in 0..1 + dice.below(2) {
                text = changed(&text, &mut dice);
            }
            let is_sound =
                assert_same(specimen.with_text(file, &text), &format!("{}, {case}", specimen.name));
            if is_sound { sound += 1 } else { broken += 1 }
        }
    }
    // Both must be compared: what still compiles, and what does not any more.
    assert!(sound * 8 > broken && broken * 8 > sound, "{sound} compile and {broken} do not");
}
