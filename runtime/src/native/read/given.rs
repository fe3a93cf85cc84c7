//! Fields that a service gives one by one, as words.

use super::plan::{Record, Shape};
use super::value;
use super::write::{Elements, Writer, finish};
use crate::engine::{AsRecord, FieldSink, Fields, Given, Row};

/// A record with the fields that `given` puts in.
#[inline]
pub(super) fn record(writer: &mut Writer<'_, '_>, plan: &Record, given: &dyn AsRecord) -> Option<u64> {
    let row = writer.record(plan);
    let mut sink = Sink { writer, plan, fits: true };
    let mut fields = Fields::new(&mut sink, row);
    given.put_fields(&mut fields);
    let word = finish(plan, fields.into_row());
    if sink.fits { word } else { None }
}

struct Sink<'s, 'i, 'c, 'p> {
    writer: &'s mut Writer<'i, 'c>,
    plan: &'p Record,
    /// Whether everything so far was as it should be.
    fits: bool,
}

impl FieldSink for Sink<'_, '_, '_, '_> {
    fn put(&mut self, row: &mut Row<'_, '_>, name: &str, given: Given<'_>) {
        self.fits = self.fits && self.try_put(row, name, given).is_some();
    }

    fn put_expected(&mut self, row: &mut Row<'_, '_>, at: usize, given: Given<'_>) {
        self.fits = self.fits && self.put_at(row, at, given).is_some();
    }

    fn put_set(&mut self, row: &mut Row<'_, '_>, name: &str, elements: &mut dyn Iterator<Item = Given<'_>>) {
        self.fits = self.fits && self.try_put_set(row, name, elements).is_some();
    }
}

impl Sink<'_, '_, '_, '_> {
    #[inline(never)]
    fn try_put(&mut self, row: &mut Row<'_, '_>, name: &str, given: Given<'_>) -> Option<()> {
        let at = self.plan.names.find(name)? as usize;
        row.came(at);
        match given {
            Given::Absent => Some(()),
            given => self.put_at(row, at, given),
        }
    }

    #[inline]
    fn put_at(&mut self, row: &mut Row<'_, '_>, at: usize, given: Given<'_>) -> Option<()> {
        let word = word(self.writer, &self.plan.fields.get(at)?.shape, given)?;
        row.put(at, word)
    }

    fn try_put_set(
        &mut self,
        row: &mut Row<'_, '_>,
        name: &str,
        given: &mut dyn Iterator<Item = Given<'_>>,
    ) -> Option<()> {
        let at = self.plan.names.find(name)? as usize;
        row.came(at);
        let Shape::Set(element) = &self.plan.fields.get(at)?.shape else { return None };
        let mut elements = Elements::new();
        for given in given {
            elements.push(word(self.writer, element, given)?);
        }
        let word = self.writer.set(elements)?;
        row.put(at, word)
    }
}

fn word(writer: &mut Writer<'_, '_>, shape: &Shape, given: Given<'_>) -> Option<u64> {
    match (shape, given) {
        (Shape::Bool, Given::Bool(truth)) => Some(u64::from(truth)),
        (Shape::Int, Given::Int(number)) => Some(number as u64),
        (Shape::Decimal, Given::Int(number)) => Some(number.checked_mul(10_000)? as u64),
        (shape, Given::Text(text)) => writer.string(shape, text),
        (Shape::Ip, Given::Ip(ip)) => Some(writer.ip(ip)),
        (Shape::Entity(types), Given::Entity(ty, id)) => writer.entity_of(types, ty, id),
        (shape, Given::Value(given)) => value::word(writer, shape, given),
        (Shape::Record(plan), Given::Record(given)) => record(writer, plan, given),
        _ => None,
    }
}
