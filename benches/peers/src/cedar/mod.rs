//! The applications in Cedar: policies and schemas in `cedar/`, entities made from the same data.
//!
//! Everything that its API lets one prepare is prepared: the policy set is parsed and validated, the hierarchy is closed, requests at
//! the ids boundary exist with their contexts. What remains is `Authorizer::is_authorized`.

mod drive;
mod forge;

use std::collections::{HashMap, HashSet};
use std::str::FromStr;

use assize_examples::App;
use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid, PolicySet, Request,
    RestrictedExpression, Schema, ValidationMode, Validator,
};
use indexmap::IndexMap;
use serde_json::Value;

use crate::store::{Store, Uid};

/// Policies and entities, ready to decide.
pub struct Cedar {
    authorizer: Authorizer,
    policies: PolicySet,
    entities: Entities,
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
            App::Todo | App::Payroll => panic!("{} is not written in Cedar", store.app),
        };
        let (schema, warnings) = Schema::from_cedarschema_str(schema).expect("the schema is a schema");
        assert_eq!(warnings.count(), 0, "the schema has warnings");
        let policies = PolicySet::from_str(policies).expect("the policies parse");
        let validation = Validator::new(schema.clone()).validate(&policies, ValidationMode::Strict);
        assert!(validation.validation_passed_without_warnings(), "the policies are not valid: {validation}");
        let entities = Entities::from_entities(entities, Some(&schema)).expect("the entities fit the schema");
        Cedar { authorizer: Authorizer::new(), policies, entities }
    }

    /// Whether the request is allowed.
    pub fn decide(&self, request: &Request) -> bool {
        self.authorizer.is_authorized(request, &self.policies, &self.entities).decision() == Decision::Allow
    }
}

/// All requests with their contexts. `now` is part of the context, as Cedar wants it.
pub fn requests(store: &Store, now: i64) -> Vec<Request> {
    let requests = store.requests.iter().map(|request| {
        let action = uid("Action", &request.action);
        let context = context(store.app, &request.context, now);
        Request::new(cedar_uid(&request.principal), action, cedar_uid(&request.resource), context, None)
            .expect("a request without a schema is not checked")
    });
    requests.collect()
}

/// The context of a request.
fn context(app: App, json: &Value, now: i64) -> Context {
    let pairs = match app {
        App::Drive => drive::context(json, now),
        _ => forge::context(json),
    };
    Context::from_pairs(pairs).expect("contexts have no repeated fields")
}

fn uid(ty: &str, id: &str) -> EntityUid {
    let ty = EntityTypeName::from_str(ty).expect("generated types are identifiers");
    EntityUid::from_type_name_and_id(ty, EntityId::new(id))
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
