//! Reasoning about conditions: which outcomes they can have, whatever the request and the data.
//!
//! A condition is evaluated with *terms* in place of values. Where a test can have two outcomes the evaluation goes both ways and
//! remembers on each what the test has shown; reading an attribute goes two ways as well, since the data may lack the entity. What
//! comes out is every way through the condition, with its outcome and what is known at its end:
//!
//! ```text
//! terms      expressions without places        possible  what a value can still be     ranges    numbers as ranges
//! state      the facts of one way              facts     what facts say about others   builtins  what built-ins promise
//! evaluate   one node, every way               compare   tests of terms                quantify  quantifiers, whole terms
//! watch      which outcomes each part had      claims    what that says about it       implies   one condition in another's ways
//! ```
//!
//! Everything here is *sound*: a way that a request can take is never left out, and a fact on it is true of every such request.
//! So "no way comes out true" is a proof, and "there is a way" is none. Work is bounded; beyond the bound nothing is claimed.

mod builtins;
mod claims;
mod compare;
mod evaluate;
mod facts;
mod implies;
mod possible;
mod quantify;
mod ranges;
mod state;
mod terms;
mod watch;

use assize_runtime::Value;
use assize_runtime::program::{Body, NodeId};
use assize_runtime::types::{ActionId, EntityTypes, Schema, Type};

use crate::expr::{CheckedBody, Patterns};

use state::State;
use terms::{Kind, Term, Terms};
use watch::Watch;

pub use claims::{Claim, Heads, Role, Verdict, claims};
pub use implies::{Applying, Relation, Side};

/// Nodes and facts that one question may cost.
const BUDGET: usize = 40_000;

/// How many ways may be open at once; beyond that what tells them apart is forgotten.
const MAX_WAYS: usize = 32;

/// How many nodes may be under evaluation, one inside the other.
const MAX_DEPTH: u32 = 60;

/// What a condition can refer to.
#[derive(Clone, Copy)]
pub struct Library<'a> {
    /// What there is.
    pub schema: &'a Schema,
    /// Bodies of functions by the index that calls have.
    pub function: &'a dyn Fn(u32) -> Option<&'a CheckedBody>,
}

/// For whom a condition is evaluated.
#[derive(Clone, Debug)]
pub struct Surroundings<'a> {
    /// Types of the principal.
    pub principals: &'a EntityTypes,
    /// Types of the resource.
    pub resources: &'a EntityTypes,
    /// What the action can be.
    pub actions: &'a [ActionId],
}

/// How a test ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    True,
    False,
    Error,
}

/// Ways through an expression: what is known at the end of each, and its value; `None` where it has none.
type Ways = Vec<(State, Option<Term>)>;

/// Ways through a test.
type Outcomes = Vec<(State, Outcome)>;

/// A body under evaluation.
struct Frame<'b> {
    body: &'b Body,
    patterns: &'b Patterns,
    locals: Vec<Option<Term>>,
    /// Whether it is the body that is asked about, rather than a function that it calls.
    is_base: bool,
}

impl Frame<'_> {
    fn root(&self) -> Option<NodeId> {
        self.body.nodes.len().checked_sub(1).map(|at| NodeId(at as u32))
    }
}

/// The state of a question.
struct Machine<'a> {
    library: Library<'a>,
    terms: Terms,
    actions: Vec<Value>,
    principal: Option<Type>,
    resource: Option<Type>,
    budget: usize,
    /// Something was left out: nothing may be claimed.
    exhausted: bool,
    depth: u32,
    /// Quantifiers around the current node.
    level: u32,
    watch: Option<Watch>,
}

impl<'a> Machine<'a> {
    fn new(library: Library<'a>, around: Option<&Surroundings<'_>>) -> Machine<'a> {
        let actions = around.map_or(&[][..], |it| it.actions);
        Machine {
            library,
            terms: Terms::default(),
            actions: actions.iter().map(|action| Value::Action(*action)).collect(),
            principal: around.map(|it| Type::Entity(it.principals.clone())),
            resource: around.map(|it| Type::Entity(it.resources.clone())),
            budget: BUDGET,
            exhausted: false,
            depth: 0,
            level: 0,
            watch: None,
        }
    }

    /// Whether there is enough left; what is not paid for must not be relied upon.
    fn spend(&mut self, cost: usize) -> bool {
        match self.budget.checked_sub(cost) {
            Some(left) => self.budget = left,
            None => {
                self.budget = 0;
                self.exhausted = true;
            }
        }
        !self.exhausted
    }

    fn constant(&mut self, value: &Value) -> Term {
        self.terms.constant(value, &type_of(value))
    }

    fn principal(&mut self) -> Term {
        let ty = self.principal.clone().unwrap_or(Type::Never);
        self.terms.term(Kind::Principal, Vec::new(), &ty)
    }

    fn resource(&mut self) -> Term {
        let ty = self.resource.clone().unwrap_or(Type::Never);
        self.terms.term(Kind::Resource, Vec::new(), &ty)
    }
}

/// Whether the numbers that a built-in gives have bounds of their own.
pub fn is_bounded(builtin: assize_runtime::builtins::BuiltinId) -> bool {
    builtins::bounds(builtin).is_some()
}

/// A type that a constant has, as far as facts need it.
fn type_of(value: &Value) -> Type {
    match value {
        Value::Bool(_) => Type::Bool,
        Value::Int(_) => Type::Int,
        Value::Decimal(_) => Type::Decimal,
        Value::String(_) => Type::String,
        Value::Ip(_) => Type::Ip,
        Value::Cidr(_) => Type::Cidr,
        Value::Datetime(_) => Type::Datetime,
        Value::Duration(_) => Type::Duration,
        Value::Enum(id, _) => Type::Enum(*id),
        Value::Entity(uid) => Type::entity(uid.ty),
        Value::Action(_) => Type::Action,
        _ => Type::Never,
    }
}
