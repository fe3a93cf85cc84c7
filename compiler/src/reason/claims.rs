//! What can be said for certain about one condition: parts of it that never have one of the two outcomes, and why.

use assize_runtime::program::{Body, NodeId, Op, Pattern, Span, Within};
use assize_runtime::types::{GrantId, Type};

use super::possible::Possible;
use super::state::State;
use super::terms::{Kind, Term};
use super::watch::{Seen, Watch};
use super::{Frame, Library, Machine, Outcome, Surroundings};
use crate::expr::Patterns;

pub use super::watch::Role;

/// Something about a part of a condition that is so for every request and all data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The part.
    pub span: Span,
    /// What part of the condition it is.
    pub role: Role,
    /// The outcome that it has whenever it is evaluated and has one.
    pub outcome: bool,
    /// Whether evaluating it can fail.
    pub can_err: bool,
    /// It is so whatever stands before it.
    pub alone: bool,
    /// It is so wherever the patterns of the policy match.
    pub by_pattern: bool,
    /// Parts before it that make it so by themselves, with the outcome that they then have had. Empty if it takes more of them
    /// together, or only the patterns.
    pub because: Vec<(Span, bool)>,
}

/// What was found out about a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it can be true.
    pub can_be_true: bool,
    /// Whether it can be false.
    pub can_be_false: bool,
    /// Whether it can fail.
    pub can_err: bool,
    /// In the order of the parts.
    pub claims: Vec<Claim>,
    /// Parts that can be true and false.
    pub open: Vec<Span>,
}

/// What patterns a condition stands under.
#[derive(Clone, Copy, Debug)]
pub struct Heads<'a> {
    /// Of the principal.
    pub principal: &'a Pattern,
    /// Of the resource.
    pub resource: &'a Pattern,
    /// Whose rows it is evaluated for.
    pub grant: Option<GrantId>,
}

/// What is certain about a condition; `None` if finding out takes too long. `heads`: the patterns of its policy.
pub fn claims(
    library: Library<'_>,
    around: Option<&Surroundings<'_>>,
    heads: Option<Heads<'_>>,
    body: &Body,
    patterns: &Patterns,
) -> Option<Verdict> {
    let mut machine = Machine::new(library, around);
    let mut start = State::default();
    if let Some(heads) = heads
        && !machine.under(&mut start, heads)
    {
        return None;
    }
    let mut frame = Frame { body, patterns, locals: Vec::new(), is_base: true };
    let root = frame.root()?;
    machine.watch = Some(Watch::default());
    let outcomes = machine.test(&mut frame, root, start.clone());
    machine.watched(&frame, root, None, Role::Whole, &outcomes);
    let seen = machine.watch.take()?.into_seen();
    if machine.exhausted {
        return None;
    }
    let can = |wanted: Outcome| outcomes.iter().any(|(_, outcome)| *outcome == wanted);
    let mut verdict = Verdict {
        can_be_true: can(Outcome::True),
        can_be_false: can(Outcome::False),
        can_err: can(Outcome::Error),
        claims: Vec::new(),
        open: Vec::new(),
    };
    for (part, seen) in &seen {
        let Some(span) = span_of(&frame, *part) else { continue };
        // What one written test was taken apart into says nothing of its own, and what needs no request is meant: a `const` that
        // switches something on.
        if seen.parent.and_then(|parent| span_of(&frame, parent)) == Some(span) || !asks(body, *part) {
            continue;
        }
        match (seen.can_be_true, seen.can_be_false) {
            (true, false) => verdict.claims.push(machine.claim(&frame, (*part, span), seen, true, &start)),
            (false, true) => verdict.claims.push(machine.claim(&frame, (*part, span), seen, false, &start)),
            (true, true) => verdict.open.push(span),
            (false, false) => {}
        }
    }
    // Reasons are worth less than the claims, which are proved: without enough left they are not looked for.
    Some(verdict)
}

impl Machine<'_> {
    /// Adds what the patterns of a policy have shown; false if they can never match.
    pub(super) fn under(&mut self, state: &mut State, heads: Heads<'_>) -> bool {
        let (principal, resource) = (self.principal(), self.resource());
        [(heads.principal, principal), (heads.resource, resource)].into_iter().all(|(pattern, entity)| {
            match self.pattern_test(pattern, entity, heads.grant) {
                PatternTest::Always => true,
                PatternTest::Test(test) => self.assume_test(state, test, true),
                PatternTest::Is(value) => self.assume(state, entity, &value),
                PatternTest::Unknown => true,
            }
        })
    }

    /// The further test of a pattern, as a test of conditions.
    pub(super) fn pattern_test(
        &mut self,
        pattern: &Pattern,
        entity: Term,
        grant: Option<GrantId>,
    ) -> PatternTest {
        match &pattern.within {
            Within::Anywhere => PatternTest::Always,
            Within::Is(uid) => PatternTest::Is(Possible::just(&assize_runtime::Value::Entity(uid.clone()))),
            Within::In(uid) => {
                let container = self.constant(&assize_runtime::Value::Entity(uid.clone()));
                PatternTest::Test(self.terms.test(Kind::In, vec![entity, container]))
            }
            Within::InGrantParam(at) => {
                let grant = grant.and_then(|grant| self.library.schema.grants.get(grant.index()));
                let Some(param) = grant.and_then(|grant| grant.params.get(*at)) else {
                    return PatternTest::Unknown;
                };
                let ty = param.ty.clone();
                let row = self.terms.term(Kind::Given(*at as u32, ty.clone()), Vec::new(), &ty);
                let kind = if matches!(ty, Type::Set(_)) { Kind::InAny } else { Kind::In };
                PatternTest::Test(self.terms.test(kind, vec![entity, row]))
            }
        }
    }

    /// Why a part has only one outcome.
    fn claim(
        &mut self,
        frame: &Frame<'_>,
        (part, span): (NodeId, Span),
        seen: &Seen,
        outcome: bool,
        start: &State,
    ) -> Claim {
        let mut claim = Claim {
            span,
            role: seen.role,
            outcome,
            can_err: seen.can_err,
            alone: false,
            by_pattern: false,
            because: Vec::new(),
        };
        claim.alone = self.alone(frame, part, seen, State::default()) == Some(outcome);
        claim.by_pattern = !claim.alone && self.alone(frame, part, seen, start.clone()) == Some(outcome);
        if !claim.alone && !claim.by_pattern {
            for (before, held) in seen.before.iter().rev() {
                let Some(ways) = self.after(frame, (*before, *held), seen, start) else { continue };
                if !ways.is_empty()
                    && ways.into_iter().all(|state| self.alone(frame, part, seen, state) == Some(outcome))
                    && let Some(span) = span_of(frame, *before)
                {
                    claim.because.push((span, *held));
                    break;
                }
            }
        }
        claim
    }

    /// The one outcome that a part has in this state, if it has just one.
    fn alone(&mut self, frame: &Frame<'_>, part: NodeId, seen: &Seen, state: State) -> Option<bool> {
        let mut frame = again(frame, seen);
        let outcomes = self.test(&mut frame, part, state);
        let can = |wanted: Outcome| outcomes.iter().any(|(_, outcome)| *outcome == wanted);
        match (can(Outcome::True), can(Outcome::False)) {
            _ if self.exhausted => None,
            (true, false) => Some(true),
            (false, true) => Some(false),
            _ => None,
        }
    }

    /// What is known where a part alone had this outcome.
    fn after(
        &mut self,
        frame: &Frame<'_>,
        (part, held): (NodeId, bool),
        seen: &Seen,
        start: &State,
    ) -> Option<Vec<State>> {
        let mut frame = again(frame, seen);
        let outcomes = self.test(&mut frame, part, start.clone());
        let wanted = if held { Outcome::True } else { Outcome::False };
        let ways = outcomes.into_iter().filter(|(_, outcome)| *outcome == wanted);
        let ways = ways.map(|(state, _)| state).collect();
        (!self.exhausted).then_some(ways)
    }
}

/// How a pattern is tested.
pub(super) enum PatternTest {
    Always,
    Test(Term),
    Is(Possible),
    Unknown,
}

/// The same body, with the locals as they were.
fn again<'b>(frame: &Frame<'b>, seen: &Seen) -> Frame<'b> {
    Frame { body: frame.body, patterns: frame.patterns, locals: seen.locals.clone(), is_base: false }
}

/// Whether a part looks at anything but constants.
fn asks(body: &Body, part: NodeId) -> bool {
    let mut open = vec![part];
    while let Some(at) = open.pop() {
        let Some(node) = body.nodes.get(at.0 as usize) else { return false };
        match node.op {
            Op::Principal
            | Op::Action
            | Op::Resource
            | Op::Context
            | Op::Now
            | Op::Local(_)
            | Op::Param(_) => {
                return true;
            }
            Op::GrantFact(..) | Op::In(..) | Op::InAny(..) | Op::Attribute(..) => return true,
            _ => node.op.operands(|operand| open.push(operand)),
        }
    }
    false
}

fn span_of(frame: &Frame<'_>, part: NodeId) -> Option<Span> {
    frame.body.nodes.get(part.0 as usize).map(|node| node.span)
}
