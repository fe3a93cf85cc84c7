//! Which policies touch an entity: those whose patterns it can match, and those that name it.

use crate::engine::request::entity;
use crate::engine::snapshot::Snapshot;
use crate::engine::{Engine, clock};
use crate::interpret::Parts;
use crate::json::RequestError;
use crate::outcome::Query;
use crate::program::{Body, Op, Pattern, Policy, Within};
use crate::types::ActionId;
use crate::value::{EntityUid, Value};

use std::collections::BTreeSet;

/// A policy and what it has to do with an entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Touch {
    /// Index into the Program's policies.
    pub policy: u32,
    /// Its patterns can match a request of which the entity is the principal.
    pub as_principal: bool,
    /// Its patterns can match a request of which the entity is the resource.
    pub as_resource: bool,
    /// Its patterns, its clauses or a function that they call name the entity.
    pub named: bool,
}

impl Engine {
    /// The policies that touch an entity, a pair of type and id, now; in source order. Whether their conditions hold is not asked.
    pub fn policies_touching(&self, name: (&str, &str)) -> Result<Vec<Touch>, RequestError> {
        self.policies_touching_at(name, clock::now())
    }

    /// The same at a time that the caller names: rows of grants end.
    pub fn policies_touching_at(&self, name: (&str, &str), now: i64) -> Result<Vec<Touch>, RequestError> {
        let snapshot = self.current.load_full();
        let Snapshot { program, params, data, .. } = &*snapshot;
        let uid = entity(program, "entity", name)?;
        let query = Query {
            principal: uid.clone(),
            action: ActionId(0),
            resource: uid.clone(),
            context: Value::Record(Default::default()),
            external: Vec::new(),
            now,
        };
        let parts = Parts::new(program, params, data, &query);
        let mut functions: Vec<bool> = Vec::with_capacity(program.functions.len());
        for function in &program.functions {
            let named = names(&function.body, &uid, params.values(), &functions);
            functions.push(named);
        }
        let touching =
            Touching { snapshot: &snapshot, containers: parts.containers(&uid), uid, parts, functions };
        let policies = program.policies.iter().enumerate();
        let touches = policies.map(|(index, policy)| touching.of(index as u32, policy));
        Ok(touches.filter(|touch| touch.as_principal || touch.as_resource || touch.named).collect())
    }
}

struct Touching<'a> {
    snapshot: &'a Snapshot,
    uid: EntityUid,
    /// The entity and all its ancestors.
    containers: BTreeSet<EntityUid>,
    parts: Parts<'a>,
    /// By function: whether it, or one that it calls, names the entity.
    functions: Vec<bool>,
}

impl Touching<'_> {
    fn of(&self, index: u32, policy: &Policy) -> Touch {
        let ty = self.uid.ty;
        let as_principal = policy.variants.iter().any(|variant| variant.principals.contains(ty));
        let as_resource = policy.variants.iter().any(|variant| variant.resources.contains(ty));
        Touch {
            policy: index,
            as_principal: as_principal && self.matches(policy, &policy.principal),
            as_resource: as_resource && self.matches(policy, &policy.resource),
            named: self.is_named(policy),
        }
    }

    fn matches(&self, policy: &Policy, pattern: &Pattern) -> bool {
        if pattern.types.as_ref().is_some_and(|types| !types.contains(self.uid.ty)) {
            return false;
        }
        match &pattern.within {
            Within::Anywhere => true,
            Within::In(container) => self.containers.contains(container),
            Within::Is(only) => *only == self.uid,
            Within::InGrantParam(column) => policy.grant.is_some_and(|grant| {
                let mut found = false;
                self.snapshot.rows_naming(grant, *column, &self.containers, &mut |_, until| {
                    found = self.parts.is_live(until);
                    !found
                });
                found
            }),
        }
    }

    fn is_named(&self, policy: &Policy) -> bool {
        let in_pattern = |pattern: &Pattern| match &pattern.within {
            Within::In(uid) | Within::Is(uid) => *uid == self.uid,
            Within::Anywhere | Within::InGrantParam(_) => false,
        };
        let bodies = policy.variants.iter().flat_map(|variant| {
            variant.condition.iter().chain(variant.obligations.iter().flat_map(|call| &call.args))
        });
        let params = self.snapshot.params.values();
        let mut bodies = bodies.filter(|body| names(body, &self.uid, params, &self.functions));
        in_pattern(&policy.principal) || in_pattern(&policy.resource) || bodies.next().is_some()
    }
}

/// Whether a body names an entity, by itself, by a param's value or in a function that it calls.
fn names(body: &Body, uid: &EntityUid, params: &[Value], functions: &[bool]) -> bool {
    body.nodes.iter().any(|node| match &node.op {
        Op::Const(value) => mentions(value, uid),
        Op::Param(param) => params.get(*param as usize).is_some_and(|value| mentions(value, uid)),
        Op::Call { function, .. } => functions.get(*function as usize).copied().unwrap_or(false),
        _ => false,
    })
}

fn mentions(value: &Value, uid: &EntityUid) -> bool {
    match value {
        Value::Entity(named) => named == uid,
        Value::Set(elements) => elements.iter().any(|element| mentions(element, uid)),
        Value::Map(fields) | Value::Record(fields) => fields.values().any(|value| mentions(value, uid)),
        _ => false,
    }
}
