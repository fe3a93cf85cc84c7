//! A request by names.

use std::collections::BTreeMap;
use std::sync::Arc;

use smol_str::SmolStr;

#[cfg(feature = "jit")]
use super::fields::Given;
use super::fields::{AsRecord, read_fields};
use crate::data::{Entity, check_entity};
use crate::fit::may_exist;
use crate::json::{RequestError, RequestErrorKind, check_applies, check_context, check_external, unresolved};
use crate::outcome::Query;
use crate::types::{ActionId, EntityTypeId};
use crate::value::{EntityUid, Value};
use crate::verify::Verified;

/// Who does what on what, by names; types and actions in full or, where unique, without module. Nothing is copied.
#[derive(Clone)]
pub struct Request<'a> {
    principal: (&'a str, &'a str),
    action: &'a str,
    resource: (&'a str, &'a str),
    context: Context<'a>,
    /// Behind a pointer, since few have any: what is built for each request is small.
    external: Option<Box<External>>,
}

/// Entities that come along, by type and id.
type External = Vec<((SmolStr, SmolStr), Entity)>;

#[derive(Clone)]
enum Context<'a> {
    Empty,
    Value(Value),
    Fields(&'a (dyn AsRecord + Sync)),
}

impl std::fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Request { principal, action, resource, .. } = self;
        f.debug_struct("Request")
            .field("principal", principal)
            .field("action", action)
            .field("resource", resource)
            .finish_non_exhaustive()
    }
}

impl<'a> Request<'a> {
    /// A request with an empty context. Entities are pairs of type and id.
    #[inline]
    pub fn new(principal: (&'a str, &'a str), action: &'a str, resource: (&'a str, &'a str)) -> Request<'a> {
        Request { principal, action, resource, context: Context::Empty, external: None }
    }

    /// With this context, a [`Value::Record`].
    pub fn with(mut self, context: Value) -> Request<'a> {
        self.context = Context::Value(context);
        self
    }

    /// With these fields as context, from wherever the service has them: nothing is built for one request only.
    #[inline]
    pub fn with_fields(self, context: &'a (dyn AsRecord + Sync)) -> Request<'a> {
        // Part by part: to move it whole is to read it in other pieces than it was written in, for which processors wait.
        let Request { principal, action, resource, context: _, external } = self;
        Request { principal, action, resource, context: Context::Fields(context), external }
    }

    /// With what is known about an entity of an external type.
    pub fn with_entity(mut self, ty: &str, id: &str, entity: Entity) -> Request<'a> {
        self.external.get_or_insert_default().push(((ty.into(), id.into()), entity));
        self
    }

    /// In the terms of a Program, checked.
    pub fn query(&self, program: &Verified, now: i64) -> Result<Query, RequestError> {
        let principal = entity(program, "principal", self.principal)?;
        let action = action(program, self.action)?;
        let resource = entity(program, "resource", self.resource)?;
        let applies = check_applies(program, &principal, action, &resource)?;
        let context = match &self.context {
            Context::Empty => Value::Record(Arc::new(BTreeMap::new())),
            Context::Value(context) => context.clone(),
            Context::Fields(fields) => read_fields(program, &applies.context, "context", *fields)?,
        };
        check_context(program, applies, &context)?;
        let given = self.external.as_deref().map_or(&[][..], Vec::as_slice);
        let mut external = Vec::with_capacity(given.len());
        for ((ty, id), given) in given {
            let uid = entity(program, "entities", (ty, id))?;
            check_entity(&program.schema, &uid, given).map_err(|error| {
                RequestError::new(RequestErrorKind::BadEntities, "entities", error.to_string())
            })?;
            let mut given = given.clone();
            given.parents.sort_unstable();
            given.parents.dedup();
            external.push((uid, given));
        }
        let external = check_external(program, external)?;
        Ok(Query { principal, action, resource, context, external, now })
    }
}

/// What those see who read requests without turning them into a [`Query`].
#[cfg(feature = "jit")]
impl Request<'_> {
    #[inline(always)]
    pub(crate) fn principal(&self) -> (&str, &str) {
        self.principal
    }

    #[inline(always)]
    pub(crate) fn action(&self) -> &str {
        self.action
    }

    #[inline(always)]
    pub(crate) fn resource(&self) -> (&str, &str) {
        self.resource
    }

    /// The context: absent, a value or a record.
    pub(crate) fn given(&self) -> Given<'_> {
        match &self.context {
            Context::Empty => Given::Absent,
            Context::Value(context) => Given::Value(context),
            Context::Fields(fields) => Given::Record(*fields),
        }
    }

    pub(crate) fn brings_entities(&self) -> bool {
        self.external.is_some()
    }
}

/// An entity by type and id.
pub(super) fn entity(
    program: &Verified,
    path: &str,
    (ty, id): (&str, &str),
) -> Result<EntityUid, RequestError> {
    let ty = match program.names().entity_types.get(ty) {
        Ok(ty) => EntityTypeId(ty),
        Err(why) => {
            let message = unresolved("entity type", ty, why);
            return Err(RequestError::new(RequestErrorKind::BadEntity, path, message));
        }
    };
    let uid = EntityUid { ty, id: id.into() };
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
