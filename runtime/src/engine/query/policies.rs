//! Where the candidates are that some policy allows: the union over the allows for one environment, each bounded by its patterns,
//! by the rows of its grant, and by its condition.

use std::cell::Cell;
use std::collections::BTreeSet;

use super::asked::{Asked, Side};
use super::bound::{Bound, Place};
use super::condition::Condition;
use crate::interpret::Parts;
use crate::program::{Effect, Pattern, Policy, Variant, Within};
use crate::types::{EntityTypeId, Environment, GrantId};
use crate::value::{EntityUid, Value};

/// Steps that a bound may take whatever the type, and for each of its entities: looking at each entity is the other way, and a
/// bound must not cost more.
const FREE_STEPS: u64 = 1 << 12;
const STEPS_PER_ENTITY: u64 = 4;

/// What is needed to bound the candidates of one type.
pub(super) struct Bounding<'a> {
    pub asked: &'a Asked,
    pub parts: &'a Parts<'a>,
    /// Of the candidates.
    pub ty: EntityTypeId,
    /// The known entity and all its ancestors.
    containers: BTreeSet<EntityUid>,
    steps: Cell<u64>,
}

impl<'a> Bounding<'a> {
    /// For candidates of this type, of which there are so many.
    pub fn new(asked: &'a Asked, parts: &'a Parts<'a>, ty: EntityTypeId, count: usize) -> Self {
        let steps = FREE_STEPS.saturating_add(STEPS_PER_ENTITY.saturating_mul(count as u64));
        Bounding { asked, parts, ty, containers: parts.containers(&asked.known), steps: Cell::new(steps) }
    }

    /// Where the candidates that some allow may apply to are.
    pub fn of_allows(&self) -> Bound {
        let program = &self.asked.snapshot.program;
        let environment = match self.asked.side {
            Side::Principal => (self.ty, self.asked.known.ty),
            Side::Resource => (self.asked.known.ty, self.ty),
        };
        let (principal, resource) = environment;
        let environment = Environment { principal, action: self.asked.action, resource };
        let mut bound = Bound::NONE;
        for (policy, variant) in program.applicable(environment) {
            let Some(policy) = program.policies.get(*policy as usize) else { return Bound::All };
            let Some(variant) = policy.variants.get(*variant as usize) else { return Bound::All };
            if policy.effect == Effect::Deny || policy.trial {
                continue;
            }
            bound = bound.or(self.of_allow(policy, variant));
            if bound == Bound::All {
                return bound;
            }
        }
        bound
    }

    /// Pays for a step; whether there was one left.
    pub fn step(&self) -> bool {
        self.steps(1)
    }

    pub fn steps(&self, count: usize) -> bool {
        let left = self.steps.get().checked_sub(count as u64);
        self.steps.set(left.unwrap_or(0));
        left.is_some()
    }

    /// How many candidates a place seems to have.
    pub fn size(&self, place: &Place) -> usize {
        match place {
            Place::At(_) => 1,
            // Those further down cost more to find than they are worth here.
            Place::Below(uid) => self.asked.count_below(uid).saturating_add(1).saturating_mul(2),
        }
    }

    fn of_allow(&self, policy: &Policy, variant: &Variant) -> Bound {
        if !self.step() {
            return Bound::All;
        }
        let (wanted, known) = match self.asked.side {
            Side::Principal => (&policy.principal, &policy.resource),
            Side::Resource => (&policy.resource, &policy.principal),
        };
        if !has_type(known, self.asked.known.ty) || !has_type(wanted, self.ty) {
            return Bound::NONE;
        }
        match policy.grant {
            None => self.of_row(wanted, known, variant, &[]),
            Some(grant) => self.of_rows(grant, wanted, known, variant),
        }
    }

    /// Over all live rows of the policy's grant.
    fn of_rows(&self, grant: GrantId, wanted: &Pattern, known: &Pattern, variant: &Variant) -> Bound {
        let snapshot = &self.asked.snapshot;
        let mut bound = Bound::NONE;
        let mut each = |args: &[Value], until: Option<i64>| {
            if !self.step() {
                bound = Bound::All;
            } else if self.parts.is_live(until) {
                bound =
                    std::mem::replace(&mut bound, Bound::NONE).or(self.of_row(wanted, known, variant, args));
            }
            bound != Bound::All
        };
        if let Within::InGrantParam(column) = known.within {
            snapshot.rows_naming(grant, column, &self.containers, &mut each);
        } else if self.matches(known, &[]) {
            let rows = snapshot.data.grant_rows(grant).into_iter().flatten();
            for (args, until) in rows {
                if !each(args, *until) {
                    break;
                }
            }
        }
        bound
    }

    /// For one row, or for a policy without a grant.
    fn of_row(&self, wanted: &Pattern, known: &Pattern, variant: &Variant, row: &[Value]) -> Bound {
        if !self.matches(known, row) {
            return Bound::NONE;
        }
        let pattern = match &wanted.within {
            Within::Anywhere => Bound::All,
            Within::In(container) => Bound::below(container.clone()),
            Within::Is(only) => {
                Bound::all_if(only.ty == self.ty).and(Bound::at(only.clone()), |place| self.size(place))
            }
            Within::InGrantParam(column) => row.get(*column).map_or(Bound::NONE, below_any),
        };
        match &variant.condition {
            Some(body) if !pattern.is_none() => {
                let condition = Condition::of_row(self, body, row).holds();
                pattern.and(condition, |place| self.size(place))
            }
            _ => pattern,
        }
    }

    /// Whether the known entity matches its pattern, but for its type.
    fn matches(&self, pattern: &Pattern, row: &[Value]) -> bool {
        match &pattern.within {
            Within::Anywhere => true,
            Within::In(container) => self.containers.contains(container),
            Within::Is(only) => *only == self.asked.known,
            Within::InGrantParam(column) => row.get(*column).is_some_and(|value| self.is_in_any(value)),
        }
    }

    fn is_in_any(&self, value: &Value) -> bool {
        match value {
            Value::Entity(uid) => self.containers.contains(uid),
            Value::Set(elements) => elements.iter().any(|element| self.is_in_any(element)),
            _ => false,
        }
    }
}

/// Below an entity, or below one of a set.
pub(super) fn below_any(value: &Value) -> Bound {
    match value {
        Value::Entity(uid) => Bound::below(uid.clone()),
        Value::Set(elements) => {
            elements.iter().fold(Bound::NONE, |bound, element| bound.or(below_any(element)))
        }
        _ => Bound::NONE,
    }
}

fn has_type(pattern: &Pattern, ty: EntityTypeId) -> bool {
    pattern.types.as_ref().is_none_or(|types| types.contains(ty))
}
