//! Parts of conditions by themselves: for questions in which only one side of a request is known, and what does not depend on the
//! other is evaluated once for all its candidates.

use std::cell::Cell;
use std::collections::BTreeSet;

use super::grants::column_fits;
use super::world::World;
use super::{Evaluation, Library};
use crate::data::Data;
use crate::outcome::Query;
use crate::params::Params;
use crate::program::{Body, NodeId};
use crate::types::Type;
use crate::value::{EntityUid, EvalError, Value};
use crate::verify::Verified;

/// Evaluates what does not depend on the side of the request that is asked for.
pub(crate) struct Parts<'a>(Evaluation<'a>);

impl<'a> Parts<'a> {
    /// Of requests like `query`, whose entity on the side that is asked for stands for any.
    pub fn new(program: &'a Verified, params: &'a Params, data: &'a Data, query: &'a Query) -> Self {
        Parts(Evaluation {
            library: Library::of(program, params.values()),
            regexes: Some(program.regexes()),
            world: World { data, external: &query.external },
            query: Some(query),
            now: Some(query.now),
            reads_time: Cell::new(false),
            watch: None,
        })
    }

    /// The value of a node. It is evaluated with all that a policy may spend; within the whole condition there can be less left, and
    /// then an error takes the place of the value, never another value.
    pub fn value(&self, body: &Body, node: NodeId, locals: &[Option<Value>]) -> Result<Value, EvalError> {
        self.0.part(body, node, locals)
    }

    /// An entity and all its ancestors.
    pub fn containers(&self, uid: &EntityUid) -> BTreeSet<EntityUid> {
        let mut containers = self.0.world.ancestors(uid);
        containers.insert(uid.clone());
        containers
    }

    /// Whether a row counts at the time of the question.
    pub fn is_live(&self, until: Option<i64>) -> bool {
        self.0.is_live(until) == Ok(true)
    }

    /// Whether an argument of a grant's fact is meant by the value in its column.
    pub fn column_fits(&self, param: &Type, row: &Value, arg: &Value, arg_type: &Type) -> bool {
        column_fits(self.0.world, param, row, arg, arg_type)
    }
}
