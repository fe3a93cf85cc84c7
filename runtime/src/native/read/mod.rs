//! Requests in text, straight into words.
//!
//! ```text
//! Plans      prepared from the schema: what names and fields are called, and how a context looks as words (`plan`, `lexicon`)
//! json       a text, in one pass            ┐
//! given      fields that a service gives    ├──> Writer ──> words, cells in the decision's own memory (`write`, `cells`)
//! value      a `Value`                      ┘
//! ```
//! All of it answers `None` as soon as something is not as it should be, or merely rare. The caller then goes the careful way
//! (`json/request.rs`, `engine/request.rs`), which alone knows what is wrong and how to say it. So whatever is read here must be
//! exactly what the careful way reads, and nothing that it refuses may be read at all: `tests` compares them.

mod cells;
mod given;
mod json;
pub(super) mod lexicon;
mod plan;
mod route;
#[cfg(test)]
mod tests;
mod value;
mod write;

use super::decide::fast;
use super::frame::{Frame, Words};
use super::image::Image;
use super::prefetch::prefetch_text;
use crate::engine::{Given, Request, Told};
use crate::outcome::Decision;
use crate::types::{ActionId, Applies, EntityTypeId, Environment};

use cells::Room;
pub(super) use plan::Plans;
use write::Writer;
use write::finish;

/// Contexts of so many words, all cells together, take no memory of their own.
const FEW_WORDS: usize = 32;

/// Decides a request in JSON text, if it is one that needs no care.
pub(crate) fn decide_json(image: &Image, text: &str, now: i64, told: impl Told) -> Option<Decision> {
    decide(image, now, told, |writer| json::request(writer, text))
}

/// Decides a request in names, if it is one that needs no care.
pub(crate) fn decide_names(
    image: &Image,
    request: &Request<'_>,
    now: i64,
    told: impl Told,
) -> Option<Decision> {
    decide(image, now, told, |writer| names(writer, request))
}

/// What a request is about, as words.
struct Asked {
    principal: (EntityTypeId, u64),
    action: ActionId,
    resource: (EntityTypeId, u64),
    context: u64,
}

#[inline(always)]
fn decide(
    image: &Image,
    now: i64,
    told: impl Told,
    read: impl FnOnce(&mut Writer<'_, '_>) -> Option<Asked>,
) -> Option<Decision> {
    let none = image.no_names();
    let mut frame = Frame::unasked(image, none);
    // Native code reads cells in it by address, so it stays in this place until the decision has been made.
    let mut few = [0; FEW_WORDS];
    let asked = read(&mut Writer::new(Room::new(image, none, &mut few, frame.unmade_scratch())))?;
    let words = Words {
        principal: asked.principal.1,
        resource: asked.resource.1,
        action: u64::from(asked.action.0),
        context: asked.context,
        now,
    };
    frame.ask_about_context(words);
    let class = || image.code.class(asked.action, &frame);
    let decision = told.decision(asked.principal.1, asked.action, asked.resource.1, class);
    if decision.is_some() {
        return decision;
    }
    let environment =
        Environment { principal: asked.principal.0, action: asked.action, resource: asked.resource.0 };
    frame.ask(words);
    fast(environment, &mut frame).ok()
}

#[inline(always)]
fn names(writer: &mut Writer<'_, '_>, request: &Request<'_>) -> Option<Asked> {
    let plans = writer.plans();
    if request.brings_entities() {
        return None;
    }
    let (principal, resource) = (request.principal(), request.resource());
    // Ids are what a service has just been sent, and looked at last: memory is asked for them first.
    prefetch_text(principal.1);
    prefetch_text(resource.1);
    let Environment { principal: principal_type, action, resource: resource_type } =
        match plans.routes.find(principal.0, request.action(), resource.0) {
            Some(environment) => environment,
            None => environment(writer, principal.0, request.action(), resource.0)?,
        };
    let record = writer.record_of(action)?;
    let context = match request.given() {
        Given::Absent => finish(record, writer.record(record))?,
        Given::Value(context) => value::record(writer, record, context)?,
        Given::Record(context) => given::record(writer, record, context)?,
        _ => return None,
    };
    Some(Asked {
        principal: (principal_type, writer.entity(principal_type, principal.1)?),
        action,
        resource: (resource_type, writer.entity(resource_type, resource.1)?),
        context,
    })
}

/// What these names mean, if the action applies to such entities.
#[inline(never)]
fn environment(
    writer: &Writer<'_, '_>,
    principal: &str,
    action: &str,
    resource: &str,
) -> Option<Environment> {
    let plans = writer.plans();
    let action = ActionId(plans.actions.find(action)?);
    let principal = EntityTypeId(plans.types.find(principal)?);
    let resource = EntityTypeId(plans.types.find(resource)?);
    let (applies, _) = writer.context_of(action)?;
    check_applies(applies, principal, resource)?;
    Some(Environment { principal, action, resource })
}

/// Whether an action applies to entities of these types.
fn check_applies(applies: &Applies, principal: EntityTypeId, resource: EntityTypeId) -> Option<()> {
    (applies.principals.contains(principal) && applies.resources.contains(resource)).then_some(())
}
