//! A decision with its reasons and the Program that they refer to.

use crate::json::{decision_text, decision_value};
use crate::outcome::{Decision, Outcome, Query};
use crate::verify::Verified;

/// A decision with all its reasons.
#[derive(Clone, Debug)]
pub struct Report {
    pub(super) program: Verified,
    pub(super) query: Query,
    pub(super) outcome: Outcome,
}

impl Report {
    /// Whether the request is allowed. An allow may have obligations: see [`Report::decision`].
    pub fn allowed(&self) -> bool {
        self.outcome.allowed
    }

    /// As the fast path answers.
    pub fn decision(&self) -> Decision {
        self.outcome.clone().into_decision()
    }

    /// All reasons.
    pub fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    /// What was asked, the time included.
    pub fn query(&self) -> &Query {
        &self.query
    }

    /// The Program that decided; the outcome's indices are its.
    pub fn program(&self) -> &Verified {
        &self.program
    }

    /// Ids of the determining policies, in source order.
    pub fn policies(&self) -> impl Iterator<Item = &str> {
        let policies = self.outcome.policies.iter();
        policies.filter_map(|policy| Some(self.program.policies.get(*policy as usize)?.id.as_str()))
    }

    /// As one line of JSON.
    pub fn to_json(&self) -> String {
        decision_text(&self.program, &self.outcome, self.query.now)
    }

    /// As JSON.
    pub fn to_json_value(&self) -> serde_json::Value {
        decision_value(&self.program, &self.outcome, self.query.now)
    }
}
