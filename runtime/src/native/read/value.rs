//! Values as words, where they are of the type that they should have: what `fit` checks and `native/word.rs` encodes, in one go.

use super::plan::{Record, Shape};
use super::write::{Elements, Entries, Writer, finish};
use crate::value::Value;

/// A record with exactly the fields of the type.
pub(super) fn record(writer: &mut Writer<'_, '_>, plan: &Record, value: &Value) -> Option<u64> {
    let Value::Record(values) = value else { return None };
    let mut row = writer.record(plan);
    // Both are sorted by name.
    let mut declared = plan.fields.iter().enumerate();
    for (name, value) in values.iter() {
        let (at, field) = declared.find(|(_, field)| field.name == *name)?;
        row.put(at, word(writer, &field.shape, value)?)?;
    }
    finish(plan, row)
}

/// A value of a type.
pub(super) fn word(writer: &mut Writer<'_, '_>, shape: &Shape, value: &Value) -> Option<u64> {
    Some(match (shape, value) {
        (Shape::Bool, Value::Bool(truth)) => u64::from(*truth),
        (Shape::Int, Value::Int(number)) => *number as u64,
        (Shape::Decimal, Value::Decimal(number)) => number.0 as u64,
        (Shape::String, Value::String(text)) => writer.known_text(text),
        (Shape::Ip, Value::Ip(ip)) => writer.ip(*ip),
        (Shape::Cidr, Value::Cidr(cidr)) => {
            if cidr.prefix > if cidr.address.is_ipv4() { 32 } else { 128 } {
                return None;
            }
            writer.cidr(*cidr)
        }
        (Shape::Datetime, Value::Datetime(time)) => *time as u64,
        (Shape::Duration, Value::Duration(time)) => *time as u64,
        (Shape::Zone, Value::Zone(zone)) => u64::from(zone.index()),
        (Shape::Enum(id), Value::Enum(of, at)) if id == of => {
            let declared = writer.schema().enums.get(id.index())?;
            if *at as usize >= declared.variants.len() {
                return None;
            }
            u64::from(*at)
        }
        (Shape::Entity(types), Value::Entity(uid)) if types.contains(uid.ty) => {
            writer.entity(uid.ty, &uid.id)?
        }
        (Shape::Action, Value::Action(action)) if action.index() < writer.schema().actions.len() => {
            u64::from(action.0)
        }
        (Shape::Set(element), Value::Set(values)) => {
            let mut elements = Elements::new();
            for value in values.iter() {
                elements.push(word(writer, element, value)?);
            }
            writer.set(elements)?
        }
        (Shape::Map(of), Value::Map(values)) => {
            let mut entries = Entries::new();
            for (key, value) in values.iter() {
                entries.push((writer.known_text(key), word(writer, of, value)?));
            }
            writer.map(entries)?
        }
        (Shape::Record(plan), Value::Record(_)) => record(writer, plan, value)?,
        _ => return None,
    })
}
