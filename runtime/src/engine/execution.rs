//! The two engines behind one face. Where native code cannot be made, or answers that something does not fit, the interpreter decides:
//! there is one meaning.

use super::handle::IdRequest;
use super::{EngineError, EngineKind};
use crate::data::Data;
use crate::interpret::interpret;
use crate::json::RequestError;
use crate::outcome::{Decision, Outcome, Query};
use crate::params::Params;
use crate::types::ActionId;
use crate::value::{EntityUid, Value};
use crate::verify::Verified;

/// How decisions of one snapshot are made.
pub(super) enum Execution {
    /// By walking the Program.
    Interpreted,
}

/// A context in the form that one snapshot's execution takes; nothing for the interpreter.
#[derive(Clone, Debug, Default)]
pub(super) struct Prepared {}

impl Execution {
    pub fn new(
        kind: EngineKind,
        _program: &Verified,
        _params: &Params,
        _data: &Data,
    ) -> Result<Execution, EngineError> {
        match kind {
            EngineKind::Interpreter => Ok(Execution::Interpreted),
            EngineKind::Jit if cfg!(feature = "jit") => Ok(Execution::Interpreted),
            EngineKind::Jit => Err(EngineError::NoJit),
        }
    }

    /// For the same Program with other data; numbers of entities stay.
    pub fn relink(&self, _params: &Params, _data: &Data) -> Execution {
        Execution::Interpreted
    }

    pub fn is_native(&self) -> bool {
        false
    }

    /// The number of an entity in native code's names; 0 without.
    pub fn word(&self, _uid: &EntityUid) -> u64 {
        0
    }

    pub fn prepare(&self, _action: ActionId, _context: &Value) -> Prepared {
        Prepared {}
    }

    pub fn outcome(&self, program: &Verified, params: &Params, data: &Data, query: &Query) -> Outcome {
        interpret(program, params, data, query)
    }

    pub fn decide(&self, program: &Verified, params: &Params, data: &Data, query: &Query) -> Decision {
        self.outcome(program, params, data, query).into_decision()
    }

    /// Decides by numbers if it can; handles and context are of this snapshot's generation.
    pub fn decide_ids(
        &self,
        _program: &Verified,
        _request: IdRequest<'_>,
        _now: i64,
    ) -> Option<Result<Decision, RequestError>> {
        None
    }
}
