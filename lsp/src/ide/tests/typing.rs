//! Half-written files: a whole example is typed character by character, and every question is asked at the cursor each time.

use assize_compiler::db::Database;
use assize_compiler::package::PackageSources;
use assize_lang::Span;
use salsa::Setter;

use crate::ide::{Analysis, FileRange};
use crate::ide::{
    actions, calls, completion, definition, format, hints, hover, references, rename, signature, structure,
    symbols, tokens,
};

/// Asks everything at an offset. What is answered must fit the text.
fn ask_everything(analysis: &Analysis, sources: &PackageSources, offset: u32) {
    let file = analysis.package.files(&analysis.database)[0];
    let text = analysis.text(file).clone();
    let whole = Span::new(0, text.len() as u32);
    let fits = |span: Span| {
        assert!(text.get(span.start as usize..span.end as usize).is_some(), "{span:?} in {text}")
    };
    let here = |range: FileRange| {
        if range.file == 0 {
            fits(range.span);
        }
    };
    if let Some(found) = hover::hover(analysis, file, offset) {
        here(found.range);
        assert!(!found.markdown.is_empty());
    }
    for found in [
        definition::definition(analysis, file, offset),
        definition::type_definition(analysis, file, offset),
        definition::implementations(analysis, file, offset),
    ] {
        found.into_iter().flat_map(|it| it.targets).for_each(|target| here(target.name));
    }
    references::references(analysis, file, offset).into_iter().flatten().for_each(|it| here(it.range));
    references::highlights(analysis, file, offset).into_iter().flatten().for_each(|it| here(it.range));
    if let Ok(found) = rename::prepare(analysis, file, offset) {
        here(found.range);
    }
    if let Some(found) = completion::complete(analysis, file, offset) {
        fits(found.replaced);
        assert!(found.replaced.start <= offset && offset <= found.replaced.end, "{found:?}");
    }
    signature::signature(analysis, file, offset);
    for action in actions::actions(analysis, file, Span::new(offset, offset)) {
        action.edits.iter().for_each(|edit| fits(Span::new(edit.start, edit.end)));
    }
    if let Some(found) = calls::prepare(analysis, file, offset) {
        calls::incoming(analysis, found.range);
        calls::outgoing(analysis, found.range);
    }
    structure::selections(analysis, file, offset).into_iter().for_each(fits);
    structure::folds(analysis, file).iter().for_each(|fold| fits(fold.span));
    structure::data_files(analysis, file).iter().for_each(|(span, _)| fits(*span));
    let mut end = 0;
    for token in tokens::tokens(analysis, file, whole) {
        fits(token.span);
        assert!(token.span.start >= end, "tokens do not overlap");
        end = token.span.end;
    }
    hints::hints(analysis, file, whole).iter().for_each(|hint| fits(Span::new(hint.offset, hint.offset)));
    symbols::document(analysis, file).iter().for_each(|it| ask_symbol(it, &fits));
    format::format(&text, None).iter().for_each(|edit| fits(Span::new(edit.start, edit.end)));
    format::on_type(&text, offset);
    for located in assize_compiler::compile::diagnose(&analysis.database, analysis.package, sources) {
        if located.file == 0 {
            fits(Span::new(located.diagnostic.primary.start, located.diagnostic.primary.end));
        }
    }
}

fn ask_symbol(symbol: &symbols::Symbol, fits: &dyn Fn(Span)) {
    fits(symbol.span);
    assert!(
        symbol.span.start <= symbol.name_span.start && symbol.name_span.end <= symbol.span.end,
        "{symbol:?}"
    );
    symbol.children.iter().for_each(|child| ask_symbol(child, fits));
}

/// Types a text, and looks after every so many characters.
fn type_out(text: &str, every: usize) {
    let mut database = Database::default();
    let mut sources = PackageSources::from_texts([("p.assize", "")]);
    let package = database.set(&sources);
    let file = package.files(&database)[0];
    let ends: Vec<usize> = text.char_indices().map(|(at, letter)| at + letter.len_utf8()).collect();
    for (nth, end) in ends.iter().enumerate() {
        if nth % every != 0 && nth + 1 != ends.len() {
            continue;
        }
        let part = &text[..*end];
        file.set_text(&mut database).to(part.into());
        sources.policies[0].text = part.into();
        database.put_down(package);
        let analysis = Analysis { database: database.clone(), package };
        ask_everything(&analysis, &sources, *end as u32);
    }
}

const EVERYTHING: &str = r#"module drive
use std::net
/// People 🔒 who sign in.
entity User in Group { department: String, clearance: Level, manager?: User, suspended: Bool }
entity Group in Group
entity Environment = "dev" | "prod"
ordered enum Level { public, secret }
type Session = { mfa: Bool, ip?: Ip, device: { managed: Bool } }
entity Document in Group { owner: User, viewers: Set<User | Group>, level: Level, labels: Map<String, String> }
action read, write on Document by User with Session
action edit includes write
action all includes "r*"
param OFFICE: Set<Cidr> = [cidr"10.0.0.0/8"]
fn office(s: Session) -> Bool = s has ip and s.ip in OFFICE
obligation log(category: String)
@id("owner") @control("SOC2:CC6.1")
allow User u to * on Document d
  when d.owner == u or (u in d.viewers and any(User v in d.viewers: v.manager?.suspended ?? false))
  unless office(context) and d.labels["k"] == "v"
  oblige log("x")
deny User u to read on Document d when d.level == Level::secret because "🔒"
grant viewer(who: User | Group, what: Document) for at most 4h {
  allow User in who to read on Document in what
}
test "a test" {
  data { User::"ann" in Group::"g" { department: "d" } viewer(Group::"g", Document::"d") until time"2027-01-01T00:00:00Z" }
  let office = { mfa: true, device: { managed: true } }
  expect allow User::"ann" to read on Document::"d" with office at time"2026-06-01T00:00:00Z" by "viewer"
}
prove "p" { never allow User u to read on Document d when d.level == Level::secret }
"#;

/// After how many characters to look; a longer run looks after every one: `ASSIZE_CASES=1000`.
fn every() -> usize {
    #[allow(clippy::disallowed_methods, reason = "how long a test runs is for whoever runs it")]
    let wanted = std::env::var("ASSIZE_CASES").ok().and_then(|text| text.parse::<usize>().ok());
    if wanted.is_some_and(|cases| cases >= 1000) { 1 } else { 3 }
}

#[test]
fn a_file_with_all_of_the_language_can_be_typed() {
    type_out(EVERYTHING, every());
}

#[test]
fn a_file_with_carriage_returns_can_be_typed() {
    type_out(&EVERYTHING.replace('\n', "\r\n"), every() * 4);
}

#[test]
fn examples_can_be_typed() {
    type_out(include_str!("../../../../examples/drive/drive.assize"), every() * 8);
    type_out(include_str!("../../../../examples/drive/tests.assize"), every() * 16);
}

#[test]
fn every_place_of_a_file_can_be_asked_about() {
    let mut database = Database::default();
    let sources = PackageSources::from_texts([("p.assize", EVERYTHING)]);
    let package = database.set(&sources);
    let analysis = Analysis { database, package };
    for (at, _) in EVERYTHING.char_indices().step_by(5) {
        ask_everything(&analysis, &sources, at as u32);
    }
}
