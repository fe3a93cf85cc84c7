//! Tests of `action` where it is known: a condition that looks at the action is checked for each action on its own.

use assize_lang::{Span, codes};
use assize_runtime::Value;
use assize_runtime::program::{NodeId, Op};
use assize_runtime::types::ActionId;

use super::checker::Checker;
use super::facts::Flow;

/// How `action` is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ActionTest {
    /// `==`: this very action.
    Is,
    /// `in`: this action, or a group that includes it.
    In,
}

impl Checker<'_> {
    /// What a comparison of `action` with actions that are written out shows in an environment of one action: the other outcome is for
    /// other environments to check.
    pub(super) fn action_flow(
        &mut self,
        test: ActionTest,
        [tested, against]: [NodeId; 2],
        (negated, span): (bool, Span),
    ) -> Flow {
        let Some(outcome) = self.action_outcome(test, tested, against) else { return Flow::default() };
        let (code, label) = if outcome != negated {
            (codes::ALWAYS_TRUE, "always true")
        } else {
            (codes::ALWAYS_FALSE, "always false")
        };
        let message = "this has the same answer for every action of the policy".to_owned();
        self.warn(code, span, message, label);
        Flow { by_type: true, ..Flow::constant(outcome) }
    }

    fn action_outcome(&self, test: ActionTest, tested: NodeId, against: NodeId) -> Option<bool> {
        let [action] = self.scope.environment.as_ref()?.actions[..] else { return None };
        if !matches!(self.code.node(tested).op, Op::Action) {
            return None;
        }
        let matches = |named: ActionId| match test {
            ActionTest::Is => named == action,
            ActionTest::In => {
                let named = self.schema().actions.get(named.index());
                named.is_some_and(|named| named.includes.binary_search(&action).is_ok())
            }
        };
        let one = |node: NodeId| match self.code.value(node) {
            Some(Value::Action(named)) => Some(matches(*named)),
            _ => None,
        };
        match &self.code.node(against).op {
            Op::Const(Value::Set(named)) => {
                Some(named.iter().any(|named| matches!(named, Value::Action(named) if matches(*named))))
            }
            Op::SetOf(nodes) => {
                let found: Option<Vec<bool>> = nodes.iter().map(|node| one(*node)).collect();
                found.map(|found| found.contains(&true))
            }
            _ => one(against),
        }
    }
}
