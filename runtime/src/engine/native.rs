//! Native code as an engine uses it: linked anew with each snapshot of the data, and asked first.
//!
//! Entities keep their numbers from one snapshot to the next because each is linked after the one before. Where that chain is
//! broken (data for which native code is not made, and then data for which it is again) a new numbering begins, and numbers of an
//! old one are not looked at: they could be another entity's.

use std::sync::Arc;

use super::execution::Word;
use super::handle::{IdRequest, next_generation};
use super::request::Request;
use crate::data::{Changes, Data};
use crate::native::{Code, Image, PreparedContext, decide, decide_ids, decide_json, decide_names, outcome};
use crate::outcome::{Decision, Outcome, Query};
use crate::params::Params;
use crate::types::{ActionId, EntityTypeId};
use crate::value::{EntityUid, Value};
use crate::verify::Verified;

/// A Program's code, with one snapshot if that fits.
pub(super) struct Linked {
    code: Arc<Code>,
    image: Option<Image>,
    /// Never 0.
    numbering: u64,
}

/// A context as words.
#[derive(Clone)]
pub(super) struct PreparedWords(Arc<PreparedContext>);

impl std::fmt::Debug for PreparedWords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PreparedWords")
    }
}

impl Linked {
    /// `None` if native code is not made for this Program or machine.
    pub fn new(program: &Verified, params: &Params, data: &Data) -> Option<Linked> {
        let code = Arc::new(Code::compile(program).ok()?);
        let image = Image::link(&code, params.values(), data, None).ok();
        Some(Linked { code, image, numbering: next_generation() })
    }

    /// The same code with other data.
    pub fn relink(&self, params: &Params, data: &Data) -> Linked {
        let image = Image::link(&self.code, params.values(), data, self.image.as_ref()).ok();
        let numbering = if self.image.is_some() { self.numbering } else { next_generation() };
        Linked { code: Arc::clone(&self.code), image, numbering }
    }

    /// The same code with data that differs in `changes`. Linked whole where that costs less, or where too many names would be kept
    /// that nothing has any more.
    pub fn update(&self, params: &Params, changes: &Changes, data: &Data) -> Linked {
        let Some(image) = &self.image else { return self.relink(params, data) };
        if image.is_worn() {
            let image = Image::link(&self.code, params.values(), data, None).ok();
            return Linked { code: Arc::clone(&self.code), image, numbering: next_generation() };
        }
        let held: usize = data.entities.iter().map(|entities| entities.len()).sum();
        if changes.entities().len() > held / 2 {
            return self.relink(params, data);
        }
        match image.apply(changes, data) {
            Ok(image) => {
                Linked { code: Arc::clone(&self.code), image: Some(image), numbering: self.numbering }
            }
            Err(_) => self.relink(params, data),
        }
    }

    pub fn is_linked(&self) -> bool {
        self.image.is_some()
    }

    pub fn word(&self, uid: &EntityUid) -> Word {
        match self.image.as_ref().and_then(|image| image.find(uid)) {
            Some(number) => Word { numbering: self.numbering, number },
            None => Word::default(),
        }
    }

    pub fn prepare(&self, action: ActionId, context: &Value) -> Option<PreparedWords> {
        let prepared = PreparedContext::new(self.image.as_ref()?, action, context).ok()?;
        Some(PreparedWords(Arc::new(prepared)))
    }

    pub fn outcome(&self, query: &Query) -> Option<Outcome> {
        outcome(self.image.as_ref()?, query).ok()
    }

    pub fn decide(&self, query: &Query) -> Option<Decision> {
        decide(self.image.as_ref()?, query).ok()
    }

    pub fn decide_json(&self, request: &str, now: i64) -> Option<Decision> {
        decide_json(self.image.as_ref()?, request, now)
    }

    pub fn decide_names(&self, request: &Request<'_>, now: i64) -> Option<Decision> {
        decide_names(self.image.as_ref()?, request, now)
    }

    pub fn decide_ids(&self, program: &Verified, request: IdRequest<'_>, now: i64) -> Option<Decision> {
        let image = self.image.as_ref()?;
        let number = |word: Word| {
            (word.numbering == self.numbering && image.knows(word.number)).then_some(word.number)
        };
        let (principal, resource) = (number(request.principal.word)?, number(request.resource.word)?);
        let action = request.action.action;
        let applies = program.schema.actions.get(action.index())?.applies.as_ref()?;
        let ty = |number: u64| EntityTypeId((number >> 32) as u32);
        if !applies.principals.contains(ty(principal)) || !applies.resources.contains(ty(resource)) {
            // The slow way has the words for it.
            return None;
        }
        let context = request.context.prepared.words.as_ref()?;
        decide_ids(image, principal, action, resource, &context.0, now).ok()
    }
}
