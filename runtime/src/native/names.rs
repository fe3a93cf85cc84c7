//! Strings and entities as numbers.
//!
//! ```text
//! string word   = number                       entity word = type << 32 | number within the type
//!
//! numbers:   0 ........ n-1 | n ........ m-1 | m ....
//!            Names            Locals           Locals
//!            of the snapshot  of the prepared  of the running decision
//!                             context
//! ```
//! A snapshot's numbers are append-only from one snapshot to the next, so an entity id that an embedder holds stays good. What
//! only a request mentions is numbered after them; a number that is not below the length of a row table is an entity that the
//! data does not hold. Within one decision equal strings, and equal entities, have equal words.

use std::sync::Arc;

use smol_str::SmolStr;

use super::directory::Directory;
use super::locals::Locals;
use crate::persistent::Map;
use crate::types::{EntityTypeId, Schema};
use crate::value::EntityUid;

/// Strings, or entities of one type, that have a number.
const MOST_NAMES: usize = (u32::MAX / 4 * 3) as usize;

/// Something does not fit into words, or is not of the type that it was promised to have. The interpreter decides then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unfit;

/// What gives names their words.
pub(super) trait Intern {
    fn string(&mut self, text: &SmolStr) -> Result<u64, Unfit>;
    fn entity(&mut self, uid: &EntityUid) -> Result<u64, Unfit>;
    /// How many actions there are; native code believes every action's word.
    fn actions(&self) -> u32;
}

/// What gives words their names back.
pub(super) trait Resolve {
    fn text(&self, word: u64) -> Option<&SmolStr>;
    fn uid(&self, word: u64) -> Option<EntityUid>;
}

/// The word of an entity.
pub(super) fn entity_word(ty: EntityTypeId, number: u32) -> u64 {
    u64::from(ty.0) << 32 | u64::from(number)
}

/// The type in an entity word.
pub(super) fn entity_type(word: u64) -> EntityTypeId {
    EntityTypeId((word >> 32) as u32)
}

/// The number in an entity word.
pub(super) fn entity_number(word: u64) -> usize {
    (word & 0xffff_ffff) as usize
}

/// The names that a Program or a snapshot knows. A clone shares memory with it.
#[derive(Clone, Default)]
pub(super) struct Names {
    strings: Map<SmolStr, ()>,
    /// By type.
    entities: Vec<Map<SmolStr, ()>>,
    actions: u32,
    quick: Arc<Quick>,
}

/// The names that there were at some time, or most of them, where they are few: found more quickly, and never changed.
#[derive(Default)]
struct Quick {
    /// Entities are of the kind that is their type.
    names: Directory,
    /// How many strings it has, if all that there were.
    strings: usize,
    /// How many names there were.
    known: usize,
}

/// Strings and entities that are few.
const MOST_QUICK: usize = 1 << 14;
/// The kind of strings, which is no type: there are not so many.
const STRINGS: u32 = u32::MAX - 1;

impl Names {
    pub(super) fn new(schema: &Schema) -> Self {
        Names {
            strings: Map::default(),
            entities: vec![Map::default(); schema.entity_types.len()],
            actions: schema.actions.len() as u32,
            quick: Arc::default(),
        }
    }

    /// Makes names quick to find, if they are few and many of them are not.
    pub(super) fn quicken(&mut self) {
        let known = self.known();
        if known > MOST_QUICK || known < 2 * self.quick.known || known == 0 {
            return;
        }
        let entities = self.entities.iter().enumerate().map(|(ty, names)| (ty as u32, names));
        let kinds = entities.chain([(STRINGS, &self.strings)]);
        let names: Vec<_> = kinds
            .flat_map(|(kind, names)| {
                names.keys().enumerate().map(move |(at, name)| (kind, name.clone(), at as u32))
            })
            .collect();
        let names = Directory::new(&names);
        let strings = if names.is_whole() { self.strings.len() } else { usize::MAX };
        self.quick = Arc::new(Quick { names, strings, known });
    }

    /// How many entities of a type have numbers.
    #[inline]
    pub(super) fn count(&self, ty: usize) -> usize {
        self.entities.get(ty).map_or(0, |set| set.len())
    }

    /// How many strings and entities have numbers.
    pub(super) fn known(&self) -> usize {
        self.strings.len() + self.entities.iter().map(Map::len).sum::<usize>()
    }

    /// The number of an entity within its type; a new one if it has none.
    pub(super) fn number(&mut self, ty: EntityTypeId, id: &SmolStr) -> Result<usize, Unfit> {
        let ids = self.entities.get_mut(ty.index()).ok_or(Unfit)?;
        match ids.position(id) {
            Some(number) => Ok(number),
            // Numbers of requests come after these, so the last quarter stays free for them.
            None if ids.len() > MOST_NAMES => Err(Unfit),
            None => Ok(ids.insert(id.clone(), ()).0),
        }
    }

    /// The id of an entity by its number.
    pub(super) fn id(&self, ty: EntityTypeId, number: usize) -> Option<&SmolStr> {
        Some(self.entities.get(ty.index())?.at(number)?.0)
    }

    /// Bytes that it takes, as if nothing were shared; long names take some more.
    pub(super) fn bytes(&self) -> usize {
        let maps = self.strings.bytes() + self.entities.iter().map(Map::bytes).sum::<usize>();
        maps + self.quick.names.bytes()
    }

    #[inline]
    pub(super) fn find_string(&self, text: &str) -> Option<u64> {
        if let Some(at) = self.quick.names.find(STRINGS, text) {
            return Some(u64::from(at));
        }
        // Most strings of requests are nobody's, and then that is known already.
        if self.quick.strings == self.strings.len() { None } else { self.find_any_string(text) }
    }

    #[inline(never)]
    fn find_any_string(&self, text: &str) -> Option<u64> {
        self.strings.position(text).map(|at| at as u64)
    }

    #[inline(always)]
    pub(super) fn find_entity(&self, ty: EntityTypeId, id: &str) -> Option<u64> {
        match self.quick.names.find(ty.0, id) {
            Some(number) => Some(entity_word(ty, number)),
            None => self.find_any_entity(ty, id),
        }
    }

    #[inline(never)]
    fn find_any_entity(&self, ty: EntityTypeId, id: &str) -> Option<u64> {
        let number = self.entities.get(ty.index())?.position(id)?;
        Some(entity_word(ty, number as u32))
    }
}

impl Intern for Names {
    fn string(&mut self, text: &SmolStr) -> Result<u64, Unfit> {
        if let Some(at) = self.strings.position(text) {
            return Ok(at as u64);
        }
        if self.strings.len() > MOST_NAMES {
            return Err(Unfit);
        }
        Ok(self.strings.insert(text.clone(), ()).0 as u64)
    }

    fn entity(&mut self, uid: &EntityUid) -> Result<u64, Unfit> {
        Ok(entity_word(uid.ty, self.number(uid.ty, &uid.id)? as u32))
    }

    fn actions(&self) -> u32 {
        self.actions
    }
}

impl Resolve for Names {
    fn text(&self, word: u64) -> Option<&SmolStr> {
        Some(self.strings.at(usize::try_from(word).ok()?)?.0)
    }

    fn uid(&self, word: u64) -> Option<EntityUid> {
        let ty = entity_type(word);
        Some(EntityUid { ty, id: self.id(ty, entity_number(word))?.clone() })
    }
}

/// Finds names, and refuses unknown ones.
pub(super) struct Known<'a>(pub(super) &'a Names);

impl Intern for Known<'_> {
    fn string(&mut self, text: &SmolStr) -> Result<u64, Unfit> {
        self.0.find_string(text).ok_or(Unfit)
    }

    fn entity(&mut self, uid: &EntityUid) -> Result<u64, Unfit> {
        self.0.find_entity(uid.ty, &uid.id).ok_or(Unfit)
    }

    fn actions(&self) -> u32 {
        self.0.actions
    }
}

/// Three layers of names: of the snapshot, of a prepared context, of the running decision.
pub(super) struct Scope<'a> {
    pub(super) names: &'a Names,
    pub(super) prepared: &'a Locals,
    pub(super) own: Locals,
}

impl<'a> Scope<'a> {
    pub(super) fn new(names: &'a Names, prepared: &'a Locals) -> Self {
        Scope { names, prepared, own: Locals::default() }
    }

    /// The word of a string, which `owned` makes if nobody has it yet.
    #[inline]
    pub(super) fn string_word(&mut self, text: &str, owned: impl FnOnce() -> SmolStr) -> u64 {
        if let Some(word) = self.names.find_string(text) {
            return word;
        }
        let known = self.names.strings.len();
        if let Some(at) = self.prepared.find_string(text) {
            return (known + at) as u64;
        }
        (known + self.prepared.strings() + self.own.string(text, owned)) as u64
    }

    /// The word of an entity, whose id `owned` makes if nobody has it yet.
    #[inline]
    pub(super) fn entity_word(
        &mut self,
        ty: EntityTypeId,
        id: &str,
        owned: impl FnOnce() -> SmolStr,
    ) -> Result<u64, Unfit> {
        if let Some(word) = self.names.find_entity(ty, id) {
            return Ok(word);
        }
        let known = self.names.count(ty.index());
        let at = match self.prepared.find_entity(ty, id) {
            Some(at) => at,
            None => self.prepared.entities() + self.own.entity(ty, id, owned),
        };
        Ok(entity_word(ty, u32::try_from(known + at).map_err(|_| Unfit)?))
    }
}

impl Intern for Scope<'_> {
    fn string(&mut self, text: &SmolStr) -> Result<u64, Unfit> {
        Ok(self.string_word(text, || text.clone()))
    }

    fn entity(&mut self, uid: &EntityUid) -> Result<u64, Unfit> {
        self.entity_word(uid.ty, &uid.id, || uid.id.clone())
    }

    fn actions(&self) -> u32 {
        self.names.actions
    }
}

impl Resolve for Scope<'_> {
    fn text(&self, word: u64) -> Option<&SmolStr> {
        let at = usize::try_from(word).ok()?;
        let Some(at) = at.checked_sub(self.names.strings.len()) else { return self.names.text(word) };
        match at.checked_sub(self.prepared.strings()) {
            None => self.prepared.text(at),
            Some(at) => self.own.text(at),
        }
    }

    fn uid(&self, word: u64) -> Option<EntityUid> {
        let known = self.names.count(entity_type(word).index());
        let Some(at) = entity_number(word).checked_sub(known) else { return self.names.uid(word) };
        match at.checked_sub(self.prepared.entities()) {
            None => self.prepared.uid(at),
            Some(at) => self.own.uid(at),
        }
    }
}
