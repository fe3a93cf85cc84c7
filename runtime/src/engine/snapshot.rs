//! Everything that a decision is a function of, beside the request and the time.

use std::sync::Arc;

use smol_str::SmolStr;

use super::EngineKind;
use super::execution::Execution;
use super::handle::Numbers;
use super::query::Reverse;
use crate::data::Data;
use crate::params::Params;
use crate::value::Value;
use crate::verify::Verified;

/// Immutable; replaced whole.
pub(super) struct Snapshot {
    pub program: Verified,
    /// As the deployment named them, for the next Program.
    pub bound: Vec<(SmolStr, Value)>,
    pub params: Params,
    pub data: Data,
    pub kind: EngineKind,
    pub execution: Execution,
    /// Handles of another generation are of another Program.
    pub generation: u64,
    /// Different for each snapshot.
    pub version: u64,
    /// Of entities that have handles; kept as long as the generation.
    pub numbers: Arc<Numbers>,
    /// Who is below whom, made when a reverse question first needs it.
    pub reverse: Reverse,
}
