//! Where the candidates that can be allowed are: a set of places in the hierarchy, or no bound at all.

use crate::value::EntityUid;

/// A place in the hierarchy.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// This entity.
    At(EntityUid),
    /// This entity, and everything below it.
    Below(EntityUid),
}

/// A superset of the candidates for which something is so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Bound {
    /// It could be any.
    All,
    /// It is in one of these places.
    Within(Vec<Place>),
}

impl Bound {
    /// It is so for none.
    pub const NONE: Bound = Bound::Within(Vec::new());

    /// All or none.
    pub fn all_if(holds: bool) -> Bound {
        if holds { Bound::All } else { Bound::NONE }
    }

    /// This entity only.
    pub fn at(uid: EntityUid) -> Bound {
        Bound::Within(vec![Place::At(uid)])
    }

    /// This entity and everything below it.
    pub fn below(uid: EntityUid) -> Bound {
        Bound::Within(vec![Place::Below(uid)])
    }

    pub fn is_none(&self) -> bool {
        matches!(self, Bound::Within(places) if places.is_empty())
    }

    /// Where one or the other is so.
    pub fn or(self, other: Bound) -> Bound {
        match (self, other) {
            (Bound::Within(mut places), Bound::Within(more)) => {
                places.extend(more);
                Bound::Within(places)
            }
            _ => Bound::All,
        }
    }

    /// Where both are so: either is a superset of that, and the one that seems smaller is taken. `size` guesses how many are in a
    /// place.
    pub fn and(self, other: Bound, size: impl Fn(&Place) -> usize) -> Bound {
        match (self, other) {
            (Bound::All, bound) | (bound, Bound::All) => bound,
            (Bound::Within(a), Bound::Within(b)) => {
                let total = |places: &[Place]| places.iter().map(&size).fold(0, usize::saturating_add);
                let smaller = if a.is_empty() || (!b.is_empty() && total(&a) <= total(&b)) { a } else { b };
                Bound::Within(smaller)
            }
        }
    }
}
