//! What a reverse question takes as given, and its answers are for.

use std::collections::BTreeMap;
use std::sync::Arc;

use smol_str::SmolStr;

use crate::data::{Entity, check_entity};
use crate::json::{
    RequestError, RequestErrorKind, check_context, check_external, context_fields, read_context,
};
use crate::names::closest;
use crate::types::Applies;
use crate::value::{EntityUid, Value};
use crate::verify::Verified;

/// The context and the time that a question is about. An answer says who is allowed *in this context and at this time*, and nothing about
/// others: whether there is some context in which somebody would be allowed is another question, and not one that is asked here.
#[derive(Clone, Debug)]
pub struct InContext {
    context: Given,
    pub(super) now: Option<i64>,
    external: Vec<((SmolStr, SmolStr), Entity)>,
}

#[derive(Clone, Debug)]
enum Given {
    Value(Value),
    Json(String),
}

impl InContext {
    /// In the empty context, which only actions have that declare no field or optional ones only.
    pub fn empty() -> InContext {
        InContext::value(Value::Record(Arc::new(BTreeMap::new())))
    }

    /// In this context, a [`Value::Record`].
    pub fn value(context: Value) -> InContext {
        InContext { context: Given::Value(context), now: None, external: Vec::new() }
    }

    /// In the context that this JSON object spells. It is read when it is known for which action.
    pub fn json(context: impl Into<String>) -> InContext {
        InContext { context: Given::Json(context.into()), now: None, external: Vec::new() }
    }

    /// At this time, in milliseconds since 1970-01-01T00:00:00Z, instead of that of the engine's clock.
    pub fn at(mut self, now: i64) -> InContext {
        self.now = Some(now);
        self
    }

    /// With what is known about an entity of an external type; it is a candidate, too.
    pub fn with_entity(mut self, ty: &str, id: &str, entity: Entity) -> InContext {
        self.external.push(((ty.into(), id.into()), entity));
        self
    }

    /// The context of an action, which must have exactly these fields.
    pub(super) fn context(&self, program: &Verified, applies: &Applies) -> Result<Value, RequestError> {
        match &self.context {
            Given::Json(text) => read_context(program, &applies.context, text, false),
            Given::Value(context) => {
                check_context(program, applies, context)?;
                Ok(context.clone())
            }
        }
    }

    /// The context of an action, from those fields that it declares.
    pub(super) fn declared(&self, program: &Verified, applies: &Applies) -> Result<Value, RequestError> {
        match &self.context {
            Given::Json(text) => read_context(program, &applies.context, text, true),
            Given::Value(Value::Record(fields)) => {
                let declared = fields.iter().filter(|(name, _)| applies.context.field(name).is_some());
                let declared = declared.map(|(name, value)| (name.clone(), value.clone())).collect();
                let context = Value::Record(Arc::new(declared));
                check_context(program, applies, &context)?;
                Ok(context)
            }
            Given::Value(context) => check_context(program, applies, context).map(|()| context.clone()),
        }
    }

    /// That each field is declared by one of the actions at least.
    pub(super) fn check_fields<'p>(
        &self,
        actions: impl Iterator<Item = &'p Applies> + Clone,
    ) -> Result<(), RequestError> {
        let names = match &self.context {
            Given::Json(text) => context_fields(text)?,
            Given::Value(Value::Record(fields)) => fields.keys().cloned().collect(),
            Given::Value(_) => Vec::new(),
        };
        for name in names {
            if actions.clone().all(|applies| applies.context.field(&name).is_none()) {
                let known = actions.flat_map(|applies| applies.context.fields());
                let hint = closest(&name, known.map(|field| field.name.as_str()));
                let hint = hint.map(|hint| format!(": did you mean `{hint}`?")).unwrap_or_default();
                let message = format!("no action between the two declares a field `{name}`{hint}");
                return Err(RequestError::new(RequestErrorKind::BadContext, "context", message));
            }
        }
        Ok(())
    }

    /// The external entities in the Program's terms, sorted.
    pub(super) fn external(&self, program: &Verified) -> Result<Vec<(EntityUid, Arc<Entity>)>, RequestError> {
        let mut external = Vec::with_capacity(self.external.len());
        for (name, given) in &self.external {
            let uid = super::super::request::entity(program, "entities", (&name.0, &name.1))?;
            check_entity(&program.schema, &uid, given).map_err(|error| {
                RequestError::new(RequestErrorKind::BadEntities, "entities", error.to_string())
            })?;
            let mut given = given.clone();
            given.parents.sort_unstable();
            given.parents.dedup();
            external.push((uid, given));
        }
        check_external(program, external)
    }
}
