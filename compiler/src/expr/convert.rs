//! What two types have in common, and whether they overlap. Whether one can be used as another is for the runtime to say, which
//! does the conversion.

use std::sync::Arc;

pub(super) use assize_runtime::fit::usable_as as usable;
use assize_runtime::types::{FieldType, RecordType, Type};
use assize_runtime::verify::{MAX_TYPE_DEPTH, MAX_TYPE_PARTS};

/// The least type that both can be used as, for branches and elements. Records must have the same fields: silently losing
/// one is no help to anybody.
pub(super) fn join(a: &Type, b: &Type) -> Option<Type> {
    match (a, b) {
        _ if a == b => Some(a.clone()),
        (Type::Never, other) | (other, Type::Never) => Some(other.clone()),
        (Type::Optional(a), Type::Optional(b)) => Some(Type::optional(join(a, b)?)),
        (Type::Optional(a), b) | (b, Type::Optional(a)) => Some(Type::optional(join(a, b)?)),
        (Type::Entity(a), Type::Entity(b)) => Some(Type::Entity(a.union(b))),
        (Type::Set(a), Type::Set(b)) => Some(Type::set(join(a, b)?)),
        (Type::Map(a), Type::Map(b)) => Some(Type::Map(Arc::new(join(a, b)?))),
        (Type::Record(a), Type::Record(b)) => {
            if a.fields().len() != b.fields().len() {
                return None;
            }
            let fields = a.fields().iter().zip(b.fields()).map(|(a, b)| {
                let ty = (a.name == b.name).then(|| join(&a.ty, &b.ty))??;
                Some(FieldType { name: a.name.clone(), ty, optional: a.optional || b.optional })
            });
            Some(Type::Record(RecordType::new(fields.collect::<Option<_>>()?)))
        }
        _ => None,
    }
}

/// Whether some value can have both types. Sets overlap only if their elements do: that two sets are both empty is nothing
/// that a person compares.
pub(super) fn overlap(a: &Type, b: &Type) -> bool {
    match (a, b) {
        (Type::Never, _) | (_, Type::Never) => true,
        (Type::Optional(a), b) | (b, Type::Optional(a)) => overlap(a, b),
        (Type::Entity(a), Type::Entity(b)) => a.intersect(b).is_some(),
        (Type::Set(a), Type::Set(b)) | (Type::Map(a), Type::Map(b)) => overlap(a, b),
        (Type::Record(a), Type::Record(b)) => {
            a.fields().len() == b.fields().len()
                && a.fields().iter().zip(b.fields()).all(|(a, b)| a.name == b.name && overlap(&a.ty, &b.ty))
        }
        _ => a == b,
    }
}

/// The type without its `?`.
pub(super) fn present(ty: &Type) -> &Type {
    match ty {
        Type::Optional(inner) => inner,
        _ => ty,
    }
}

/// Whether a type that an expression made is larger than a Program may have.
pub(super) fn is_too_large(ty: &Type) -> bool {
    fn walk(ty: &Type, depth: u32, parts: &mut u32) -> bool {
        *parts += 1;
        if depth > MAX_TYPE_DEPTH || *parts > MAX_TYPE_PARTS {
            return true;
        }
        match ty {
            Type::Set(inner) | Type::Map(inner) | Type::Optional(inner) => walk(inner, depth + 1, parts),
            Type::Record(record) => record.fields().iter().any(|field| walk(&field.ty, depth + 1, parts)),
            _ => false,
        }
    }
    // One more for the `?` that may come around it.
    walk(ty, 1, &mut 0)
}
