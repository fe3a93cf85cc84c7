//! Findings by file are those of the whole package, whatever was edited before.

use std::path::PathBuf;

use salsa::{Durability, Setter};
use smol_str::SmolStr;

use crate::compile::{compile, diagnose};
use crate::db::{Database, Package};
use crate::package::{Located, PackageSources, load};

/// A fixed sequence: the same edits in each run.
struct Choices(u64);

impl Choices {
    fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        ((self.0 >> 33) as usize) % count.max(1)
    }
}

fn example(name: &str) -> PackageSources {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../examples").join(name);
    load(&[path]).unwrap_or_else(|_| panic!("examples/{name} can be read"))
}

/// What the database says after an edit, against what a compilation from the start says.
#[track_caller]
fn compare(database: &mut Database, sources: &PackageSources, as_editors_do: bool, what: &str) {
    if as_editors_do && let Some(package) = Package::try_get(database) {
        // What is typed in is less durable than what was read.
        for (file, source) in package.files(database).clone().into_iter().zip(&sources.policies) {
            if **file.text(database) != *source.text {
                file.set_text(database).with_durability(Durability::LOW).to(source.text.clone());
            }
        }
    }
    let package = database.set(sources);
    if as_editors_do {
        database.put_down(package);
    }
    let (by_file, whole) = (diagnose(database, package, sources), compile(sources.clone()).diagnostics);
    let show = |all: &[Located]| {
        let texts = sources.texts();
        let one = |it: &Located| {
            let name = texts.get(it.file as usize).map_or("?", |text| text.name.as_str());
            format!(
                "{name}:{} {} {}",
                it.diagnostic.primary.start, it.diagnostic.code.0, it.diagnostic.message
            )
        };
        all.iter().map(one).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(show(&by_file), show(&whole), "{what}");
    assert_eq!(by_file, whole, "{what}");
}

/// The boundaries of lines of a text, its start and end among them.
fn lines(text: &str) -> Vec<usize> {
    let mut at: Vec<usize> = vec![0];
    at.extend(text.match_indices('\n').map(|(at, _)| at + 1));
    at.push(text.len());
    at.dedup();
    at
}

/// Words with their places.
fn words(text: &str) -> Vec<(usize, &str)> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut found = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        match (is_word(c), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                found.push((from, &text[from..at]));
                start = None;
            }
            _ => {}
        }
    }
    found
}

/// Somebody's edit of a text: lines are lost, moved, repeated or broken off, words are exchanged, declarations are added.
fn edited(choices: &mut Choices, text: &str, other: &str, nth: usize) -> String {
    let at = lines(text);
    let line = choices.below(at.len() - 1);
    let (start, end) = (at[line], at.get(line + 1).copied().unwrap_or(text.len()));
    let (before, own, after) = (&text[..start], &text[start..end], &text[end..]);
    let known = words(other);
    match choices.below(11) {
        0 => format!("{before}{after}"),
        1 => format!("{before}{own}{own}{after}"),
        2 => format!("{before}// a comment\n\n{own}{after}"),
        3 => {
            let mut cut = choices.below(own.len().max(1)).min(own.len());
            while !own.is_char_boundary(cut) {
                cut -= 1;
            }
            format!("{before}{}\n{after}", &own[..cut])
        }
        4 | 5 if !known.is_empty() => {
            let here = words(text);
            let (at, word) = here[choices.below(here.len())];
            let new = known[choices.below(known.len())].1;
            format!("{}{new}{}", &text[..at], &text[at + word.len()..])
        }
        6 => format!("{text}\nentity New{nth} {{ name: String }}\n"),
        7 => text.replacen(": Bool", &format!(": Bool, extra{nth}: Int"), 1),
        8 => text.replacen(": String", ": Int", 1),
        9 => format!("{text}\nfn added{nth}(a: Int) -> Bool = a + {nth} > 3\n"),
        _ => {
            let digits = text.char_indices().filter(|(_, c)| c.is_ascii_digit()).map(|(at, _)| at);
            let digits: Vec<usize> = digits.collect();
            match digits.get(choices.below(digits.len())) {
                Some(at) => format!("{}{}{}", &text[..*at], nth % 10, &text[at + 1..]),
                None => text.to_owned(),
            }
        }
    }
}

#[allow(clippy::disallowed_methods, reason = "a longer run is asked for by name")]
fn cases() -> usize {
    std::env::var("ASSIZE_CASES").ok().and_then(|count| count.parse().ok()).unwrap_or(25)
}

fn edit_at_random(mut sources: PackageSources, seed: u64) {
    let mut choices = Choices(seed);
    let first = sources.clone();
    let mut database = Database::default();
    let as_editors_do = seed.is_multiple_of(2);
    compare(&mut database, &sources, as_editors_do, "at first");
    for nth in 0..cases() {
        // A package in which all is broken has little to say.
        if choices.below(6) == 0 {
            sources = first.clone();
        }
        let own: Vec<usize> =
            (0..sources.policies.len()).filter(|at| !sources.policies[*at].dependency).collect();
        let (at, other) = (own[choices.below(own.len())], own[choices.below(own.len())]);
        let new = edited(&mut choices, &sources.policies[at].text, &sources.policies[other].text, nth);
        sources.policies[at].text = new.as_str().into();
        let what = format!("edit {nth} with seed {seed}, of {}:\n{new}", sources.policies[at].name);
        compare(&mut database, &sources, as_editors_do, &what);
    }
}

#[test]
fn findings_of_edited_examples_are_those_of_a_fresh_compilation() {
    for name in ["drive", "forge", "payroll", "releases", "todo"] {
        for seed in 0..3 {
            edit_at_random(example(name), seed);
        }
    }
}

/// Declarations that lead to each other in all the ways there are.
const CONNECTED: [(&str, &str); 5] = [
    (
        "a.assize",
        "entity User in Team { name: String, level: Level, boss?: User, home: Place }\n\
         entity Team in Team { flag: Bool }\n\
         type Place = { city: String, zip?: Int }\n\
         ordered enum Level { low, high }\n\
         param LIMIT: Int = 10\n\
         const LEVELS: Set<Level> = [Level::low]\n",
    ),
    (
        "b.assize",
        "entity Box in Box { owner: User, size: Int, tags: Set<String>, open: Bool }\n\
         entity Lamp { on_: Bool, at: Place, holder: Team }\n\
         action look, move on Box by User with { mfa: Bool, note?: String }\n\
         action dim on Lamp by User with { mfa: Bool }\n\
         action all_ includes look, move\n\
         grant helper(who: User | Team, what: Box)\n\
         obligation log(what: String)\n",
    ),
    (
        "c.assize",
        "fn small(b: Box) -> Bool = b.size < LIMIT\n\
         fn local(p: Place) -> Bool = p has zip and p.zip > 3\n\
         fn both(b: Box) -> Bool = small(b) and local(b.owner.home)\n",
    ),
    (
        "d.assize",
        "@id(\"one\") allow User u to look on Box b when b.owner == u and small(b)\n\
         @id(\"two\") allow User u to * on Lamp d when d.at.city == u.home.city oblige log(\"x\")\n\
         @id(\"three\") deny User u to * on any when u.level == Level::low and context.mfa\n\
         @id(\"four\") allow User u to all_ on Box b when helper(u, b) and (b.owner.boss?.name ?? \"\") == \"x\"\n\
         allow User u in Team::\"t\" to move on Box b when both(b) and u.level in LEVELS\n\
         @id(\"six\") allow any p to look on Box b when p has name and b.open\n\
         @id(\"seven\") allow User u to look on Box b when b.owner == u\n",
    ),
    (
        "e.assize",
        "test \"a look\" {\n  data {\n    User::\"u\" { name: \"x\", level: Level::high, home: { city: \"c\" } }\n    \
         Box::\"b\" { owner: User::\"u\", size: 1, tags: [], open: true }\n  }\n  \
         expect allow User::\"u\" to look on Box::\"b\" with { mfa: true } by \"one\", \"seven\"\n}\n\
         test \"another\" {\n  data { User::\"v\" { name: \"x\", level: Level::low, home: { city: \"c\" } } }\n  \
         expect deny User::\"v\" to dim on Lamp::\"l\" with { mfa: false }\n}\n",
    ),
];

#[test]
fn findings_of_edited_declarations_are_those_of_a_fresh_compilation() {
    for seed in 100..112 {
        edit_at_random(PackageSources::from_texts(CONNECTED), seed);
    }
}

/// Each edit of one declaration, with the policies (by id) that are checked again.
#[test]
fn an_edit_of_a_declaration_checks_what_leads_to_it() {
    let mut sources = PackageSources::from_texts(CONNECTED);
    let mut database = Database::default();
    let rules = |database: &mut Database, sources: &PackageSources| {
        let package = database.set(sources);
        diagnose(database, package, sources);
        let split = crate::db::split(database, package.files(database)[3]);
        let all = split.items.iter().map(|item| crate::db::rules(database, *item).clone());
        all.collect::<Vec<_>>()
    };
    let mut before = rules(&mut database, &sources);
    let names: [SmolStr; 7] =
        ["one", "two", "three", "four", "five", "six", "seven"].map(SmolStr::new_static);
    let edits: [(usize, &str, &str, &[&str]); 6] = [
        // `three` and `six` have patterns without a type. Of boxes all others but `two` speak.
        (1, "size: Int", "size: Int, width: Int", &["one", "three", "four", "five", "six", "seven"]),
        (1, "holder: Team", "holder: Team, watt: Int", &["two", "three", "six"]),
        (
            0,
            "zip?: Int",
            "zip?: Int, street: String",
            &["one", "two", "three", "four", "five", "six", "seven"],
        ),
        (2, "b.size < LIMIT", "b.size < LIMIT and b.open", &[]),
        (
            1,
            "obligation log(what: String)",
            "obligation log(what: String, more: Int)",
            &["two", "three", "six"],
        ),
        (0, "param LIMIT: Int = 10", "param LIMIT: Int = 11", &[]),
    ];
    for (file, from, to, expected) in edits {
        let text = sources.policies[file].text.replace(from, to);
        assert_ne!(text, *sources.policies[file].text, "{from}");
        sources.policies[file].text = text.as_str().into();
        let after = rules(&mut database, &sources);
        // A result that was worked out again is another allocation.
        let again: Vec<&str> = before
            .iter()
            .zip(&after)
            .zip(&names)
            .filter(|((old, new), _)| !std::sync::Arc::ptr_eq(old, new))
            .map(|(_, name)| name.as_str())
            .collect();
        assert_eq!(again, expected, "after {from} became {to}");
        before = after;
    }
}

/// What is typed in counts as less durable than what is on disk. What hangs on it must be looked at again, also long after everything was
/// looked at for the first time.
#[test]
fn what_is_typed_after_everything_was_looked_at_is_seen_everywhere() {
    const SCHEMA: &str = "entity User\nentity Folder { owner: User }\naction read on Folder by User\nfn owns(u: User, f: Folder) -> Bool = f.owner == u\n";
    const POLICY: &str = "@id(\"owner\")\nallow User u to read on Folder f\n  when owns(u, f)\n";
    let sources = |schema: &str| PackageSources::from_texts([("a.assize", schema), ("b.assize", POLICY)]);
    let mut database = Database::default();
    let package = database.set(&sources(SCHEMA));
    database.put_down(package);
    let look = |database: &mut Database, schema: &str| {
        let codes =
            |all: &[Located]| all.iter().map(|it| (it.file, it.diagnostic.code.0)).collect::<Vec<_>>();
        let sources = sources(schema);
        let found = codes(&diagnose(database, package, &sources));
        assert_eq!(found, codes(&compile(sources).diagnostics), "{schema}");
        found
    };
    look(&mut database, SCHEMA);
    let file = package.files(&database)[0];
    let edits = [
        // Opened, and a space.
        (SCHEMA.to_owned(), 0),
        (SCHEMA.replace("entity User", "entity  User"), 0),
        (SCHEMA.replace("fn owns", "fn own"), 1),
        (SCHEMA.to_owned(), 0),
        (SCHEMA.replace("owner:", "keeper:"), 1),
        (SCHEMA.replace("entity Folder", "entity Folders"), 1),
        (SCHEMA.to_owned(), 0),
        (SCHEMA.replace("action read", "action write"), 1),
    ];
    for (text, wrong) in edits {
        file.set_text(&mut database).with_durability(Durability::LOW).to(text.as_str().into());
        database.put_down(package);
        let found = look(&mut database, &text);
        let errors = found.iter().filter(|(_, code)| code.starts_with('E')).count();
        assert!(errors.min(1) == wrong, "{text}: {found:?}");
    }
}
