//! What a decision is, with all its reasons.

use std::sync::Arc;

use crate::types::{ActionId, GrantId, ObligationId};
use crate::value::{EntityUid, EvalError, Value};

/// A request in the schema's terms, checked: the action applies to both types, and the context has the action's type.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// Who.
    pub principal: EntityUid,
    /// Does what.
    pub action: ActionId,
    /// On what.
    pub resource: EntityUid,
    /// A [`Value::Record`] of the action's context type.
    pub context: Value,
    /// Entities of external types that came with the request, sorted by uid.
    pub external: Vec<(EntityUid, Arc<crate::data::Entity>)>,
    /// When, in milliseconds since 1970-01-01T00:00:00Z.
    pub now: i64,
}

/// The three answers of the fast path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// No, or nothing says yes.
    Deny,
    /// Yes, without a condition.
    Allow,
    /// Yes, if these are honoured.
    AllowWith(Obligations),
}

/// What an allow obliges to: a slice that is never empty. Shared, so that handing it on allocates nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Obligations(Arc<[Obligation]>);

impl Obligations {
    /// `None` if there are none.
    pub fn new(obligations: impl Into<Arc<[Obligation]>>) -> Option<Obligations> {
        let obligations = obligations.into();
        (!obligations.is_empty()).then_some(Obligations(obligations))
    }
}

impl std::ops::Deref for Obligations {
    type Target = [Obligation];

    fn deref(&self) -> &[Obligation] {
        &self.0
    }
}

impl<'a> IntoIterator for &'a Obligations {
    type Item = &'a Obligation;
    type IntoIter = std::slice::Iter<'a, Obligation>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl std::fmt::Debug for Obligations {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl Decision {
    /// Whether the request is allowed. An allow may have obligations, and then only whoever honours them may go on.
    pub fn allowed(&self) -> bool {
        !matches!(self, Decision::Deny)
    }
}

/// An obligation with its arguments.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Obligation {
    /// Which.
    pub obligation: ObligationId,
    /// In order of its parameters.
    pub args: Vec<Value>,
}

/// A decision with its reasons. Both engines make the same one from the same inputs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Whether the request is allowed.
    pub allowed: bool,
    /// Determining policies, as indices into the Program's policies, ascending: every deny that applied, or else every allow.
    pub policies: Vec<u32>,
    /// Rows that made a determining policy apply, by grant, then by arguments, without repeats.
    pub grants: Vec<GrantReason>,
    /// Of the determining policies, without repeats, in source order; several rows of one policy in order of their arguments.
    pub obligations: Vec<Obligation>,
    /// Every error of every policy whose patterns match, by policy, then by error, without repeats. Trial policies included.
    pub errors: Vec<(u32, EvalError)>,
    /// Trial policies that would have applied, ascending.
    pub would_have: Vec<u32>,
}

/// A grant row that mattered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct GrantReason {
    /// Of which grant.
    pub grant: GrantId,
    /// The row's values.
    pub args: Arc<[Value]>,
    /// Its end.
    pub until: Option<i64>,
}

impl Outcome {
    /// The answer of the fast path.
    pub fn into_decision(self) -> Decision {
        if !self.allowed {
            return Decision::Deny;
        }
        Obligations::new(self.obligations).map_or(Decision::Allow, Decision::AllowWith)
    }
}
