//! How much memory values, entities and policies take on the heap: what [`crate::engine::Stats`] adds up.
//!
//! Counted is what is asked of the allocator, as if nothing were shared. Types of nodes and of record fields are left out: most of them
//! are shared with the schema.

use std::collections::BTreeMap;

use smol_str::SmolStr;

use crate::data::Entity;
use crate::program::{Body, Op, Pattern, Policy, Within};
use crate::value::Value;

/// The counts in front of what an `Arc` holds.
pub(crate) const SHARED: usize = 2 * size_of::<usize>();

/// Entries of a full node of the standard library's trees, and its links.
const NODE: usize = 11;
const LINKS: usize = 12;

/// Behind a text: short ones are where they stand.
pub(crate) fn text(text: &SmolStr) -> usize {
    if text.is_heap_allocated() { SHARED + text.len() } else { 0 }
}

/// Of the nodes of a tree with so many entries of this size.
fn tree(entries: usize, entry: usize) -> usize {
    let leaf = NODE * entry + LINKS;
    match entries {
        0 => 0,
        1..=NODE => leaf.next_multiple_of(size_of::<usize>()),
        // Nodes that were filled one after another and split are three quarters full; one in ten has links to others.
        more => more * 4 / (3 * NODE) * (leaf + NODE),
    }
}

fn fields(fields: &BTreeMap<SmolStr, Value>) -> usize {
    let entries: usize = fields.iter().map(|(name, field)| text(name) + value(field)).sum();
    tree(fields.len(), size_of::<(SmolStr, Value)>()) + entries
}

/// Behind a value.
pub(crate) fn value(of: &Value) -> usize {
    match of {
        Value::String(string) => text(string),
        Value::Entity(uid) => text(&uid.id),
        Value::Set(set) => {
            let elements: usize = set.iter().map(value).sum();
            SHARED + size_of_val(&**set) + tree(set.len(), size_of::<Value>()) + elements
        }
        Value::Map(map) | Value::Record(map) => SHARED + size_of_val(&**map) + fields(map),
        _ => 0,
    }
}

/// An entity that the data holds.
pub(crate) fn entity(entity: &Entity) -> usize {
    let parents: usize = entity.parents.iter().map(|parent| text(&parent.id)).sum();
    let own = SHARED + size_of::<Entity>() + size_of_val(entity.parents.as_slice());
    own + parents + fields(&entity.attributes)
}

/// A policy.
pub(crate) fn policy(policy: &Policy) -> usize {
    let Policy { id, principal, actions, resource, because, variants, annotations, docs, .. } = policy;
    let texts = text(id) + text(docs) + because.as_ref().map_or(0, text);
    let annotations: usize = annotations
        .iter()
        .map(|(name, values)| {
            let values: usize = values.iter().map(|value| size_of::<SmolStr>() + text(value)).sum();
            size_of::<(SmolStr, Vec<SmolStr>)>() + text(name) + values
        })
        .sum();
    let variants: usize = variants
        .iter()
        .map(|variant| {
            let obligations = variant.obligations.iter().map(|call| {
                size_of_val(call)
                    + size_of_val(call.args.as_slice())
                    + call.args.iter().map(body).sum::<usize>()
            });
            size_of_val(variant)
                + size_of_val(variant.actions.as_slice())
                + variant.condition.as_ref().map_or(0, body)
                + obligations.sum::<usize>()
        })
        .sum();
    let patterns = pattern(principal) + pattern(resource);
    size_of::<Policy>() + size_of_val(actions.as_slice()) + texts + annotations + variants + patterns
}

fn pattern(pattern: &Pattern) -> usize {
    match &pattern.within {
        Within::In(uid) | Within::Is(uid) => text(&uid.id),
        Within::Anywhere | Within::InGrantParam(_) => 0,
    }
}

fn body(body: &Body) -> usize {
    size_of_val(body.nodes.as_slice()) + body.nodes.iter().map(|node| op(&node.op)).sum::<usize>()
}

fn op(op: &Op) -> usize {
    match op {
        Op::Const(constant) => value(constant),
        Op::Attribute(_, name) | Op::HasAttribute(_, name) | Op::Field(_, name) | Op::HasField(_, name) => {
            text(name)
        }
        Op::And(nodes)
        | Op::Or(nodes)
        | Op::SetOf(nodes)
        | Op::RecordOf(nodes)
        | Op::Builtin(_, nodes)
        | Op::GrantFact(_, nodes)
        | Op::Call { args: nodes, .. } => size_of_val(nodes.as_slice()),
        Op::MapOf(entries) => {
            size_of_val(entries.as_slice()) + entries.iter().map(|(key, _)| text(key)).sum::<usize>()
        }
        _ => 0,
    }
}
