//! A decision with all that led to it: for each policy that could apply, what each part of its condition came to. The parts are
//! overheard while the interpreter evaluates them as ever.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::world::World;
use super::{Evaluation, Library};
use crate::data::Data;
use crate::outcome::{GrantReason, Outcome, Query};
use crate::params::Params;
use crate::program::{Body, NodeId, Policy};
use crate::types::Environment;
use crate::value::{EvalError, Value};
use crate::verify::Verified;

/// How many values of one part are kept: of each element of a set it has another.
const MAX_VALUES: usize = 16;

/// For how many rows of a grant each of its policies is explained.
const MAX_ROWS: usize = 16;

/// A decision and what led to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// The decision.
    pub outcome: Outcome,
    /// Every policy for the types and the action of the request, in source order; one of a grant once for each row that matters.
    pub policies: Vec<Explained>,
}

/// What one policy said.
#[derive(Clone, Debug, PartialEq)]
pub struct Explained {
    /// Its index.
    pub policy: u32,
    /// Which of its variants is for such requests.
    pub variant: u32,
    /// The row that it was asked for, of a grant.
    pub row: Option<GrantReason>,
    /// Whether principal and resource match its patterns: otherwise nothing else was looked at.
    pub matches: bool,
    /// Whether it applies.
    pub applies: bool,
    /// What could not be computed.
    pub errors: Vec<EvalError>,
    /// What nodes of its condition came to, those that were evaluated: several values for what a quantifier repeats.
    pub values: BTreeMap<NodeId, Vec<Result<Value, EvalError>>>,
}

/// Decides a request and keeps what each part of each condition came to.
pub fn explain(program: &Verified, params: &Params, data: &Data, query: &Query) -> Explanation {
    let watch = Watch::default();
    let evaluation = Evaluation {
        library: Library::of(program, params.values()),
        regexes: Some(program.regexes()),
        world: World { data, external: &query.external },
        query: Some(query),
        now: Some(query.now),
        reads_time: Cell::new(false),
        watch: Some(&watch),
    };
    let outcome = evaluation.decide(program, query);
    let environment =
        Environment { principal: query.principal.ty, action: query.action, resource: query.resource.ty };
    let mut policies = Vec::new();
    for (index, at) in program.applicable(environment) {
        let Some(policy) = program.policies.get(*index as usize) else { continue };
        let Some(variant) = policy.variants.get(*at as usize) else { continue };
        let mut add = |row: Option<GrantReason>, matches: bool| {
            let mut explained = Explained {
                policy: *index,
                variant: *at,
                row,
                matches,
                applies: false,
                errors: Vec::new(),
                values: BTreeMap::new(),
            };
            if matches {
                watch.begin(variant.condition.as_ref());
                let args = explained.row.as_ref().map(|row| Arc::clone(&row.args));
                let (applies, errors) =
                    evaluation.judged(policy, variant, args.as_deref().unwrap_or_default());
                (explained.applies, explained.errors) = (applies, errors.into_iter().collect());
                explained.values = watch.end();
            }
            policies.push(explained);
        };
        let rows = evaluation.rows_that_match(policy, query);
        match rows {
            None => add(None, evaluation.row_matches(policy, query, &[])),
            Some(rows) if rows.is_empty() => add(None, false),
            Some(rows) => rows.into_iter().take(MAX_ROWS).for_each(|row| add(Some(row), true)),
        }
    }
    Explanation { outcome, policies }
}

impl Evaluation<'_> {
    /// The live rows of a policy's grant that its patterns match, in order; `None` for a policy of no grant.
    fn rows_that_match(&self, policy: &Policy, query: &Query) -> Option<BTreeSet<GrantReason>> {
        let grant = policy.grant?;
        let rows = self.world.data.grant_rows(grant).into_iter().flatten();
        let matching = rows.filter(|(args, until)| {
            self.row_matches(policy, query, args) && self.is_live(**until) == Ok(true)
        });
        Some(
            matching
                .map(|(args, until)| GrantReason { grant, args: Arc::clone(args), until: *until })
                .collect(),
        )
    }
}

/// Overhears what the nodes of one body come to.
#[derive(Default)]
pub(super) struct Watch {
    /// Where the body lies: only to recognise it.
    body: Cell<Option<usize>>,
    seen: RefCell<BTreeMap<NodeId, Vec<Result<Value, EvalError>>>>,
}

impl Watch {
    fn begin(&self, body: Option<&Body>) {
        self.body.set(body.map(address));
        self.seen.borrow_mut().clear();
    }

    fn end(&self) -> BTreeMap<NodeId, Vec<Result<Value, EvalError>>> {
        self.body.set(None);
        self.seen.take()
    }

    pub(super) fn saw(&self, body: &Body, node: NodeId, value: &Result<Value, EvalError>) {
        if self.body.get() == Some(address(body)) {
            let mut seen = self.seen.borrow_mut();
            let values = seen.entry(node).or_default();
            if values.len() < MAX_VALUES {
                values.push(value.clone());
            }
        }
    }
}

fn address(body: &Body) -> usize {
    std::ptr::from_ref(body).addr()
}
