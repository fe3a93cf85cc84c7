//! Rows of grants as bits: whether some row can be for a subject and an object, by a few loads.
//!
//! ```text
//! number      each entity that a row names as its subject has a bit, of 256; beyond as many, several share one
//! subject     the bits of an entity and of all that it is in                                      4 words
//! object      for each column, the bits of the subjects of rows that name it or something it is in
//!             [surely: 4 words for each column][possibly: 4 words for each column]
//! ```
//! A bit that subject and object have in common "surely" is a row without end for both; where they have none in common
//! "possibly", no row is for both. In between only a search can tell: rows that end, or bits that are shared.
//!
//! Where it matters that rows end, tables are made anew for the span of time in which a request falls, if no row begins or ends
//! in between; in them all is sure. They are few ([`SPANS`]), and which request makes them changes no answer. Where the tables
//! would be large there are none, and "possibly" is always true.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use rustc_hash::FxHashMap;

use super::search::ancestors;
use super::table::{ROW_HEAD, named};
use crate::native::image::Image;
use crate::native::names::entity_word;
use crate::types::EntityTypeId;

/// Words of a set of subjects.
pub(in crate::native) const WORDS: usize = 4;
const BITS: usize = WORDS * 64;

/// Tables are made anew with each snapshot, so they must be small.
const MOST_WORDS: usize = 1 << 16;
const MOST_ROWS: usize = 1 << 14;

/// So many spans of time have tables of their own in one snapshot.
const SPANS: usize = 8;

type Bits = [u64; WORDS];

/// What native code reads, as words; see [`head`].
struct Tables {
    head: Vec<u64>,
    /// What `head` points to.
    rows: Vec<Vec<u64>>,
}

/// Where native code finds what.
pub(in crate::native) mod head {
    /// Whether "possibly" is "surely".
    pub(in crate::native) const EXACT: i32 = 0;
    /// Address of the subject that no row names.
    pub(in crate::native) const ABSENT_SUBJECT: i32 = 8;
    /// Address of the object that no row names.
    pub(in crate::native) const ABSENT_OBJECT: i32 = 16;
    /// Address of the object that all rows name.
    pub(in crate::native) const ANY_OBJECT: i32 = 24;
    /// Four words for each entity type: address and number of the subjects, of the objects.
    pub(in crate::native) const TYPES: i32 = 32;
    pub(in crate::native) const TYPE: i32 = 32;
}

/// Words of an object's row.
pub(in crate::native) fn object_words(columns: usize) -> usize {
    columns * WORDS * 2
}

/// See the module.
pub(in crate::native) struct Signatures {
    always: Tables,
    /// By span of time.
    spans: [OnceLock<Span>; SPANS],
    /// Whether spans are worth it.
    varies: bool,
    /// Somebody makes a span now.
    busy: AtomicBool,
}

struct Span {
    from: i64,
    /// The last millisecond.
    last: i64,
    tables: Tables,
}

impl Span {
    fn contains(&self, now: i64) -> bool {
        self.from <= now && now <= self.last
    }
}

/// Which rows count as sure.
#[derive(Clone, Copy)]
enum Sure {
    Endless,
    /// Those live at this time, and the others do not count at all.
    LiveAt(i64),
}

impl Signatures {
    /// Of an image whose rows and ancestors are complete.
    pub(in crate::native) fn of(image: &Image) -> Signatures {
        let always = made(image, Sure::Endless);
        let varies = always.as_ref().is_some_and(|(_, shared)| !shared)
            && image.grants.iter().any(|table| table.has_ends());
        let always = match always {
            Some((tables, _)) => tables,
            None => Tables::unknown(image),
        };
        Signatures { always, spans: Default::default(), varies, busy: AtomicBool::new(false) }
    }

    /// The tables for a time.
    #[inline]
    pub(in crate::native) fn at(&self, image: &Image, now: i64) -> *const u64 {
        if !self.varies {
            return self.always.head.as_ptr();
        }
        for span in &self.spans {
            match span.get() {
                Some(span) if span.contains(now) => return span.tables.head.as_ptr(),
                Some(_) => {}
                None => return self.make(image, now),
            }
        }
        self.always.head.as_ptr()
    }

    /// Makes the tables for a time, unless another thread makes some.
    #[cold]
    fn make(&self, image: &Image, now: i64) -> *const u64 {
        if self.busy.swap(true, Ordering::Acquire) {
            return self.always.head.as_ptr();
        }
        let (mut from, mut last) = (i64::MIN, i64::MAX);
        for until in image.grants.iter().flat_map(|table| table.ends()) {
            if until <= now {
                from = from.max(until);
            } else {
                last = last.min(until - 1);
            }
        }
        let tables = made(image, Sure::LiveAt(now)).map(|(tables, _)| tables);
        if let Some(tables) = tables
            && let Some(free) = self.spans.iter().find(|span| span.get().is_none())
        {
            let _ = free.set(Span { from, last, tables });
        }
        self.busy.store(false, Ordering::Release);
        let made = self.spans.iter().filter_map(OnceLock::get).find(|span| span.contains(now));
        made.map_or(&self.always, |span| &span.tables).head.as_ptr()
    }

    /// Bytes that the tables take.
    pub(in crate::native) fn bytes(&self) -> usize {
        let spans = self.spans.iter().filter_map(OnceLock::get).map(|span| &span.tables);
        spans.chain([&self.always]).flat_map(|tables| &tables.rows).map(|rows| rows.capacity() * 8).sum()
    }
}

impl Tables {
    /// Those that answer "possibly" to everything.
    fn unknown(image: &Image) -> Tables {
        let sure = image.code.columns.len() * WORDS;
        let mut object = vec![0; sure];
        object.resize(2 * sure, u64::MAX);
        let rows = vec![vec![u64::MAX; WORDS], object];
        let mut head = vec![0, address(&rows[0]), address(&rows[1]), address(&rows[1])];
        head.resize(4 + 4 * image.entities.rows.len(), 0);
        Tables { head, rows }
    }
}

fn address(words: &[u64]) -> u64 {
    words.as_ptr() as u64
}

/// The tables and whether subjects share bits; nothing if they would be large.
fn made(image: &Image, sure: Sure) -> Option<(Tables, bool)> {
    let columns = &image.code.columns;
    let types = image.entities.rows.len();
    let stride = object_words(columns.len());
    let rows: usize = image.grants.iter().map(|table| table.len()).sum();
    let count = |ty: usize| image.entities.names.count(ty);
    let words = (0..types).map(|ty| {
        let (subjects, objects) = (columns.has_subjects(ty), columns.has_objects(ty));
        count(ty) * (WORDS * usize::from(subjects) + stride * usize::from(objects))
    });
    if columns.len() == 0 || rows > MOST_ROWS || words.sum::<usize>() > MOST_WORDS {
        return None;
    }
    let numbers = numbers(image);
    let shared = numbers.len() > BITS;
    let mut all = vec![0; stride];
    let mut direct: FxHashMap<u64, Vec<u64>> = FxHashMap::default();
    let mut exact = !shared;
    for (index, table) in image.grants.iter().enumerate() {
        let Some(sides) = columns.sides(index) else { continue };
        let declared = &image.code.program.schema.grants[index].params;
        let with: Vec<usize> = columns.with(index).collect();
        for (row, until) in table.rows() {
            let is_sure = !shared
                && match sure {
                    Sure::Endless => until.is_none(),
                    Sure::LiveAt(now) => until.is_none_or(|until| now < until),
                };
            if let (Sure::LiveAt(_), false) = (sure, is_sure) {
                continue;
            }
            exact &= is_sure;
            let mut bits = Bits::default();
            for subject in named(&declared[sides.subject].ty, &row[ROW_HEAD + sides.subject]) {
                set(&mut bits, numbers.get(subject).copied().unwrap_or_default());
            }
            let mark = |object: &mut [u64]| {
                for column in &with {
                    let possibly = (columns.len() + column) * WORDS;
                    join(&mut object[possibly..possibly + WORDS], &bits);
                    if is_sure {
                        join(&mut object[column * WORDS..(column + 1) * WORDS], &bits);
                    }
                }
            };
            mark(&mut all);
            if let Some(param) = sides.object {
                for object in named(&declared[param].ty, &row[ROW_HEAD + param]) {
                    mark(direct.entry(*object).or_insert_with(|| vec![0; stride]));
                }
            }
        }
    }

    let mut rows = vec![vec![0; WORDS], vec![0; stride], all];
    let mut head = vec![u64::from(exact), address(&rows[0]), address(&rows[1]), address(&rows[2])];
    for ty in 0..types {
        let entities = || (0..count(ty)).map(|number| entity_word(EntityTypeId(ty as u32), number as u32));
        let within = |entity: u64| std::iter::once(entity).chain(ancestors(image, entity).iter().copied());
        let mut side = |table: Vec<u64>, stride: usize| {
            head.extend([address(&table), (table.len() / stride.max(1)) as u64]);
            rows.push(table);
        };
        let mut subjects = Vec::new();
        if columns.has_subjects(ty) {
            for entity in entities() {
                let mut bits = Bits::default();
                within(entity).filter_map(|one| numbers.get(&one)).for_each(|number| set(&mut bits, *number));
                subjects.extend(bits);
            }
        }
        side(subjects, WORDS);
        let mut objects = Vec::new();
        if columns.has_objects(ty) {
            for entity in entities() {
                let start = objects.len();
                objects.resize(start + stride, 0);
                for bits in within(entity).filter_map(|one| direct.get(&one)) {
                    join(&mut objects[start..], bits);
                }
            }
        }
        side(objects, stride);
    }
    Some((Tables { head, rows }, shared))
}

/// A number for each entity that a row names as its subject.
fn numbers(image: &Image) -> FxHashMap<u64, u32> {
    let mut numbers = FxHashMap::default();
    for (index, table) in image.grants.iter().enumerate() {
        let Some(sides) = image.code.columns.sides(index) else { continue };
        let ty = &image.code.program.schema.grants[index].params[sides.subject].ty;
        for (row, _) in table.rows() {
            for subject in named(ty, &row[ROW_HEAD + sides.subject]) {
                let next = numbers.len() as u32;
                numbers.entry(*subject).or_insert(next);
            }
        }
    }
    numbers
}

fn set(bits: &mut Bits, number: u32) {
    let bit = number as usize % BITS;
    bits[bit / 64] |= 1 << (bit % 64);
}

fn join(to: &mut [u64], from: &[u64]) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to |= from);
}
