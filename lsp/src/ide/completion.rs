//! What can be typed at a cursor.
//!
//! What kind of thing can stand there is for the grammar to say ([`assize_lang::expected_after`]), what is called how is in the
//! declarations, and members are what the checker finds ([`assize_compiler::complete`]).

use assize_compiler::complete::{MemberKind, members_at};
use assize_compiler::db::SourceFile;
use assize_compiler::declarations::{Declarations, Def};
use assize_compiler::expr::type_text;
use assize_compiler::names::{BUILTIN_TYPES, is_private, lookup, written};
use assize_compiler::{annotations, library};
use assize_lang::ast::{ItemKind, Name, Path, PatternKind};
use assize_lang::{Edit, Span, codes, expected_after, split, terminals};
use assize_runtime::types::{ActionId, EntityTypeId};
use rustc_hash::FxHashSet;
use smol_str::SmolStr;

use super::analysis::Analysis;
use super::meaning::Meaning;
use super::names;
use super::places;
use super::symbols::SymbolKind;

/// What an offer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfferKind {
    /// A word of the language.
    Keyword,
    /// Several words with gaps to fill.
    Snippet,
    /// Something declared.
    Symbol(SymbolKind),
    /// A name that the item gives, or `principal` and its like.
    Variable,
    /// A built-in.
    Method,
    /// A type of the language.
    Type,
    /// A text in quotes.
    Text,
}

/// Something that can be typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// What is listed.
    pub label: String,
    /// A few words more.
    pub detail: String,
    /// Markdown.
    pub docs: String,
    /// What it is.
    pub kind: OfferKind,
    /// What takes the place of what has been typed; of a snippet, with `$1` for its gaps.
    pub insert: String,
    /// What is made elsewhere in the file with it.
    pub edits: Vec<Edit>,
    /// Offers with smaller numbers come first.
    pub rank: u8,
}

/// What can be typed, and in place of what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offers {
    /// What has been typed of it: from the start of the file.
    pub replaced: Span,
    /// By rank, then as they were found.
    pub offers: Vec<Offer>,
}

fn offer(label: &str, kind: OfferKind, detail: &str, rank: u8) -> Offer {
    Offer {
        label: label.to_owned(),
        detail: detail.to_owned(),
        docs: String::new(),
        kind,
        insert: label.to_owned(),
        edits: Vec::new(),
        rank,
    }
}

/// What can be typed at `offset` of a file.
pub fn complete(analysis: &Analysis, file: SourceFile, offset: u32) -> Option<Offers> {
    complete_knowing(analysis, file, offset, &|_| Vec::new())
}

/// As [`complete`]; `known` are further ids of an entity type with this full name, such as data files have.
pub fn complete_knowing(
    analysis: &Analysis,
    file: SourceFile,
    offset: u32,
    known: &dyn Fn(&str) -> Vec<SmolStr>,
) -> Option<Offers> {
    let text = analysis.text(file).clone();
    let before = text.get(..offset as usize)?;
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let typed = before.len() - before.trim_end_matches(is_part).len();
    let start = before.len() - typed;
    let rest = text.get(offset as usize..)?;
    let end = offset as usize + (rest.len() - rest.trim_start_matches(is_part).len());
    let replaced = Span::new(start as u32, end as u32);
    let before = text.get(..start)?;
    let line = before.rsplit('\n').next().unwrap_or_default();
    let site = Site { analysis, file, before, line, known };
    if let Some(open) = open_quote(line) {
        // What has been typed of a text may hold more than letters.
        let start = before.len() - line.len() + open + 1;
        let replaced = Span::new(start as u32, end as u32);
        return Some(Offers { replaced, offers: site.in_quotes(line.get(..open)?) });
    }
    if is_comment(line) {
        return None;
    }
    if let Some(members) = members_at(&analysis.database, analysis.package, file, offset)
        && follows_member_mark(before)
    {
        return Some(Offers { replaced, offers: members.members.iter().map(member).collect() });
    }
    if before.ends_with('.') {
        return None;
    }
    let mut offers = site.offers();
    offers.sort_by_key(|offer| offer.rank);
    let mut seen = FxHashSet::default();
    offers.retain(|offer| seen.insert((offer.label.clone(), offer.detail.clone())));
    Some(Offers { replaced, offers })
}

fn follows_member_mark(before: &str) -> bool {
    let trimmed = before.trim_end();
    before.ends_with('.') || (trimmed.ends_with(" has") && trimmed.len() < before.len())
}

fn member(member: &assize_compiler::complete::Member) -> Offer {
    let method = member.kind == MemberKind::Method;
    let mark = if member.optional { "?" } else { "" };
    Offer {
        detail: format!("{mark}{}{}", if method { "" } else { ": " }, member.signature).trim().to_owned(),
        docs: member.docs.clone(),
        insert: member.insert.clone(),
        rank: u8::from(method) * 2 + u8::from(!member.everywhere),
        ..offer(
            &member.name,
            if method { OfferKind::Method } else { OfferKind::Symbol(SymbolKind::Field) },
            "",
            0,
        )
    }
}

/// Where on the line a text begins that the cursor is in.
fn open_quote(line: &str) -> Option<usize> {
    let mut open = None;
    let mut letters = line.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' if open.is_some() => drop(letters.next()),
            '"' => open = if open.is_some() { None } else { Some(at) },
            '/' if open.is_none() && line.get(at..).is_some_and(|rest| rest.starts_with("//")) => {
                return None;
            }
            _ => {}
        }
    }
    open
}

fn is_comment(line: &str) -> bool {
    let mut quoted = false;
    line.char_indices().any(|(at, letter)| {
        quoted ^= letter == '"';
        !quoted && line.get(at..).is_some_and(|rest| rest.starts_with("//"))
    })
}

/// Where the cursor is.
struct Site<'a> {
    analysis: &'a Analysis,
    file: SourceFile,
    /// The text of the file up to the word that is being typed.
    before: &'a str,
    /// The part of that on the last line.
    line: &'a str,
    /// Ids of an entity type beyond those in texts.
    known: &'a dyn Fn(&str) -> Vec<SmolStr>,
}

impl Site<'_> {
    fn declarations(&self) -> &Declarations {
        self.analysis.declarations()
    }

    fn module(&self) -> u32 {
        assize_compiler::db::module_of(&self.analysis.database, self.file)
    }

    /// Texts: ids of entities and policies, codes, controls.
    fn in_quotes(&self, before: &str) -> Vec<Offer> {
        let trimmed = before.trim_end();
        if trimmed.ends_with("::") {
            let word = trimmed.trim_end_matches("::");
            let start = word.len() - word.trim_end_matches(|c: char| c.is_alphanumeric() || c == '_').len();
            let ty = word.get(word.len() - start..).unwrap_or_default();
            return self.ids_of(ty);
        }
        if trimmed.contains("@allow(") {
            let all = codes::ALL.iter().filter(|info| info.code.0.starts_with('W'));
            return all.map(|info| offer(info.code.0, OfferKind::Text, info.title, 0)).collect();
        }
        let words: Vec<&str> = trimmed.split_whitespace().collect();
        let is_by = words.last().is_some_and(|word| *word == "by" || word.ends_with(','));
        if is_by && words.contains(&"expect") || words.last() == Some(&"by") {
            return self.policy_ids();
        }
        Vec::new()
    }

    /// Entities of a type that the package names somewhere.
    fn ids_of(&self, ty: &str) -> Vec<Offer> {
        let path = Path { segments: vec![Name { text: ty.into(), span: Span::default() }] };
        let Ok(Def::EntityType(id)) = lookup(self.declarations(), self.module(), &path) else {
            return Vec::new();
        };
        let mut found: Vec<SmolStr> = Vec::new();
        let declared = self.declarations().schema.entity_types.get(id.index());
        found.extend(declared.and_then(|it| it.closed.clone()).into_iter().flatten());
        let wanted = format!("{ty}::\"");
        for file in self.analysis.files() {
            if !self.analysis.text(*file).contains(&wanted) {
                continue;
            }
            for item in self.analysis.items(*file) {
                if !item.text(&self.analysis.database).contains(&wanted) {
                    continue;
                }
                for name in names::of_item(self.analysis, *item) {
                    if let Meaning::Entity(of, word) = name.meaning
                        && of == id
                        // The quotes that have just been typed name nobody yet.
                        && !word.is_empty()
                        && !found.contains(&word)
                    {
                        found.push(word);
                    }
                }
            }
        }
        let full = declared.map(|it| it.name.clone()).unwrap_or_default();
        let mut more = (self.known)(&full);
        more.retain(|id| !found.contains(id));
        // What policies name is meant more often than one of thousands.
        let named = found.iter().map(|word| offer(word, OfferKind::Text, ty, 0));
        named.chain(more.iter().map(|word| offer(word, OfferKind::Text, ty, 1))).collect()
    }

    fn policy_ids(&self) -> Vec<Offer> {
        let mut found = Vec::new();
        for file in self.analysis.files() {
            for symbol in super::symbols::document(self.analysis, *file) {
                if matches!(symbol.kind, SymbolKind::Policy | SymbolKind::Grant) {
                    found.push(offer(&symbol.name, OfferKind::Symbol(symbol.kind), &symbol.detail, 0));
                }
            }
        }
        found
    }

    fn offers(&self) -> Vec<Offer> {
        let chunks = split(self.before).chunks;
        let fresh = self.line.trim().is_empty();
        let prefix =
            chunks.last().map_or("", |chunk| self.before.get(chunk.start as usize..).unwrap_or_default());
        let mut offers = Vec::new();
        let expected = expected_after(prefix);
        let allows = |word: &str| expected.iter().any(|it| it == word || it.trim_matches('"') == word);
        let tokens: Vec<&str> = terminals(prefix)
            .iter()
            .filter_map(|it| prefix.get(it.span.start as usize..it.span.end as usize))
            .filter(|word| !word.is_empty())
            .collect();
        if self.before.ends_with('@') {
            return annotations::KNOWN.iter().map(annotation).collect();
        }
        if let Some(segments) = path_before(&tokens).filter(|_| self.before.ends_with("::")) {
            return self.inside(&segments);
        }
        // At the start of a line something new may begin, unless a bracket is open.
        let open = tokens.iter().filter(|it| ["(", "[", "{"].contains(it)).count();
        let closed = tokens.iter().filter(|it| [")", "]", "}"].contains(it)).count();
        if prefix.is_empty() || (fresh && open <= closed && !ends_with_operator(&tokens)) {
            offers.extend(beginnings());
        }
        for word in expected.iter().map(|it| it.trim_matches('"')) {
            if word.starts_with(|c: char| c.is_ascii_lowercase()) && !TERMINALS.contains(&word) {
                offers.push(offer(word, OfferKind::Keyword, "", 3));
            }
        }
        if allows("true") {
            self.values(&mut offers);
        } else if allows("name") {
            match context(&tokens) {
                Some("to" | "includes") => self.actions(&mut offers),
                Some("oblige") => self.declared(&mut offers, 0, |def| matches!(def, Def::Obligation(_))),
                Some("use" | "module") => self.modules(&mut offers),
                Some(_) => self.types(&mut offers),
                None => {}
            }
        }
        offers
    }

    /// What stands inside of a module, an enum, an entity type or `Action`.
    fn inside(&self, segments: &[&str]) -> Vec<Offer> {
        let declarations = self.declarations();
        let schema = &declarations.schema;
        if segments.last() == Some(&"Action") {
            let names =
                schema.actions.iter().map(|action| action.name.rsplit("::").next().unwrap_or(&action.name));
            return names
                .map(|name| Offer {
                    insert: if is_word(name) { name.to_owned() } else { format!("{name:?}") },
                    ..offer(name, OfferKind::Symbol(SymbolKind::Action), "", 0)
                })
                .collect();
        }
        let name = |text: &&str| Name { text: (*text).into(), span: Span::default() };
        let path = Path { segments: segments.iter().map(name).collect() };
        let def = lookup(declarations, self.module(), &path).ok();
        let module = declarations.module(&segments.join("::")).map(Def::Module);
        match def.or(module) {
            Some(Def::Enum(id)) => {
                let variants =
                    schema.enums.get(id.index()).map(|it| it.variants.as_slice()).unwrap_or_default();
                variants
                    .iter()
                    .map(|it| Offer {
                        insert: written(it),
                        ..offer(it, OfferKind::Symbol(SymbolKind::Variant), "", 0)
                    })
                    .collect()
            }
            Some(Def::EntityType(_)) => {
                let ids = self.ids_of(segments.last().copied().unwrap_or_default());
                ids.into_iter()
                    .map(|it| Offer {
                        insert: format!("{:?}", it.label),
                        label: format!("{:?}", it.label),
                        ..it
                    })
                    .collect()
            }
            Some(Def::Module(at)) => {
                let Some(there) = declarations.modules.get(at as usize) else { return Vec::new() };
                let names = there.names.iter().filter(|(name, def)| {
                    declarations.is_declared_in(def, at) && (!is_private(name) || at == self.module())
                });
                let actions = there.actions.iter().map(|(name, id)| (name, Def::Action(*id)));
                let actions = actions.filter(|(_, def)| declarations.is_declared_in(def, at));
                let all = names.map(|(name, def)| (name, def.clone())).chain(actions);
                all.filter_map(|(name, def)| self.of_def(name, &def, 0)).collect()
            }
            _ if segments == ["std"] => {
                let inner = library::MODULES.iter().filter_map(|module| module.path.strip_prefix("std::"));
                inner.map(|name| offer(name, OfferKind::Symbol(SymbolKind::Module), "", 0)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Names where a value is wanted.
    fn values(&self, offers: &mut Vec<Offer>) {
        for word in ["principal", "resource", "context", "action", "now"] {
            offers.push(offer(word, OfferKind::Variable, "", 2));
        }
        // The item as it is, with what stands behind the cursor.
        if let Some(at) = self.analysis.item_at(self.file, self.before.trim_end().len() as u32) {
            let schema = &self.declarations().schema;
            let types = names::Types::of(self.analysis, at.item);
            for name in names::with_types(self.analysis, at.item, &types) {
                if let (Meaning::Local(word, _), true) = (&name.meaning, name.declares)
                    && name.span.start + at.start < self.before.len() as u32
                {
                    let shown: Vec<String> =
                        types.value(name.span).iter().map(|ty| type_text(schema, ty)).collect();
                    offers.push(offer(word, OfferKind::Variable, &shown.join(" | "), 0));
                }
            }
        }
        self.declared(offers, 1, |def| {
            matches!(
                def,
                Def::Function(_)
                    | Def::Grant(_)
                    | Def::Param(_)
                    | Def::Const(_)
                    | Def::Enum(_)
                    | Def::EntityType(_)
            )
        });
        self.of_other_modules(offers, |def| matches!(def, Def::Function(_) | Def::Const(_) | Def::Param(_)));
        let quantifier = |word: &str| Offer {
            insert: format!("{word}(${{1:x}} in ${{2:set}}: $0)"),
            ..offer(&format!("{word}(x in ..: ..)"), OfferKind::Snippet, "", 3)
        };
        offers.extend([quantifier("any"), quantifier("all")]);
    }

    fn types(&self, offers: &mut Vec<Offer>) {
        let is_type = |def: &Def| matches!(def, Def::EntityType(_) | Def::Enum(_) | Def::Alias(_));
        self.declared(offers, 0, is_type);
        offers.extend(BUILTIN_TYPES.iter().map(|word| offer(word, OfferKind::Type, "", 1)));
        self.of_other_modules(offers, is_type);
    }

    /// Actions that fit the principal and the resource as far as these are known.
    fn actions(&self, offers: &mut Vec<Offer>) {
        let (principals, resources) = self.patterns();
        let schema = &self.declarations().schema;
        let Some(module) = self.declarations().modules.get(self.module() as usize) else { return };
        let fits = |id: ActionId| {
            let Some(action) = schema.actions.get(id.index()) else { return false };
            // A group fits if something that it includes does.
            let members = action.includes.iter().filter_map(|it| schema.actions.get(it.index()));
            members.filter_map(|it| it.applies.as_ref()).any(|applies| {
                let some = |known: &[EntityTypeId], of: &assize_runtime::types::EntityTypes| {
                    known.is_empty() || known.iter().any(|ty| of.contains(*ty))
                };
                some(&principals, &applies.principals) && some(&resources, &applies.resources)
            })
        };
        for (name, id) in &module.actions {
            if fits(*id) {
                offers.extend(self.of_def(name, &Def::Action(*id), 0));
            }
        }
    }

    /// The types that the patterns of the policy around the cursor name.
    fn patterns(&self) -> (Vec<EntityTypeId>, Vec<EntityTypeId>) {
        let at = self.analysis.item_at(self.file, self.before.trim_end().len() as u32);
        let Some(at) = at else { return Default::default() };
        let ItemKind::Policy(decl) = &self.analysis.tree(at.item).item.kind else {
            return Default::default();
        };
        let types = |kind: &PatternKind| match kind {
            PatternKind::Types { types, .. } => types
                .iter()
                .filter_map(|path| match lookup(self.declarations(), self.module(), path) {
                    Ok(Def::EntityType(id)) => Some(id),
                    _ => None,
                })
                .collect(),
            _ => Vec::new(),
        };
        let resource = decl.resource.as_ref().map(|pattern| types(&pattern.kind)).unwrap_or_default();
        (types(&decl.principal.kind), resource)
    }

    fn modules(&self, offers: &mut Vec<Offer>) {
        let own = self.declarations().modules.iter().map(|module| module.path.as_str());
        let all =
            own.chain(library::MODULES.iter().map(|module| module.path)).filter(|path| !path.is_empty());
        offers.extend(all.map(|path| offer(path, OfferKind::Symbol(SymbolKind::Module), "", 0)));
    }

    /// Names of this module.
    fn declared(&self, offers: &mut Vec<Offer>, rank: u8, wanted: impl Fn(&Def) -> bool) {
        if let Some(module) = self.declarations().modules.get(self.module() as usize) {
            let names = module.names.iter().filter(|(_, def)| wanted(def));
            offers.extend(names.filter_map(|(name, def)| self.of_def(name, def, rank)));
        }
    }

    /// Names that a `use` would bring, with that.
    fn of_other_modules(&self, offers: &mut Vec<Offer>, wanted: impl Fn(&Def) -> bool) {
        let declarations = self.declarations();
        let Some(here) = declarations.modules.get(self.module() as usize) else { return };
        let at = use_place(self.analysis, self.file);
        for (index, module) in declarations.modules.iter().enumerate() {
            // What belongs to no module has no path to be brought by.
            if index as u32 == self.module() || module.path.is_empty() {
                continue;
            }
            for (name, def) in &module.names {
                let free = !here.names.contains_key(name) && !is_private(name);
                if free && wanted(def) && declarations.is_declared_in(def, index as u32) {
                    let text = format!("use {}::{}\n", module.path, written(name));
                    let detail = format!("use {}", module.path);
                    let edits = vec![Edit { start: at, end: at, text }];
                    offers.extend(self.of_def(name, def, 4).map(|found| Offer { detail, edits, ..found }));
                }
            }
        }
    }

    fn of_def(&self, name: &SmolStr, def: &Def, rank: u8) -> Option<Offer> {
        let kind = match def {
            Def::EntityType(_) => SymbolKind::Entity,
            Def::Enum(_) => SymbolKind::Enum,
            Def::Alias(_) => SymbolKind::Type,
            Def::Action(_) => SymbolKind::Action,
            Def::Param(_) | Def::Const(_) => SymbolKind::Constant,
            Def::Function(_) => SymbolKind::Function,
            Def::Grant(_) => SymbolKind::Grant,
            Def::Obligation(_) => SymbolKind::Obligation,
            Def::Module(_) => SymbolKind::Module,
            Def::Use(_) => return None,
        };
        let docs = places::of_def(self.analysis, def)
            .map(|(_, item)| self.analysis.tree(item).item.docs.to_string());
        let word = is_word(name);
        let insert = match def {
            Def::Action(_) if !word => format!("{:?}", name.as_str()),
            _ => written(name),
        };
        Some(Offer {
            docs: docs.unwrap_or_default(),
            insert,
            ..offer(name, OfferKind::Symbol(kind), "", rank)
        })
    }
}

/// Where a `use` is put: behind the last one, or behind the module header, or at the start.
fn use_place(analysis: &Analysis, file: SourceFile) -> u32 {
    let text = analysis.text(file);
    let heads = analysis
        .items(file)
        .iter()
        .filter(|item| matches!(analysis.tree(**item).item.kind, ItemKind::Use(_) | ItemKind::Module(_)));
    let end =
        heads.map(|item| item.start(&analysis.database) as usize + item.text(&analysis.database).len()).max();
    let Some(end) = end else { return 0 };
    let rest = text.get(end..).unwrap_or_default();
    (end + rest.find('\n').map_or(rest.len(), |at| at + 1)) as u32
}

/// Terminals of the grammar that are no words.
const TERMINALS: [&str; 9] =
    ["name", "quoted_name", "int", "decimal", "duration", "string", "raw_string", "tagged", "bad"];

fn is_word(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn annotation((name, form, docs): &(&str, &str, &str)) -> Offer {
    let argument = form.find('(').is_some();
    let insert = if argument { format!("{name}(\"$1\")") } else { (*name).to_owned() };
    Offer { docs: (*docs).to_owned(), insert, ..offer(name, OfferKind::Snippet, form, 0) }
}

/// The names before a `::` at the end.
fn path_before<'t>(tokens: &[&'t str]) -> Option<Vec<&'t str>> {
    let mut segments = Vec::new();
    let mut rest = tokens;
    while let [before @ .., name, "::"] = rest {
        segments.insert(0, name.trim_matches('`'));
        rest = before;
    }
    (!segments.is_empty()).then_some(segments)
}

fn ends_with_operator(tokens: &[&str]) -> bool {
    let Some(last) = tokens.last() else { return false };
    let open = [
        ",", "|", "==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "=", "->", ":", "and", "or", "not", "when",
    ];
    open.contains(last)
}

/// The word that says what kind of name comes next.
fn context<'t>(tokens: &[&'t str]) -> Option<&'t str> {
    let words = [
        "to", "includes", "oblige", "use", "module", "allow", "deny", "on", "by", "with", "in", "is", ":",
        "->", "<", "|", "=", "expect", "any", "all",
    ];
    let mut depth = 0_usize;
    for token in tokens.iter().rev() {
        match *token {
            ")" | "]" | "}" => depth += 1,
            "(" | "[" | "{" => depth = depth.saturating_sub(1),
            word if depth == 0 && words.contains(&word) => return Some(word),
            _ => {}
        }
    }
    None
}

/// What declarations begin with.
fn beginnings() -> Vec<Offer> {
    let words = [
        "allow",
        "deny",
        "trial",
        "entity",
        "external entity",
        "enum",
        "ordered enum",
        "type",
        "action",
        "param",
        "const",
        "fn",
        "grant",
        "obligation",
        "test",
        "prove",
        "use",
        "module",
    ];
    let mut offers: Vec<Offer> = words.iter().map(|word| offer(word, OfferKind::Keyword, "", 2)).collect();
    let snippets = [
        (
            "allow ..",
            "a policy",
            "@id(\"${1:name}\")\nallow ${2:User} u to ${3:read} on ${4:Document} d\n  when $0",
        ),
        (
            "deny ..",
            "a policy",
            "@id(\"${1:name}\")\ndeny ${2:User} u to ${3:*} on ${4:Document} d\n  when $0",
        ),
        ("entity ..", "an entity type", "entity ${1:Name} {\n  ${2:name}: ${3:String}\n}"),
        (
            "grant ..",
            "a grant",
            "grant ${1:viewer}(who: ${2:User}, what: ${3:Document}) {\n  allow ${2:User} in who to ${4:read} on ${3:Document} in what\n}",
        ),
        (
            "test ..",
            "a test",
            "test \"${1:what holds}\" {\n  data {\n    $0\n  }\n  expect ${2:allow} ${3:User::\"a\"} to ${4:read} on ${5:Document::\"d\"}\n}",
        ),
        ("fn ..", "a function", "fn ${1:name}(${2:x: Int}) -> ${3:Bool} = $0"),
    ];
    offers.extend(snippets.map(|(label, detail, insert)| Offer {
        insert: insert.to_owned(),
        ..offer(label, OfferKind::Snippet, detail, 3)
    }));
    offers
}
