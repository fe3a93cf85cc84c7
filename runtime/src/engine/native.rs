//! Native code as an engine uses it: linked anew with each snapshot of the data, and asked first.
//!
//! Entities keep their numbers from one snapshot to the next because each is linked after the one before. Data for which native
//! code is not made is passed over: what follows is linked after the last that was.

use std::sync::Arc;

use arc_swap::ArcSwapOption;

use super::handle::IdRequest;
use super::request::Request;
use super::settled::Told;
use super::{Compiling, NativeStats};
use crate::data::{Changes, Data};
use crate::native::{
    Batch, Code, Image, PreparedContext, decide, decide_ids, decide_json, decide_names, outcome,
};
use crate::outcome::{Decision, Outcome, Query};
use crate::params::Params;
use crate::program::Body;
use crate::types::{ActionId, EntityTypeId};
use crate::value::{EntityUid, Value};
use crate::verify::Verified;

/// So many requests of a batch before one is decided, memory is asked for what its decision will read.
const AHEAD: usize = 16;

/// A Program's code, with one snapshot if that fits.
#[derive(Clone)]
pub(super) struct Linked {
    code: Arc<Code>,
    image: Option<Arc<Image>>,
    /// The last that could be linked.
    last: Option<Arc<Image>>,
    /// Code is made before the first decision of a Program.
    is_ahead: bool,
}

/// A context as words, and once more for a later snapshot.
#[derive(Clone, Debug)]
pub(super) struct PreparedWords {
    pub(super) first: Arc<PreparedContext>,
    renewed: Arc<ArcSwapOption<PreparedContext>>,
}

impl Linked {
    /// `None` if native code is not made for this Program or machine.
    pub fn new(compiling: Compiling, program: &Verified, params: &Params, data: &Data) -> Option<Linked> {
        let code = Arc::new(Code::compile(program).ok()?);
        match compiling {
            Compiling::InTurn => {}
            Compiling::Behind => code.compile_behind(),
            Compiling::Ahead => code.warm(),
        }
        let is_ahead = matches!(compiling, Compiling::Ahead);
        Some(Linked { is_ahead, ..Linked::link(code, params, data, None) })
    }

    /// The same code with other data.
    pub fn relink(&self, params: &Params, data: &Data) -> Linked {
        Linked::link(Arc::clone(&self.code), params, data, self.last.clone())
    }

    fn link(code: Arc<Code>, params: &Params, data: &Data, previous: Option<Arc<Image>>) -> Linked {
        let image = Image::link(&code, params.values(), data, previous.as_deref()).ok().map(Arc::new);
        let last = image.clone().or(previous);
        Linked { code, image, last, is_ahead: false }
    }

    /// The same code with data that differs in `changes`. Linked whole where that costs less, or where too many names would be kept
    /// that nothing has any more.
    pub fn update(&self, params: &Params, changes: &Changes, data: &Data) -> Linked {
        let Some(image) = &self.image else { return self.relink(params, data) };
        if image.is_worn() {
            return Linked::link(Arc::clone(&self.code), params, data, None);
        }
        let held: usize = data.entities.iter().map(|entities| entities.len()).sum();
        if changes.entities().len() > held / 2 {
            return self.relink(params, data);
        }
        match image.apply(changes, data) {
            Ok(image) => {
                let image = Some(Arc::new(image));
                Linked { code: Arc::clone(&self.code), last: image.clone(), image, is_ahead: false }
            }
            Err(_) => self.relink(params, data),
        }
    }

    /// Whether the numbers of another mean the same here, as far as both have them.
    pub fn continues(&self, other: &Linked) -> bool {
        match (&self.last, &other.last) {
            (Some(own), Some(other)) => own.numbering() == other.numbering(),
            (_, None) => true,
            (None, Some(_)) => false,
        }
    }

    /// What is asked about contexts.
    pub fn ask_of_contexts(&self, questions: Vec<Option<Vec<Body>>>) {
        self.code.ask_of_contexts(questions);
        if self.is_ahead {
            self.code.warm_classes();
        }
    }

    /// What decisions by numbers are made over.
    pub fn image(&self) -> Option<&Image> {
        self.image.as_deref()
    }

    pub fn is_linked(&self) -> bool {
        self.image.is_some()
    }

    /// What it takes.
    pub fn stats(&self) -> Option<NativeStats> {
        let (image, is_compiling) = (self.image.as_ref()?.size(), self.code.is_compiling());
        let code = self.code.size();
        Some(NativeStats {
            entities: image.entities,
            row_bytes: image.row_bytes,
            name_bytes: image.name_bytes,
            ancestor_bytes: image.ancestor_bytes,
            cell_bytes: image.cell_bytes,
            grant_bytes: image.grant_bytes,
            environments: code.environments,
            compiled_environments: code.compiled_environments,
            indexed_policies: code.policies,
            index_bytes: code.policy_bytes,
            shapes: code.shapes,
            compiled_shapes: code.compiled,
            functions: code.functions,
            code_bytes: code.code_bytes,
            is_compiling,
            ..NativeStats::default()
        })
    }

    /// The number of an entity.
    pub fn word(&self, uid: &EntityUid) -> Option<u64> {
        self.image.as_ref()?.find(uid)
    }

    /// The entity of a number.
    pub fn uid(&self, word: u64) -> Option<EntityUid> {
        self.last.as_ref()?.uid(word)
    }

    /// How many entities of a type have numbers.
    pub fn count(&self, ty: EntityTypeId) -> usize {
        self.image.as_ref().map_or(0, |image| image.count(ty))
    }

    pub fn prepare(&self, action: ActionId, context: &Value) -> Option<PreparedWords> {
        let prepared = PreparedContext::new(self.image.as_ref()?, action, context).ok()?;
        Some(PreparedWords { first: Arc::new(prepared), renewed: Arc::default() })
    }

    pub fn outcome(&self, query: &Query) -> Option<Outcome> {
        outcome(self.image.as_ref()?, query).ok()
    }

    pub fn decide(&self, query: &Query) -> Option<Decision> {
        decide(self.image.as_ref()?, query).ok()
    }

    pub fn decide_json(&self, request: &str, now: i64, told: impl Told) -> Option<Decision> {
        decide_json(self.image.as_ref()?, request, now, told)
    }

    pub fn decide_names(&self, request: &Request<'_>, now: i64, told: impl Told) -> Option<Decision> {
        decide_names(self.image.as_ref()?, request, now, told)
    }

    /// Decides a request whose handles have words of this code.
    #[inline]
    pub fn decide_ids(&self, request: &IdRequest<'_>, now: i64) -> Option<Decision> {
        let image = self.image.as_ref()?;
        let (principal, action, resource) =
            (request.principal.word, request.action.action, request.resource.word);
        // A handle may be newer than the snapshot that is asked.
        if !image.knows(principal) | !image.knows(resource) {
            return None;
        }
        let context = request.context.prepared.words.as_ref()?;
        if context.first.is_for(image, action) {
            return decide_ids(image, principal, action, resource, &context.first, now).ok();
        }
        self.decide_renewed(image, request, now)
    }

    /// Decides requests in turn, and tells `each` whether it is allowed, or what native code says instead; `None` where it says nothing.
    #[inline]
    pub fn decide_batch<'a>(
        &self,
        generation: u64,
        requests: &[IdRequest<'a>],
        now: i64,
        mut each: impl FnMut(&IdRequest<'_>, Result<bool, Option<Decision>>),
    ) {
        let Some(image) = &self.image else {
            return requests.iter().for_each(|request| each(request, Err(None)));
        };
        let prefetch = |request: &IdRequest<'_>| {
            image.prefetch(request.principal.word);
            image.prefetch(request.resource.word);
        };
        let mut batch = Batch::new(image, now);
        let mut decide = |request: &IdRequest<'a>| {
            let decided = match &request.context.prepared.words {
                Some(context) if request.is_native(generation) => {
                    let (principal, resource) = (request.principal.word, request.resource.word);
                    batch.decide(principal, request.action.action, resource, &context.first)
                }
                _ => return each(request, Err(None)),
            };
            // Perhaps with the context in words once more.
            each(request, decided.map_err(|other| other.ok().or_else(|| self.decide_ids(request, now))));
        };
        if image.is_near() {
            return requests.iter().for_each(decide);
        }
        requests.iter().take(AHEAD).for_each(prefetch);
        let last = requests.len().saturating_sub(AHEAD);
        let (most, rest) = requests.split_at_checked(last).unwrap_or((&[], requests));
        for (request, later) in most.iter().zip(requests.iter().skip(AHEAD)) {
            prefetch(later);
            decide(request);
        }
        rest.iter().for_each(decide);
    }

    /// The same with a context that has to be put into words again.
    #[cold]
    fn decide_renewed(&self, image: &Image, request: &IdRequest<'_>, now: i64) -> Option<Decision> {
        let (principal, action, resource) =
            (request.principal.word, request.action.action, request.resource.word);
        let renewed = &request.context.prepared.words.as_ref()?.renewed;
        if let Some(context) = &*renewed.load()
            && context.is_for(image, action)
        {
            return decide_ids(image, principal, action, resource, context, now).ok();
        }
        let context = Arc::new(PreparedContext::new(image, action, &request.context.value).ok()?);
        let decision = decide_ids(image, principal, action, resource, &context, now).ok();
        renewed.store(Some(context));
        decision
    }
}
