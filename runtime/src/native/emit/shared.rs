//! What a function for all policies of a shape does not know when it is made: constants, which it loads from the policy's table, and
//! tests that its caller has made.

use cranelift_codegen::ir::{Value, types};
use rustc_hash::FxHashMap;

use super::entity::Reached;
use super::{Emitter, Role, Scope, anywhere};
use crate::Value as Constant;
use crate::native::layout;
use crate::native::names::Unfit;
use crate::native::shape::{Held, Outline, Place};
use crate::program::{Body, NodeId, Op};
use crate::types::EntityTypes;

/// A shape, by one of its policies.
#[derive(Default)]
pub(crate) struct Shared {
    slots: FxHashMap<Place, i32>,
    held: FxHashMap<Place, bool>,
}

impl Shared {
    /// Of the policy that `outline` was made from. What is `held` has been tested when the function is called.
    pub(crate) fn new(outline: &Outline<'_>, condition: Option<&Body>, held: &Held) -> Result<Shared, Unfit> {
        let mut shared = Shared::default();
        for (slot, (place, _)) in outline.constants.iter().enumerate() {
            let offset = i32::try_from(slot * 8).map_err(|_| Unfit)?;
            shared.slots.insert(*place, offset);
        }
        if held.principal {
            shared.held.insert(Place::Principal, true);
        }
        if held.resource {
            shared.held.insert(Place::Resource, true);
        }
        for (node, truth) in &held.nodes {
            shared.held.insert(Place::node(condition.ok_or(Unfit)?, *node), *truth);
        }
        Ok(shared)
    }

    /// Distinguishes the two functions of one policy.
    pub(crate) fn name(&self) -> &'static str {
        if self.held.is_empty() { "whole" } else { "rest" }
    }
}

fn pattern(role: Role) -> Place {
    match role {
        Role::Principal => Place::Principal,
        Role::Resource => Place::Resource,
    }
}

impl Emitter<'_, '_> {
    /// The truth of a node that has been tested.
    pub(super) fn held(&self, scope: &Scope<'_>, id: NodeId) -> Option<bool> {
        let (shared, _) = self.shared?;
        shared.held.get(&Place::node(scope.body, id)).copied()
    }

    /// Whether a pattern has been tested, and matches.
    pub(super) fn pattern_is_held(&self, role: Role) -> bool {
        self.shared.is_some_and(|(shared, _)| shared.held.contains_key(&pattern(role)))
    }

    /// The word of a constant that the table holds.
    pub(super) fn open(&mut self, scope: &Scope<'_>, id: NodeId) -> Option<Value> {
        self.slot_of(Place::node(scope.body, id))
    }

    /// The words of a set's elements, if the table holds each by itself, to ask whether it contains something.
    pub(super) fn open_elements(&mut self, scope: &Scope<'_>, set: NodeId) -> Option<Vec<Value>> {
        let count = self.count_open_elements(scope, set)?;
        (0..count).map(|at| self.slot_of(Place::element(scope.body, set, at))).collect()
    }

    /// How many these are.
    pub(super) fn count_open_elements(&self, scope: &Scope<'_>, set: NodeId) -> Option<usize> {
        let (shared, _) = self.shared?;
        let Op::Const(Constant::Set(elements)) = &self.node(scope, set).ok()?.op else { return None };
        let has_slot = |at| shared.slots.contains_key(&Place::element(scope.body, set, at));
        (!elements.is_empty() && (0..elements.len()).all(has_slot)).then_some(elements.len())
    }

    /// The word of a pattern's entity that the table holds.
    pub(super) fn open_pattern(&mut self, role: Role) -> Option<Value> {
        self.slot_of(pattern(role))
    }

    fn slot_of(&mut self, place: Place) -> Option<Value> {
        let (shared, table) = self.shared?;
        let offset = *shared.slots.get(&place)?;
        Some(self.load(types::I64, anywhere(), table, offset))
    }

    /// The literal at a node, seen through conversions, if all policies of the shape have it.
    pub(super) fn literal<'p>(&self, scope: &Scope<'p>, id: NodeId) -> Option<&'p Constant> {
        let (at, value) = layout::literal_at(scope.body, id)?;
        let is_open =
            self.shared.is_some_and(|(shared, _)| shared.slots.contains_key(&Place::node(scope.body, at)));
        (!is_open).then_some(value)
    }

    /// Whether an entity is in one of this type that the table holds.
    pub(super) fn in_open(
        &mut self,
        member: &Reached,
        group: Value,
        of: &EntityTypes,
    ) -> Result<Value, Unfit> {
        if self.has_bits(&member.types, of) {
            return self.in_by_bits(member, group, of);
        }
        self.in_entity(member, group)
    }
}
