//! A policy decision point to embed: a Program and data, decided over by either engine, exchanged while decisions go on.
//!
//! ```text
//! Engine ── atomic pointer ──> Snapshot ── Program, params, data
//!    │                                 └─ Execution: interpreted, or native code linked with the data
//!    └─ update, reload: build the next Snapshot whole, then swap; one at a time
//! ```
//! Readers take the pointer and never wait; a [`Reader`] keeps it for as long as it wants. Whatever fails on the way to a new Snapshot leaves the old one in place.

mod batch;
#[cfg(all(test, feature = "jit"))]
mod behind;
mod clock;
mod decide;
mod decide_json;
mod decide_names;
mod execution;
mod fields;
mod handle;
mod ids;
#[cfg(feature = "jit")]
mod native;
mod query;
mod reader;
mod renew;
mod report;
mod request;
mod row;
mod settled;
mod snapshot;
mod stats;
#[cfg(test)]
mod stress;
#[cfg(test)]
mod tests;
mod update;

use std::sync::{Arc, Mutex};

use arc_swap::ArcSwap;
use smol_str::SmolStr;

use crate::data::{Data, DataError};
use crate::params::{ParamError, Params};
use crate::value::Value;
use crate::verify::Verified;

pub use batch::Decisions;
pub use fields::{AsRecord, Fields, Given};
pub use handle::{ActionHandle, ContextHandle, EntityHandle, IdRequest};
pub use query::{ActionsInContext, EntitiesInContext, InContext, NotAsked, Page, PermittedInContext, Touch};
pub use reader::Reader;
pub use report::Report;
pub use request::Request;
pub use snapshot::Snapshot;
pub use stats::{NativeStats, Stats};
pub use update::Edit;

#[cfg(feature = "jit")]
pub(crate) use fields::FieldSink;
#[cfg(feature = "jit")]
pub(crate) use row::{Direct, Order, Row};

use execution::Execution;
use handle::Numbers;
use renew::Home;
#[cfg(feature = "jit")]
pub(crate) use settled::Told;
use settled::{Settled, World};

/// What makes decisions. Both make the same ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EngineKind {
    /// The reference: walks the Program.
    Interpreter,
    /// Machine code, made when first needed.
    Jit,
}

impl Default for EngineKind {
    /// The quickest that is compiled in.
    fn default() -> Self {
        if cfg!(feature = "jit") { EngineKind::Jit } else { EngineKind::Interpreter }
    }
}

/// When machine code is made. The decisions are the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compiling {
    /// By the decisions that miss it, some milliseconds' worth by each; no thread is ever made.
    #[default]
    InTurn,
    /// By a thread behind the decisions, in the order in which they miss it; until it is there the interpreter decides. The thread is there
    /// only while something is to be made. For services.
    Behind,
    /// All of it before the engine is there: it can take seconds for thousands of different policies.
    Ahead,
}

/// What an [`Engine`] starts with.
#[derive(Clone, Debug, Default)]
pub struct EngineOptions {
    /// What makes decisions.
    pub engine: EngineKind,
    /// When machine code is made.
    pub compiling: Compiling,
    /// Values of params that the deployment binds, by name in full or, where unique, without module.
    pub params: Vec<(SmolStr, Value)>,
    /// The first data; `None`: empty. Must have been made for the Program's schema.
    pub data: Option<Data>,
}

/// Why an engine cannot be made, or a Program not taken over.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// A param has no value, or not one of its type.
    #[error(transparent)]
    Param(#[from] ParamError),
    /// The data does not fit the Program's schema.
    #[error("the data does not fit: {0}")]
    Data(#[from] DataError),
    /// [`EngineKind::Jit`] in a build without it.
    #[error("native code is not compiled into this build: choose the interpreter")]
    NoJit,
}

/// A policy decision point. Share it by reference or in an `Arc`; every method takes `&self`.
pub struct Engine {
    current: Arc<ArcSwap<Snapshot>>,
    /// Held while the next snapshot is built. Those that were replaced while somebody still had them are dropped by whoever writes next,
    /// so that no decision pays for that.
    writing: Arc<Mutex<Vec<Arc<Snapshot>>>>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("kind", &self.kind()).finish_non_exhaustive()
    }
}

impl Engine {
    /// Makes an engine over a Program.
    pub fn new(program: Verified, options: EngineOptions) -> Result<Engine, EngineError> {
        let params = Params::bind(&program, options.params.iter().cloned())?;
        let data = match options.data {
            None => Data::new(&program.schema),
            Some(data) => {
                data.check(&program.schema)?;
                data
            }
        };
        let execution = Execution::new((options.engine, options.compiling), &program, &params, &data)?;
        let settled = Settled::new(&program, &World { params: &params, data: &data, execution: &execution });
        let writing = Arc::default();
        let snapshot = |home| Snapshot {
            program,
            bound: options.params,
            params,
            data,
            kind: options.engine,
            compiling: options.compiling,
            execution,
            generation: handle::next_generation(),
            numbers: Numbers::default().into(),
            settled,
            reverse: Arc::default(),
            home,
        };
        let current =
            Arc::new_cyclic(|current| ArcSwap::from_pointee(snapshot(Home::new(current, &writing))));
        Ok(Engine { current, writing })
    }

    /// What makes decisions.
    pub fn kind(&self) -> EngineKind {
        self.current.load().kind
    }

    /// Whether decisions run as machine code: not with [`EngineKind::Interpreter`], nor on a machine or with a Program or data that
    /// native code is not made for. The decisions are the same.
    pub fn is_native(&self) -> bool {
        self.current.load().execution.is_native()
    }

    /// The Program that decides now.
    pub fn program(&self) -> Verified {
        self.current.load().program.clone()
    }

    /// A copy of the data that decisions are made over now.
    pub fn data(&self) -> Data {
        self.current.load().data.clone()
    }
}
