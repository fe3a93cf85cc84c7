//! A request by names.

use std::collections::BTreeMap;
use std::sync::Arc;

use smol_str::SmolStr;

use crate::data::{Entity, check_entity};
use crate::fit::may_exist;
use crate::json::{RequestError, RequestErrorKind, check_applies, check_context, check_external, unresolved};
use crate::outcome::Query;
use crate::types::{ActionId, EntityTypeId};
use crate::value::{EntityUid, Value};
use crate::verify::Verified;

/// Who does what on what, by names; types and actions in full or, where unique, without module.
#[derive(Clone, Debug)]
pub struct Request {
    principal: (SmolStr, SmolStr),
    action: SmolStr,
    resource: (SmolStr, SmolStr),
    context: Value,
    external: Vec<((SmolStr, SmolStr), Entity)>,
}

impl Request {
    /// A request with an empty context. Entities are pairs of type and id.
    pub fn new(principal: (&str, &str), action: &str, resource: (&str, &str)) -> Request {
        let names = |(ty, id): (&str, &str)| (SmolStr::new(ty), SmolStr::new(id));
        Request {
            principal: names(principal),
            action: action.into(),
            resource: names(resource),
            context: Value::Record(Arc::new(BTreeMap::new())),
            external: Vec::new(),
        }
    }

    /// With this context, a [`Value::Record`].
    pub fn with(mut self, context: Value) -> Request {
        self.context = context;
        self
    }

    /// With what is known about an entity of an external type.
    pub fn with_entity(mut self, ty: &str, id: &str, entity: Entity) -> Request {
        self.external.push(((ty.into(), id.into()), entity));
        self
    }

    /// In the terms of a Program, checked.
    pub fn query(&self, program: &Verified, now: i64) -> Result<Query, RequestError> {
        let principal = entity(program, "principal", &self.principal)?;
        let action = action(program, &self.action)?;
        let resource = entity(program, "resource", &self.resource)?;
        let applies = check_applies(program, &principal, action, &resource)?;
        check_context(program, applies, &self.context)?;
        let mut external = Vec::with_capacity(self.external.len());
        for (name, given) in &self.external {
            let uid = entity(program, "entities", name)?;
            check_entity(&program.schema, &uid, given).map_err(|error| {
                RequestError::new(RequestErrorKind::BadEntities, "entities", error.to_string())
            })?;
            let mut given = given.clone();
            given.parents.sort_unstable();
            given.parents.dedup();
            external.push((uid, given));
        }
        let external = check_external(program, external)?;
        Ok(Query { principal, action, resource, context: self.context.clone(), external, now })
    }
}

/// An entity by type and id.
pub(super) fn entity(
    program: &Verified,
    path: &str,
    (ty, id): &(SmolStr, SmolStr),
) -> Result<EntityUid, RequestError> {
    let ty = match program.names().entity_types.get(ty) {
        Ok(ty) => EntityTypeId(ty),
        Err(why) => {
            let message = unresolved("entity type", ty, why);
            return Err(RequestError::new(RequestErrorKind::BadEntity, path, message));
        }
    };
    let uid = EntityUid { ty, id: id.clone() };
    if may_exist(&program.schema, &uid) {
        return Ok(uid);
    }
    let message = format!("there is no `{}`: its type lists all its ids", program.names().entity(&uid));
    Err(RequestError::new(RequestErrorKind::BadEntity, path, message))
}

/// An action by name.
pub(super) fn action(program: &Verified, name: &str) -> Result<ActionId, RequestError> {
    match program.names().actions.get(name) {
        Ok(action) => Ok(ActionId(action)),
        Err(why) => {
            Err(RequestError::new(RequestErrorKind::UnknownAction, "action", unresolved("action", name, why)))
        }
    }
}
