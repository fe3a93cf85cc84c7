//! Subtyping: where one type can be used as another, what two types have in common, and whether they overlap.

use std::sync::Arc;

use assize_runtime::types::{FieldType, RecordType, Type};

/// Whether a value of type `from` can be used where `to` is needed, as `Op::Convert` does it.
pub(super) fn usable(from: &Type, to: &Type) -> bool {
    match (from, to) {
        _ if from == to => true,
        (Type::Never, _) => true,
        (Type::Optional(from), Type::Optional(to)) => usable(from, to),
        (_, Type::Optional(to)) => usable(from, to),
        (Type::Entity(from), Type::Entity(to)) => from.is_subset(to),
        (Type::Set(from), Type::Set(to)) | (Type::Map(from), Type::Map(to)) => usable(from, to),
        (Type::Record(from), Type::Record(to)) => to.fields().iter().all(|wanted| {
            match from.field(&wanted.name) {
                Some((_, field)) => (wanted.optional || !field.optional) && usable(&field.ty, &wanted.ty),
                // A type that does not mention an optional field may still come from a value that had one of another type:
                // the field was forgotten, not absent.
                None => false,
            }
        }),
        _ => false,
    }
}

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
