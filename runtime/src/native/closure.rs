//! All ancestors of each entity, as ascending set cells with a map of bits before them.
//!
//! ```text
//! cell     ..[bits 64..127][bits 0..63] -> [n, ancestor, ...]
//! ```
//! Bit i of a cell whose ancestors are all of one type says whether number i of that type is among them, for as many numbers as the
//! type's [`Closures::bits`]; for others the list is searched. The cell of no ancestors has bits for any type.

use rustc_hash::FxHashMap;

use super::arena::Arena;
use super::layout::{Flag, RowLayout};
use super::names::{Intern, Names, Unfit, entity_number, entity_type};
use super::word::elements;
use crate::data::Data;
use crate::types::EntityTypeId;
use crate::value::EntityUid;

/// Ancestor lists may take so many words for each entity, on average, beyond a first few millions. A chain of a million
/// parents would need more than any machine has; the interpreter, which walks, decides over such data.
const WORDS_PER_ENTITY: usize = 256;
const FREE_WORDS: usize = 1 << 24;

/// Numbers of a type that have a bit.
const MOST_BITS: usize = 512;

/// The ancestors of all entities.
pub(super) struct Closures {
    /// By type and number: a set cell; zero if not yet known.
    cells: Vec<Vec<u64>>,
    /// By type.
    bits: Vec<usize>,
    /// The cell of no ancestors.
    none: u64,
    arena: Arena,
}

impl Closures {
    /// Of all that `data` holds. Names of parents are added to `names`.
    pub(super) fn of(data: &Data, types: usize, names: &mut Names) -> Result<Closures, Unfit> {
        let mut parents: FxHashMap<u64, Vec<u64>> = FxHashMap::default();
        let mut order = Vec::new();
        for index in 0..types {
            let ty = EntityTypeId(index as u32);
            for (id, entity) in data.entities(ty) {
                if entity.parents.is_empty() {
                    continue;
                }
                let mut words = Vec::with_capacity(entity.parents.len());
                for parent in &entity.parents {
                    words.push(names.entity(parent)?);
                }
                words.sort_unstable();
                words.dedup();
                let word = names.entity(&EntityUid { ty, id: id.clone() })?;
                order.push(word);
                parents.insert(word, words);
            }
        }
        let cells = (0..types).map(|ty| vec![0; names.count(ty)]).collect();
        let bits: Vec<usize> = (0..types).map(|ty| names.count(ty).min(MOST_BITS)).collect();
        let mut closures = Closures { cells, bits, none: 0, arena: Arena::default() };
        closures.none = closures.store(&[]);
        let mut budget = FREE_WORDS.saturating_add(parents.len().saturating_mul(WORDS_PER_ENTITY));
        // Siblings share one list.
        let mut shared: FxHashMap<&[u64], u64> = FxHashMap::default();
        for start in order {
            closures.close(start, &parents, &mut shared, &mut budget)?;
        }
        Ok(closures)
    }

    /// Fills in `start` and all above it, parents first.
    fn close<'p>(
        &mut self,
        start: u64,
        parents: &'p FxHashMap<u64, Vec<u64>>,
        shared: &mut FxHashMap<&'p [u64], u64>,
        budget: &mut usize,
    ) -> Result<(), Unfit> {
        // An entity and how many of its parents have been seen to.
        let mut stack = vec![(start, 0)];
        while let Some((entity, done)) = stack.pop() {
            if self.get(entity) != 0 {
                continue;
            }
            let Some(direct) = parents.get(&entity) else {
                self.put(entity, self.none);
                continue;
            };
            if let Some(cell) = shared.get(direct.as_slice()) {
                self.put(entity, *cell);
                continue;
            }
            if let Some(parent) = direct.get(done) {
                // Data has no cycle; should it have one, the path would exceed the number of entities.
                if stack.len() > parents.len() {
                    return Err(Unfit);
                }
                stack.push((entity, done + 1));
                stack.push((*parent, 0));
                continue;
            }
            let mut all = direct.clone();
            for parent in direct {
                // SAFETY: `get` gives set cells that live in `self.arena` or the static empty one.
                all.extend_from_slice(unsafe { elements(self.get(*parent)) });
                if all.len() > *budget {
                    return Err(Unfit);
                }
            }
            // What was looked at counts, not what is left of it: parents with the same ancestors cost as much as others.
            *budget = budget.saturating_sub(all.len());
            all.sort_unstable();
            all.dedup();
            let cell = self.store(&all);
            shared.insert(direct, cell);
            self.put(entity, cell);
        }
        Ok(())
    }

    /// The cell of these ancestors, which ascend.
    fn store(&mut self, all: &[u64]) -> u64 {
        let words = match (all.first(), all.last()) {
            (Some(first), Some(last)) if entity_type(*first) == entity_type(*last) => {
                self.bits[entity_type(*first).index()].div_ceil(64)
            }
            (Some(_), Some(_)) => 0,
            _ => self.bits.iter().max().copied().unwrap_or(0).div_ceil(64),
        };
        let mut cell = vec![0; words];
        cell.push(all.len() as u64);
        cell.extend_from_slice(all);
        for ancestor in all {
            let number = entity_number(*ancestor);
            if number / 64 < words {
                cell[words - 1 - number / 64] |= 1 << (number % 64);
            }
        }
        self.arena.store(&cell) + words as u64 * 8
    }

    /// How many numbers of a type have a bit in cells whose ancestors are all of that type.
    pub(super) fn bits(&self, ty: usize) -> u64 {
        self.bits[ty] as u64
    }

    /// The cell of no ancestors.
    pub(super) fn none(&self) -> u64 {
        self.none
    }

    fn get(&self, entity: u64) -> u64 {
        self.cells[entity_type(entity).index()][entity_number(entity)]
    }

    fn put(&mut self, entity: u64, cell: u64) {
        self.cells[entity_type(entity).index()][entity_number(entity)] = cell;
    }

    /// The set cell of an entity's ancestors.
    pub(super) fn ancestors(&self, ty: usize, number: usize) -> u64 {
        match self.cells[ty].get(number) {
            None | Some(0) => self.none,
            Some(cell) => *cell,
        }
    }

    /// The flags in rows of this layout, by the word of the entity that policies name.
    pub(super) fn groups(&self, layout: &RowLayout, names: &Names) -> FxHashMap<u64, Flag> {
        let named = layout.groups.iter();
        named.filter_map(|(uid, flag)| Some((names.find_entity(uid.ty, &uid.id)?, *flag))).collect()
    }

    /// Sets, in the row of an entity, the flags of the named entities that it is below.
    pub(super) fn mark_groups(
        &self,
        ty: usize,
        number: usize,
        flags: &FxHashMap<u64, Flag>,
        row: &mut [u64],
    ) {
        if flags.is_empty() {
            return;
        }
        // SAFETY: `ancestors` gives set cells that live as long as `self`.
        for ancestor in unsafe { elements(self.ancestors(ty, number)) } {
            if let Some(flag) = flags.get(ancestor) {
                row[flag.word] |= 1 << flag.bit;
            }
        }
    }

    /// The memory of the cells, which must live as long as they are used.
    pub(super) fn into_arena(self) -> Arena {
        self.arena
    }
}
