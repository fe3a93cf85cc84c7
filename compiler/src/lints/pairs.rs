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
use assize_runtime::types::{ActionId, EntityTypes};
use rustc_hash::{FxHashMap, FxHasher};

use super::{Elsewhere, Placed, PlacedRule, plain};
use crate::db::{self, SourceItem};
use crate::expr::Patterns;
use crate::policy::Rule;
use crate::reason::{Applying, Library, Relation, Side, Surroundings};
use crate::visible::visible;

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

/// The first of some policies that applies wherever another does, by its place among them; all are named by their item and their
/// place among the policies of that. Several at once, since much of the work is to find out where that other applies.
#[salsa::tracked(returns(copy))]
fn first_covering<'db>(
    db: &'db dyn salsa::Database,
    inner: SourceItem<'db>,
    inner_at: usize,
    outers: Vec<(SourceItem<'db>, usize)>,
) -> Option<usize> {
    let function = |index| super::conditions::function_body(db, index);
    // What the others see is looked at through the first, so that it need be the same for them.
    for (outer, _) in &outers {
        let _ = visible(db, *outer);
    }
    let library = Library { schema: &visible(db, inner).declarations.schema, function: &function };
    let first = db::rules(db, inner).rules.get(inner_at)?;
    let policy = first.policy.as_ref()?;
    let mut inner = Inner { library, policy, patterns: &first.patterns, known: Vec::new() };
    outers.iter().position(|(outer, outer_at)| {
        let second = db::rules(db, *outer).rules.get(*outer_at);
        second.is_some_and(|second| inner.is_covered(second))
    })
}

/// A policy that is compared with others.
struct Inner<'a> {
    library: Library<'a>,
    policy: &'a Policy,
    patterns: &'a Patterns,
    /// Where it applies, for what was asked so far.
    known: Vec<(Ground, Applying<'a>)>,
}

/// What one variant of a policy is looked at for.
#[derive(PartialEq)]
struct Ground {
    variant: usize,
    principals: EntityTypes,
    resources: EntityTypes,
    actions: Vec<ActionId>,
}

impl<'a> Inner<'a> {
    fn is_covered(&mut self, second: &Rule) -> bool {
        let policy = self.policy;
        let Some(other) = &second.policy else { return false };
        let mut compared = false;
        for (at, variant) in policy.variants.iter().enumerate() {
            if !variant.actions.iter().all(|action| other.actions.binary_search(action).is_ok())
                || !admits(&other.principal, &variant.principals)
                || !admits(&other.resource, &variant.resources)
            {
                return false;
            }
            for against in &other.variants {
                let both = |action: &&ActionId| against.actions.binary_search(action).is_ok();
                let actions: Vec<_> = variant.actions.iter().filter(both).copied().collect();
                let (Some(principals), Some(resources)) = (
                    variant.principals.intersect(&against.principals),
                    variant.resources.intersect(&against.resources),
                ) else {
                    continue;
                };
                if actions.is_empty() {
                    continue;
                }
                let outer = Side { policy: other, variant: against, patterns: &second.patterns };
                let ground = Ground { variant: at, principals, resources, actions };
                if self.applying(ground).relation(outer) != Relation::Covered {
                    return false;
                }
                compared = true;
            }
        }
        compared
    }

    fn applying(&mut self, ground: Ground) -> &mut Applying<'a> {
        let known = self.known.iter().position(|(known, _)| *known == ground);
        let at = known.unwrap_or_else(|| {
            let around = Surroundings {
                principals: &ground.principals,
                resources: &ground.resources,
                actions: &ground.actions,
            };
            let variant = &self.policy.variants[ground.variant];
            let side = Side { policy: self.policy, variant, patterns: self.patterns };
            let applying = Applying::new(self.library, &around, side);
            self.known.push((ground, applying));
            self.known.len() - 1
        });
        &mut self.known[at].1
    }
}

fn admits(pattern: &Pattern, types: &EntityTypes) -> bool {
    pattern.types.as_ref().is_none_or(|known| types.is_subset(known))
}

/// A policy with those that it is to be compared with, by their places among all.
pub(crate) struct Comparison<'db> {
    at: usize,
    others: Vec<usize>,
    item: SourceItem<'db>,
    index: usize,
    named: Vec<(SourceItem<'db>, usize)>,
}

impl Comparison<'_> {
    /// The first of the others, from one of them on, that applies wherever the policy does.
    pub(crate) fn first_covering(&self, db: &dyn salsa::Database, from: usize) -> Option<usize> {
        let named = self.named.get(from..).filter(|named| !named.is_empty())?;
        Some(from + first_covering(db, self.item, self.index, named.to_vec())?)
    }
}

/// What to compare. `said`: policies that need no comparison.
pub(crate) fn comparisons<'db>(
    db: &'db dyn salsa::Database,
    rules: &[PlacedRule<'db>],
    said: &BTreeSet<usize>,
) -> Vec<Comparison<'db>> {
    let outlines: Vec<Option<&Outline>> =
        rules.iter().map(|placed| outlines(db, placed.item).get(placed.index)).collect();
    let candidates = Candidates::of(rules, &outlines);
    let mut found = Vec::new();
    let mut met = Vec::new();
    for (at, placed) in rules.iter().enumerate() {
        db.unwind_if_revision_cancelled();
        let Some(policy) = &placed.rule.policy else { continue };
        if said.contains(&at) {
            continue;
        }
        candidates.of_policy(outlines[at], &Head::applying(policy), &mut met);
        let others: Vec<usize> = met
            .iter()
            .map(|other| *other as usize)
            .filter(|other| *other != at)
            .filter(|other| rules[*other].rule.policy.as_ref().is_some_and(|it| is_comparable(policy, it)))
            .take(MAX_COMPARED)
            .filter(|other| loses_nothing(policy, rules[*other].rule))
            .collect();
        if !others.is_empty() {
            let named = others.iter().map(|other| (rules[*other].item, rules[*other].index)).collect();
            found.push(Comparison { at, others, item: placed.item, index: placed.index, named });
        }
    }
    found
}

/// What is superfluous beside another policy. `said`: policies about which that was found out in a simpler way.
pub fn superfluous<'db>(
    db: &'db dyn salsa::Database,
    rules: &[PlacedRule<'db>],
    said: &BTreeSet<usize>,
) -> Vec<Placed<'db>> {
    let mut found = Vec::new();
    for comparison in comparisons(db, rules, said) {
        let placed = &rules[comparison.at];
        let mut finding = None;
        let mut from = 0;
        while finding.is_none()
            && let Some(which) = comparison.first_covering(db, from)
        {
            finding = self::finding(db, rules, comparison.at, comparison.others[which]);
            from = which + 1;
        }
        if let Some((diagnostic, elsewhere)) = finding
            && !placed.rule.allowed.contains(&diagnostic.code)
        {
            let elsewhere = Some(elsewhere);
            found.push(Placed { file: placed.file, item: placed.item, diagnostic, elsewhere });
        }
    }
    found
}

/// Whether `other` could make `policy` superfluous as far as their heads go.
fn is_comparable(policy: &Policy, other: &Policy) -> bool {
    effects_meet((policy.effect, policy.trial), (other.effect, other.trial))
        && other.grant.is_none()
        && policy.variants.iter().all(|variant| {
            variant.actions.iter().all(|action| other.actions.binary_search(action).is_ok())
                && admits(&other.principal, &variant.principals)
                && admits(&other.resource, &variant.resources)
        })
}

/// Whether a policy, with whether it is only on trial, can be superfluous beside another, as far as effects go.
fn effects_meet((mine, my_trial): (Effect, bool), (theirs, their_trial): (Effect, bool)) -> bool {
    match (mine, theirs) {
        (Effect::Allow, Effect::Deny) => !their_trial,
        (mine, theirs) => mine == theirs && my_trial == their_trial,
    }
}

/// Whether all that `policy` says beside its effect remains where `other` applies.
fn loses_nothing(policy: &Policy, other: &Rule) -> bool {
    other.policy.as_ref().is_some_and(|it| policy.effect != it.effect || says_no_less(policy, it))
}

/// What to say of a policy that is covered by another.
fn finding<'db>(
    db: &'db dyn salsa::Database,
    rules: &[PlacedRule<'db>],
    at: usize,
    other: usize,
) -> Option<(Diagnostic, Elsewhere<'db>)> {
    let (inner, outer) = (&rules[at], &rules[other]);
    let (policy, against) = (inner.rule.policy.as_ref()?, outer.rule.policy.as_ref()?);
    let overridden = policy.effect != against.effect;
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
            && first_covering(db, outer.item, outer.index, vec![(inner.item, inner.index)]).is_some();
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
    let elsewhere = Elsewhere {
        file: outer.file,
        item: outer.item,
        span: outer.rule.effect_span,
        message: format!("{who} is here"),
    };
    Some((diagnostic, elsewhere))
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
    by_key: FxHashMap<u64, Vec<Candidate>>,
    /// Those that mention nothing by which one of their alternatives could be looked up.
    general: Vec<Candidate>,
}

/// A policy with which others are compared.
#[derive(Clone, Copy)]
struct Candidate {
    at: u32,
    head: Head,
}

/// What the heads of a policy say, in little space: a bit for several actions or types each.
#[derive(Clone, Copy)]
struct Head {
    effect: Effect,
    trial: bool,
    actions: u64,
    principals: u64,
    resources: u64,
}

impl Head {
    /// Of a policy that may be covered: for what it can apply.
    fn applying(policy: &Policy) -> Head {
        let variants = &policy.variants;
        Head {
            effect: policy.effect,
            trial: policy.trial,
            actions: bits(variants.iter().flat_map(|it| &it.actions).map(|it| it.index())),
            principals: bits(variants.iter().flat_map(|it| it.principals.iter()).map(|it| it.index())),
            resources: bits(variants.iter().flat_map(|it| it.resources.iter()).map(|it| it.index())),
        }
    }

    /// Of a policy that may cover others: what it admits.
    fn admitting(policy: &Policy) -> Head {
        let types = |pattern: &Pattern| match &pattern.types {
            Some(types) => bits(types.iter().map(|it| it.index())),
            None => u64::MAX,
        };
        Head {
            effect: policy.effect,
            trial: policy.trial,
            actions: bits(policy.actions.iter().map(|it| it.index())),
            principals: types(&policy.principal),
            resources: types(&policy.resource),
        }
    }

    /// Whether a policy that admits `other` may cover this one: only where this says so need [`is_comparable`] be asked.
    fn may_be_in(&self, other: &Head) -> bool {
        self.actions & !other.actions == 0
            && self.principals & !other.principals == 0
            && self.resources & !other.resources == 0
            && effects_meet((self.effect, self.trial), (other.effect, other.trial))
    }
}

fn bits(numbers: impl Iterator<Item = usize>) -> u64 {
    numbers.fold(0, |bits, number| bits | 1 << (number % 64))
}

impl Candidates {
    fn of(rules: &[PlacedRule<'_>], outlines: &[Option<&Outline>]) -> Candidates {
        let mut counts: FxHashMap<u64, u32> = FxHashMap::default();
        for key in outlines.iter().flatten().flat_map(|it| &it.mentions) {
            *counts.entry(*key).or_default() += 1;
        }
        let mut candidates = Candidates { by_key: FxHashMap::default(), general: Vec::new() };
        for (at, placed) in rules.iter().enumerate() {
            let policy = placed.rule.policy.as_ref().filter(|policy| policy.grant.is_none());
            let (Some(policy), Some(outline)) = (policy, outlines[at]) else { continue };
            let candidate = Candidate { at: at as u32, head: Head::admitting(policy) };
            for alternative in &outline.alternatives {
                let rarest = alternative.iter().min_by_key(|key| (counts.get(key).copied(), **key));
                let bucket = match rarest {
                    Some(key) => candidates.by_key.entry(*key).or_default(),
                    None => &mut candidates.general,
                };
                if bucket.len() < MAX_UNDER_KEY && bucket.last().is_none_or(|it| it.at != candidate.at) {
                    bucket.push(candidate);
                }
            }
        }
        candidates
    }

    /// Those that may cover a policy with this head, in source order, in place of what `found` held.
    fn of_policy(&self, outline: Option<&Outline>, head: &Head, found: &mut Vec<u32>) {
        found.clear();
        let under = outline.iter().flat_map(|it| &it.mentions).filter_map(|key| self.by_key.get(key));
        for bucket in std::iter::once(&self.general).chain(under) {
            found.extend(bucket.iter().filter(|it| head.may_be_in(&it.head)).map(|it| it.at));
        }
        found.sort_unstable();
        found.dedup();
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
