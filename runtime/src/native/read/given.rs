//! Fields that a service gives one by one, as words.

use super::plan::{Record, Shape};
use super::value;
use super::write::{Elements, Fields, Writer};
use crate::engine::{AsRecord, FieldSink, Given};

/// A record with the fields that `given` puts in.
pub(super) fn record(writer: &mut Writer<'_, '_>, plan: &Record, given: &dyn AsRecord) -> Option<u64> {
    let fields = writer.record(plan)?;
    let mut sink = Sink { writer, fields, fits: true };
    given.put_fields(&mut crate::engine::Fields::new(&mut sink));
    if sink.fits { sink.fields.finish() } else { None }
}

struct Sink<'s, 'i, 'c, 'p> {
    writer: &'s mut Writer<'i, 'c>,
    fields: Fields<'p, 'c>,
    /// Whether everything so far was as it should be.
    fits: bool,
}

impl FieldSink for Sink<'_, '_, '_, '_> {
    fn put(&mut self, name: &str, given: Given<'_>) {
        self.fits = self.fits && self.try_put(name, given).is_some();
    }

    fn put_set(&mut self, name: &str, elements: &mut dyn Iterator<Item = Given<'_>>) {
        self.fits = self.fits && self.try_put_set(name, elements).is_some();
    }
}

impl Sink<'_, '_, '_, '_> {
    fn try_put(&mut self, name: &str, given: Given<'_>) -> Option<()> {
        let at = self.fields.plan.names.find(name)? as usize;
        if let Given::Absent = given {
            return Some(());
        }
        let word = word(self.writer, &self.fields.plan.fields.get(at)?.shape, given)?;
        self.fields.put(at, word)
    }

    fn try_put_set(&mut self, name: &str, given: &mut dyn Iterator<Item = Given<'_>>) -> Option<()> {
        let at = self.fields.plan.names.find(name)? as usize;
        let Shape::Set(element) = &self.fields.plan.fields.get(at)?.shape else { return None };
        let mut elements = Elements::new();
        for given in given {
            elements.push(word(self.writer, element, given)?);
        }
        let word = self.writer.set(elements)?;
        self.fields.put(at, word)
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
