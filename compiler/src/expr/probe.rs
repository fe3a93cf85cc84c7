//! What stands before a cursor: the value whose member is being typed, with what tests have shown about it there.
//!
//! A check with a probe is like any other, so that what an editor offers is what the checker would accept.

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

/// The state of a probe.
#[derive(Debug)]
pub(super) struct Probe {
    offset: u32,
    found: Vec<Probed>,
}

impl Checker<'_> {
    /// Remembers `base` if `name`, which follows what ends at `after`, is where the cursor is.
    pub(super) fn probe_member(&mut self, base: &Typed, after: u32, name: &Name, asked: bool) {
        let Some(probe) = &self.probe else { return };
        if probe.offset <= after || probe.offset > name.span.end.max(after + 1) || self.dead > 0 {
            return;
        }
        let present = base.place.as_ref().map_or_else(Vec::new, |place| self.facts.present_members(place));
        let found = Probed { ty: base.ty.clone(), present, asked };
        if let Some(probe) = &mut self.probe
            && !probe.found.contains(&found)
        {
            probe.found.push(found);
        }
    }
}

/// What is at `offset` in the clauses of a policy, in the scope's environment.
pub fn probe_clauses(scope: &Scope<'_>, clauses: ClauseInput<'_>, offset: u32) -> Vec<Probed> {
    let conditions = clauses.when.iter().chain(clauses.unless).copied();
    let arguments = clauses.oblige.iter().flat_map(|call| &call.args);
    with_room(height(scope, conditions.chain(arguments)), || {
        probing(scope, offset, |checker| drop(check_all_clauses(checker, clauses)))
    })
}

/// What is at `offset` in an expression; `expected` is its type if that is given.
pub fn probe_expression(scope: &Scope<'_>, expr: &Expr, expected: Option<&Type>, offset: u32) -> Vec<Probed> {
    with_room(height(scope, [expr]), || {
        probing(scope, offset, |checker| match expected {
            Some(expected) => drop(checker.check(expr, expected, Need::Value)),
            None => drop(checker.infer(expr, Hint::Open)),
        })
    })
}

fn probing(scope: &Scope<'_>, offset: u32, check: impl FnOnce(&mut Checker<'_>)) -> Vec<Probed> {
    let mut checker = Checker::new(scope);
    checker.probe = Some(Box::new(Probe { offset, found: Vec::new() }));
    check(&mut checker);
    checker.probe.map(|probe| probe.found).unwrap_or_default()
}
