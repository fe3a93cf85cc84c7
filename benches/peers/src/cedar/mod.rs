//! The applications in Cedar: policies and schemas in `cedar/`, entities made from the same data.
//!
//! Everything that its API lets one prepare is prepared: the policy set is parsed and validated, the hierarchy is closed, requests at
//! the ids boundary exist with their contexts. What remains is `Authorizer::is_authorized`.

mod drive;
mod forge;
mod todo;

use std::collections::{HashMap, HashSet};
use std::str::FromStr;

use assize_examples::App;
use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid, PolicySet, Request,
    RestrictedExpression, Schema, ValidationMode, Validator,
};
use indexmap::IndexMap;
use rustc_hash::FxHashMap;
use serde_json::Value;

use crate::store::{Store, Uid};
use crate::wire::Named;

/// A context as Cedar wants it.
pub trait ToCedar {
    /// See the trait.
    fn to_cedar(&self, cedar: &Cedar) -> Context;
}

/// Policies and entities, ready to decide.
pub struct Cedar {
    authorizer: Authorizer,
    policies: PolicySet,
    entities: Entities,
    types: FxHashMap<String, EntityTypeName>,
    now: RestrictedExpression,
}

impl Cedar {
    /// With the rows that are alive at `now`: Cedar's hierarchy knows no ends.
    pub fn new(store: &Store, now: i64) -> Self {
        let (schema, policies, entities) = match store.app {
            App::Forge => (
                include_str!("../../cedar/forge.cedarschema"),
                include_str!("../../cedar/forge.cedar"),
                forge::entities(store, now),
            ),
            App::Drive => (
                include_str!("../../cedar/drive.cedarschema"),
                include_str!("../../cedar/drive.cedar"),
                drive::entities(store, now),
            ),
            App::Todo => (
                include_str!("../../cedar/todo.cedarschema"),
                include_str!("../../cedar/todo.cedar"),
                todo::entities(store, now),
            ),
            App::Payroll => panic!("payroll is not written in Cedar"),
        };
        let (schema, warnings) = Schema::from_cedarschema_str(schema).expect("the schema is a schema");
        assert_eq!(warnings.count(), 0, "the schema has warnings");
        let policies = PolicySet::from_str(policies).expect("the policies parse");
        let validation = Validator::new(schema.clone()).validate(&policies, ValidationMode::Strict);
        assert!(validation.validation_passed_without_warnings(), "the policies are not valid: {validation}");
        let entities = Entities::from_entities(entities, Some(&schema)).expect("the entities fit the schema");
        let types =
            store.entities.iter().map(|entity| entity.uid.ty.as_str()).chain(["Action", "Application"]);
        let types = types.map(|ty| (ty.to_string(), type_name(ty))).collect();
        Cedar { authorizer: Authorizer::new(), policies, entities, types, now: datetime(now) }
    }

    /// Whether the request is allowed.
    #[inline]
    pub fn decide(&self, request: &Request) -> bool {
        self.authorizer.is_authorized(request, &self.policies, &self.entities).decision() == Decision::Allow
    }

    /// A request by its names; the names of types are looked up, which is faster than parsing them.
    #[inline]
    pub fn request<C>(&self, named: &Named<'_, C>, context: Context) -> Option<Request> {
        let uid = |(ty, id): (&str, &str)| {
            Some(EntityUid::from_type_name_and_id(self.types.get(ty)?.clone(), EntityId::new(id)))
        };
        let action = uid(("Action", named.action))?;
        Request::new(uid(named.principal)?, action, uid(named.resource)?, context, None).ok()
    }
}

fn type_name(ty: &str) -> EntityTypeName {
    EntityTypeName::from_str(ty).expect("generated types are identifiers")
}

fn uid(ty: &str, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(type_name(ty), EntityId::new(id))
}

fn cedar_uid(from: &Uid) -> EntityUid {
    uid(&from.ty, &from.id)
}

/// Entities while they are being put together from the data and its grants.
#[derive(Default)]
struct Building {
    attributes: IndexMap<EntityUid, HashMap<String, RestrictedExpression>>,
    parents: HashMap<EntityUid, HashSet<EntityUid>>,
}

impl Building {
    fn entity(&mut self, uid: EntityUid, attributes: Vec<(&str, RestrictedExpression)>) {
        let attributes = attributes.into_iter().map(|(name, value)| (name.to_string(), value));
        self.attributes.entry(uid).or_default().extend(attributes);
    }

    fn parent(&mut self, child: &EntityUid, parent: EntityUid) {
        self.parents.entry(child.clone()).or_default().insert(parent);
    }

    fn finish(mut self) -> Vec<Entity> {
        let entities = self.attributes.into_iter().map(|(uid, attributes)| {
            let parents = self.parents.remove(&uid).unwrap_or_default();
            Entity::new(uid, attributes, parents).expect("attributes are values")
        });
        entities.collect()
    }
}

fn boolean(value: &Value) -> RestrictedExpression {
    RestrictedExpression::new_bool(*value == true)
}

fn text(value: &Value) -> RestrictedExpression {
    RestrictedExpression::new_string(value.as_str().expect("a string").to_string())
}

fn reference(uid: EntityUid) -> RestrictedExpression {
    RestrictedExpression::new_entity_uid(uid)
}

fn datetime(milliseconds: i64) -> RestrictedExpression {
    let time = jiff::Timestamp::from_millisecond(milliseconds).expect("a time");
    RestrictedExpression::new_datetime(time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}
