//! Running tests: each case on its own, so that any number can run at once.

use assize_lang::Span;
use assize_runtime::data::Data;
use assize_runtime::interpret::interpret_traced;
use assize_runtime::{EvalError, Outcome, Params, Query, Verified};
use smol_str::SmolStr;

use super::{Expectation, TestCase};

/// Something that decides.
pub trait Engine: Sync {
    /// Decides over this data; an error says why this engine cannot.
    fn link<'a>(&'a self, data: &'a Data) -> Result<Box<dyn Decide + 'a>, String>;
}

/// An engine with data.
pub trait Decide {
    /// The decision of a request.
    fn outcome(&self, query: &Query) -> Result<Outcome, String>;
}

/// The reference interpreter.
#[derive(Clone, Copy, Debug)]
pub struct Interpreter<'p> {
    /// What it runs.
    pub program: &'p Verified,
    /// Values of its params.
    pub params: &'p Params,
}

impl Engine for Interpreter<'_> {
    fn link<'a>(&'a self, data: &'a Data) -> Result<Box<dyn Decide + 'a>, String> {
        Ok(Box::new(Interpreting { engine: self, data }))
    }
}

struct Interpreting<'a> {
    engine: &'a Interpreter<'a>,
    data: &'a Data,
}

impl Decide for Interpreting<'_> {
    fn outcome(&self, query: &Query) -> Result<Outcome, String> {
        Ok(assize_runtime::interpret(self.engine.program, self.engine.params, self.data, query))
    }
}

/// How a test went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestResult {
    /// What it says.
    pub name: SmolStr,
    /// Index of the file.
    pub file: u32,
    /// The whole block, in the file.
    pub span: Span,
    /// In source order.
    pub expectations: Vec<ExpectationResult>,
}

impl TestResult {
    /// Whether all expectations were met.
    pub fn passed(&self) -> bool {
        self.expectations.iter().all(|expectation| expectation.failure.is_none())
    }
}

/// How an expectation went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectationResult {
    /// Where it stands in the file.
    pub span: Span,
    /// What was decided; `None` if the engine could not decide.
    pub outcome: Option<Outcome>,
    /// Ids of the determining policies.
    pub policies: Vec<SmolStr>,
    /// Errors with the ids of their policies.
    pub errors: Vec<(SmolStr, EvalError)>,
    /// Why it was not met.
    pub failure: Option<Failure>,
}

/// Why an expectation was not met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The other decision.
    Decision {
        /// What was decided.
        allowed: bool,
    },
    /// The right decision for other reasons: these policies were expected to determine it.
    By(Vec<SmolStr>),
    /// The decision depends on the time, and the expectation does not say it.
    NeedsTime,
    /// The engine could not decide.
    Engine(String),
}

impl ExpectationResult {
    /// The failure as a sentence; `None` if there is none.
    pub fn message(&self) -> Option<String> {
        let list = |ids: &[SmolStr]| match ids {
            [] => "no policy".to_owned(),
            _ => ids.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", "),
        };
        Some(match self.failure.as_ref()? {
            Failure::Decision { allowed } => {
                let (is, expected) = if *allowed { ("allowed", "denied") } else { ("denied", "allowed") };
                format!("this is {is}, not {expected}: by {}", list(&self.policies))
            }
            Failure::By(expected) => {
                format!("decided by {}, not by {}", list(&self.policies), list(expected))
            }
            Failure::NeedsTime => {
                "this depends on the time: say it with `at time\"2026-01-01T00:00:00Z\"`".to_owned()
            }
            Failure::Engine(error) => format!("cannot be decided: {error}"),
        })
    }
}

/// Runs a test on an engine. Whether an expectation has to say the time is found out with the reference interpreter.
pub fn run(program: &Verified, params: &Params, case: &TestCase, engine: &dyn Engine) -> TestResult {
    let linked = engine.link(&case.data);
    let expectations = case.expectations.iter().map(|expectation| {
        let query = Query::from(expectation);
        let outcome = match &linked {
            Ok(engine) => engine.outcome(&query),
            Err(error) => Err(error.clone()),
        };
        let needs_time =
            expectation.at.is_none() && interpret_traced(program, params, &case.data, &query).reads_time;
        judge(program, expectation, outcome, needs_time)
    });
    TestResult {
        name: case.name.clone(),
        file: case.file,
        span: case.span,
        expectations: expectations.collect(),
    }
}

fn judge(
    program: &Verified,
    expectation: &Expectation,
    outcome: Result<Outcome, String>,
    needs_time: bool,
) -> ExpectationResult {
    let id =
        |index: u32| program.policies.get(index as usize).map(|policy| policy.id.clone()).unwrap_or_default();
    let mut result = ExpectationResult {
        span: expectation.span,
        outcome: None,
        policies: Vec::new(),
        errors: Vec::new(),
        failure: None,
    };
    let outcome = match outcome {
        Ok(outcome) => outcome,
        Err(error) => {
            result.failure = Some(Failure::Engine(error));
            return result;
        }
    };
    result.policies = outcome.policies.iter().map(|index| id(*index)).collect();
    result.errors = outcome.errors.iter().map(|(index, error)| (id(*index), *error)).collect();
    let expected: Vec<SmolStr> = expectation.by.iter().map(|(id, _)| id.clone()).collect();
    let mut sorted = (expected.clone(), result.policies.clone());
    sorted.0.sort();
    sorted.0.dedup();
    sorted.1.sort();
    result.failure = if needs_time {
        Some(Failure::NeedsTime)
    } else if outcome.allowed != expectation.allowed {
        Some(Failure::Decision { allowed: outcome.allowed })
    } else if !expected.is_empty() && sorted.0 != sorted.1 {
        Some(Failure::By(expected))
    } else {
        None
    };
    result.outcome = Some(outcome);
    result
}
