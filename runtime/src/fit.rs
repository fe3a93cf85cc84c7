//! Which values have a type, which types can be used as another, and what that use does to a value.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::types::{EntityTypeId, RecordType, Schema, Type};
use crate::value::{EntityUid, Value};

/// Whether `value` has the type `ty`. Records have exactly the declared fields; entities of closed types have a declared id.
pub fn fits(schema: &Schema, value: &Value, ty: &Type) -> bool {
    match (ty, value) {
        (Type::Optional(_), Value::Absent) => true,
        (Type::Optional(inner), _) => fits(schema, value, inner),
        (Type::Bool, Value::Bool(_))
        | (Type::Int, Value::Int(_))
        | (Type::Decimal, Value::Decimal(_))
        | (Type::String, Value::String(_))
        | (Type::Ip, Value::Ip(_))
        | (Type::Datetime, Value::Datetime(_))
        | (Type::Duration, Value::Duration(_))
        | (Type::Zone, Value::Zone(_)) => true,
        (Type::Cidr, Value::Cidr(cidr)) => cidr.prefix <= if cidr.address.is_ipv4() { 32 } else { 128 },
        (Type::Enum(id), Value::Enum(of, variant)) => {
            id == of && schema.enums.get(id.index()).is_some_and(|ty| (*variant as usize) < ty.variants.len())
        }
        (Type::Entity(types), Value::Entity(uid)) => types.contains(uid.ty) && may_exist(schema, uid),
        (Type::Action, Value::Action(action)) => action.index() < schema.actions.len(),
        (Type::Set(element), Value::Set(set)) => set.iter().all(|value| fits(schema, value, element)),
        (Type::Map(of), Value::Map(map)) => map.values().all(|value| fits(schema, value, of)),
        (Type::Record(record), Value::Record(fields)) => fits_record(schema, fields, record),
        _ => false,
    }
}

/// Whether the fields are those of the record type.
pub fn fits_record(
    schema: &Schema,
    fields: &BTreeMap<smol_str::SmolStr, Value>,
    record: &RecordType,
) -> bool {
    let known = |(name, value): (&smol_str::SmolStr, &Value)| {
        record.field(name).is_some_and(|(_, field)| fits(schema, value, &field.ty))
    };
    fields.iter().all(known)
        && record.fields().iter().all(|field| field.optional || fields.contains_key(&field.name))
}

/// Whether the type exists and, if it is closed, has this id.
pub fn may_exist(schema: &Schema, uid: &EntityUid) -> bool {
    match schema.entity_types.get(uid.ty.index()) {
        Some(ty) => ty.closed.as_ref().is_none_or(|ids| ids.contains(&uid.id)),
        None => false,
    }
}

/// Whether a value of type `from` can be used as `to`: see [`crate::program::Op::Convert`].
pub fn usable_as(from: &Type, to: &Type) -> bool {
    if from == to {
        return true;
    }
    match (from, to) {
        (Type::Never, _) => true,
        (Type::Optional(from), Type::Optional(to)) => usable_as(from, to),
        (_, Type::Optional(to)) => usable_as(from, to),
        (Type::Entity(from), Type::Entity(to)) => from.is_subset(to),
        (Type::Set(from), Type::Set(to)) | (Type::Map(from), Type::Map(to)) => usable_as(from, to),
        (Type::Record(from), Type::Record(to)) => to.fields().iter().all(|field| {
            from.field(&field.name).is_some_and(|(_, given)| {
                (field.optional || !given.optional) && usable_as(&given.ty, &field.ty)
            })
        }),
        _ => false,
    }
}

/// `value` as a value of type `to`, which its own type can be used as: records lose the fields that `to` has not, so that
/// equality sees only what the type shows.
pub fn convert(value: &Value, to: &Type) -> Value {
    match (to, value) {
        (Type::Optional(to), value) => convert(value, to),
        (Type::Set(to), Value::Set(set)) if has_record(to) => {
            Value::Set(Arc::new(set.iter().map(|value| convert(value, to)).collect()))
        }
        (Type::Map(to), Value::Map(map)) if has_record(to) => {
            Value::Map(Arc::new(map.iter().map(|(key, value)| (key.clone(), convert(value, to))).collect()))
        }
        (Type::Record(to), Value::Record(fields)) => {
            let kept = fields
                .iter()
                .filter_map(|(name, value)| Some((name.clone(), convert(value, &to.field(name)?.1.ty))));
            Value::Record(Arc::new(kept.collect()))
        }
        _ => value.clone(),
    }
}

fn has_record(ty: &Type) -> bool {
    match ty {
        Type::Record(_) => true,
        Type::Set(inner) | Type::Map(inner) | Type::Optional(inner) => has_record(inner),
        _ => false,
    }
}

/// Types that an ancestor of an entity of one of `types` can have; sorted.
pub fn ancestor_types(schema: &Schema, types: impl IntoIterator<Item = EntityTypeId>) -> Vec<EntityTypeId> {
    let mut seen = vec![false; schema.entity_types.len()];
    let mut found = Vec::new();
    let mut open: Vec<EntityTypeId> = types.into_iter().collect();
    while let Some(ty) = open.pop() {
        for parent in schema.entity_types.get(ty.index()).map_or(&[][..], |ty| &ty.parents) {
            if let Some(seen @ false) = seen.get_mut(parent.index()) {
                *seen = true;
                found.push(*parent);
                open.push(*parent);
            }
        }
    }
    found.sort_unstable();
    found
}
