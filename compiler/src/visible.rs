//! What of a package's declarations an item can see, so that an edit of an entity checks only what uses it again.
//!
//! A check is handed all declarations, but reads only those that the words of its item lead to. Here each declaration becomes a node
//! of a graph, and gets a number for itself and all that it leads to; an item is seen as the numbers of its words. Two states of the
//! declarations in which these are equal look the same from there:
//!
//! ```text
//! declarations ─ slices ─ slices_for(file) ─ visible(item) ─ rules, function, test: one for each item
//! ```
//!
//! | an item with | depends on |
//! |---|---|
//! | a word that is declared, in whichever module | that declaration, and through types all that it leads to |
//! | `*` for actions | which actions there are and what they apply to; all about those for the types that it names |
//! | a pattern without a type | everything |
//! | something wrong with it | everything: a message may propose any name ([`depend_on_all`]) |
//!
//! This decides what an editor works out again, never what is compiled to be run: that begins with an empty database.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use assize_lang::ast::{Actions, Item, ItemKind, Pattern, PatternKind, PolicyDecl};
use assize_runtime::types::{EntityTypes, RecordType, Schema, Type};
use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use crate::db::{self, Package, SourceFile, SourceItem};
use crate::declarations::{Declarations, Def, SharedDeclarations};
use crate::lints::words_of;
use crate::resolve::order::components;

/// The declarations as one item sees them: equal to others that look the same from there.
#[derive(Clone, Debug)]
pub struct Visible {
    /// All of them.
    pub declarations: SharedDeclarations,
    looks: u64,
}

impl PartialEq for Visible {
    fn eq(&self, other: &Visible) -> bool {
        self.looks == other.looks
    }
}

impl Eq for Visible {}

/// What can be seen through the words of an item.
#[salsa::tracked(returns(ref))]
pub fn visible<'db>(db: &'db dyn salsa::Database, item: SourceItem<'db>) -> Visible {
    let InFile { slices, .. } = slices_for(db, item.file(db));
    let slices = slices.clone();
    let open = openness(&db::parse(db, item).item);
    let looks = slices.seen_through(words_of(db, item).iter(), open);
    Visible { declarations: slices.declarations.clone(), looks }
}

/// Says that what is being worked out may depend on any declaration, and not only on those that its words lead to.
pub fn depend_on_all(db: &dyn salsa::Database) {
    let _ = db::declarations(db, Package::get(db));
}

/// As [`Visible`], of all items of a file together.
#[derive(Clone, Debug)]
struct InFile {
    slices: Arc<Slices>,
    looks: u64,
}

impl PartialEq for InFile {
    fn eq(&self, other: &InFile) -> bool {
        self.looks == other.looks
    }
}

impl Eq for InFile {}

#[salsa::tracked(returns(ref))]
fn slices_for(db: &dyn salsa::Database, file: SourceFile) -> InFile {
    let slices = slices(db, Package::get(db)).clone();
    let all = words_in(db, file);
    let looks = slices.seen_through(all.words.iter(), all.open);
    InFile { slices, looks }
}

/// A number for what the items of a file see of all declarations.
pub fn looks_of(db: &dyn salsa::Database, file: SourceFile) -> u64 {
    slices_for(db, file).looks
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct FileWords {
    words: Vec<SmolStr>,
    open: Open,
}

/// The words of a file that may be names, each once.
#[salsa::tracked(returns(ref))]
fn words_in(db: &dyn salsa::Database, file: SourceFile) -> FileWords {
    let mut words = Vec::new();
    let mut open = Open::default();
    for item in &db::split(db, file).items {
        let own = openness(&db::parse(db, *item).item);
        open = Open { actions: open.actions | own.actions, types: open.types | own.types };
        words.extend(words_of(db, *item).iter().filter(|word| may_name(word)).cloned());
    }
    words.sort_unstable();
    words.dedup();
    FileWords { words, open }
}

fn may_name(word: &str) -> bool {
    !word.starts_with(|c: char| c.is_ascii_digit())
}

/// What an item means without naming it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Open {
    /// It says `*`, or `"s3:*"`.
    actions: bool,
    /// It has a pattern without a type.
    types: bool,
}

fn openness(item: &Item) -> Open {
    let mut open = Open::default();
    let mut add = |policy: &PolicyDecl| {
        open.actions |= match &policy.actions {
            Actions::All(_) | Actions::Error(_) => true,
            Actions::List(list) => list.iter().any(|it| it.quoted && it.path.last().text.contains('*')),
        };
        open.types |= has_no_type(&policy.principal) || policy.resource.as_ref().is_none_or(has_no_type);
    };
    match &item.kind {
        ItemKind::Policy(decl) => add(decl),
        ItemKind::Grant(decl) => decl.body.iter().flatten().for_each(|inner| add(&inner.policy)),
        ItemKind::Prove(decl) => decl.claims.iter().for_each(|claim| add(&claim.policy)),
        _ => {}
    }
    open
}

fn has_no_type(pattern: &Pattern) -> bool {
    !matches!(pattern.kind, PatternKind::Types { .. } | PatternKind::Entity(_))
}

/// The declarations in parts that can be compared one by one.
#[derive(Clone, Debug)]
pub struct Slices {
    declarations: SharedDeclarations,
    /// For each word that a declaration's name has: all that it can mean, and all that these lead to.
    by_word: FxHashMap<SmolStr, Word>,
    /// All actions, without what the types that they mention are.
    actions: u64,
    /// Everything.
    all: u64,
    /// What every item sees.
    common: u64,
}

impl PartialEq for Slices {
    fn eq(&self, other: &Slices) -> bool {
        self.all == other.all && self.common == other.common
    }
}

impl Eq for Slices {}

#[derive(Clone, Copy, Debug, Default)]
struct Word {
    meaning: u64,
    /// Of the actions that apply to resources of types with this name.
    actions: u64,
}

#[salsa::tracked(returns(ref))]
fn slices(db: &dyn salsa::Database, package: Package) -> Arc<Slices> {
    Arc::new(Slices::of(db::declarations(db, package)))
}

impl Slices {
    fn seen_through<'a>(&self, words: impl Iterator<Item = &'a SmolStr>, open: Open) -> u64 {
        if open.types {
            return self.all;
        }
        let mut hasher = DefaultHasher::new();
        self.common.hash(&mut hasher);
        if open.actions {
            self.actions.hash(&mut hasher);
        }
        for word in words.filter(|word| may_name(word)) {
            if let Some(known) = self.by_word.get(word) {
                known.meaning.hash(&mut hasher);
                if open.actions {
                    known.actions.hash(&mut hasher);
                }
            }
        }
        hasher.finish()
    }

    fn of(declarations: &SharedDeclarations) -> Slices {
        let graph = Graph::of(declarations);
        let deep = graph.with_all_below();
        let mut by_word: FxHashMap<SmolStr, Word> = FxHashMap::default();
        let mut common = DefaultHasher::new();
        let mut add = |name: &str, what: u64| {
            let mut any = false;
            for word in words(name) {
                any = true;
                combine(&mut by_word.entry(word.into()).or_default().meaning, what);
            }
            // What has no word in its name may stand anywhere.
            if !any {
                what.hash(&mut common);
            }
        };
        for (at, module) in declarations.modules.iter().enumerate() {
            add(&module.path, hash(&("module", at, &module.path)));
            for (name, def) in &module.names {
                let node = graph.node(def).and_then(|node| deep.get(node));
                add(name, hash(&(at, name, def, node)));
            }
            for (name, action) in &module.actions {
                let node = graph.node(&Def::Action(*action)).and_then(|node| deep.get(node));
                add(name, hash(&("action", at, name, action, node)));
            }
        }
        for name in &declarations.broken {
            add(name, hash(&("broken", name)));
        }
        let schema = &declarations.schema;
        // Whether any type has an attribute of some name, or any context a field, is asked where this one has not.
        let contexts =
            schema.actions.iter().filter_map(|action| action.applies.as_ref()).map(|it| &it.context);
        let attributes = schema.entity_types.iter().map(|ty| &ty.attributes);
        for (what, name) in names_in(attributes).map(|it| (0, it)).chain(names_in(contexts).map(|it| (1, it)))
        {
            combine(&mut by_word.entry(name.clone()).or_default().meaning, what);
        }
        for (at, action) in schema.actions.iter().enumerate() {
            let Some(applies) = &action.applies else { continue };
            let own = deep.get(graph.actions + at).copied().unwrap_or_default();
            for ty in applies.resources.iter() {
                let name =
                    schema.entity_types.get(ty.index()).map(|ty| last_part(&ty.name)).unwrap_or_default();
                combine(&mut by_word.entry(name.into()).or_default().actions, own);
            }
        }
        let mut actions = DefaultHasher::new();
        for action in &schema.actions {
            action.name.hash(&mut actions);
            action.includes.hash(&mut actions);
            if let Some(applies) = &action.applies {
                (&applies.principals, &applies.resources, &applies.context).hash(&mut actions);
            }
        }
        let common = common.finish();
        // Of everything, each part is in some node or under some word.
        let mut all = DefaultHasher::new();
        common.hash(&mut all);
        deep.hash(&mut all);
        declarations.broken.hash(&mut all);
        declarations.lost_parents.hash(&mut all);
        for module in &declarations.modules {
            module.path.hash(&mut all);
            module.names.iter().for_each(|it| it.hash(&mut all));
            module.actions.iter().for_each(|it| it.hash(&mut all));
        }
        Slices {
            declarations: declarations.clone(),
            by_word,
            actions: actions.finish(),
            all: all.finish(),
            common,
        }
    }
}

/// The names of fields, each once.
fn names_in<'a>(records: impl Iterator<Item = &'a RecordType>) -> impl Iterator<Item = &'a SmolStr> {
    records.flat_map(RecordType::fields).map(|field| &field.name).collect::<BTreeSet<_>>().into_iter()
}

fn combine(into: &mut u64, what: u64) {
    *into = hash(&(*into, what));
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

fn words(name: &str) -> impl Iterator<Item = &str> {
    name.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty())
}

fn last_part(name: &str) -> &str {
    name.rsplit("::").next().unwrap_or(name)
}

/// Declarations and which others each leads to. Nodes are numbered kind after kind.
struct Graph {
    own: Vec<u64>,
    needs: Vec<Vec<usize>>,
    enums: usize,
    actions: usize,
    grants: usize,
    obligations: usize,
    aliases: usize,
    params: usize,
    consts: usize,
    functions: usize,
}

impl Graph {
    fn of(declarations: &Declarations) -> Graph {
        let schema = &declarations.schema;
        let enums = schema.entity_types.len();
        let actions = enums + schema.enums.len();
        let grants = actions + schema.actions.len();
        let obligations = grants + schema.grants.len();
        let aliases = obligations + schema.obligations.len();
        let params = aliases + declarations.aliases.len();
        let consts = params + declarations.params.len();
        let functions = consts + declarations.consts.len();
        let count = functions + declarations.functions.len();
        let (own, needs) = (Vec::with_capacity(count), Vec::with_capacity(count));
        let mut graph =
            Graph { own, needs, enums, actions, grants, obligations, aliases, params, consts, functions };
        graph.schema(declarations, schema);
        for (name, ty) in &declarations.aliases {
            graph.add(&(name, ty), |needs| ty.iter().for_each(|ty| of_type(ty, enums, needs)));
        }
        for value in declarations.params.iter().chain(&declarations.consts) {
            graph.add(&(&value.name, &value.ty, &value.value), |needs| of_type(&value.ty, enums, needs));
        }
        for function in &declarations.functions {
            graph.add(&(&function.name, &function.params, &function.result), |needs| {
                function.params.iter().for_each(|(_, ty)| of_type(ty, enums, needs));
                of_type(&function.result, enums, needs);
            });
        }
        graph
    }

    fn schema(&mut self, declarations: &Declarations, schema: &Schema) {
        let (enums, actions) = (self.enums, self.actions);
        for (ty, id) in schema.entity_types.iter().zip(0..) {
            let lost = declarations.lost_parents.contains(&assize_runtime::types::EntityTypeId(id));
            // What could not be read of it has no other place.
            let bare = last_part(&ty.name);
            let broken: Vec<&SmolStr> = declarations
                .broken
                .iter()
                .filter(|name| name.split('.').next().is_some_and(|owner| last_part(owner) == bare))
                .collect();
            let own = (&ty.name, &ty.parents, &ty.attributes, &ty.closed, ty.external, lost, broken);
            self.add(&own, |needs| {
                needs.extend(ty.parents.iter().map(|parent| parent.index()));
                of_record(&ty.attributes, enums, needs);
            });
        }
        for ty in &schema.enums {
            self.add(&(&ty.name, &ty.variants, ty.ordered), |_| {});
        }
        for action in &schema.actions {
            let applies = action.applies.as_ref();
            let head = applies.map(|it| (&it.principals, &it.resources, &it.context));
            self.add(&(&action.name, &action.includes, head), |needs| {
                needs.extend(action.includes.iter().map(|included| actions + included.index()));
                if let Some(applies) = applies {
                    of_entities(&applies.principals, needs);
                    of_entities(&applies.resources, needs);
                    of_record(&applies.context, enums, needs);
                }
            });
        }
        for grant in &schema.grants {
            self.add(&(&grant.name, &grant.params, grant.at_most), |needs| {
                grant.params.iter().for_each(|param| of_type(&param.ty, enums, needs));
            });
        }
        for obligation in &schema.obligations {
            self.add(&(&obligation.name, &obligation.params), |needs| {
                obligation.params.iter().for_each(|param| of_type(&param.ty, enums, needs));
            });
        }
    }

    /// A node with its number in its hash: what names it by number must see it move.
    fn add(&mut self, own: &impl Hash, needs: impl FnOnce(&mut Vec<usize>)) {
        self.own.push(hash(&(self.own.len(), own)));
        let mut all = Vec::new();
        needs(&mut all);
        self.needs.push(all);
    }

    fn node(&self, def: &Def) -> Option<usize> {
        Some(match def {
            Def::EntityType(id) => id.index(),
            Def::Enum(id) => self.enums + id.index(),
            Def::Action(id) => self.actions + id.index(),
            Def::Grant(id) => self.grants + id.index(),
            Def::Obligation(id) => self.obligations + id.index(),
            Def::Alias(at) => self.aliases + *at as usize,
            Def::Param(at) => self.params + *at as usize,
            Def::Const(at) => self.consts + *at as usize,
            Def::Function(at) => self.functions + *at as usize,
            Def::Module(_) | Def::Use(_) => return None,
        })
    }

    /// For each node a number for it and all that it leads to.
    fn with_all_below(&self) -> Vec<u64> {
        let count = self.own.len();
        let needs: Vec<Vec<usize>> =
            self.needs.iter().map(|needs| needs.iter().copied().filter(|to| *to < count).collect()).collect();
        let mut deep = vec![0; count];
        for component in components(&needs) {
            let mut hasher = DefaultHasher::new();
            for node in &component {
                self.own[*node].hash(&mut hasher);
                // What lies in the same ring is in this hash already; all else was seen before.
                for to in needs[*node].iter().filter(|to| component.binary_search(to).is_err()) {
                    deep[*to].hash(&mut hasher);
                }
            }
            let together = hasher.finish();
            for node in component {
                deep[node] = hash(&(together, self.own[node]));
            }
        }
        deep
    }
}

fn of_entities(types: &EntityTypes, needs: &mut Vec<usize>) {
    needs.extend(types.iter().map(|ty| ty.index()));
}

fn of_record(record: &RecordType, enums: usize, needs: &mut Vec<usize>) {
    record.fields().iter().for_each(|field| of_type(&field.ty, enums, needs));
}

fn of_type(ty: &Type, enums: usize, needs: &mut Vec<usize>) {
    match ty {
        Type::Enum(id) => needs.push(enums + id.index()),
        Type::Entity(types) => of_entities(types, needs),
        Type::Set(inner) | Type::Map(inner) | Type::Optional(inner) => of_type(inner, enums, needs),
        Type::Record(record) => of_record(record, enums, needs),
        Type::Bool
        | Type::Int
        | Type::Decimal
        | Type::String
        | Type::Ip
        | Type::Cidr
        | Type::Datetime
        | Type::Duration
        | Type::Zone
        | Type::Action
        | Type::Never => {}
    }
}
