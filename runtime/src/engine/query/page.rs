//! Answers, and a part of them at a time.

use crate::outcome::Decision;

/// Somebody or something that is allowed, in the context and at the time of the question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PermittedInContext<T> {
    /// What was asked for: an entity or an action.
    pub subject: T,
    /// [`Decision::Allow`], or [`Decision::AllowWith`] what must be honoured.
    pub decision: Decision,
}

/// Some answers, and where to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// In the order of their names.
    pub items: Vec<PermittedInContext<T>>,
    /// What to give to `after` for the next page; `None` if this was the last.
    pub next: Option<String>,
}
