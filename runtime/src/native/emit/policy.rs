//! Whole policies, and whole environments.

use cranelift_codegen::ir::{Block, InstBuilder, UserFuncName, Value, types};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use cranelift_module::{FuncId, Linkage, Module};

use super::call::define_functions;
use super::signature::Certainty;
use super::{Emitter, Functions, Role, Scope, Shared, here};
use crate::native::code::Code;
use crate::native::frame::Frame;
use crate::native::layout::HELD;
use crate::native::module::{Building, signature};
use crate::native::names::Unfit;
use crate::native::obligations::obliging;
use crate::native::status::{self, verdict};
use crate::program::{Body, Effect, Op, Pattern, Policy, Variant, Within};
use crate::types::{EntityTypes, Environment};

/// Nodes of policies that are asked at once.
const MOST_TOGETHER: usize = 160;

/// A policy and its variant for the environment.
pub(crate) type Covered<'p> = (u32, &'p Policy, &'p Variant);

impl Emitter<'_, '_> {
    /// Whether a pattern, whose types are known to fit, matches; `None` if it always does.
    fn pattern_truth(&mut self, pattern: &Pattern, role: Role) -> Result<Option<Value>, Unfit> {
        if self.pattern_is_held(role) {
            return Ok(None);
        }
        Ok(match &pattern.within {
            Within::Anywhere | Within::InGrantParam(_) => None,
            Within::In(uid) => {
                let subject = self.reach_subject(role)?;
                Some(match self.open_pattern(role) {
                    Some(group) => self.in_open(&subject, group, &EntityTypes::one(uid.ty))?,
                    None => self.in_known(&subject, uid)?,
                })
            }
            Within::Is(uid) => {
                let word = match self.open_pattern(role) {
                    Some(word) => word,
                    None => {
                        let word = self.code.names.find_entity(uid.ty, &uid.id).ok_or(Unfit)?;
                        self.word(word)
                    }
                };
                let subject = self.reach_subject(role)?.word;
                Some(self.equal(subject, word))
            }
        })
    }

    /// Continues only if the pattern matches.
    fn pattern(&mut self, pattern: &Pattern, role: Role, no: Block) -> Result<(), Unfit> {
        if let Some(truth) = self.pattern_truth(pattern, role)? {
            let next = self.block(&[]);
            self.brif(truth, next, no);
            self.switch_to(next);
        }
        Ok(())
    }

    /// How many nodes the condition of a policy has, if it is simple.
    pub(super) fn policy_simplicity(&self, policy: &Policy, variant: &Variant) -> Option<usize> {
        if policy.grant.is_some() {
            return None;
        }
        let Some(body) = &variant.condition else { return Some(1) };
        let scope = Scope::new(body).ok()?;
        self.simplicity(&scope, Self::root(&scope).ok()?, true)
    }

    /// Whether a simple policy applies.
    pub(super) fn simple_policy(&mut self, policy: &Policy, variant: &Variant) -> Result<Value, Unfit> {
        let principal = self.pattern_truth(&policy.principal, Role::Principal)?;
        let resource = self.pattern_truth(&policy.resource, Role::Resource)?;
        let condition = match &variant.condition {
            None => None,
            Some(body) => {
                let mut scope = Scope::new(body)?;
                let root = Self::root(&scope)?;
                let (truth, erred) = self.truth_or_error(&mut scope, root)?;
                Some(match erred {
                    Some(erred) if policy.effect == Effect::Deny && !policy.on_error_skip => {
                        self.b.ins().bor(truth, erred)
                    }
                    _ => truth,
                })
            }
        };
        let mut truth = self.bool(true);
        for next in [principal, resource, condition].into_iter().flatten() {
            truth = self.b.ins().band(truth, next);
        }
        Ok(truth)
    }

    /// Continues at `yes` if the policy applies, at `no` if not; errors go to [`Emitter::on_error`]. For a policy of a grant: for
    /// one row, or for any.
    pub(super) fn condition(
        &mut self,
        policy: &Policy,
        variant: &Variant,
        yes: Block,
        no: Block,
    ) -> Result<(), Unfit> {
        self.pattern(&policy.principal, Role::Principal, no)?;
        self.pattern(&policy.resource, Role::Resource, no)?;
        let code = self.code;
        let Some(index) = policy.grant else {
            return match &variant.condition {
                None => {
                    self.jump(yes, &[]);
                    Ok(())
                }
                Some(body) => {
                    let mut scope = Scope::new(body)?;
                    let root = Self::root(&scope)?;
                    self.branch(&mut scope, root, yes, no)
                }
            };
        };
        let grant = code.program.schema.grants.get(index.index()).ok_or(Unfit)?;
        let found = if variant.condition.is_none() { Some(yes) } else { None };
        let settled = self.on_error;
        // An error in one row must not hide another row.
        let failed = self.block(&[types::I64]);
        let skips = policy.effect == Effect::Allow || policy.on_error_skip;
        self.rows(policy, grant, index, found, no, |emitter, row, next| {
            let Some(body) = &variant.condition else { return Err(Unfit) };
            let mut scope = Scope::new(body)?;
            emitter.bind_row(&mut scope, grant, row)?;
            emitter.on_error = failed;
            let root = Self::root(&scope)?;
            emitter.branch(&mut scope, root, yes, next)?;
            emitter.on_error = settled;
            emitter.switch_to(failed);
            let number = emitter.param(failed, 0);
            if skips {
                let (fault, on) = (emitter.block(&[]), next);
                let is_fault = emitter.is(number, status::FAULT);
                emitter.brif(is_fault, fault, on);
                emitter.switch_to(fault);
            }
            emitter.jump(settled, &[number]);
            Ok(())
        })?;
        if found.is_some() {
            self.switch_to(failed);
            let number = self.param(failed, 0);
            self.jump(settled, &[number]);
        }
        Ok(())
    }

    /// Goes on only if the data holds the principal or resource; from now on reading its attributes cannot err.
    pub(super) fn assume_held(&mut self, role: Role, otherwise: Block) -> Result<(), Unfit> {
        let subject = match role {
            Role::Principal => self.principal.as_mut(),
            Role::Resource => self.resource.as_mut(),
        };
        let subject = subject.ok_or(Unfit)?;
        subject.held = true;
        let row = subject.row;
        let held = self.flag(row, HELD);
        let next = self.block(&[]);
        self.brif(held, next, otherwise);
        self.switch_to(next);
        Ok(())
    }

    /// Asks policies, each with where it leads if it applies; goes on if none does. Those that lead to the same answer may be asked in
    /// any order, for none is once one applies. So what is simple is asked at once: one branch, which is the harder to foresee the
    /// later it comes, instead of many.
    fn in_order(&mut self, order: Vec<(&Covered<'_>, Block)>, ends: &Ends) -> Result<(), Unfit> {
        for group in order.chunk_by(|(_, a), (_, b)| a == b) {
            let yes = group[0].1;
            let (mut by_rows, mut simple, mut others) = (Vec::new(), Vec::new(), Vec::new());
            for ((_, policy, variant), _) in group {
                if let Some(signature) = self.plain_signature(policy, variant)? {
                    by_rows.push((*policy, *variant, signature));
                } else if let Some(nodes) = self.policy_simplicity(policy, variant) {
                    simple.push((*policy, *variant, nodes));
                } else {
                    others.push((*policy, *variant));
                }
            }
            let signatures = self.merged(&by_rows);
            let (mut truth, mut nodes) = (None, 0);
            if !signatures.is_empty() {
                let common = self.meet_any(&signatures, Certainty::Surely);
                truth = Some(self.is_not(common, 0));
            }
            for (policy, variant, more) in simple {
                if nodes > 0 && nodes + more > MOST_TOGETHER {
                    self.leave_if(truth.take(), yes);
                    nodes = 0;
                }
                let next = self.simple_policy(policy, variant)?;
                truth = Some(match truth {
                    None => next,
                    Some(truth) => self.b.ins().bor(truth, next),
                });
                nodes += more;
            }
            self.leave_if(truth, yes);
            if !signatures.is_empty() {
                let (next, unsure, search) = (self.block(&[]), self.block(&[]), self.block(&[]));
                let exact = self.signatures_are_exact();
                self.brif(exact, next, unsure);
                self.switch_to(unsure);
                let common = self.meet_any(&signatures, Certainty::Possibly);
                self.brif(common, search, next);
                self.switch_to(search);
                for (policy, variant, _) in by_rows {
                    self.alone(policy, variant, yes, ends)?;
                }
                self.jump(next, &[]);
                self.switch_to(next);
            }
            for (policy, variant) in others {
                self.alone(policy, variant, yes, ends)?;
            }
        }
        Ok(())
    }

    /// One policy by itself: goes to `yes` if it applies, else on.
    fn alone(&mut self, policy: &Policy, variant: &Variant, yes: Block, ends: &Ends) -> Result<(), Unfit> {
        let (next, failed) = (self.block(&[]), self.block(&[types::I64]));
        self.on_error = failed;
        self.condition(policy, variant, yes, next)?;
        self.switch_to(failed);
        self.b.set_cold_block(failed);
        let number = self.param(failed, 0);
        let fault = self.is(number, status::FAULT);
        let erring = if policy.effect == Effect::Deny && !policy.on_error_skip { ends.deny } else { next };
        self.brif(fault, ends.all, erring);
        self.switch_to(next);
        Ok(())
    }

    /// Goes to `yes` if there is a truth and it holds.
    fn leave_if(&mut self, truth: Option<Value>, yes: Block) {
        if let Some(truth) = truth {
            let next = self.block(&[]);
            self.brif(truth, yes, next);
            self.switch_to(next);
        }
    }

    /// The bits of those allows with obligations that apply, in the order of `policies`.
    fn obliged(&mut self, policies: &[&Covered<'_>], all: Block) -> Result<Value, Unfit> {
        let mut bits = self.word(0);
        for (at, (_, policy, variant)) in policies.iter().copied().enumerate() {
            if self.policy_simplicity(policy, variant).is_some() {
                let truth = self.simple_policy(policy, variant)?;
                let bit = self.pack(truth);
                let bit = self.b.ins().ishl_imm_u(bit, at as i64);
                bits = self.b.ins().bor(bits, bit);
                continue;
            }
            let (yes, no, failed) = (self.block(&[]), self.block(&[]), self.block(&[types::I64]));
            let next = self.block(&[types::I64]);
            self.on_error = failed;
            self.condition(policy, variant, yes, no)?;
            self.switch_to(yes);
            let with = self.b.ins().bor_imm_s(bits, 1 << at);
            self.jump(next, &[with]);
            self.switch_to(failed);
            self.b.set_cold_block(failed);
            let number = self.param(failed, 0);
            let fault = self.is(number, status::FAULT);
            self.brif(fault, all, no);
            self.switch_to(no);
            self.jump(next, &[bits]);
            self.switch_to(next);
            bits = self.param(next, 0);
        }
        Ok(bits)
    }

    pub(super) fn give(&mut self, number: u64) {
        let number = self.word(number);
        self.b.ins().return_(&[number]);
    }
}

/// Where a policy leads that errs.
struct Ends {
    deny: Block,
    all: Block,
}

pub(super) fn unit(building: &Building, id: FuncId, params: usize) -> cranelift_codegen::Context {
    let mut unit = building.module.make_context();
    unit.func.signature = signature(building.module.isa().default_call_conv(), params, 1);
    unit.func.name = UserFuncName::user(0, id.as_u32());
    unit
}

/// Whether a body may read an attribute of the principal or resource: by itself, through a local or in a function.
pub(super) fn may_read(body: &Body, role: Role) -> bool {
    let mentions = |op: &Op| match role {
        Role::Principal => matches!(op, Op::Principal),
        Role::Resource => matches!(op, Op::Resource),
    };
    body.nodes.iter().any(|node| mentions(&node.op))
        && body.nodes.iter().any(|node| matches!(node.op, Op::Attribute(..) | Op::Call { .. }))
}

/// What a function for an environment takes for granted.
#[derive(Clone, Copy)]
pub(crate) struct Assumed {
    /// The data holds principal and resource.
    pub(crate) held: bool,
    /// It is known what allows with obligations oblige to: which of them apply is all that has to be said.
    pub(crate) obliged: bool,
}

/// Defines `decide(frame)` for an environment: all its policies, denies first. One that may assume that the data holds principal
/// and resource says so when it does not: [`verdict::NOT_HELD`].
pub(crate) fn define_decision(
    code: &Code,
    building: &mut Building,
    functions: &mut Functions,
    context: &mut FunctionBuilderContext,
    environment: Environment,
    policies: &[Covered<'_>],
    assumed: Assumed,
) -> Result<FuncId, Unfit> {
    let convention = building.module.isa().default_call_conv();
    let id = building
        .module
        .declare_function("decide", Linkage::Export, &signature(convention, 1, 1))
        .map_err(|_| Unfit)?;
    let mut unit = unit(building, id, 1);
    let builder = FunctionBuilder::new(&mut unit.func, context);
    let mut emitter = Emitter::new(code, building, functions, builder, Some(environment));

    let (deny, allow, all) = (emitter.block(&[]), emitter.block(&[]), emitter.block(&[]));
    let (not_held, obliged) = (emitter.block(&[]), emitter.block(&[]));
    for role in [Role::Principal, Role::Resource] {
        let conditions = || policies.iter().filter_map(|(_, _, variant)| variant.condition.as_ref());
        if assumed.held && conditions().any(|body| may_read(body, role)) {
            emitter.assume_held(role, not_held)?;
        }
    }

    let with_obligations = |covered: &&Covered<'_>| !covered.2.obligations.is_empty();
    let live = |effect: Effect| {
        policies.iter().filter(move |(_, policy, _)| !policy.trial && policy.effect == effect)
    };
    let denies = live(Effect::Deny).map(|covered| {
        // An error in what it obliges means that such a deny does not apply, so that has to be evaluated.
        let (_, policy, variant) = covered;
        (covered, if policy.on_error_skip && !variant.obligations.is_empty() { all } else { deny })
    });
    let obliging: Vec<_> = obliging(policies).collect();
    let allows =
        live(Effect::Allow).filter(|covered| !with_obligations(covered)).map(|covered| (covered, allow));
    let ends = Ends { deny, all };
    emitter.in_order(denies.collect(), &ends)?;
    if assumed.obliged {
        let bits = emitter.obliged(&obliging, all)?;
        let (which, next) = (emitter.block(&[]), emitter.block(&[]));
        emitter.brif(bits, which, next);
        emitter.switch_to(which);
        let verdict = emitter.b.ins().ishl_imm_u(bits, i64::from(verdict::WHICH));
        let verdict = emitter.b.ins().bor_imm_s(verdict, verdict::OBLIGED as i64);
        emitter.b.ins().return_(&[verdict]);
        emitter.switch_to(next);
    } else {
        emitter.in_order(obliging.into_iter().map(|covered| (covered, obliged)).collect(), &ends)?;
    }
    emitter.in_order(allows.collect(), &ends)?;
    emitter.jump(deny, &[]);
    for (block, number) in [
        (deny, verdict::DENY),
        (allow, verdict::ALLOW),
        (all, verdict::ALL),
        (not_held, verdict::NOT_HELD),
        (obliged, verdict::OBLIGED),
    ] {
        emitter.switch_to(block);
        emitter.give(number);
    }
    emitter.finish();
    building.define(id, &mut unit)?;
    define_functions(code, building, functions, context)?;
    Ok(id)
}

/// Defines `policy(frame, row, constants)`: the policies of one shape, of which this is one; if it applies, [`Frame::OUT`] has, for each
/// of its obligations, a status and the arguments.
pub(crate) fn define_policy(
    code: &Code,
    building: &mut Building,
    functions: &mut Functions,
    context: &mut FunctionBuilderContext,
    environment: Environment,
    (index, policy, variant): Covered<'_>,
    shared: &Shared,
) -> Result<FuncId, Unfit> {
    let convention = building.module.isa().default_call_conv();
    let id = building
        .module
        .declare_function(
            &format!("policy_{index}_{}", shared.name()),
            Linkage::Export,
            &signature(convention, 3, 1),
        )
        .map_err(|_| Unfit)?;
    let mut unit = unit(building, id, 3);
    let builder = FunctionBuilder::new(&mut unit.func, context);
    let mut emitter = Emitter::new(code, building, functions, builder, Some(environment));
    let entry = emitter.b.current_block().ok_or(Unfit)?;
    let row = emitter.param(entry, 1);
    emitter.shared = Some((shared, emitter.param(entry, 2)));
    let grant = match policy.grant {
        Some(grant) => Some(code.program.schema.grants.get(grant.index()).ok_or(Unfit)?),
        None => None,
    };
    let (yes, no) = (emitter.block(&[]), emitter.block(&[]));
    emitter.pattern(&policy.principal, Role::Principal, no)?;
    emitter.pattern(&policy.resource, Role::Resource, no)?;
    match &variant.condition {
        None => emitter.jump(yes, &[]),
        Some(body) => {
            let mut scope = Scope::new(body)?;
            if let Some(grant) = grant {
                emitter.bind_row(&mut scope, grant, row)?;
            }
            let root = Emitter::root(&scope)?;
            emitter.branch(&mut scope, root, yes, no)?;
        }
    }
    emitter.switch_to(no);
    emitter.give(status::NOT);
    let on_error = emitter.on_error;
    emitter.switch_to(on_error);
    let number = emitter.param(on_error, 0);
    emitter.b.ins().return_(&[number]);

    // Each call of an obligation has a status and its arguments; an error in one does not hide another's.
    emitter.switch_to(yes);
    let out = emitter.load(types::I64, here(), emitter.frame, Frame::OUT);
    let mut at = 0;
    for call in &variant.obligations {
        let (failed, next) = (emitter.block(&[types::I64]), emitter.block(&[]));
        emitter.on_error = failed;
        for (position, body) in call.args.iter().enumerate() {
            let mut scope = Scope::new(body)?;
            if let Some(grant) = grant {
                emitter.bind_row(&mut scope, grant, row)?;
            }
            let root = Emitter::root(&scope)?;
            let value = emitter.plain(&mut scope, root)?;
            let word = emitter.pack(value);
            emitter.b.ins().store(here(), word, out, at + 8 + position as i32 * 8);
        }
        let done = emitter.word(status::APPLIES);
        emitter.b.ins().store(here(), done, out, at);
        emitter.jump(next, &[]);
        emitter.switch_to(failed);
        let number = emitter.param(failed, 0);
        emitter.b.ins().store(here(), number, out, at);
        emitter.jump(next, &[]);
        emitter.switch_to(next);
        at += 8 + call.args.len() as i32 * 8;
    }
    emitter.give(status::APPLIES);
    emitter.finish();
    building.define(id, &mut unit)?;
    define_functions(code, building, functions, context)?;
    Ok(id)
}
