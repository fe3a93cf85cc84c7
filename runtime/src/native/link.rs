//! Entities as numbers, rows and a hierarchy: written whole for a snapshot that is linked anew, or brought up to date.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::arena::Arena;
use super::cells::Cells;
use super::code::Code;
use super::hierarchy::Hierarchy;
use super::layout::{ANCESTORS, Flag, HELD, Named, RowLayout};
use super::names::{Intern, Names, Unfit, entity_number, entity_type, entity_word};
use super::rows::Rows;
use super::word::{encode, is_direct};
use crate::data::{Data, Entity};
use crate::types::EntityTypeId;
use crate::value::EntityUid;

/// What about each entity type never changes while numbers stay.
pub(super) struct TypePlan {
    /// The flags of entities that policies name, by their words.
    groups: FxHashMap<u64, Flag>,
    /// Words of flags, and which of their bits those are.
    group_bits: Vec<(usize, u64)>,
    named: Option<Named<u64>>,
    /// Some attribute has cells.
    has_cells: bool,
}

impl TypePlan {
    fn of(layout: &RowLayout, names: &Names) -> TypePlan {
        let named = layout.groups.iter();
        let groups: FxHashMap<u64, Flag> =
            named.filter_map(|(uid, flag)| Some((names.find_entity(uid.ty, &uid.id)?, *flag))).collect();
        let mut bits: FxHashMap<usize, u64> = FxHashMap::default();
        groups.values().for_each(|flag| *bits.entry(flag.word).or_default() |= 1 << flag.bit);
        let has_cells = layout.attributes.values().any(|slot| !is_direct(&slot.field.ty));
        let named = layout.named.as_ref().map(|named| named.by_words(names));
        TypePlan { groups, group_bits: bits.into_iter().collect(), named, has_cells }
    }
}

/// The entities of a snapshot, as native code sees them. A clone shares memory.
#[derive(Clone)]
pub(super) struct Entities {
    pub(super) names: Names,
    /// By type, as all that follows.
    pub(super) rows: Vec<Rows>,
    cells: Vec<Cells>,
    pub(super) hierarchy: Hierarchy,
    plans: Arc<[TypePlan]>,
}

impl Entities {
    /// All that `data` holds. What `names` knows keeps its number.
    pub(super) fn link(code: &Code, mut names: Names, data: &Data) -> Result<Entities, Unfit> {
        let types = code.layout.types.len();
        // Those that the data holds first, so that their rows are near each other.
        for ty in (0..types).map(|ty| EntityTypeId(ty as u32)) {
            for (id, _) in data.entities(ty) {
                names.number(ty, id)?;
            }
        }
        let hierarchy = Hierarchy::new(&names, types);
        let rows = code.layout.types.iter().map(|layout| {
            let mut absent = vec![0; layout.stride];
            absent[ANCESTORS] = hierarchy.none();
            Rows::new(&absent)
        });
        let mut linked = Entities {
            rows: rows.collect(),
            cells: vec![Cells::default(); types],
            plans: code.layout.types.iter().map(|layout| TypePlan::of(layout, &names)).collect(),
            hierarchy,
            names,
        };
        linked.grow();
        linked.declare(code);
        let mut changed = Vec::new();
        for index in 0..types {
            let ty = EntityTypeId(index as u32);
            for (id, entity) in data.entities(ty) {
                let number = linked.names.number(ty, id)?;
                linked.write(code, ty, number, Some(entity))?;
                let word = entity_word(ty, number as u32);
                if linked.set_parents(word, Some(entity))? {
                    changed.push(word);
                }
            }
        }
        linked.place(&changed)?;
        linked.cells.iter_mut().for_each(Cells::settle_all);
        Ok(linked)
    }

    /// Brings these entities up to date with `data`.
    pub(super) fn change<'u>(
        &mut self,
        code: &Code,
        uids: impl Iterator<Item = &'u EntityUid>,
        data: &Data,
    ) -> Result<(), Unfit> {
        let mut changed = Vec::new();
        for uid in uids {
            let word = self.names.entity(uid)?;
            let entity = data.entity(uid).map(|entity| &**entity);
            if self.set_parents(word, entity)? {
                changed.push(word);
            }
            self.grow_type(uid.ty.index());
            self.rewrite(code, uid.ty, entity_number(word), entity, data)?;
        }
        self.place(&changed)
    }

    /// Gives each name that is new a row.
    pub(super) fn grow(&mut self) {
        (0..self.rows.len()).for_each(|ty| self.grow_type(ty));
    }

    fn grow_type(&mut self, ty: usize) {
        if let Some(rows) = self.rows.get_mut(ty) {
            rows.grow(self.names.count(ty));
        }
    }

    /// What entities have that policies name and types declare, whether the data holds them or not.
    fn declare(&mut self, code: &Code) {
        let Entities { names, rows, plans, .. } = self;
        for (index, (rows, layout)) in rows.iter_mut().zip(&code.layout.types).enumerate() {
            let ty = EntityTypeId(index as u32);
            for (word, flag) in plans.get(index).iter().flat_map(|plan| &plan.groups) {
                if entity_type(*word) == ty {
                    set(rows.row_mut(entity_number(*word)), *flag);
                }
            }
            for named in plans.get(index).iter().filter_map(|plan| plan.named.as_ref()) {
                for word in named.numbers.keys().filter(|word| entity_type(**word) == ty) {
                    if let Some(place) = rows.row_mut(entity_number(*word)).get_mut(named.word) {
                        *place = named.pack(std::iter::once(word));
                    }
                }
            }
            let declared = code.program.schema.entity_types.get(index).and_then(|ty| ty.closed.as_ref());
            if let Some(flag) = layout.declared {
                for word in declared.into_iter().flatten().filter_map(|id| names.find_entity(ty, id)) {
                    set(rows.row_mut(entity_number(word)), flag);
                }
            }
        }
    }

    fn set_parents(&mut self, word: u64, entity: Option<&Entity>) -> Result<bool, Unfit> {
        let mut parents = Vec::new();
        for parent in entity.iter().flat_map(|entity| &entity.parents) {
            parents.push(self.names.entity(parent)?);
        }
        parents.sort_unstable();
        parents.dedup();
        self.hierarchy.set_parents(word, &parents)
    }

    /// Writes a row that has been written before.
    fn rewrite(
        &mut self,
        code: &Code,
        ty: EntityTypeId,
        number: usize,
        entity: Option<&Entity>,
        data: &Data,
    ) -> Result<(), Unfit> {
        let has_cells = self.plans.get(ty.index()).is_some_and(|plan| plan.has_cells);
        let worn = if has_cells { self.cells.get_mut(ty.index()).ok_or(Unfit)?.renew(number) } else { None };
        let Some(block) = worn else { return self.write(code, ty, number, entity) };
        let named = self.names.count(ty.index());
        for number in block.take_while(|number| *number < named) {
            let id = self.names.id(ty, number).ok_or(Unfit)?;
            let entity = data.entities.get(ty.index()).and_then(|entities| entities.get(id));
            self.write(code, ty, number, entity.map(|entity| &**entity))?;
        }
        self.cells.get_mut(ty.index()).ok_or(Unfit)?.settle(number);
        Ok(())
    }

    /// Writes what the data says about an entity itself into its row.
    fn write(
        &mut self,
        code: &Code,
        ty: EntityTypeId,
        number: usize,
        entity: Option<&Entity>,
    ) -> Result<(), Unfit> {
        let index = ty.index();
        let layout = code.layout.types.get(index).ok_or(Unfit)?;
        let row = self.rows.get_mut(index).ok_or(Unfit)?.row_mut(number);
        unset(row, HELD);
        for slot in layout.attributes.values() {
            unset(row, slot.present);
            slot.place.write(row, 0);
        }
        let Some(entity) = entity else { return Ok(()) };
        set(row, HELD);
        let mut none = Arena::default();
        let arena = if self.plans.get(index).is_some_and(|plan| plan.has_cells) {
            self.cells.get_mut(index).and_then(|cells| cells.arena(number)).ok_or(Unfit)?
        } else {
            &mut none
        };
        for (name, slot) in &layout.attributes {
            match entity.attributes.get(name) {
                Some(value) => {
                    slot.place.write(row, encode(&slot.field.ty, value, &mut self.names, arena)?);
                    set(row, slot.present);
                }
                None if slot.field.optional => {}
                None => return Err(Unfit),
            }
        }
        Ok(())
    }

    /// Writes the ancestors of these entities, whose parents have changed, and of all below them into their rows.
    fn place(&mut self, changed: &[u64]) -> Result<(), Unfit> {
        let affected = self.hierarchy.refresh(changed)?;
        self.grow();
        for word in affected {
            let ty = entity_type(word).index();
            let (Some(rows), Some(plan)) = (self.rows.get_mut(ty), self.plans.get(ty)) else {
                return Err(Unfit);
            };
            let row = rows.row_mut(entity_number(word));
            *row.get_mut(ANCESTORS).ok_or(Unfit)? = self.hierarchy.cell(word);
            let within = || std::iter::once(&word).chain(self.hierarchy.ancestors(word));
            if let Some(named) = &plan.named {
                *row.get_mut(named.word).ok_or(Unfit)? = named.pack(within());
            }
            if plan.groups.is_empty() {
                continue;
            }
            for (at, bits) in &plan.group_bits {
                row[*at] &= !bits;
            }
            for one in within() {
                if let Some(flag) = plan.groups.get(one) {
                    set(row, *flag);
                }
            }
        }
        Ok(())
    }

    /// Bytes of cells, as if nothing were shared.
    pub(super) fn cell_bytes(&self) -> usize {
        self.cells.iter().map(Cells::bytes).sum()
    }
}

fn set(row: &mut [u64], flag: Flag) {
    if let Some(word) = row.get_mut(flag.word) {
        *word |= 1 << flag.bit;
    }
}

fn unset(row: &mut [u64], flag: Flag) {
    if let Some(word) = row.get_mut(flag.word) {
        *word &= !(1 << flag.bit);
    }
}
