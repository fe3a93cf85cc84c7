//! What a row of an entity holds: only what some policy asks about.
//!
//! ```text
//! word 0      flags 0..63: bit 0 "the data holds it", then one bit for each optional attribute that is read
//!             and for each entity that policies name after `in` ("is it in that one?")
//! word 1      -> set cell of all ancestors, ascending
//! word 2..    flags 64.. if there are so many
//! then        one word for each attribute that some policy reads
//! ```
//! Rows of up to eight words are filled up to 2, 4 or 8, so that each lies in one cache line.
//!
//! An entity that the data does not hold, but something else names, has a row too: no flag but membership in itself, no
//! ancestors. For all others the row of zeroes stands in.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use super::names::Unfit;
use crate::program::{Body, NodeId, Op, Program, Within};
use crate::types::{EntityTypes, FieldType, Type};
use crate::value::{EntityUid, Value};

/// At most so many named entities have a flag in each row of a type; the others are looked up among the ancestors.
const MOST_GROUPS: usize = 191;
/// In words.
const CACHE_LINE: usize = 8;

/// A bit of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Flag {
    pub(super) word: usize,
    pub(super) bit: u32,
}

/// "The data holds it."
pub(super) const HELD: Flag = Flag { word: 0, bit: 0 };

/// Where the ancestors are.
pub(super) const ANCESTORS: usize = 1;

impl Flag {
    fn number(n: usize) -> Flag {
        let word = n / 64;
        Flag { word: if word == 0 { 0 } else { word + 1 }, bit: (n % 64) as u32 }
    }
}

/// Where an attribute is.
#[derive(Clone, Debug)]
pub(super) struct Slot {
    pub(super) word: usize,
    /// [`HELD`] for a required attribute.
    pub(super) present: Flag,
    /// Without this flag, reading it is an error. An optional attribute of a closed type is merely absent if nothing is stored
    /// about the entity.
    pub(super) known: Flag,
    pub(super) field: FieldType,
}

/// The row of one entity type.
#[derive(Clone, Debug, Default)]
pub(super) struct RowLayout {
    /// Words in a row.
    pub(super) stride: usize,
    pub(super) attributes: IndexMap<SmolStr, Slot>,
    pub(super) groups: FxHashMap<EntityUid, Flag>,
    /// Of a closed type: it declares the entity.
    pub(super) declared: Option<Flag>,
}

/// The rows of all types.
#[derive(Clone, Debug, Default)]
pub(super) struct Layout {
    /// By entity type.
    pub(super) types: Vec<RowLayout>,
    /// The longest stride.
    pub(super) widest: usize,
}

/// The entity types of a parameter that is an entity or a set of entities.
pub(super) fn param_entities(ty: &Type) -> Option<&EntityTypes> {
    match ty {
        Type::Entity(types) => Some(types),
        Type::Set(element) => match &**element {
            Type::Entity(types) => Some(types),
            _ => None,
        },
        _ => None,
    }
}

/// The literal at a node, seen through conversions.
pub(super) fn literal(body: &Body, id: NodeId) -> Option<&Value> {
    literal_at(body, id).map(|(_, value)| value)
}

/// The same with its own node.
pub(super) fn literal_at(body: &Body, mut id: NodeId) -> Option<(NodeId, &Value)> {
    loop {
        match &body.nodes.get(id.0 as usize)?.op {
            Op::Const(value) => return Some((id, value)),
            // Operands come before users, so this ends.
            Op::Convert(inner) if inner.0 < id.0 => id = *inner,
            _ => return None,
        }
    }
}

/// Every body of the Program.
pub(super) fn bodies(program: &Program) -> impl Iterator<Item = &Body> {
    program.functions.iter().map(|function| &function.body).chain(program.policies.iter().flat_map(
        |policy| {
            policy.variants.iter().flat_map(|variant| {
                variant.condition.iter().chain(variant.obligations.iter().flat_map(|call| call.args.iter()))
            })
        },
    ))
}

#[derive(Default)]
struct Needs {
    attributes: BTreeSet<SmolStr>,
    /// In order of first mention.
    groups: IndexMap<EntityUid, ()>,
}

impl Layout {
    /// What the Program asks about.
    pub(super) fn of(program: &Program) -> Result<Layout, Unfit> {
        let count = program.schema.entity_types.len();
        let mut needs: Vec<Needs> = std::iter::repeat_with(Needs::default).take(count).collect();
        for policy in &program.policies {
            for variant in &policy.variants {
                for (pattern, types) in
                    [(&policy.principal, &variant.principals), (&policy.resource, &variant.resources)]
                {
                    if let Within::In(uid) = &pattern.within {
                        types.iter().for_each(|ty| add_group(&mut needs, ty.index(), uid));
                    }
                }
            }
        }
        for body in bodies(program) {
            for node in &body.nodes {
                collect(body, &node.op, &mut needs);
            }
        }
        let types = needs.into_iter().enumerate().map(|(index, needs)| row(program, index, needs)).collect();
        let mut layout = Layout { types, widest: 2 };
        // A row of up to a cache line lies in one.
        for ty in layout.types.iter_mut().filter(|ty| ty.stride <= CACHE_LINE) {
            ty.stride = ty.stride.next_power_of_two();
        }
        layout.widest = layout.types.iter().map(|ty| ty.stride).max().unwrap_or(2).max(2);
        Ok(layout)
    }
}

fn add_group(needs: &mut [Needs], ty: usize, group: &EntityUid) {
    if let Some(needs) = needs.get_mut(ty)
        && needs.groups.len() < MOST_GROUPS
        && !needs.groups.contains_key(group)
    {
        needs.groups.insert(group.clone(), ());
    }
}

fn collect(body: &Body, op: &Op, needs: &mut [Needs]) {
    let types_of = |id: &NodeId| match body.nodes.get(id.0 as usize).map(|node| &node.ty) {
        Some(Type::Entity(types)) => types.iter().map(|ty| ty.index()).collect(),
        _ => Vec::new(),
    };
    let named = |needs: &mut [Needs], member: &NodeId, value: &Value| {
        if let Value::Entity(uid) = value {
            for ty in types_of(member) {
                add_group(needs, ty, uid);
            }
        }
    };
    match op {
        Op::In(member, group) => {
            if let Some(value) = literal(body, *group) {
                named(needs, member, value);
            }
        }
        Op::InAny(member, groups) => {
            if let Some(Value::Set(set)) = literal(body, *groups) {
                for value in set.iter() {
                    named(needs, member, value);
                }
            }
        }
        Op::Attribute(entity, name) | Op::HasAttribute(entity, name) => {
            for ty in types_of(entity) {
                if let Some(needs) = needs.get_mut(ty) {
                    needs.attributes.insert(name.clone());
                }
            }
        }
        _ => {}
    }
}

fn row(program: &Program, index: usize, needs: Needs) -> RowLayout {
    let declared = &program.schema.entity_types[index].attributes;
    let read: Vec<_> =
        needs.attributes.iter().filter_map(|name| declared.field(name)).map(|(_, field)| field).collect();
    let mut flags = 1;
    let mut next_flag = || {
        flags += 1;
        Flag::number(flags - 1)
    };
    let declares = program.schema.entity_types[index].closed.as_ref().map(|_| next_flag());
    let mut attributes = IndexMap::new();
    for field in read {
        let present = if field.optional { next_flag() } else { HELD };
        let known = if field.optional { declares.unwrap_or(HELD) } else { HELD };
        attributes.insert(field.name.clone(), Slot { word: 0, present, known, field: field.clone() });
    }
    let mut groups = FxHashMap::default();
    for uid in needs.groups.into_keys().take(MOST_GROUPS) {
        groups.insert(uid, next_flag());
    }
    let mut next_word = 2 + (flags - 1) / 64;
    for slot in attributes.values_mut() {
        slot.word = next_word;
        next_word += 1;
    }
    RowLayout { stride: next_word, attributes, groups, declared: declares }
}
