//! The page of words and marks, from the tokens in `lang/src/tokens.rs`. Grammars for editors and the book are made of the page: `editors/grammar`.

use std::fmt::Write as _;

use super::GENERATED;
use crate::book::root;

/// Every token that is always spelled the same, with the comment that its group stands under.
pub fn tokens() -> Vec<(String, String)> {
    let source = std::fs::read_to_string(root().join("lang/src/tokens.rs")).expect("the tokens");
    let mut group = String::new();
    let mut found = Vec::new();
    for line in source.lines().map(str::trim) {
        if let Some(comment) = line.strip_prefix("// ") {
            group = comment.trim_end_matches('.').to_owned();
        } else if let Some(rest) = line.strip_prefix("#[token(\"")
            && let Some(spelling) = rest.strip_suffix("\")]")
        {
            found.push((group.clone(), spelling.to_owned()));
        }
    }
    assert!(found.len() > 80, "the tokens are not written as this generator reads them: {}", found.len());
    found
}

/// The words that are keywords wherever no neighbour makes them names.
pub fn reserved() -> Vec<String> {
    let source = std::fs::read_to_string(root().join("lang/src/tokens.rs")).expect("the tokens");
    let body = source.split("pub fn is_reserved").nth(1).and_then(|rest| rest.split("\n    }").next());
    let body = body.expect("`is_reserved` is there");
    let words = body.split(|c: char| !c.is_alphanumeric()).skip_while(|word| *word != "matches").skip(1);
    let all: Vec<String> = tokens().into_iter().map(|(_, spelling)| spelling).collect();
    let words = words.map(str::to_lowercase).filter(|word| all.contains(word)).collect::<Vec<_>>();
    assert!(words.len() > 10, "`is_reserved` is not written as this generator reads it: {words:?}");
    words
}

/// The page.
pub fn page() -> String {
    let mut page = format!(
        "{GENERATED}# Words and marks\n\nWords of the language stay usable as names. Each is a keyword only where it can be one; after `.`, `?.`, `::`, `@`, after `has` on the same line, and \
         before `:`, every word is a name. `log`, `resource`, `principal` and their like are no keywords at all. Any other spelling of a name stands in \
         backquotes, and so may every word.\n"
    );
    let tokens = tokens();
    let mut groups: Vec<&String> = tokens.iter().map(|(group, _)| group).collect();
    groups.dedup();
    for group in groups {
        let own = tokens.iter().filter(|(of, _)| of == group).map(|(_, spelling)| format!("`{spelling}`"));
        write!(page, "\n## {group}\n\n{}\n", own.collect::<Vec<_>>().join(" ")).expect("a text");
    }
    let reserved: Vec<_> = reserved().iter().map(|word| format!("`{word}`")).collect();
    write!(
        page,
        "\n## Words that are always keywords\n\nExcept where a neighbour makes them names, as above:\n\n{}\n",
        reserved.join(" ")
    )
    .expect("a text");
    page
}
