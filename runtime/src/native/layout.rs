//! What a row of an entity holds: only what some policy asks about.
//!
//! ```text
//! word 0      bits 0..63: bit 0 "the data holds it", then one bit for each optional attribute that is read, then attributes that
//!             need few bits (truth values, enums, zones), then one bit for each entity that policies name after `in` ("is it in
//!             that one?")
//! word 1      -> set cell of all ancestors, ascending
//! word 2..    bits 64.. if there are so many
//! then        half a word for each attribute that is a string or an entity of one type
//! then        a word for each other attribute that some policy reads
//! then        if policies name many entities after `in`: the numbers of those that it is in (see [`Named`])
//! ```
//! Rows of up to eight words are filled up to 2, 4 or 8, so that each lies in one cache line.
//!
//! An entity that the data does not hold, but something else names, has a row too: no flag but membership in itself, no
//! ancestors. For all others the row of zeroes stands in.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use super::code::Limits;
use super::names::{Names, Unfit, entity_word};
use crate::program::{Body, NodeId, Op, Program, Within};
use crate::types::{EntityTypes, FieldType, Schema, Type};
use crate::value::{EntityUid, Value};

/// At most so many named entities have a flag in each row of a type.
const MOST_GROUPS: usize = 191;
/// Of more, so many have one; the others are looked up among the ancestors.
const FEW_GROUPS: usize = 40;
/// Named entities that have numbers; others are looked up.
const MOST_NAMED: usize = 65_534;
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

/// Where an attribute's value is in a row: a word, or some bits of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place {
    pub(super) word: usize,
    /// The lowest of its bits.
    pub(super) shift: u32,
    /// As many low bits as it has.
    pub(super) mask: u64,
    /// What all values of the attribute have beside these bits.
    pub(super) base: u64,
}

impl Place {
    fn whole(word: usize) -> Place {
        Place { word, shift: 0, mask: u64::MAX, base: 0 }
    }

    /// What is there; `None` if the row has no such word.
    #[inline]
    pub(super) fn read(self, row: &[u64]) -> Option<u64> {
        Some(row.get(self.word)? >> self.shift & self.mask | self.base)
    }

    /// Puts a value there, which has no more bits than there are.
    pub(super) fn write(self, row: &mut [u64], value: u64) {
        if let Some(word) = row.get_mut(self.word) {
            *word = *word & !(self.mask << self.shift) | (value & self.mask) << self.shift;
        }
    }
}

/// How much of a row an attribute takes.
enum Extent {
    Bits(u32),
    /// And what its values have above.
    Half(u64),
    Whole,
}

impl Extent {
    fn of(schema: &Schema, field: &FieldType) -> Extent {
        match &field.ty {
            Type::Bool => Extent::Bits(1),
            Type::Zone => Extent::Bits(16),
            Type::Enum(id) => {
                let variants = schema.enums.get(id.index()).map_or(usize::MAX, |ty| ty.variants.len());
                match usize::BITS - variants.saturating_sub(1).leading_zeros() {
                    bits @ 0..=16 => Extent::Bits(bits.max(1)),
                    _ => Extent::Whole,
                }
            }
            // Numbers of names have 32 bits.
            Type::String => Extent::Half(0),
            // The word of what is absent is 0.
            Type::Entity(types) if !field.optional => match types.single() {
                Some(ty) => Extent::Half(entity_word(ty, 0)),
                None => Extent::Whole,
            },
            _ => Extent::Whole,
        }
    }
}

/// The entities that policies name after `in` where there are many of them. They are numbered from 1 on, and a word of each row has the
/// numbers of up to four that its entity is in or is itself, 16 bits each, the lowest bits first and 0 where there are no more; or
/// [`Named::MANY`].
#[derive(Clone, Debug)]
pub(super) struct Named<Entity = EntityUid> {
    /// Of a row.
    pub(super) word: usize,
    /// Numbers that a word may have.
    most: usize,
    pub(super) numbers: FxHashMap<Entity, u16>,
}

impl<Entity> Named<Entity> {
    /// In place of more numbers than there may be.
    pub(super) const MANY: u64 = u64::MAX;
    pub(super) const BITS: u32 = 16;
    pub(super) const NUMBERS: u32 = 64 / Self::BITS;
}

impl Named {
    /// The same by the words of the entities.
    pub(super) fn by_words(&self, names: &Names) -> Named<u64> {
        let numbers = self.numbers.iter();
        let numbers = numbers
            .filter_map(|(uid, number)| Some((names.find_entity(uid.ty, &uid.id)?, *number)))
            .collect();
        Named { word: self.word, most: self.most, numbers }
    }
}

impl Named<u64> {
    /// The word for what is in these entities.
    pub(super) fn pack<'w>(&self, entities: impl Iterator<Item = &'w u64>) -> u64 {
        let mut word = 0;
        for (at, number) in entities.filter_map(|entity| self.numbers.get(entity)).enumerate() {
            if at >= self.most {
                return Self::MANY;
            }
            word |= u64::from(*number) << (at as u32 * Self::BITS);
        }
        word
    }
}

/// Where an attribute is.
#[derive(Clone, Debug)]
pub(super) struct Slot {
    pub(super) place: Place,
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
    pub(super) named: Option<Named>,
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
    pub(super) fn of(program: &Program, limits: Limits) -> Result<Layout, Unfit> {
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
        let types =
            needs.into_iter().enumerate().map(|(index, needs)| row(program, limits, index, needs)).collect();
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
        && needs.groups.len() < MOST_NAMED
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

fn row(program: &Program, limits: Limits, index: usize, needs: Needs) -> RowLayout {
    let declared = &program.schema.entity_types[index].attributes;
    let read: Vec<_> =
        needs.attributes.iter().filter_map(|name| declared.field(name)).map(|(_, field)| field).collect();
    let mut flags = 1;
    let next_flag = |flags: &mut usize| {
        *flags += 1;
        Flag::number(*flags - 1)
    };
    let declares = program.schema.entity_types[index].closed.as_ref().map(|_| next_flag(&mut flags));
    let mut attributes = IndexMap::new();
    for field in read {
        let present = if field.optional { next_flag(&mut flags) } else { HELD };
        let known = if field.optional { declares.unwrap_or(HELD) } else { HELD };
        let place = Place::whole(0);
        attributes.insert(field.name.clone(), Slot { place, present, known, field: field.clone() });
    }
    let (mut halves, mut odd) = (Vec::new(), false);
    let mut wholes = Vec::new();
    for slot in attributes.values_mut() {
        match Extent::of(&program.schema, &slot.field) {
            Extent::Bits(bits) => {
                // Within one word.
                if flags % 64 + bits as usize > 64 {
                    flags = flags.next_multiple_of(64);
                }
                let Flag { word, bit } = Flag::number(flags);
                flags += bits as usize;
                slot.place = Place { word, shift: bit, mask: (1 << bits) - 1, base: 0 };
            }
            Extent::Half(base) => halves.push((slot, base)),
            Extent::Whole => wholes.push(slot),
        }
    }
    let flagged = if needs.groups.len() > MOST_GROUPS { FEW_GROUPS } else { MOST_GROUPS };
    let mut groups = FxHashMap::default();
    for uid in needs.groups.keys().take(flagged) {
        groups.insert(uid.clone(), next_flag(&mut flags));
    }
    let mut next_word = 2 + (flags - 1) / 64;
    for (at, (slot, base)) in halves.into_iter().enumerate() {
        let shift = (at % 2) as u32 * 32;
        slot.place = Place { word: next_word, shift, mask: u64::from(u32::MAX), base };
        next_word += at % 2;
        odd = at % 2 == 0;
    }
    next_word += usize::from(odd);
    for slot in wholes {
        slot.place = Place::whole(next_word);
        next_word += 1;
    }
    let named = (needs.groups.len() > limits.least_named).then(|| {
        next_word += 1;
        let numbers = needs.groups.into_keys().zip(1..).collect();
        Named {
            word: next_word - 1,
            most: limits.most_told.min(Named::<EntityUid>::NUMBERS as usize),
            numbers,
        }
    });
    RowLayout { stride: next_word, attributes, groups, named, declared: declares }
}
