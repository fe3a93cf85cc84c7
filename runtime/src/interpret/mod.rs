//! The reference interpreter: the meaning of a Program, rule by rule of DESIGN 2.3, in the plainest way. What native code does is
//! right if it does the same as this.
//!
//! ```text
//! policy      patterns, condition, obligations → which policies apply → Outcome
//! expression  one node of a Body → Value or EvalError
//! apply       operations on values
//! operations  comparison and arithmetic of values
//! grants      live rows
//! world       the data and the request's external entities; the hierarchy
//! part        parts of conditions by themselves, for reverse questions
//! explain     what each part of each condition came to
//! ```

mod apply;
pub mod explain;
mod expression;
mod grants;
mod operations;
mod part;
mod policy;
#[cfg(test)]
mod tests;
mod world;

use std::cell::Cell;

use regex::Regex;
use smol_str::SmolStr;

use crate::data::Data;
use crate::outcome::{Outcome, Query};
use crate::params::Params;
use crate::program::{Body, Function, LikePattern, Program, QUANTIFIER_BUDGET};
use crate::types::Schema;
use crate::value::{EvalError, Value};
use crate::verify::Verified;

pub(crate) use part::Parts;
use world::World;

/// What an evaluation can refer to beside its own body.
#[derive(Clone, Copy)]
pub struct Library<'a> {
    /// What there is.
    pub schema: &'a Schema,
    /// Values of params, by index.
    pub params: &'a [Value],
    /// By index.
    pub functions: &'a [Function],
    /// By index.
    pub like_patterns: &'a [LikePattern],
    /// By index.
    pub regexes: &'a [SmolStr],
}

impl<'a> Library<'a> {
    /// All of a Program, with these values of its params.
    pub fn of(program: &'a Program, params: &'a [Value]) -> Self {
        Library {
            schema: &program.schema,
            params,
            functions: &program.functions,
            like_patterns: &program.like_patterns,
            regexes: &program.regexes,
        }
    }
}

/// An outcome, and whether it could be another at another time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traced {
    /// The decision.
    pub outcome: Outcome,
    /// `now`, or the end of a grant row, was looked at on the way.
    pub reads_time: bool,
}

/// Decides a request.
pub fn interpret(program: &Verified, params: &Params, data: &Data, query: &Query) -> Outcome {
    interpret_traced(program, params, data, query).outcome
}

/// Decides a request and says whether the time mattered.
pub fn interpret_traced(program: &Verified, params: &Params, data: &Data, query: &Query) -> Traced {
    let evaluation = Evaluation {
        library: Library::of(program, params.values()),
        regexes: Some(program.regexes()),
        world: World { data, external: &query.external },
        query: Some(query),
        now: Some(query.now),
        reads_time: Cell::new(false),
        watch: None,
    };
    let outcome = evaluation.decide(program, query);
    Traced { outcome, reads_time: evaluation.reads_time.get() }
}

/// The value of a body that needs no request and no data: a const, a param's default, the data of a test. The body need not be
/// verified: whatever is wrong with it is an error, [`EvalError::AbsentValue`] or [`EvalError::LimitExceeded`]. So is `now` without a
/// time.
pub fn evaluate(library: Library<'_>, body: &Body, now: Option<i64>) -> Result<Value, EvalError> {
    let data = Data::new(library.schema);
    let evaluation = Evaluation {
        library,
        regexes: None,
        world: World { data: &data, external: &[] },
        query: None,
        now,
        reads_time: Cell::new(false),
        watch: None,
    };
    evaluation.body(body, Vec::new(), QUANTIFIER_BUDGET, 0)
}

/// Everything that stays the same during one decision.
struct Evaluation<'a> {
    library: Library<'a>,
    /// Compiled, by index; `None` if each is compiled when used.
    regexes: Option<&'a [Regex]>,
    world: World<'a>,
    query: Option<&'a Query>,
    now: Option<i64>,
    reads_time: Cell<bool>,
    /// Somebody who wants to know the values of parts: nothing else depends on it.
    watch: Option<&'a explain::Watch>,
}

impl Evaluation<'_> {
    /// Rule 4: `now` is one time for the whole decision.
    fn now(&self) -> Result<i64, EvalError> {
        self.reads_time.set(true);
        self.now.ok_or(EvalError::AbsentValue)
    }
}
