//! The two engines behind one face. Where native code cannot be made, or answers that something does not fit, the interpreter decides:
//! there is one meaning.

use super::handle::IdRequest;
use super::request::Request;
use super::{EngineError, EngineKind};
use crate::data::{Changes, Data};
use crate::interpret::interpret;
use crate::outcome::{Decision, Outcome, Query};
use crate::params::Params;
use crate::types::ActionId;
use crate::value::{EntityUid, Value};
use crate::verify::Verified;

#[cfg(feature = "jit")]
use super::native::{Linked, PreparedWords};

/// How decisions of one snapshot are made.
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

/// An entity in the form that the executions of one generation take; nothing for the interpreter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Word {
    /// Of the numbering that `number` is of; 0 for none.
    pub numbering: u64,
    pub number: u64,
}

impl Execution {
    pub fn new(
        kind: EngineKind,
        program: &Verified,
        params: &Params,
        data: &Data,
    ) -> Result<Execution, EngineError> {
        match kind {
            EngineKind::Interpreter => Ok(Execution::Interpreted),
            #[cfg(feature = "jit")]
            EngineKind::Jit => Ok(Linked::new(program, params, data)
                .map_or(Execution::Interpreted, |linked| Execution::Native(Box::new(linked)))),
            #[cfg(not(feature = "jit"))]
            EngineKind::Jit => {
                let _ = (program, params, data);
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

    pub fn is_native(&self) -> bool {
        match self {
            Execution::Interpreted => false,
            #[cfg(feature = "jit")]
            Execution::Native(linked) => linked.is_linked(),
        }
    }

    pub fn word(&self, uid: &EntityUid) -> Word {
        match self {
            Execution::Interpreted => {
                let _ = uid;
                Word::default()
            }
            #[cfg(feature = "jit")]
            Execution::Native(linked) => linked.word(uid),
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
    pub fn decide_json(&self, request: &str, now: i64) -> Option<Decision> {
        match self {
            Execution::Interpreted => {
                let _ = (request, now);
                None
            }
            #[cfg(feature = "jit")]
            Execution::Native(linked) => linked.decide_json(request, now),
        }
    }

    /// Decides a request by names, if it is one that needs no care.
    pub fn decide_names(&self, request: &Request<'_>, now: i64) -> Option<Decision> {
        match self {
            Execution::Interpreted => {
                let _ = (request, now);
                None
            }
            #[cfg(feature = "jit")]
            Execution::Native(linked) => linked.decide_names(request, now),
        }
    }

    /// Decides by numbers, if it can: the handles are of this generation, the context of this very snapshot.
    pub fn decide_ids(&self, program: &Verified, request: IdRequest<'_>, now: i64) -> Option<Decision> {
        match self {
            Execution::Interpreted => {
                let _ = (program, request, now);
                None
            }
            #[cfg(feature = "jit")]
            Execution::Native(linked) => linked.decide_ids(program, request, now),
        }
    }
}
