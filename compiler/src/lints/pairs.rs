//! Policies that another makes superfluous: one that applies wherever the first does, with the same effect, or a `deny` that always
//! overrides it.
//!
//! Comparing all with all would take too long. Each policy is summed up in keys for what it mentions ([`Outline`], remembered for each
//! item), and is compared only with those whose rarest key it mentions as well; each comparison is remembered too. What this
//! overlooks is not said.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash, Hasher};

use assize_lang::{Diagnostic, codes};
use assize_runtime::Value;
use assize_runtime::program::{Body, Effect, NodeId, Op, Pattern, Policy, Within};
use assize_runtime::types::EntityTypes;
use rustc_hash::{FxHashMap, FxHasher};

use super::{Placed, PlacedRule, plain};
use crate::db::{self, Package, SourceItem};
use crate::reason::{self, Library, Relation, Side, Surroundings};

/// With how many others a policy is compared.
const MAX_COMPARED: usize = 12;

/// How many policies are considered under one key.
const MAX_UNDER_KEY: usize = 64;

/// What a policy mentions, without places and without most constants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outline {
    /// Paths, functions, grants and entities, sorted.
    mentions: Vec<u64>,
    /// Of each of the alternatives by which it can apply, what that mentions.
    alternatives: Vec<Vec<u64>>,
}

/// The outlines of the policies of an item.
#[salsa::tracked(returns(ref))]
pub fn outlines<'db>(db: &'db dyn salsa::Database, item: SourceItem<'db>) -> Vec<Outline> {
    let rules = &db::rules(db, item).rules;
    rules.iter().map(|rule| rule.policy.as_ref().map(outline).unwrap_or_default()).collect()
}

/// Whether a policy applies wherever another does; each is named by its item and its place among the policies of that.
#[salsa::tracked(returns(copy))]
fn is_covered<'db>(
    db: &'db dyn salsa::Database,
    inner: SourceItem<'db>,
    inner_at: usize,
    outer: SourceItem<'db>,
    outer_at: usize,
) -> bool {
    let (Some(first), Some(second)) =
        (db::rules(db, inner).rules.get(inner_at), db::rules(db, outer).rules.get(outer_at))
    else {
        return false;
    };
    let (Some(policy), Some(other)) = (&first.policy, &second.policy) else { return false };
    let function = |index| super::conditions::function_body(db, index);
    let library = Library { schema: &db::declarations(db, Package::get(db)).schema, function: &function };
    let mut compared = false;
    for variant in &policy.variants {
        if !variant.actions.iter().all(|action| other.actions.binary_search(action).is_ok())
            || !admits(&other.principal, &variant.principals)
            || !admits(&other.resource, &variant.resources)
        {
            return false;
        }
        for against in &other.variants {
            let actions: Vec<_> = variant
                .actions
                .iter()
                .filter(|it| against.actions.binary_search(it).is_ok())
                .copied()
                .collect();
            let (Some(principals), Some(resources)) = (
                variant.principals.intersect(&against.principals),
                variant.resources.intersect(&against.resources),
            ) else {
                continue;
            };
            if actions.is_empty() {
                continue;
            }
            let around = Surroundings { principals: &principals, resources: &resources, actions: &actions };
            let inner = Side { policy, variant, patterns: &first.patterns };
            let outer = Side { policy: other, variant: against, patterns: &second.patterns };
            if reason::relation(library, &around, inner, outer) != Relation::Covered {
                return false;
            }
            compared = true;
        }
    }
    compared
}

fn admits(pattern: &Pattern, types: &EntityTypes) -> bool {
    pattern.types.as_ref().is_none_or(|known| types.is_subset(known))
}

/// What is superfluous beside another policy. `said`: policies about which that was found out in a simpler way.
pub fn superfluous(
    db: &dyn salsa::Database,
    rules: &[PlacedRule<'_>],
    said: &BTreeSet<usize>,
) -> Vec<Placed> {
    let outlines: Vec<Option<&Outline>> =
        rules.iter().map(|placed| outlines(db, placed.item).get(placed.index)).collect();
    let candidates = Candidates::of(rules, &outlines);
    let mut found = Vec::new();
    for (at, placed) in rules.iter().enumerate() {
        let Some(policy) = &placed.rule.policy else { continue };
        if said.contains(&at) {
            continue;
        }
        let finding = candidates
            .of_policy(outlines[at])
            .into_iter()
            .filter(|other| *other != at)
            .filter(|other| rules[*other].rule.policy.as_ref().is_some_and(|it| is_comparable(policy, it)))
            .take(MAX_COMPARED)
            .find_map(|other| compare(db, rules, at, other));
        if let Some(diagnostic) = finding
            && !placed.rule.allowed.contains(&diagnostic.code)
        {
            found.push((placed.file, placed.start, diagnostic));
        }
    }
    found
}

/// Whether `other` could make `policy` superfluous as far as their heads go.
fn is_comparable(policy: &Policy, other: &Policy) -> bool {
    let effect = match (policy.effect, other.effect) {
        (Effect::Allow, Effect::Deny) => !other.trial,
        (mine, theirs) => mine == theirs && policy.trial == other.trial,
    };
    effect
        && other.grant.is_none()
        && policy.variants.iter().all(|variant| {
            variant.actions.iter().all(|action| other.actions.binary_search(action).is_ok())
                && admits(&other.principal, &variant.principals)
                && admits(&other.resource, &variant.resources)
        })
}

fn compare(
    db: &dyn salsa::Database,
    rules: &[PlacedRule<'_>],
    at: usize,
    other: usize,
) -> Option<Diagnostic> {
    let (inner, outer) = (&rules[at], &rules[other]);
    let (policy, against) = (inner.rule.policy.as_ref()?, outer.rule.policy.as_ref()?);
    let overridden = policy.effect != against.effect;
    if !overridden && !says_no_less(policy, against) {
        return None;
    }
    if !is_covered(db, inner.item, inner.index, outer.item, outer.index) {
        return None;
    }
    let name = |placed: &PlacedRule<'_>| match &placed.rule.id {
        Some((id, _)) => format!("`{id}`"),
        None => "another policy".to_owned(),
    };
    let who = name(outer);
    let span = inner.rule.effect_span;
    let diagnostic = if overridden {
        let message = format!("this `allow` never has an effect: {who} always denies what it allows");
        Diagnostic::new(codes::OVERRIDDEN, span, message).help("remove one of them, or narrow the `deny`")
    } else {
        let mutual = policy.grant.is_none()
            && says_no_less(against, policy)
            && is_covered(db, outer.item, outer.index, inner.item, inner.index);
        // Of two that say the same, the later one is superfluous.
        if mutual && other > at {
            return None;
        }
        if mutual {
            let message = format!("this policy says the same as {who}, in other words");
            Diagnostic::new(codes::DUPLICATE_POLICY, span, message).help("remove one of them")
        } else {
            let message = format!("this policy is superfluous: {who} applies wherever it does");
            Diagnostic::new(codes::SUBSUMED, span, message)
                .label("decides nothing, but is still named among the reasons")
                .help("remove it, or say what it is for in its condition")
        }
    };
    let place = outer.rule.effect_span;
    let mut diagnostic = diagnostic;
    diagnostic.secondary.push(assize_lang::Label {
        file: Some(outer.file),
        start: place.start + outer.start,
        end: place.end + outer.start,
        message: format!("{who} is here"),
    });
    Some(diagnostic)
}

/// Whether nothing that `policy` says beside its effect is lost without it.
fn says_no_less(policy: &Policy, other: &Policy) -> bool {
    let message = policy.because.is_none() || policy.because == other.because;
    let silent = policy.variants.iter().all(|variant| variant.obligations.is_empty());
    let obligations = silent || {
        let (mine, theirs) = (plain(policy), plain(other));
        mine.variants.len() == theirs.variants.len()
            && mine.variants.iter().zip(&theirs.variants).all(|(a, b)| a.obligations == b.obligations)
    };
    message && obligations
}

/// Policies by what they are looked up with.
struct Candidates {
    by_key: FxHashMap<u64, Vec<usize>>,
    /// Those that mention nothing by which one of their alternatives could be looked up.
    general: Vec<usize>,
}

impl Candidates {
    fn of(rules: &[PlacedRule<'_>], outlines: &[Option<&Outline>]) -> Candidates {
        let mut counts: FxHashMap<u64, u32> = FxHashMap::default();
        for key in outlines.iter().flatten().flat_map(|it| &it.mentions) {
            *counts.entry(*key).or_default() += 1;
        }
        let mut candidates = Candidates { by_key: FxHashMap::default(), general: Vec::new() };
        for (at, placed) in rules.iter().enumerate() {
            let comparable = placed.rule.policy.as_ref().is_some_and(|policy| policy.grant.is_none());
            let Some(outline) = outlines[at].filter(|_| comparable) else { continue };
            for alternative in &outline.alternatives {
                let rarest = alternative.iter().min_by_key(|key| (counts.get(key).copied(), **key));
                let bucket = match rarest {
                    Some(key) => candidates.by_key.entry(*key).or_default(),
                    None => &mut candidates.general,
                };
                if bucket.len() < MAX_UNDER_KEY && bucket.last() != Some(&at) {
                    bucket.push(at);
                }
            }
        }
        candidates
    }

    /// In source order.
    fn of_policy(&self, outline: Option<&Outline>) -> BTreeSet<usize> {
        let mut found: BTreeSet<usize> = self.general.iter().copied().collect();
        for key in outline.iter().flat_map(|it| &it.mentions) {
            found.extend(self.by_key.get(key).into_iter().flatten());
        }
        found
    }
}

fn outline(policy: &Policy) -> Outline {
    let mut heads = BTreeSet::new();
    for pattern in [&policy.principal, &policy.resource] {
        if let Within::In(uid) | Within::Is(uid) = &pattern.within {
            heads.insert(hash(&("entity", uid)));
        }
    }
    let mut mentions = heads.clone();
    let mut alternatives: BTreeMap<NodeId, Vec<u64>> = BTreeMap::new();
    for (at, variant) in policy.variants.iter().enumerate() {
        let Some(body) = &variant.condition else { continue };
        let own = mentions_of(body);
        mentions.extend(own.iter().flatten());
        // The alternatives of all variants are about the same: those of the first will do to look it up.
        if at > 0 {
            continue;
        }
        let Some(root) = body.nodes.len().checked_sub(1) else { continue };
        let root = NodeId(root as u32);
        let parts = match &body.nodes[root.0 as usize].op {
            Op::Or(operands) => operands.clone(),
            _ => vec![root],
        };
        for part in parts {
            let mut keys = below(body, part, &own);
            keys.extend(&heads);
            alternatives.insert(part, keys.into_iter().collect());
        }
    }
    let mut alternatives: Vec<Vec<u64>> = alternatives.into_values().collect();
    if alternatives.is_empty() {
        alternatives.push(heads.into_iter().collect());
    }
    Outline { mentions: mentions.into_iter().collect(), alternatives }
}

/// For each node what it mentions itself.
fn mentions_of(body: &Body) -> Vec<Option<u64>> {
    let mut own = Vec::with_capacity(body.nodes.len());
    let mut hashes: Vec<u64> = Vec::with_capacity(body.nodes.len());
    for node in &body.nodes {
        let of = |id: &NodeId| hashes.get(id.0 as usize).copied().unwrap_or_default();
        let (hash, mention) = match &node.op {
            Op::Principal => (1, false),
            Op::Resource => (2, false),
            Op::Context => (3, false),
            Op::Action => (4, false),
            Op::Now => (hash(&"now"), true),
            Op::Param(at) => (hash(&("param", at)), true),
            Op::Attribute(entity, name) | Op::HasAttribute(entity, name) => (hash(&(of(entity), name)), true),
            Op::Field(record, name) | Op::HasField(record, name) => (hash(&(of(record), name)), true),
            Op::Unwrap(inner) | Op::Narrow(inner) | Op::Convert(inner) => (of(inner), false),
            Op::Const(Value::Entity(uid)) => (hash(&("entity", uid)), true),
            Op::Call { function, .. } => (hash(&("function", function)), true),
            Op::GrantFact(grant, _) => (hash(&("grant", grant)), true),
            _ => (0, false),
        };
        own.push(mention.then_some(hash));
        hashes.push(hash);
    }
    own
}

fn below(body: &Body, part: NodeId, own: &[Option<u64>]) -> BTreeSet<u64> {
    let mut keys = BTreeSet::new();
    let mut open = vec![part];
    while let Some(at) = open.pop() {
        keys.extend(own.get(at.0 as usize).copied().flatten());
        if let Some(node) = body.nodes.get(at.0 as usize) {
            node.op.operands(|operand| open.push(operand));
        }
    }
    keys
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = FxHasher::default();
    value.hash(&mut hasher);
    hasher.finish()
}
