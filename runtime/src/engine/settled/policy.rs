//! For whom a policy applies, and what all policies of an environment come to.

use super::depends::Place;
use super::plan::Group;
use super::rows::Argument;
use super::sets::{Set, Truth};
use super::truth::{Scope, Walk};
use crate::program::{Effect, Pattern, Policy, Within};
use crate::types::Type;
use crate::value::{EntityUid, Value};

/// What is settled about a resource in a class of contexts. A deny comes first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Verdict {
    /// For them native code has to decide, unless they are denied.
    pub undecided: Set,
    pub deny: Set,
    /// They are allowed with the obligations of the group.
    pub oblige: Set,
    pub allow: Set,
}

/// Those for whom it can be true, without those for whom it surely is.
fn between(truth: Truth) -> Set {
    let mut rest = truth.maybe;
    rest.0.iter_mut().zip(truth.sure.0).for_each(|(word, sure)| *word &= !sure);
    rest
}

/// What policies come to that apply so, each given by its place among those of the Program.
pub(super) fn verdict(
    group: &Group,
    policies: &[Policy],
    applies: impl Iterator<Item = (u32, u32, Truth)>,
) -> Verdict {
    let (mut deny, mut oblige, mut allow) = (Truth::known(false), Truth::known(false), Truth::known(false));
    for (policy, variant, applies) in applies {
        let policy = policies.get(policy as usize);
        let obliges = policy
            .and_then(|policy| policy.variants.get(variant as usize))
            .is_some_and(|variant| !variant.obligations.is_empty());
        let to = match policy.map(|policy| policy.effect) {
            Some(Effect::Allow) if obliges => &mut oblige,
            Some(Effect::Allow) => &mut allow,
            _ => &mut deny,
        };
        *to = to.either(applies);
    }
    if group.obligations.is_none() {
        oblige.sure = Set::NOBODY;
    }
    if deny.sure.is_everybody() {
        // Nobody else: a deny that skips errors may not be for those of whom something errs.
        let nobody = Set::NOBODY;
        return Verdict { undecided: Set::UNCLEAR, deny: deny.sure, oblige: nobody, allow: nobody };
    }
    // Where nobody can be allowed it does not matter who is denied.
    let may = oblige.maybe.or(allow.maybe);
    let denied = between(deny);
    let denied = if denied.is_everybody() || may.is_nobody() { may } else { denied };
    let unclear = if may.is_nobody() { Set::NOBODY } else { Set::UNCLEAR };
    let undecided = denied.join(between(oblige)).join(between(allow)).join(unclear);
    Verdict { undecided, deny: deny.sure, oblige: oblige.sure, allow: allow.sure }
}

impl Walk<'_, '_> {
    /// For whom a policy applies to the resource.
    pub fn applies(&mut self, resource: &EntityUid, policy: u32, variant: u32) -> Truth {
        let unknown = Truth::unknown(true);
        let place = Place::Condition(policy, variant);
        let asked = self.asked;
        let Some(policy) = asked.plan.program.policies.get(policy as usize) else { return unknown };
        let Some(variant) = policy.variants.get(variant as usize) else { return unknown };
        let mut truth = Truth::known(false);
        match policy.grant {
            None => truth = self.row_applies(policy, place, variant.condition.is_some(), resource, &[]),
            Some(grant) => {
                let Some(declared) = asked.plan.program.schema.grants.get(grant.index()) else {
                    return unknown;
                };
                let mut arguments: Vec<Argument<'_>> = vec![None; declared.params.len()];
                let ty = Type::entity(resource.ty);
                if let Within::InGrantParam(param) = policy.resource.within
                    && let Some(argument) = arguments.get_mut(param)
                {
                    *argument = Some((Value::Entity(resource.clone()), &ty));
                }
                asked.rows.fitting(asked.parts, grant, &declared.params, &arguments, &mut |row| {
                    let applies = self.row_applies(policy, place, variant.condition.is_some(), resource, row);
                    truth = truth.either(applies);
                });
            }
        }
        if policy.on_error_skip && !variant.obligations.is_empty() {
            // An error in what it obliges to means that it does not apply.
            truth.sure = Set::NOBODY;
        }
        truth
    }

    /// For one row of its grant, or none.
    fn row_applies(
        &mut self,
        policy: &Policy,
        place: Place,
        has_condition: bool,
        resource: &EntityUid,
        row: &[Value],
    ) -> Truth {
        let matches = self
            .principal_matches(&policy.principal, row)
            .and(Truth::known(self.resource_matches(&policy.resource, resource)));
        if !has_condition || matches.is_false() {
            return matches;
        }
        let asked = self.asked;
        let mut holds = match Scope::new(asked.plan, place, row) {
            Some(scope) => self.holds(scope),
            None => Truth::unknown(true),
        };
        if holds.may_err && policy.effect == Effect::Deny && !policy.on_error_skip {
            holds.maybe = Set::EVERYBODY;
        }
        holds.may_err = false;
        matches.and(holds)
    }

    fn principal_matches(&mut self, pattern: &Pattern, row: &[Value]) -> Truth {
        match &pattern.within {
            Within::Anywhere => Truth::known(true),
            Within::In(uid) => self.members(&Value::Entity(uid.clone())),
            Within::Is(uid) => self.is(&Value::Entity(uid.clone())),
            Within::InGrantParam(param) => row.get(*param).map_or(Truth::known(false), |of| self.members(of)),
        }
    }

    /// Rows have been looked for that fit the resource.
    fn resource_matches(&self, pattern: &Pattern, resource: &EntityUid) -> bool {
        match &pattern.within {
            Within::Anywhere | Within::InGrantParam(_) => true,
            Within::In(uid) => self.asked.parts.containers(resource).contains(uid),
            Within::Is(uid) => uid == resource,
        }
    }
}
