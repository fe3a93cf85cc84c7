//! From a request to a decision, with native code.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::arena::Arena;
use super::code::{Unit, context_type};
use super::emit::Role;
use super::frame::{Frame, Scratch, Words};
use super::grants::{Cursor, Plan};
use super::image::Image;
use super::index::Visit;
use super::locals::Locals;
use super::lookup::Errors;
use super::many::{Entry, Function, Many, Tier};
use super::names::{Intern, Resolve, Scope, Unfit};
use super::status::{self, verdict};
use super::word::{decode, encode};
use crate::outcome::{Decision, GrantReason, Obligation, Obligations, Outcome, Query};
use crate::program::{Effect, Variant};
use crate::types::{ActionId, Environment, GrantId};
use crate::value::{EvalError, Value};

/// A context as words, to be used for many decisions. Good for the snapshot that it was made for and for those linked after it, as
/// long as these know no name that it had to number itself.
pub struct PreparedContext {
    numbering: u64,
    /// Good for snapshots that know from this many names, to `span` more.
    from: usize,
    span: usize,
    action: ActionId,
    word: u64,
    names: Locals,
    _cells: Arena,
}

impl PreparedContext {
    /// Encodes `context`, which has the type of the action's context.
    pub fn new(image: &Image, action: ActionId, context: &Value) -> Result<Self, Unfit> {
        let declared = image.code.program.schema.actions.get(action.index()).and_then(|a| a.applies.as_ref());
        let ty = crate::types::Type::Record(declared.ok_or(Unfit)?.context.clone());
        let none = Locals::default();
        let mut scope = Scope::new(&image.entities.names, &none);
        let mut cells = Arena::default();
        let word = encode(&ty, context, &mut scope, &mut cells)?;
        let names = scope.own;
        // Names that the snapshot knew keep their numbers; those that it did not know are numbered after all that it knew.
        let span = if names.is_empty() { usize::MAX } else { 0 };
        Ok(PreparedContext {
            numbering: image.numbering,
            from: image.known,
            span,
            action,
            word,
            names,
            _cells: cells,
        })
    }

    /// Whether it can be used with this snapshot for requests with this action.
    #[inline]
    pub fn is_for(&self, image: &Image, action: ActionId) -> bool {
        self.numbering == image.numbering
            && image.known.wrapping_sub(self.from) <= self.span
            && image.known >= self.from
            && self.action == action
    }

    pub(super) fn word(&self) -> u64 {
        self.word
    }

    /// What it names that the snapshot does not know.
    pub(super) fn names(&self) -> &Locals {
        &self.names
    }
}

impl std::fmt::Debug for PreparedContext {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PreparedContext").finish_non_exhaustive()
    }
}

/// The decision with all its reasons: what the interpreter says, too.
pub fn outcome(image: &Image, query: &Query) -> Result<Outcome, Unfit> {
    with_request(image, query, all_reasons)
}

/// The decision alone.
pub fn decide(image: &Image, query: &Query) -> Result<Decision, Unfit> {
    with_request(image, query, fast)
}

/// The decision about a request whose principal and resource are numbers of this snapshot. Allocates nothing and takes no lock,
/// once the environment has been compiled, unless obligations have arguments that depend on the request.
#[inline]
pub fn decide_ids(
    image: &Image,
    principal: u64,
    action: ActionId,
    resource: u64,
    context: &PreparedContext,
    now: i64,
) -> Result<Decision, Unfit> {
    if !context.is_for(image, action) {
        return Err(Unfit);
    }
    let environment = Environment {
        principal: super::names::entity_type(principal),
        action,
        resource: super::names::entity_type(resource),
    };
    let words = Words { principal, resource, action: u64::from(action.0), context: context.word, now };
    Frame::with(image, &context.names, words, |frame| fast(environment, frame))
}

/// What native code says about the class of a context, made for the next time if it is missing.
#[cfg(test)]
pub(crate) fn class_of(image: &Image, action: ActionId, context: &PreparedContext) -> Option<u32> {
    let words =
        Words { principal: 0, resource: 0, action: u64::from(action.0), context: context.word, now: 0 };
    Frame::with(image, &context.names, words, |frame| image.code.class(action, frame))
}

fn with_request<T>(
    image: &Image,
    query: &Query,
    decide: impl FnOnce(Environment, &mut Frame<'_, '_>) -> Result<T, Unfit>,
) -> Result<T, Unfit> {
    // Rows of external entities are not linked yet; the interpreter walks them.
    if !query.external.is_empty() {
        return Err(Unfit);
    }
    let environment =
        Environment { principal: query.principal.ty, action: query.action, resource: query.resource.ty };
    let none = Locals::default();
    let mut frame = Frame::unasked(image, &none);
    let Scratch { names, arena } = frame.scratch_mut();
    let words = Words {
        principal: names.entity(&query.principal)?,
        resource: names.entity(&query.resource)?,
        action: u64::from(query.action.0),
        context: encode(&context_type(&image.code.program, environment)?, &query.context, names, arena)?,
        now: query.now,
    };
    frame.ask(words);
    decide(environment, &mut frame)
}

#[inline]
pub(super) fn fast(environment: Environment, frame: &mut Frame<'_, '_>) -> Result<Decision, Unfit> {
    let function = frame.image.code.function(environment);
    let verdict = function.map_or(verdict::COLD, |function| function(frame));
    if verdict <= verdict::ALLOW {
        return Ok(if verdict == verdict::ALLOW { Decision::Allow } else { Decision::Deny });
    }
    settle(verdict, environment, frame)
}

/// What an environment's own function could not say alone.
#[inline(never)]
pub(super) fn settle(
    mut verdict: u64,
    environment: Environment,
    frame: &mut Frame<'_, '_>,
) -> Result<Decision, Unfit> {
    let code = &frame.image.code;
    if verdict == verdict::COLD {
        verdict = code.make(environment)?(frame);
    }
    let unit = match verdict {
        verdict::NOT_APPLICABLE => return Err(Unfit),
        verdict::DENY => return Ok(Decision::Deny),
        verdict::ALLOW => return Ok(Decision::Allow),
        _ => code.unit(environment).ok_or(Unfit)?,
    };
    if verdict == verdict::NOT_HELD {
        verdict = code.verdict_for_absent(unit, environment, frame)?;
    }
    if verdict == verdict::ONE_BY_ONE {
        verdict = one_by_one(unit, environment, frame)?;
    }
    if verdict >> verdict::WHICH != 0
        && let Some(obligations) = code.obligations(environment, verdict)
    {
        return Ok(Decision::AllowWith(obligations));
    }
    match verdict {
        verdict::DENY => return Ok(Decision::Deny),
        verdict::ALLOW => return Ok(Decision::Allow),
        verdict::OBLIGED => {
            // If each of those allows erred in what it obliges, another may still apply.
            if let Some(obligations) = Obligations::new(allowed_with(environment, frame)?) {
                return Ok(Decision::AllowWith(obligations));
            }
        }
        _ => {}
    }
    Ok(all_reasons(environment, frame)?.into_decision())
}

/// The obligations of the allows that apply, where no deny does; without the other reasons.
fn allowed_with(environment: Environment, frame: &mut Frame<'_, '_>) -> Result<Vec<Obligation>, Unfit> {
    let image = frame.image;
    let unit = image.code.unit(environment).ok_or(Unfit)?;
    let policies = image.code.policies(unit, environment)?;
    let mut budget = image.code.budget(policies);
    let mut out = vec![0; policies.widest];
    frame.out = out.as_mut_ptr();
    let mut obligations = Vec::new();
    for visit in candidates(image, policies, frame.words(), &[Tier::Obliged], Errors::Ignored)? {
        let entry = policies.entries.get(visit.entry()).ok_or(Unfit)?;
        let variant = variant(image, entry)?;
        let function = policies.function(&image.code, &visit, &mut budget)?;
        for (row, _) in rows(image, entry, frame.words())? {
            match run(function, frame, row, policies.constants(&visit)) {
                status::APPLIES => {}
                status::FAULT => return Err(Unfit),
                _ => continue,
            }
            // SAFETY: the entry's function has just written this policy's part of `out`, and `frame` holds no reference to it.
            let out = unsafe { std::slice::from_raw_parts(out.as_ptr(), entry.out as usize) };
            let (mut own, mut erred) = (Vec::new(), false);
            // SAFETY: these are the words that it wrote, for this variant.
            unsafe { read_obligations(image, variant, out, frame.names(), &mut own, |_| erred = true) }?;
            for obligation in own {
                if !erred && !obligations.contains(&obligation) {
                    obligations.push(obligation);
                }
            }
        }
    }
    Ok(obligations)
}

/// Runs the function of a policy, if there is anything to evaluate.
#[inline]
fn run(function: Option<Function>, frame: &Frame<'_, '_>, row: *const u64, constants: *const u64) -> u64 {
    function.map_or(status::APPLIES, |function| function(frame, row, constants))
}

/// The verdict of an environment with too many policies for one function. Allocates only for obligations of many words, and where
/// native code is still to be made.
fn one_by_one(unit: &Unit, environment: Environment, frame: &mut Frame<'_, '_>) -> Result<u64, Unfit> {
    let image = frame.image;
    let policies = image.code.policies(unit, environment)?;
    let (mut few, mut many) = ([0; FEW_WORDS], Vec::new());
    frame.out = if policies.widest == 0 {
        std::ptr::null_mut()
    } else if policies.widest <= FEW_WORDS {
        few.as_mut_ptr()
    } else {
        many.resize(policies.widest, 0);
        many.as_mut_ptr()
    };
    by_tiers(image, policies, frame.words(), frame)
}

/// Denies first, then allows that oblige, then the others; the first that applies decides.
fn by_tiers(image: &Image, policies: &Many, words: Words, frame: &Frame<'_, '_>) -> Result<u64, Unfit> {
    let mut budget = image.code.budget(policies);
    let mut verdict = verdict::DENY;
    for (tier, errors) in
        [(Tier::Denies, Errors::Apply), (Tier::Obliged, Errors::Ignored), (Tier::Allows, Errors::Ignored)]
    {
        let decided = policies.tier(tier).candidates(image, words, errors, &mut |visit| {
            let function = policies.function(&image.code, visit, &mut budget)?;
            let constants = policies.constants(visit);
            if visit.has_rows() {
                let entry = policies.entries.get(visit.entry()).ok_or(Unfit)?;
                let search = entry.rows.as_ref().ok_or(Unfit)?;
                let applies = |row| holds(run(function, frame, row, constants), entry);
                if applies_to_a_row(image, search, words, applies)? {
                    verdict = u64::from(entry.verdict);
                    return Ok(true);
                }
                return Ok(false);
            }
            let ended = run(function, frame, std::ptr::null(), constants);
            if ended == status::NOT {
                return Ok(false);
            }
            let entry = policies.entries.get(visit.entry()).ok_or(Unfit)?;
            let applies = holds(ended, entry)?;
            if applies {
                verdict = u64::from(entry.verdict);
            }
            Ok(applies)
        })?;
        if decided {
            break;
        }
    }
    Ok(verdict)
}

/// Whether a policy that ended so applies.
fn holds(ended: u64, entry: &Entry) -> Result<bool, Unfit> {
    match ended {
        status::NOT => Ok(false),
        status::APPLIES => Ok(true),
        status::FAULT => Err(Unfit),
        _ => Ok(entry.despite_errors),
    }
}

fn applies_to_a_row(
    image: &Image,
    (plan, roles): &(Plan, Vec<Role>),
    words: Words,
    applies: impl Fn(*const u64) -> Result<bool, Unfit>,
) -> Result<bool, Unfit> {
    let mut args = [0; 2];
    let args = role_words(roles, words, &mut args)?;
    let mut cursor = Cursor::default();
    // SAFETY: the arguments are the entities that the plan's tests are about, numbered by this image; the cursor is fresh.
    while let Some(row) = unsafe { plan.next(image, args, words.now, &mut cursor) } {
        if applies(row.words.as_ptr())? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The policies of these tiers that may apply or whose errors matter, in source order, each once.
fn candidates(
    image: &Image,
    policies: &Many,
    words: Words,
    tiers: &[Tier],
    errors: Errors,
) -> Result<Vec<Visit>, Unfit> {
    let mut found = Vec::new();
    for tier in tiers {
        policies.tier(*tier).candidates(image, words, errors, &mut |visit| {
            found.push(*visit);
            Ok(false)
        })?;
    }
    // Of the same policy, the visit with all tests comes first: it is right for any request.
    found.sort_unstable_by_key(|visit| (visit.entry(), !policies.is_whole(visit)));
    found.dedup_by_key(|visit| visit.entry());
    Ok(found)
}

fn variant<'i>(image: &'i Image, entry: &Entry) -> Result<&'i Variant, Unfit> {
    let policy = image.code.program.policies.get(entry.policy as usize).ok_or(Unfit)?;
    policy.variants.get(entry.variant as usize).ok_or(Unfit)
}

/// Obligations of so many words need no memory of their own.
const FEW_WORDS: usize = 32;

/// The arguments of a search for the rows of a policy's grant: at most its two patterns have one.
fn role_words<'w>(roles: &[Role], words: Words, place: &'w mut [u64; 2]) -> Result<&'w [u64], Unfit> {
    let args = place.get_mut(..roles.len()).ok_or(Unfit)?;
    for (arg, role) in args.iter_mut().zip(roles) {
        *arg = match role {
            Role::Principal => words.principal,
            Role::Resource => words.resource,
        };
    }
    Ok(args)
}

/// What the applying policies of one effect bring.
#[derive(Default)]
struct Reasons {
    policies: Vec<u32>,
    grants: BTreeSet<GrantReason>,
    obligations: Vec<Obligation>,
}

/// Where no policy is for the environment.
fn no_reason() -> Outcome {
    Outcome {
        allowed: false,
        policies: Vec::new(),
        grants: Vec::new(),
        obligations: Vec::new(),
        errors: Vec::new(),
        would_have: Vec::new(),
    }
}

fn all_reasons(environment: Environment, frame: &mut Frame<'_, '_>) -> Result<Outcome, Unfit> {
    let (image, words) = (frame.image, frame.words());
    let program = &image.code.program;
    let (mut allows, mut denies) = (Reasons::default(), Reasons::default());
    let mut errors = BTreeSet::new();
    let mut would_have = BTreeSet::new();
    let Some(unit) = image.code.unit(environment) else { return Ok(no_reason()) };
    let policies = image.code.policies(unit, environment)?;
    let mut budget = image.code.budget(policies);
    let mut out: Vec<u64> = vec![0; policies.widest];
    frame.out = out.as_mut_ptr();
    let tiers = [Tier::Denies, Tier::Obliged, Tier::Allows, Tier::Trials];
    for visit in candidates(image, policies, words, &tiers, Errors::Told)? {
        let entry = policies.entries.get(visit.entry()).ok_or(Unfit)?;
        let policy = program.policies.get(entry.policy as usize).ok_or(Unfit)?;
        let variant = variant(image, entry)?;
        let despite_errors = entry.despite_errors;
        let function = policies.function(&image.code, &visit, &mut budget)?;
        for (row, reason) in rows(image, entry, words)? {
            let ended = run(function, frame, row, policies.constants(&visit));
            let mut obligations = Vec::new();
            let mut erred = false;
            let applies = match ended {
                status::NOT => continue,
                status::APPLIES => {
                    // SAFETY: the entry's function has just written this policy's part of `out`, and `frame` holds no reference
                    // to it.
                    let out = unsafe { std::slice::from_raw_parts(out.as_ptr(), entry.out as usize) };
                    // SAFETY: these are the words that it wrote, for this variant.
                    unsafe {
                        read_obligations(image, variant, out, frame.names(), &mut obligations, |error| {
                            erred = true;
                            errors.insert((entry.policy, error));
                        })
                    }?;
                    !erred || despite_errors
                }
                other => {
                    errors.insert((entry.policy, status::error(other).ok_or(Unfit)?));
                    despite_errors
                }
            };
            if !applies {
                continue;
            }
            if policy.trial {
                would_have.insert(entry.policy);
                continue;
            }
            let reasons = if policy.effect == Effect::Deny { &mut denies } else { &mut allows };
            if reasons.policies.last() != Some(&entry.policy) {
                reasons.policies.push(entry.policy);
            }
            reasons.grants.extend(reason);
            for obligation in obligations {
                if !reasons.obligations.contains(&obligation) {
                    reasons.obligations.push(obligation);
                }
            }
        }
    }
    let allowed = denies.policies.is_empty() && !allows.policies.is_empty();
    let reasons = if allowed { allows } else { denies };
    Ok(Outcome {
        allowed,
        policies: reasons.policies,
        grants: reasons.grants.into_iter().collect(),
        obligations: reasons.obligations,
        errors: errors.into_iter().collect(),
        would_have: would_have.into_iter().collect(),
    })
}

/// The rows that a policy is evaluated for, in order of their arguments; once, without a row, if it is of no grant.
fn rows(image: &Image, entry: &Entry, words: Words) -> Result<Vec<(*const u64, Option<GrantReason>)>, Unfit> {
    let Some(search) = &entry.rows else { return Ok(vec![(std::ptr::null(), None)]) };
    let (plan, roles) = &**search;
    let grant = GrantId(plan.grant as u32);
    let mut args = [0; 2];
    let args = role_words(roles, words, &mut args)?;
    let table = image.grants.get(plan.grant).ok_or(Unfit)?;
    let mut found = Vec::new();
    let mut cursor = Cursor::default();
    // SAFETY: the arguments are the entities that the plan's tests are about, numbered by this image; the cursor is fresh.
    while let Some(row) = unsafe { plan.next(image, args, words.now, &mut cursor) } {
        let (args, until) = table.key(row.position).ok_or(Unfit)?;
        found.push((row.words.as_ptr(), Some(GrantReason { grant, args: Arc::clone(args), until })));
    }
    found.sort_by(|(_, a), (_, b)| a.cmp(b));
    found.dedup_by(|(a, _), (b, _)| a == b);
    Ok(found)
}

/// # Safety
/// `out` was written by the native function of a policy's variant, and its cells live.
unsafe fn read_obligations(
    image: &Image,
    variant: &Variant,
    out: &[u64],
    names: &dyn Resolve,
    obligations: &mut Vec<Obligation>,
    mut error: impl FnMut(EvalError),
) -> Result<(), Unfit> {
    let mut at = 0;
    for call in &variant.obligations {
        let declared = image.code.program.schema.obligations.get(call.obligation.index()).ok_or(Unfit)?;
        let ended = *out.get(at).ok_or(Unfit)?;
        at += 1;
        let words = out.get(at..at + call.args.len()).ok_or(Unfit)?;
        at += call.args.len();
        if ended != status::APPLIES {
            error(status::error(ended).ok_or(Unfit)?);
            continue;
        }
        let mut args = Vec::with_capacity(words.len());
        for (param, word) in declared.params.iter().zip(words) {
            // SAFETY: the verifier saw that the argument has the parameter's type.
            args.push(unsafe { decode(&param.ty, *word, names) }?);
        }
        obligations.push(Obligation { obligation: call.obligation, args });
    }
    Ok(())
}
