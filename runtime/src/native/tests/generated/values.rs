//! Values from small domains, so that they meet; with the ends of ranges, so that arithmetic overflows.

use std::net::IpAddr;
use std::sync::Arc;

use super::tape::Tape;
use super::world::schema;
use crate::types::*;
use crate::value::{Cidr, Decimal, EntityUid, Value};

const NUMBERS: [i64; 9] = [0, 1, 2, -1, 7, 40, i64::MAX, i64::MIN, i64::MAX - 1];
const TEXTS: [&str; 8] = ["a", "b", "", "abc", "0", "x-y", "Ünïcode", "only in requests"];
const ADDRESSES: [&str; 5] = ["10.0.0.1", "10.0.0.2", "::1", "::ffff:10.0.0.1", "2001:db8::7"];
const ZONES: [&str; 4] = ["UTC", "US/Eastern", "Europe/Berlin", "Pacific/Apia"];
const IDS: [&str; 5] = ["0", "1", "2", "3", "ghost"];

/// A value of the type.
pub fn value(tape: &mut Tape<'_>, ty: &Type) -> Value {
    match ty {
        Type::Bool => Value::Bool(tape.below(2) == 0),
        Type::Int => Value::Int(*tape.one_of(&NUMBERS)),
        Type::Decimal => Value::Decimal(Decimal(*tape.one_of(&NUMBERS))),
        Type::Datetime => Value::Datetime(*tape.one_of(&NUMBERS)),
        Type::Duration => Value::Duration(*tape.one_of(&NUMBERS)),
        Type::Zone => Value::Zone(crate::Zone::named(tape.one_of::<&str>(&ZONES)).unwrap()),
        Type::String => Value::String((*tape.one_of(&TEXTS)).into()),
        Type::Ip => Value::Ip(address(tape)),
        Type::Cidr => {
            let address = address(tape);
            let most = if address.is_ipv4() { 33 } else { 129 };
            Value::Cidr(Cidr { address, prefix: tape.below(most) as u8 })
        }
        Type::Enum(id) => Value::Enum(*id, tape.below(3) as u32),
        Type::Entity(types) => {
            let types: Vec<_> = types.iter().collect();
            let ty = *tape.one_of(&types);
            Value::Entity(entity(tape, ty))
        }
        Type::Action => Value::Action(ActionId(tape.below(4) as u32)),
        Type::Set(element) => {
            let size = if **element == Type::Never { 0 } else { tape.below(4) };
            Value::Set(Arc::new((0..size).map(|_| value(tape, element)).collect()))
        }
        Type::Map(of) => {
            let size = if **of == Type::Never { 0 } else { tape.below(4) };
            let entries = (0..size).map(|_| ((*tape.one_of(&TEXTS)).into(), value(tape, of)));
            Value::Map(Arc::new(entries.collect()))
        }
        Type::Record(record) => Value::Record(Arc::new(fields(tape, record))),
        Type::Optional(inner) if tape.below(2) == 1 => value(tape, inner),
        Type::Optional(_) | Type::Never => Value::Absent,
    }
}

/// Values of fields or attributes; some optional ones.
pub fn fields(
    tape: &mut Tape<'_>,
    record: &RecordType,
) -> std::collections::BTreeMap<smol_str::SmolStr, Value> {
    let mut values = std::collections::BTreeMap::new();
    for field in record.fields() {
        if !field.optional || tape.below(2) == 1 {
            values.insert(field.name.clone(), value(tape, &field.ty));
        }
    }
    values
}

/// An entity that may exist, stored or not.
pub fn entity(tape: &mut Tape<'_>, ty: EntityTypeId) -> EntityUid {
    let closed = &schema().entity_types[ty.index()].closed;
    let id = match closed {
        Some(ids) => tape.one_of(ids).clone(),
        None => (*tape.one_of(&IDS)).into(),
    };
    EntityUid { ty, id }
}

fn address(tape: &mut Tape<'_>) -> IpAddr {
    tape.one_of(&ADDRESSES).parse().unwrap()
}
