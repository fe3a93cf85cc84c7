//! `when` and `unless`: at most one of each here, `when` first.

use std::sync::Arc;

use cedar_policy_core::pst::{Clause, Expr};

use super::Words;
use super::expression::{Level, Writer, Written};
use super::faults::Faults;
use super::head::Head;

/// The conditions of a policy.
#[derive(Clone, Debug, Default)]
pub struct Clauses {
    when: Option<String>,
    unless: Option<String>,
    can_err: bool,
}

impl Clauses {
    /// Cedar's clauses in their order, which is the order of evaluation, behind the tests that the head could not make.
    pub fn of(words: &Words<'_>, head: &Head<'_>, clauses: &[Clause]) -> Result<Clauses, String> {
        let mut writer = Writer::new(words, head);
        let mut faults = Faults::new(&head.scope);
        let is_when = |clause: &Clause| matches!(clause, Clause::When(_));
        let whens = clauses.iter().take_while(|clause| is_when(clause)).count();
        let in_order = clauses.iter().skip(whens).all(|clause| !is_when(clause));
        let mut when: Vec<Written> =
            head.tests().into_iter().map(|text| Written { text, level: Level::Comparison }).collect();
        let mut unless = Vec::new();
        let mut can_err = false;
        for clause in clauses {
            let (Clause::When(expr) | Clause::Unless(expr)) = clause;
            // What an `unless` has asked about need not be there: it was false.
            can_err |= match clause {
                Clause::When(_) => faults.can_err(expr),
                Clause::Unless(_) => faults.clone().can_err(expr),
            };
            match clause {
                Clause::When(expr) => {
                    when.extend(writer.chain(expr)?);
                    writer.narrow(expr);
                }
                Clause::Unless(expr) if in_order => unless.push(writer.write(expr)?),
                Clause::Unless(expr) => {
                    let not =
                        Expr::UnaryOp { op: cedar_policy_core::pst::UnaryOp::Not, expr: Arc::clone(expr) };
                    when.push(writer.write(&not)?);
                }
            }
            // What follows is never evaluated, so it need not even be of any type.
            let decides = |all: &[Written], text: &str| all.last().is_some_and(|last| last.text == text);
            if decides(&when, "false") || decides(&unless, "true") {
                break;
            }
        }
        // What is surely true says nothing.
        when.retain(|written| written.text != "true");
        let only = |mut all: Vec<Written>, level, word: &str| match all.len() {
            0 => None,
            1 => all.pop().map(|written| written.text),
            _ => Some(all.iter().map(|written| written.at(level)).collect::<Vec<_>>().join(word)),
        };
        unless.retain(|written| written.text != "false");
        Ok(Clauses {
            when: only(when, Level::And, "\n    and "),
            unless: only(unless, Level::Not, " or "),
            can_err,
        })
    }

    /// Below a head.
    pub fn write(&self, is_deny: bool, out: &mut String) {
        if let Some(when) = &self.when {
            out.push_str(&format!("  when {when}\n"));
        }
        if let Some(unless) = &self.unless {
            out.push_str(&format!("  unless {unless}\n"));
        }
        // Cedar skips what errs. An allow that errs does not apply here either; a deny would.
        if is_deny && self.can_err {
            out.push_str("  on error skip\n");
        }
    }
}
