//! Whether there can be anything to find in a condition: most test each thing once, and then nothing contradicts or repeats.
//!
//! This only saves time. Where it says no, something may still be certain about a single test; where it matters (the ends of an
//! ordered enum, sizes below zero) it says yes.

use std::hash::{Hash, Hasher};

use assize_runtime::Value;
use assize_runtime::program::{Body, Op, Policy, Within};
use assize_runtime::types::{Schema, Type};
use rustc_hash::{FxHashSet, FxHasher};

/// Whether reasoning about this body may find something. `policy`: in whose patterns there are further tests.
pub(super) fn worth_reasoning(schema: &Schema, policy: Option<&Policy>, body: &Body) -> bool {
    let mut tested: FxHashSet<u64> = FxHashSet::default();
    let mut paths: Vec<u64> = Vec::with_capacity(body.nodes.len());
    for (pattern, root) in
        policy.iter().flat_map(|policy| [(&policy.principal, PRINCIPAL), (&policy.resource, RESOURCE)])
    {
        if pattern.within != Within::Anywhere {
            tested.insert(root);
        }
    }
    let mut again = false;
    for node in &body.nodes {
        let of = |at: u32| paths.get(at as usize).copied().unwrap_or_default();
        let path = match &node.op {
            Op::Principal => PRINCIPAL,
            Op::Resource => RESOURCE,
            Op::Context => 3,
            Op::Action => 4,
            Op::Now => 5,
            Op::Param(at) => hash(&("param", at)),
            Op::Local(at) => hash(&("local", at)),
            Op::Attribute(part, name) | Op::Field(part, name) => hash(&(of(part.0), name)),
            Op::Unwrap(part) | Op::Narrow(part) | Op::Convert(part) => of(part.0),
            _ => 0,
        };
        match &node.op {
            // Steps of a path test nothing yet.
            Op::Attribute(..) | Op::Field(..) | Op::Unwrap(_) | Op::Narrow(_) | Op::Convert(_) => {}
            // What is inside is not seen here; a choice has a test for each branch.
            Op::Call { .. } | Op::If { .. } | Op::Coalesce(..) | Op::Let { .. } | Op::GrantFact(..) => {
                return true;
            }
            Op::HasAttribute(part, name) | Op::HasField(part, name) => {
                again |= !tested.insert(hash(&(of(part.0), name)));
            }
            Op::Builtin(builtin, _) if crate::reason::is_bounded(*builtin) => return true,
            Op::Compare(_, a, b)
                if [a, b].iter().any(|side| at_the_end(schema, body.nodes.get(side.0 as usize))) =>
            {
                return true;
            }
            op => op.operands(|operand| {
                let path = of(operand.0);
                again |= path != 0 && !tested.insert(path);
            }),
        }
        if again {
            return true;
        }
        paths.push(path);
    }
    // A condition that is nothing but a path is a test of it.
    false
}

const PRINCIPAL: u64 = 1;
const RESOURCE: u64 = 2;

/// The first or last variant of an enum, which every variant is at least or at most.
fn at_the_end(schema: &Schema, node: Option<&assize_runtime::program::Node>) -> bool {
    let Some(node) = node else { return false };
    match (&node.op, &node.ty) {
        (Op::Const(Value::Enum(_, at)), Type::Enum(id)) => {
            let last = schema.enums.get(id.index()).map_or(0, |ty| ty.variants.len().saturating_sub(1));
            *at == 0 || *at as usize >= last
        }
        _ => false,
    }
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = FxHasher::default();
    value.hash(&mut hasher);
    hasher.finish()
}
