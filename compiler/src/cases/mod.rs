//! `test` and `prove` blocks: checked like everything else, tests made into cases that run on any engine.
//!
//! ```text
//! test block ── lower.rs, rows.rs ── CheckedTest (per item) ── attach.rs ── TestCase ── run.rs ── TestResult
//! ```

mod attach;
mod lower;
mod rows;
pub mod run;

use std::sync::Arc;

use assize_lang::Span;
use assize_runtime::data::{Data, Entity};
use assize_runtime::types::{ActionId, GrantId};
use assize_runtime::{EntityUid, Query, Value};
use smol_str::SmolStr;

use crate::declarations::Finding;

pub use attach::attach;
pub use lower::check;

/// A test that can be run.
#[derive(Clone, Debug, PartialEq)]
pub struct TestCase {
    /// What it says.
    pub name: SmolStr,
    /// Index of the file.
    pub file: u32,
    /// The whole block, in the file.
    pub span: Span,
    /// The data that it brings.
    pub data: Arc<Data>,
    /// In source order.
    pub expectations: Vec<Expectation>,
}

/// What a test expects of one request.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// Where it stands: in the file, or in the item as long as the test is a [`CheckedTest`].
    pub span: Span,
    /// Whether the request should be allowed.
    pub allowed: bool,
    /// Who.
    pub principal: EntityUid,
    /// Does what.
    pub action: ActionId,
    /// On what.
    pub resource: EntityUid,
    /// Of the action's context type.
    pub context: Value,
    /// Rows of external types: they come with each request. Sorted.
    pub external: Vec<(EntityUid, Arc<Entity>)>,
    /// The time of the decision, if the test says one.
    pub at: Option<i64>,
    /// The ids of all policies that should determine the decision; empty: any.
    pub by: Vec<(SmolStr, Span)>,
}

impl From<&Expectation> for Query {
    fn from(expectation: &Expectation) -> Query {
        Query {
            principal: expectation.principal.clone(),
            action: expectation.action,
            resource: expectation.resource.clone(),
            context: expectation.context.clone(),
            external: expectation.external.clone(),
            now: expectation.at.unwrap_or(0),
        }
    }
}

/// A row of a test's own data.
#[derive(Clone, Debug, PartialEq)]
pub enum Row {
    /// An entity.
    Entity(EntityUid, Entity, Span),
    /// A grant's row with its end.
    Grant(GrantId, Arc<[Value]>, Option<i64>, Span),
}

impl Row {
    /// Where it stands.
    pub fn span(&self) -> Span {
        match self {
            Row::Entity(_, _, span) | Row::Grant(_, _, _, span) => *span,
        }
    }
}

/// A checked test; spans count from the start of the item.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CheckedTest {
    /// What it says, and where.
    pub name: SmolStr,
    /// Where its name stands.
    pub name_span: Span,
    /// The whole block.
    pub span: Span,
    /// Its own rows, in source order.
    pub rows: Vec<Row>,
    /// Data files that it names.
    pub files: Vec<(SmolStr, Span)>,
    /// In source order.
    pub expectations: Vec<Expectation>,
    /// What is wrong.
    pub findings: Vec<Finding>,
}

/// The clock for rows of grants `for at most`: data is loaded before the first decision that a test says the time of.
fn load_time(expectations: &[Expectation]) -> i64 {
    expectations.iter().filter_map(|expectation| expectation.at).min().unwrap_or(i64::MAX)
}
