//! How the lookup function reads the keys of a request and looks them up.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value, types};

use super::entity::Reached;
use super::lookup::{Found, Lookup};
use super::{Emitter, anywhere, here};
use crate::native::arena::empty;
use crate::native::frame::Frame;
use crate::native::keys::{Kind, Path, Read, Root};
use crate::native::layout::HELD;
use crate::native::names::Unfit;
use crate::native::perfect::{Cells, Numbers, Perfect};

/// Lists of more keys are looked up from the other side, outside.
const MOST_KEYS: i64 = 64;

impl Lookup<'_, '_, '_> {
    /// Reads the keys of a kind.
    pub(super) fn read(&mut self, at: usize) -> Result<Found, Unfit> {
        let key = &self.probes.keys[at];
        if let (Some(word), Kind::Ancestry(path, _)) = (key.named, &key.kind) {
            let subject = match path.root {
                Root::Principal => self.e.principal,
                _ => self.e.resource,
            };
            let row = subject.ok_or(Unfit)?.row;
            return Ok(Found::Named(self.e.load(types::I64, anywhere(), row, word as i32 * 8)));
        }
        self.read_all(at)
    }

    /// The same from the entity's ancestors, where a row does not tell.
    pub(super) fn read_all(&mut self, at: usize) -> Result<Found, Unfit> {
        let key = &self.probes.keys[at];
        let (word, missing, absent) = self.path(key.kind.path())?;
        let e = &mut self.e;
        let matters = [missing.filter(|_| key.missing_matters), absent.filter(|_| key.absent_matters)];
        for matters in matters.into_iter().flatten() {
            let next = e.block(&[]);
            e.brif(matters, self.slow, next);
            e.switch_to(next);
        }
        let lost = match (missing, absent) {
            (Some(missing), Some(absent)) => Some(e.b.ins().bor(missing, absent)),
            (missing, absent) => missing.or(absent),
        };
        let none = e.word(0);
        let number = |lookup: &mut Self| {
            let number = lookup.number(at, word);
            match lost {
                Some(lost) => lookup.e.select(lost, none, number),
                None => number,
            }
        };
        let (cell, own) = match &key.kind {
            Kind::Value(_) => return Ok(Found::One(number(self))),
            Kind::Elements(_) => (word, None),
            Kind::Ancestry(path, types) => {
                let own = key.may_be_own.then(|| number(self));
                let row = match (path.root, path.reads.is_empty()) {
                    (Root::Principal, true) => self.e.principal.map(|subject| subject.row),
                    (Root::Resource, true) => self.e.resource.map(|subject| subject.row),
                    _ => None,
                };
                let reached = Reached { word, types: types.clone(), row, held: false };
                (self.e.ancestors(&reached)?, own)
            }
        };
        let e = &mut self.e;
        let cell = match lost {
            Some(lost) => {
                let nothing = e.word(empty());
                e.select(lost, nothing, cell)
            }
            None => cell,
        };
        let len = e.load(types::I64, here(), cell, 0);
        let (many, next) = (e.b.ins().icmp_imm_u(IntCC::UnsignedGreaterThan, len, MOST_KEYS), e.block(&[]));
        e.brif(many, self.slow, next);
        e.switch_to(next);
        Ok(Found::List { cell, len, own })
    }

    /// The word of a path, and whether an entity on it is missing or an optional part absent, where that can be; then the word is any.
    fn path(&mut self, path: &Path) -> Result<(Value, Option<Value>, Option<Value>), Unfit> {
        let e = &mut self.e;
        let (mut word, mut subject) = match path.root {
            Root::Principal => (e.principal.ok_or(Unfit)?.word, e.principal),
            Root::Resource => (e.resource.ok_or(Unfit)?.word, e.resource),
            Root::Context => (e.load(types::I64, anywhere(), e.frame, Frame::CONTEXT), None),
        };
        let (mut missing, mut absent) = (None, None);
        for read in &path.reads {
            match read {
                Read::Attribute { of, place, known, present } => {
                    let (row, held) = match subject.take() {
                        Some(subject) => (subject.row, subject.held),
                        None => (e.row_of_type(*of, word), false),
                    };
                    if !(held && *known == HELD) {
                        let known = e.flag(row, *known);
                        missing = Some(e.or_not(missing, known));
                    }
                    if let Some(present) = present {
                        let present = e.flag(row, *present);
                        absent = Some(e.or_not(absent, present));
                    }
                    word = e.place(row, *place);
                }
                Read::Field { word: at, present } => {
                    let record = match (missing, absent) {
                        (None, None) => word,
                        (one, other) => {
                            // What is not there cannot be read, zeroes can.
                            let zeroes = e.building.pins.arena.alloc(at + 1) as u64;
                            let zeroes = e.word(zeroes);
                            let mut record = word;
                            for lost in [one, other].into_iter().flatten() {
                                record = e.select(lost, zeroes, record);
                            }
                            record
                        }
                    };
                    if let Some((word, bit)) = present {
                        let bits = e.load(types::I64, here(), record, *word as i32 * 8);
                        let bit = e.b.ins().band_imm_s(bits, (1u64 << bit) as i64);
                        let present = e.is_not(bit, 0);
                        absent = Some(e.or_not(absent, present));
                    }
                    word = e.load(types::I64, here(), record, *at as i32 * 8);
                }
            }
        }
        Ok((word, missing, absent))
    }

    /// The number of a word of a kind.
    pub(super) fn number(&mut self, key: usize, word: Value) -> Value {
        let e = &mut self.e;
        match &self.probes.keys[key].numbers {
            Numbers::Dense { first, numbers } => {
                let at = if *first == 0 {
                    word
                } else {
                    e.b.ins().iadd_imm_s(word, (*first as i64).wrapping_neg())
                };
                let last = e.word(numbers.len() as u64 - 1);
                let at = e.b.ins().umin(at, last);
                let place = e.element(numbers.as_ptr() as u64, at, 2);
                e.b.ins().uload32(anywhere(), place, 0)
            }
            Numbers::Hashed(perfect) => e.perfect(perfect, word),
        }
    }

    /// Whether a cell has a row, and which; the row is one that can be read in any case.
    pub(super) fn cell(&mut self, cells: &Cells, cell: Value) -> (Value, Value) {
        let e = &mut self.e;
        match cells {
            Cells::Bits(places) => {
                let at = e.b.ins().ushr_imm_u(cell, 6);
                let place = e.element(places.as_ptr() as u64, at, 4);
                let bits = e.load(types::I64, anywhere(), place, 0);
                // A shift looks at the low six bits of its amount only.
                let bit = e.b.ins().ushr(bits, cell);
                let found = e.b.ins().ireduce(types::I8, bit);
                let found = e.b.ins().band_imm_s(found, 1);
                let first = e.load(types::I64, anywhere(), place, 8);
                let ones = e.b.ins().iconst(types::I64, -1);
                let from = e.b.ins().ishl(ones, cell);
                let before = e.b.ins().band_not(bits, from);
                let before = e.b.ins().popcnt(before);
                (found, e.b.ins().iadd(first, before))
            }
            Cells::Hashed(perfect) => {
                let row = e.perfect(perfect, cell);
                (e.is_not(row, 0), row)
            }
        }
    }
}

impl Emitter<'_, '_> {
    /// Whether `first` or not `other`.
    fn or_not(&mut self, first: Option<Value>, other: Value) -> Value {
        let not = self.not(other);
        match first {
            Some(first) => self.b.ins().bor(first, not),
            None => not,
        }
    }

    /// Where an element of an array is, whose size is a power of two.
    fn element(&mut self, start: u64, at: Value, log_size: i64) -> Value {
        let offset = self.b.ins().ishl_imm_u(at, log_size);
        let start = self.word(start);
        self.b.ins().iadd(start, offset)
    }

    /// The number of a word, or 0.
    fn perfect(&mut self, table: &Perfect, word: Value) -> Value {
        let spread = self.b.ins().imul_imm_s(word, Perfect::SPREAD as i64);
        let bucket = self.b.ins().ushr_imm_u(spread, i64::from(table.bucket_shift));
        let moved = self.element(table.moves.as_ptr() as u64, bucket, 2);
        let moved = self.b.ins().uload32(anywhere(), moved, 0);
        let mixed = self.b.ins().bxor(spread, moved);
        let mixed = self.b.ins().imul_imm_s(mixed, Perfect::MIX as i64);
        let at = self.b.ins().ushr_imm_u(mixed, i64::from(table.place_shift));
        let place = self.element(table.places.as_ptr() as u64, at, 4);
        let known = self.load(types::I64, anywhere(), place, 0);
        let number = self.load(types::I64, anywhere(), place, 8);
        let same = self.equal(known, word);
        let none = self.word(0);
        self.select(same, number, none)
    }
}
