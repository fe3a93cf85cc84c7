//! A Program compiled for this machine, environment by environment, each when it is first needed.
//!
//! ```text
//! Code ── program, layout of rows, names that the Program mentions, which action includes which
//!      └─ environments          those that have policies
//!           ├─ decide           one function: deny, allow, or "evaluate all", if policies are few
//!           └─ policies         one function for each shape of policy (see `many`), if they are many, and for all reasons
//! ```
//! An environment that has no native form (a body too large, a type too odd) is decided by the interpreter: [`Unfit`].

use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;

use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_frontend::FunctionBuilderContext;
use rustc_hash::FxHashMap;

use super::behind::{Behind, Wanted};
use super::classes::Classes;
use super::emit::{Assumed, Covered, Functions, define_decision};
use super::frame::Frame;
use super::grants::Columns;
use super::layout::{Layout, bodies};
use super::many::{Budget, Many};
use super::module::{Building, Compiled, Extent, host};
use super::names::{Intern, Names, Unfit};
use super::obligations::Obliged;
use super::read::Plans;
use super::status::verdict;
use crate::outcome::Obligations;
use crate::program::{Body, Op, Program, Within};
use crate::types::{ActionId, EntityTypeId, Environment, Type};
use crate::value::{EntityUid, Value};
use crate::verify::Verified;

/// So many environments may have code; a schema can have more than memory.
const MOST_ENVIRONMENTS: usize = 1 << 16;
/// Which of so many actions includes which fits 2 MB of bits.
const MOST_ACTIONS: usize = 1 << 12;
/// So many pairs of a policy and a large environment are looked at when a Program is compiled; the others when first needed.
const MOST_AT_ONCE: usize = 1 << 19;
/// Fewer pairs than these are looked at before threads have begun.
const WORTH_THREADS: usize = 1 << 12;
/// A code generator that follows expressions downwards needs as much as the threads of its callers have.
const STACK: usize = 8 << 20;

/// When native code takes which form; what is decided is the same.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// One function with more policies would take long to compile and run no faster than policies found by an index.
    pub(super) most_inlined: usize,
    /// The same where policies are of no grant and oblige to nothing, which an index finds more quickly.
    pub(super) most_plain: usize,
    /// Fewer policies are evaluated all.
    pub(super) least_indexed: usize,
    /// A key that more policies share is worth a second one.
    pub(super) most_shared: usize,
    /// Keys of one kind that fewer policies have cost as much as they save.
    pub(super) least_planned: usize,
    /// Nodes of policies that one decision may compile: some milliseconds' worth.
    pub(super) most_cold: usize,
    /// Nodes of shapes in a lookup function; others are called.
    pub(super) most_in_line: usize,
    /// Rows tell the numbers of named entities if there are more than so many.
    pub(super) least_named: usize,
    /// Numbers of named entities that a row tells, at most four.
    pub(super) most_told: usize,
}

#[cfg(test)]
impl Limits {
    /// As with the fewest policies for one function, and so on.
    pub(crate) fn one_by_one() -> Limits {
        Limits {
            most_inlined: 0,
            most_plain: 0,
            least_indexed: usize::MAX,
            most_cold: usize::MAX,
            least_named: 0,
            ..Limits::default()
        }
    }

    /// Every test that can be a key is one.
    pub(crate) fn indexed() -> Limits {
        Limits { least_indexed: 0, least_planned: 0, ..Limits::one_by_one() }
    }

    /// The same with pairs of keys wherever a policy has two.
    pub(crate) fn paired() -> Limits {
        Limits { most_shared: 0, most_told: 1, ..Limits::indexed() }
    }

    /// The same with a function for each shape.
    pub(crate) fn called() -> Limits {
        Limits { most_in_line: 0, ..Limits::paired() }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            most_inlined: 64,
            most_plain: 24,
            least_indexed: 8,
            most_shared: 1,
            least_planned: 4,
            most_cold: 300,
            most_in_line: 800,
            least_named: 16,
            most_told: 4,
        }
    }
}

/// A compiled Program; see the module.
pub struct Code {
    pub(super) program: Verified,
    pub(super) layout: Layout,
    /// What policies ask about grants.
    pub(super) columns: Columns,
    /// All strings and entities in the Program.
    pub(super) names: Names,
    /// A bit for each pair of actions: row, the one that includes.
    pub(super) includes: Vec<u64>,
    pub(super) includes_words: usize,
    /// How many calls deep each function goes.
    pub(super) call_depth: Vec<usize>,
    pub(super) isa: OwnedTargetIsa,
    pub(super) limits: Limits,
    /// How requests in text are read.
    pub(super) plans: Plans,
    environments: Vec<(Environment, Unit)>,
    index: Index,
    /// What is asked of contexts, once somebody wants to know.
    classes: OnceLock<Classes>,
    /// There once decisions are to make no code.
    behind: OnceLock<Behind>,
}

/// Whether an environment has too many policies for one function.
fn is_large(program: &Verified, environment: Environment, limits: Limits) -> bool {
    let policies = program.applicable(environment);
    let is_plain = |(policy, variant): &(u32, u32)| {
        program.policies.get(*policy as usize).is_some_and(|policy| {
            let variant = policy.variants.get(*variant as usize);
            policy.grant.is_none() && variant.is_some_and(|variant| variant.obligations.is_empty())
        })
    };
    policies.len() > limits.most_inlined
        || policies.len() > limits.most_plain && policies.iter().all(is_plain)
}

/// The function of an environment: frame to verdict.
pub(super) type Decide = extern "C" fn(&Frame<'_, '_>) -> u64;

/// From an environment to its place and its function.
struct Index {
    places: Places,
    /// At `[action][principal][resource]`, or by place; empty until an environment is first asked for.
    functions: Box<[OnceLock<Decide>]>,
}

/// From an environment to its place.
enum Places {
    /// 1 + the place at `[action][principal][resource]`, 0 for none.
    Dense {
        types: usize,
        places: Vec<u32>,
    },
    Sparse(FxHashMap<Environment, u32>),
}

impl Index {
    fn new(program: &Program, environments: &[(Environment, Unit)]) -> Index {
        let types = program.schema.entity_types.len();
        let size = program.schema.actions.len().saturating_mul(types).saturating_mul(types);
        if size > MOST_ENVIRONMENTS {
            let places =
                environments.iter().enumerate().map(|(at, (environment, _))| (*environment, at as u32));
            let places = Places::Sparse(places.collect());
            return Index { places, functions: environments.iter().map(|_| OnceLock::new()).collect() };
        }
        let mut places = vec![0; size];
        for (at, (environment, _)) in environments.iter().enumerate() {
            if let Some(place) = places.get_mut(dense(*environment, types)) {
                *place = 1 + at as u32;
            }
        }
        let mut functions: Box<[OnceLock<Decide>]> =
            places.iter().map(|_| OnceLock::from(not_applicable as Decide)).collect();
        for (at, action) in program.schema.actions.iter().enumerate() {
            let Some(applies) = &action.applies else { continue };
            for principal in applies.principals.iter() {
                for resource in applies.resources.iter() {
                    let at = dense(Environment { principal, action: ActionId(at as u32), resource }, types);
                    if let (Some(function), Some(place)) = (functions.get_mut(at), places.get(at)) {
                        *function = if *place > 0 { OnceLock::new() } else { OnceLock::from(deny as Decide) };
                    }
                }
            }
        }
        Index { places: Places::Dense { types, places }, functions }
    }

    fn get(&self, environment: Environment) -> Option<usize> {
        match &self.places {
            Places::Dense { places, types } => {
                // Ids of another schema must not meet a place that is not theirs.
                if environment.principal.index().max(environment.resource.index()) >= *types {
                    return None;
                }
                (*places.get(dense(environment, *types))? as usize).checked_sub(1)
            }
            Places::Sparse(places) => places.get(&environment).map(|at| *at as usize),
        }
    }

    #[inline]
    fn function(&self, environment: Environment) -> Option<&OnceLock<Decide>> {
        match &self.places {
            Places::Dense { types, .. } => {
                if environment.principal.index().max(environment.resource.index()) >= *types {
                    return None;
                }
                self.functions.get(dense(environment, *types))
            }
            Places::Sparse(places) => self.functions.get(*places.get(&environment)? as usize),
        }
    }
}

extern "C" fn not_applicable(_: &Frame<'_, '_>) -> u64 {
    verdict::NOT_APPLICABLE
}

/// Where no policy is for the environment.
extern "C" fn deny(_: &Frame<'_, '_>) -> u64 {
    verdict::DENY
}

extern "C" fn one_by_one(_: &Frame<'_, '_>) -> u64 {
    verdict::ONE_BY_ONE
}

#[inline]
fn dense(environment: Environment, types: usize) -> usize {
    (environment.action.index() * types + environment.principal.index()) * types
        + environment.resource.index()
}

impl std::fmt::Debug for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Code").field("environments", &self.environments.len()).finish_non_exhaustive()
    }
}

/// The code of one environment.
#[derive(Default)]
pub(super) struct Unit {
    /// It has too many policies for one function.
    pub(super) is_large: bool,
    decision: OnceLock<Result<Decision, Unfit>>,
    /// The same for a principal or resource that the data does not hold.
    decision_for_absent: OnceLock<Result<Decision, Unfit>>,
    policies: OnceLock<Result<Many, Unfit>>,
}

/// A whole environment in one function.
struct Decision {
    function: Decide,
    obliged: Option<Obliged>,
    code: Compiled,
}

/// What a Program's code takes now: more when more has been asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CodeSize {
    /// Combinations of principal type, action and resource type that policies are for.
    pub environments: usize,
    /// Those of them for which one function decides.
    pub compiled_environments: usize,
    /// Pairs of a policy and an environment where policies are looked at one by one: where there are many, or for reasons.
    pub policies: usize,
    /// For their constants and indexes.
    pub policy_bytes: usize,
    /// Functions that they need, at most.
    pub shapes: usize,
    /// Functions that are made for them.
    pub compiled: usize,
    /// All functions of machine code.
    pub functions: usize,
    /// For these.
    pub code_bytes: usize,
    /// Pieces that these lie in, each with pages of its own.
    pub modules: usize,
}

impl Code {
    /// Prepares a Program. Machine code is made when an environment is first asked for, indexes over environments of many policies are
    /// made at once.
    pub fn compile(program: &Verified) -> Result<Code, Unfit> {
        Code::with_limits(program, Limits::default())
    }

    pub(crate) fn with_limits(program: &Verified, limits: Limits) -> Result<Code, Unfit> {
        let environments: Vec<_> = program
            .environments()
            .into_iter()
            .map(|environment| {
                (environment, Unit { is_large: is_large(program, environment, limits), ..Unit::default() })
            })
            .collect();
        if environments.len() > MOST_ENVIRONMENTS || program.schema.actions.len() > MOST_ACTIONS {
            return Err(Unfit);
        }
        let (includes, includes_words) = includes(program);
        let code = Code {
            layout: Layout::of(program, limits)?,
            columns: Columns::of(program, limits.most_inlined),
            names: mentioned(program)?,
            includes,
            includes_words,
            call_depth: call_depth(program),
            isa: host()?,
            limits,
            plans: Plans::new(program),
            index: Index::new(program, &environments),
            environments,
            program: program.clone(),
            classes: OnceLock::new(),
            behind: OnceLock::new(),
        };
        code.index_large();
        Ok(code)
    }

    /// Looks at environments of many policies now, so that no decision waits for that: on all processors if it is much.
    fn index_large(&self) {
        let mut left = MOST_AT_ONCE;
        let mut large: Vec<(usize, &(Environment, Unit))> = Vec::new();
        for one in self.environments.iter().filter(|(_, unit)| unit.is_large) {
            let policies = self.program.applicable(one.0).len();
            if policies <= left {
                left -= policies;
                large.push((policies, one));
            }
        }
        // The longest first: it is the one that others can be done beside.
        large.sort_by_key(|(policies, _)| std::cmp::Reverse(*policies));
        let next = AtomicUsize::new(0);
        let work = || {
            while let Some((_, (environment, unit))) = large.get(next.fetch_add(1, Ordering::Relaxed)) {
                if let Ok(policies) = self.policies_now(unit, *environment) {
                    policies.lookup(self);
                }
            }
        };
        let is_much = MOST_AT_ONCE - left >= WORTH_THREADS;
        let threads = if is_much { thread::available_parallelism().map_or(1, NonZero::get) } else { 1 };
        thread::scope(|scope| {
            for _ in 1..threads.min(large.len()) {
                // Where there are no threads, this one does it all.
                let _ = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
            }
            work();
        });
    }

    /// From here on decisions make no code: a thread does that behind them, and they are left to the interpreter meanwhile.
    pub fn compile_behind(self: &Arc<Self>) {
        self.behind.get_or_init(|| Behind::new(Arc::downgrade(self)));
    }

    /// What will be asked of contexts: for each action bodies that depend on nothing else. The first time counts.
    pub(crate) fn ask_of_contexts(&self, questions: Vec<Option<Vec<Body>>>) {
        self.classes.get_or_init(|| Classes::new(questions));
    }

    pub(super) fn classes(&self) -> Option<&Classes> {
        self.classes.get()
    }

    /// Whether a thread is making code that decisions have missed.
    pub fn is_compiling(&self) -> bool {
        self.behind.get().is_some_and(Behind::is_busy)
    }

    pub(super) fn behind(&self) -> Option<&Behind> {
        self.behind.get()
    }

    /// Whether a decision leaves this to the thread behind it, which knows of it from now on.
    #[cold]
    pub(super) fn leaves(&self, wanted: Wanted) -> bool {
        self.behind.get().is_some_and(|behind| behind.ask(wanted))
    }

    /// Makes what decisions have missed; shapes are of one environment.
    pub(super) fn make_wanted(&self, wanted: &[Wanted]) {
        let mut shapes = Vec::new();
        for wanted in wanted {
            match *wanted {
                Wanted::Function(environment) => drop(self.make_now(environment)),
                Wanted::Absent(environment) => {
                    if let Some(unit) = self.unit(environment) {
                        self.decision_for_absent(unit, environment);
                    }
                }
                Wanted::Policies(environment) => {
                    if let Some(unit) = self.unit(environment) {
                        let _ = self.policies_now(unit, environment);
                    }
                }
                Wanted::Class(action) => self.make_class_now(action),
                Wanted::Shape(environment, shape) => shapes.push((environment, shape as usize)),
            }
        }
        let Some((environment, _)) = shapes.first().copied() else { return };
        if let Some(unit) = self.unit(environment)
            && let Ok(policies) = self.policies_now(unit, environment)
        {
            let shapes: Vec<usize> = shapes.into_iter().map(|(_, shape)| shape).collect();
            policies.compile(self, &shapes);
        }
    }

    /// The Program that it was made from.
    pub fn program(&self) -> &Verified {
        &self.program
    }

    /// Compiles every environment now, rather than when it is first needed.
    pub fn warm(&self) {
        for (environment, unit) in &self.environments {
            let _ = self.make_now(*environment);
            if unit.decision.get().is_none_or(Result::is_err)
                && let Ok(policies) = self.policies_now(unit, *environment)
            {
                policies.warm(self);
            }
        }
    }

    /// What there is now.
    pub fn size(&self) -> CodeSize {
        let mut size = CodeSize { environments: self.environments.len(), ..CodeSize::default() };
        let mut extent = self.classes().map_or_else(Extent::default, Classes::extent);
        for (environment, unit) in &self.environments {
            size.compiled_environments += usize::from(self.function(*environment).is_some());
            for decision in [&unit.decision, &unit.decision_for_absent] {
                if let Some(Ok(decision)) = decision.get() {
                    extent += decision.code.extent();
                }
            }
            let Some(Ok(many)) = unit.policies.get() else { continue };
            let (shapes, compiled) = many.shapes();
            size.policies += many.entries.len();
            size.policy_bytes += many.bytes();
            size.shapes += shapes;
            size.compiled += compiled;
            extent += many.extent();
        }
        CodeSize { functions: extent.functions, code_bytes: extent.bytes, modules: extent.modules, ..size }
    }

    /// The code of an environment; `None` if no policy is for it.
    #[inline]
    pub(super) fn unit(&self, environment: Environment) -> Option<&Unit> {
        self.environments.get(self.index.get(environment)?).map(|(_, unit)| unit)
    }

    /// The function of an environment, if it has been asked for before.
    #[inline]
    pub(super) fn function(&self, environment: Environment) -> Option<Decide> {
        self.index.function(environment)?.get().copied()
    }

    /// The same, now made, unless that is left to the thread behind.
    #[cold]
    pub(super) fn make(&self, environment: Environment) -> Result<Decide, Unfit> {
        if self.unit(environment).is_some() && self.leaves(Wanted::Function(environment)) {
            return Err(Unfit);
        }
        self.make_now(environment)
    }

    fn make_now(&self, environment: Environment) -> Result<Decide, Unfit> {
        let Some(unit) = self.unit(environment) else {
            let action = self.program.schema.actions.get(environment.action.index());
            let applies = action.and_then(|action| action.applies.as_ref()).is_some_and(|applies| {
                applies.principals.contains(environment.principal)
                    && applies.resources.contains(environment.resource)
            });
            return Ok(if applies { deny } else { not_applicable });
        };
        let whole = || {
            let decision = unit.decision.get_or_init(|| guarded(|| self.make_decision(environment, true)));
            decision.as_ref().ok().map(|decision| decision.function)
        };
        let lookup = || self.policies_now(unit, environment).ok()?.lookup(self);
        let function = if unit.is_large { None } else { whole() }.or_else(lookup).unwrap_or(one_by_one);
        let published = self.index.function(environment).ok_or(Unfit)?;
        Ok(*published.get_or_init(|| function))
    }

    /// The verdict of an environment's policies where the data does not hold the principal or the resource.
    #[cold]
    pub(super) fn verdict_for_absent(
        &self,
        unit: &Unit,
        environment: Environment,
        frame: &Frame<'_, '_>,
    ) -> Result<u64, Unfit> {
        if unit.decision_for_absent.get().is_none() && self.leaves(Wanted::Absent(environment)) {
            return Err(Unfit);
        }
        let decision = self.decision_for_absent(unit, environment);
        Ok(decision.map_or(verdict::ONE_BY_ONE, |decision| (decision.function)(frame)))
    }

    fn decision_for_absent<'u>(&self, unit: &'u Unit, environment: Environment) -> Option<&'u Decision> {
        let made =
            unit.decision_for_absent.get_or_init(|| guarded(|| self.make_decision(environment, false)));
        made.as_ref().ok()
    }

    /// What a verdict obliges to, if its bits say.
    #[inline]
    pub(super) fn obligations(&self, environment: Environment, verdict: u64) -> Option<Obligations> {
        let decision = self.unit(environment)?.decision.get()?.as_ref().ok()?;
        decision.obliged.as_ref()?.by(verdict >> verdict::WHICH)
    }

    /// Each policy for itself.
    #[inline]
    pub(super) fn policies<'u>(&self, unit: &'u Unit, environment: Environment) -> Result<&'u Many, Unfit> {
        match unit.policies.get() {
            Some(policies) => policies.as_ref().map_err(|unfit| *unfit),
            None if self.leaves(Wanted::Policies(environment)) => Err(Unfit),
            None => self.policies_now(unit, environment),
        }
    }

    fn policies_now<'u>(&self, unit: &'u Unit, environment: Environment) -> Result<&'u Many, Unfit> {
        let policies = unit.policies.get_or_init(|| guarded(|| self.make_policies(environment)));
        policies.as_ref().map_err(|unfit| *unfit)
    }

    /// What one decision over these policies may compile: all of few policies, some of many.
    pub(super) fn budget(&self, policies: &Many) -> Budget {
        let few = policies.entries.len() <= self.limits.most_inlined;
        Budget(if few { usize::MAX } else { self.limits.most_cold })
    }

    fn covered(&self, environment: Environment) -> Result<Vec<(u32, Covered<'_>)>, Unfit> {
        let applicable = self.program.applicable(environment).iter();
        applicable
            .map(|(index, variant)| {
                let policy = self.program.policies.get(*index as usize).ok_or(Unfit)?;
                let at = *variant as usize;
                Ok((*variant, (*index, policy, policy.variants.get(at).ok_or(Unfit)?)))
            })
            .collect()
    }

    fn make_decision(&self, environment: Environment, assume_held: bool) -> Result<Decision, Unfit> {
        let covered: Vec<_> = self.covered(environment)?.into_iter().map(|(_, covered)| covered).collect();
        if covered.len() > self.limits.most_inlined {
            return Err(Unfit);
        }
        let mut building = Building::new(self.isa.clone())?;
        let (mut functions, mut context) = (Functions::default(), FunctionBuilderContext::new());
        let obliged = Obliged::of(&covered);
        let made = define_decision(
            self,
            &mut building,
            &mut functions,
            &mut context,
            environment,
            &covered,
            Assumed { held: assume_held, obliged: obliged.is_some() },
        );
        let id = match made {
            Ok(id) => id,
            Err(unfit) => {
                building.abandon();
                return Err(unfit);
            }
        };
        let code = building.finish()?;
        let function = code.decide(id).ok_or(Unfit)?;
        Ok(Decision { function, obliged, code })
    }

    fn make_policies(&self, environment: Environment) -> Result<Many, Unfit> {
        let covered = self.covered(environment)?;
        Many::new(self, environment, &covered)
    }
}

/// Compiles. Should the code generator ever panic, its memory is lost and the interpreter decides.
pub(super) fn guarded<T>(make: impl FnOnce() -> Result<T, Unfit>) -> Result<T, Unfit> {
    catch_unwind(AssertUnwindSafe(make)).unwrap_or_else(|panic| {
        // Where it is tried out it must not go unnoticed.
        if cfg!(test) { std::panic::resume_unwind(panic) } else { Err(Unfit) }
    })
}

/// Which action includes which, as rows of bits.
fn includes(program: &Program) -> (Vec<u64>, usize) {
    let actions = &program.schema.actions;
    let words = actions.len().div_ceil(64);
    let mut bits = vec![0; words * actions.len()];
    for (outer, action) in actions.iter().enumerate() {
        for inner in action.includes.iter().map(|inner| inner.index()).chain([outer]) {
            bits[outer * words + inner / 64] |= 1 << (inner % 64);
        }
    }
    (bits, words)
}

/// Functions call only functions before them.
fn call_depth(program: &Program) -> Vec<usize> {
    let mut depths: Vec<usize> = Vec::with_capacity(program.functions.len());
    for function in &program.functions {
        let callees = function.body.nodes.iter().filter_map(|node| match node.op {
            Op::Call { function, .. } => depths.get(function as usize).copied(),
            _ => None,
        });
        depths.push(1 + callees.max().unwrap_or(0));
    }
    depths
}

/// All strings and entities that code may refer to, so that their numbers are known when it is made.
fn mentioned(program: &Program) -> Result<Names, Unfit> {
    let mut names = Names::new(&program.schema);
    for policy in &program.policies {
        for pattern in [&policy.principal, &policy.resource] {
            if let Within::In(uid) | Within::Is(uid) = &pattern.within {
                names.entity(uid)?;
            }
        }
    }
    for (index, ty) in program.schema.entity_types.iter().enumerate() {
        for id in ty.closed.iter().flatten() {
            names.entity(&EntityUid { ty: EntityTypeId(index as u32), id: id.clone() })?;
        }
    }
    for body in bodies(program) {
        for node in &body.nodes {
            match &node.op {
                Op::Const(value) => mention(value, &mut names)?,
                Op::MapOf(entries) => {
                    for (key, _) in entries {
                        names.string(key)?;
                    }
                }
                _ => {}
            }
        }
    }
    Ok(names)
}

fn mention(value: &Value, names: &mut Names) -> Result<(), Unfit> {
    match value {
        Value::String(text) => names.string(text).map(drop),
        Value::Entity(uid) => names.entity(uid).map(drop),
        Value::Set(set) => set.iter().try_for_each(|value| mention(value, names)),
        Value::Map(map) => map.iter().try_for_each(|(key, value)| {
            names.string(key)?;
            mention(value, names)
        }),
        Value::Record(fields) => fields.values().try_for_each(|value| mention(value, names)),
        _ => Ok(()),
    }
}

/// The context type of an action that requests may name.
pub(super) fn context_type(program: &Program, environment: Environment) -> Result<Type, Unfit> {
    let action = program.schema.actions.get(environment.action.index()).ok_or(Unfit)?;
    Ok(Type::Record(action.applies.as_ref().ok_or(Unfit)?.context.clone()))
}
