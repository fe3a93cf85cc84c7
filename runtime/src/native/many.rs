//! The policies of an environment one by one: native code by shape, constants by policy, and an index of which can apply.
//!
//! ```text
//! Many ── entries      each policy: its shapes and where its constants are
//!      ├─ constants    words
//!      ├─ tiers        an index each: denies, allows with obligations, plain allows, trials
//!      └─ shapes       native code, made when first needed
//! ```
//! Environments with more policies than fit one function are decided so, and all reasons are found so.
//!
//! Code for few shapes is made at once. Of many shapes, a decision makes those that it needs, up to a limit ([`Budget`]); beyond, it
//! is left to the interpreter, and the next one finds more of them made. So no decision waits for more than a few of them, and
//! which one makes what changes no answer. Where code is made behind decisions (`behind`), they make none.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, TryLockError};

use cranelift_frontend::FunctionBuilderContext;
use rustc_hash::FxHashMap;

use super::arena::Arena;
use super::behind::Wanted;
use super::bounds::{Bound, bounds};
use super::code::{Code, Decide, guarded};
use super::emit::{Covered, Functions, Inline, Role, Shared, define_lookup, define_policy, pattern_plan};
use super::frame::Frame;
use super::grants::Plan;
use super::index::{Draft, Index, Visit};
use super::keys::{Kinds, Test, Tested, UNCERTAIN, tests};
use super::module::{Building, Compiled, Extent};
use super::names::Unfit;
use super::probe::{Form, Probes, Residue, Source};
use super::shape::{Held, Outline, Outliner};
use super::status::verdict;
use crate::program::{Body, Effect, NodeId, Op, Pattern, Within};
use crate::types::{EntityTypeId, Environment};

/// So many shapes are compiled together, at once if an environment has no more.
const TOGETHER: usize = 64;

/// What native code a decision may still make, in nodes of policies.
pub(super) struct Budget(pub(super) usize);

/// Frame, row and constants to a status.
pub(super) type Function = extern "C" fn(&Frame<'_, '_>, *const u64, *const u64) -> u64;

/// Which policies are looked at when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tier {
    Denies,
    Obliged,
    Allows,
    Trials,
}

/// See the module.
pub(super) struct Many {
    environment: Environment,
    /// In source order.
    pub(super) entries: Vec<Entry>,
    constants: Vec<u64>,
    tiers: [Index; 4],
    shapes: Vec<Shape>,
    /// The most words that an entry writes about its obligations.
    pub(super) widest: usize,
    code: Mutex<Vec<Compiled>>,
    lookup: OnceLock<Result<Lookup, Unfit>>,
    /// For each shape where its function is, for native code; 0 as long as there is none.
    functions: Arc<[AtomicU64]>,
    /// Behind the words of constants.
    cells: Arena,
}

/// A policy in an environment.
pub(super) struct Entry {
    pub(super) policy: u32,
    pub(super) variant: u32,
    /// Words that it writes about its obligations.
    pub(super) out: u32,
    /// What is decided if it applies.
    pub(super) verdict: u8,
    /// An error makes it apply.
    pub(super) despite_errors: bool,
    /// Of a grant's policy: how to find its rows.
    pub(super) rows: Option<Box<(Plan, Vec<Role>)>>,
}

/// One function that finds and evaluates the policies that can apply.
struct Lookup {
    function: Decide,
    probes: Arc<Probes>,
    code: Compiled,
}

/// Policies that differ in constants only.
struct Shape {
    /// One of them.
    entry: u32,
    /// The tests of that entry that the index answers, and whether the function makes them all the same.
    held: Held,
    is_whole: bool,
    nodes: u32,
    /// How many constants, the first, its condition has, and which of them are bounds.
    constants: usize,
    bounds: Vec<Bound>,
    function: OnceLock<Result<Function, Unfit>>,
}

/// In the place of a shape: nothing is left to evaluate.
const ALWAYS: u32 = u32::MAX;

impl Many {
    /// Of these policies, in source order, each with the number of its variant.
    pub(super) fn new(
        code: &Code,
        environment: Environment,
        covered: &[(u32, Covered<'_>)],
    ) -> Result<Many, Unfit> {
        let indexed = covered.len() >= code.limits.least_indexed;
        let mut kinds = Kinds::default();
        let mut drafts: [Vec<Draft>; 4] = Default::default();
        let mut entries = Vec::with_capacity(covered.len());
        for (at, (variant, covered)) in covered.iter().enumerate() {
            let (entry, tier) = entry(code, *variant, *covered)?;
            let mut tests = if indexed { tests(code, environment, *covered, &mut kinds) } else { Vec::new() };
            if entry.despite_errors {
                tests.retain(|test| test.needs & UNCERTAIN == 0);
            }
            drafts[tier as usize].push(Draft { entry: at as u32, tests });
            entries.push(entry);
        }
        let mut held = vec![Held::default(); covered.len()];
        let tiers = drafts.map(|drafts| {
            let (index, chosen) = Index::new(&drafts, &kinds, code.limits);
            for (draft, chosen) in drafts.iter().zip(chosen) {
                held[draft.entry as usize] = answered(chosen.iter().map(|test| &draft.tests[*test]));
            }
            index
        });
        let widest = entries.iter().map(|entry| entry.out as usize).max().unwrap_or(0);
        let mut many = Many {
            environment,
            entries,
            constants: Vec::new(),
            tiers,
            shapes: Vec::new(),
            widest,
            code: Mutex::default(),
            lookup: OnceLock::new(),
            functions: Arc::default(),
            cells: Arena::default(),
        };
        many.find_shapes(code, covered, &held)?;
        many.functions = many.shapes.iter().map(|_| AtomicU64::default()).collect();
        if many.shapes.len() <= TOGETHER {
            // What is left when tests hold; the rest is wanted only where the data lacks something.
            let common = |shape: &usize| {
                let shape = &many.shapes[*shape];
                !shape.is_whole || shape.held == Held::default()
            };
            let common: Vec<_> = (0..many.shapes.len()).filter(common).collect();
            many.compile(code, &common);
        }
        Ok(many)
    }

    fn find_shapes(
        &mut self,
        code: &Code,
        covered: &[(u32, Covered<'_>)],
        held: &[Held],
    ) -> Result<(), Unfit> {
        let mut known: FxHashMap<Box<[u8]>, u32> = FxHashMap::default();
        let mut outliner = Outliner::default();
        let mut outline = Outline::default();
        // Of each policy: its shape, the shape of what is left, and where its constants are.
        let mut places = Vec::with_capacity(covered.len());
        for (at, ((_, covered), held)) in covered.iter().zip(held).enumerate() {
            outliner.outline(*covered, held, &mut outline)?;
            let constants = u32::try_from(self.constants.len()).map_err(|_| Unfit)?;
            for (_, constant) in &outline.constants {
                let word = constant.word(code, &mut self.cells)?;
                self.constants.push(word);
            }
            let nodes = nodes(*covered);
            let shapes = &mut self.shapes;
            let (_, policy, variant) = covered;
            let (constants_of, condition) = (&outline.constants, outline.condition);
            let mut shape = |key: &[u8], is_whole: bool| match known.get(key) {
                Some(shape) => *shape,
                None => {
                    let number = shapes.len() as u32;
                    let (entry, held, function) = (at as u32, held.clone(), OnceLock::new());
                    let body = variant.condition.as_ref();
                    let bounds = body.map_or(Vec::new(), |body| bounds(body, constants_of, condition));
                    shapes.push(Shape {
                        entry,
                        held,
                        is_whole,
                        nodes,
                        constants: condition,
                        bounds,
                        function,
                    });
                    known.insert(key.into(), number);
                    number
                }
            };
            let whole = shape(&outline.key, true);
            let nothing_left = policy.grant.is_none()
                && is_answered(variant.condition.as_ref(), held)
                && (held.principal || !names_an_entity(&policy.principal))
                && (held.resource || !names_an_entity(&policy.resource))
                && variant.obligations.is_empty();
            let remaining = match (nothing_left, outline.rest == outline.key.len()) {
                (true, _) => ALWAYS,
                (false, true) => whole,
                // The first part of one key is never another's whole: it lacks a test that the other has.
                (false, false) => {
                    outline.key.truncate(outline.rest);
                    outline.key.push(0xff);
                    shape(&outline.key, false)
                }
            };
            places.push((whole, remaining, constants));
        }
        let whole = |at: usize| (places[at].0, places[at].2);
        let known = |at: usize| (places[at].1, places[at].2);
        let has_rows = |at: usize| self.entries[at].rows.is_some();
        self.tiers.iter_mut().for_each(|index| index.place(whole, known, has_rows));
        Ok(())
    }

    /// The index of the policies of a tier.
    pub(super) fn tier(&self, tier: Tier) -> &Index {
        &self.tiers[tier as usize]
    }

    /// The native function for a visit; `None` if there is nothing to evaluate.
    #[inline]
    pub(super) fn function(
        &self,
        code: &Code,
        visit: &Visit,
        budget: &mut Budget,
    ) -> Result<Option<Function>, Unfit> {
        let Some(shape) = self.shapes.get(visit.shape as usize) else { return Ok(None) };
        match shape.function.get() {
            Some(function) => function.map(Some),
            None => self.make(code, visit.shape as usize, budget).map(Some),
        }
    }

    /// Whether a visit makes all tests of its policy.
    pub(super) fn is_whole(&self, visit: &Visit) -> bool {
        self.shapes.get(visit.shape as usize).is_some_and(|shape| shape.is_whole)
    }

    /// The constants for a visit.
    #[inline]
    pub(super) fn constants(&self, visit: &Visit) -> *const u64 {
        self.constants.get(visit.constants as usize..).unwrap_or_default().as_ptr()
    }

    #[cold]
    fn make(&self, code: &Code, shape: usize, budget: &mut Budget) -> Result<Function, Unfit> {
        if code.leaves(Wanted::Shape(self.environment, shape as u32)) {
            return Err(Unfit);
        }
        // The last may be larger than what is left, so that a large one is made at all.
        if budget.0 == 0 {
            return Err(Unfit);
        }
        budget.0 = budget.0.saturating_sub(self.shapes[shape].nodes as usize);
        self.compile(code, &[shape]);
        // Whoever makes another shape now has the lock, and the interpreter decides.
        self.shapes[shape].function.get().copied().unwrap_or(Err(Unfit))
    }

    /// Makes native code for all shapes that have none.
    pub(super) fn warm(&self, code: &Code) {
        let shapes: Vec<usize> = (0..self.shapes.len()).collect();
        shapes.chunks(TOGETHER).for_each(|shapes| self.compile(code, shapes));
    }

    /// Makes native code for shapes that have none, in a module of their own, unless another thread is at it.
    pub(super) fn compile(&self, code: &Code, shapes: &[usize]) {
        let mut modules = match self.code.try_lock() {
            Ok(modules) => modules,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        let wanted: Vec<_> = shapes.iter().copied().filter(|shape| self.is_unmade(*shape)).collect();
        if wanted.is_empty() {
            return;
        }
        match guarded(|| self.module(code, &wanted)) {
            Ok((module, functions)) => {
                modules.push(module);
                for (shape, function) in wanted.iter().zip(functions) {
                    let _ = self.shapes[*shape].function.set(Ok(function));
                    self.functions[*shape].store(function as usize as u64, Ordering::Release);
                }
            }
            // One that does not fit must not keep the others from being made.
            Err(Unfit) if wanted.len() > 1 => {
                drop(modules);
                wanted.iter().for_each(|shape| self.compile(code, &[*shape]));
            }
            Err(Unfit) => {
                let _ = self.shapes[wanted[0]].function.set(Err(Unfit));
            }
        }
    }

    fn is_unmade(&self, shape: usize) -> bool {
        self.shapes.get(shape).is_some_and(|shape| shape.function.get().is_none())
    }

    fn module(&self, code: &Code, shapes: &[usize]) -> Result<(Compiled, Vec<Function>), Unfit> {
        let mut building = Building::new(code.isa.clone())?;
        let (mut functions, mut context) = (Functions::default(), FunctionBuilderContext::new());
        let (mut outliner, mut outline) = (Outliner::default(), Outline::default());
        let mut ids = Vec::with_capacity(shapes.len());
        for shape in shapes {
            let shape = &self.shapes[*shape];
            let id = self.covered(code, shape.entry).and_then(|covered| {
                outliner.outline(covered, &shape.held, &mut outline)?;
                let held = if shape.is_whole { &Held::default() } else { &shape.held };
                let shared = Shared::new(&outline, covered.2.condition.as_ref(), held)?;
                define_policy(
                    code,
                    &mut building,
                    &mut functions,
                    &mut context,
                    self.environment,
                    covered,
                    &shared,
                )
            });
            match id {
                Ok(id) => ids.push(id),
                Err(unfit) => {
                    building.abandon();
                    return Err(unfit);
                }
            }
        }
        let compiled = building.finish()?;
        let mut made = Vec::with_capacity(ids.len());
        for id in ids {
            let address = compiled.address(id).ok_or(Unfit)?;
            // SAFETY: `define_policy` gave the function this signature, in the C calling convention of the host; `self.code` keeps it.
            made.push(unsafe { std::mem::transmute::<*const u8, Function>(address) });
        }
        Ok((compiled, made))
    }

    /// The function for all policies but those of trials.
    fn make_lookup(&self, code: &Code) -> Result<Lookup, Unfit> {
        let is_special = |entry: u32| {
            self.entries.get(entry as usize).is_none_or(|entry| entry.rows.is_some() || entry.out > 0)
        };
        let shapes = self.shapes.iter().map(|shape| Residue {
            nodes: shape.nodes as usize,
            constants: shape.constants,
            bounds: &shape.bounds,
            is_special: is_special(shape.entry),
        });
        let verdict = |entry: usize| {
            self.entries
                .get(entry)
                .map_or((verdict::ALL, false), |entry| (u64::from(entry.verdict), entry.despite_errors))
        };
        let named = |ty: EntityTypeId| {
            let layout = code.layout.types.get(ty.index())?;
            layout.named.as_ref().map(|named| named.by_words(&code.names))
        };
        let [denies, obliged, allows, _] = &self.tiers;
        let probes = Arc::new(
            Probes::new(&Source {
                tiers: [denies, obliged, allows],
                verdict: &verdict,
                shapes: shapes.collect(),
                constants: &self.constants,
                functions: &self.functions,
                named: &named,
                most_in_line: code.limits.most_in_line,
            })
            .ok_or(Unfit)?,
        );
        let mut inline: Vec<Option<Inline<'_>>> = Vec::new();
        inline.resize_with(self.shapes.len(), || None);
        let (mut outliner, mut outline) = (Outliner::default(), Outline::default());
        for probe in probes.groups.iter().flat_map(|group| &group.probes) {
            let Form::Shape(at) = probe.form else { continue };
            let shape = self.shapes.get(at as usize).ok_or(Unfit)?;
            let covered = self.covered(code, shape.entry)?;
            outliner.outline(covered, &shape.held, &mut outline)?;
            let held = if shape.is_whole { &Held::default() } else { &shape.held };
            inline[at as usize] = Some((covered, Shared::new(&outline, covered.2.condition.as_ref(), held)?));
        }
        let mut building = Building::new(code.isa.clone())?;
        building.pins.pin(Arc::clone(&probes));
        let (mut functions, mut context) = (Functions::default(), FunctionBuilderContext::new());
        let made = define_lookup(
            code,
            &mut building,
            &mut functions,
            &mut context,
            self.environment,
            &probes,
            &inline,
        );
        let id = match made {
            Ok(id) => id,
            Err(unfit) => {
                building.abandon();
                return Err(unfit);
            }
        };
        let compiled = building.finish()?;
        let address = compiled.address(id).ok_or(Unfit)?;
        // SAFETY: `define_lookup` gave the function this signature, in the C calling convention of the host; `code` keeps it.
        let function = unsafe { std::mem::transmute::<*const u8, Decide>(address) };
        Ok(Lookup { function, probes, code: compiled })
    }

    /// One function for all policies, made now if it was not before. Where it takes more to find a verdict, it answers
    /// [`verdict::NOT_HELD`] or [`verdict::ONE_BY_ONE`].
    pub(super) fn lookup(&self, code: &Code) -> Option<Decide> {
        let lookup = self.lookup.get_or_init(|| guarded(|| self.make_lookup(code)));
        lookup.as_ref().ok().map(|lookup| lookup.function)
    }

    fn covered<'c>(&self, code: &'c Code, entry: u32) -> Result<Covered<'c>, Unfit> {
        let entry = self.entries.get(entry as usize).ok_or(Unfit)?;
        let policy = code.program.policies.get(entry.policy as usize).ok_or(Unfit)?;
        Ok((entry.policy, policy, policy.variants.get(entry.variant as usize).ok_or(Unfit)?))
    }

    /// What it takes, but for native code.
    pub(super) fn bytes(&self) -> usize {
        let shapes = self.shapes.capacity() * size_of::<Shape>();
        let rows = self.entries.iter().filter_map(|entry| entry.rows.as_deref());
        let rows = rows.map(|rows| size_of_val(rows) + rows.0.bytes() + size_of_val(rows.1.as_slice()));
        let entries = self.entries.capacity() * size_of::<Entry>() + rows.sum::<usize>();
        let tiers: usize = self.tiers.iter().map(Index::bytes).sum();
        let lookup = self.lookup.get().and_then(|lookup| lookup.as_ref().ok());
        let lookup = lookup.map_or(0, |lookup| lookup.probes.bytes());
        shapes + entries + tiers + lookup + self.constants.capacity() * 8 + self.cells.bytes()
    }

    /// How much machine code there is for it.
    pub(super) fn extent(&self) -> Extent {
        let mut extent = Extent::default();
        if let Some(Ok(lookup)) = self.lookup.get() {
            extent += lookup.code.extent();
        }
        let modules = self.code.lock().unwrap_or_else(PoisonError::into_inner);
        modules.iter().for_each(|module| extent += module.extent());
        extent
    }

    /// How many functions its policies need, and how many of these are made.
    pub(super) fn shapes(&self) -> (usize, usize) {
        let made = self.shapes.iter().filter(|shape| shape.function.get().is_some()).count();
        (self.shapes.len(), made)
    }
}

/// A policy with its shapes yet to be found.
fn entry(
    code: &Code,
    variant_at: u32,
    (index, policy, variant): Covered<'_>,
) -> Result<(Entry, Tier), Unfit> {
    let rows = match policy.grant {
        Some(grant) => {
            let declared = code.program.schema.grants.get(grant.index()).ok_or(Unfit)?;
            Some(Box::new(pattern_plan(policy, declared, grant)?))
        }
        None => None,
    };
    let out: usize = variant.obligations.iter().map(|call| 1 + call.args.len()).sum();
    let (verdict, tier) = match (policy.effect, out > 0) {
        // An error in what it obliges means that such a deny does not apply, so that has to be evaluated.
        (Effect::Deny, true) if policy.on_error_skip => (verdict::ALL, Tier::Denies),
        (Effect::Deny, _) => (verdict::DENY, Tier::Denies),
        (Effect::Allow, true) => (verdict::OBLIGED, Tier::Obliged),
        (Effect::Allow, false) => (verdict::ALLOW, Tier::Allows),
    };
    let entry = Entry {
        policy: index,
        variant: variant_at,
        out: u32::try_from(out).map_err(|_| Unfit)?,
        verdict: verdict as u8,
        despite_errors: policy.effect == Effect::Deny && !policy.on_error_skip,
        rows,
    };
    Ok((entry, if policy.trial { Tier::Trials } else { tier }))
}

/// What the index answers of a policy by these of its tests.
fn answered<'t>(tests: impl Iterator<Item = &'t Test>) -> Held {
    let mut held = Held::default();
    for test in tests {
        match test.part {
            Tested::Pattern(Role::Principal) => held.principal = true,
            Tested::Pattern(Role::Resource) => held.resource = true,
            Tested::Node(node, truth) => held.nodes.push((node, truth)),
        }
    }
    held.nodes.sort_unstable();
    held
}

/// Whether a condition is true if these tests hold, and cannot err.
fn is_answered(condition: Option<&Body>, held: &Held) -> bool {
    let Some(body) = condition else { return true };
    let Some(root) = body.nodes.len().checked_sub(1) else { return false };
    is_true(body, NodeId(root as u32), true, held)
}

fn is_true(body: &Body, id: NodeId, truth: bool, held: &Held) -> bool {
    if let Some((_, known)) = held.nodes.iter().find(|(node, _)| *node == id) {
        return *known == truth;
    }
    match (body.nodes.get(id.0 as usize).map(|node| &node.op), truth) {
        (Some(Op::And(operands)), true) | (Some(Op::Or(operands)), false) => {
            operands.iter().all(|operand| *operand < id && is_true(body, *operand, truth, held))
        }
        (Some(Op::Not(operand)), _) => *operand < id && is_true(body, *operand, !truth, held),
        _ => false,
    }
}

fn names_an_entity(pattern: &Pattern) -> bool {
    matches!(pattern.within, Within::In(_) | Within::Is(_))
}

/// How much work it is to compile a policy.
fn nodes((_, _, variant): Covered<'_>) -> u32 {
    let args = variant.obligations.iter().flat_map(|call| &call.args);
    let nodes: usize = variant.condition.iter().chain(args).map(|body| body.nodes.len()).sum();
    (1 + nodes) as u32
}
