//! Whether a type is one: small enough to walk, and about things that the schema has.

use super::{MAX_TYPE_DEPTH, MAX_TYPE_PARTS};
use crate::types::{FieldType, RecordType, Schema, Type};

/// Says what is wrong with a type. Comparing and walking types is safe only after this: shared parts count each time they occur, so
/// that a small graph cannot stand for an enormous tree.
pub(super) fn check_type(schema: &Schema, ty: &Type) -> Result<(), String> {
    Walk { schema, parts: 0 }.ty(ty, 0)
}

/// The same for a record type.
pub(super) fn check_record(schema: &Schema, record: &RecordType) -> Result<(), String> {
    Walk { schema, parts: 0 }.record(record, 0)
}

/// The same for parameters of grants and obligations: distinct names, plain types.
pub(super) fn check_params(schema: &Schema, params: &[FieldType]) -> Result<(), String> {
    let mut names: Vec<_> = params.iter().map(|param| &param.name).collect();
    names.sort_unstable();
    if names.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err("two parameters have the same name".to_owned());
    }
    let mut walk = Walk { schema, parts: 0 };
    for param in params {
        if param.optional || matches!(param.ty, Type::Optional(_)) {
            return Err("a parameter is optional".to_owned());
        }
        walk.ty(&param.ty, 0)?;
    }
    Ok(())
}

struct Walk<'a> {
    schema: &'a Schema,
    parts: u32,
}

impl Walk<'_> {
    fn ty(&mut self, ty: &Type, depth: u32) -> Result<(), String> {
        self.parts += 1;
        if depth > MAX_TYPE_DEPTH || self.parts > MAX_TYPE_PARTS {
            return Err("a type is too large".to_owned());
        }
        match ty {
            Type::Enum(id) if id.index() >= self.schema.enums.len() => Err("a type names no enum".to_owned()),
            Type::Entity(types) if types.iter().any(|ty| ty.index() >= self.schema.entity_types.len()) => {
                Err("a type names no entity type".to_owned())
            }
            Type::Set(inner) | Type::Map(inner) | Type::Optional(inner) => {
                if matches!(**inner, Type::Optional(_)) {
                    return Err("an optional type is inside another".to_owned());
                }
                self.ty(inner, depth + 1)
            }
            Type::Record(record) => self.record(record, depth + 1),
            _ => Ok(()),
        }
    }

    fn record(&mut self, record: &RecordType, depth: u32) -> Result<(), String> {
        record.fields().iter().try_for_each(|field| {
            if matches!(field.ty, Type::Optional(_)) {
                return Err(format!("the type of field `{}` is optional", field.name));
            }
            self.ty(&field.ty, depth)
        })
    }
}
