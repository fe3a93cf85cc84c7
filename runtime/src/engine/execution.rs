//! The two engines behind one face. Where native code cannot be made, or answers that something does not fit, the interpreter decides:
//! there is one meaning.

use super::handle::IdRequest;
use super::request::Request;
use super::settled::Told;
use super::{Compiling, EngineError, EngineKind, NativeStats};
use crate::data::{Changes, Data};
use crate::interpret::interpret;
use crate::outcome::{Decision, Outcome, Query};
use crate::params::Params;
use crate::program::Body;
use crate::types::{ActionId, EntityTypeId};
use crate::value::{EntityUid, Value};
use crate::verify::Verified;

#[cfg(feature = "jit")]
use super::native::{Linked, PreparedWords};

/// How decisions of one snapshot are made.
#[derive(Clone)]
pub(super) enum Execution {
    /// By walking the Program.
    Interpreted,
    /// By machine code where it fits.
    #[cfg(feature = "jit")]
    Native(Box<Linked>),
}

/// A context in the form that one snapshot's execution takes; nothing for the interpreter.
#[derive(Clone, Debug, Default)]
pub(super) struct Prepared {
    #[cfg(feature = "jit")]
    pub words: Option<PreparedWords>,
}

impl Prepared {
    /// Whether native code takes it.
    pub fn is_native(&self) -> bool {
        #[cfg(feature = "jit")]
        return self.words.is_some();
        #[cfg(not(feature = "jit"))]
        return false;
    }
}

impl Execution {
    pub fn new(
        (kind, compiling): (EngineKind, Compiling),
        program: &Verified,
        params: &Params,
        data: &Data,
    ) -> Result<Execution, EngineError> {
        match kind {
            EngineKind::Interpreter => {
                let _ = compiling;
                Ok(Execution::Interpreted)
            }
            #[cfg(feature = "jit")]
            EngineKind::Jit => Ok(Linked::new(compiling, program, params, data)
                .map_or(Execution::Interpreted, |linked| Execution::Native(Box::new(linked)))),
            #[cfg(not(feature = "jit"))]
            EngineKind::Jit => {
                let _ = (compiling, program, params, data);
                Err(EngineError::NoJit)
            }
        }
    }

    /// For the same Program with other data.
    pub fn relink(&self, params: &Params, data: &Data) -> Execution {
        match self {
            Execution::Interpreted => {
                let _ = (params, data);
                Execution::Interpreted
            }
            #[cfg(feature = "jit")]
            Execution::Native(linked) => Execution::Native(Box::new(linked.relink(params, data))),
        }
    }

    /// For the same Program with data that differs in `changes`.
    pub fn update(&self, params: &Params, changes: &Changes, data: &Data) -> Execution {
        match self {
            Execution::Interpreted => {
                let _ = (params, changes, data);
                Execution::Interpreted
            }
            #[cfg(feature = "jit")]
            Execution::Native(linked) => Execution::Native(Box::new(linked.update(params, changes, data))),
        }
    }

    /// Whether handles that `previous` made are good here.
    pub fn continues(&self, previous: &Execution) -> bool {
        match (self, previous) {
            #[cfg(feature = "jit")]
            (Execution::Native(linked), Execution::Native(previous)) => linked.continues(previous),
            _ => true,
        }
    }

    /// The data as native code has it.
    #[cfg(feature = "jit")]
    pub fn image(&self) -> Option<&crate::native::Image> {
        match self {
            Execution::Interpreted => None,
            Execution::Native(linked) => linked.image(),
        }
    }

    /// What native code will be asked about contexts, once for a Program.
    pub fn ask_of_contexts(&self, questions: impl FnOnce() -> Vec<Option<Vec<Body>>>) {
        match self {
            Execution::Interpreted => drop(questions),
            #[cfg(feature = "jit")]
            Execution::Native(linked) => linked.ask_of_contexts(questions()),
        }
    }

    pub fn is_native(&self) -> bool {
        match self {
            Execution::Interpreted => false,
            #[cfg(feature = "jit")]
            Execution::Native(linked) => linked.is_linked(),
        }
    }

    /// What native code takes; `None` where the interpreter decides.
    pub fn stats(&self) -> Option<NativeStats> {
        match self {
            Execution::Interpreted => None,
            #[cfg(feature = "jit")]
            Execution::Native(linked) => linked.stats(),
        }
    }

    /// Native code's number of an entity.
    pub fn word(&self, uid: &EntityUid) -> Option<u64> {
        match self {
            Execution::Interpreted => {
                let _ = uid;
                None
            }
            #[cfg(feature = "jit")]
            Execution::Native(linked) => linked.word(uid),
        }
    }

    /// The entity of such a number.
    pub fn uid(&self, word: u64) -> Option<EntityUid> {
        match self {
            Execution::Interpreted => {
                let _ = word;
                None
            }
            #[cfg(feature = "jit")]
            Execution::Native(linked) => linked.uid(word),
        }
    }

    /// How many entities of a type have numbers.
    pub fn count(&self, ty: EntityTypeId) -> usize {
        match self {
            Execution::Interpreted => {
                let _ = ty;
                0
            }
            #[cfg(feature = "jit")]
            Execution::Native(linked) => linked.count(ty),
        }
    }

    pub fn prepare(&self, action: ActionId, context: &Value) -> Prepared {
        match self {
            Execution::Interpreted => {
                let _ = (action, context);
                Prepared::default()
            }
            #[cfg(feature = "jit")]
            Execution::Native(linked) => Prepared { words: linked.prepare(action, context) },
        }
    }

    pub fn outcome(&self, program: &Verified, params: &Params, data: &Data, query: &Query) -> Outcome {
        match self {
            Execution::Interpreted => interpret(program, params, data, query),
            #[cfg(feature = "jit")]
            Execution::Native(linked) => {
                linked.outcome(query).unwrap_or_else(|| interpret(program, params, data, query))
            }
        }
    }

    pub fn decide(&self, program: &Verified, params: &Params, data: &Data, query: &Query) -> Decision {
        match self {
            Execution::Interpreted => interpret(program, params, data, query).into_decision(),
            #[cfg(feature = "jit")]
            Execution::Native(linked) => linked
                .decide(query)
                .unwrap_or_else(|| interpret(program, params, data, query).into_decision()),
        }
    }

    /// Decides a request in JSON text, if it is one that needs no care.
    pub fn decide_json(&self, request: &str, now: i64, told: impl Told) -> Option<Decision> {
        match self {
            Execution::Interpreted => {
                let _ = (request, now, told);
                None
            }
            #[cfg(feature = "jit")]
            Execution::Native(linked) => linked.decide_json(request, now, told),
        }
    }

    /// Decides a request by names, if it is one that needs no care.
    pub fn decide_names(&self, request: &Request<'_>, now: i64, told: impl Told) -> Option<Decision> {
        match self {
            Execution::Interpreted => {
                let _ = (request, now, told);
                None
            }
            #[cfg(feature = "jit")]
            Execution::Native(linked) => linked.decide_names(request, now, told),
        }
    }

    /// Decides by native code's numbers, if it can; all handles have them.
    #[inline]
    pub fn decide_ids(&self, request: &IdRequest<'_>, now: i64) -> Option<Decision> {
        match self {
            Execution::Interpreted => {
                let _ = (request, now);
                None
            }
            #[cfg(feature = "jit")]
            Execution::Native(linked) => linked.decide_ids(request, now),
        }
    }

    /// Decides requests in turn, and tells `each` whether it is allowed, or what native code says instead; `None` where it says nothing.
    #[inline]
    pub fn decide_batch(
        &self,
        generation: u64,
        requests: &[IdRequest<'_>],
        now: i64,
        mut each: impl FnMut(&IdRequest<'_>, Result<bool, Option<Decision>>),
    ) {
        match self {
            Execution::Interpreted => {
                let _ = (generation, now);
                requests.iter().for_each(|request| each(request, Err(None)));
            }
            #[cfg(feature = "jit")]
            Execution::Native(linked) => linked.decide_batch(generation, requests, now, each),
        }
    }
}
