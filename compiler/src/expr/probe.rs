//! What stands before a cursor: the value whose member is being typed, with what tests have shown about it there.
//!
//! A check with a probe is like any other, so that what an editor offers is what the checker would accept.

use assize_lang::Span;
use assize_lang::ast::{Expr, Name};
use assize_runtime::types::Type;
use smol_str::SmolStr;

use super::checker::{Checker, Hint, Need, Typed};
use super::entry::check_all_clauses;
use super::room::{height, with_room};
use super::scope::{ClauseInput, Scope};

/// A value with a member at the cursor.
#[derive(Clone, Debug, PartialEq)]
pub struct Probed {
    /// Its type, narrowed by what is known there.
    pub ty: Type,
    /// Those of its optional members that are known to be there.
    pub present: Vec<SmolStr>,
    /// Whether the member is one that `has` asks for.
    pub asked: bool,
}

/// What the checker has found out about a place of an item.
#[derive(Clone, Debug, PartialEq)]
pub enum Seen {
    /// The type of an expression, narrowed by what is known there.
    Value {
        /// The expression.
        span: Span,
        /// Its type.
        ty: Type,
    },
    /// A value of which a member is read or asked for.
    Member {
        /// The name of the member.
        name: Span,
        /// The type of the value.
        of: Type,
    },
}

/// The state of a probe.
#[derive(Debug)]
pub(super) enum Probe {
    /// Looks at one place.
    Cursor { offset: u32, found: Vec<Probed> },
    /// Notes down everything.
    Everything(Vec<Seen>),
}

impl Checker<'_> {
    /// Remembers `base` if `name`, which follows what ends at `after`, is where the cursor is.
    pub(super) fn probe_member(&mut self, base: &Typed, after: u32, name: &Name, asked: bool) {
        let offset = match self.probe.as_deref_mut() {
            None => return,
            Some(Probe::Everything(seen)) => {
                return seen.push(Seen::Member { name: name.span, of: base.ty.clone() });
            }
            Some(Probe::Cursor { offset, .. }) => *offset,
        };
        if offset <= after || offset > name.span.end.max(after + 1) || self.dead > 0 {
            return;
        }
        let present = base.place.as_ref().map_or_else(Vec::new, |place| self.facts.present_members(place));
        let probed = Probed { ty: base.ty.clone(), present, asked };
        if let Some(Probe::Cursor { found, .. }) = self.probe.as_deref_mut()
            && !found.contains(&probed)
        {
            found.push(probed);
        }
    }

    /// Notes down the type of an expression, if everything is noted down.
    pub(super) fn note_value(&mut self, expr: &Expr, typed: &Typed) {
        if let Some(Probe::Everything(seen)) = self.probe.as_deref_mut() {
            seen.push(Seen::Value { span: expr.span, ty: typed.ty.clone() });
        }
    }
}

/// What is at `offset` in the clauses of a policy, in the scope's environment.
pub fn probe_clauses(scope: &Scope<'_>, clauses: ClauseInput<'_>, offset: u32) -> Vec<Probed> {
    let probe = Probe::Cursor { offset, found: Vec::new() };
    found(clauses_with(scope, clauses, probe))
}

/// What is at `offset` in an expression; `expected` is its type if that is given.
pub fn probe_expression(scope: &Scope<'_>, expr: &Expr, expected: Option<&Type>, offset: u32) -> Vec<Probed> {
    let probe = Probe::Cursor { offset, found: Vec::new() };
    found(expression_with(scope, expr, expected, probe))
}

/// Everything about the clauses of a policy, in the scope's environment.
pub fn see_clauses(scope: &Scope<'_>, clauses: ClauseInput<'_>) -> Vec<Seen> {
    seen(clauses_with(scope, clauses, Probe::Everything(Vec::new())))
}

/// Everything about an expression; `expected` is its type if that is given.
pub fn see_expression(scope: &Scope<'_>, expr: &Expr, expected: Option<&Type>) -> Vec<Seen> {
    seen(expression_with(scope, expr, expected, Probe::Everything(Vec::new())))
}

fn found(probe: Option<Probe>) -> Vec<Probed> {
    match probe {
        Some(Probe::Cursor { found, .. }) => found,
        _ => Vec::new(),
    }
}

fn seen(probe: Option<Probe>) -> Vec<Seen> {
    match probe {
        Some(Probe::Everything(seen)) => seen,
        _ => Vec::new(),
    }
}

fn clauses_with(scope: &Scope<'_>, clauses: ClauseInput<'_>, probe: Probe) -> Option<Probe> {
    let conditions = clauses.when.iter().chain(clauses.unless).copied();
    let arguments = clauses.oblige.iter().flat_map(|call| &call.args);
    with_room(height(scope, conditions.chain(arguments)), || {
        probing(scope, probe, |checker| drop(check_all_clauses(checker, clauses)))
    })
}

fn expression_with(scope: &Scope<'_>, expr: &Expr, expected: Option<&Type>, probe: Probe) -> Option<Probe> {
    with_room(height(scope, [expr]), || {
        probing(scope, probe, |checker| match expected {
            Some(expected) => drop(checker.check(expr, expected, Need::Value)),
            None => drop(checker.infer(expr, Hint::Open)),
        })
    })
}

fn probing(scope: &Scope<'_>, probe: Probe, check: impl FnOnce(&mut Checker<'_>)) -> Option<Probe> {
    let mut checker = Checker::new(scope);
    checker.probe = Some(Box::new(probe));
    check(&mut checker);
    checker.probe.map(|probe| *probe)
}
