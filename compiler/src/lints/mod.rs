//! Findings about the package as a whole: what nothing uses, what says the same twice, what goes too far.

pub mod conditions;
pub(crate) mod pairs;
pub mod untried;
mod worth;

use std::collections::BTreeSet;

use assize_lang::ast::{Item, ItemKind};
use assize_lang::{Diagnostic, Label, Span, codes};
use assize_runtime::program::{Effect, Policy, Within};
use assize_runtime::types::{ActionId, Schema};
use rustc_hash::{FxHashMap, FxHashSet, FxHasher};
use smol_str::SmolStr;
use std::hash::{Hash, Hasher};

use crate::db::{self, Package};
use crate::declarations::Def;
use crate::expr::types_text;
use crate::functions;
use crate::package::Located;
use crate::policy::Rule;
use crate::resolve::Resolved;

/// A checked policy with the place of its item.
pub struct PlacedRule<'a> {
    /// The item that it stands in.
    pub item: db::SourceItem<'a>,
    /// Its place among the policies of the item.
    pub index: usize,
    /// Index of the file.
    pub file: u32,
    /// The policy.
    pub rule: &'a Rule,
}

/// A finding about an item. No place in it counts from the start of a file, so that moving items leaves it as it is.
#[derive(Clone, Debug, PartialEq, Eq, salsa::SalsaValue)]
pub struct Placed<'db> {
    /// Index of the file.
    pub file: u32,
    /// The item that its spans count from.
    pub item: db::SourceItem<'db>,
    /// What is said.
    pub diagnostic: Diagnostic,
    /// A place in another item.
    pub elsewhere: Option<Elsewhere<'db>>,
}

/// A secondary label in another item.
#[derive(Clone, Debug, PartialEq, Eq, salsa::SalsaValue)]
pub struct Elsewhere<'db> {
    /// Index of the file.
    pub file: u32,
    /// The item that its span counts from.
    pub item: db::SourceItem<'db>,
    /// What is marked.
    pub span: Span,
    /// What is said there.
    pub message: String,
}

impl<'db> Placed<'db> {
    /// A finding in one item alone.
    pub fn new(file: u32, item: db::SourceItem<'db>, diagnostic: Diagnostic) -> Placed<'db> {
        Placed { file, item, diagnostic, elsewhere: None }
    }

    /// With places in files.
    pub fn located(&self, db: &dyn salsa::Database) -> Located {
        let mut diagnostic = self.diagnostic.clone().offset_by(self.item.start(db));
        if let Some(Elsewhere { file, item, span, message }) = &self.elsewhere {
            let start = item.start(db);
            let (start, end) = (span.start.saturating_add(start), span.end.saturating_add(start));
            diagnostic.secondary.push(Label { file: Some(*file), start, end, message: message.clone() });
        }
        Located { file: self.file, diagnostic }
    }
}

/// Declarations that no other item mentions. A package without policies is there for others to use.
pub fn unused<'db>(db: &'db dyn salsa::Database, package: Package, resolved: &Resolved) -> Vec<Placed<'db>> {
    let mut mentions: FxHashMap<SmolStr, u32> = FxHashMap::default();
    let mut any_policy = false;
    for file in package.files(db) {
        for item in &db::split(db, *file).items {
            let item_kind = &db::parse(db, *item).item.kind;
            any_policy |= matches!(item_kind, ItemKind::Policy(_) | ItemKind::Grant(_));
            for word in words_of(db, *item) {
                *mentions.entry(word.clone()).or_default() += 1;
            }
        }
    }
    if !any_policy {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (def, (key, span)) in &resolved.places {
        // The library is there to be used, and beyond the files of the package.
        let Some(file) = package.files(db).get(key.file as usize) else { continue };
        let Some(item) = db::declaration_items(db, *file).get(key.item as usize) else { continue };
        let parsed = &db::parse(db, *item).item;
        let Some((what, name)) = lintable(def, parsed) else { continue };
        let sound = !resolved.declarations.broken.contains(name);
        let once = sound && mentions.get(name).is_none_or(|count| *count < 2);
        let allowed = &db::notes(db, *item).0.allowed;
        if once && !allowed.contains(&codes::UNUSED) {
            let diagnostic =
                Diagnostic::new(codes::UNUSED, *span, format!("{what} `{name}` is used nowhere"));
            let diagnostic = diagnostic.help("remove it, or write `@allow(\"W0102\")` above it");
            found.push(Placed::new(key.file, *item, diagnostic));
        }
    }
    found
}

/// A parameter of a function or a `let` of a test that nothing uses.
pub fn unused_inside(what: &str, name: &assize_lang::ast::Name) -> Diagnostic {
    let message = format!("{what} `{}` is used nowhere", name.text);
    Diagnostic::new(codes::UNUSED_INSIDE, name.span, message)
        .help(format!("remove it, or call it `_{}` to say that this is meant", name.text))
}

/// Kinds of declarations that are only there to be used in the text, with their name.
fn lintable<'a>(def: &Def, item: &'a Item) -> Option<(&'static str, &'a SmolStr)> {
    Some(match (def, &item.kind) {
        // A framework is there for annotations, whose texts are no mentions.
        (Def::Enum(_), _) if item.annotations.iter().any(|it| it.name.text == "framework") => return None,
        (Def::Enum(_), ItemKind::Enum(decl)) => ("enum", &decl.name.text),
        (Def::Alias(_), ItemKind::TypeAlias { name, .. }) => ("type", &name.text),
        (Def::Alias(_), ItemKind::TypeParam { name, .. }) => ("param type", &name.text),
        (Def::Param(_), ItemKind::Param(decl)) => ("param", &decl.name.text),
        (Def::Const(_), ItemKind::Const(decl)) => ("const", &decl.name.text),
        (Def::Function(_), ItemKind::Fn(decl)) => ("function", &decl.name.text),
        (Def::Obligation(_), ItemKind::Obligation { name, .. }) => ("obligation", &name.text),
        (Def::Grant(_), ItemKind::Grant(decl)) if decl.body.is_none() => {
            ("grant without a body", &decl.name.text)
        }
        _ => return None,
    })
}

/// The words of an item's text, comments and strings included: a word that stands anywhere counts as a use, so that nothing
/// used is ever reported.
#[salsa::tracked(returns(ref))]
pub fn words_of<'db>(db: &'db dyn salsa::Database, item: db::SourceItem<'db>) -> Vec<SmolStr> {
    let text = item.text(db);
    let mut seen = FxHashSet::default();
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let words = text.split(|c: char| !is_word(c)).filter(|word| !word.is_empty());
    words.filter(|word| seen.insert(*word)).map(SmolStr::new).collect()
}

/// What policies say together.
pub fn package<'db>(
    db: &'db dyn salsa::Database,
    schema: &Schema,
    rules: &[PlacedRule<'db>],
) -> Vec<Placed<'db>> {
    let mut found = Vec::new();
    let mut said = BTreeSet::new();
    let mut known: FxHashMap<u64, usize> = FxHashMap::default();
    let flat_denies: Vec<(usize, &Policy)> = rules
        .iter()
        .enumerate()
        .filter_map(|(at, placed)| Some((at, placed.rule.policy.as_ref()?)))
        .filter(|(_, policy)| is_flat_deny(policy))
        // More than anybody writes; each is compared with every `allow`.
        .take(256)
        .collect();
    let mut denied: FxHashMap<ActionId, Vec<(usize, &Policy)>> = FxHashMap::default();
    for deny in &flat_denies {
        for action in &deny.1.actions {
            denied.entry(*action).or_default().push(*deny);
        }
    }
    for (at, placed) in rules.iter().enumerate() {
        db.unwind_if_revision_cancelled();
        let Some(policy) = &placed.rule.policy else { continue };
        let rule = placed.rule;
        let mut report = |diagnostic: Diagnostic| {
            if !rule.allowed.contains(&diagnostic.code) {
                found.push(Placed::new(placed.file, placed.item, diagnostic));
            }
        };
        if allows_everything(schema, policy) {
            let message = "everybody may do everything to everything";
            let help = "name who, what or on what; add `when`; or write `@allow(\"W0301\")` above it";
            report(Diagnostic::new(codes::ALLOWS_EVERYTHING, rule.effect_span, message).help(help));
        } else if allows_anybody(policy) {
            let what =
                policy.resource.types.as_ref().map_or("everything".to_owned(), |types| {
                    format!("every `{}`", types_text(schema, types))
                });
            let message = format!("anybody may do this to {what}, on no condition");
            let help =
                "name who, or add `when`; if it is meant to be public, write `@allow(\"W0305\")` above it";
            report(Diagnostic::new(codes::ALLOWS_ANYBODY, rule.effect_span, message).help(help));
        }
        match known.get(&rule.fingerprint) {
            Some(first) if says_the_same(rules[*first].rule, rule) => {
                let first = &rules[*first];
                let name = first.rule.id.as_ref().map_or("another", |(id, _)| id.as_str());
                let message = format!("this policy says the same as `{name}`");
                said.insert(at);
                report(
                    Diagnostic::new(codes::DUPLICATE_POLICY, rule.effect_span, message)
                        .help("remove one of them"),
                );
            }
            Some(_) => {}
            None => drop(known.insert(rule.fingerprint, at)),
        }
        // A `deny` that covers it names each of its actions.
        let near = policy
            .actions
            .first()
            .map_or(&flat_denies[..], |action| denied.get(action).map_or(&[], Vec::as_slice));
        let cover = near.iter().find(|(deny, other)| *deny != at && covers(other, policy));
        if let Some((deny, _)) = cover
            && policy.effect == Effect::Allow
        {
            let name = rules[*deny].rule.id.as_ref().map_or("a `deny`", |(id, _)| id.as_str());
            let message = format!("this `allow` never has an effect: `{name}` always denies what it allows");
            said.insert(at);
            report(
                Diagnostic::new(codes::OVERRIDDEN, rule.effect_span, message)
                    .help("remove one of them, or narrow the `deny`"),
            );
        }
    }
    found.extend(pairs::superfluous(db, rules, &said));
    found
}

/// A `deny` that applies, too, where its condition cannot be computed. `functions`: whether each can leave the range of a number.
pub fn deny_that_overflows(rule: &Rule, functions: &[bool]) -> Option<Diagnostic> {
    let policy = rule.policy.as_ref()?;
    let matters = policy.effect == Effect::Deny && !policy.on_error_skip;
    if !matters || rule.allowed.contains(&codes::DENY_CAN_ERR) {
        return None;
    }
    let mut conditions = policy.variants.iter().filter_map(|variant| variant.condition.as_ref());
    let span = conditions.find_map(|condition| functions::overflow(condition, functions))?;
    let message = "this can leave its range, and then the `deny` applies";
    let help = "compare without computing, or write `@allow(\"W0303\")` if that is meant";
    Some(Diagnostic::new(codes::DENY_CAN_ERR, span, message).help(help))
}

fn says_the_same(a: &Rule, b: &Rule) -> bool {
    a.patterns == b.patterns && a.policy.as_ref().map(plain) == b.policy.as_ref().map(plain)
}

/// Whether it lets anybody do its actions to all resources of its types.
fn allows_anybody(policy: &Policy) -> bool {
    let unconditional = policy.variants.iter().all(|variant| variant.condition.is_none());
    policy.effect == Effect::Allow
        && !policy.trial
        && policy.grant.is_none()
        && policy.principal.types.is_none()
        && policy.principal.within == Within::Anywhere
        && policy.resource.within == Within::Anywhere
        && unconditional
        && !policy.variants.is_empty()
}

fn allows_everything(schema: &Schema, policy: &Policy) -> bool {
    let actions = schema.actions.iter().filter(|action| action.applies.is_some()).count();
    allows_anybody(policy)
        && policy.resource.types.is_none()
        && policy.actions.iter().filter(|at| schema.actions[at.index()].applies.is_some()).count() == actions
}

fn is_flat_deny(policy: &Policy) -> bool {
    policy.effect == Effect::Deny
        && !policy.trial
        && policy.grant.is_none()
        && !policy.variants.is_empty()
        && policy.variants.iter().all(|variant| variant.condition.is_none() && variant.obligations.is_empty())
}

/// Whether a `deny` without condition meets every request that `policy` meets.
fn covers(deny: &Policy, policy: &Policy) -> bool {
    let pattern = |outer: &assize_runtime::program::Pattern, inner: &assize_runtime::program::Pattern| {
        let types = match (&outer.types, &inner.types) {
            (None, _) => true,
            (Some(outer), Some(inner)) => inner.is_subset(outer),
            (Some(_), None) => false,
        };
        types && (outer.within == Within::Anywhere || outer.within == inner.within)
    };
    pattern(&deny.principal, &policy.principal)
        && pattern(&deny.resource, &policy.resource)
        && policy.actions.iter().all(|action| deny.actions.binary_search(action).is_ok())
}

/// A number that is the same for policies that say the same: places and words about it do not count.
pub fn fingerprint(policy: &Policy) -> u64 {
    let mut hasher = FxHasher::default();
    let Policy { effect, trial, on_error_skip, principal, actions, resource, grant, variants, .. } = policy;
    (effect, trial, on_error_skip, principal, actions, resource, grant).hash(&mut hasher);
    for variant in variants {
        (&variant.principals, &variant.actions, &variant.resources).hash(&mut hasher);
        variant.condition.is_some().hash(&mut hasher);
        let args = variant.obligations.iter().flat_map(|call| &call.args);
        for node in variant.condition.iter().chain(args).flat_map(|body| &body.nodes) {
            // The type follows from the operation and those below it, nearly always.
            node.op.hash(&mut hasher);
        }
    }
    hasher.finish()
}

/// The policy without places and words about it.
fn plain(policy: &Policy) -> Policy {
    let mut plain = policy.clone();
    plain.annotations.clear();
    plain.docs = SmolStr::default();
    plain.because = None;
    plain.span = Default::default();
    for variant in &mut plain.variants {
        let args = variant.obligations.iter_mut().flat_map(|call| &mut call.args);
        for node in variant.condition.iter_mut().chain(args).flat_map(|body| &mut body.nodes) {
            node.span = Default::default();
        }
    }
    plain
}
