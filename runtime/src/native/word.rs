//! Values as words: 64 bits whose meaning is the static type.
//!
//! ```text
//! Bool                       0 or 1
//! Int Decimal Datetime ..    the number
//! Zone                       its index
//! Enum                       position of the variant
//! Action                     its index
//! String, Entity             see `names`
//! Ip                         -> [4 or 6, high half, low half]
//! Cidr                       -> [4 or 6, high half, low half, prefix]
//! Set<T>                     -> [n, element, ...]   ascending as words if T's words compare like its values' identity,
//!                                                   else in the order of `Value`
//! Map<String, T>             -> [n, key, value, ...] ascending by key word
//! record                     -> [presence, ...][word of each field in the order of its type]
//! T?                         a word and, beside it, whether it is present
//! ```
//! Presence has one bit for each field, required ones too, 64 to a word; an absent field's word is 0. So a value has one
//! representation within a decision, and one cell can be read at every type that the value converts to without losing a field.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use super::arena::{Arena, empty};
use super::names::{Intern, Resolve, Unfit};
use crate::types::{ActionId, RecordType, Type};
use crate::value::{Cidr, Decimal, Value};
use crate::zone::Zone;

/// Whether two values of the type are equal exactly when their words are.
pub(super) fn is_direct(ty: &Type) -> bool {
    match ty {
        Type::Bool | Type::Int | Type::Decimal | Type::String | Type::Datetime | Type::Duration => true,
        Type::Zone | Type::Enum(_) | Type::Entity(_) | Type::Action | Type::Never => true,
        Type::Ip | Type::Cidr | Type::Set(_) | Type::Map(_) | Type::Record(_) | Type::Optional(_) => false,
    }
}

/// Whether a word of type `from` is the word of the same value converted to `to`.
pub(super) fn same_word(from: &Type, to: &Type) -> bool {
    match (from, to) {
        (Type::Never, _) | (Type::Entity(_), Type::Entity(_)) => true,
        (Type::Set(from), Type::Set(to)) | (Type::Map(from), Type::Map(to)) => same_word(from, to),
        (Type::Record(from), Type::Record(to)) => {
            from.fields().len() == to.fields().len()
                && from
                    .fields()
                    .iter()
                    .zip(to.fields())
                    .all(|(a, b)| a.name == b.name && same_word(&a.ty, &b.ty))
        }
        _ => from == to,
    }
}

/// How many words of a record's cell say which fields are present.
pub(super) fn presence_words(record: &RecordType) -> usize {
    record.fields().len().div_ceil(64)
}

/// The value as a word of `ty`, cells in `arena`. Record fields that `ty` lacks are left out.
pub(super) fn encode(
    ty: &Type,
    value: &Value,
    names: &mut dyn Intern,
    arena: &mut Arena,
) -> Result<u64, Unfit> {
    Ok(match (ty, value) {
        (Type::Bool, Value::Bool(b)) => u64::from(*b),
        (Type::Int, Value::Int(i)) => *i as u64,
        (Type::Decimal, Value::Decimal(d)) => d.0 as u64,
        (Type::String, Value::String(s)) => names.string(s)?,
        (Type::Datetime, Value::Datetime(t)) => *t as u64,
        (Type::Duration, Value::Duration(d)) => *d as u64,
        (Type::Zone, Value::Zone(zone)) => u64::from(zone.index()),
        (Type::Enum(id), Value::Enum(of, position)) if id == of => u64::from(*position),
        (Type::Entity(types), Value::Entity(uid)) if types.contains(uid.ty) => names.entity(uid)?,
        (Type::Action, Value::Action(action)) if action.0 < names.actions() => u64::from(action.0),
        (Type::Ip, Value::Ip(ip)) => arena.store(&address_words(*ip)),
        (Type::Cidr, Value::Cidr(cidr)) => {
            let [family, high, low] = address_words(cidr.address);
            arena.store(&[family, high, low, u64::from(cidr.prefix)])
        }
        (Type::Set(element), Value::Set(set)) => encode_set(element, set, names, arena)?,
        (Type::Map(of), Value::Map(map)) => {
            let mut entries = Vec::with_capacity(map.len());
            for (key, value) in map.iter() {
                entries.push((names.string(key)?, encode(of, value, names, arena)?));
            }
            entries.sort_unstable();
            map_cell(&entries, arena)
        }
        (Type::Record(record), Value::Record(fields)) => {
            let presence = presence_words(record);
            let mut words = vec![0; presence + record.fields().len()];
            for (at, field) in record.fields().iter().enumerate() {
                match fields.get(&field.name) {
                    None | Some(Value::Absent) if field.optional => {}
                    None => return Err(Unfit),
                    Some(value) => {
                        words[at / 64] |= 1 << (at % 64);
                        words[presence + at] = encode(&field.ty, value, names, arena)?;
                    }
                }
            }
            arena.store(&words)
        }
        _ => return Err(Unfit),
    })
}

fn encode_set(
    element: &Type,
    set: &BTreeSet<Value>,
    names: &mut dyn Intern,
    arena: &mut Arena,
) -> Result<u64, Unfit> {
    if set.is_empty() {
        return Ok(empty());
    }
    let mut words = vec![set.len() as u64];
    for value in set {
        words.push(encode(element, value, names, arena)?);
    }
    if is_direct(element) {
        words[1..].sort_unstable();
    }
    Ok(arena.store(&words))
}

/// A map's word from its entries, which ascend by key.
pub(super) fn map_cell(entries: &[(u64, u64)], arena: &mut Arena) -> u64 {
    if entries.is_empty() {
        return empty();
    }
    let mut words = vec![entries.len() as u64];
    words.extend(entries.iter().flat_map(|(key, value)| [*key, *value]));
    arena.store(&words)
}

/// Addresses of each family have words of their own: `1.2.3.4` and `::ffff:1.2.3.4` differ.
pub(super) fn address_words(ip: IpAddr) -> [u64; 3] {
    match ip {
        IpAddr::V4(ip) => [4, 0, u64::from(ip.to_bits())],
        IpAddr::V6(ip) => [6, (ip.to_bits() >> 64) as u64, ip.to_bits() as u64],
    }
}

fn address(family: u64, high: u64, low: u64) -> IpAddr {
    if family == 4 {
        IpAddr::V4(Ipv4Addr::from_bits(low as u32))
    } else {
        IpAddr::V6(Ipv6Addr::from_bits(u128::from(high) << 64 | u128::from(low)))
    }
}

/// The words of a cell.
///
/// # Safety
/// `word` points to at least `len` words that live and do not change as long as the result is used.
pub(super) unsafe fn cell<'a>(word: u64, len: usize) -> &'a [u64] {
    // SAFETY: passed on from the caller.
    unsafe { std::slice::from_raw_parts(word as *const u64, len) }
}

/// The elements of a set.
///
/// # Safety
/// `word` is a set's word; its cell lives as long as the result is used.
pub(super) unsafe fn elements<'a>(word: u64) -> &'a [u64] {
    // SAFETY: a set's cell starts with its length and has that many words more.
    unsafe { &cell(word, 1 + cell(word, 1)[0] as usize)[1..] }
}

/// The entries of a map, key and value in turn.
///
/// # Safety
/// `word` is a map's word; its cell lives as long as the result is used.
pub(super) unsafe fn entries<'a>(word: u64) -> &'a [u64] {
    // SAFETY: a map's cell starts with its length and has twice that many words more.
    unsafe { &cell(word, 1 + 2 * cell(word, 1)[0] as usize)[1..] }
}

/// The value of a word.
///
/// # Safety
/// `word` is a word of type `ty` whose cells live, with names that `names` knows.
pub(super) unsafe fn decode(ty: &Type, word: u64, names: &dyn Resolve) -> Result<Value, Unfit> {
    // SAFETY: the layout of each type's cell is what `encode` makes.
    unsafe {
        Ok(match ty {
            Type::Bool => Value::Bool(word != 0),
            Type::Int => Value::Int(word as i64),
            Type::Decimal => Value::Decimal(Decimal(word as i64)),
            Type::String => Value::String(names.text(word).ok_or(Unfit)?.clone()),
            Type::Datetime => Value::Datetime(word as i64),
            Type::Duration => Value::Duration(word as i64),
            Type::Zone => Value::Zone(Zone::from_index(word as u16).ok_or(Unfit)?),
            Type::Enum(id) => Value::Enum(*id, word as u32),
            Type::Entity(_) => Value::Entity(names.uid(word).ok_or(Unfit)?),
            Type::Action => Value::Action(ActionId(word as u32)),
            Type::Ip => {
                let words = cell(word, 3);
                Value::Ip(address(words[0], words[1], words[2]))
            }
            Type::Cidr => {
                let words = cell(word, 4);
                Value::Cidr(Cidr { address: address(words[0], words[1], words[2]), prefix: words[3] as u8 })
            }
            Type::Set(element) => {
                let mut set = BTreeSet::new();
                for word in elements(word) {
                    set.insert(decode(element, *word, names)?);
                }
                Value::Set(Arc::new(set))
            }
            Type::Map(of) => {
                let mut map = BTreeMap::new();
                for entry in entries(word).chunks_exact(2) {
                    map.insert(names.text(entry[0]).ok_or(Unfit)?.clone(), decode(of, entry[1], names)?);
                }
                Value::Map(Arc::new(map))
            }
            Type::Record(record) => {
                let presence = presence_words(record);
                let words = cell(word, presence + record.fields().len());
                let mut fields = BTreeMap::new();
                for (at, field) in record.fields().iter().enumerate() {
                    if words[at / 64] >> (at % 64) & 1 == 1 {
                        fields.insert(field.name.clone(), decode(&field.ty, words[presence + at], names)?);
                    }
                }
                Value::Record(Arc::new(fields))
            }
            Type::Optional(_) | Type::Never => return Err(Unfit),
        })
    }
}

/// Whether two words of type `ty` are equal values.
///
/// # Safety
/// Both are words of type `ty` of one decision whose cells live.
pub(super) unsafe fn equal(ty: &Type, a: u64, b: u64) -> bool {
    if a == b {
        return true;
    }
    if is_direct(ty) {
        return false;
    }
    // SAFETY: the layout of each type's cell is what `encode` makes.
    unsafe {
        match ty {
            Type::Ip => cell(a, 3) == cell(b, 3),
            Type::Cidr => cell(a, 4) == cell(b, 4),
            Type::Set(element) => {
                let (a, b) = (elements(a), elements(b));
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(element, *a, *b))
            }
            Type::Map(of) => {
                let (a, b) = (entries(a), entries(b));
                a.len() == b.len()
                    && a.chunks_exact(2)
                        .zip(b.chunks_exact(2))
                        .all(|(a, b)| a[0] == b[0] && equal(of, a[1], b[1]))
            }
            Type::Record(record) => {
                let presence = presence_words(record);
                let len = presence + record.fields().len();
                let (a, b) = (cell(a, len), cell(b, len));
                a[..presence] == b[..presence]
                    && record.fields().iter().enumerate().all(|(at, field)| {
                        a[at / 64] >> (at % 64) & 1 == 0
                            || equal(&field.ty, a[presence + at], b[presence + at])
                    })
            }
            _ => false,
        }
    }
}
