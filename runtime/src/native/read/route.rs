//! From what a request is about, in three names, to what is known of such requests, at one look.

use crate::ends::Ends;
use crate::names::Names;
use crate::types::{ActionId, EntityTypeId, Environment, Schema};

/// What applies to what, by the names of a principal's type, an action and a resource's type. Only short names; others are looked up one
/// by one.
#[derive(Debug, Default)]
pub(super) struct Routes {
    /// At least three of four free, so that every search ends soon. As many as a power of two, or none.
    slots: Box<[Slot]>,
    /// 64 less the binary logarithm of the number of slots.
    shift: u32,
}

#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    principal: Ends,
    action: Ends,
    resource: Ends,
    /// `None` where none is.
    environment: Option<Environment>,
}

/// With more ways to say what is done to what, nothing is tabulated.
const MOST: usize = 1 << 11;

fn hash(principal: Ends, action: Ends, resource: Ends) -> u64 {
    let word = |ends: Ends| ends.head ^ ends.tail.rotate_left(29) ^ ends.len as u64;
    word(principal)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .wrapping_add(word(action).wrapping_mul(0xd6e8_feb8_6659_fd93))
        .wrapping_add(word(resource).wrapping_mul(0xa076_1d64_78bd_642f))
}

impl Routes {
    /// Of everything that the actions of a schema apply to.
    pub(super) fn new(schema: &Schema, names: &Names) -> Routes {
        let mut types = vec![Vec::new(); schema.entity_types.len()];
        let mut actions = vec![Vec::new(); schema.actions.len()];
        for (named, table) in [(&mut types, &names.entity_types), (&mut actions, &names.actions)] {
            for (name, id) in table.meanings() {
                let ends = Ends::of(name.as_bytes());
                if let (Some(known), true) = (named.get_mut(id as usize), ends.is_whole()) {
                    known.push(ends);
                }
            }
        }
        let ends_of = |ty: EntityTypeId| types.get(ty.index()).map_or(&[][..], Vec::as_slice);
        let mut found = Vec::new();
        for ((at, declared), names) in schema.actions.iter().enumerate().zip(&actions) {
            let Some(applies) = &declared.applies else { continue };
            for principal in applies.principals.iter() {
                for resource in applies.resources.iter() {
                    let environment = Environment { principal, action: ActionId(at as u32), resource };
                    for action in names {
                        for principal in ends_of(principal) {
                            for resource in ends_of(resource) {
                                if found.len() == MOST {
                                    return Routes::default();
                                }
                                found.push(Slot {
                                    principal: *principal,
                                    action: *action,
                                    resource: *resource,
                                    environment: Some(environment),
                                });
                            }
                        }
                    }
                }
            }
        }
        let size = (4 * found.len()).next_power_of_two().max(2);
        let shift = 64 - size.trailing_zeros();
        let mut slots = vec![Slot::default(); size];
        for slot in found {
            let mut at = (hash(slot.principal, slot.action, slot.resource) >> shift) as usize;
            while slots[at].environment.is_some() {
                at = (at + 1) % size;
            }
            slots[at] = slot;
        }
        Routes { slots: slots.into(), shift }
    }

    /// What these names mean together, if the action applies to such entities.
    #[inline(always)]
    pub(super) fn find(&self, principal: &str, action: &str, resource: &str) -> Option<Environment> {
        let [principal, action, resource] =
            [principal, action, resource].map(|name| Ends::of(name.as_bytes()));
        let mut at = (hash(principal, action, resource) >> self.shift) as usize;
        loop {
            let slot = self.slots.get(at)?;
            let environment = slot.environment?;
            let differ = |a: Ends, b: Ends| (a.head ^ b.head) | (a.tail ^ b.tail) | (a.len ^ b.len) as u64;
            // All names here are short: their ends are all of them.
            if differ(slot.principal, principal)
                | differ(slot.action, action)
                | differ(slot.resource, resource)
                == 0
            {
                return Some(environment);
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::native::read::tests::world::image;

    #[test]
    fn what_is_found_at_one_look_is_what_is_found_name_by_name() {
        let image = image();
        let program = &image.code.program;
        let plans = &image.code.plans;
        let names = |table: &crate::names::Table| {
            let mut names: Vec<String> = table.meanings().map(|(name, _)| name.to_string()).collect();
            names.extend(["", "User ", "user", "a name of more than sixteen bytes"].map(str::to_owned));
            names
        };
        let (types, actions) = (names(&program.names().entity_types), names(&program.names().actions));
        let mut found = 0;
        for principal in &types {
            for resource in &types {
                for action in &actions {
                    let one_by_one = (|| {
                        let action = crate::types::ActionId(plans.actions.find(action)?);
                        let principal = crate::types::EntityTypeId(plans.types.find(principal)?);
                        let resource = crate::types::EntityTypeId(plans.types.find(resource)?);
                        let applies = program.schema.actions[action.index()].applies.as_ref()?;
                        let applies =
                            applies.principals.contains(principal) && applies.resources.contains(resource);
                        applies.then_some(crate::types::Environment { principal, action, resource })
                    })();
                    let at_once = plans.routes.find(principal, action, resource);
                    let is_long = [principal, action, resource].iter().any(|name| name.len() > 16);
                    assert!(
                        at_once == one_by_one || is_long && at_once.is_none(),
                        "{principal} {action} {resource}"
                    );
                    found += usize::from(at_once.is_some());
                }
            }
        }
        assert!(found > 4, "{found}");
    }
}
