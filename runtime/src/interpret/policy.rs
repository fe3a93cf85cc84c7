//! From policies to a decision.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Evaluation;
use super::grants::in_any;
use crate::outcome::{GrantReason, Obligation, Outcome, Query};
use crate::program::{Effect, Pattern, Policy, QUANTIFIER_BUDGET, Variant, Within};
use crate::types::Environment;
use crate::value::{EntityUid, EvalError, Value};
use crate::verify::Verified;

/// What one policy, for one grant row if it has a grant, says about a request whose patterns it matches.
struct Verdict {
    applies: bool,
    errors: BTreeSet<EvalError>,
    obligations: Vec<Obligation>,
}

/// Everything that the applying policies of one effect bring to a decision.
#[derive(Default)]
struct Reasons {
    policies: Vec<u32>,
    grants: BTreeSet<GrantReason>,
    obligations: Vec<Obligation>,
}

impl Evaluation<'_> {
    pub(super) fn decide(&self, program: &Verified, query: &Query) -> Outcome {
        let environment =
            Environment { principal: query.principal.ty, action: query.action, resource: query.resource.ty };
        let (mut allows, mut denies) = (Reasons::default(), Reasons::default());
        let mut errors = BTreeSet::new();
        let mut would_have = BTreeSet::new();
        for (index, variant) in program.applicable(environment) {
            let Some(policy) = program.policies.get(*index as usize) else { continue };
            let Some(variant) = policy.variants.get(*variant as usize) else { continue };
            for (row, verdict) in self.verdicts(policy, variant, query) {
                errors.extend(verdict.errors.iter().map(|error| (*index, *error)));
                if !verdict.applies {
                    continue;
                }
                if policy.trial {
                    would_have.insert(*index);
                    continue;
                }
                let reasons = if policy.effect == Effect::Deny { &mut denies } else { &mut allows };
                reasons.add(*index, row, verdict.obligations);
            }
        }
        // Rule 1: deny wins; nothing is allowed by default.
        let allowed = denies.policies.is_empty() && !allows.policies.is_empty();
        // Rule 5: all determining policies of the effect that decides, with their rows and obligations.
        let reasons = if allowed { allows } else { denies };
        Outcome {
            allowed,
            policies: reasons.policies,
            grants: reasons.grants.into_iter().collect(),
            obligations: reasons.obligations,
            errors: errors.into_iter().collect(),
            would_have: would_have.into_iter().collect(),
        }
    }

    /// One verdict, or one for each live row in order of arguments; none where the patterns do not match.
    fn verdicts(
        &self,
        policy: &Policy,
        variant: &Variant,
        query: &Query,
    ) -> Vec<(Option<GrantReason>, Verdict)> {
        let Some(grant) = policy.grant else {
            if !self.patterns_match(policy, query, &[]) {
                return Vec::new();
            }
            return vec![(None, self.verdict(policy, variant, &[]))];
        };
        let rows = self.world.data.grant_rows(grant).into_iter().flatten();
        // Whether a row is live is asked last, so that only rows that could matter make a decision depend on the time.
        let matching = rows
            .filter(|(args, _)| self.patterns_match(policy, query, args))
            .filter(|(_, until)| self.is_live(**until) == Ok(true));
        let mut verdicts: Vec<_> = matching
            .map(|(args, until)| {
                let row = GrantReason { grant, args: Arc::clone(args), until: *until };
                (Some(row), self.verdict(policy, variant, args))
            })
            .collect();
        verdicts.sort_by(|(a, _), (b, _)| a.cmp(b));
        verdicts
    }

    /// Whether a policy matches a request, of a grant for this row.
    pub(super) fn row_matches(&self, policy: &Policy, query: &Query, row: &[Value]) -> bool {
        self.patterns_match(policy, query, row)
    }

    /// Whether a policy whose patterns match applies, and what could not be computed.
    pub(super) fn judged(
        &self,
        policy: &Policy,
        variant: &Variant,
        row: &[Value],
    ) -> (bool, BTreeSet<EvalError>) {
        let Verdict { applies, errors, .. } = self.verdict(policy, variant, row);
        (applies, errors)
    }

    /// Patterns come first and cannot err (rule 1).
    fn patterns_match(&self, policy: &Policy, query: &Query, row: &[Value]) -> bool {
        self.matches_pattern(&policy.principal, &query.principal, row)
            && self.matches_pattern(&policy.resource, &query.resource, row)
    }

    fn matches_pattern(&self, pattern: &Pattern, entity: &EntityUid, row: &[Value]) -> bool {
        if pattern.types.as_ref().is_some_and(|types| !types.contains(entity.ty)) {
            return false;
        }
        match &pattern.within {
            Within::Anywhere => true,
            Within::In(container) => self.world.is_in(entity, container),
            Within::Is(only) => entity == only,
            Within::InGrantParam(param) => row
                .get(*param)
                .is_some_and(|container| in_any(self.world, &Value::Entity(entity.clone()), container)),
        }
    }

    /// Rule 2: an error never grants. In an allow, in its condition or in what it obliges, it means that the allow does not
    /// apply; in a deny that it does; with `on error skip` that the policy does not apply, whatever its effect.
    fn verdict(&self, policy: &Policy, variant: &Variant, row: &[Value]) -> Verdict {
        let despite_errors = policy.effect == Effect::Deny && !policy.on_error_skip;
        let mut errors = BTreeSet::new();
        let condition = match &variant.condition {
            None => Ok(true),
            Some(body) => self.body(body, row.to_vec(), QUANTIFIER_BUDGET, 0).and_then(Self::truth),
        };
        match condition {
            Ok(true) => {}
            Ok(false) => return Verdict { applies: false, errors, obligations: Vec::new() },
            Err(error) => {
                errors.insert(error);
                return Verdict { applies: despite_errors, errors, obligations: Vec::new() };
            }
        }
        let mut obligations = Vec::new();
        for call in &variant.obligations {
            let args = call.args.iter().map(|body| self.body(body, row.to_vec(), QUANTIFIER_BUDGET, 0));
            match args.collect::<Result<Vec<_>, _>>() {
                Ok(args) => obligations.push(Obligation { obligation: call.obligation, args }),
                Err(error) => {
                    errors.insert(error);
                }
            }
        }
        Verdict { applies: errors.is_empty() || despite_errors, errors, obligations }
    }
}

impl Reasons {
    fn add(&mut self, policy: u32, row: Option<GrantReason>, obligations: Vec<Obligation>) {
        if self.policies.last() != Some(&policy) {
            self.policies.push(policy);
        }
        self.grants.extend(row);
        for obligation in obligations {
            if !self.obligations.contains(&obligation) {
                self.obligations.push(obligation);
            }
        }
    }
}
