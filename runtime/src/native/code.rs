//! A Program compiled for this machine, environment by environment, each when it is first needed.
//!
//! ```text
//! Code ── program, layout of rows, names that the Program mentions, which action includes which
//!      └─ environments          those that have policies
//!           ├─ decide           one function: deny, allow, or "evaluate all"      ─┐ each in a module of its
//!           └─ policies         one function for each policy, for all reasons     ─┘ own, freed with the Code
//! ```
//! An environment that has no native form (a body too large, a type too odd) is decided by the interpreter: [`Unfit`].

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;

use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_frontend::FunctionBuilderContext;
use rustc_hash::FxHashMap;

use super::emit::{Covered, Functions, Role, define_decision, define_policy, pattern_plan};
use super::frame::Frame;
use super::grants::Plan;
use super::layout::{Layout, bodies};
use super::module::{Building, Compiled, host};
use super::names::{Intern, Names, Unfit};
use super::status::verdict;
use crate::program::{Effect, Op, Program, Within};
use crate::types::{EntityTypeId, Environment, Type};
use crate::value::{EntityUid, Value};
use crate::verify::Verified;

/// So many environments may have code; a schema can have more than memory.
const MOST_ENVIRONMENTS: usize = 1 << 16;
/// Which of so many actions includes which fits 2 MB of bits.
const MOST_ACTIONS: usize = 1 << 12;
/// One function with more policies than this would take long to compile and run no faster than a loop over compiled policies.
const MOST_INLINED: usize = 64;

/// A compiled Program; see the module.
pub struct Code {
    pub(super) program: Verified,
    pub(super) layout: Layout,
    /// All strings and entities in the Program.
    pub(super) names: Names,
    /// A bit for each pair of actions: row, the one that includes.
    pub(super) includes: Vec<u64>,
    pub(super) includes_words: usize,
    /// How many calls deep each function goes.
    pub(super) call_depth: Vec<usize>,
    isa: OwnedTargetIsa,
    /// Environments with more policies than this are decided by a loop over compiled policies.
    pub(super) most_inlined: usize,
    environments: Vec<(Environment, Unit)>,
    index: Index,
}

/// From an environment to its place.
enum Index {
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
            return Index::Sparse(places.collect());
        }
        let mut places = vec![0; size];
        for (at, (environment, _)) in environments.iter().enumerate() {
            if let Some(place) = places.get_mut(dense(*environment, types)) {
                *place = 1 + at as u32;
            }
        }
        Index::Dense { types, places }
    }

    fn get(&self, environment: Environment) -> Option<usize> {
        match self {
            Index::Dense { types, places } => {
                // Ids of another schema must not meet a place that is not theirs.
                if environment.principal.index().max(environment.resource.index()) >= *types {
                    return None;
                }
                (*places.get(dense(environment, *types))? as usize).checked_sub(1)
            }
            Index::Sparse(places) => places.get(&environment).map(|at| *at as usize),
        }
    }
}

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
struct Unit {
    decision: OnceLock<Result<Decision, Unfit>>,
    /// The same for a principal or resource that the data does not hold.
    decision_for_absent: OnceLock<Result<Decision, Unfit>>,
    policies: OnceLock<Result<Policies, Unfit>>,
}

/// A whole environment in one function.
struct Decision {
    function: extern "C" fn(&Frame<'_, '_>) -> u64,
    _code: Compiled,
}

/// Every policy of an environment in a function of its own, in source order.
pub(super) struct Policies {
    pub(super) entries: Vec<Entry>,
    /// Entries in the order in which a decision is found soonest, with what it is if one applies: denies, allows with obligations,
    /// plain allows.
    pub(super) order: Vec<(usize, u64)>,
    /// The most words that an entry writes about its obligations.
    pub(super) widest: usize,
    _code: Compiled,
}

/// A policy in an environment.
pub(super) struct Entry {
    pub(super) policy: u32,
    pub(super) variant: usize,
    /// Frame and row to a status.
    pub(super) function: extern "C" fn(&Frame<'_, '_>, *const u64) -> u64,
    /// Of a grant's policy: how to find its rows.
    pub(super) rows: Option<(Plan, Vec<Role>)>,
    /// Words that it writes about its obligations.
    pub(super) out: usize,
}

impl Code {
    /// Prepares a Program. Machine code is made when an environment is first asked for.
    pub fn compile(program: &Verified) -> Result<Code, Unfit> {
        let environments: Vec<_> =
            program.environments().into_iter().map(|environment| (environment, Unit::default())).collect();
        if environments.len() > MOST_ENVIRONMENTS || program.schema.actions.len() > MOST_ACTIONS {
            return Err(Unfit);
        }
        let (includes, includes_words) = includes(program);
        Ok(Code {
            layout: Layout::of(program)?,
            names: mentioned(program)?,
            includes,
            includes_words,
            call_depth: call_depth(program),
            isa: host()?,
            most_inlined: MOST_INLINED,
            index: Index::new(program, &environments),
            environments,
            program: program.clone(),
        })
    }

    /// The Program that it was made from.
    pub fn program(&self) -> &Verified {
        &self.program
    }

    /// Compiles every environment now, rather than when it is first needed.
    pub fn warm(&self) {
        for (environment, unit) in &self.environments {
            let _ = unit.decision.get_or_init(|| guarded(|| self.make_decision(*environment, true)));
        }
    }

    fn unit(&self, environment: Environment) -> Option<&Unit> {
        self.environments.get(self.index.get(environment)?).map(|(_, unit)| unit)
    }

    /// Whether some policy is for the environment.
    pub(super) fn has_policies(&self, environment: Environment) -> bool {
        self.index.get(environment).is_some()
    }

    /// The verdict of all policies of an environment, if they are in one function.
    pub(super) fn verdict(&self, environment: Environment, frame: &Frame<'_, '_>) -> Result<u64, Unfit> {
        let unit = self.unit(environment).ok_or(Unfit)?;
        let decision = unit.decision.get_or_init(|| guarded(|| self.make_decision(environment, true)));
        match (decision.as_ref().map_err(|unfit| *unfit)?.function)(frame) {
            verdict::NOT_HELD => {
                let decision = unit
                    .decision_for_absent
                    .get_or_init(|| guarded(|| self.make_decision(environment, false)));
                Ok((decision.as_ref().map_err(|unfit| *unfit)?.function)(frame))
            }
            verdict => Ok(verdict),
        }
    }

    /// Each policy for itself; `None` if no policy is for the environment.
    pub(super) fn policies(&self, environment: Environment) -> Option<Result<&Policies, Unfit>> {
        let unit = self.unit(environment)?;
        Some(
            unit.policies
                .get_or_init(|| guarded(|| self.make_policies(environment)))
                .as_ref()
                .map_err(|unfit| *unfit),
        )
    }

    fn covered(&self, environment: Environment) -> Result<Vec<(usize, Covered<'_>)>, Unfit> {
        let applicable = self.program.applicable(environment).iter();
        applicable
            .map(|(index, variant)| {
                let policy = self.program.policies.get(*index as usize).ok_or(Unfit)?;
                let at = *variant as usize;
                Ok((at, (*index, policy, policy.variants.get(at).ok_or(Unfit)?)))
            })
            .collect()
    }

    fn make_decision(&self, environment: Environment, assume_held: bool) -> Result<Decision, Unfit> {
        let covered: Vec<_> = self.covered(environment)?.into_iter().map(|(_, covered)| covered).collect();
        if covered.len() > self.most_inlined {
            return Err(Unfit);
        }
        let mut building = Building::new(self.isa.clone())?;
        let (mut functions, mut context) = (Functions::default(), FunctionBuilderContext::new());
        let made = define_decision(
            self,
            &mut building,
            &mut functions,
            &mut context,
            environment,
            &covered,
            assume_held,
        );
        let id = match made {
            Ok(id) => id,
            Err(unfit) => {
                building.abandon();
                return Err(unfit);
            }
        };
        let code = building.finish()?;
        let address = code.address(id).ok_or(Unfit)?;
        // SAFETY: `define_decision` gave the function this signature, in the C calling convention of the host; `code` keeps it.
        let function =
            unsafe { std::mem::transmute::<*const u8, extern "C" fn(&Frame<'_, '_>) -> u64>(address) };
        Ok(Decision { function, _code: code })
    }

    fn make_policies(&self, environment: Environment) -> Result<Policies, Unfit> {
        let covered = self.covered(environment)?;
        let mut building = Building::new(self.isa.clone())?;
        let (mut functions, mut context) = (Functions::default(), FunctionBuilderContext::new());
        let mut ids = Vec::with_capacity(covered.len());
        for (_, covered) in &covered {
            match define_policy(self, &mut building, &mut functions, &mut context, environment, *covered) {
                Ok(id) => ids.push(id),
                Err(unfit) => {
                    building.abandon();
                    return Err(unfit);
                }
            }
        }
        let code = building.finish()?;
        let mut entries = Vec::with_capacity(covered.len());
        for ((at, (index, policy, variant)), id) in covered.into_iter().zip(ids) {
            let address = code.address(id).ok_or(Unfit)?;
            // SAFETY: `define_policy` gave the function this signature, in the C calling convention of the host; `_code` keeps it.
            let function = unsafe {
                std::mem::transmute::<*const u8, extern "C" fn(&Frame<'_, '_>, *const u64) -> u64>(address)
            };
            let rows = match policy.grant {
                Some(grant) => {
                    let declared = self.program.schema.grants.get(grant.index()).ok_or(Unfit)?;
                    Some(pattern_plan(policy, declared, grant)?)
                }
                None => None,
            };
            let out = variant.obligations.iter().map(|call| 1 + call.args.len()).sum();
            entries.push(Entry { policy: index, variant: at, function, rows, out });
        }
        let mut order = Vec::new();
        for (at, entry) in entries.iter().enumerate() {
            let policy = &self.program.policies[entry.policy as usize];
            let verdict = match (policy.effect, entry.out > 0) {
                // An error in what it obliges means that such a deny does not apply, so that has to be evaluated.
                (Effect::Deny, true) if policy.on_error_skip => verdict::ALL,
                (Effect::Deny, _) => verdict::DENY,
                (Effect::Allow, true) => verdict::OBLIGED,
                (Effect::Allow, false) => verdict::ALLOW,
            };
            if !policy.trial {
                order.push((at, verdict));
            }
        }
        let rank = |(at, verdict): &(usize, u64)| {
            let effect = self.program.policies[entries[*at].policy as usize].effect;
            (effect != Effect::Deny, *verdict == verdict::ALLOW)
        };
        order.sort_by_key(rank);
        let widest = entries.iter().map(|entry| entry.out).max().unwrap_or(0);
        Ok(Policies { entries, order, widest, _code: code })
    }
}

/// Compiles. Should the code generator ever panic, its memory is lost and the interpreter decides.
fn guarded<T>(make: impl FnOnce() -> Result<T, Unfit>) -> Result<T, Unfit> {
    catch_unwind(AssertUnwindSafe(make)).unwrap_or(Err(Unfit))
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
