//! Writes values of known types as words; see `native/word.rs` for how they look.

use std::net::IpAddr;

use smallvec::SmallVec;
use smol_str::SmolStr;

use super::cells::{Room, address};
use super::plan::{Plans, Record, Shape};
use crate::engine::Row;
use crate::literal::{
    parse_cidr, parse_datetime, parse_decimal, parse_duration, parse_int, parse_ip, parse_zone,
};
use crate::names::{read_entity, split_entity};
use crate::native::arena::empty;
use crate::native::image::Image;
use crate::native::word::address_words;
use crate::types::{ActionId, Applies, EntityTypeId, EntityTypes, EnumId, Schema};
use crate::value::Cidr;

/// Elements of a set while they are collected.
pub(super) type Elements = SmallVec<[u64; 16]>;

/// Keys and values of a map while they are collected.
pub(super) type Entries = SmallVec<[(u64, u64); 8]>;

/// Where a request's words go.
pub(super) struct Writer<'i, 'c> {
    image: &'i Image,
    room: Room<'i, 'c>,
}

impl<'i, 'c> Writer<'i, 'c> {
    #[inline(always)]
    pub fn new(room: Room<'i, 'c>) -> Self {
        Writer { image: room.image(), room }
    }

    pub fn plans(&self) -> &'i Plans {
        &self.image.code.plans
    }

    /// What an action applies to, and its context.
    pub fn context_of(&self, action: ActionId) -> Option<(&'i Applies, &'i Record)> {
        self.image.code.plans.context(&self.image.code.program, action)
    }

    /// The context of an action.
    #[inline(always)]
    pub fn record_of(&self, action: ActionId) -> Option<&'i Record> {
        self.image.code.plans.record(&self.image.code.program, action)
    }

    /// A string.
    pub fn text(&mut self, text: &str) -> u64 {
        match self.image.entities.names.find_string(text) {
            Some(word) => word,
            None => self.room.scope().string_word(text, || SmolStr::new(text)),
        }
    }

    /// The same for one that is already in a form to keep.
    pub fn known_text(&mut self, text: &SmolStr) -> u64 {
        match self.image.entities.names.find_string(text) {
            Some(word) => word,
            None => self.room.scope().string_word(text, || text.clone()),
        }
    }

    pub fn schema(&self) -> &'i Schema {
        &self.image.code.program.schema
    }

    /// An entity of a type. Whether the data holds it is another question, but a closed type must have it.
    #[inline(always)]
    pub fn entity(&mut self, ty: EntityTypeId, id: &str) -> Option<u64> {
        if self.plans().is_closed(ty) && !self.is_listed(ty, id) {
            return None;
        }
        match self.image.entities.names.find_entity(ty, id) {
            Some(word) => Some(word),
            None => self.strange_entity(ty, id),
        }
    }

    #[inline(never)]
    fn strange_entity(&mut self, ty: EntityTypeId, id: &str) -> Option<u64> {
        self.room.scope().entity_word(ty, id, || SmolStr::new(id)).ok()
    }

    #[inline(never)]
    fn is_listed(&self, ty: EntityTypeId, id: &str) -> bool {
        let declared = self.schema().entity_types.get(ty.index());
        declared.and_then(|ty| ty.closed.as_ref()).is_some_and(|ids| ids.iter().any(|known| known == id))
    }

    /// An entity of one of these types, by the name of its type.
    pub fn entity_of(&mut self, types: &EntityTypes, ty: &str, id: &str) -> Option<u64> {
        let ty = EntityTypeId(self.plans().types.find(ty)?);
        if types.contains(ty) { self.entity(ty, id) } else { None }
    }

    /// An entity of any type: `User::"ann"`.
    #[inline]
    pub fn spelt_entity(&mut self, text: &str) -> Option<(EntityTypeId, u64)> {
        if let Some((ty, id)) = split_entity(text) {
            let ty = EntityTypeId(self.plans().types.find(ty)?);
            return Some((ty, self.entity(ty, id)?));
        }
        let (ty, id) = read_entity(text)?;
        let ty = EntityTypeId(self.plans().types.find(ty)?);
        Some((ty, self.entity(ty, &id)?))
    }

    /// An action by its name.
    pub fn action(&self, name: &str) -> Option<ActionId> {
        self.plans().actions.find(name).map(ActionId)
    }

    /// What a JSON string means for a type.
    pub fn string(&mut self, shape: &Shape, text: &str) -> Option<u64> {
        match shape {
            Shape::String => Some(self.text(text)),
            Shape::Decimal => Some(parse_decimal(text).ok()?.0 as u64),
            Shape::Ip => Some(self.ip(parse_ip(text).ok()?)),
            Shape::Cidr => Some(self.cidr(parse_cidr(text).ok()?)),
            Shape::Datetime => Some(parse_datetime(text).ok()? as u64),
            Shape::Duration => Some(parse_duration(text).ok()? as u64),
            Shape::Zone => Some(u64::from(parse_zone(text).ok()?.index())),
            Shape::Enum(id) => self.variant(*id, text),
            Shape::Entity(types) => {
                let (ty, word) = self.spelt_entity(text)?;
                types.contains(ty).then_some(word)
            }
            Shape::Action => self.action(text).map(|action| u64::from(action.0)),
            _ => None,
        }
    }

    /// What a JSON number, as it is written, means for a type.
    pub fn number(&mut self, shape: &Shape, text: &str) -> Option<u64> {
        match shape {
            Shape::Int => Some(parse_int(text).ok()? as u64),
            Shape::Decimal => Some(parse_decimal(text).ok()?.0 as u64),
            _ => None,
        }
    }

    pub fn ip(&mut self, ip: IpAddr) -> u64 {
        self.room.store(&address_words(ip))
    }

    pub fn cidr(&mut self, cidr: Cidr) -> u64 {
        let [family, high, low] = address_words(cidr.address);
        self.room.store(&[family, high, low, u64::from(cidr.prefix)])
    }

    /// A variant by its name, with or without that of the enum.
    fn variant(&self, id: EnumId, text: &str) -> Option<u64> {
        let program = &self.image.code.program;
        let at = |name: &str| {
            let declared = program.schema.enums.get(id.index())?;
            Some(declared.variants.iter().position(|variant| variant == name)? as u64)
        };
        match text.rsplit_once("::") {
            Some((of, name)) if program.names().enums.get(of) == Ok(id.0) => at(name),
            _ => at(text),
        }
    }

    /// A set of these elements; none may be there twice.
    pub fn set(&mut self, mut elements: Elements) -> Option<u64> {
        if elements.is_empty() {
            return Some(empty());
        }
        elements.sort_unstable();
        if elements.windows(2).any(|pair| pair[0] == pair[1]) {
            return None;
        }
        let cell = self.room.take(1 + elements.len());
        let (len, rest) = cell.split_first_mut()?;
        *len = elements.len() as u64;
        rest.copy_from_slice(&elements);
        Some(address(cell))
    }

    /// A map of these keys and values; no key may be there twice.
    pub fn map(&mut self, mut entries: Entries) -> Option<u64> {
        entries.sort_unstable();
        if entries.windows(2).any(|pair| pair[0].0 == pair[1].0) {
            return None;
        }
        if entries.is_empty() {
            return Some(empty());
        }
        let cell = self.room.take(1 + 2 * entries.len());
        let (len, rest) = cell.split_first_mut()?;
        *len = entries.len() as u64;
        for (pair, (key, value)) in rest.chunks_exact_mut(2).zip(entries) {
            pair.copy_from_slice(&[key, value]);
        }
        Some(address(cell))
    }

    /// A record whose fields are still to come.
    #[inline]
    pub fn record<'p>(&mut self, plan: &'p Record) -> Row<'p, 'c> {
        Row::new(&plan.order, self.room.take(plan.presence + plan.fields.len()))
    }
}

/// The word of a record whose fields have been put in, if no required one is missing.
#[inline]
pub(super) fn finish(plan: &Record, row: Row<'_, '_>) -> Option<u64> {
    let cell = row.into_cell();
    let complete = plan.required.iter().zip(&*cell).all(|(required, is)| required & !is == 0);
    complete.then(|| address(cell))
}
