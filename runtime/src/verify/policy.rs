//! Policies: ids, patterns, grants and the types of conditions and obligations.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::body::{FunctionFacts, Request, Scope};
use super::coverage::Coverage;
use super::{Verifier, VerifyError};
use crate::fit::may_exist;
use crate::program::{Effect, Pattern, Policy, Variant, Within};
use crate::types::{ActionId, EntityTypes, Environment, Type};

impl Verifier<'_> {
    /// Verifies all policies; answers which are for which environment.
    pub(super) fn policies(
        &self,
        functions: &[FunctionFacts],
    ) -> Result<FxHashMap<Environment, Vec<(u32, u32)>>, VerifyError> {
        let mut ids = BTreeSet::new();
        let mut coverage = Coverage::default();
        for (index, policy) in self.program.policies.iter().enumerate() {
            let place = |problem| VerifyError::new(format!("policy `{}`", policy.id), problem);
            if policy.id.is_empty() || !ids.insert(&policy.id) {
                return Err(place("its id is empty or not the only one".to_owned()));
            }
            self.policy(policy, functions).map_err(place)?;
            coverage.add(self, index as u32, policy).map_err(place)?;
        }
        Ok(coverage.applicable)
    }

    fn policy(&self, policy: &Policy, functions: &[FunctionFacts]) -> Result<(), String> {
        let params: Vec<Type> = match policy.grant {
            None => Vec::new(),
            Some(grant) => {
                let grant =
                    self.program.schema.grants.get(grant.index()).ok_or("it is of an unknown grant")?;
                if policy.effect != Effect::Allow {
                    return Err("a grant's policy is no allow".to_owned());
                }
                grant.params.iter().map(|param| param.ty.clone()).collect()
            }
        };
        self.actions(&policy.actions)?;
        self.pattern(&policy.principal, &params)?;
        self.pattern(&policy.resource, &params)?;
        policy.variants.iter().try_for_each(|variant| self.variant(variant, &params, functions))
    }

    fn actions(&self, actions: &[ActionId]) -> Result<(), String> {
        if !actions.is_sorted_by(|a, b| a < b) {
            return Err("its actions are not sorted".to_owned());
        }
        match actions.last() {
            Some(last) if last.index() >= self.program.schema.actions.len() => {
                Err("it names an unknown action".to_owned())
            }
            _ => Ok(()),
        }
    }

    fn pattern(&self, pattern: &Pattern, params: &[Type]) -> Result<(), String> {
        let unknown =
            |types: &EntityTypes| types.iter().any(|ty| ty.index() >= self.program.schema.entity_types.len());
        if pattern.types.as_ref().is_some_and(unknown) {
            return Err("a pattern names an unknown entity type".to_owned());
        }
        match &pattern.within {
            Within::Anywhere => Ok(()),
            Within::In(uid) | Within::Is(uid) if may_exist(&self.program.schema, uid) => Ok(()),
            Within::In(_) | Within::Is(_) => Err("a pattern names an entity that cannot be".to_owned()),
            Within::InGrantParam(param) => match params.get(*param) {
                Some(Type::Entity(_)) => Ok(()),
                Some(Type::Set(element)) if matches!(**element, Type::Entity(_)) => Ok(()),
                _ => Err("a pattern names no entity parameter of its grant".to_owned()),
            },
        }
    }

    fn variant(&self, variant: &Variant, params: &[Type], functions: &[FunctionFacts]) -> Result<(), String> {
        self.actions(&variant.actions)?;
        let contexts = variant.actions.iter().map(|action| {
            let declared = self.program.schema.actions.get(action.index());
            declared.and_then(|action| action.applies.as_ref()).map(|applies| &applies.context)
        });
        let contexts: Vec<_> =
            contexts.collect::<Option<_>>().ok_or("a variant is for an action that no request can name")?;
        let Some((context, others)) = contexts.split_first() else {
            return Err("a variant is for no action".to_owned());
        };
        if others.iter().any(|other| other != context) {
            return Err("a variant is for actions of different context types".to_owned());
        }
        let unknown =
            |types: &EntityTypes| types.iter().any(|ty| ty.index() >= self.program.schema.entity_types.len());
        if unknown(&variant.principals) || unknown(&variant.resources) {
            return Err("a variant is for an unknown entity type".to_owned());
        }
        let request = Request { principals: &variant.principals, resources: &variant.resources, context };
        let scope = Scope { params, functions, request: Some(request) };
        if let Some(condition) = &variant.condition {
            let (ty, _) = self.body(condition, &scope)?;
            if *ty != Type::Bool {
                return Err("a condition is no Bool".to_owned());
            }
        }
        for call in &variant.obligations {
            let declared = self.program.schema.obligations.get(call.obligation.index());
            let declared = declared.ok_or("it names an unknown obligation")?;
            if call.args.len() != declared.params.len() {
                return Err("an obligation has not one argument for each parameter".to_owned());
            }
            for (arg, param) in call.args.iter().zip(&declared.params) {
                let (ty, _) = self.body(arg, &scope)?;
                if *ty != param.ty {
                    return Err("an argument of an obligation does not have its parameter's type".to_owned());
                }
            }
        }
        Ok(())
    }
}
