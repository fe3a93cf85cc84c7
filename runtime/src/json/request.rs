//! Requests. One that makes no sense is an error, not a deny (DESIGN 2.3, rule 8), and none sets the clock (rule 4).

use std::sync::Arc;

use super::data::entity_row;
use super::tree::{Json, Kind, Member, read};
use super::value::{Step, Typing, did_you_mean, shortened};
use crate::data::{Bulk, Entity, find_cycle};
use crate::fit::fits;
use crate::literal::parse_datetime;
use crate::names::closest;
use crate::outcome::Query;
use crate::types::{ActionId, Applies, RecordType, Type};
use crate::value::{EntityUid, Value};
use crate::verify::Verified;

/// Where a decision's time comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// This time; a request that brings its own is refused.
    At(i64),
    /// The request's `now` if it has one, for replays whose requests are trusted; else this time.
    TrustRequest(i64),
}

/// What kind of nonsense a request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RequestErrorKind {
    /// It is no JSON.
    BadJson,
    /// It has a key that requests do not have.
    UnknownKey,
    /// It lacks `principal`, `action` or `resource`.
    MissingKey,
    /// The principal or resource is no entity of the schema.
    BadEntity,
    /// No action has this name.
    UnknownAction,
    /// The action only groups others.
    ActionGroup,
    /// The action does not apply to these types.
    NotApplicable,
    /// The context is not of the action's type.
    BadContext,
    /// The entities that came along do not fit.
    BadEntities,
    /// It brings a time, and nobody said to trust it.
    NowRefused,
    /// Its time is no Datetime.
    BadNow,
    /// It was made for an earlier state of the engine.
    StaleHandle,
}

impl RequestErrorKind {
    /// Its name in output: `unknown_action`.
    pub fn code(self) -> &'static str {
        match self {
            RequestErrorKind::BadJson => "bad_json",
            RequestErrorKind::UnknownKey => "unknown_key",
            RequestErrorKind::MissingKey => "missing_key",
            RequestErrorKind::BadEntity => "bad_entity",
            RequestErrorKind::UnknownAction => "unknown_action",
            RequestErrorKind::ActionGroup => "action_group",
            RequestErrorKind::NotApplicable => "not_applicable",
            RequestErrorKind::BadContext => "bad_context",
            RequestErrorKind::BadEntities => "bad_entities",
            RequestErrorKind::NowRefused => "now_refused",
            RequestErrorKind::BadNow => "bad_now",
            RequestErrorKind::StaleHandle => "stale_handle",
        }
    }
}

/// Why a request has no decision.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", if .path.is_empty() { String::new() } else { format!("`{}`: ", .path) })]
pub struct RequestError {
    /// What kind.
    pub kind: RequestErrorKind,
    /// What is wrong and what would be right.
    pub message: String,
    /// `context.device.managed`; empty for the request as a whole.
    pub path: String,
}

impl RequestError {
    pub(crate) fn new(kind: RequestErrorKind, path: &str, message: impl Into<String>) -> Self {
        RequestError { kind, message: message.into(), path: path.to_owned() }
    }
}

/// Reads `{"principal", "action", "resource", "context"?, "entities"?, "now"?}`.
pub fn read_request(program: &Verified, text: &str, clock: Clock) -> Result<Query, RequestError> {
    const KEYS: [&str; 6] = ["principal", "action", "resource", "context", "entities", "now"];
    let json = read(text).map_err(|fault| {
        let message = format!("{} (at byte {})", fault.message, fault.at);
        RequestError::new(RequestErrorKind::BadJson, "", message)
    })?;
    let Kind::Object(members) = &json.kind else {
        return Err(RequestError::new(RequestErrorKind::BadJson, "", "a request is an object"));
    };
    for Member { key, .. } in members {
        if !KEYS.contains(&key.as_str()) {
            let hint = did_you_mean(closest(key, KEYS.into_iter()));
            let message = format!("a request has no key `{}`{hint}", shortened(key));
            return Err(RequestError::new(RequestErrorKind::UnknownKey, "", message));
        }
    }
    let get = |key: &str| members.iter().find(|member| member.key == key).map(|member| &member.value);
    let need = |key: &str| {
        get(key).ok_or_else(|| {
            RequestError::new(RequestErrorKind::MissingKey, "", format!("a request needs `{key}`"))
        })
    };
    let mut typing = Typing::new(&program.schema, program.names());
    let principal =
        read_part(&mut typing, RequestErrorKind::BadEntity, "principal", need("principal")?, Typing::entity)?;
    let action = read_action(&mut typing, need("action")?)?;
    let resource =
        read_part(&mut typing, RequestErrorKind::BadEntity, "resource", need("resource")?, Typing::entity)?;
    let applies = check_applies(program, &principal, action, &resource)?;
    let empty = Json { at: 0, kind: Kind::Object(Vec::new()) };
    let context = get("context").unwrap_or(&empty);
    let context =
        read_part(&mut typing, RequestErrorKind::BadContext, "context", context, |typing, json| {
            typing.record(json, &applies.context)
        })?;
    let external = match get("entities") {
        None => Vec::new(),
        Some(json) => {
            let entities =
                read_part(&mut typing, RequestErrorKind::BadEntities, "entities", json, read_entities)?;
            check_external(program, entities)?
        }
    };
    let now = read_now(get("now"), clock)?;
    Ok(Query { principal, action, resource, context: Value::Record(Arc::new(context)), external, now })
}

/// Reads one part; its first fault is the error.
fn read_part<'t, T>(
    typing: &mut Typing<'t>,
    kind: RequestErrorKind,
    key: &str,
    json: &Json<'_>,
    read: impl FnOnce(&mut Typing<'t>, &Json<'_>) -> Option<T>,
) -> Result<T, RequestError> {
    let value = typing.within(Step::Field(key.into()), |typing| read(typing, json));
    match (value, typing.faults.drain(..).next()) {
        (Some(value), None) => Ok(value),
        (_, Some(fault)) => Err(RequestError { kind, message: fault.message, path: fault.path }),
        (None, None) => Err(RequestError::new(kind, key, "this does not fit")),
    }
}

fn read_action(typing: &mut Typing<'_>, json: &Json<'_>) -> Result<ActionId, RequestError> {
    read_part(typing, RequestErrorKind::UnknownAction, "action", json, |typing, json| match &json.kind {
        Kind::String(name) => typing.action(json.at, name),
        _ => typing.expected(json, "the name of an action as a string"),
    })
}

/// What an action applies to, if it applies to entities of these types.
pub(crate) fn check_applies<'p>(
    program: &'p Verified,
    principal: &EntityUid,
    action: ActionId,
    resource: &EntityUid,
) -> Result<&'p Applies, RequestError> {
    let names = program.names();
    let Some(declared) = program.schema.actions.get(action.index()) else {
        return Err(RequestError::new(RequestErrorKind::UnknownAction, "action", "there is no such action"));
    };
    let Some(applies) = &declared.applies else {
        let message = format!("action `{}` only groups others: name one of those", names.action(action));
        return Err(RequestError::new(RequestErrorKind::ActionGroup, "action", message));
    };
    let sides = [
        ("principal", principal, &applies.principals, "is not done by a"),
        ("resource", resource, &applies.resources, "is not done on a"),
    ];
    for (path, uid, types, verb) in sides {
        if !types.contains(uid.ty) {
            let of: Vec<_> = types.iter().map(|ty| format!("`{}`", names.entity_type(ty))).collect();
            let message = format!(
                "action `{}` {verb} `{}`, but {} {}",
                names.action(action),
                names.entity_type(uid.ty),
                if path == "principal" { "by" } else { "on" },
                of.join(" or ")
            );
            return Err(RequestError::new(RequestErrorKind::NotApplicable, path, message));
        }
    }
    Ok(applies)
}

/// Checks a context that did not come as JSON.
pub(crate) fn check_context(
    program: &Verified,
    applies: &Applies,
    context: &Value,
) -> Result<(), RequestError> {
    let fault = |path: String, message: String| {
        Err(RequestError { kind: RequestErrorKind::BadContext, message, path })
    };
    let Value::Record(fields) = context else {
        return fault("context".to_owned(), "a context is a record".to_owned());
    };
    for (name, value) in fields.iter() {
        match applies.context.field(name) {
            None => return Err(unknown_field("context", &applies.context, name)),
            Some((_, field)) if !fits(&program.schema, value, &field.ty) => {
                return fault(
                    format!("context.{name}"),
                    "the value does not have the field's type".to_owned(),
                );
            }
            Some(_) => {}
        }
    }
    match applies.context.fields().iter().find(|field| !field.optional && !fields.contains_key(&field.name)) {
        Some(field) => fault("context".to_owned(), format!("the field `{}` is missing", field.name)),
        None => Ok(()),
    }
}

/// The error for a field that a record of the context has not.
pub(crate) fn unknown_field(path: &str, record: &RecordType, name: &str) -> RequestError {
    let hint = did_you_mean(closest(name, record.fields().iter().map(|field| field.name.as_str())));
    let message = format!("there is no field `{}`{hint}", shortened(name));
    RequestError::new(RequestErrorKind::BadContext, path, message)
}

/// What a text means for a part of the context of this type, as if it stood in JSON.
pub(crate) fn read_string(
    program: &Verified,
    path: &str,
    ty: &Type,
    text: &str,
) -> Result<Value, RequestError> {
    let json = Json { at: 0, kind: Kind::String(text.into()) };
    let mut typing = Typing::new(&program.schema, program.names());
    let read = |typing: &mut Typing<'_>, json: &Json<'_>| typing.value(json, ty);
    read_part(&mut typing, RequestErrorKind::BadContext, path, &json, read)
}

fn read_entities(typing: &mut Typing<'_>, json: &Json<'_>) -> Option<Vec<(EntityUid, Entity)>> {
    let Kind::Array(elements) = &json.kind else { return typing.expected(json, "an array of entities") };
    let mut entities = Vec::with_capacity(elements.len());
    for (index, element) in elements.iter().enumerate() {
        entities.push(typing.within(Step::Element(index), |typing| entity_row(typing, element))?);
    }
    Some(entities)
}

/// Checks the entities that come with a request: of external types, each once, without a cycle; sorted.
pub(crate) fn check_external(
    program: &Verified,
    entities: Vec<(EntityUid, Entity)>,
) -> Result<Vec<(EntityUid, Arc<Entity>)>, RequestError> {
    let names = program.names();
    let refuse = |message| Err(RequestError::new(RequestErrorKind::BadEntities, "entities", message));
    let mut bulk = Bulk::new(&program.schema);
    let mut external = Vec::with_capacity(entities.len());
    for (uid, entity) in entities {
        if !program.schema.entity_types.get(uid.ty.index()).is_some_and(|ty| ty.external) {
            let spelt = names.entity(&uid);
            return refuse(format!(
                "`{spelt}` is not of an external type: what is known about it comes from the data alone"
            ));
        }
        if bulk.insert_new(uid.clone(), entity.clone()).is_err() {
            return refuse(format!("`{}` is here twice", names.entity(&uid)));
        }
        external.push((uid, Arc::new(entity)));
    }
    if let Some(cycle) = find_cycle(&bulk.into_data()) {
        let spelt: Vec<_> =
            cycle.iter().chain(cycle.first()).map(|uid| format!("`{}`", names.entity(uid))).collect();
        return refuse(format!("the hierarchy would have a cycle: {}", spelt.join(" in ")));
    }
    external.sort_by(|(a, _), (b, _)| a.cmp(b));
    Ok(external)
}

fn read_now(json: Option<&Json<'_>>, clock: Clock) -> Result<i64, RequestError> {
    let refuse = |kind, message: String| Err(RequestError::new(kind, "now", message));
    match (clock, json) {
        (Clock::At(now) | Clock::TrustRequest(now), None) => Ok(now),
        (Clock::At(_), Some(_)) => {
            refuse(RequestErrorKind::NowRefused, "a request does not set the time of its decision".to_owned())
        }
        (Clock::TrustRequest(_), Some(Json { kind: Kind::String(text), .. })) => match parse_datetime(text) {
            Ok(now) => Ok(now),
            Err(error) => refuse(RequestErrorKind::BadNow, format!("`{}`: {error}", shortened(text))),
        },
        (Clock::TrustRequest(_), Some(json)) => refuse(
            RequestErrorKind::BadNow,
            format!("expected a Datetime as a string, found {}", json.describe()),
        ),
    }
}
