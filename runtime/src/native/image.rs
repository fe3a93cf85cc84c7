//! A data snapshot linked with a Program: everything that native code reads.
//!
//! ```text
//! Image ── entities     names as numbers, rows by number, and the hierarchy (see `link`)
//!       ├─ tables       for each entity type where its rows are (see `layout`, `rows`)
//!       ├─ grants       for each grant its rows and, by parameter, which rows name an entity (see `grants`)
//!       └─ params       a word for each param
//! ```
//! An Image never changes: the next one is made from it and shares what is the same. Everything it points to lives in it, in the
//! Code's constants or in statics.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use super::arena::Arena;
use super::code::Code;
use super::grants::{GrantTable, Signatures};
use super::layout::ANCESTORS;
use super::link::Entities;
use super::locals::Locals;
use super::names::{Resolve, Unfit, entity_number, entity_type};
use super::rows::Rows;
use super::word::encode;
use crate::data::{Changes, Data};
use crate::types::{EntityTypeId, GrantId};
use crate::value::{EntityUid, Value};

/// Rows of one entity type, as native code sees them.
#[derive(Clone, Copy)]
#[repr(C)]
pub(super) struct Table {
    /// Of pages: see `rows`.
    pub(super) pages: *const *const u64,
    /// How many rows.
    pub(super) len: u64,
    /// Entities with smaller numbers have a bit in the cells of ancestors that are all of this type (see `hierarchy`).
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

/// So many more names than twice those of the beginning may have numbers.
const FORGOTTEN_NAMES: usize = 1 << 20;

static NEXT_NUMBERING: AtomicU64 = AtomicU64::new(0);

/// A linked snapshot; see the module.
pub struct Image {
    pub(super) entities: Entities,
    pub(super) tables: Vec<Table>,
    /// For what is of no type.
    absent: Vec<u64>,
    pub(super) params: Vec<u64>,
    pub(super) grants: Vec<Arc<GrantTable>>,
    /// `None` only while it is made.
    signatures: Option<Signatures>,
    /// Behind the words of params.
    param_cells: Arc<Arena>,
    /// For decisions without a context that was prepared.
    no_names: Locals,
    /// How many names had numbers when numbering began.
    first_names: usize,
    /// Images with the same numbering were made one from the other, so that a number is of the same name in all that know it.
    pub(super) numbering: u64,
    /// An Image with this numbering was made from this one.
    succeeded: OnceLock<()>,
    /// How many names have numbers.
    pub(super) known: usize,
    /// Keeps alive the constants that interned words may point to, and the layout.
    pub(super) code: Arc<Code>,
}

// SAFETY: the pointers in `tables` lead into the rows, which live and do not change as long as the Image; nothing in it is
// mutated once it is made.
unsafe impl Send for Image {}
// SAFETY: as above.
unsafe impl Sync for Image {}

impl std::fmt::Debug for Image {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Image").field("size", &self.size()).finish_non_exhaustive()
    }
}

/// Bytes that an Image takes, as if it shared nothing with others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Rows that have a number.
    pub entities: usize,
    /// For rows of entities.
    pub row_bytes: usize,
    /// For names and what finds them.
    pub name_bytes: usize,
    /// For the hierarchy: ancestors, and who is below whom.
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
        let previous = previous.filter(|previous| Arc::ptr_eq(&previous.code, code));
        let names = previous.map_or(&code.names, |previous| &previous.entities.names).clone();
        let mut entities = Entities::link(code, names, data)?;
        if params.len() != code.program.params.len() {
            return Err(Unfit);
        }
        let mut param_cells = Arena::default();
        let mut encoded = Vec::with_capacity(params.len());
        for (declared, value) in code.program.params.iter().zip(params) {
            encoded.push(encode(&declared.ty, value, &mut entities.names, &mut param_cells)?);
        }
        let mut grants = Vec::with_capacity(schema.grants.len());
        for (index, declared) in schema.grants.iter().enumerate() {
            let rows = data.grant_rows(GrantId(index as u32)).ok_or(Unfit)?;
            let table = GrantTable::build(declared, index, &code.columns, rows, &mut entities.names)?;
            grants.push(Arc::new(table));
        }
        entities.grow();
        entities.names.quicken();
        let mut absent = vec![0; code.layout.widest];
        absent[ANCESTORS] = entities.hierarchy.none();
        Ok(Image::signed(Image {
            tables: tables(&entities),
            absent,
            params: encoded,
            grants,
            param_cells: Arc::new(param_cells),
            no_names: Locals::default(),
            first_names: previous.map_or(entities.names.known(), |previous| previous.first_names),
            numbering: Image::continued(previous),
            succeeded: OnceLock::new(),
            known: entities.names.known(),
            code: code.clone(),
            signatures: None,
            entities,
        }))
    }

    /// The snapshot of `data`, which differs from this one's in `changes`. Shares memory with it, and costs as much as what has
    /// changed: an entity whose parents change, as much as there are entities below it. Numbers stay.
    pub fn apply(&self, changes: &Changes, data: &Data) -> Result<Image, Unfit> {
        let code = &self.code;
        let mut entities = self.entities.clone();
        entities.change(code, changes.entities(), data)?;
        let mut grants = self.grants.clone();
        let changed: BTreeSet<usize> = changes.rows().map(|(grant, _)| grant.index()).collect();
        for index in changed {
            let declared = code.program.schema.grants.get(index).ok_or(Unfit)?;
            let rows = data.grant_rows(GrantId(index as u32)).ok_or(Unfit)?;
            let table = grants.get_mut(index).ok_or(Unfit)?;
            *table = Arc::new(table.update(declared, index, &code.columns, rows, &mut entities.names)?);
        }
        entities.grow();
        entities.names.quicken();
        Ok(Image::signed(Image {
            tables: tables(&entities),
            absent: self.absent.clone(),
            params: self.params.clone(),
            grants,
            param_cells: Arc::clone(&self.param_cells),
            no_names: Locals::default(),
            first_names: self.first_names,
            numbering: Image::continued(Some(self)),
            succeeded: OnceLock::new(),
            known: entities.names.known(),
            code: Arc::clone(code),
            signatures: None,
            entities,
        }))
    }

    /// Makes the tables of grants as bits, once all else is there.
    fn signed(mut image: Image) -> Image {
        image.signatures = Some(Signatures::of(&image));
        image
    }

    /// The tables of grants as bits for a time; see `grants::head`.
    #[inline]
    pub(super) fn signatures(&self, now: i64) -> *const u64 {
        self.signatures.as_ref().map_or(std::ptr::null(), |signatures| signatures.at(self, now))
    }

    /// The numbering of an Image with the numbers of another, which goes on unless another one has it already.
    fn continued(previous: Option<&Image>) -> u64 {
        match previous {
            Some(previous) if previous.succeeded.set(()).is_ok() => previous.numbering,
            _ => NEXT_NUMBERING.fetch_add(1, Ordering::Relaxed),
        }
    }

    /// Two of the same numbering give the same numbers to the same names.
    pub(crate) fn numbering(&self) -> u64 {
        self.numbering
    }

    /// No names.
    #[inline]
    pub(super) fn no_names(&self) -> &Locals {
        &self.no_names
    }

    /// The entity of a number.
    pub fn uid(&self, entity: u64) -> Option<EntityUid> {
        self.entities.names.uid(entity)
    }

    /// Whether so many names have numbers that nothing may have any more that numbering should begin anew.
    pub fn is_worn(&self) -> bool {
        self.entities.names.known() > 2 * self.first_names + FORGOTTEN_NAMES
    }

    /// The row of an entity; the row of zeroes if the data and the policies do not know it.
    #[inline]
    pub(super) fn row(&self, entity: u64) -> &[u64] {
        match self.entities.rows.get(entity_type(entity).index()) {
            Some(rows) => rows.row(entity_number(entity)),
            None => &self.absent,
        }
    }

    /// The id of an entity that data, policies or a former snapshot know.
    pub fn find(&self, uid: &EntityUid) -> Option<u64> {
        self.entities.names.find_entity(uid.ty, &uid.id)
    }

    /// Whether `entity` is one of this snapshot's numbers.
    #[inline]
    pub fn knows(&self, entity: u64) -> bool {
        entity_number(entity) < self.entities.names.count(entity_type(entity).index())
    }

    /// How many entities of a type have numbers.
    pub fn count(&self, ty: EntityTypeId) -> usize {
        self.entities.names.count(ty.index())
    }

    /// What it takes.
    pub fn size(&self) -> Size {
        Size {
            entities: (0..self.entities.rows.len()).map(|ty| self.entities.names.count(ty)).sum(),
            row_bytes: self.entities.rows.iter().map(Rows::bytes).sum(),
            name_bytes: self.entities.names.bytes(),
            ancestor_bytes: self.entities.hierarchy.bytes(),
            grant_rows: self.grants.iter().map(|table| table.len()).sum(),
            grant_bytes: self.grants.iter().map(|table| table.bytes()).sum::<usize>()
                + self.signatures.as_ref().map_or(0, Signatures::bytes),
            cell_bytes: self.entities.cell_bytes() + self.param_cells.bytes(),
        }
    }
}

fn tables(entities: &Entities) -> Vec<Table> {
    let rows = entities.rows.iter().enumerate();
    rows.map(|(ty, rows)| Table::of(rows, entities.hierarchy.bits(ty))).collect()
}
