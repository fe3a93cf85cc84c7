//! Context fields that policies ask for and that no test ever gives: what stands behind `has` is then never tried.
//!
//! Actions with the same context are taken together. It is said only where there are tests to go by: some expectation gives a
//! context, and some is about an action with this one.

use std::collections::BTreeSet;
use std::sync::Arc;

use assize_lang::{Diagnostic, Span, codes};
use assize_runtime::Value;
use assize_runtime::program::{Body, NodeId, Op, Policy};
use assize_runtime::types::{ActionId, RecordType, Schema};
use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use super::{Placed, PlacedRule};
use crate::cases::CheckedTest;

/// The context of an action as the number of the first action with the same one.
type ContextId = u32;

/// Warns at the first policy that reads such a field. `rules`: those of the package itself.
pub fn fields<'a, 'db: 'a>(
    schema: &Schema,
    rules: impl Iterator<Item = &'a PlacedRule<'db>>,
    tests: &[Arc<CheckedTest>],
) -> Vec<Placed<'db>> {
    let contexts = Contexts::of(schema);
    let mut tried: BTreeSet<ContextId> = BTreeSet::new();
    let mut given: BTreeSet<(ContextId, SmolStr)> = BTreeSet::new();
    for expectation in tests.iter().flat_map(|test| &test.expectations) {
        let Some(context) = contexts.of_action(expectation.action) else { continue };
        tried.insert(context);
        if let Value::Record(fields) = &expectation.context {
            let there = fields.iter().filter(|(_, value)| **value != Value::Absent);
            given.extend(there.map(|(name, _)| (context, name.clone())));
        }
    }
    let mut found = Vec::new();
    if given.is_empty() {
        return found;
    }
    let mut said: BTreeSet<(ContextId, SmolStr)> = BTreeSet::new();
    for placed in rules {
        let Some(policy) = &placed.rule.policy else { continue };
        if placed.rule.allowed.contains(&codes::UNTRIED_CONTEXT) {
            continue;
        }
        for (name, span, asked) in asked_for(schema, &contexts, policy) {
            let keys = || asked.iter().map(|context| (*context, name.clone()));
            // One context in which a test gives it will do.
            let untried =
                !keys().any(|key| given.contains(&key)) && asked.iter().any(|it| tried.contains(it));
            let mut fresh = false;
            for key in keys().filter(|_| untried) {
                fresh |= said.insert(key);
            }
            if fresh {
                found.push(Placed::new(placed.file, placed.item, untried_field(&name, span)));
            }
        }
    }
    found
}

fn untried_field(name: &SmolStr, span: Span) -> Diagnostic {
    let message = format!("no test gives `context.{name}`, so what depends on it is never tried");
    Diagnostic::new(codes::UNTRIED_CONTEXT, span, message).label("absent in every expectation").help(format!(
        "add an expectation `with {{ {name}: .. }}`, or write `@allow(\"W0111\")` above the policy"
    ))
}

/// The optional fields of the context that a policy reads: where first, and in which contexts.
fn asked_for(
    schema: &Schema,
    contexts: &Contexts,
    policy: &Policy,
) -> Vec<(SmolStr, Span, BTreeSet<ContextId>)> {
    let mut asked: Vec<(SmolStr, Span, BTreeSet<ContextId>)> = Vec::new();
    for variant in &policy.variants {
        let args = variant.obligations.iter().flat_map(|call| &call.args);
        for body in variant.condition.iter().chain(args) {
            for (name, span) in reads(body) {
                let optional = |action: &&ActionId| is_optional(schema, **action, name);
                let of = variant.actions.iter().filter(optional);
                let of: Vec<ContextId> = of.filter_map(|action| contexts.of_action(*action)).collect();
                if of.is_empty() {
                    continue;
                }
                match asked.iter_mut().find(|(known, _, _)| known == name) {
                    Some((_, _, all)) => all.extend(of),
                    None => asked.push((name.clone(), span, of.into_iter().collect())),
                }
            }
        }
    }
    asked
}

fn is_optional(schema: &Schema, action: ActionId, name: &str) -> bool {
    let applies = schema.actions.get(action.index()).and_then(|action| action.applies.as_ref());
    applies.is_some_and(|it| it.context.fields().iter().any(|field| field.optional && field.name == name))
}

/// The fields of the context that a body reads.
fn reads(body: &Body) -> impl Iterator<Item = (&SmolStr, Span)> {
    let is_context = |of: NodeId| body.nodes.get(of.0 as usize).is_some_and(|node| node.op == Op::Context);
    body.nodes.iter().filter_map(move |node| match &node.op {
        Op::HasField(of, name) | Op::Field(of, name) if is_context(*of) => {
            Some((name, Span::new(node.span.start, node.span.end)))
        }
        _ => None,
    })
}

/// Which actions have the same context.
struct Contexts(Vec<Option<ContextId>>);

impl Contexts {
    fn of(schema: &Schema) -> Contexts {
        let mut first: FxHashMap<&RecordType, ContextId> = FxHashMap::default();
        let numbered = schema.actions.iter().zip(0..).map(|(action, at)| {
            let applies = action.applies.as_ref()?;
            Some(*first.entry(&applies.context).or_insert(at))
        });
        Contexts(numbered.collect())
    }

    fn of_action(&self, action: ActionId) -> Option<ContextId> {
        self.0.get(action.index()).copied().flatten()
    }
}
