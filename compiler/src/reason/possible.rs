//! What a value can still be, given what conditions have shown.

use std::collections::BTreeSet;
use std::rc::Rc;

use assize_runtime::Value;
use assize_runtime::types::{Schema, Type};
use assize_runtime::value::EntityUid;

use super::ranges::{Key, Ranges, key};

/// More values than this are not remembered one by one.
const MAX_VALUES: usize = 64;

/// A set that holds every value that an expression can have, and perhaps others: too large is sound, too small is not.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Possible {
    /// Of a type with keys: numbers, times, enums, addresses, booleans.
    Ranges(Ranges),
    /// One of these.
    Only(Rc<BTreeSet<Value>>),
    /// Any but these.
    Except(Rc<BTreeSet<Value>>),
}

impl Possible {
    pub(super) fn anything() -> Possible {
        Possible::Except(Rc::default())
    }

    /// Everything that a value of this type can be, when it is there.
    pub(super) fn of_type(schema: &Schema, ty: &Type) -> Possible {
        Possible::Ranges(match ty {
            Type::Bool => Ranges::below(2),
            Type::Int | Type::Decimal | Type::Datetime | Type::Duration => Ranges::numbers(),
            Type::Enum(id) => match schema.enums.get(id.index()) {
                Some(ty) => Ranges::below(ty.variants.len()),
                None => return Possible::anything(),
            },
            Type::Ip => Ranges::union([Ranges::v4(), Ranges::v6()]),
            Type::Optional(inner) => return Possible::of_type(schema, inner),
            Type::Entity(types) => {
                let mut ids = BTreeSet::new();
                for ty in types.iter() {
                    let Some(closed) = schema.entity_types.get(ty.index()).and_then(|it| it.closed.as_ref())
                    else {
                        return Possible::anything();
                    };
                    ids.extend(closed.iter().map(|id| Value::Entity(EntityUid { ty, id: id.clone() })));
                    if ids.len() > MAX_VALUES {
                        return Possible::anything();
                    }
                }
                return Possible::Only(Rc::new(ids));
            }
            _ => return Possible::anything(),
        })
    }

    pub(super) fn just(value: &Value) -> Possible {
        match key(value) {
            Some(key) => Possible::Ranges(Ranges::one(key)),
            None => Possible::Only(Rc::new(BTreeSet::from([value.clone()]))),
        }
    }

    /// Exactly these values; `None` if they are not all of a kind.
    pub(super) fn among<'v>(values: impl Iterator<Item = &'v Value> + Clone) -> Option<Possible> {
        let keys: Option<Vec<Key>> = values.clone().map(key).collect();
        match keys {
            Some(keys) if !keys.is_empty() => {
                Some(Possible::Ranges(Ranges::union(keys.into_iter().map(Ranges::one))))
            }
            _ if values.clone().any(|value| key(value).is_some()) => None,
            _ => Some(Possible::Only(Rc::new(values.cloned().collect()))),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        match self {
            Possible::Ranges(ranges) => ranges.is_empty(),
            Possible::Only(values) => values.is_empty(),
            Possible::Except(_) => false,
        }
    }

    pub(super) fn admits(&self, value: &Value) -> bool {
        match (self, key(value)) {
            (Possible::Ranges(ranges), Some(key)) => ranges.contains(key),
            (Possible::Only(values), _) => values.contains(value),
            (Possible::Except(values), _) => !values.contains(value),
            // Of another type than was thought: nothing is known.
            (Possible::Ranges(_), None) => true,
        }
    }

    pub(super) fn ranges(&self) -> Option<&Ranges> {
        match self {
            Possible::Ranges(ranges) => Some(ranges),
            _ => None,
        }
    }

    /// Whether it is exactly this value and nothing else.
    pub(super) fn is_just(&self, value: &Value) -> bool {
        match self {
            Possible::Ranges(ranges) => key(value).is_some() && ranges.single() == key(value),
            Possible::Only(values) => values.len() == 1 && values.contains(value),
            Possible::Except(_) => false,
        }
    }

    /// The few values that it can be, where they are kept one by one.
    pub(super) fn values(&self) -> Option<&BTreeSet<Value>> {
        match self {
            Possible::Only(values) => Some(values),
            _ => None,
        }
    }

    /// What is in both; where the two are not of a kind, `self`.
    pub(super) fn and(&self, other: &Possible) -> Possible {
        match (self, other) {
            (Possible::Ranges(a), Possible::Ranges(b)) => Possible::Ranges(a.and(b).rounded()),
            (Possible::Only(a), Possible::Only(b)) => {
                Possible::Only(Rc::new(a.intersection(b).cloned().collect()))
            }
            (Possible::Only(some), Possible::Except(others))
            | (Possible::Except(others), Possible::Only(some)) => {
                Possible::Only(Rc::new(some.difference(others).cloned().collect()))
            }
            (Possible::Except(a), Possible::Except(b)) => {
                if a.len() + b.len() > MAX_VALUES {
                    return self.clone();
                }
                Possible::Except(Rc::new(a.union(b).cloned().collect()))
            }
            _ => self.clone(),
        }
    }

    /// `self` without what is in `other`, which is exact.
    pub(super) fn minus(&self, other: &Possible) -> Possible {
        match (self, other) {
            (Possible::Ranges(a), Possible::Ranges(b)) => Possible::Ranges(a.minus(b).rounded()),
            (_, Possible::Only(values)) => self.and(&Possible::Except(values.clone())),
            (_, Possible::Except(values)) => self.and(&Possible::Only(values.clone())),
            _ => self.clone(),
        }
    }
}
