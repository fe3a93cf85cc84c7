//! Running tests with one or two engines, on as many threads as it is worth.

use std::num::NonZero;
use std::thread;

use assize_compiler::cases::TestCase;
use assize_compiler::cases::run::{self, Decide, ExpectationResult, TestResult};
use assize_lang::Span;
use assize_runtime::data::Data;
use assize_runtime::engine::Engine;
use assize_runtime::{EngineKind, Outcome, Params, Query};

use crate::exit::Stop;
use crate::package::{Package, unbound};

/// How many tests make another thread, with engines of its own, worth while.
const TESTS_PER_THREAD: usize = 32;

/// How a test went with all engines.
#[derive(Debug)]
pub struct Tested<'a> {
    /// The test.
    pub case: &'a TestCase,
    /// Expectations that were not met, in source order.
    pub failures: Vec<Failed>,
}

/// An expectation that was not met.
#[derive(Debug)]
pub struct Failed {
    /// Where it stands in the file.
    pub span: Span,
    /// Why, as one line.
    pub message: String,
    /// What was decided, if anything.
    pub outcome: Option<Outcome>,
    /// The time that it was decided at, if the test says one.
    pub at: Option<i64>,
}

/// Runs all cases; the results are in the order of the cases.
pub fn run<'a>(
    package: &Package,
    cases: &[&'a TestCase],
    kinds: &[EngineKind],
) -> Result<Vec<Tested<'a>>, Stop> {
    let params = Params::bind(&package.program, package.params.iter().cloned()).map_err(unbound)?;
    let threads =
        thread::available_parallelism().map_or(1, NonZero::get).min(cases.len() / TESTS_PER_THREAD + 1);
    let share = cases.len().div_ceil(threads).max(1);
    thread::scope(|scope| {
        let workers: Vec<_> = cases
            .chunks(share)
            .map(|cases| scope.spawn(|| run_in_turn(package, &params, cases, kinds)))
            .collect();
        let mut results = Vec::with_capacity(cases.len());
        for worker in workers {
            match worker.join() {
                Ok(tested) => results.extend(tested?),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        Ok(results)
    })
}

fn run_in_turn<'a>(
    package: &Package,
    params: &Params,
    cases: &[&'a TestCase],
    kinds: &[EngineKind],
) -> Result<Vec<Tested<'a>>, Stop> {
    let empty = || Data::new(&package.program.schema);
    let engines: Vec<Reused> =
        kinds.iter().map(|kind| Ok(Reused(package.engine(*kind, empty())?))).collect::<Result<_, Stop>>()?;
    let tested = cases.iter().map(|case| {
        let results: Vec<TestResult> =
            engines.iter().map(|engine| run::run(&package.program, params, case, engine)).collect();
        Tested { case, failures: failures(case, &results) }
    });
    Ok(tested.collect())
}

/// An engine that takes the data of one test after the other, so that policies are compiled once. Never shared by threads.
struct Reused(Engine);

impl run::Engine for Reused {
    fn link<'a>(&'a self, data: &'a Data) -> Result<Box<dyn Decide + 'a>, String> {
        self.0.replace_data(data.clone()).map_err(|error| error.to_string())?;
        Ok(Box::new(self))
    }
}

impl Decide for &Reused {
    fn outcome(&self, query: &Query) -> Result<Outcome, String> {
        self.0.outcome(query).map_err(|error| error.to_string())
    }
}

/// What is wrong with the results of one test, one from each engine.
fn failures(case: &TestCase, results: &[TestResult]) -> Vec<Failed> {
    let Some((reference, others)) = results.split_first() else { return Vec::new() };
    let failed = reference.expectations.iter().enumerate().filter_map(|(nth, result)| {
        let at = case.expectations.get(nth).and_then(|expectation| expectation.at);
        let differs =
            others.iter().any(|other| other.expectations.get(nth).map(decided) != Some(decided(result)));
        let message = if differs {
            "the two engines decide differently: this is a fault of Assize, please report it".to_owned()
        } else {
            result.message()?
        };
        Some(Failed { span: result.span, message, outcome: result.outcome.clone(), at })
    });
    failed.collect()
}

fn decided(result: &ExpectationResult) -> Option<&Outcome> {
    result.outcome.as_ref()
}
