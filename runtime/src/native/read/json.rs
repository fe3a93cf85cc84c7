//! A request's JSON text, in one pass.

use std::cell::Cell;
use std::ops::Range;

use jiter::{Jiter, Peek};
use smol_str::SmolStr;

use super::plan::{Record, Shape};
use super::write::{Elements, Entries, Writer, finish};
use super::{Asked, check_applies};
use crate::types::{ActionId, EntityTypeId};

thread_local! {
    /// Where strings with escapes are decoded; cleared before each.
    static TAPE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// A tape that has grown larger is not kept.
const LARGEST_TAPE: usize = 1 << 16;

/// The parts of a request that are read here.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Principal,
    Action,
    Resource,
    Context,
}

impl Part {
    #[inline]
    fn of(key: &str) -> Option<Part> {
        Some(match key {
            "principal" => Part::Principal,
            "action" => Part::Action,
            "resource" => Part::Resource,
            "context" => Part::Context,
            _ => return None,
        })
    }
}

/// Reads `{"principal", "action", "resource", "context"?}`, in any order.
pub(super) fn request(writer: &mut Writer<'_, '_>, text: &str) -> Option<Asked> {
    // A thread that is about to end has no tape any more.
    let tape = TAPE.try_with(Cell::take).unwrap_or_default();
    let mut reader = Reader { json: Jiter::with_tape(text.as_bytes(), tape), writer };
    let asked = reader.request(text);
    let tape = reader.json.into_tape();
    if tape.capacity() <= LARGEST_TAPE {
        let _ = TAPE.try_with(|kept| kept.set(tape));
    }
    asked
}

struct Reader<'t, 'w, 'i, 'c> {
    json: Jiter<'t>,
    writer: &'w mut Writer<'i, 'c>,
}

impl<'t> Reader<'t, '_, '_, '_> {
    fn request(&mut self, text: &'t str) -> Option<Asked> {
        let (mut principal, mut resource) = (None, None);
        let (mut action, mut context, mut skipped) = (None, None, None);
        let mut part = self.json.next_object().ok()?.map(Part::of);
        while let Some(known) = part {
            match known? {
                Part::Principal if principal.is_none() => principal = Some(self.any_entity()?),
                Part::Resource if resource.is_none() => resource = Some(self.any_entity()?),
                Part::Action if action.is_none() => {
                    action = Some(self.writer.action(self.json.next_str().ok()?)?);
                }
                Part::Context if context.is_none() && skipped.is_none() => match action {
                    Some(action) => {
                        let peek = self.json.peek().ok()?;
                        context = Some(self.context(peek, action)?);
                    }
                    None => skipped = Some(self.skip()?),
                },
                _ => return None,
            }
            part = self.json.next_key().ok()?.map(Part::of);
        }
        self.json.finish().ok()?;
        let ((principal, action), resource) = (principal.zip(action)?, resource?);
        let (applies, record) = self.writer.context_of(action)?;
        check_applies(applies, principal.0, resource.0)?;
        let context = match (context, skipped) {
            (Some(context), _) => context,
            (None, Some(place)) => self.skipped(text.get(place)?, action)?,
            (None, None) => finish(record, self.writer.record(record))?,
        };
        Some(Asked { principal, action, resource, context })
    }

    /// Steps over a value, and says where it stands.
    fn skip(&mut self) -> Option<Range<usize>> {
        let peek = self.json.peek().ok()?;
        let start = self.json.current_index();
        self.json.known_skip(peek).ok()?;
        Some(start..self.json.current_index())
    }

    /// A context that was stepped over, because the action came after it. Nothing else is read any more.
    fn skipped(&mut self, text: &'t str, action: ActionId) -> Option<u64> {
        let read = std::mem::replace(&mut self.json, Jiter::new(&[]));
        self.json = Jiter::with_tape(text.as_bytes(), read.into_tape());
        let peek = self.json.peek().ok()?;
        let context = self.context(peek, action)?;
        self.json.finish().ok()?;
        Some(context)
    }

    fn context(&mut self, peek: Peek, action: ActionId) -> Option<u64> {
        let (_, record) = self.writer.context_of(action)?;
        self.record(peek, record)
    }

    fn value(&mut self, peek: Peek, shape: &Shape) -> Option<u64> {
        match (peek, shape) {
            (Peek::String, _) => {
                let text = self.json.known_str().ok()?;
                self.writer.string(shape, text)
            }
            (Peek::True | Peek::False, Shape::Bool) => self.json.known_bool(peek).ok().map(u64::from),
            (Peek::Object, Shape::Record(record)) => self.record(peek, record),
            (Peek::Object, Shape::Map(of)) => self.map(of),
            (Peek::Object, Shape::Entity(types)) => {
                let (ty, word) = self.entity_object()?;
                types.contains(ty).then_some(word)
            }
            (Peek::Array, Shape::Set(element)) => self.set(element),
            (peek, Shape::Int | Shape::Decimal) if peek.is_num() => {
                let text = self.json.known_number_bytes(peek).ok()?;
                self.writer.number(shape, std::str::from_utf8(text).ok()?)
            }
            _ => None,
        }
    }

    fn record(&mut self, peek: Peek, plan: &Record) -> Option<u64> {
        if peek != Peek::Object {
            return None;
        }
        let mut row = self.writer.record(plan);
        let mut key = self.json.known_object().ok()?.map(|key| plan.names.find(key));
        while let Some(at) = key {
            let at = at? as usize;
            let shape = &plan.fields.get(at)?.shape;
            let peek = self.json.peek().ok()?;
            let word = self.value(peek, shape)?;
            row.put(at, word)?;
            key = self.json.next_key().ok()?.map(|key| plan.names.find(key));
        }
        finish(plan, row)
    }

    fn map(&mut self, of: &Shape) -> Option<u64> {
        let mut entries = Entries::new();
        let mut key = match self.json.known_object().ok()? {
            Some(key) => Some(self.writer.text(key)),
            None => None,
        };
        while let Some(word) = key {
            let peek = self.json.peek().ok()?;
            let value = self.value(peek, of)?;
            entries.push((word, value));
            key = match self.json.next_key().ok()? {
                Some(key) => Some(self.writer.text(key)),
                None => None,
            };
        }
        self.writer.map(entries)
    }

    fn set(&mut self, element: &Shape) -> Option<u64> {
        let mut elements = Elements::new();
        let mut next = self.json.known_array().ok()?;
        while let Some(peek) = next {
            elements.push(self.value(peek, element)?);
            next = self.json.array_step().ok()?;
        }
        self.writer.set(elements)
    }

    /// An entity of any type, in one of both forms.
    fn any_entity(&mut self) -> Option<(EntityTypeId, u64)> {
        match self.json.peek().ok()? {
            Peek::String => {
                let text = self.json.known_str().ok()?;
                self.writer.spelt_entity(text)
            }
            Peek::Object => self.entity_object(),
            _ => None,
        }
    }

    /// `{"type": "User", "id": "ann"}`, in either order.
    fn entity_object(&mut self) -> Option<(EntityTypeId, u64)> {
        let (mut ty, mut id) = (None, None);
        // Where the type comes second, its id has to wait for it.
        let mut waiting = None;
        let is_type = |key: &str| match key {
            "type" => Some(true),
            "id" => Some(false),
            _ => None,
        };
        let mut key = self.json.known_object().ok()?.map(is_type);
        while let Some(known) = key {
            let peek = self.json.peek().ok()?;
            if peek != Peek::String {
                return None;
            }
            let text = self.json.known_str().ok()?;
            match (known?, ty) {
                (true, None) => ty = Some(EntityTypeId(self.writer.plans().types.find(text)?)),
                (false, _) if id.is_some() || waiting.is_some() => return None,
                (false, Some(ty)) => id = Some(self.writer.entity(ty, text)?),
                (false, None) => waiting = Some(SmolStr::new(text)),
                (true, Some(_)) => return None,
            }
            key = self.json.next_key().ok()?.map(is_type);
        }
        let ty = ty?;
        let word = match (id, waiting) {
            (Some(word), _) => word,
            (None, waiting) => self.writer.entity(ty, &waiting?)?,
        };
        Some((ty, word))
    }
}
