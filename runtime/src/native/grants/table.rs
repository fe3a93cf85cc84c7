//! The rows of one grant in a snapshot.
//!
//! A row has the position that the data gives it, so a snapshot finds what changed since another by comparing the two, and shares
//! everything else with it.

use std::sync::Arc;

use super::columns::Columns;
use super::lists::{ANY, Change, Lists, entry, row_of};
use crate::data::GrantRows;
use crate::native::arena::Arena;
use crate::native::layout::param_entities;
use crate::native::names::{Intern, Unfit, entity_number, entity_type};
use crate::native::rows::Rows;
use crate::native::word::{elements, encode, is_direct};
use crate::persistent::Map;
use crate::types::{Grant, Type};

/// Words of a row before its arguments: when it ends, the greatest time for never.
pub(in crate::native) const ROW_HEAD: usize = 1;
/// Of a row without end; [`GrantTable::is_live`] tells it from one that ends then.
const NEVER: i64 = i64::MAX;
/// Where there is no row.
const NO_ROW: i64 = i64::MIN;

/// A row with a larger set on one side is found from the other by looking at it.
const MOST_ELEMENTS: usize = 8;
/// Values that name no entity have lists by so many bits of a hash.
const HASH_BITS: u32 = 16;

/// All rows of one grant. A clone shares memory with it.
#[derive(Clone)]
pub(in crate::native) struct GrantTable {
    /// The rows as reasons show them.
    data: GrantRows,
    /// By position.
    rows: Rows,
    indexes: Vec<Option<Index>>,
    /// How many rows end.
    ends: usize,
    cells: Cells,
}

/// The rows by the value of one parameter.
#[derive(Clone)]
pub(super) struct Index {
    /// By type, ascending.
    lists: Vec<(u32, Lists)>,
    /// The parameter whose entity entries tell of.
    pub(super) other: Option<usize>,
}

/// The cells behind the words of rows.
#[derive(Clone, Default)]
struct Cells {
    first: Arc<Arena>,
    /// Of rows that came later, by position.
    later: Map<u32, Arc<Arena>>,
    /// Whether rows have any.
    used: bool,
}

/// What of a row is about an index.
struct Keys {
    /// Type and number.
    own: Vec<(u32, u32)>,
    other: Vec<u32>,
}

impl GrantTable {
    pub(in crate::native) fn build(
        declared: &Grant,
        grant: usize,
        columns: &Columns,
        data: &GrantRows,
        names: &mut dyn Intern,
    ) -> Result<GrantTable, Unfit> {
        let mut absent = vec![0; ROW_HEAD + declared.params.len()];
        absent[0] = NO_ROW as u64;
        let entities = |param: usize| param_entities(&declared.params[param].ty).is_some();
        let count = declared.params.len();
        let named = (0..count).any(entities);
        // Rows that name no entity are found by the first parameter that can be compared as a word.
        let first = (0..count).find(|param| !named && is_direct(&declared.params[*param].ty));
        let sides = columns.sides(grant);
        let indexes = (0..count).map(|param| {
            let other = sides.and_then(|sides| {
                [Some(sides.subject), sides.object].into_iter().flatten().find(|other| *other != param)
            });
            (entities(param) || first == Some(param)).then_some(Index { lists: Vec::new(), other })
        });
        let mut table = GrantTable {
            rows: Rows::new(&absent),
            indexes: indexes.collect(),
            data: data.clone(),
            ends: 0,
            cells: Cells {
                used: declared.params.iter().any(|param| !is_direct(&param.ty)),
                ..Cells::default()
            },
        };
        table.rows.grow(data.positions());
        let mut cells = Arena::default();
        for position in 0..data.positions() {
            if let Some((args, until)) = data.at(position) {
                table.write(declared, position, args, *until, names, &mut cells)?;
            }
        }
        table.cells.first = Arc::new(cells);
        for param in 0..count {
            let Some(index) = &table.indexes[param] else { continue };
            let mut changes: Vec<(u32, Vec<Change>)> = Vec::new();
            for position in 0..data.positions() {
                if data.at(position).is_some() {
                    let keys = index.keys(declared, param, table.rows.row(position));
                    keys.changes(position as u32, true, &mut changes);
                }
            }
            if let Some(index) = &mut table.indexes[param] {
                index.change(changes);
            }
        }
        Ok(table)
    }

    /// The table for other data of the same grant, which shares what has not changed.
    pub(in crate::native) fn update(
        &self,
        declared: &Grant,
        grant: usize,
        columns: &Columns,
        data: &GrantRows,
        names: &mut dyn Intern,
    ) -> Result<GrantTable, Unfit> {
        let changed = self.data.changed(data, |(old, ends), (new, end)| ends == end && Arc::ptr_eq(old, new));
        // To take rows out one by one costs more than to put them in.
        if changed.len() > 64 + data.len() / 2 || self.cells.later.len() > 64 + data.len() {
            return GrantTable::build(declared, grant, columns, data, names);
        }
        let mut table = self.clone();
        table.data = data.clone();
        table.rows.grow(data.positions());
        let mut changes: Vec<Vec<(u32, Vec<Change>)>> = vec![Vec::new(); declared.params.len()];
        for position in changed {
            let (old, new) = (self.data.at(position), data.at(position));
            table.ends -= usize::from(old.is_some_and(|(_, until)| until.is_some()));
            if let (Some((old, _)), Some((args, until))) = (old, new)
                && old == args
            {
                table.ends += usize::from(until.is_some());
                if let Some(place) = table.rows.row_mut(position).first_mut() {
                    *place = until.unwrap_or(NEVER) as u64;
                }
                continue;
            }
            let number = position as u32;
            if old.is_some() {
                table.note(declared, position, false, &mut changes);
                table.cells.later.remove(&number);
                if let Some(place) = table.rows.row_mut(position).first_mut() {
                    *place = NO_ROW as u64;
                }
            }
            if let Some((args, until)) = new {
                let mut cells = Arena::default();
                table.write(declared, position, args, *until, names, &mut cells)?;
                table.note(declared, position, true, &mut changes);
                if table.cells.used {
                    table.cells.later.insert(number, Arc::new(cells));
                }
            }
        }
        for (index, changes) in table.indexes.iter_mut().zip(changes) {
            if let Some(index) = index {
                index.change(changes);
            }
        }
        Ok(table)
    }

    fn write(
        &mut self,
        declared: &Grant,
        position: usize,
        args: &[crate::Value],
        until: Option<i64>,
        names: &mut dyn Intern,
        cells: &mut Arena,
    ) -> Result<(), Unfit> {
        if args.len() != declared.params.len() {
            return Err(Unfit);
        }
        let row = self.rows.row_mut(position);
        let (Some(end), Some(words)) = (row.first().copied(), row.get_mut(ROW_HEAD..)) else {
            return Err(Unfit);
        };
        debug_assert_eq!(end as i64, NO_ROW);
        for ((word, param), value) in words.iter_mut().zip(&declared.params).zip(args) {
            *word = encode(&param.ty, value, names, cells)?;
        }
        row[0] = until.unwrap_or(NEVER) as u64;
        self.ends += usize::from(until.is_some());
        Ok(())
    }

    /// Notes what a row that comes or goes changes in the indexes.
    fn note(
        &self,
        declared: &Grant,
        position: usize,
        is_there: bool,
        changes: &mut [Vec<(u32, Vec<Change>)>],
    ) {
        for (param, (index, changes)) in self.indexes.iter().zip(changes).enumerate() {
            if let Some(index) = index {
                let keys = index.keys(declared, param, self.rows.row(position));
                keys.changes(position as u32, is_there, changes);
            }
        }
    }

    pub(in crate::native) fn len(&self) -> usize {
        self.data.len()
    }

    /// Bytes, as if nothing were shared; without what the data takes.
    pub(in crate::native) fn bytes(&self) -> usize {
        let lists = self.indexes.iter().flatten().flat_map(|index| &index.lists);
        let later: usize = self.cells.later.values().map(|arena| arena.bytes()).sum();
        let cells = self.cells.first.bytes() + later;
        self.rows.bytes() + lists.map(|(_, lists)| lists.bytes()).sum::<usize>() + cells
    }

    /// All rows, the ended ones too, each with whether it ends.
    pub(super) fn rows(&self) -> impl Iterator<Item = (&[u64], Option<i64>)> {
        (0..self.data.positions())
            .filter_map(|position| Some((self.rows.row(position), *self.data.at(position)?.1)))
    }

    /// When rows end that do.
    pub(super) fn ends(&self) -> impl Iterator<Item = i64> + '_ {
        self.data.values().filter_map(|until| *until)
    }

    pub(super) fn has_ends(&self) -> bool {
        self.ends > 0
    }

    /// One more than the greatest position.
    pub(super) fn positions(&self) -> usize {
        self.data.positions()
    }

    #[inline]
    pub(super) fn row(&self, position: usize) -> &[u64] {
        self.rows.row(position)
    }

    #[inline]
    pub(super) fn is_live(&self, position: usize, row: &[u64], now: i64) -> bool {
        let end = row[0] as i64;
        now < end || end == NEVER && self.data.at(position).is_some_and(|(_, until)| until.is_none())
    }

    /// Whether rows are found by their value of this parameter.
    pub(in crate::native) fn finds_by(&self, param: usize) -> bool {
        self.index(param).is_some()
    }

    /// The rows found for an entity by their value of a parameter, some more than once; some may name another entity there.
    pub(in crate::native) fn naming(
        &self,
        param: usize,
        ty: u32,
        number: u32,
    ) -> impl Iterator<Item = (usize, &[u64])> + '_ {
        let list = self.index(param).and_then(|index| index.lists(ty)).map(|lists| lists.get(number));
        let entries = list.into_iter().flat_map(|list| {
            std::iter::successors(list.at(0), move |(_, next)| list.at(*next)).map(|(entry, _)| entry)
        });
        entries.map(row_of).map(|row| (row, self.row(row)))
    }

    pub(super) fn index(&self, param: usize) -> Option<&Index> {
        self.indexes.get(param)?.as_ref()
    }

    /// The arguments and the end of a row.
    pub(in crate::native) fn key(&self, position: usize) -> Option<(&Arc<[crate::Value]>, Option<i64>)> {
        self.data.at(position).map(|(args, until)| (args, *until))
    }
}

impl Index {
    fn keys(&self, declared: &Grant, param: usize, row: &[u64]) -> Keys {
        let value = |param: usize| row.get(ROW_HEAD + param).unwrap_or(&0);
        let numbers =
            |entities: &[u64]| entities.iter().map(|entity| entity_number(*entity) as u32).collect();
        let other = match self.other {
            None => vec![ANY],
            Some(other) => match named(&declared.params[other].ty, value(other)) {
                // That of no entity, too, may be asked for by this side alone.
                [] => vec![ANY],
                many if many.len() > MOST_ELEMENTS => vec![ANY],
                few => numbers(few),
            },
        };
        let ty = &declared.params[param].ty;
        let own = if param_entities(ty).is_some() {
            let place = |entity: &u64| (entity_type(*entity).0, entity_number(*entity) as u32);
            named(ty, value(param)).iter().map(place).collect()
        } else {
            vec![hashed(*value(param))]
        };
        Keys { own, other }
    }

    fn change(&mut self, changes: Vec<(u32, Vec<Change>)>) {
        for (ty, mut changes) in changes {
            let at = match self.lists.binary_search_by_key(&ty, |(ty, _)| *ty) {
                Ok(at) => at,
                Err(at) => {
                    self.lists.insert(at, (ty, Lists::default()));
                    at
                }
            };
            self.lists[at].1.change(&mut changes);
        }
    }

    /// The lists of entities of a type.
    #[inline]
    pub(super) fn lists(&self, ty: u32) -> Option<&Lists> {
        self.lists.iter().find(|(of, _)| *of == ty).map(|(_, lists)| lists)
    }
}

impl Keys {
    fn changes(&self, row: u32, is_there: bool, changes: &mut Vec<(u32, Vec<Change>)>) {
        for (ty, entity) in &self.own {
            let at = match changes.iter().position(|(of, _)| of == ty) {
                Some(at) => at,
                None => {
                    changes.push((*ty, Vec::new()));
                    changes.len() - 1
                }
            };
            let start = changes[at].1.len();
            for other in &self.other {
                let change = Change { entity: *entity, entry: entry(*other, row), is_there };
                // Entities of two types may have one number.
                if !changes[at].1[start..].contains(&change) {
                    changes[at].1.push(change);
                }
            }
        }
    }
}

/// In place of type and number of a value that is no entity.
pub(super) fn hashed(word: u64) -> (u32, u32) {
    (0, (word.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - HASH_BITS)) as u32)
}

/// The entities in a row's value of a parameter that has some.
pub(in crate::native) fn entities_of<'r>(ty: &Type, row: &'r [u64], param: usize) -> &'r [u64] {
    row.get(ROW_HEAD + param).map_or(&[], |word| named(ty, word))
}

/// The entities in a row's value.
pub(super) fn named<'r>(ty: &Type, word: &'r u64) -> &'r [u64] {
    match ty {
        // SAFETY: the table encoded the word at this type; its cell lives as long as the table that the row is borrowed from.
        Type::Set(_) => unsafe { elements(*word) },
        _ => std::slice::from_ref(word),
    }
}
