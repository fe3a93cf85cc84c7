//! A data snapshot linked with a Program: everything that native code reads.
//!
//! ```text
//! Image ── names        strings and entities as numbers
//!       ├─ tables       for each entity type its rows, by number (see `layout`, `rows`)
//!       ├─ grants       for each grant its rows and, by parameter, which rows name an entity (see `grants`)
//!       ├─ params       a word for each param
//!       └─ arena        the cells behind the words of all these
//! ```
//! An Image never changes. Everything it points to lives in it, in the Code's constants or in statics.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::arena::Arena;
use super::closure::Closures;
use super::code::Code;
use super::grants::GrantTable;
use super::layout::{ANCESTORS, Flag, HELD};
use super::names::{Intern, Names, Unfit, entity_number, entity_type};
use super::rows::Rows;
use super::word::encode;
use crate::data::Data;
use crate::types::EntityTypeId;
use crate::value::{EntityUid, Value};

/// Rows of one entity type, as native code sees them.
#[derive(Clone, Copy)]
#[repr(C)]
pub(super) struct Table {
    /// Of pages: see `rows`.
    pub(super) pages: *const *const u64,
    /// How many rows.
    pub(super) len: u64,
    /// Entities with smaller numbers have a bit in the cells of ancestors that are all of this type (see `closure`).
    pub(super) bits: u64,
}

impl Table {
    fn of(rows: &Rows, bits: u64) -> Table {
        Table { pages: rows.addresses(), len: rows.len() as u64, bits }
    }

    pub(super) const SIZE: i32 = size_of::<Table>() as i32;
    pub(super) const PAGES: i32 = std::mem::offset_of!(Table, pages) as i32;
    pub(super) const LEN: i32 = std::mem::offset_of!(Table, len) as i32;
    pub(super) const BITS: i32 = std::mem::offset_of!(Table, bits) as i32;
}

static NEXT_ID: AtomicU64 = AtomicU64::new(0);

/// A linked snapshot; see the module.
pub struct Image {
    pub(super) names: Names,
    pub(super) rows: Vec<Rows>,
    pub(super) tables: Vec<Table>,
    /// For what is of no type.
    absent: Vec<u64>,
    pub(super) params: Vec<u64>,
    pub(super) grants: Vec<GrantTable>,
    arena: Arena,
    closures: Arena,
    /// No other Image of the process has it.
    pub(super) id: u64,
    /// Keeps alive the constants that interned words may point to, and the layout.
    pub(super) code: Arc<Code>,
}

// SAFETY: the pointers in `tables` lead into `rows`, which live and do not change as long as the Image; nothing in it is
// mutated after `link`.
unsafe impl Send for Image {}
// SAFETY: as above.
unsafe impl Sync for Image {}

impl std::fmt::Debug for Image {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Image").field("size", &self.size()).finish_non_exhaustive()
    }
}

/// Bytes that an Image takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Rows that have a number.
    pub entities: usize,
    /// For rows of entities.
    pub row_bytes: usize,
    /// For ancestors.
    pub ancestor_bytes: usize,
    /// Rows of grants.
    pub grant_rows: usize,
    /// For rows of grants and their indexes.
    pub grant_bytes: usize,
    /// For sets, maps, records and addresses.
    pub cell_bytes: usize,
}

impl Image {
    /// Links `data`, which fits the Program's schema, with one value for each param, of its type. Numbers given by `previous`
    /// stay.
    pub fn link(
        code: &Arc<Code>,
        params: &[Value],
        data: &Data,
        previous: Option<&Image>,
    ) -> Result<Image, Unfit> {
        let schema = &code.program.schema;
        let layout = &code.layout;
        let mut names = match previous {
            Some(previous) if Arc::ptr_eq(&previous.code, code) => previous.names.clone(),
            _ => code.names.clone(),
        };
        let mut arena = Arena::default();

        for (index, declared) in schema.entity_types.iter().enumerate() {
            let ty = EntityTypeId(index as u32);
            for id in declared.closed.iter().flatten() {
                names.entity(&EntityUid { ty, id: id.clone() })?;
            }
            for (id, _) in data.entities(ty) {
                names.entity(&EntityUid { ty, id: id.clone() })?;
            }
        }
        let closures = Closures::of(data, schema.entity_types.len(), &mut names)?;
        let mut encoded_params = Vec::with_capacity(params.len());
        if params.len() != code.program.params.len() {
            return Err(Unfit);
        }
        for (declared, value) in code.program.params.iter().zip(params) {
            encoded_params.push(encode(&declared.ty, value, &mut names, &mut arena)?);
        }
        let mut grants = Vec::with_capacity(schema.grants.len());
        for index in 0..schema.grants.len() {
            grants.push(GrantTable::build(&schema.grants[index], index, data, &mut names, &mut arena)?);
        }

        let mut rows: Vec<Rows> = Vec::with_capacity(layout.types.len());
        for (index, row_layout) in layout.types.iter().enumerate() {
            let mut absent = vec![0; row_layout.stride];
            absent[ANCESTORS] = closures.none();
            let mut of_type = Rows::new(&absent);
            of_type.grow(names.count(index));
            rows.push(of_type);
        }
        for (index, row_layout) in layout.types.iter().enumerate() {
            let ty = EntityTypeId(index as u32);
            for (id, entity) in data.entities(ty) {
                let number = entity_number(names.entity(&EntityUid { ty, id: id.clone() })?);
                let row = rows[index].row_mut(number);
                set(row, HELD);
                if let Some(declared) = row_layout.declared {
                    set(row, declared);
                }
                for (name, slot) in &row_layout.attributes {
                    match entity.attributes.get(name) {
                        Some(value) => {
                            row[slot.word] = encode(&slot.field.ty, value, &mut names, &mut arena)?;
                            set(row, slot.present);
                        }
                        None if slot.field.optional => {}
                        None => return Err(Unfit),
                    }
                }
            }
        }

        // From here on no name is new.
        for (index, row_layout) in layout.types.iter().enumerate() {
            let ty = EntityTypeId(index as u32);
            rows[index].grow(names.count(index));
            let flags = closures.groups(row_layout, &names);
            for number in 0..names.count(index) {
                let row = rows[index].row_mut(number);
                row[ANCESTORS] = closures.ancestors(index, number);
                closures.mark_groups(index, number, &flags, row);
            }
            for (uid, flag) in &row_layout.groups {
                if uid.ty == ty
                    && let Some(word) = names.find_entity(uid.ty, &uid.id)
                {
                    set(rows[index].row_mut(entity_number(word)), *flag);
                }
            }
            if let Some(declared) = row_layout.declared {
                for id in schema.entity_types[index].closed.iter().flatten() {
                    if let Some(word) = names.find_entity(ty, id) {
                        set(rows[index].row_mut(entity_number(word)), declared);
                    }
                }
            }
        }
        for (grant_index, grant) in grants.iter().enumerate() {
            for (param, entity, range) in grant.ranges() {
                let ty = entity_type(entity).index();
                if let Some(word) = layout.grant_word(grant_index, param, entity_type(entity))
                    && let Some(rows) = rows.get_mut(ty)
                    && let Some(place) = rows.row_mut(entity_number(entity)).get_mut(word)
                {
                    *place = range;
                }
            }
        }

        let mut absent = vec![0; layout.widest];
        absent[ANCESTORS] = closures.none();
        let tables = rows.iter().enumerate().map(|(ty, rows)| Table::of(rows, closures.bits(ty))).collect();
        Ok(Image {
            names,
            rows,
            tables,
            absent,
            params: encoded_params,
            grants,
            arena,
            closures: closures.into_arena(),
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
            code: code.clone(),
        })
    }

    /// The row of an entity; the row of zeroes if the data and the policies do not know it.
    #[inline]
    pub(super) fn row(&self, entity: u64) -> &[u64] {
        match self.rows.get(entity_type(entity).index()) {
            Some(rows) => rows.row(entity_number(entity)),
            None => &self.absent,
        }
    }

    /// The id of an entity that data, policies or a former snapshot know.
    pub fn find(&self, uid: &EntityUid) -> Option<u64> {
        self.names.find_entity(uid.ty, &uid.id)
    }

    /// Whether `entity` is one of this snapshot's numbers.
    pub fn knows(&self, entity: u64) -> bool {
        entity_number(entity) < self.names.count(entity_type(entity).index())
    }

    /// What it takes.
    pub fn size(&self) -> Size {
        Size {
            entities: (0..self.rows.len()).map(|ty| self.names.count(ty)).sum(),
            row_bytes: self.rows.iter().map(Rows::bytes).sum(),
            ancestor_bytes: self.closures.bytes(),
            grant_rows: self.grants.iter().map(GrantTable::len).sum(),
            grant_bytes: self.grants.iter().map(GrantTable::bytes).sum(),
            cell_bytes: self.arena.bytes(),
        }
    }
}

fn set(row: &mut [u64], flag: Flag) {
    row[flag.word] |= 1 << flag.bit;
}
